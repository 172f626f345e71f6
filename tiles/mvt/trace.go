package mvt

import (
	"cmp"
	"slices"
)

// mark is the middle of a piece in doubled coordinates, and the piece.
type mark struct{ x, piece int32 }

// link finds the pieces with one side inside and makes a half-edge of each, with the inside on the side that
// positive rings have it. It sweeps the middles of the pieces in order of x and counts the windings below each.
// Vertical pieces count as leaning a little to the right, so that every case is the general one.
func (o *overlay) link() {
	o.order, o.active, o.halves = o.order[:0], o.active[:0], o.halves[:0]
	for i, p := range o.pieces {
		a, b := p.ends()
		o.order = append(o.order, mark{a.x + b.x, int32(i)})
	}
	slices.SortFunc(o.order, func(a, b mark) int { return cmp.Compare(a.x, b.x) })
	next := 0
	for _, m := range o.order {
		for ; next < len(o.pieces); next++ { // pieces are sorted by the x of their first end
			a, b := o.pieces[next].ends()
			if 2*a.x > m.x {
				break
			}
			if a.x < b.x {
				o.active = append(o.active, int32(next))
			}
		}
		outer, inner := o.below(m)
		p := o.pieces[m.piece]
		right, left := isInside(outer, inner), isInside(outer+p.outer, inner+p.inner)
		a, b := p.key>>26, p.key&(1<<26-1)
		switch {
		case left && !right:
			o.halves = append(o.halves, a<<26|b)
		case right && !left:
			o.halves = append(o.halves, b<<26|a)
		}
	}
	slices.Sort(o.halves)
}

// isInside: exteriors around a place that no hole takes back.
func isInside(outer, inner int32) bool { return max(outer, -outer) > max(inner, -inner) }

// below adds up the active pieces under the middle of a piece, and forgets those that ended before it.
func (o *overlay) below(m mark) (outer, inner int32) {
	a, b := o.pieces[m.piece].ends()
	y := a.y + b.y
	stay := o.active[:0]
	for _, i := range o.active {
		p := o.pieces[i]
		a, b := p.ends()
		if 2*b.x <= m.x {
			continue
		}
		stay = append(stay, i)
		if i != m.piece && int64(b.x-a.x)*int64(y-2*a.y)-int64(b.y-a.y)*int64(m.x-2*a.x) > 0 {
			outer += p.outer
			inner += p.inner
		}
	}
	o.active = stay
	return outer, inner
}

// trace walks the half-edges around each inside face and cuts the walks into rings that visit no point twice.
func (o *overlay) trace() {
	o.pts, o.loops = o.pts[:0], o.loops[:0]
	o.used = append(o.used[:0], make([]bool, len(o.halves))...)
	for i := range o.halves {
		if o.used[i] {
			continue
		}
		o.walk = o.walk[:0]
		for at := i; !o.used[at]; {
			o.used[at] = true
			from, to := unpack(o.halves[at]>>26), unpack(o.halves[at])
			if at = o.follow(from, to); at < 0 {
				o.walk = append(o.walk, from)
				o.split(to)
				at = -at - 1
				continue
			}
			o.walk = append(o.walk, from)
		}
		o.emit(0)
	}
}

// follow finds the half-edge that goes on at to, coming from from: the first one clockwise (in coordinates
// with y up) of the way back, so that the walk stays on its face. At a point with several ways it returns
// the index as -index - 1.
func (o *overlay) follow(from, to point) int {
	key := pack(to)
	first, _ := slices.BinarySearch(o.halves, key<<26)
	best := first
	n := first + 1
	for ; n < len(o.halves) && o.halves[n]>>26 == key; n++ {
		if clockwise(to, from, unpack(o.halves[n]), unpack(o.halves[best])) {
			best = n
		}
	}
	if n > first+1 {
		return -best - 1
	}
	return best
}

// clockwise tells whether, turning clockwise around v from the direction of u, p comes before q.
func clockwise(v, u, p, q point) bool {
	hp, hq := half(v, u, p), half(v, u, q)
	if hp != hq {
		return hp < hq
	}
	return cross(v, p, q) < 0
}

// half is 0 for less than half a turn clockwise from u to p, 1 for exactly half, 2 for more.
func half(v, u, p point) int { return cmp.Compare(cross(v, u, p), 0) + 1 }

// split cuts a loop out of the walk when it comes back to a point where it was.
func (o *overlay) split(at point) {
	for i := len(o.walk) - 1; i >= 0; i-- {
		if o.walk[i] == at {
			o.emit(i)
			return
		}
	}
}

// emit makes a ring of the walk from index from on.
func (o *overlay) emit(from int) {
	start := len(o.pts)
	for _, p := range o.walk[from:] {
		o.pts = pushClean(o.pts, start, p)
	}
	o.walk = o.walk[:from]
	if o.pts = trimClean(o.pts, start); len(o.pts)-start < 3 {
		o.pts = o.pts[:start]
		return
	}
	a := area2(o.pts[start:])
	o.loops = append(o.loops, loop{ring: ring{int32(start), int32(len(o.pts)), a < 0}, area2: a, owner: -1})
}

// assign gives each hole the smallest exterior around it and puts the rings in order.
func (o *overlay) assign() {
	o.rings = o.rings[:0]
	for i := range o.loops {
		if h := &o.loops[i]; h.hole {
			h.owner = o.around(h.ring)
		}
	}
	for i, l := range o.loops {
		if l.hole {
			continue
		}
		o.rings = append(o.rings, l.ring)
		for _, h := range o.loops {
			if h.hole && h.owner == int32(i) {
				o.rings = append(o.rings, h.ring)
			}
		}
	}
}

// around is the index of the smallest exterior that holds the hole.
func (o *overlay) around(h ring) int32 {
	best := int32(-1)
	for i, l := range o.loops {
		if l.hole || best >= 0 && o.loops[best].area2 <= l.area2 {
			continue
		}
		if holdsRing(o.pts[l.from:l.to], o.pts[h.from:h.to]) {
			best = int32(i)
		}
	}
	return best
}

// holdsRing tells whether a ring lies in another one; they may touch in points, but do not cross.
func holdsRing(outer, in []point) bool {
	b := boxOf(outer)
	last := in[len(in)-1]
	for _, p := range in {
		if !b.holds(p) {
			return false
		}
		if p.x != last.x || p.y != last.y {
			// the middle of an edge is on no other edge, unless a point touches it there: then try the next
			if side := containsMiddle(outer, last, p); side != 0 {
				return side > 0
			}
		}
		last = p
	}
	return false
}

// containsMiddle is 1 when the middle of a and b is in the ring, -1 when it is outside, 0 when it is on it.
func containsMiddle(pts []point, a, b point) int {
	x, y := a.x+b.x, a.y+b.y
	in := -1
	last := pts[len(pts)-1]
	for _, q := range pts {
		d := int64(q.x-last.x)*int64(y-2*last.y) - int64(q.y-last.y)*int64(x-2*last.x)
		if d == 0 && x >= 2*min(q.x, last.x) && x <= 2*max(q.x, last.x) && y >= 2*min(q.y, last.y) && y <= 2*max(q.y, last.y) {
			return 0
		}
		if (2*q.y > y) != (2*last.y > y) && (q.y > last.y) == (d > 0) {
			in = -in
		}
		last = q
	}
	return in
}
