package shape

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// doubtful is the share of the area that may be read in two ways before a repair is refused.
const doubtful = 1e-3

// fill makes valid polygons of rings that cross or touch each other and themselves, if the two usual ways to
// read them agree: even-odd, by which every side parts inside from outside; and winding, by which rings hold
// what they go around and holes take away what they go around. Rings that do not cross are nested by even-odd.
func fill(polygons []orb.Polygon, bad *Invalid) ([]orb.Polygon, []string, error) {
	n := &noder{}
	for i, p := range polygons {
		for j, r := range p {
			n.paths = append(n.paths, path{places: r, part: int32(i), ring: int32(j)})
		}
	}
	if !n.node() {
		return nil, nil, tangledAt(n.segs, bad)
	}
	g := newGraph(n.paths)
	read := newReading(n.paths, groups(g, n.paths))
	v := verdict{g: g, inside: make([]bool, len(g.starts))}
	g.walk(read, n.windings(read, 1), n.windings(read, -1), func(cycle int32) { v.note(cycle, read) })
	if v.filled <= 0 {
		return nil, nil, bad
	}
	if v.doubt > doubtful*v.filled {
		at := g.places[g.origin(g.starts[v.worst])]
		return nil, nil, invalid(at, "%s, and it is not clear what is inside and what outside: the two usual ways to read it differ in %.2g %% of the area, for example", bad.Error(), 100*v.doubt/v.filled)
	}
	out, dust := trace(g, v.inside)
	if len(out) == 0 {
		return nil, nil, bad
	}
	holes := 0
	for _, p := range out {
		holes += len(p) - 1
	}
	notes := []string{fmt.Sprintf("%s: cut where sides meet and put together anew as %s with %s", bad.Error(), count(len(out), "polygon"), count(holes, "hole"))}
	if len(dust) > 0 {
		notes = append(notes, fmt.Sprintf("%s smaller than 0.01 m² left out, the first at %s", count(len(dust), "piece"), spatial.At(dust[0])))
	}
	return out, notes, nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func tangledAt(segs []segment, bad *Invalid) *Invalid {
	return invalid(bad.At, "%s, and the geometry is too tangled to be repaired, near", bad.Reason)
}

// windings sets a winding up for a place: what goes around it without being tied to its own net.
func (n *noder) windings(w winding, times int32) func(at orb.Point) {
	return func(at orb.Point) {
		n.west(at, func(i int, up bool) {
			if up {
				w.turn(n.segs[i].ring, -times)
			} else {
				w.turn(n.segs[i].ring, times)
			}
		})
	}
}

// verdict is what a walk found out.
type verdict struct {
	g             *graph
	inside        []bool // per cycle
	filled, doubt float64
	worst         int32
}

func (v *verdict) note(cycle int32, r *reading) {
	area := v.g.areas[cycle]
	v.inside[cycle] = r.filled > 0
	if r.filled > 0 {
		v.filled += area
	}
	if r.filled > 1 || r.disputed > 0 {
		v.doubt += area
		if area > v.g.areas[v.worst] || v.doubt == area {
			v.worst = cycle
		}
	}
}

// A reading reads windings in both ways at once, step by step.
type reading struct {
	paths    []path
	group    []int32 // of each path
	wound    []int32 // how often each path winds around here
	shells   []int32 // per group: shells that wind around here
	holes    []int32
	hasShell []bool
	oddly    []bool // per polygon: inside by even-odd
	wholly   []bool // per polygon: inside by winding
	filled   int    // polygons that are inside by winding
	disputed int    // polygons in which the two differ
}

func newReading(paths []path, group []int32) *reading {
	parts := paths[len(paths)-1].part + 1
	r := &reading{
		paths: paths, group: group, wound: make([]int32, len(paths)),
		shells: make([]int32, len(paths)), holes: make([]int32, len(paths)), hasShell: make([]bool, len(paths)),
		oddly: make([]bool, parts), wholly: make([]bool, parts),
	}
	for i, p := range paths {
		if p.ring == 0 {
			r.hasShell[group[i]] = true
		}
	}
	return r
}

func (r *reading) turn(path, times int32) {
	p, g := &r.paths[path], r.group[path]
	was := r.wound[path]
	r.wound[path] += times
	r.set(p.part, -1)
	if times%2 != 0 {
		r.oddly[p.part] = !r.oddly[p.part]
	}
	if is := r.wound[path]; p.holds(was) != p.holds(is) {
		before := r.groupFills(g)
		by := int32(1)
		if p.holds(was) {
			by = -1
		}
		if p.ring == 0 {
			r.shells[g] += by
		} else {
			r.holes[g] += by
		}
		if before != r.groupFills(g) {
			r.wholly[p.part] = !r.wholly[p.part]
		}
	}
	r.set(p.part, 1)
}

// holds tells whether a ring means to hold what it winds around so often. One that meets itself in corners
// only was drawn in loops on purpose: a loop inside of it is a hole.
func (p *path) holds(wound int32) bool {
	if p.knotted {
		return wound != 0
	}
	return wound%2 != 0
}

// groupFills: rings of one group cross each other, so that only their roles tell what is meant.
func (r *reading) groupFills(g int32) bool {
	if r.hasShell[g] {
		return r.shells[g] > 0 && r.holes[g] == 0
	}
	return r.holes[g] > 0
}

// set counts a polygon in or out.
func (r *reading) set(part int32, by int) {
	if r.wholly[part] {
		r.filled += by
	}
	if r.wholly[part] != r.oddly[part] {
		r.disputed += by
	}
}

// groups numbers the rings so that those of one polygon which cross each other have the same number. Two
// cross when each holds something that the other does not, and both hold something together.
func groups(g *graph, paths []path) []int32 {
	o := &mutual{paths: paths, odd: make([]bool, len(paths)), areas: map[[2]int32]float64{}}
	nothing := func(orb.Point) {}
	g.walk(o, nothing, nothing, func(cycle int32) { o.note(g.areas[cycle]) })
	joined := forest{}
	for pair, both := range o.areas {
		one, two := o.areas[[2]int32{pair[0], pair[0]}], o.areas[[2]int32{pair[1], pair[1]}]
		if pair[0] != pair[1] && both > 1e-12*max(one, two) && both < (1-1e-9)*min(one, two) {
			joined.join(int(pair[0]), int(pair[1]))
		}
	}
	out := make([]int32, len(paths))
	for i := range out {
		out[i] = int32(joined.root(i))
	}
	return out
}

// mutual adds up, for rings of one polygon, the area that each holds and that each two hold together.
type mutual struct {
	paths []path
	odd   []bool
	held  []int32 // paths that hold the face here
	areas map[[2]int32]float64
}

func (m *mutual) turn(path, times int32) {
	if times%2 == 0 {
		return
	}
	m.odd[path] = !m.odd[path]
	if m.odd[path] {
		m.held = append(m.held, path)
	} else {
		i := slices.Index(m.held, path)
		m.held = slices.Delete(m.held, i, i+1)
	}
}

// most is how many rings over one place are compared each with each.
const most = 64

func (m *mutual) note(area float64) {
	held := m.held[:min(len(m.held), most)]
	for i, one := range held {
		for _, two := range held[i:] {
			if m.paths[one].part == m.paths[two].part {
				m.areas[[2]int32{min(one, two), max(one, two)}] += area
			}
		}
	}
}
