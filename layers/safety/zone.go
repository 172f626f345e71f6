package safety

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"
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

func (z *Zone) check() error {
	switch {
	case z.Name == "":
		return errors.New("it needs a name")
	case (z.Radius != 0) == (len(z.Area) > 0):
		return errors.New("give either center and radius, or area")
	case z.Radius != 0:
		if !(z.Radius >= leastRadius && z.Radius <= mostRadius) || !onEarth(z.Center) {
			return fmt.Errorf("a circle has a center in lon, lat and a radius of %v to %v m", leastRadius, mostRadius)
		}
	default:
		for _, ring := range z.Area {
			if len(ring) < 4 || len(ring) > 1000 || !ring.Closed() {
				return errors.New("an area has closed rings of 4 to 1,000 points")
			}
			for _, p := range ring {
				if !onEarth(p) {
					return errors.New("an area has points in lon, lat")
				}
			}
		}
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
	Cell  bool   `json:"cell,omitempty"`  // Point is the middle of a cell of at least 1 km
	Event string `json:"event,omitempty"` // alarm, left, entered
	Zone  string `json:"zone,omitempty"`  // of the event: the rule that it is by
}

// A Watch remembers, from fix to fix, where somebody is as regards the zones of one order. The zero Watch has seen
// nothing.
type Watch struct {
	in    map[int]bool // by zone, as confirmed
	doubt map[int]int  // fixes in a row that say otherwise
}

// confirm is how many fixes in a row change which side of a border somebody is on: one alone may be an error.
const confirm = 2

// Keep decides what is kept of a fix. With consent, outside of events, no more than the cell; a missing person is
// looked for, so his fixes are kept as they are.
func (w *Watch) Keep(o *Order, f Fix) Kept {
	k := Kept{Fix: f}
	if event, zone := w.see(o, f.Point); event != "" {
		k.Event, k.Zone = event, zone
	}
	if f.Alarm {
		k.Event, k.Zone = "alarm", ""
	}
	if o.Ground == Consent && k.Event == "" {
		k.Point, k.Cell, k.Accuracy = Cell(f.Point), true, 0
	}
	return k
}

// see finds out whether a border was crossed. The first fix only says where somebody is.
func (w *Watch) see(o *Order, p orb.Point) (event, zone string) {
	first := w.in == nil
	if first {
		w.in, w.doubt = map[int]bool{}, map[int]int{}
	}
	for i := range o.Zones {
		z := &o.Zones[i]
		now := z.Contains(p)
		switch {
		case first:
			w.in[i] = now
			continue
		case now == w.in[i]:
			w.doubt[i] = 0
			continue
		}
		if w.doubt[i]++; w.doubt[i] < confirm {
			continue
		}
		w.in[i], w.doubt[i] = now, 0
		if z.Danger && now {
			event, zone = "entered", z.Name
		} else if !z.Danger && !now && event == "" {
			event, zone = "left", z.Name
		}
	}
	return event, zone
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
