package fence

import "math"

// remain tells what a unit does that stays inside.
func (e *Engine) remain(s *step, r *rule, st *stay, out []Event) []Event {
	if r.f.Dwell > 0 && st.notes&dwelt == 0 && s.time >= st.since.Add(r.f.Dwell) {
		st.notes |= dwelt
		e.timers.waste++
		out = r.tell(Event{
			Kind: Dwell, Reason: TimePassed, Unit: s.unit, Time: st.since.Add(r.f.Dwell), At: s.to, For: r.f.Dwell,
		}, out)
	}
	if r.f.Speed == 0 || math.IsNaN(s.speed) {
		return out
	}
	switch {
	case s.speed >= r.f.Speed && st.notes&speeding == 0:
		if st.fast++; int(st.fast) >= r.f.Confirm {
			st.notes |= speeding
			out = r.tell(Event{Kind: Speed, Unit: s.unit, Time: s.time, At: s.to, For: elapsed(st.since, s.time), Value: s.speed}, out)
		}
	case s.speed < r.f.Speed:
		st.fast = 0
		if s.speed < slower*r.f.Speed {
			st.notes &^= speeding
		}
	}
	return out
}

// slower is the part of a speed limit that a unit must come below for Speed to be told again.
const slower = 0.95
