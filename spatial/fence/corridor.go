package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A corridor is what is nearer to some lines than a radius.
type corridor struct {
	rows   // edges reach a radius beyond themselves
	box    orb.Bound
	radius float64
}

func newCorridor(lines orb.MultiLineString, radius float64) *corridor {
	return &corridor{
		rows:   rowsOf(lineEdges(lines), radius/leastDegree),
		box:    reach(lines.Bound(), radius),
		radius: radius,
	}
}

func lineEdges(lines orb.MultiLineString) (edges []edge) {
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			edges = append(edges, edge{l[i-1], l[i]})
		}
	}
	return edges
}

func (c *corridor) bound() orb.Bound  { return c.box }
func (c *corridor) inradius() float64 { return c.radius }

func (c *corridor) contains(p orb.Point) bool {
	return c.box.Contains(p) && c.deviation(p, c.radius) < c.radius
}

func (c *corridor) border(p orb.Point, limit float64) float64 {
	return min(math.Abs(c.deviation(p, c.radius+limit)-c.radius), limit)
}

// deviation is how far p is from the lines, or limit when that is less.
func (c *corridor) deviation(p orb.Point, limit float64) float64 {
	return scaleAt(p[1]).nearest(p, c.beside(p[1], max(limit-c.radius, 0)), limit)
}

func (c *corridor) through(a, b orb.Point) (in, out float64, ok bool) {
	box := orb.MultiPoint{a, b}.Bound()
	if !box.Intersects(c.box) {
		return 0, 0, false
	}
	in, out = 1, 0
	s := scaleAt((a[1] + b[1]) / 2)
	w := way{to: s.from(a, b)}
	near := reach(box, c.radius)
	edges := c.between(box.Min[1], box.Max[1])
	for i := range edges {
		e := &edges[i]
		if !near.Intersects(orb.MultiPoint{e.a, e.b}.Bound()) {
			continue
		}
		if from, until, touches := w.inCapsule(s.from(a, e.a), s.from(a, e.b), c.radius); touches {
			in, out, ok = min(in, from), max(out, until), true
		}
	}
	return in, out, ok
}

// inCapsule is the part of the way that is nearer than radius to the line from p to q.
func (w way) inCapsule(p, q vector, radius float64) (in, out float64, ok bool) {
	in, out = 1, 0
	grow := func(from, until float64, touches bool) {
		if touches {
			in, out, ok = min(in, from), max(out, until), true
		}
	}
	grow(w.inCircle(p, radius))
	grow(w.inCircle(q, radius))
	grow(w.inStrip(p, q, radius))
	return in, out, ok
}

func (c *corridor) draw(s *sheet) {
	for i := range c.edges {
		e := &c.edges[i]
		far := reach(orb.MultiPoint{e.a, e.b}.Bound(), c.radius).Max
		s.line(e.a, e.b, far[0]-max(e.a[0], e.b[0]), far[1]-max(e.a[1], e.b[1]))
	}
}
