package safety

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/layers/limits"
)

// A Zone is an area of one order: a safe one that the person should be in, or a danger one that he should not.
type Zone struct {
	Name   string      `json:"name"`
	Danger bool        `json:"danger,omitempty"`
	Center orb.Point   `json:"center,omitzero"`  // of a circle
	Radius float64     `json:"radius,omitempty"` // m
	Area   orb.Polygon `json:"area,omitempty"`   // or a polygon, closed rings
}

// leastRadius keeps a zone from being a place to sit in.
const leastRadius, mostRadius = 30.0, 50_000.0

const leastArea = math.Pi * leastRadius * leastRadius // m²

func (z *Zone) check() error {
	switch {
	case z.Name == "" || utf8.RuneCountInString(z.Name) > 100 || !utf8.ValidString(z.Name) || limits.Value(z.Name) != nil:
		return errors.New("it needs a name of at most 100 characters, without numbers of people")
	case (z.Radius != 0) == (len(z.Area) > 0):
		return errors.New("give either center and radius, or area")
	case z.Radius != 0:
		if !(z.Radius >= leastRadius && z.Radius <= mostRadius) || !onEarth(z.Center) {
			return fmt.Errorf("a circle has a center in lon, lat and a radius of %v to %v m", leastRadius, mostRadius)
		}
	default:
		return checkArea(z.Area)
	}
	return nil
}

func checkArea(area orb.Polygon) error {
	if len(area) > 20 {
		return errors.New("an area has at most 20 rings")
	}
	for _, ring := range area {
		if len(ring) < 4 || len(ring) > 1000 || !ring.Closed() {
			return errors.New("an area has closed rings of 4 to 1,000 points")
		}
		if slices.ContainsFunc(ring, func(p orb.Point) bool { return !onEarth(p) }) {
			return errors.New("an area has points in lon, lat")
		}
	}
	if geo.Area(area) < leastArea {
		return fmt.Errorf("an area has at least %.0f m²", leastArea)
	}
	return nil
}

func onEarth(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }

// Contains tells whether a point is in the zone.
func (z *Zone) Contains(p orb.Point) bool {
	if z.Radius != 0 {
		return geo.DistanceHaversine(z.Center, p) <= z.Radius
	}
	return planar.PolygonContains(z.Area, p)
}

// border is the distance from a point to the border of the zone in metres, on a plane that touches the earth there.
func (z *Zone) border(p orb.Point) float64 {
	if z.Radius != 0 {
		return math.Abs(geo.DistanceHaversine(z.Center, p) - z.Radius)
	}
	north := orb.EarthRadius * math.Pi / 180
	east := north * math.Cos(p[1]*math.Pi/180)
	flat := func(q orb.Point) orb.Point { return orb.Point{(q[0] - p[0]) * east, (q[1] - p[1]) * north} }
	least := math.Inf(1)
	for _, ring := range z.Area {
		for i := 1; i < len(ring); i++ {
			least = min(least, planar.DistanceFromSegment(flat(ring[i-1]), flat(ring[i]), orb.Point{}))
		}
	}
	return least
}

// A Fix is where the device was.
type Fix struct {
	At       time.Time `json:"at"`
	Point    orb.Point `json:"point"` // lon, lat
	Accuracy float64   `json:"accuracy_m,omitempty"`
	Alarm    bool      `json:"alarm,omitempty"` // the button was pressed
}

// A Kept is what is kept of a fix: the place itself, or only the cell that it is in.
type Kept struct {
	Fix
	Taken time.Time `json:"taken,omitzero"`  // when it came in: the age of the fix then was Taken less At
	Cell  bool      `json:"cell,omitempty"`  // Point is the middle of a cell of at least 1 km
	Event string    `json:"event,omitempty"` // alarm, left, entered
	Zone  string    `json:"zone,omitempty"`  // of the event: the rule that it is by
}

// A Watch remembers, from fix to fix, where somebody is as regards the zones of one order. The zero Watch takes him to
// be where he should: who is elsewhere when tracking begins, or after a restart, is said to be so, if need be again.
type Watch struct {
	wrong  map[int]bool // by zone, as confirmed: outside of a safe one, inside of a danger one
	doubt  map[int]int  // fixes in a row that say otherwise
	latest time.Time    // of the fixes
}

// Clone is a Watch of its own, to be kept once what it decided is on the disk.
func (w *Watch) Clone() Watch { return Watch{maps.Clone(w.wrong), maps.Clone(w.doubt), w.latest} }

// confirm is how many fixes in a row change which side of a border somebody is on: one alone may be an error.
const confirm = 2

// Keep decides what is kept of a fix. With consent, outside of events, no more than the cell; a missing person is
// looked for, so his fixes are kept as they are. An alarm is an event of its own: a border is judged by the fix after it.
func (w *Watch) Keep(o *Order, f Fix) Kept {
	k := Kept{Fix: f}
	if f.Alarm {
		k.Event = "alarm"
	} else {
		k.Event, k.Zone = w.see(o, f)
	}
	if o.Ground == Consent && k.Event == "" {
		k.Point, k.Cell, k.Accuracy = Cell(f.Point), true, 0
	}
	return k
}

// see finds out whether a border was crossed. Fixes that come late, or are less exact than they are far from a border,
// say nothing about it.
func (w *Watch) see(o *Order, f Fix) (event, zone string) {
	if f.At.Before(w.latest) {
		return "", ""
	}
	if w.latest = f.At; w.wrong == nil {
		w.wrong, w.doubt = map[int]bool{}, map[int]int{}
	}
	for i := range o.Zones {
		z := &o.Zones[i]
		if f.Accuracy > 0 && z.border(f.Point) < f.Accuracy || !w.turns(i, z.Contains(f.Point) == z.Danger) {
			continue
		}
		if z.Danger {
			event, zone = "entered", z.Name
		} else if event == "" {
			event, zone = "left", z.Name
		}
	}
	return event, zone
}

// turns takes in what a fix says of a zone, and tells whether it makes certain that somebody is where he should not be.
func (w *Watch) turns(zone int, wrong bool) bool {
	if wrong == w.wrong[zone] {
		w.doubt[zone] = 0
		return false
	}
	if w.doubt[zone]++; w.doubt[zone] < confirm {
		return false
	}
	w.wrong[zone], w.doubt[zone] = wrong, 0
	return wrong
}

// kilometre is a degree of latitude divided by this many: a little more than 1 km.
const rowsPerDegree = 100

// Cell is the middle of the cell that a point is in. Rows of cells are a hundredth of a degree high, which is 1.1 km;
// in each row as many cells lie around the earth as are at least 1 km wide at its narrower edge.
func Cell(p orb.Point) orb.Point {
	row := min(math.Floor((p[1]+90)*rowsPerDegree), 180*rowsPerDegree-1)
	south := row/rowsPerDegree - 90
	edge := max(math.Abs(south), math.Abs(south+1.0/rowsPerDegree))
	around := 2 * math.Pi * orb.EarthRadius * math.Cos(edge*math.Pi/180)
	cells := max(1, math.Floor(around/1000))
	column := min(math.Floor((p[0]+180)/360*cells), cells-1)
	return orb.Point{(column+0.5)/cells*360 - 180, south + 0.5/rowsPerDegree}
}
