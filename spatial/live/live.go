// Package live knows where everything is now. A Picture holds units (officers, vehicles, buses, drones) and
// devices (cameras, terminals, sensors) with their last fix and state, and finds the nearest; it takes reports in
// the order of a log, refuses what is older, double or impossible with a reason, and tells what came of it as
// Events. A Tracker is the only writer of a Picture: it makes reports durable before it acknowledges them, and
// rebuilds the same picture from the same log. Positions of persons who are not on duty have no place here: only
// devices that are registered as the organisation's own may report.
package live

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Report is one position as it came through a door, in WGS84.
type Report struct {
	Device     string          // serial number of the device, or the unit's id: as registered
	Fix        spatial.Instant // when the position was measured
	Point      orb.Point       // lon, lat in WGS84
	Raw        orb.Point       // the pair as it was sent, when Datum is not WGS84
	Datum      Datum           // of Raw
	Altitude   float32         // metres; NaN when unknown, as all that follow
	Speed      float32         // m/s
	Course     float32         // degrees clockwise from north, [0, 360)
	Accuracy   float32         // metres, one sigma
	Battery    float32         // percent
	Satellites uint8           // 0 when unknown
	Source     Source
	Flags      Flags
}

// A Datum is the coordinate system of a pair as it was sent.
type Datum uint8

const (
	WGS84 Datum = iota // also CGCS2000
	GCJ02
	BD09
)

// A Source is how a position was measured.
type Source uint8

const (
	Unknown Source = iota
	GNSS
	BeiDou
	Cell
	Manual
	DeadReckoning
)

// Flags say what else came with a report.
type Flags uint16

const (
	EmergencyFlag Flags = 1 << iota // an emergency button is pressed
	NoFix                           // a sign of life without a position: Point means nothing
	Mock                            // the device says that the position is simulated
	DeviceAlarm                     // the device reports an alarm of its own
	LateUpload                      // sent from the device's memory, not as it was measured
)

// A Unit is what is known of something before it reports: its registration.
type Unit struct {
	ID        string        // unique among units and devices
	Name      string        // call sign
	Class     spatial.Class //
	Kind      string        // within the class: foot, motorcycle, car, k9 …
	Org       string        // code of the organisation
	Skills    []string      // sorted
	Equipment []string      // sorted
	Devices   []string      // serial numbers that speak for it, besides its own id
	Home      orb.Point     // its station; of devices that stand: where it is
	State     State
}

// A State is what a unit is doing: the common class of the many local codes.
type State uint8

const (
	StateUnknown State = iota // never available
	OffDuty
	Available
	AvailableDelayed
	Dispatched
	EnRoute
	OnScene
	Staging
	ContactMade
	Transporting
	AtStationBusy
	Returning
	OutOfService
	InEmergency
	states
)

// A Verdict is what became of a report.
type Verdict uint8

const (
	Accepted     Verdict = iota
	Late                 // older than the unit's last fix: history only
	Duplicate            // the same fix again
	Jump                 // too far from the fix before for the class; kept raw, believed when it is repeated
	NullIsland           // at 0,0
	Future               // measured after it arrived, by more than clocks differ
	Impossible           // no coordinate, or no time
	Heard                // a sign of life without a position
	Unregistered         // nobody's device: counted, not kept
	OffShift             // of an officer who is off duty: counted, not kept, unless it is an emergency
	verdicts
)

// An Event is something that happened, with names: what subscribers are told.
type Event struct {
	Seq      uint64 // grows by one with every event, without gaps
	Kind     fence.Kind
	Reason   fence.Reason
	Possible bool
	Side     fence.Side
	Fence    string // "layer/feature", "" for events of a unit alone
	Name     string // of the fence
	Unit     string
	Class    spatial.Class // of the unit
	Other    string        // the other unit of Approach and Part
	Time     spatial.Instant
	At       orb.Point
	For      time.Duration
	Value    float64
}
