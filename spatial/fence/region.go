package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A region is a place with an inside. Its methods take places that are finite.
type region interface {
	outline
	contains(p orb.Point) bool
	// border is how many metres p is from the border, on either side of it, or limit when that is less.
	border(p orb.Point, limit float64) float64
	// through tells which part of the straight way from a to b lies inside: from where it first gets in to where it
	// last gets out, each in [0, 1]. ok is false when it stays outside.
	through(a, b orb.Point) (in, out float64, ok bool)
	// inradius is how far inside one can get, in metres, roughly.
	inradius() float64
}

// An outline is what a cover must know of a region, or of a line to cross.
type outline interface {
	// bound is a box that nothing of it lies outside of.
	bound() orb.Bound
	// draw marks the cells of a sheet that it touches, and those that lie in it.
	draw(s *sheet)
}

// An area is a region with straight borders: polygons with holes, by the even-odd rule. A point on the border is in
// exactly one of the areas that share that border.
type area struct {
	rows // edges go upwards
	box  orb.Bound
	deep float64
}

func newArea(polygons orb.MultiPolygon) *area {
	a := &area{box: polygons.Bound()}
	n := 0
	for _, p := range polygons {
		for _, ring := range p {
			n += len(ring) - 1
		}
	}
	edges := make([]edge, 0, n)
	for _, p := range polygons {
		for _, ring := range p {
			edges = appendUpward(edges, ring)
		}
	}
	a.rows = rowsOf(edges, 0)
	a.deep = math.Inf(1)
	for _, p := range polygons {
		a.deep = min(a.deep, inradius(a, p))
	}
	return a
}

// appendUpward leaves level edges in: no ray meets them, but a place can be near them.
func appendUpward(edges []edge, ring orb.Ring) []edge {
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if a[1] > b[1] {
			a, b = b, a
		}
		edges = append(edges, edge{a, b})
	}
	return edges
}

func (a *area) bound() orb.Bound  { return a.box }
func (a *area) inradius() float64 { return a.deep }

// contains counts the edges right of p. An edge owns its lower end and not its upper one, so a ray through a corner
// meets as many edges as one just above it.
func (r *rows) contains(p orb.Point) bool {
	in := false
	edges := r.between(p[1], p[1])
	for i := range edges {
		e := &edges[i]
		switch {
		case e.a[1] > p[1] || e.b[1] <= p[1]: // above or below
		case p[0] >= e.a[0] && p[0] >= e.b[0]: // left of p
		case p[0] < e.a[0] && p[0] < e.b[0], left(e.a, e.b, p):
			in = !in
		}
	}
	return in
}

func (a *area) border(p orb.Point, limit float64) float64 {
	return scaleAt(p[1]).nearest(p, a.beside(p[1], limit), limit)
}

func (r *rows) through(from, to orb.Point) (in, out float64, ok bool) {
	low, high := min(from[1], to[1]), max(from[1], to[1])
	left, right := min(from[0], to[0]), max(from[0], to[0])
	in, out = 1, 0
	edges := r.between(low, high)
	for i := range edges {
		e := &edges[i]
		if e.b[1] < low || e.a[1] > high || e.a[0] < left && e.b[0] < left || e.a[0] > right && e.b[0] > right {
			continue
		}
		if t, _, crosses := meeting(from, to, e); crosses {
			in, out, ok = min(in, t), max(out, t), true
		}
	}
	return in, out, ok
}

// meeting tells at which part of the way from a to b it crosses an edge, and whether to the left of it. What lies
// on a line counts as left of it, so a way through a corner crosses one of its edges, or both, or none.
func meeting(a, b orb.Point, e *edge) (t float64, toLeft, ok bool) {
	if (turn(a, b, e.a) >= 0) == (turn(a, b, e.b) >= 0) {
		return 0, false, false
	}
	one, two := turn(e.a, e.b, a), turn(e.a, e.b, b)
	if (one >= 0) == (two >= 0) {
		return 0, false, false
	}
	return one / (one - two), two >= 0, true
}
