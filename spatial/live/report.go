package live

import (
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// reports takes reports that arrived at now. Who they are of is looked up first, and what will be needed of them is
// touched: the processor fetches many units at the same time then, and does not wait for each. That is a third of
// the time that a report takes with 100,000 units.
func (w *world) reports(now spatial.Instant, rs []Report, verdicts []Verdict, out []Event) ([]Verdict, []Event) {
	w.now = max(w.now, now)
	w.senders = w.senders[:0]
	for i := range rs {
		h, ok := w.speaks(rs[i].Device)
		w.senders = append(w.senders, h)
		w.touched = ok && w.grid.Has(int32(h)) && w.units[h].fix != 0
	}
	for i := range rs {
		v := Unregistered
		if h := w.senders[i]; h != fence.NoUnit {
			v, out = w.report(h, &rs[i], out)
		}
		w.verdicts[v]++
		verdicts = append(verdicts, v)
	}
	return verdicts, w.pass(now, out)
}

// offShift tells whether a report is none of the organisation's business: an officer is off duty, and presses no
// emergency button.
func (u *unit) offShift(r *Report) bool {
	return u.class == spatial.Officer && u.state == OffDuty && !u.alarmed && r.Flags&EmergencyFlag == 0
}

// report takes one report of a unit that arrived at w.now.
func (w *world) report(h fence.Handle, r *Report, out []Event) (Verdict, []Event) {
	u := &w.units[h]
	if u.offShift(r) {
		return OffShift, out
	}
	if !u.class.Moves() {
		out = w.decide(w.horizon(), out) // before it has called
	}
	u.heard = w.now
	v := judge(&u.reading, r, w.now)
	out = w.alarm(h, r, v, out)
	switch l := &w.limits[u.class]; {
	case l.Reorder > 0:
		v = w.showAndAwait(h, r, v, l)
	case v == Accepted:
		v, out = w.showAndFollow(h, r, l, out)
	}
	if !u.class.Moves() {
		out = w.called(h, &u.belief, out)
	}
	return v, out
}

// showAndFollow moves a unit to where it says it is, and tells the fences.
func (w *world) showAndFollow(h fence.Handle, r *Report, l *Limits, out []Event) (Verdict, []Event) {
	out = w.decide(min(r.Fix, w.horizon()), out)
	u := &w.units[h]
	fix := readingOf(r, l)
	ok, gap := w.accept(doubtful{unit: h}, &u.belief, fix, l)
	if !ok {
		return Jump, out
	}
	out = w.follow(h, &u.belief, gap, out)
	w.touch(h)
	return Accepted, out
}

// showAndAwait moves a unit to where it says it is, at once; the fences see the fix when its time has come.
func (w *world) showAndAwait(h fence.Handle, r *Report, v Verdict, l *Limits) Verdict {
	if v != Accepted && v != Late {
		return v
	}
	u := &w.units[h]
	fix := readingOf(r, l)
	w.await(h, fix, l)
	if v == Late {
		return v
	}
	if ok, _ := w.accept(doubtful{unit: h}, &u.belief, fix, l); !ok {
		return Jump
	}
	u.freshness = Fresh
	w.place(h)
	w.touch(h)
	return Accepted
}

// accept believes a later fix, or does not because the unit cannot have come there. gap says that it is not known
// which way it went.
func (w *world) accept(who doubtful, b *belief, r reading, l *Limits) (ok, gap bool) {
	gap = b.fix != 0 && r.fix.Sub(b.fix) >= l.Stale
	if b.fix != 0 && leaps(&b.reading, &r, l) {
		d := w.doubts[who].weigh(&r, l)
		if d != nil {
			w.doubts[who] = d
			return false, false
		}
		gap = true
	}
	if len(w.doubts) > 0 {
		delete(w.doubts, who)
	}
	r.freshness = b.freshness
	b.reading = r
	return true, gap
}

// follow tells the fences of a fix that was believed. b is what is judged of the unit.
func (w *world) follow(h fence.Handle, b *belief, gap bool, out []Event) []Event {
	out = w.called(h, b, out)
	u := &w.units[h]
	if !u.class.Moves() {
		w.place(h)
		return out
	}
	w.told.Put(int32(h), u.group())
	return w.tellAll(w.fences.Move(fence.Move{
		Unit: h, ID: u.id(), Class: u.class, Time: b.fix, To: b.point, Altitude: b.altitude, Speed: b.speed,
		Accuracy: b.sigma(&w.limits[u.class]), Gap: gap,
	}, w.decided), out)
}

// alarm raises or ends an emergency. A button that is pressed is told of whatever is wrong with the position; one
// that was pressed before the last fix only when it is news. Only the device that raised it ends it, by a report
// that is later, so that no repetition and no other device of the unit can.
func (w *world) alarm(h fence.Handle, r *Report, v Verdict, out []Event) []Event {
	pressed := r.Flags&EmergencyFlag != 0
	u := &w.units[h]
	if !pressed && !u.alarmed {
		return out
	}
	last := w.alarms[h]
	switch {
	case pressed && u.alarmed, v == Late && (r.Fix <= last.at || w.now.Sub(r.Fix) >= w.limits[u.class].Stale):
	case pressed:
		at := r.Fix
		if v == Impossible || v == Future || at <= 0 {
			at = w.now
		}
		place, _ := u.at()
		if v == Accepted || v == Late {
			place = r.Point
		}
		w.alarms[h] = alarm{device: r.Device, at: at}
		u.alarmed = true
		w.place(h)
		w.touch(h)
		out = w.tell(Event{Kind: fence.Emergency, Unit: u.id(), Class: u.class, Time: at, At: place}, out)
	case v != Late && v != Duplicate && last.device == r.Device:
		u.alarmed = false
		w.place(h)
		w.touch(h)
	}
	return out
}
