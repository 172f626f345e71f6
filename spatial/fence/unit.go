package fence

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A unit is what an engine remembers of something that moves: 64 bytes, one line of a processor's cache.
type unit struct {
	at       orb.Point
	time     spatial.Instant // of the fix
	stays    []stay
	altitude float32
	sigma    float32
	class    spatial.Class
	known    bool // it has moved, and was not forgotten
	lost     bool
	center   bool // circles go with it
}

// A stay is what a unit has to do with a fence. Where there is none it is outside, and was before.
type stay struct {
	since      spatial.Instant // inside: it entered; visiting: it got in; crossed: it got over; off: it went off
	run        spatial.Instant // when the fixes began to agree that another mode is true
	from       orb.Point       // visiting: its last place outside; crossed: the last one on the other side
	over       [2]float32      // visiting, crossed: where it got over the border, in degrees from there
	slot       int32           // of the fence
	member     int32           // its place among the members of the fence, -1 when it is none
	generation uint32          // of the fence: a stay of an older one is void
	mode       mode
	runs       uint8 // fixes in a row that agreed
	fast       uint8 // fixes in a row that were too fast
	notes      notes
}

type mode uint8

const (
	visiting mode = iota + 1 // inside as the crow flies, but not so far that it counts
	inside                   // it has entered and not left
	off                      // it has left a route that it should keep to
	crossed                  // it is over a line, but not so far that it counts
	modes
)

type notes uint8

const (
	cameIn   notes = 1 << iota // visiting: the way led in over the border
	dwelt                      // inside: Dwell was told
	speeding                   // inside: Speed was told
	toLeft                     // crossed: to the left side
	possible                   // crossed, visiting: in a gap
)

// border is where a unit got over the border.
func (st *stay) border() orb.Point {
	return orb.Point{st.from[0] + float64(st.over[0]), st.from[1] + float64(st.over[1])}
}

// cross notes where on the way of a step a unit got over the border.
func (st *stay) cross(s *step, part float64) {
	st.since, st.from = s.timeAt(part), s.u.at
	st.over = [2]float32{float32(part * (s.to[0] - st.from[0])), float32(part * (s.to[1] - st.from[1]))}
	st.notes &^= possible
	if s.gap {
		st.notes |= possible
	}
}

// find is the index of the stay with a fence, -1 when there is none.
func (u *unit) find(slot int32) int {
	for i := range u.stays {
		if u.stays[i].slot == slot {
			return i
		}
	}
	return -1
}

// drop forgets a stay that is no member.
func (u *unit) drop(i int) {
	last := len(u.stays) - 1
	u.stays[i] = u.stays[last]
	u.stays = u.stays[:last]
}

// How sure a position is, one sigma in metres.
const (
	leastSigma = 1.0   // what reports less is taken for this
	mostSigma  = 200.0 // what reports more is taken for this, or it would never leave
)

// usualSigma is for positions that come without: satellite positions between houses, by what carries the receiver.
var usualSigma = [...]float64{spatial.Officer: 8, spatial.Vehicle: 5, spatial.Bus: 5, spatial.Drone: 3, spatial.Sensor: 5}

func sigmaOf(m *Move) float64 {
	sigma := float64(m.Accuracy)
	if !(sigma > 0) {
		sigma = 5
		if int(m.Class) < len(usualSigma) && usualSigma[m.Class] > 0 {
			sigma = usualSigma[m.Class]
		}
	}
	return min(max(sigma, leastSigma), mostSigma)
}

// A step is one unit's way from its last fix to a new one; or, where nothing moved but the fence, a look at it.
type step struct {
	unit     Handle
	id       string
	u        *unit // still as it was before
	to       orb.Point
	time     spatial.Instant
	altitude float64
	sigma    float64
	speed    float64
	was      spatial.Class // of the unit before
	way      bool          // it came straight from where the unit was
	lost     bool          // it was lost before
	gap      bool          // it was lost, or long not heard
	look     bool          // nothing moved but the fence: what is seen needs no confirmation
	why      Reason
}

// stepOf is the step that a fix makes.
func stepOf(m *Move, u *unit) step {
	s := step{
		unit: m.Unit, id: m.ID, u: u, to: m.To, time: m.Time, altitude: float64(m.Altitude), sigma: sigmaOf(m),
		way: u.known && math.Abs(m.To[0]-u.at[0]) <= 180, lost: u.lost, gap: u.lost || u.known && m.Gap,
	}
	if s.lost {
		s.why = CameBack
	}
	s.speed = float64(m.Speed)
	if !(s.speed >= 0) {
		s.speed = s.pace()
	}
	return s
}

// lookAt is the step of a unit that stays where it is.
func (e *Engine) lookAt(h Handle, now spatial.Instant, why Reason) step {
	u := &e.units[h]
	return step{
		unit: h, id: e.ids[h], u: u, was: u.class, to: u.at, time: now, altitude: float64(u.altitude), sigma: float64(u.sigma),
		look: true, why: why,
	}
}

// pace is the speed by distance and time; over less than a second that would be noise.
func (s *step) pace() float64 {
	seconds := s.time.Sub(s.u.time).Seconds()
	if !s.way || s.gap || seconds < 1 {
		return 0
	}
	return metres(s.u.at, s.to) / seconds
}

// timeAt is when the unit was at a part of the way.
func (s *step) timeAt(part float64) spatial.Instant {
	return s.u.time + spatial.Instant(math.Round(part*float64(s.time-s.u.time)))
}

// elapsed is the time from a moment to another; a fix may be a little older than the edit or the window before it.
func elapsed(from, to spatial.Instant) time.Duration { return max(to.Sub(from), 0) }

// inOrder sorts events by the ID of their fence; those of one fence stay in their order.
func inOrder(events []Event) {
	if len(events) > 1 {
		slices.SortStableFunc(events, func(a, b Event) int {
			switch {
			case a.Fence.ID < b.Fence.ID:
				return -1
			case a.Fence.ID > b.Fence.ID:
				return 1
			}
			return 0
		})
	}
}
