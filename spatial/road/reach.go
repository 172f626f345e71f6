package road

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// Reach tells what can be reached from a place: an area for each limit, in the order in which they are given, and
// the parts of roads that are reached within the largest one. No part of a road is named twice, and each is told in
// the direction in which it is reached first. Limits that are not positive reach nothing.
func (g *Graph) Reach(from Place, limits ...time.Duration) ([]Area, []Stretch) {
	areas := make([]Area, len(limits))
	for i, l := range limits {
		areas[i].Limit = l
	}
	drives, stretches := g.spread(from, areas)
	if len(drives) == 0 {
		return areas, nil
	}
	grid := newField(stretches)
	for i := range areas {
		areas[i].Outline = grid.outline(stretches, areas[i].Limit)
	}
	return areas, stretches
}

// A drive is a reached part of an arc.
type drive struct {
	arc         int32
	begin, end  float64 // metres from the start of the edge; begin > end against its line
	start, stop float64 // seconds
	cut         bool    // ends because of the limit, not at a node or where it meets another drive
}

// spread does what needs the speeds: it finds the drives and the borders of the areas.
func (g *Graph) spread(from Place, areas []Area) ([]drive, []Stretch) {
	limit := time.Duration(0)
	for _, a := range areas {
		limit = max(limit, a.Limit)
	}
	if limit == 0 || !from.OnRoad() {
		return nil, nil
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	drives := g.drivesFrom(from, limit.Seconds())
	for i := range areas {
		for _, d := range drives {
			if x, ok := g.border(d, areas[i].Limit.Seconds()); ok {
				areas[i].Border = append(areas[i].Border, g.exit(d.arc, x))
			}
		}
	}
	return drives, g.stretches(drives)
}

func (g *Graph) stretches(drives []drive) []Stretch {
	out := make([]Stretch, 0, len(drives))
	var room orb.LineString
	for _, d := range drives {
		if math.Abs(d.begin-d.end) < near {
			continue
		}
		e := &g.edges[d.arc>>1]
		line := appendCut(room[len(room):], g.line(d.arc>>1), e.meters, d.begin, d.end)
		room = append(room, line...)[:len(room)+len(line)]
		out = append(out, Stretch{g.segments[e.segment].id, line[:len(line):len(line)], durationOf(d.start), durationOf(d.stop)})
	}
	return out
}

// border is where a drive is at exactly a limit and goes on, in metres from the start of the edge.
func (g *Graph) border(d drive, limit float64) (float64, bool) {
	if d.start > limit || d.stop < limit || d.stop == limit && !d.cut {
		return 0, false
	}
	way := (limit - d.start) * g.speed(d.arc)
	if d.begin > d.end {
		return max(d.end, d.begin-way), true
	}
	return min(d.end, d.begin+way), true
}

// A front is an arc whose beginning is reached, and when.
type front struct {
	arc     int32
	seconds float64
}

// fronts are all arcs that can be entered within a limit, each at its earliest, in order of their number.
func (g *Graph) fronts(s *search, from Place, limit float64) []front {
	var all []front
	g.leave(from, func(at gate) { s.reach(at.state, at.seconds, -1, at.arc) })
	for {
		state, seconds, ok := s.next()
		if !ok || seconds > limit {
			break
		}
		for _, h := range s.star.at(state) {
			if !math.IsInf(h.seconds, 1) {
				all = append(all, front{h.arc, seconds})
			}
		}
		s.expand(state, seconds)
	}
	slices.SortFunc(all, func(a, b front) int { return cmp.Or(cmp.Compare(a.arc, b.arc), cmp.Compare(a.seconds, b.seconds)) })
	return slices.CompactFunc(all, func(a, b front) bool { return a.arc == b.arc })
}

// drivesFrom finds what is reached of every edge.
func (g *Graph) drivesFrom(from Place, limit float64) []drive {
	s := g.begin(&g.ahead)
	defer g.end(s)
	fronts := g.fronts(s, from, limit)
	between := g.nodeAt(from) < 0
	var drives []drive
	for i := 0; i < len(fronts); {
		at := span{edge: fronts[i].arc >> 1, up: math.Inf(1), down: math.Inf(1)}
		for ; i < len(fronts) && fronts[i].arc>>1 == at.edge; i++ {
			if fronts[i].arc&1 == 0 {
				at.up = fronts[i].seconds
			} else {
				at.down = fronts[i].seconds
			}
		}
		if !between || at.edge != from.edge-1 {
			at.high = g.edges[at.edge].meters
			drives = g.drivesOf(at, limit, drives)
		} else { // below, with what starts there
			drives, between = g.around(from, at, limit, drives), false
		}
	}
	if between {
		drives = g.around(from, span{edge: from.edge - 1, up: math.Inf(1), down: math.Inf(1)}, limit, drives)
	}
	return drives
}

// A span is a part of an edge into which one can drive at both ends, or at one.
type span struct {
	edge      int32
	low, high float64 // metres from the start of the edge
	up, down  float64 // seconds when one drives in forward from low, and backward from high; +Inf when nobody does
}

// around cuts the edge of the place where everything starts at that place.
func (g *Graph) around(from Place, at span, limit float64, drives []drive) []drive {
	forward, backward := 2*at.edge, 2*at.edge+1
	below, above := at, at
	below.low, below.high, above.low, above.high = 0, from.Along, from.Along, g.edges[at.edge].meters
	above.up = at.up + g.seconds(forward, from.Along)
	below.down = at.down + g.seconds(backward, above.high-from.Along)
	if g.drives(from, forward) {
		above.up = 0
	}
	if g.drives(from, backward) {
		below.down = 0
	}
	return g.drivesOf(above, limit, g.drivesOf(below, limit, drives))
}

// near is a length in metres that no one drives.
const near = 1e-6

// drivesOf are at most two: from both ends as far as the limit, or to where they meet.
func (g *Graph) drivesOf(at span, limit float64, drives []drive) []drive {
	up, down := g.speed(2*at.edge), g.speed(2*at.edge+1)
	a, b := at.low-1, at.high+1 // as far as one comes from below, and from above
	if at.up <= limit && up > 0 {
		a = min(at.low+(limit-at.up)*up, at.high)
	}
	if at.down <= limit && down > 0 {
		b = max(at.high-(limit-at.down)*down, at.low)
	}
	cutA, cutB := a < at.high-near, b > at.low+near
	if a >= b-near && a >= at.low && b <= at.high {
		meet := (at.down - at.up + at.low/up + at.high/down) / (1/up + 1/down)
		meet = min(max(meet, at.low), at.high)
		a, b, cutA, cutB = meet, meet, false, false
	}
	if a >= at.low && (a > at.low || cutA) {
		drives = append(drives, drive{2 * at.edge, at.low, a, at.up, stop(at.up+(a-at.low)/up, limit, cutA), cutA})
	}
	if b <= at.high && (b < at.high || cutB) {
		drives = append(drives, drive{2*at.edge + 1, at.high, b, at.down, stop(at.down+(at.high-b)/down, limit, cutB), cutB})
	}
	return drives
}

// stop is when a drive ends: at the limit itself when that cuts it.
func stop(seconds, limit float64, cut bool) float64 {
	if cut {
		return limit
	}
	return min(seconds, limit)
}
