package shape

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// A graph is the net of all sides of noded paths, each different side once. Half 2e runs along edge e from its
// lesser to its greater place, half 2e+1 back. Walking on from half to half with the same area to the left
// gives cycles; a cycle is one piece of the border of a face.
type graph struct {
	places []orb.Point // sorted
	edges  []edge
	runs   []run   // per edge, see edge.runs
	halves []int32 // around each place, counter-clockwise
	around []int32 // where the halves of a place begin in halves
	at     []int32 // where a half stands in halves
	cycle  []int32 // to the left of each half
	starts []int32 // one half of each cycle
	areas  []float64
}

type edge struct {
	a, b int32
	runs int32 // first of its runs; they end where those of the next edge begin
}

// run says how often a path runs along an edge from a to b, less how often back.
type run struct {
	path  int32
	times int32
}

func newGraph(paths []path) *graph {
	g := &graph{}
	g.addEdges(paths)
	g.sortHalves()
	g.findCycles()
	return g
}

// addEdges merges the sides of the paths that lie on each other. What runs there and back is left out.
func (g *graph) addEdges(paths []path) {
	for _, p := range paths {
		g.places = append(g.places, p.places...)
	}
	slices.SortFunc(g.places, comparePlaces)
	g.places = slices.Compact(g.places)
	type side struct {
		a, b int32
		run
	}
	var sides []side
	for i, p := range paths {
		var last int32
		for k, place := range p.places {
			here, _ := slices.BinarySearchFunc(g.places, place, comparePlaces)
			s := side{last, int32(here), run{int32(i), 1}}
			last = s.b
			if s.a > s.b {
				s.a, s.b, s.times = s.b, s.a, -1
			}
			if k > 0 && s.a != s.b {
				sides = append(sides, s)
			}
		}
	}
	slices.SortFunc(sides, func(s, t side) int {
		return cmp.Or(cmp.Compare(s.a, t.a), cmp.Compare(s.b, t.b), cmp.Compare(s.path, t.path))
	})
	for i := 0; i < len(sides); {
		first := len(g.runs)
		j := i
		for ; j < len(sides) && sides[j].a == sides[i].a && sides[j].b == sides[i].b; j++ {
			if n := len(g.runs); n > first && g.runs[n-1].path == sides[j].path {
				g.runs[n-1].times += sides[j].times
			} else {
				g.runs = append(g.runs, sides[j].run)
			}
		}
		kept := slices.DeleteFunc(g.runs[first:], func(r run) bool { return r.times == 0 })
		g.runs = g.runs[:first+len(kept)]
		if len(kept) > 0 {
			g.edges = append(g.edges, edge{sides[i].a, sides[i].b, int32(first)})
		}
		i = j
	}
}

func (g *graph) runsOf(e int32) []run {
	if int(e)+1 < len(g.edges) {
		return g.runs[g.edges[e].runs:g.edges[e+1].runs]
	}
	return g.runs[g.edges[e].runs:]
}

// origin is where a half begins.
func (g *graph) origin(h int32) int32 {
	if h&1 == 0 {
		return g.edges[h/2].a
	}
	return g.edges[h/2].b
}

func (g *graph) sortHalves() {
	g.around = make([]int32, len(g.places)+1)
	for _, e := range g.edges {
		g.around[e.a+1]++
		g.around[e.b+1]++
	}
	for i := range g.places {
		g.around[i+1] += g.around[i]
	}
	g.halves, g.at = make([]int32, 2*len(g.edges)), make([]int32, 2*len(g.edges))
	free := slices.Clone(g.around)
	for h := range int32(2 * len(g.edges)) {
		o := g.origin(h)
		g.halves[free[o]] = h
		free[o]++
	}
	for i, p := range g.places {
		fanned := g.halves[g.around[i]:g.around[i+1]]
		slices.SortFunc(fanned, func(h, k int32) int {
			return compareAngles(p, g.places[g.origin(h^1)], g.places[g.origin(k^1)])
		})
	}
	for i, h := range g.halves {
		g.at[h] = int32(i)
	}
}

