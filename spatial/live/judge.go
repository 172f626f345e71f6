package live

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
)

// reading is what a unit's position was once.
type reading struct {
	fix      spatial.Instant // 0 when there was none
	point    orb.Point
	altitude float32
	speed    float32
	course   float32
	accuracy float32
	battery  float32
	flags    Flags
	source   Source

	freshness Freshness // of the unit, at world.clock; it stands here because there is room
}

// doubt is a place that a unit cannot have come to.
type doubt struct {
	last  reading         // the newest fix there
	since spatial.Instant // fix of the first that was rejected
	seen  uint8           // in a row, each within reach of the one before
}

const (
	believed     = 3               // so many fixes in a row at an unlikely place, and the unit is there
	clocksDiffer = 2 * time.Minute // at most
)

// judge says what becomes of a report of a unit that was at last. Whether the unit can have come there is not
// asked: see leaps.
func judge(last *reading, r *Report, now spatial.Instant) Verdict {
	switch {
	case r.Flags&NoFix != 0:
		return Heard
	case !onEarth(r.Point) || r.Fix <= 0:
		return Impossible
	case r.Point == orb.Point{}:
		return NullIsland
	case r.Fix > now.Add(clocksDiffer):
		return Future
	case r.Fix == last.fix && r.Point == last.point:
		return Duplicate
	case r.Fix <= last.fix:
		return Late
	}
	return Accepted
}

func onEarth(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }

// readingOf is a report without what no unit of the class can be: a speed that is beyond it, a direction that is
// none. What is not known or not believed is NaN.
func readingOf(r *Report, l *Limits) reading {
	return reading{
		fix: r.Fix, point: r.Point, altitude: r.Altitude,
		speed: within(r.Speed, 0, float32(l.MaxSpeed)), course: turned(r.Course),
		accuracy: within(r.Accuracy, 0, math.MaxFloat32), battery: within(r.Battery, 0, 100),
		flags: r.Flags &^ EmergencyFlag, source: r.Source,
	}
}

func within(v, least, most float32) float32 {
	if v >= least && v <= most {
		return v
	}
	return nan
}

func turned(course float32) float32 {
	if course == 360 {
		return 0
	}
	return within(course, 0, 360)
}

// leaps tells whether a unit would have to be faster than its class to come from a to b, which is later. Both may
// be off by three times their accuracy.
func leaps(a, b *reading, l *Limits) bool {
	reach := l.MaxSpeed*(b.fix.Sub(a.fix).Seconds()) + 3*float64(a.sigma(l)+b.sigma(l))
	north, east := math.Abs(b.point[1]-a.point[1]), math.Abs(b.point[0]-a.point[0])
	const degree = 111_700 // metres, at most
	if (north+east)*degree <= reach {
		return false
	}
	return index.Meters(a.point, b.point) > reach
}

// sigma is the accuracy, of the class when it is not reported.
func (r *reading) sigma(l *Limits) float32 {
	if r.accuracy > 0 {
		return r.accuracy
	}
	return l.Sigma
}

// weigh brings a later fix into a doubt about a place, which is nil at first. The doubt is gone when the fix is the
// third in a row there, or when the unit has not been seen anywhere likely for the stale limit.
func (d *doubt) weigh(r *reading, l *Limits) *doubt {
	if d == nil {
		return &doubt{last: *r, since: r.fix, seen: 1}
	}
	if r.fix <= d.last.fix {
		return d
	}
	next := doubt{last: *r, since: d.since, seen: 1}
	if !leaps(&d.last, r, l) {
		next.seen = d.seen + 1
	}
	if next.seen >= believed || r.fix.Sub(d.since) >= l.Stale {
		return nil
	}
	return &next
}
