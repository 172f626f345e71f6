package mvt

import (
	"cmp"
	"slices"
)

// An overlay makes valid polygons of any rings. It works on the integer grid without rounding errors:
//
//  1. snap rounding: every vertex and every crossing is a hot pixel, and every edge is bent to the middle of
//     the hot pixels that it passes; the pieces meet in end points only,
//  2. pieces that cover each other are added up,
//  3. each piece learns how often exteriors and holes wind around its two sides; a side is inside when more
//     exteriors than holes do,
//  4. pieces with one side inside are linked to rings, which are split where they touch themselves,
//  5. holes find the smallest exterior around them.
//
// A shape so tangled that this would take seconds is drawn as its convex hull.
type overlay struct {
	budget int // comparisons that are left before giving up
	room   edges
	edges  []edge // sorted
	hot    []point
	path   []point
	pieces []piece
	order  []mark
	active []int32
	halves []uint64
	used   []bool
	walk   []point
	pts    []point
	rings  []ring
	loops  []loop
}

// patience is how many comparisons a shape is worth: some tenths of a second. A crossing costs many.
const (
	patience     = 1 << 25
	crossingCost = 1 << 7
)

// piece is a run between two hot pixels, from low to high key. outer and inner are how often exteriors and
// holes run along it, less how often they run back.
type piece struct {
	key          uint64 // pack(a) << 26 | pack(b)
	outer, inner int32
}

type loop struct {
	ring
	area2 int64
	owner int32 // of a hole: index of its exterior in loops
}

func pack(p point) uint64 { return uint64(p.x-clipMin)<<13 | uint64(p.y-clipMin) }

func unpack(k uint64) point {
	return point{int32(k>>13&0x1fff) + clipMin, int32(k&0x1fff) + clipMin}
}

func (p piece) ends() (a, b point) { return unpack(p.key >> 26), unpack(p.key) }

// repair returns valid rings for the given ones, in memory of its own that lasts until the next call.
func (o *overlay) repair(pts []point, rings []ring) ([]point, []ring) {
	o.room.load(pts, rings)
	o.edges = o.room.sort()
	o.budget = patience
	o.findHot()
	if o.budget >= 0 {
		o.snap(pts, rings)
	}
	if o.budget < 0 {
		o.hull(pts)
		return o.pts, o.rings
	}
	o.merge()
	o.link()
	o.trace()
	o.assign()
	return o.pts, o.rings
}

// findHot collects the hot pixels: vertices and rounded crossings, sorted; or it gives up.
func (o *overlay) findHot() {
	o.hot = o.hot[:0]
	for i, e := range o.edges {
		o.hot = append(o.hot, e.a, e.b)
		for _, f := range o.edges[i+1:] {
			if o.budget--; f.a.x > e.b.x || o.budget < 0 {
				break
			}
			if p, ok := e.crosses(f); ok {
				o.hot = append(o.hot, p)
				o.budget -= crossingCost
			}
		}
	}
	if o.budget < 0 {
		return
	}
	slices.SortFunc(o.hot, comparePoints)
	o.hot = slices.Compact(o.hot)
}

func comparePoints(a, b point) int { return cmp.Compare(pack(a), pack(b)) }

// hull makes the convex hull of the points the only ring (Andrew's monotone chain).
func (o *overlay) hull(pts []point) {
	o.pts, o.rings = o.pts[:0], o.rings[:0]
	o.hot = append(o.hot[:0], pts...)
	slices.SortFunc(o.hot, comparePoints)
	o.hot = slices.Compact(o.hot)
	for range 2 {
		from := len(o.pts)
		for _, p := range o.hot {
			for len(o.pts) >= from+2 && cross(o.pts[len(o.pts)-2], o.pts[len(o.pts)-1], p) <= 0 {
				o.pts = o.pts[:len(o.pts)-1]
			}
			o.pts = append(o.pts, p)
		}
		o.pts = o.pts[:len(o.pts)-1] // the other way begins with it
		slices.Reverse(o.hot)
	}
	if len(o.pts) >= 3 {
		o.rings = append(o.rings, ring{0, int32(len(o.pts)), false})
	}
}