// compareAngles orders the ways from p to u and v counter-clockwise from the east.
func compareAngles(p, u, v orb.Point) int {
	lower := func(q orb.Point) bool { return q[1] < p[1] || q[1] == p[1] && q[0] < p[0] }
	if lower(u) != lower(v) {
		if lower(u) {
			return 1
		}
		return -1
	}
	return -turn(p, u, v)
}

// before is the next half clockwise around the origin.
func (g *graph) before(h int32) int32 {
	o := g.origin(h)
	if i := g.at[h]; i > g.around[o] {
		return g.halves[i-1]
	}
	return g.halves[g.around[o+1]-1]
}

// next is the half that goes on with the same face to the left.
func (g *graph) next(h int32) int32 { return g.before(h ^ 1) }

func (g *graph) findCycles() {
	g.cycle = make([]int32, len(g.halves))
	for i := range g.cycle {
		g.cycle[i] = -1
	}
	for h := range int32(len(g.halves)) {
		if g.cycle[h] >= 0 {
			continue
		}
		id, area, base := int32(len(g.starts)), 0.0, g.places[g.origin(h)]
		for k := h; g.cycle[k] < 0; k = g.next(k) {
			g.cycle[k] = id
			p, q := g.places[g.origin(k)], g.places[g.origin(k^1)]
			area += (p[0]-base[0])*(q[1]-base[1]) - (p[1]-base[1])*(q[0]-base[0])
		}
		g.starts, g.areas = append(g.starts, h), append(g.areas, area/2)
	}
}

// A winding knows how often each path winds around the place where a walk through the graph stands.
type winding interface {
	turn(path, times int32)
}

// frame is a cycle of which a walk looks at all neighbours.
type frame struct{ first, now, via int32 }

// walk visits all cycles. It goes from each over a shared edge to the next, telling w what that changes, so
// that w is right at each visit. begin sets w up at the first place of a net that hangs together, as seen from
// outside of the net; end takes that back.
func (g *graph) walk(w winding, begin, end func(at orb.Point), visit func(cycle int32)) {
	seen := make([]bool, len(g.starts))
	for i, at := range g.places {
		if g.around[i] == g.around[i+1] {
			continue
		}
		outer := g.cycle[g.outermost(i)]
		if seen[outer] {
			continue
		}
		begin(at)
		g.walkNet(w, outer, seen, visit)
		end(at)
	}
}

// outermost is the half with the face to the west to its left. The place is the first of its net, so that all
// halves go to the east or straight north. For other places, whose net was walked, any half will do.
func (g *graph) outermost(place int) int32 {
	fanned := g.halves[g.around[place]:g.around[place+1]]
	p := g.places[place]
	for i := len(fanned) - 1; i >= 0; i-- {
		if q := g.places[g.origin(fanned[i]^1)]; q[1] >= p[1] {
			return fanned[i]
		}
	}
	return fanned[len(fanned)-1]
}

func (g *graph) walkNet(w winding, from int32, seen []bool, visit func(cycle int32)) {
	seen[from] = true
	visit(from)
	stack := []frame{{g.starts[from], g.starts[from], -1}}
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		if f.now < 0 {
			if f.via >= 0 {
				g.cross(w, f.via^1)
			}
			stack = stack[:len(stack)-1]
			continue
		}
		h := f.now
		if f.now = g.next(h); f.now == f.first {
			f.now = -1
		}
		if other := g.cycle[h^1]; !seen[other] {
			seen[other] = true
			g.cross(w, h)
			visit(other)
			stack = append(stack, frame{h ^ 1, h ^ 1, h})
		}
	}
}

// cross tells w what changes from the left of a half to its right.
func (g *graph) cross(w winding, h int32) {
	for _, r := range g.runsOf(h / 2) {
		if h&1 == 0 {
			w.turn(r.path, -r.times)
		} else {
			w.turn(r.path, r.times)
		}
	}
}
