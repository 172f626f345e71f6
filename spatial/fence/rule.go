package fence

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A rule is a fence as an engine keeps it: made ready, with who is in it.
type rule struct {
	f *Fence // nil: the number is free
	form
	classes spatial.ClassSet
	units   map[string]bool // nil is all
	tells   KindSet
	margin  float64 // how far inside a unit must be to enter, at most
	heights bool
	route   bool
	around  bool

	generation uint32 // grows when what units remember of the fence is no longer true
	holds      bool
	from       spatial.Instant // holds is true, or not, in [from, until)
	until      spatial.Instant

	center      Handle          // of a moving circle: the unit; NoUnit while it is nowhere
	centerSigma float64         // how sure that is
	members     []Handle        // whose stay is inside or off
	inside      int             // how many of them are inside
	short       spatial.Instant // since when fewer are inside than it needs; 0: they are enough
	absent      bool            // and that was told
}

const forever = spatial.Instant(math.MaxInt64)

func (r *rule) set(f *Fence, made form, now spatial.Instant) {
	r.f, r.form = f, made
	r.classes, r.units = f.Classes, nil
	if len(f.Units) > 0 {
		r.units = make(map[string]bool, len(f.Units))
		for _, id := range f.Units {
			r.units[id] = true
		}
	}
	r.tells = f.Events
	if f.Events == 0 {
		r.tells = f.DefaultEvents()
	}
	if made.region != nil {
		r.margin = made.region.inradius() / 2
	}
	r.heights, r.route, r.around = f.Low != 0 || f.High != 0, f.route(), f.Around != ""
	r.holds, r.from, r.until = f.Holds(now.Time()), now, f.change(now)
	if f.Schedule == nil && f.Effective == (spatial.Validity{}) {
		r.from = -forever
	}
}

// concerns tells whether the rule is about a unit.
func (r *rule) concerns(id string, class spatial.Class) bool {
	return r.classes.Has(class) && (r.units == nil || r.units[id])
}

// holdsAt tells whether the fence holds at the time of a fix, which may be a little before now.
func (r *rule) holdsAt(t spatial.Instant) bool {
	if t >= r.from && t < r.until {
		return r.holds
	}
	return r.f.Holds(t.Time())
}

// holdsOver tells whether the fence stands over a place at a time. within is true when the place is known to be inside.
func (r *rule) holdsOver(p orb.Point, altitude float64, at time.Time, within bool) bool {
	return r.region != nil && !r.around && (within || r.region.contains(p)) && r.level(altitude, 0) && r.f.Holds(at)
}

// tell appends an event, when the fence gives such ones.
func (r *rule) tell(ev Event, out []Event) []Event {
	if !r.tells.Has(ev.Kind) {
		return out
	}
	ev.Fence = r.f
	if r.around {
		ev.Other = r.center
	} else {
		ev.Other = NoUnit
	}
	return append(out, ev)
}

// id is the ID of the fence, "" of a number that is free.
func (r *rule) id() string {
	if r.f == nil {
		return ""
	}
	return r.f.ID
}

// needs is how many units must be inside.
func (r *rule) needs() int { return max(r.f.Needs, 1) }

// middle is a place for events without a unit; none for a circle whose unit is nowhere.
func (r *rule) middle() orb.Point {
	if r.around && r.center == NoUnit {
		return orb.Point{}
	}
	return r.outline().bound().Center()
}

// Holds tells whether the fence holds at t, by its schedule and its validity.
func (f *Fence) Holds(t time.Time) bool {
	return f.Effective.Holds(t) && (f.Schedule == nil || f.Schedule.Holds(t))
}

// Next is when Holds changes for the first time after t, the zero time when it never does.
func (f *Fence) Next(t time.Time) time.Time {
	was := f.Holds(t)
	if v := f.Effective; !v.From.IsZero() && t.Before(v.From) {
		if t = v.From; f.Holds(t) {
			return t
		}
	}
	end := f.Effective.To
	if !end.IsZero() && !t.Before(end) || f.Schedule == nil && end.IsZero() {
		return time.Time{}
	}
	if f.Schedule == nil {
		return end
	}
	next := f.Schedule.Next(t)
	if !end.IsZero() && (next.IsZero() || !next.Before(end)) {
		next = time.Time{}
		if was {
			next = end
		}
	}
	return next
}

// change is Next in milliseconds, forever when there is none.
func (f *Fence) change(t spatial.Instant) spatial.Instant {
	next := f.Next(t.Time())
	if next.IsZero() {
		return forever
	}
	return spatial.InstantOf(next.Add(time.Millisecond - 1))
}
