package fence

// pass judges a line to cross. A crossing counts when a fix is so far behind the line that no noise brings it there,
// or not quite so far, but by so much motion that it was no noise. When the unit comes back before that, there was none.
func (e *Engine) pass(s *step, slot int32, i int, out []Event) []Event {
	if !s.way {
		return out
	}
	r := &e.rules[slot]
	e.crossings = r.gate.crossings(s.u.at, s.to, e.crossings[:0])
	if i < 0 && len(e.crossings) == 0 {
		return out
	}
	over := stay{slot: slot, member: -1, generation: r.generation}
	if i >= 0 {
		over = s.u.stays[i]
	}
	for _, c := range e.crossings {
		out = r.cross(s, &over, c, out)
	}
	if over.mode == crossed && r.behind(s, &over) {
		out = r.over(s, &over, out)
		over.mode = 0
	}
	switch {
	case over.mode == crossed && i >= 0:
		s.u.stays[i] = over
	case over.mode == crossed:
		s.u.stays = append(s.u.stays, over)
	case i >= 0:
		s.u.drop(i)
	}
	return out
}

// cross takes a crossing into account. One back over the line undoes the one before, unless that is too far away.
func (r *rule) cross(s *step, over *stay, c crossing, out []Event) []Event {
	if over.mode == crossed {
		at := along(s.u.at, s.to, c.part)
		switch {
		case c.toLeft == (over.notes&toLeft != 0): // around an end of the line
			return out
		case !s.moved(s.u.at) || metres(over.border(), at) < surelySigmas*s.sigma:
			over.mode = 0
			return out
		}
		out = r.over(s, over, out)
		over.mode = 0
	}
	if r.level(float64(s.u.altitude)+c.part*(s.altitude-float64(s.u.altitude)), 0) {
		over.mode, over.notes = crossed, 0
		if c.toLeft {
			over.notes = toLeft
		}
		over.cross(s, c.part)
	}
	return out
}

// behind tells whether a unit that is over a line has come so far that it has crossed it.
func (r *rule) behind(s *step, over *stay) bool {
	sure := surelySigmas * s.sigma
	d := r.gate.distance(s.to, sure)
	return d >= sure || d >= likelySigmas*s.sigma && s.moved(over.from)
}

// over tells that a line was crossed.
func (r *rule) over(s *step, st *stay, out []Event) []Event {
	side := LeftToRight
	if st.notes&toLeft != 0 {
		side = RightToLeft
	}
	if r.f.Side != EitherSide && r.f.Side != side {
		return out
	}
	return r.tell(Event{
		Kind: Cross, Reason: s.why, Possible: st.notes&possible != 0, Side: side, Unit: s.unit, Time: st.since, At: st.border(),
	}, out)
}
