package live

import (
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Sight is a unit as it is seen now.
type Sight struct {
	Unit      Unit            // its lists are shared: do not modify. State is InEmergency while an emergency button is pressed
	Handle    int32           // of the unit in Moved
	Known     bool            // it has a position; without one Point means nothing
	Point     orb.Point       // lon, lat in WGS84
	Fix       spatial.Instant // when the position was measured; 0 for a device that stands at its Home
	Heard     spatial.Instant // when the unit last reported anything
	Altitude  float32         // metres; NaN when unknown, as all that follow
	Speed     float32         // m/s
	Course    float32         // degrees clockwise from north
	Accuracy  float32         // metres, one sigma
	Battery   float32         // percent
	Source    Source
	Flags     Flags
	Freshness Freshness
	Inside    []string        // IDs of the fences it is in, in order
	StateAt   spatial.Instant // since when it has its state
	Version   uint64          // of its last change, see Picture.Changes
}

// A Freshness is how old the last fix is, by the limits of the class.
type Freshness uint8

const (
	NeverSeen Freshness = iota // it has never reported a position
	Fresh
	StaleFix   // older than the stale limit: shown with its age
	ExpiredFix // older than the expiry limit: off the picture
)

// A Moved is a unit that changed: what a wall needs to draw it.
type Moved struct {
	ID        string
	Handle    int32 // small, the same for as long as the unit is registered; may be another unit's after it is gone
	Class     spatial.Class
	State     State
	Freshness Freshness
	Point     orb.Point
	Course    float32 // NaN when unknown
	Speed     float32 // NaN when unknown
	Fix       spatial.Instant
	Flags     Flags
	Version   uint64
	Gone      bool // it is no longer registered
}

// Counts are what a picture has seen since it was made, and what it holds now.
type Counts struct {
	Reports uint64                              // of all verdicts
	Verdict map[Verdict]uint64                  // reports by what became of them
	Units   map[spatial.Class]map[Freshness]int // units by class and freshness
	Event   map[fence.Kind]uint64               // events by kind
	Fences  int
	Seq     uint64 // of the last event
}
