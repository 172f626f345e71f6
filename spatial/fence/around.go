package fence

import (
	"slices"

	"github.com/wardmap/wardmap/spatial"
)

// lay puts a fence into the cover; a circle around a unit only while it is known where.
func (e *Engine) lay(slot int32) {
	if r := &e.rules[slot]; !r.around || r.center != NoUnit {
		e.finder.cover.put(slot, r.outline())
	}
}

// lift takes out of the cover what lay put in.
func (e *Engine) lift(slot int32) {
	if r := &e.rules[slot]; !r.around || r.center != NoUnit {
		e.finder.cover.remove(slot, r.outline())
	}
}

// settle lays a circle around its unit, if that has been heard of.
func (e *Engine) settle(slot int32) {
	r := &e.rules[slot]
	for h := range e.units {
		if u := &e.units[h]; u.known && e.ids[h] == r.f.Around {
			u.center = true
			if !u.lost {
				r.center, r.centerSigma = Handle(h), float64(u.sigma)
				r.region.(*disc).move(u.at)
			}
		}
	}
}

// carry moves the circles around a unit along with it, and judges whom they come near and whom they leave.
func (e *Engine) carry(s *step, out []Event) []Event {
	for _, slot := range e.around[s.id] {
		r := &e.rules[slot]
		e.lift(slot)
		r.center, r.centerSigma = s.unit, s.sigma
		r.region.(*disc).move(s.to)
		e.lay(slot)
		if !r.holds || !r.holdsAt(s.time) {
			continue
		}
		e.membersOf(r)
		e.candidates(r)
		slices.Sort(e.handles)
		for i, h := range e.handles {
			if i == 0 || h != e.handles[i-1] {
				out = e.meet(s, slot, h, out)
			}
		}
		out = e.staff(slot, s.time, s.why, out)
	}
	return out
}

// meet judges another unit that a circle came near, or left.
func (e *Engine) meet(s *step, slot int32, h Handle, out []Event) []Event {
	u := &e.units[h]
	other := e.lookAt(h, s.time, s.why)
	other.look = false
	return e.judge(&other, slot, u.find(slot), false, out)
}

// halt ends the circles around a unit that is lost or forgotten.
func (e *Engine) halt(h Handle, now spatial.Instant, why Reason, out []Event) []Event {
	for _, slot := range e.around[e.ids[h]] {
		r := &e.rules[slot]
		if r.center == NoUnit {
			continue
		}
		out = e.clear(slot, now, why, out)
		e.lift(slot)
		r.center = NoUnit
	}
	return out
}
