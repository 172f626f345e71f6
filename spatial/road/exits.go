package road

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Exits are the places where every way out of what is reached within some time leads on to what is not: a cordon.
// Who starts at from and has driven for that long has not passed any of them, and who gets farther passes one.
// Dead ends, and roads between two places that are both reached, need none.
func (g *Graph) Exits(from Place, elapsed time.Duration) []Exit {
	if !from.OnRoad() || elapsed <= 0 {
		return nil
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	limit := elapsed.Seconds()
	s := g.begin(&g.ahead)
	defer g.end(s)
	fronts := g.fronts(s, from, limit)
	if g.nodeAt(from) < 0 {
		fronts = g.withStart(fronts, from)
	}
	var exits []Exit
	for _, f := range fronts {
		if s.known(g.heads[f.arc]) <= limit {
			continue
		}
		x := min(max((limit-f.seconds)*g.speed(f.arc), 0), g.edges[f.arc>>1].meters)
		if f.arc&1 == 1 {
			x = g.edges[f.arc>>1].meters - x
		}
		exits = append(exits, g.exit(f.arc, x))
	}
	return exits
}

// withStart adds the arcs on which everything starts, as if one had entered them so long before as to be there now.
func (g *Graph) withStart(fronts []front, from Place) []front {
	for arc := 2 * (from.edge - 1); arc < 2*from.edge; arc++ {
		if !g.drives(from, arc) {
			continue
		}
		entered := -g.seconds(arc, g.done(from, arc))
		i, found := slices.BinarySearchFunc(fronts, arc, func(f front, arc int32) int { return cmp.Compare(f.arc, arc) })
		if found {
			fronts[i].seconds = min(fronts[i].seconds, entered)
		} else {
			fronts = slices.Insert(fronts, i, front{arc, entered})
		}
	}
	return fronts
}

// exit is the place at some metres of an edge, where an arc leads on.
func (g *Graph) exit(arc int32, x float64) Exit {
	e := &g.edges[arc>>1]
	p := Place{Point: pointAt(g.line(arc>>1), e.meters, x), Along: x, edge: arc>>1 + 1}
	s := &g.segments[e.segment]
	out := Exit{Place: p, Segment: s.id, Name: s.name, Course: g.courseAt(p)}
	if arc&1 == 1 {
		out.Course = math.Mod(out.Course+180, 360)
	}
	return out
}