// crosses finds where the insides of two edges cross, rounded to the grid.
func (e edge) crosses(f edge) (point, bool) {
	if max(f.a.y, f.b.y) < min(e.a.y, e.b.y) || min(f.a.y, f.b.y) > max(e.a.y, e.b.y) {
		return point{}, false
	}
	a, b := int64(cross(e.a, e.b, f.a)), int64(cross(e.a, e.b, f.b))
	if a*b >= 0 || int64(cross(f.a, f.b, e.a))*int64(cross(f.a, f.b, e.b)) >= 0 {
		return point{}, false
	}
	if a > b {
		a, b = -a, -b
	}
	// f runs from a < 0 to b > 0, so it crosses at a / (a - b) of its way
	n, d := -a, b-a
	return point{
		f.a.x + int32(divRound(n*int64(f.b.x-f.a.x), d)),
		f.a.y + int32(divRound(n*int64(f.b.y-f.a.y), d)),
	}, true
}

// divRound is floor(n/d + 1/2), for d > 0.
func divRound(n, d int64) int64 {
	n, d = 2*n+d, 2*d
	q := n / d
	if n%d < 0 {
		q--
	}
	return q
}

// snap cuts every edge at the hot pixels that it passes.
func (o *overlay) snap(pts []point, rings []ring) {
	o.pieces = o.pieces[:0]
	for _, e := range o.edges {
		r := rings[e.ring]
		sign := int32(1)
		if pts[r.from+e.i] == e.a {
			sign = -1 // the ring runs from b to a
		}
		o.path = o.path[:0]
		at, _ := slices.BinarySearchFunc(o.hot, point{e.a.x, clipMin}, comparePoints)
		for _, h := range o.hot[at:] {
			if o.budget--; h.x > e.b.x || o.budget < 0 {
				break
			}
			if e.passes(h) {
				o.path = append(o.path, h)
			}
		}
		o.cut(e, sign, r.hole)
	}
}

// cut adds the pieces of an edge whose hot pixels are in o.path.
func (o *overlay) cut(e edge, sign int32, hole bool) {
	d := point{e.b.x - e.a.x, e.b.y - e.a.y}
	slices.SortFunc(o.path, func(p, q point) int { return cmp.Compare(p.x*d.x+p.y*d.y, q.x*d.x+q.y*d.y) })
	for i := 1; i < len(o.path); i++ {
		a, b, s := pack(o.path[i-1]), pack(o.path[i]), sign
		if a > b {
			a, b, s = b, a, -s
		}
		p := piece{key: a<<26 | b}
		if hole {
			p.inner = s
		} else {
			p.outer = s
		}
		o.pieces = append(o.pieces, p)
	}
}

// passes tells whether the edge passes the pixel around h, which owns its left and its top border (the ones
// with the lower coordinates).
func (e edge) passes(h point) bool {
	if e.a == h || e.b == h {
		return true
	}
	if h.x < e.a.x || h.x > e.b.x || h.y < min(e.a.y, e.b.y) || h.y > max(e.a.y, e.b.y) {
		return false // ends are grid points, so the box reaches no half pixel further
	}
	return e.a.x == e.b.x || e.a.y == e.b.y || e.throughPixel(h)
}

// throughPixel decides by the sides on which the corners of the pixel lie, in doubled coordinates.
func (e edge) throughPixel(h point) bool {
	dx, dy := int64(e.b.x-e.a.x), int64(e.b.y-e.a.y)
	side := func(ox, oy int64) int64 {
		return dx*(2*int64(h.y-e.a.y)+oy) - dy*(2*int64(h.x-e.a.x)+ox)
	}
	low := side(-1, -1)
	other := func(s int64) bool { return s != 0 && (s > 0) != (low > 0) }
	return low == 0 || other(side(1, 1)) || other(side(-1, 1)) || other(side(1, -1))
}

// merge adds up pieces that cover each other and drops those that cancel out.
func (o *overlay) merge() {
	slices.SortFunc(o.pieces, func(a, b piece) int { return cmp.Compare(a.key, b.key) })
	out := o.pieces[:0]
	for _, p := range o.pieces {
		if n := len(out); n > 0 && out[n-1].key == p.key {
			out[n-1].outer += p.outer
			out[n-1].inner += p.inner
		} else {
			out = append(out, p)
		}
	}
	o.pieces = slices.DeleteFunc(out, func(p piece) bool { return p.outer == 0 && p.inner == 0 })
}
