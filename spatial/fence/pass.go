package fence

import "github.com/paulmach/orb"

// pass judges a line to cross. A crossing counts when a fix is so far from the line, and from where it was crossed,
// that noise hardly brings it there; when the unit comes back before that, there was none.
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
		at := along(s.u.at, s.to, c.part)
		switch {
		case over.mode == crossed && c.toLeft == (over.notes&toLeft != 0): // around an end of the line
			continue
		case over.mode == crossed && !s.clear(over.over, at):
			over.mode = 0
			continue
		case over.mode == crossed:
			out = r.over(s, &over, out)
		}
		if r.level(float64(s.u.altitude)+c.part*(s.altitude-float64(s.u.altitude)), 0) {
			over.mode, over.since, over.over, over.notes = crossed, s.timeAt(c.part), at, 0
			if c.toLeft {
				over.notes |= toLeft
			}
			if s.gap {
				over.notes |= possible
			}
		}
	}
	if over.mode == crossed && s.clear(over.over, s.to) && r.gate.distance(s.to, s.sigma) >= enterSigmas*s.sigma {
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

// clear tells whether two places are too far apart for noise.
func (s *step) clear(p, q orb.Point) bool {
	return metres(p, q) >= leaveSigmas*max(s.sigma, float64(s.u.sigma))
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
		Kind: Cross, Reason: s.why, Possible: st.notes&possible != 0, Side: side, Unit: s.unit, Time: st.since, At: st.over,
	}, out)
}
