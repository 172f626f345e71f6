// Package transit follows buses along the ways that they should go. A Pattern is such a way: a line with stops along it.
// From fixes and a Pattern come, value by value, how far a bus is and how far off its line, which stop is next, how long
// it stands at one, which buses follow each other too closely, which left their way, and who can meet a bus at which
// stops. Nothing here reads a clock or keeps a bus: whoever calls holds the values between two fixes. Lengths are metres
// on the ellipsoid of WGS84; ways across the antimeridian are not meant.
package transit

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

// A Stop is where buses of a pattern call.
type Stop struct {
	ID    string  // of the stop's feature
	Along float64 // metres from the start of the line
}

// A Pattern is a way that buses go. It is not changed after it was built, and may be used by many at once.
type Pattern struct {
	ID      string
	Stops   []Stop        // in the order of the way, do not modify
	Headway time.Duration // planned between two buses; 0 when it is not known

	line orb.LineString
	at   []float64 // metres from the start of the line to each of its points
}

// New makes a pattern. Stops stand in the order of the way, each within the line's length (a metre beyond counts as its
// end).
func New(id string, line orb.LineString, stops []Stop, headway time.Duration) (*Pattern, error) {
	at, err := measure(line)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", id, err)
	}
	whole := at[len(at)-1]
	stops = slices.Clone(stops)
	for i := range stops {
		s := &stops[i]
		if !(s.Along >= 0 && s.Along <= whole+1) {
			return nil, fmt.Errorf("pattern %s: stop %d (%.60q) is at %v m of a line of %.0f m", id, i+1, s.ID, s.Along, whole)
		}
		if s.Along = min(s.Along, whole); i > 0 && s.Along < stops[i-1].Along {
			return nil, fmt.Errorf("pattern %s: stop %d (%.60q) at %.0f m stands behind the stop before it, at %.0f m", id, i+1, s.ID, s.Along, stops[i-1].Along)
		}
	}
	if headway < 0 {
		return nil, fmt.Errorf("pattern %s: the headway %v is negative", id, headway)
	}
	return &Pattern{ID: id, Stops: stops, Headway: headway, line: line, at: at}, nil
}

// measure gives the metres from the start of a line to each of its points.
func measure(line orb.LineString) ([]float64, error) {
	at := make([]float64, len(line))
	for i, p := range line {
		if !onEarth(p) {
			return nil, fmt.Errorf("point %d of its line, %v, is not on the earth", i+1, p)
		}
		if i > 0 {
			at[i] = at[i-1] + index.Meters(line[i-1], p)
		}
	}
	if len(line) == 0 || at[len(at)-1] == 0 {
		return nil, fmt.Errorf("its line has no length")
	}
	return at, nil
}

func onEarth(p orb.Point) bool {
	return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 // false for NaN
}

// Length of the line in metres.
func (p *Pattern) Length() float64 { return p.at[len(p.at)-1] }

// Point is the place so many metres from the start; beyond an end it is that end.
func (p *Pattern) Point(along float64) orb.Point {
	if !(along > 0) {
		return p.line[0]
	}
	i, _ := slices.BinarySearch(p.at, along)
	if i == len(p.at) {
		return p.line[len(p.line)-1]
	}
	a, b := p.line[i-1], p.line[i]
	t := (along - p.at[i-1]) / (p.at[i] - p.at[i-1])
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// reach is how near to a stop a bus counts as there, along the line.
const reach = 30.0

// Next is the index of the first stop that a bus so far along has not left behind, and whether there is one.
func (p *Pattern) Next(along float64) (int, bool) {
	i, _ := slices.BinarySearchFunc(p.Stops, along-reach, func(s Stop, from float64) int {
		if s.Along < from {
			return -1
		}
		return 1
	})
	return i, i < len(p.Stops)
}

// A scale is how many metres a degree of lon and of lat are around a place.
type scale struct{ lon, lat float64 }

func scaleAt(p orb.Point) scale {
	const step = 1e-3 // degrees
	toward := step
	if p[1] > 0 {
		toward = -step
	}
	return scale{
		lon: index.Meters(orb.Point{0, p[1]}, orb.Point{step, p[1]}) / step,
		lat: index.Meters(orb.Point{0, p[1]}, orb.Point{0, p[1] + toward}) / step,
	}
}

// foot is the place on the line from a to b that is nearest to p, as a share of the way, and how far it is.
func (s scale) foot(p, a, b orb.Point) (share, meters float64) {
	x, y := (b[0]-a[0])*s.lon, (b[1]-a[1])*s.lat
	u, v := (p[0]-a[0])*s.lon, (p[1]-a[1])*s.lat
	if square := x*x + y*y; square > 0 {
		share = min(1, max(0, (u*x+v*y)/square))
	}
	return share, math.Hypot(u-share*x, v-share*y)
}
