package live

import (
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// pass lets time go up to now: waiting fixes whose time has come are judged, units go stale and expire, fences
// see time pass. Everything is decided in the order of the time at which it happened, as far as fixes wait.
func (w *world) pass(now spatial.Instant, out []Event) []Event {
	w.now = max(w.now, now)
	for {
		turn, ok := w.turns.next(w.now)
		if !ok {
			return w.decide(w.horizon(), out)
		}
		w.turns.drop()
		out = w.turn(turn, w.horizon(), out)
	}
}

// horizon is the time whose fixes can no longer come late.
func (w *world) horizon() spatial.Instant { return w.now.Add(-w.wait) }

// decide brings staleness and the fences' clocks up to a time.
func (w *world) decide(until spatial.Instant, out []Event) []Event {
	if until <= w.clock {
		return out
	}
	for {
		due, ok := w.dues.next(until)
		if !ok {
			break
		}
		w.dues.drop()
		w.clock = max(w.clock, due.at)
		out = w.tellAll(w.fences.Advance(w.clock, w.decided), out)
		out = w.comeDue(due, out)
	}
	w.clock = until
	return w.tellAll(w.fences.Advance(until, w.decided), out)
}

// remind makes a unit come due at a moment, unless it does so before.
func (w *world) remind(h fence.Handle, b *belief, at spatial.Instant) {
	if b.due == 0 || at < b.due {
		b.due = at
		w.dues.add(entry{at, h})
	}
}

// comeDue looks at a unit that may have gone stale or expired by now. Fixes since then put it off.
func (w *world) comeDue(due entry, out []Event) []Event {
	h := due.unit
	u, b := &w.units[h], w.judged(h)
	if b.due != due.at {
		return out
	}
	b.due = 0
	l := &w.limits[u.class]
	stale, expire := u.seen(b).Add(l.Stale), u.seen(b).Add(l.Expire)
	switch {
	case b.freshness == Fresh && stale > w.clock:
		w.remind(h, b, stale)
	case b.freshness == Fresh:
		b.freshness = StaleFix
		w.touch(h)
		kind := fence.Stale
		if !u.class.Moves() {
			kind = fence.Silent
		}
		out = w.tellOf(h, kind, fence.TimePassed, stale, out)
		out = w.tellAll(w.fences.Lost(h, stale, w.decided), out)
		w.remind(h, b, expire)
	case b.freshness == StaleFix && expire > w.clock:
		out = w.tellAll(w.fences.Lost(h, w.clock, w.decided), out) // again: an old fix may have brought it back
		w.remind(h, b, expire)
	case b.freshness == StaleFix:
		b.freshness = ExpiredFix
		w.touch(h)
		out = w.tellOf(h, fence.Expired, fence.TimePassed, expire, out)
		out = w.forget(h, expire, fence.HasExpired, out)
		w.hide(h)
	}
	return out
}

// hide takes a unit that has expired off the map, unless a later fix waits to be judged.
func (w *world) hide(h fence.Handle) {
	u := &w.units[h]
	if b := w.judged(h); b == &u.belief || b.fix == u.fix {
		u.freshness = ExpiredFix
		w.place(h)
	}
}

// called brings a unit back that has called, and sees to it that it comes due. b is what is judged of it.
func (w *world) called(h fence.Handle, b *belief, out []Event) []Event {
	u := &w.units[h]
	l := &w.limits[u.class]
	stale := u.seen(b).Add(l.Stale)
	switch {
	case b.freshness == NeverSeen:
		b.freshness = Fresh
	case b.freshness != Fresh && stale > w.clock:
		b.freshness = Fresh
		out = w.tellOf(h, fence.Returned, fence.CameBack, u.seen(b), out)
	case b.freshness != Fresh:
		stale = w.clock // stale it is and stays: remind the fences of it
	}
	if b.freshness != ExpiredFix {
		w.remind(h, b, stale)
	}
	return out
}

// nextDue is when pass may have something to do, 0 when never. It may be too early, but never too late.
func (w *world) nextDue() (at spatial.Instant) {
	earliest := func(other spatial.Instant) {
		if other != 0 && (at == 0 || other < at) {
			at = other
		}
	}
	if len(w.dues) > 0 {
		earliest(w.dues[0].at.Add(w.wait))
	}
	if due := w.fences.Due(); due != 0 {
		earliest(due.Add(w.wait))
	}
	if len(w.turns) > 0 {
		earliest(w.turns[0].at)
	}
	return at
}
