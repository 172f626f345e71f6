package fence

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/wardmap/wardmap/spatial"
)

// A tick is a moment at which something is due, if what it is about is still so then.
type tick struct {
	due  spatial.Instant
	kind tickKind
	slot int32
	unit Handle // of dwellDue, else NoUnit
}

// A tickKind also says in which order things come that are due at one moment: who was inside for all of a window
// has dwelt, and a post that was empty for all of it was.
type tickKind uint8

const (
	dwellDue tickKind = iota
	absenceDue
	changeDue // the fence begins to hold, or ends
)

// timers holds ticks, the soonest first.
type timers struct {
	ticks ticks
	waste int // how many are known to be about nothing any more
}

// push adds a tick; one that is never due is not kept.
func (t *timers) push(k tick) {
	if k.due != forever {
		t.ticks = append(t.ticks, k)
		heap.Fix(&t.ticks, len(t.ticks)-1)
	}
}

// next takes out the ticks of the soonest moment, unless that is after now.
func (t *timers) next(now spatial.Instant, batch []tick) []tick {
	for len(t.ticks) > 0 && t.ticks[0].due <= now && (len(batch) == 0 || t.ticks[0].due == batch[0].due) {
		batch = append(batch, t.ticks[0])
		last := len(t.ticks) - 1
		t.ticks[0] = t.ticks[last]
		if t.ticks = t.ticks[:last]; last > 0 {
			heap.Fix(&t.ticks, 0)
		}
	}
	return batch
}

// sweep takes out what is about nothing, when that may be most of all.
func (t *timers) sweep(void func(tick) bool) {
	if t.waste > 1000 && t.waste > len(t.ticks)/2 {
		t.ticks = slices.DeleteFunc(t.ticks, void)
		heap.Init(&t.ticks)
		t.waste = 0
	}
}

type ticks []tick

func (t ticks) Len() int           { return len(t) }
func (t ticks) Less(i, j int) bool { return t[i].due < t[j].due }
func (t ticks) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *ticks) Push(any)          {} // push and next do without
func (t *ticks) Pop() any          { return nil }

// Due is when Advance will have something to do, 0 when it never will.
func (e *Engine) Due() spatial.Instant {
	if len(e.timers.ticks) == 0 {
		return 0
	}
	return e.timers.ticks[0].due
}

// Advance lets time pass up to now, and appends what was due until then, in the order of time: dwelling and absence,
// fences that begin or cease to hold. A fix is judged by whether its fence holds at its own time, but by a fence that
// has begun as Advance came by.
func (e *Engine) Advance(now spatial.Instant, out []Event) []Event {
	for e.Due() != 0 && e.Due() <= now {
		batch := e.timers.next(now, e.batch[:0])
		slices.SortFunc(batch, func(a, b tick) int {
			return cmp.Or(cmp.Compare(e.rules[a.slot].id(), e.rules[b.slot].id()), cmp.Compare(a.kind, b.kind),
				cmp.Compare(a.unit, b.unit))
		})
		for i, k := range batch {
			if i == 0 || k != batch[i-1] {
				out = e.happen(k, out)
			}
		}
		e.batch = batch
	}
	e.timers.sweep(e.void)
	return out
}

// void tells whether a tick is about nothing any more.
func (e *Engine) void(k tick) bool {
	r := &e.rules[k.slot]
	switch {
	case r.f == nil:
		return true
	case k.kind == changeDue:
		return r.until != k.due
	case k.kind == absenceDue:
		return r.short == 0 || r.absent || r.short.Add(r.f.Absent) != k.due
	}
	i := e.units[k.unit].find(k.slot)
	if i < 0 {
		return true
	}
	st := &e.units[k.unit].stays[i]
	return st.mode != inside || st.generation != r.generation || r.f.Dwell == 0 || st.notes&dwelt != 0 ||
		st.since.Add(r.f.Dwell) != k.due
}

func (e *Engine) happen(k tick, out []Event) []Event {
	if e.void(k) {
		e.timers.waste = max(e.timers.waste-1, 0)
		return out
	}
	switch k.kind {
	case dwellDue:
		return e.dwell(k, out)
	case absenceDue:
		return e.missed(k.slot, out)
	}
	return e.turn(k.slot, k.due, out)
}

func (e *Engine) dwell(k tick, out []Event) []Event {
	u, r := &e.units[k.unit], &e.rules[k.slot]
	st := &u.stays[u.find(k.slot)]
	st.notes |= dwelt
	return r.tell(Event{
		Kind: Dwell, Reason: TimePassed, Possible: u.lost, Unit: k.unit, Time: k.due, At: u.at, For: k.due.Sub(st.since),
	}, out)
}

// turn makes a fence begin or cease to hold.
func (e *Engine) turn(slot int32, now spatial.Instant, out []Event) []Event {
	r := &e.rules[slot]
	was := r.holds
	r.holds, r.from, r.until = r.f.Holds(now.Time()), now, r.f.change(now)
	e.timers.push(tick{due: r.until, kind: changeDue, slot: slot, unit: NoUnit})
	switch {
	case was && !r.holds:
		out = e.clear(slot, now, Ended, out)
		out = e.staff(slot, now, Ended, out)
	case !was && r.holds:
		out = e.present(slot, now, Began, out)
		out = e.staff(slot, now, Began, out)
	}
	return out
}
