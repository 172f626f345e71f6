// Package fence decides when something that moves enters, leaves, crosses, stays in, misses, speeds through or
// strays from a place. A Fence is a rule about a place; an Engine holds fences and, for each unit, which of them
// it is in, and turns moves, edits of fences and the passing of time into Events. It is deterministic: the same
// calls in the same order give the same events, so its state can be rebuilt from a log. It reads no clock, locks
// nothing, and knows no names of units, only numbers that the caller chose.
package fence

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Fence is a rule about a place. It is not changed after it was put into an Engine: put another one of the
// same ID instead. Exactly one shape is set: Area, or Around.
type Fence struct {
	ID   string // "beats/B12": the layer and the feature that it is made from
	Name string // for messages

	Label, Org string // of what it is made from: how sensitive it is and whose, see layers.View; nothing here reads them

	// Area is the place. A Polygon or MultiPolygon is itself, holes left out. A Point is a circle of Radius. A
	// LineString or MultiLineString is a corridor of Radius on either side, or, when Line is set, a line to cross.
	Area   orb.Geometry
	Radius float64 // metres; of circles, corridors and moving circles
	Line   bool    // the lines of Area are to cross, not to stay in
	Side   Side    // Line: in which direction crossing counts
	Around string  // the unit that a moving circle of Radius is around; then Area is nil

	Low, High float64 // metres above the ellipsoid: the fence holds only in [Low, High); both 0 is any height

	Classes spatial.ClassSet // of units that it concerns; empty is all
	Units   []string         // units that it concerns, by id; empty is all of Classes
	Events  KindSet          // which events it gives; empty is DefaultEvents

	Dwell  time.Duration // Dwell event after that long inside; 0 is never
	Absent time.Duration // Absent event after that long with fewer than Needs units inside, while it holds; 0 is never
	Needs  int           // units that must be inside; 0 is 1
	Speed  float64       // m/s: Speed event of units inside that are faster; 0 is no limit

	Confirm int           // fixes in a row that must agree before Enter or Exit; 0 is 1, for OffRoute 3
	Stay    time.Duration // how long they must agree for, besides; 0 asks nothing, for OffRoute more than a minute

	Schedule  *Schedule        // when it holds within Effective; nil is always
	Effective spatial.Validity // when it holds at all
}

// A Side is the direction in which a line to cross counts, seen along the line.
type Side uint8

const (
	EitherSide  Side = iota
	LeftToRight      // crossing from the left side of the line to its right
	RightToLeft
)

// A Kind is what happened.
type Kind uint8

const (
	Enter     Kind = iota + 1
	Exit           //
	Cross          // through an area between two fixes that both lie outside, or over a line
	Dwell          // inside for Fence.Dwell
	Absent         // fewer units than Needs for Fence.Absent
	Staffed        // the end of Absent
	Speed          // faster than Fence.Speed inside; once until it was slower
	OffRoute       // out of a corridor that the unit should keep to; as Exit of it, confirmed and timed
	OnRoute        // the end of OffRoute
	Approach       // two units came within Fence.Radius of each other
	Part           // the end of Approach
	Lost           // the unit inside has gone stale: whether it is still there is not known
	Stale          // given by live: no fix for the class's stale limit
	Expired        // given by live: no fix for so long that the unit is off the picture
	Returned       // given by live: a stale or expired unit reports again
	Silent         // given by live: a device that should call has not
	Emergency      // given by live: an emergency button
	kinds
)

// A KindSet is a set of kinds, one bit each.
type KindSet uint32

// KindsOf is the set of the given kinds.
func KindsOf(ks ...Kind) (s KindSet) {
	for _, k := range ks {
		s |= 1 << k
	}
	return s
}

// Has tells whether the kind is in the set.
func (s KindSet) Has(k Kind) bool { return s&(1<<k) != 0 }

// DefaultEvents is what a fence with empty Events gives: Enter, Exit, Cross and Lost, of a moving circle Approach,
// Part and Lost; and what Dwell, Absent and Speed ask for. Where Events is not empty it is exactly what is given.
func (f *Fence) DefaultEvents() KindSet {
	s := KindsOf(Enter, Exit, Cross, Lost)
	if f.Around != "" {
		s = KindsOf(Approach, Part, Lost)
	}
	if f.Dwell > 0 {
		s |= KindsOf(Dwell)
	}
	if f.Absent > 0 {
		s |= KindsOf(Absent, Staffed)
	}
	if f.Speed > 0 {
		s |= KindsOf(Speed)
	}
	return s
}

// A Reason is why a state changed, where it was not by moving.
type Reason uint8

const (
	Moved      Reason = iota // the unit moved
	Created                  // the fence was put over a unit that is there
	Edited                   // the fence is another than before
	Removed                  // the fence is no more
	Began                    // the schedule or the validity of the fence began
	Ended                    // the schedule or the validity of the fence ended
	WentStale                // no fix for the stale limit
	HasExpired               // no fix until the unit expired
	CameBack                 // a fix after it was lost
	Reclassed                // the unit is of another class, or no longer registered
	TimePassed               // dwell, absence
	reasons
)

// An Event is what an Engine tells. Unit and Other are the caller's numbers. Enter and Exit of a unit and a fence
// alternate, as do Approach and Part, OffRoute and OnRoute, Absent and Staffed of a fence; but a unit that was lost
// inside and comes back there enters again with CameBack, and what ends the fence or the unit while it is off its
// route is told by OnRoute alone. The Reason of what a fix brings is Moved, or CameBack for the first after a unit was
// lost.
type Event struct {
	Kind     Kind
	Reason   Reason
	Possible bool            // it happened in a gap longer than the stale limit, or cannot be known for sure
	Side     Side            // of Cross over a line
	Unit     Handle          // NoUnit for Absent and Staffed
	Other    Handle          // of Approach and Part: the unit that the circle is around; else NoUnit
	Time     spatial.Instant // of the fix, of the crossing (interpolated), or the moment it was due
	At       orb.Point       // where the unit was then
	For      time.Duration   // how long inside, absent, or outside
	Value    float64         // Speed: m/s; OffRoute: metres from the corridor's line; Approach: metres between both
	Fence    *Fence          // which rule; of Exit by Removed or Edited the old one
}

// A Handle is the caller's number of a unit: small, dense, used again after Forget.
type Handle int32

// NoUnit is the handle of nobody.
const NoUnit Handle = -1

// A Move is one fix of a unit, later than the one before.
type Move struct {
	Unit     Handle
	ID       string // of the unit, for Fence.Units and Fence.Around; the same until Forget
	Class    spatial.Class
	Time     spatial.Instant
	To       orb.Point
	Altitude float32 // metres; NaN when unknown
	Accuracy float32 // metres, one sigma; 0 or NaN when unknown
	Speed    float32 // m/s as reported; NaN when unknown: then it is distance by time
	Gap      bool    // since the fix before, more time went by than the stale limit
}
