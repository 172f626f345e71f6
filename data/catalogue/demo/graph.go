package demo

import "container/heap"

// A graph is the streets as nodes and ways, to find routes on.
type graph struct {
	segs  []segment
	nodes map[int32]int // vertex of the mesh -> node
	at    []pt
	ways  [][]way
}

// A way leads from a node along a segment to another node.
type way struct {
	to, seg int
	back    bool // against the segment's direction
	cost    float64
}

// graph of all streets that buses and patrols use: no expressway, no lanes.
func (c *city) newGraph(segs []segment) *graph {
	g := &graph{segs: segs, nodes: map[int32]int{}}
	node := func(v int32) int {
		if n, ok := g.nodes[v]; ok {
			return n
		}
		n := len(g.at)
		g.nodes[v] = n
		g.at, g.ways = append(g.at, c.m.at[v]), append(g.ways, nil)
		return n
	}
	for i, s := range segs {
		if s.a < 0 || s.b < 0 || s.class < unclassified || s.class > trunk {
			continue
		}
		a, b := node(s.a), node(s.b)
		cost := length(s.line) * busCost[s.class]
		g.ways[a] = append(g.ways[a], way{to: b, seg: i, cost: cost})
		g.ways[b] = append(g.ways[b], way{to: a, seg: i, back: true, cost: cost})
	}
	return g
}

// busCost makes buses prefer greater streets.
var busCost = [...]float64{unclassified: 1.6, residential: 2.6, tertiary: 1.5, secondary: 1, primary: 0.9, trunk: 1.05}

// nearest is the node closest to a place.
func (g *graph) nearest(p pt) int {
	best := 0
	for i, q := range g.at {
		if q.dist(p) < g.at[best].dist(p) {
			best = i
		}
	}
	return best
}

// A step is an entry of the queue of route.
type step struct {
	node int
	cost float64
}

type queue []step

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].cost < q[j].cost }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(step)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// route is the cheapest way from a to b; used segments cost more, so that routes spread.
func (g *graph) route(a, b int, used []float64) []way {
	cost := make([]float64, len(g.at))
	from := make([]int, len(g.at))
	via := make([]way, len(g.at))
	for i := range cost {
		cost[i], from[i] = 1e18, -1
	}
	cost[a] = 0
	q := &queue{{a, 0}}
	for q.Len() > 0 {
		s := heap.Pop(q).(step)
		if s.cost > cost[s.node] {
			continue
		}
		if s.node == b {
			break
		}
		for _, w := range g.ways[s.node] {
			if c := s.cost + w.cost*(1+used[w.seg]); c < cost[w.to] {
				cost[w.to], from[w.to], via[w.to] = c, s.node, w
				heap.Push(q, step{w.to, c})
			}
		}
	}
	var out []way
	for n := b; n != a; n = from[n] {
		if from[n] < 0 {
			return nil
		}
		out = append(out, via[n])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
