package fence

import (
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// present lets units enter a fence that they are in, because it begins to be there. Lost units wait until they are
// heard again.
func (e *Engine) present(slot int32, now spatial.Instant, why Reason, out []Event) []Event {
	r := &e.rules[slot]
	if !r.holds || r.region == nil || r.around && r.center == NoUnit {
		return out
	}
	e.handles = e.handles[:0]
	e.candidates(r)
	slices.Sort(e.handles)
	for _, h := range e.handles {
		u := &e.units[h]
		s := e.lookAt(h, now, why)
		i := u.find(slot)
		if i < 0 || u.stays[i].member < 0 {
			out = e.judge(&s, slot, i, false, out)
		}
	}
	return out
}

// candidates collects the units that may be in a region.
func (e *Engine) candidates(r *rule) {
	box := r.region.bound()
	add := func(h Handle) {
		if u := e.known(h); u != nil && !u.lost && h != r.center && box.Contains(u.at) && r.concerns(e.ids[h], u.class) {
			e.handles = append(e.handles, h)
		}
	}
	if e.near == nil {
		for h := range e.units {
			add(Handle(h))
		}
		return
	}
	middle := box.Center()
	e.near(middle, 1+max(metres(middle, box.Min), metres(middle, box.Max)), func(h Handle, _ orb.Point, _ spatial.Class) { add(h) })
}

// clear lets everybody leave a fence.
func (e *Engine) clear(slot int32, now spatial.Instant, why Reason, out []Event) []Event {
	r := &e.rules[slot]
	for _, h := range e.membersOf(r) {
		u := &e.units[h]
		s := e.lookAt(h, now, why)
		out = e.leave(&s, slot, u.find(slot), why, out)
	}
	r.generation++
	e.sketches[slot] = r.sketch()
	return out
}

// membersOf is a sorted copy of the members, good until handles is used again.
func (e *Engine) membersOf(r *rule) []Handle {
	e.handles = append(e.handles[:0], r.members...)
	slices.Sort(e.handles)
	return e.handles
}
