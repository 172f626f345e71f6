package fence

import "time"

// Move takes one fix of a unit and appends what came of it, in the order of the fences' IDs. A fix that is not on
// the earth is left out. A way over the antimeridian is taken as a jump: it crosses nothing.
func (e *Engine) Move(m Move, out []Event) []Event {
	if m.Unit < 0 || !onEarth(m.To) {
		return out
	}
	begin := len(out)
	for int(m.Unit) >= len(e.units) {
		e.units, e.ids = append(e.units, unit{}), append(e.ids, "")
	}
	u := &e.units[m.Unit]
	s := stepOf(&m, u)
	s.was, u.class = u.class, m.Class
	if !u.known {
		s.was = m.Class
		e.ids[m.Unit], u.center = m.ID, len(e.around[m.ID]) > 0
	} else if s.was != m.Class {
		out = e.expel(&s, out)
	}
	if s.way {
		e.finder.along(u.at, s.to)
	} else {
		e.finder.at(s.to)
	}
	out = e.judgeAll(&s, out)
	u.at, u.time, u.altitude, u.sigma = m.To, m.Time, m.Altitude, float32(s.sigma)
	u.known, u.lost = true, false
	if u.center {
		out = e.carry(&s, out)
	}
	inOrder(out[begin:])
	return out
}

// judgeAll judges the fences that were found, and those that the unit had to do with before.
func (e *Engine) judgeAll(s *step, out []Event) []Event {
	for n, r := range e.finder.found {
		i := s.u.find(r.slot())
		if !e.sketches[r.slot()].idle(s, i, r.inside(), n < e.finder.here) {
			out = e.judge(s, r.slot(), i, r.inside(), out)
		}
	}
	for i := len(s.u.stays) - 1; i >= 0; i-- {
		if slot := s.u.stays[i].slot; e.finder.seen[slot] != e.finder.turn {
			out = e.judge(s, slot, i, false, out)
		}
	}
	return out
}

// expel ends the stays with fences that do not concern the unit any more.
func (e *Engine) expel(s *step, out []Event) []Event {
	for i := len(s.u.stays) - 1; i >= 0; i-- {
		st := &s.u.stays[i]
		r := &e.rules[st.slot]
		switch {
		case st.member < 0 && !r.concerns(s.id, s.u.class):
			s.u.drop(i)
		case !r.concerns(s.id, s.u.class):
			out = e.leave(s, st.slot, i, Reclassed, out)
		}
	}
	return out
}

// judge decides on one fence and one step. i is the unit's stay with the fence, or -1; within is true when the unit
// is known to be inside, on the map.
func (e *Engine) judge(s *step, slot int32, i int, within bool, out []Event) []Event {
	r := &e.rules[slot]
	if i >= 0 && s.u.stays[i].generation != r.generation {
		s.u.drop(i)
		i = -1
	}
	if r.f == nil || !r.holdsAt(s.time) || i < 0 && (!r.concerns(s.id, s.u.class) || r.center == s.unit) || s.u.lost && !s.lost {
		return out
	}
	if i < 0 && !r.classes.Has(s.was) {
		anew := *s
		anew.why, anew.way = Reclassed, false
		s = &anew
	}
	if r.gate != nil {
		return e.pass(s, slot, i, out)
	}
	in := (within || r.region.contains(s.to)) && r.level(s.altitude, 0)
	switch {
	case !r.holds && (in || i >= 0): // a fix from before it ended can have crossed it still, but not be in it any more
		return out
	case i < 0:
		return e.fresh(s, slot, in, out)
	case s.u.stays[i].mode == visiting:
		return e.visit(s, slot, i, in, out)
	case s.u.stays[i].mode == inside:
		return e.stay(s, slot, i, in, out)
	}
	return e.stray(s, slot, i, in, out)
}

// fresh judges a fence that the unit was outside of.
func (e *Engine) fresh(s *step, slot int32, in bool, out []Event) []Event {
	r := &e.rules[slot]
	if !in {
		if s.way {
			return e.cut(s, r, out)
		}
		return out
	}
	st := stay{slot: slot, member: -1, generation: r.generation, mode: visiting, since: s.time}
	if s.way && !r.region.contains(s.u.at) {
		part, _, _ := r.region.through(s.u.at, s.to)
		st.notes = cameIn
		st.cross(s, part)
	}
	deep := r.deep(s, &st)
	if deep && (s.look || r.f.Confirm <= 1 && r.f.Stay == 0) {
		return e.enter(s, slot, -1, out)
	}
	if !deep && !s.way {
		return out
	}
	if deep {
		st.run, st.runs = s.time, 1
	}
	s.u.stays = append(s.u.stays, st)
	return out
}

// cut tells Cross when the way went through the fence, with both ends outside.
func (e *Engine) cut(s *step, r *rule, out []Event) []Event {
	in, leave, ok := r.region.through(s.u.at, s.to)
	if !ok || in >= leave || !s.moved(s.u.at) || r.region.contains(s.u.at) { // it may have been inside by nobody's account
		return out
	}
	if r.heights {
		low, high := float64(s.u.altitude), s.altitude
		if !r.level(low+(in+leave)/2*(high-low), 0) {
			return out
		}
	}
	return r.tell(Event{
		Kind: Cross, Reason: s.why, Possible: s.gap, Unit: s.unit, Time: s.timeAt(in), At: along(s.u.at, s.to, in),
		For: elapsed(s.timeAt(in), s.timeAt(leave)),
	}, out)
}

// visit judges a fence that the unit is inside of, but has not entered.
func (e *Engine) visit(s *step, slot int32, i int, in bool, out []Event) []Event {
	r, st := &e.rules[slot], &s.u.stays[i]
	switch {
	case !in:
		was := *st
		s.u.drop(i)
		if was.notes&cameIn == 0 || !s.moved(was.from) {
			return out
		}
		_, leave, _ := r.region.through(s.u.at, s.to)
		return r.tell(Event{
			Kind: Cross, Reason: s.why, Possible: s.gap || was.notes&possible != 0, Unit: s.unit, Time: was.since, At: was.border(),
			For: elapsed(was.since, s.timeAt(leave)),
		}, out)
	case !r.deep(s, st):
		st.runs = 0
	case st.confirmed(s, r.f.Confirm, r.f.Stay) || s.look:
		return e.enter(s, slot, i, out)
	}
	return out
}

// stay judges a fence that the unit has entered.
func (e *Engine) stay(s *step, slot int32, i int, in bool, out []Event) []Event {
	r, st := &e.rules[slot], &s.u.stays[i]
	if in || !r.far(s) {
		st.runs = 0
		if s.lost {
			out = r.tell(Event{Kind: r.enters(), Reason: CameBack, Unit: s.unit, Time: s.time, At: s.to, Value: r.apart(s)}, out)
		}
		return e.remain(s, r, st, out)
	}
	if r.route {
		return e.strayOff(s, slot, i, out)
	}
	if s.lost || st.confirmed(s, r.f.Confirm, r.f.Stay) {
		return e.leave(s, slot, i, s.why, out)
	}
	return out
}

// confirmed counts a fix that agrees, and tells whether enough of them did, for long enough.
func (st *stay) confirmed(s *step, confirm int, stay time.Duration) bool {
	if s.gap {
		st.runs = 0
	}
	if st.runs == 0 {
		st.run = s.time
	}
	st.runs = min(st.runs+1, mostConfirm)
	return int(st.runs) >= confirm && s.time.Sub(st.run) >= stay
}
