package fence

import "time"

// What a route asks before a unit is off it, where the fence says nothing else: fixes in a row, and how long.
const (
	routeConfirm = 3
	routeStay    = time.Minute
)

// strayOff judges a unit that keeps to a route and is outside of it now.
func (e *Engine) strayOff(s *step, slot int32, i int, out []Event) []Event {
	r, st := &e.rules[slot], &s.u.stays[i]
	confirm, stay := r.f.Confirm, r.f.Stay
	if confirm == 0 {
		confirm = routeConfirm
	}
	if stay == 0 {
		stay = routeStay
	}
	if !st.confirmed(s, confirm, stay+1) {
		return out
	}
	st.mode, st.since, st.runs = off, st.run, 0
	e.forgetDwell(r, st)
	r.inside--
	out = r.tell(Event{
		Kind: OffRoute, Reason: s.why, Unit: s.unit, Time: s.time, At: s.to, For: elapsed(st.since, s.time), Value: r.deviation(s),
	}, out)
	return e.staff(slot, s.time, s.why, out)
}

// stray judges a unit that is off its route.
func (e *Engine) stray(s *step, slot int32, i int, in bool, out []Event) []Event {
	r, st := &e.rules[slot], &s.u.stays[i]
	if !in || !r.within(s, likelySigmas) {
		st.runs = 0
		return out
	}
	if !st.confirmed(s, r.f.Confirm, r.f.Stay) {
		return out
	}
	out = r.tell(Event{Kind: OnRoute, Reason: s.why, Unit: s.unit, Time: s.time, At: s.to, For: elapsed(st.since, s.time)}, out)
	st.mode, st.since, st.runs, st.notes = inside, s.time, 0, 0
	r.inside++
	e.awaitDwell(r, slot, s.unit, st)
	return e.staff(slot, s.time, s.why, out)
}

// deviation is how far a unit is from the line of its route.
func (r *rule) deviation(s *step) float64 {
	const everywhere = 1e9 // metres
	return r.region.(*corridor).deviation(s.to, everywhere)
}
