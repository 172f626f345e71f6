package road

import (
	"errors"
	"fmt"
)

// ErrUnknown is returned for the ID of no segment.
var ErrUnknown = errors.New("no such road")

// Speeds are how fast a road is driven now, in m/s, and in which directions it is closed all the same.
type Speeds struct {
	Forward, Backward float64
	Closed            Direction
}

// SetSpeed sets how fast a road is driven, for queries that begin after it returns. It does not open what Close
// has closed, so live speeds may go on coming in for a closed road. 0 means that nobody drives this way.
func (g *Graph) SetSpeed(id string, forward, backward float64) error {
	if !validSpeed(forward) || !validSpeed(backward) {
		return fmt.Errorf("set speed of road %s: %v and %v are no speeds in metres per second", id, forward, backward)
	}
	return g.change(id, func(s *segment) { s.speed = [2]float64{forward, backward} })
}

// Close closes a road in some directions, at once.
func (g *Graph) Close(id string, d Direction) error {
	return g.change(id, func(s *segment) { s.closed |= d & Both })
}

// Reopen takes back Close: the road has the speeds that were set last.
func (g *Graph) Reopen(id string, d Direction) error {
	return g.change(id, func(s *segment) { s.closed &^= d })
}

// Speeds of a road that is known.
func (g *Graph) Speeds(id string) (Speeds, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n, ok := g.byID[id]
	if !ok {
		return Speeds{}, false
	}
	s := &g.segments[n]
	return Speeds{s.speed[0], s.speed[1], s.closed}, true
}

// change changes all segments of an ID, and what searches see of them.
func (g *Graph) change(id string, set func(*segment)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, ok := g.byID[id]
	if !ok {
		return fmt.Errorf("road %s: %w", id, ErrUnknown)
	}
	for ; n >= 0; n = g.segments[n].next {
		s := &g.segments[n]
		set(s)
		for arc := 2 * s.first; arc < 2*s.last; arc++ {
			g.refresh(arc)
		}
	}
	return nil
}

// refresh writes the time of an arc to wherever it stands: few states, few arcs at each.
func (g *Graph) refresh(arc int32) {
	seconds := g.seconds(arc, g.edges[arc>>1].meters)
	n := g.tail(arc)
	for s := g.states[n]; s < g.states[n+1]; s++ {
		retime(g.ahead.at(s), arc, seconds)
	}
	retime(g.back.at(g.heads[arc]), arc, seconds)
}

func retime(hops []hop, arc int32, seconds float64) {
	for i := range hops {
		if hops[i].arc == arc {
			hops[i].seconds = seconds
		}
	}
}
