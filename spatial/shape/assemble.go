package shape

import (
	"github.com/paulmach/orb"
)

// Assemble makes polygons of lines that together are their borders, in any order and direction: every side
// parts inside from outside, and two sides on each other are none. It refuses lines with loose ends and lines
// that cross, with the place. The result is valid and wound as RFC 7946 asks; no lines are no polygons.
func Assemble(lines []orb.LineString) (orb.MultiPolygon, error) {
	for _, l := range lines {
		for _, p := range l {
			if !finite(p) {
				return nil, invalid(p, "a coordinate is not a number of this world")
			}
		}
	}
	out, n, bad := evenOdd(lines)
	if bad == nil && n.crossing != nil {
		bad = invalid(*n.crossing, "the lines cross")
	}
	if bad != nil {
		return nil, bad
	}
	if len(out) == 0 {
		return nil, nil
	}
	c := newChecker()
	defer c.free()
	if bad := c.check(out); bad != nil {
		return nil, bad
	}
	return out, nil
}

// evenOdd cuts lines where they meet and fills what they enclose.
func evenOdd(lines []orb.LineString) ([]orb.Polygon, *noder, *Invalid) {
	n := &noder{}
	for _, l := range lines {
		if len(l) > 1 {
			n.paths = append(n.paths, path{places: l})
		}
	}
	if len(n.paths) == 0 {
		return nil, n, nil
	}
	if !n.node() {
		return nil, n, tangled(n.segs)
	}
	g := newGraph(n.paths)
	p := &parity{}
	if open := g.looseEnd(); open != nil {
		return nil, n, invalid(*open, "the lines do not close: one ends")
	}
	inside := make([]bool, len(g.starts))
	g.walk(p, n.windings(p, 1), n.windings(p, -1), func(cycle int32) { inside[cycle] = p.odd })
	out, _ := trace(g, inside)
	return out, n, nil
}

// parity is the winding that tells inside from outside by whether it is odd.
type parity struct{ odd bool }

func (p *parity) turn(_, times int32) { p.odd = p.odd != (times%2 != 0) }

// looseEnd finds a place where the border of an area ends, if there is one.
func (g *graph) looseEnd() *orb.Point {
	odd := make([]bool, len(g.places))
	for e := range g.edges {
		sum := int32(0)
		for _, r := range g.runsOf(int32(e)) {
			sum += r.times
		}
		if sum%2 != 0 {
			odd[g.edges[e].a] = !odd[g.edges[e].a]
			odd[g.edges[e].b] = !odd[g.edges[e].b]
		}
	}
	for i, is := range odd {
		if is {
			return &g.places[i]
		}
	}
	return nil
}
