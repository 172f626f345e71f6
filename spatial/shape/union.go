package shape

import (
	"github.com/paulmach/orb"
)

// Union is what any of the polygons holds, valid and wound as RFC 7946 asks. Each outer ring must be wound
// counter-clockwise and each hole clockwise; they may overlap, touch and lie on each other. No polygons are no union.
func Union(polygons ...orb.Polygon) (orb.MultiPolygon, error) {
	n := &noder{}
	for i, p := range polygons {
		for j, r := range p {
			for _, at := range r {
				if !finite(at) {
					return nil, invalid(at, "a coordinate is not a number of this world")
				}
			}
			if len(r) > 1 {
				n.paths = append(n.paths, path{places: r, part: int32(i), ring: int32(j)})
			}
		}
	}
	if len(n.paths) == 0 {
		return nil, nil
	}
	if !n.node() {
		return nil, tangled(n.segs)
	}
	g := newGraph(n.paths)
	w := &wound{}
	inside := make([]bool, len(g.starts))
	g.walk(w, n.windings(w, 1), n.windings(w, -1), func(cycle int32) { inside[cycle] = w.times != 0 })
	out, _ := trace(g, inside)
	c := newChecker()
	defer c.free()
	if bad := c.check(out); bad != nil {
		return nil, bad
	}
	return out, nil
}

// wound is how often all paths together wind around here.
type wound struct{ times int32 }

func (s *wound) turn(_, times int32) { s.times += times }
