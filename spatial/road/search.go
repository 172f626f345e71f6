package road

import "math"

// A search is the memory of one run of Dijkstra's algorithm over the states of a graph. It is used again and again:
// a generation number tells labels of this run from older ones, so that nothing is cleared and nothing allocated.
type search struct {
	star   *star
	labels []label
	run    uint32
	queue  queue
	waits  []wait
}

// A label is what is known of a state in a run.
type label struct {
	seconds float64
	from    int32 // the state before it in this search, -1 at the start
	arc     int32 // by which it came; at the start the arc that is driven in part, -1 when none is
	run     uint32
	waiting int32 // first of those that wait for this state to be settled, -1 when nobody does
}

// A wait is somebody, with a number, who is reached some seconds after a state.
type wait struct {
	who, next int32
	seconds   float64
}

// begin starts a new run over a star: g.ahead to find what is reached, g.back to find what reaches.
func (g *Graph) begin(over *star) *search {
	s := g.searches.Get().(*search)
	s.star, s.queue, s.waits = over, s.queue[:0], s.waits[:0]
	s.run++
	if s.run == 0 { // after four thousand million runs, old labels would look new
		clear(s.labels)
		s.run = 1
	}
	return s
}

func (g *Graph) end(s *search) { g.searches.Put(s) }

// at is the label of a state, fresh when this run has not seen it.
func (s *search) at(state int32) *label {
	l := &s.labels[state]
	if l.run != s.run {
		*l = label{seconds: math.Inf(1), from: -1, arc: -1, run: s.run, waiting: -1}
	}
	return l
}

// known is how soon a state is reached as far as this run knows.
func (s *search) known(state int32) float64 {
	if l := &s.labels[state]; l.run == s.run {
		return l.seconds
	}
	return math.Inf(1)
}

// reach notes a way to a state, and tells whether it is the best so far.
func (s *search) reach(state int32, seconds float64, from, arc int32) bool {
	l := s.at(state)
	if seconds >= l.seconds {
		return false
	}
	l.seconds, l.from, l.arc = seconds, from, arc
	s.queue.push(seconds, state)
	return true
}

// await has somebody come out of next when a state has been settled, some seconds later.
func (s *search) await(state, who int32, seconds float64) {
	l := s.at(state)
	s.waits = append(s.waits, wait{who, l.waiting, seconds})
	l.waiting = int32(len(s.waits) - 1)
}

// meet has somebody come out of next without any state.
func (s *search) meet(who int32, seconds float64) { s.queue.push(seconds, ^who) }

// next is the state that is settled next, or somebody who is met (as ^who), in order of time; ok is false at the
// end. A state has to be expanded by the caller for the search to go on from there. Somebody who waits at several
// states is met several times: the first is the earliest.
func (s *search) next() (id int32, seconds float64, ok bool) {
	for len(s.queue) > 0 {
		top := s.queue.pop()
		if top.id < 0 || top.key <= s.labels[top.id].seconds {
			return top.id, top.key, true
		}
	}
	return 0, 0, false
}

// expand goes on from a settled state.
func (s *search) expand(state int32, seconds float64) {
	for w := s.labels[state].waiting; w >= 0; w = s.waits[w].next {
		s.queue.push(seconds+s.waits[w].seconds, ^s.waits[w].who)
	}
	for i := range s.star.at(state) {
		h := &s.star.hops[s.star.first[state]+int32(i)]
		s.reach(h.to, seconds+h.seconds, state, h.arc)
	}
}

// A gate leads from a place into the graph, or from the graph to a place.
type gate struct {
	state   int32
	arc     int32 // driven in part, -1 when the place is the node itself
	seconds float64
}

// leave visits the states that one can be in after leaving a place, and when.
func (g *Graph) leave(p Place, visit func(gate)) {
	if n := g.nodeAt(p); n >= 0 {
		visit(gate{g.states[n], -1, 0})
		return
	}
	for arc := 2 * (p.edge - 1); arc < 2*p.edge; arc++ {
		if g.drives(p, arc) {
			visit(gate{g.heads[arc], arc, g.seconds(arc, g.rest(p, arc))})
		}
	}
}

// arrive visits the states from which one can drive to a place without passing another one, and how long it takes.
func (g *Graph) arrive(p Place, visit func(gate)) {
	if n := g.nodeAt(p); n >= 0 {
		for s := g.states[n]; s < g.states[n+1]; s++ {
			visit(gate{s, -1, 0})
		}
		return
	}
	for arc := 2 * (p.edge - 1); arc < 2*p.edge; arc++ {
		if !g.drives(p, arc) {
			continue
		}
		seconds := g.seconds(arc, g.done(p, arc))
		for _, h := range g.back.at(g.heads[arc]) {
			if h.arc == arc {
				visit(gate{h.to, arc, seconds})
			}
		}
	}
}

// direct is the way from one place to another on the same edge, if there is one, and the arc that it takes.
func (g *Graph) direct(from, to Place) (arc int32, seconds float64, ok bool) {
	seconds = math.Inf(1)
	if from.edge != to.edge {
		return 0, seconds, false
	}
	for a := 2 * (from.edge - 1); a < 2*from.edge; a++ {
		if way := g.done(to, a) - g.done(from, a); way >= 0 && g.drives(from, a) && g.drives(to, a) {
			if s := g.seconds(a, way); s < seconds {
				arc, seconds = a, s
			}
		}
	}
	return arc, seconds, !math.IsInf(seconds, 1)
}

// nodeAt is the node where a place is, or -1 when it is between nodes or its direction is given.
func (g *Graph) nodeAt(p Place) int32 {
	e := &g.edges[p.edge-1]
	switch {
	case p.barred != 0:
		return -1
	case p.Along <= 0:
		return e.from
	case p.Along >= e.meters:
		return e.to
	}
	return -1
}

// drives tells whether a place is left and reached along an arc of its edge.
func (g *Graph) drives(p Place, arc int32) bool {
	return p.barred&(Forward<<(arc&1)) == 0 && g.speed(arc) > 0
}

// done is how many metres of an arc lie before a place, rest how many after it.
func (g *Graph) done(p Place, arc int32) float64 {
	if arc&1 == 0 {
		return p.Along
	}
	return g.edges[arc>>1].meters - p.Along
}

func (g *Graph) rest(p Place, arc int32) float64 { return g.done(p, arc^1) }
