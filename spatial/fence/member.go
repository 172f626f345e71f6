package fence

import "github.com/wardmap/wardmap/spatial"

// enter makes a unit a member of a fence and tells it. i is its stay with the fence, or -1.
func (e *Engine) enter(s *step, slot int32, i int, out []Event) []Event {
	r := &e.rules[slot]
	if i < 0 {
		i = len(s.u.stays)
		s.u.stays = append(s.u.stays, stay{})
	}
	s.u.stays[i] = stay{slot: slot, generation: r.generation, mode: inside, since: s.time, member: int32(len(r.members))}
	r.members = append(r.members, s.unit)
	r.inside++
	st := &s.u.stays[i]
	e.awaitDwell(r, slot, s.unit, st)
	out = r.tell(Event{Kind: r.enters(), Reason: s.why, Unit: s.unit, Time: s.time, At: s.to, Value: r.apart(s)}, out)
	out = e.remain(s, r, st, out)
	return e.staff(slot, s.time, s.why, out)
}

// leave ends the stay of a member and tells it.
func (e *Engine) leave(s *step, slot int32, i int, why Reason, out []Event) []Event {
	r, st := &e.rules[slot], s.u.stays[i]
	out = r.tell(Event{
		Kind: r.leaves(st.mode), Reason: why, Possible: s.gap, Unit: s.unit, Time: s.time, At: s.to,
		For: elapsed(st.since, s.time), Value: r.apart(s),
	}, out)
	e.quit(s.u, slot, i)
	return e.staff(slot, s.time, why, out)
}

// quit takes a member out.
func (e *Engine) quit(u *unit, slot int32, i int) {
	r, st := &e.rules[slot], u.stays[i]
	if st.mode == inside {
		r.inside--
		e.forgetDwell(r, &st)
	}
	last := len(r.members) - 1
	moved := r.members[last]
	r.members[st.member] = moved
	r.members = r.members[:last]
	if int(st.member) < last {
		other := &e.units[moved]
		other.stays[other.find(slot)].member = st.member
	}
	u.drop(i)
}

// staff keeps account of whether enough units are inside, after that may have changed.
func (e *Engine) staff(slot int32, t spatial.Instant, why Reason, out []Event) []Event {
	r := &e.rules[slot]
	if r.f.Absent == 0 {
		return out
	}
	enough := !r.holds || r.inside >= r.needs()
	switch {
	case !enough && r.short == 0:
		r.short = t
		e.timers.push(tick{due: t.Add(r.f.Absent), kind: absenceDue, slot: slot, unit: NoUnit})
	case enough && r.short != 0:
		if !r.absent && r.short.Add(r.f.Absent) <= t {
			out = e.missed(slot, out)
		}
		if !r.absent {
			e.timers.waste++
		} else {
			out = r.tell(Event{Kind: Staffed, Reason: why, Unit: NoUnit, Time: t, At: r.middle(), For: elapsed(r.short, t)}, out)
		}
		r.short, r.absent = 0, false
	}
	return out
}

// missed tells that too few units were inside for too long.
func (e *Engine) missed(slot int32, out []Event) []Event {
	r := &e.rules[slot]
	r.absent = true
	return r.tell(Event{
		Kind: Absent, Reason: TimePassed, Unit: NoUnit, Time: r.short.Add(r.f.Absent), At: r.middle(), For: r.f.Absent,
	}, out)
}

// awaitDwell sets the alarm for a stay that begins, or whose fence was edited.
func (e *Engine) awaitDwell(r *rule, slot int32, u Handle, st *stay) {
	if r.f.Dwell > 0 && st.mode == inside && st.notes&dwelt == 0 {
		e.timers.push(tick{due: st.since.Add(r.f.Dwell), kind: dwellDue, slot: slot, unit: u})
	}
}

// forgetDwell counts the alarm of a stay that ends as waste.
func (e *Engine) forgetDwell(r *rule, st *stay) {
	if r.f.Dwell > 0 && st.notes&dwelt == 0 {
		e.timers.waste++
	}
}
