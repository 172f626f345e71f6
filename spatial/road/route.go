package road

import (
	"math"
	"slices"
)

// Route is the fastest way from one place to another. It searches from both ends at once, and asks nothing of the
// speeds but that they are not negative, so it stays exact whatever SetSpeed does.
func (g *Graph) Route(from, to Place) (Path, bool) {
	if !from.OnRoad() || !to.OnRoad() {
		return Path{}, false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	parts, ok := g.fastest(from, to)
	if !ok {
		return Path{}, false
	}
	return g.path(parts), true
}

// A part is what a path drives of an edge: between two distances from its start, backwards when begin > end.
type part struct {
	arc        int32
	begin, end float64
}

func (g *Graph) part(arc int32) part {
	if arc&1 == 0 {
		return part{arc, 0, g.edges[arc>>1].meters}
	}
	return part{arc, g.edges[arc>>1].meters, 0}
}

// fastest finds the parts of the fastest path.
func (g *Graph) fastest(from, to Place) ([]part, bool) {
	p := pair{ahead: g.begin(&g.ahead), back: g.begin(&g.back), meet: -1}
	defer g.end(p.ahead)
	defer g.end(p.back)
	arc, best, near := g.direct(from, to)
	p.best = best
	g.leave(from, func(at gate) { p.reach(p.ahead, p.back, at.state, at.seconds, -1, at.arc) })
	g.arrive(to, func(at gate) { p.reach(p.back, p.ahead, at.state, at.seconds, -1, at.arc) })
	p.run()
	switch {
	case p.meet >= 0:
		return g.trace(&p, from, to), true
	case near:
		return []part{{arc, from.Along, to.Along}}, true
	}
	return nil, false
}

// A pair of searches meets in the middle.
type pair struct {
	ahead, back *search
	best        float64 // seconds of the best way so far
	meet        int32   // the state where it changes from one search to the other, -1 when none is known
}

// reach notes a way to a state in one search, and whether it meets the other one.
func (p *pair) reach(s, other *search, state int32, seconds float64, from, arc int32) {
	if s.reach(state, seconds, from, arc) {
		if sum := seconds + other.known(state); sum < p.best {
			p.best, p.meet = sum, state
		}
	}
}

// run goes on with the search that is less far, until both together are as far as the best way.
func (p *pair) run() {
	for len(p.ahead.queue) > 0 && len(p.back.queue) > 0 {
		near, far := p.ahead.queue[0].key, p.back.queue[0].key
		if near+far >= p.best {
			return
		}
		if near <= far {
			p.step(p.ahead, p.back)
		} else {
			p.step(p.back, p.ahead)
		}
	}
}

func (p *pair) step(s, other *search) {
	state, seconds, ok := s.next()
	if !ok {
		return
	}
	for _, h := range s.star.at(state) {
		p.reach(s, other, h.to, seconds+h.seconds, state, h.arc)
	}
}

// trace lists the parts from one place over the meeting state to the other.
func (g *Graph) trace(p *pair, from, to Place) []part {
	var parts []part
	at := p.meet
	for ; p.ahead.labels[at].from >= 0; at = p.ahead.labels[at].from {
		parts = append(parts, g.part(p.ahead.labels[at].arc))
	}
	if arc := p.ahead.labels[at].arc; arc >= 0 {
		parts = append(parts, part{arc, from.Along, g.part(arc).end})
	}
	slices.Reverse(parts)
	for at = p.meet; p.back.labels[at].from >= 0; at = p.back.labels[at].from {
		parts = append(parts, g.part(p.back.labels[at].arc))
	}
	if arc := p.back.labels[at].arc; arc >= 0 {
		parts = append(parts, part{arc, g.part(arc).begin, to.Along})
	}
	if len(parts) == 0 { // both places are the same node
		parts = append(parts, part{2 * (from.edge - 1), from.Along, from.Along})
	}
	return parts
}

// path puts parts together: one line, and a step for each segment.
func (g *Graph) path(parts []part) Path {
	var path Path
	total := 0.0
	seconds := 0.0 // of the step that is under way
	for _, p := range parts {
		e := &g.edges[p.arc>>1]
		path.Line = appendCut(path.Line, g.line(p.arc>>1), e.meters, p.begin, p.end)
		way := math.Abs(p.end - p.begin)
		took := 0.0
		if way > 0 {
			took = g.seconds(p.arc, way)
		}
		s := &g.segments[e.segment]
		if n := len(path.Steps); n == 0 || path.Steps[n-1].Segment != s.id {
			path.Steps = append(path.Steps, Step{Segment: s.id, Name: s.name})
			seconds = 0
		}
		seconds, total = seconds+took, total+took
		step := &path.Steps[len(path.Steps)-1]
		step.Duration, step.Meters = durationOf(seconds), step.Meters+way
		path.Meters += way
	}
	if len(path.Line) == 1 { // a line has two points, even when one is where one wants to be
		path.Line = append(path.Line, path.Line[0])
	}
	path.Duration = durationOf(total)
	return path
}
