package fence

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// A gate is a line to cross: what counts is getting over it, not being at it.
type gate struct {
	rows // edges go along the line
	box  orb.Bound
}

func newGate(lines orb.MultiLineString) *gate {
	return &gate{rows: rowsOf(lineEdges(lines), 0), box: lines.Bound()}
}

// A crossing is where a way goes over an edge of a gate.
type crossing struct {
	part   float64 // of the way, in [0, 1]
	toLeft bool    // it goes to the left side of the line
}

// crossings appends where the straight way from a to b goes over the lines, in order.
func (g *gate) crossings(a, b orb.Point, out []crossing) []crossing {
	box := orb.MultiPoint{a, b}.Bound()
	if !box.Intersects(g.box) {
		return out
	}
	edges := g.between(box.Min[1], box.Max[1])
	for i := range edges {
		if t, toLeft, ok := meeting(a, b, &edges[i]); ok {
			out = append(out, crossing{t, toLeft})
		}
	}
	slices.SortFunc(out, func(p, q crossing) int {
		if c := cmp.Compare(p.part, q.part); c != 0 || p.toLeft == q.toLeft {
			return c
		}
		if p.toLeft {
			return 1
		}
		return -1
	})
	return slices.Compact(out) // an edge may stand in several rows
}

// distance is how far p is from the lines, or limit when that is less.
func (g *gate) distance(p orb.Point, limit float64) float64 {
	return scaleAt(p[1]).nearest(p, g.beside(p[1], limit), limit)
}

func (g *gate) bound() orb.Bound { return g.box }

func (g *gate) draw(s *sheet) {
	for i := range g.edges {
		s.line(g.edges[i].a, g.edges[i].b, 0, 0)
	}
}
