package fence

import "github.com/wardmap/wardmap/spatial"

// sameSort tells whether a fence can take the place of another with its members: an area that of an area, but not
// that of a line to cross.
func (r *rule) sameSort(f *Fence, made form) bool {
	return (r.gate == nil) == (made.gate == nil) && r.route == f.route() && r.f.Around == f.Around
}

// edit replaces a fence by one of the same sort.
func (e *Engine) edit(slot int32, f *Fence, made form, now spatial.Instant, out []Event) []Event {
	r := &e.rules[slot]
	next := rule{center: r.center, centerSigma: r.centerSigma}
	if d, ok := made.region.(*disc); ok && r.around && r.center != NoUnit {
		d.move(r.region.(*disc).center)
	}
	next.set(f, made, now)
	for _, h := range e.membersOf(r) {
		u := &e.units[h]
		s := e.lookAt(h, now, Edited)
		if i := u.find(slot); next.keeps(&s, u.stays[i].mode) {
			u.stays[i].generation = r.generation + 1
		} else {
			out = e.leave(&s, slot, i, Edited, out)
		}
	}
	otherDwell := r.f.Dwell != f.Dwell
	if r.f.Absent != f.Absent || r.needs() != next.needs() {
		out = e.standDown(slot, now, out)
	}
	e.swap(slot, &next)
	if otherDwell {
		out = e.dwellAgain(slot, now, out)
	}
	out = e.present(slot, now, Edited, out)
	return e.staff(slot, now, Edited, out)
}

// dwellAgain sets the alarms of those inside anew; who has been inside for long enough already has dwelt.
func (e *Engine) dwellAgain(slot int32, now spatial.Instant, out []Event) []Event {
	r := &e.rules[slot]
	for _, h := range e.membersOf(r) {
		u := &e.units[h]
		st := &u.stays[u.find(slot)]
		if r.f.Dwell == 0 || st.mode != inside || st.notes&dwelt != 0 || st.since.Add(r.f.Dwell) > now {
			e.awaitDwell(r, slot, h, st)
			continue
		}
		st.notes |= dwelt
		out = r.tell(Event{Kind: Dwell, Reason: Edited, Possible: u.lost, Unit: h, Time: now, At: u.at, For: elapsed(st.since, now)}, out)
	}
	return out
}

// keeps tells whether a member of the fence before is one of this fence.
func (r *rule) keeps(s *step, m mode) bool {
	if !r.holds || !r.concerns(s.id, s.u.class) {
		return false
	}
	in := r.region.contains(s.to) && r.level(s.altitude, 0)
	return m == off || in || !r.far(s)
}

// standDown ends an account of too few units that the next fence would keep otherwise.
func (e *Engine) standDown(slot int32, now spatial.Instant, out []Event) []Event {
	r := &e.rules[slot]
	holds := r.holds
	r.holds = false
	out = e.staff(slot, now, Edited, out)
	r.holds = holds
	return out
}

// swap puts the next rule in the place of one, with its members.
func (e *Engine) swap(slot int32, next *rule) {
	r := &e.rules[slot]
	e.lift(slot)
	next.generation = r.generation + 1
	next.members, next.inside, next.short, next.absent = r.members, r.inside, r.short, r.absent
	if r.until != next.until {
		e.timers.push(tick{due: next.until, kind: changeDue, slot: slot, unit: NoUnit})
		e.timers.waste++
	}
	*r = *next
	e.lay(slot)
	e.sketches[slot] = r.sketch()
}
