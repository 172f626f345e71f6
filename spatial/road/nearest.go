package road

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Nearest answers which k of the units arrive first at the target, and when: exact, in order of time and then of
// their number in the list. k <= 0 means all, limit <= 0 means no limit. It is one search backwards from the
// target, and ends when the last of the k is found, so many units make it faster.
//
// After those, units that do not arrive follow with the reason: always those on no road, and, when less than k
// arrive, all the others. A unit that is not in the answer is therefore on a road and later than the last of the k,
// or cannot come at all.
func (g *Graph) Nearest(target Place, units []Place, k int, limit time.Duration) []Arrival {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.meet(backwards, target, units, k, limit)
}

// Matrix answers when each of the first places is left for each of the second ones: row from, column to. Each
// arrival has the number of its row as Unit. It takes one search for each place of the shorter list, and each
// search sees one state of all speeds.
func (g *Graph) Matrix(from, to []Place, limit time.Duration) [][]Arrival {
	rows := make([][]Arrival, len(from))
	cells := make([]Arrival, len(from)*len(to))
	for i := range rows {
		rows[i] = cells[i*len(to) : (i+1)*len(to) : (i+1)*len(to)]
	}
	if len(to) <= len(from) {
		for j := range to {
			for _, a := range g.locked(backwards, to[j], from, limit) {
				rows[a.Unit][j] = a
			}
		}
		return rows
	}
	for i := range from {
		for _, a := range g.locked(forwards, from[i], to, limit) {
			j := a.Unit
			a.Unit = i
			rows[i][j] = a
		}
	}
	return rows
}

func (g *Graph) locked(way way, center Place, others []Place, limit time.Duration) []Arrival {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.meet(way, center, others, 0, limit)
}

// A way says whether the others drive to the center of a search, or are driven to from there.
type way bool

const (
	backwards way = false
	forwards  way = true
)

// gates visits those of the center of a search, or of the others.
func (g *Graph) gates(way way, center bool, p Place, visit func(gate)) {
	if (way == forwards) == center {
		g.leave(p, visit)
	} else {
		g.arrive(p, visit)
	}
}

func (g *Graph) straight(way way, center, other Place) (arc int32, seconds float64, ok bool) {
	if way == forwards {
		return g.direct(center, other)
	}
	return g.direct(other, center)
}

// meet finds the others in order of time.
func (g *Graph) meet(way way, center Place, others []Place, k int, limit time.Duration) []Arrival {
	if k <= 0 || k > len(others) {
		k = len(others)
	}
	found := make([]Arrival, 0, k)
	answered := make([]bool, len(others))
	if !center.OnRoad() {
		return rest(found, others, answered, OffRoad, true)
	}
	s := g.begin(&g.back)
	if way == forwards {
		s.star = &g.ahead
	}
	defer g.end(s)
	g.gates(way, true, center, func(at gate) { s.reach(at.state, at.seconds, -1, at.arc) })
	for i, p := range others {
		if p.OnRoad() {
			g.gates(way, false, p, func(at gate) { s.await(at.state, int32(i), at.seconds) })
			if _, seconds, ok := g.straight(way, center, p); ok {
				s.meet(int32(i), seconds)
			}
		}
	}
	found, all := s.collect(found, answered, k, secondsOf(limit))
	for i := range found {
		found[i].Meters = g.metersTo(s, way, center, others[found[i].Unit])
	}
	why := TooFar
	if all {
		why = NoWay
	}
	return rest(found, others, answered, why, len(found) < k)
}

// collect runs the search until k are met, and tells whether it came to the end of the roads instead.
func (s *search) collect(found []Arrival, answered []bool, k int, limit float64) (_ []Arrival, all bool) {
	last := limit
	for {
		id, seconds, ok := s.next()
		if !ok || seconds > last || k == 0 {
			slices.SortFunc(found, func(a, b Arrival) int {
				return cmp.Or(cmp.Compare(a.Duration, b.Duration), a.Unit-b.Unit)
			})
			for _, a := range found[min(k, len(found)):] {
				answered[a.Unit] = false
			}
			return found[:min(k, len(found))], !ok
		}
		if id >= 0 {
			s.expand(id, seconds)
		} else if who := ^id; !answered[who] {
			answered[who] = true
			found = append(found, Arrival{Unit: int(who), Duration: durationOf(seconds)})
			if len(found) == k {
				last = min(last, seconds+1e-9) // those who come in the same nanosecond still have to be seen
			}
		}
	}
}

// rest appends those who do not arrive, in order of their number.
func rest(found []Arrival, others []Place, answered []bool, why How, everyone bool) []Arrival {
	for i, p := range others {
		switch {
		case !p.OnRoad():
			found = append(found, Arrival{Unit: i, How: OffRoad})
		case everyone && !answered[i]:
			found = append(found, Arrival{Unit: i, How: why})
		}
	}
	return found
}

// metersTo is the length of the way that a finished search has found between its center and somebody.
func (g *Graph) metersTo(s *search, way way, center, other Place) float64 {
	best := gate{state: -1, seconds: math.Inf(1)}
	g.gates(way, false, other, func(at gate) {
		if t := s.known(at.state) + at.seconds; t < best.seconds {
			best = gate{at.state, at.arc, t}
		}
	})
	if arc, seconds, ok := g.straight(way, center, other); ok && seconds <= best.seconds {
		return math.Abs(g.done(center, arc) - g.done(other, arc))
	}
	meters := g.partly(other, best.arc, way == backwards)
	for at := best.state; ; {
		l := &s.labels[at]
		if l.from < 0 {
			return meters + g.partly(center, l.arc, way == forwards)
		}
		meters += g.edges[l.arc>>1].meters
		at = l.from
	}
}

// partly is how much of an arc one drives that leaves a place, or arrives at it.
func (g *Graph) partly(p Place, arc int32, leaving bool) float64 {
	switch {
	case arc < 0:
		return 0
	case leaving:
		return g.rest(p, arc)
	}
	return g.done(p, arc)
}

func secondsOf(limit time.Duration) float64 {
	if limit <= 0 {
		return math.Inf(1)
	}
	return limit.Seconds()
}

// durationOf rounds to nanoseconds; what lasts longer than a Duration can say is its longest.
func durationOf(seconds float64) time.Duration {
	if seconds > 9e9 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(seconds * 1e9))
}

func (h How) String() string {
	switch h {
	case ByRoad:
		return "by road"
	case OffRoad:
		return "off road"
	case NoWay:
		return "no way"
	case TooFar:
		return "too far"
	}
	return "unknown"
}
