package road

import (
	"math"
	"time"
)

// A Post is an exit where somebody can stand in the way.
type Post struct {
	Exit
	Reached time.Duration // when who started at the center is here at the earliest, by any way

	arc int32
}

// Posts are the fewest places that close every way from what is reached within inner to what is farther than outer: a
// minimum cut of the roads between. Where several are smallest it is the outermost, because that leaves most time. Each
// post closes one road in the direction that leads out, at its end or where it is at outer, and counts the same however
// wide the road is. Who flees heeds one-way streets and closures but no rule for turning, so that a forbidden turn leaks
// nothing. There are none where nothing that is open leads farther than outer, and unless 0 <= inner < outer.
func (g *Graph) Posts(from Place, inner, outer time.Duration) []Post {
	if !from.OnRoad() || inner < 0 || inner >= outer {
		return nil
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	links := g.between(from, inner.Seconds(), outer.Seconds())
	var posts []Post
	for i, cut := range minimumCut(links) {
		if cut {
			posts = append(posts, g.post(&links[i], outer.Seconds()))
		}
	}
	return posts
}

// Sealed tells whether nobody who starts at from and passes no post gets farther than outer, as roads are open now. It
// tries all ways, and knows nothing of how posts are found.
func (g *Graph) Sealed(from Place, posts []Post, outer time.Duration) bool {
	if !from.OnRoad() {
		return false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	shut := make(map[int32]bool, len(posts))
	within, tried := make([]bool, len(g.states)-1), make([]bool, len(g.states)-1)
	for i := range posts {
		shut[posts[i].arc] = true
	}
	for _, f := range g.flee(from, outer.Seconds()) {
		within[f.node] = true
	}
	var queue []int32
	try := func(arc int32) {
		if n := g.head(arc); !tried[n] && !shut[arc] && g.speed(arc) > 0 {
			tried[n] = true
			queue = append(queue, n)
		}
	}
	g.starts(from, try)
	for ; len(queue) > 0; queue = queue[1:] {
		if !within[queue[0]] {
			return false
		}
		for _, h := range g.ahead.at(g.states[queue[0]]) {
			try(h.arc)
		}
	}
	return true
}

// starts visits the arcs by which one leaves a place.
func (g *Graph) starts(from Place, visit func(arc int32)) {
	if n := g.nodeAt(from); n >= 0 {
		for _, h := range g.ahead.at(g.states[n]) {
			visit(h.arc)
		}
		return
	}
	visit(2 * (from.edge - 1))
	visit(2*(from.edge-1) + 1)
}

// A fled is a node, and when who heeds no rule for turning is there.
type fled struct {
	node    int32
	seconds float64
}

// flee finds all nodes within a limit, in order of time. It runs over the first state of each, which leads everywhere.
func (g *Graph) flee(from Place, limit float64) []fled {
	s := g.begin(&g.ahead)
	defer g.end(s)
	reach := func(n int32, seconds float64) {
		if !math.IsInf(seconds, 1) {
			s.reach(g.states[n], seconds, n, -1) // where a label has the state before it, this one has its node
		}
	}
	if n := g.nodeAt(from); n >= 0 {
		reach(n, 0)
	} else {
		g.starts(from, func(arc int32) { reach(g.head(arc), g.seconds(arc, g.rest(from, arc))) })
	}
	var all []fled
	for {
		state, seconds, ok := s.next()
		if !ok || seconds > limit {
			return all
		}
		all = append(all, fled{s.labels[state].from, seconds})
		for _, h := range s.star.at(state) {
			reach(g.head(h.arc), seconds+h.seconds)
		}
	}
}

// A link is an arc between two parts of a cordon: 1 is what is reached within its inner limit, 0 is what is farther than
// the outer one, and each node between is a part of its own.
type link struct {
	from, to int32
	arc      int32
	entered  float64 // seconds after which one drives into the arc at the earliest; before 0 where one starts on it
}

const (
	outsideRing = 0
	insideRing  = 1
)

// between lists the links that lead from what is reached within outer to what is not reached within inner.
func (g *Graph) between(from Place, inner, outer float64) []link {
	nodes := g.flee(from, outer)
	part, parts := make([]int32, len(g.states)-1), int32(insideRing+1)
	for _, f := range nodes {
		if part[f.node] = insideRing; f.seconds > inner {
			part[f.node] = parts
			parts++
		}
	}
	links := make([]link, 0, 3*len(nodes))
	add := func(tail, arc int32, entered float64) {
		if to := part[g.head(arc)]; to != insideRing && to != tail && g.speed(arc) > 0 {
			links = append(links, link{tail, to, arc, entered})
		}
	}
	on := int32(-1) // the edge on which one starts, from its middle
	if g.nodeAt(from) < 0 {
		on = from.edge - 1
		g.starts(from, func(arc int32) { add(insideRing, arc, -g.seconds(arc, g.done(from, arc))) })
	}
	for _, f := range nodes {
		for _, h := range g.ahead.at(g.states[f.node]) {
			if h.arc>>1 != on {
				add(part[f.node], h.arc, f.seconds)
			}
		}
	}
	return links
}

// post is where a link is at its end, or at the outer limit when that comes before.
func (g *Graph) post(l *link, outer float64) Post {
	whole := g.edges[l.arc>>1].meters
	x, reached := whole, l.entered+g.seconds(l.arc, whole)
	if reached > outer {
		x, reached = min((outer-l.entered)*g.speed(l.arc), whole), outer
	}
	if l.arc&1 == 1 {
		x = whole - x
	}
	return Post{Exit: g.exit(l.arc, x), Reached: durationOf(reached), arc: l.arc}
}
