package road

import (
	"math"

	"github.com/paulmach/orb"
)

// A Place is a spot on a road of one Graph. The zero Place is on no road.
type Place struct {
	Point  orb.Point // on the road
	Meters float64   // from the position that was snapped to the road
	Side   Side      // where that position lies, seen along the line
	Along  float64   // metres from the start of the edge that the road has here

	edge   int32 // its number plus one, so that the zero Place is nowhere
	barred Direction
}

// A Side of a road, seen along its line.
type Side uint8

const (
	On Side = iota // closer than a decimetre
	Left
	Right
)

// OnRoad tells whether the place is on a road at all.
func (p Place) OnRoad() bool { return p.edge != 0 }

// Only is the same place, to be left and reached in no other directions than the given ones.
func (p Place) Only(d Direction) Place {
	p.barred = Both &^ d
	return p
}

// Snap finds the nearest place on a road that is open in some direction, within some metres (0: at any distance).
// Of roads at equal distance it takes the one that was built first. A place at the end of an edge counts as the
// node itself: all roads that meet there lead to it and away.
func (g *Graph) Snap(p orb.Point, within float64) (Place, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var room [1]hit
	return g.first(p, g.tree.nearest(g.points, p, reach(within), room[:0], g.open))
}

// SnapMain is Snap to the main part of the graph, where one can get from every place to every other: not to a yard
// that is drawn without its gate.
func (g *Graph) SnapMain(p orb.Point, within float64) (Place, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var room [1]hit
	return g.first(p, g.tree.nearest(g.points, p, reach(within), room[:0], func(e int32) bool { return g.main[e] && g.open(e) }))
}

// Candidates are the nearest places on different edges, the nearest first.
func (g *Graph) Candidates(p orb.Point, within float64, most int) []Place {
	g.mu.RLock()
	defer g.mu.RUnlock()
	hits := g.tree.nearest(g.points, p, reach(within), make([]hit, 0, min(max(most, 0), len(g.edges))), g.open)
	places := make([]Place, len(hits))
	for i, h := range hits {
		places[i] = g.placeOf(p, h)
	}
	return places
}

func reach(within float64) float64 {
	if within > 0 {
		return within
	}
	return math.Inf(1)
}

func (g *Graph) first(p orb.Point, hits []hit) (Place, bool) {
	if len(hits) == 0 {
		return Place{}, false
	}
	return g.placeOf(p, hits[0]), true
}

func (g *Graph) placeOf(p orb.Point, h hit) Place {
	e := &g.edges[h.edge]
	a, b := g.points[h.point], g.points[h.point+1]
	at := Place{Point: mix(a, b, h.share), Meters: math.Sqrt(h.square), Side: sideOf(p, a, b, h.square), edge: h.edge + 1}
	if h.share == 1 && h.point+1 == e.last {
		at.Along = e.meters
	} else {
		at.Along = length(g.points[e.first:h.point+1]) + h.share*meters(a, b)
	}
	return at
}

func sideOf(p, a, b orb.Point, square float64) Side {
	if square < 0.01 {
		return On
	}
	s := scaleAt(p[1])
	dx, dy := s.between(a, b)
	px, py := s.between(a, p)
	switch cross := dx*py - dy*px; {
	case cross > 0:
		return Left
	case cross < 0:
		return Right
	}
	return On
}

// Kerb is the same place for those who must stop on the side where it lies: it is left and reached only in the
// direction of the traffic on that side. One-way roads are taken from both sides.
func (g *Graph) Kerb(p Place) Place {
	if !p.OnRoad() || p.Side == On || !g.bothWays(p) {
		return p
	}
	if (p.Side == Right) != g.leftHand {
		return p.Only(Forward)
	}
	return p.Only(Backward)
}

// Heading is the same place for something that moves along a course, in degrees clockwise from north: it is left
// only in that direction. One-way roads are followed as they go.
func (g *Graph) Heading(p Place, degrees float64) Place {
	if !p.OnRoad() || math.IsNaN(degrees) || !g.bothWays(p) {
		return p
	}
	off := math.Abs(math.Remainder(degrees-g.courseAt(p), 360))
	switch {
	case off < 60:
		return p.Only(Forward)
	case off > 120:
		return p.Only(Backward)
	}
	return p // across the road: it can be turning, or a poor fix
}

func (g *Graph) bothWays(p Place) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.speed(2*(p.edge-1)) > 0 && g.speed(2*(p.edge-1)+1) > 0
}

// courseAt is the direction of the edge's line at a place.
func (g *Graph) courseAt(p Place) float64 {
	line, at := g.line(p.edge-1), p.Along
	for i := 1; ; i++ {
		step := meters(line[i-1], line[i])
		if at < step || i == len(line)-1 {
			return course(line[i-1], line[i])
		}
		at -= step
	}
}

// Segment is the ID and the name of the road where a place is.
func (g *Graph) Segment(p Place) (id, name string) {
	if !p.OnRoad() {
		return "", ""
	}
	s := &g.segments[g.edges[p.edge-1].segment]
	return s.id, s.name
}

// Report says what became of the segments that the graph was built from.
func (g *Graph) Report() Report { return g.report }
