// Package road knows how long it takes to get somewhere by road. A Graph is built from the lines of any layer;
// it snaps positions to roads, finds which units arrive first (one search backwards from the incident serves all
// of them), routes, and tells what can be reached by when, where every way out of that leads, and at how few places
// all of them can be closed. Speeds change and roads close at once, while others ask. It knows neither units nor
// layers, and answers what it cannot reach with a word that says so. Lines that merely cross do not connect: only
// shared vertices do.
package road

import (
	"time"

	"github.com/paulmach/orb"
)

// A Segment is a stretch of road between any two places. Segments with the same ID are one road in several parts.
type Segment struct {
	ID       string
	Name     string         // for people, may be empty
	Line     orb.LineString // lon, lat
	Forward  float64        // m/s along the line; 0: nobody drives this way
	Backward float64        // m/s against the line
	Level    int            // vertices at one place connect only within a level, see Build; 0 in data that has shared vertices only where roads meet
}

// A Restriction is a rule for turning at a place that segments share.
type Restriction struct {
	From string    // ID of the segment that one comes from
	Via  orb.Point // where they meet
	To   string    // ID of the segment that one goes to; the same as From for turning back
	Only bool      // one may go nowhere but there; otherwise one may not go there
}

// A Direction is a way to drive along the line of a segment, or a set of ways.
type Direction uint8

const (
	Forward  Direction = 1 << iota // along the line
	Backward                       // against it
	Both     = Forward | Backward
)

// UTurns says where one may turn back.
type UTurns uint8

const (
	Anywhere   UTurns = iota
	AtDeadEnds        // where nothing else goes on; costs a larger graph: two to three times the time of a search
)

// Options of Build. The zero value is a good one.
type Options struct {
	Tolerance    float64 // metres within which vertices are the same place; 0 means 0.1
	Restrictions []Restriction
	UTurns       UTurns
	LeftHand     bool // traffic keeps left: what Kerb goes by
}

// How an arrival came about, or why there is none.
type How uint8

const (
	ByRoad  How = iota // Duration and Meters hold
	OffRoad            // the place is on no road of the graph
	NoWay              // no way leads from there to here as roads are open now
	TooFar             // not within the limit
)

// An Arrival is when one of several units arrives.
type Arrival struct {
	Unit     int // its number in the list that was asked about
	How      How
	Duration time.Duration
	Meters   float64 // along the road
}

// A Path is a way from one place to another.
type Path struct {
	Line     orb.LineString // from road to road, where the two places were snapped
	Duration time.Duration
	Meters   float64
	Steps    []Step
}

// A Step is the part of a path on one segment.
type Step struct {
	Segment, Name string
	Duration      time.Duration
	Meters        float64
}

// An Area is what is reached within a limit.
type Area struct {
	Limit   time.Duration
	Outline orb.MultiPolygon // valid; lies inside the outline of every larger limit
	Border  []Exit           // where roads are at exactly the limit
}

// A Stretch is a reached part of a road, in the direction in which it is reached.
type Stretch struct {
	Segment    string
	Line       orb.LineString
	Start, End time.Duration // when its first and its last point are reached
}

// An Exit is a place where a road leads out of what is reached.
type Exit struct {
	Place   Place
	Segment string
	Name    string
	Course  float64 // degrees clockwise from north in which the road leads out
}
