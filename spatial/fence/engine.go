package fence

import (
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Neighbors visits who is nearer to a place than so many metres. It must visit every unit there that the engine was
// told to Move and not to Forget; whom it visits besides, and in which order, does not matter. It is called while
// the engine decides and must not call the engine.
type Neighbors func(center orb.Point, meters float64, visit func(u Handle, at orb.Point, class spatial.Class))

// An Engine holds fences and decides. Calls that change it, and those that return events, come one at a time; while
// none of them runs, any number of readers may ask Fence, Fences, Len, Containing, Inside, Occupants and Due.
// Each unit's fixes come in the order of their time, and Advance in between says what time it is.
type Engine struct {
	near     Neighbors
	rules    []rule
	free     []int32          // numbers of rules that are not used
	byID     map[string]int32 //
	order    []int32          // all rules by the ID of their fence
	around   map[string][]int32
	units    []unit
	ids      []string // of the units
	sketches []sketch // of the rules
	finder   finder
	timers   timers

	crossings []crossing // memory for what is needed within one call
	handles   []Handle
	batch     []tick
}

// NewEngine makes an engine without fences. near may be nil: then fences that begin to hold, and circles that move,
// look at all units one by one.
func NewEngine(near Neighbors) *Engine {
	return &Engine{near: near, byID: map[string]int32{}, around: map[string][]int32{}, finder: finder{cover: newCover()}}
}

// Put takes a new fence, or one instead of that of the same ID. Units that are in a new fence enter it; when it
// replaces another, those enter and leave for whom it makes a difference, and the others are in since when they
// were. On an error nothing is changed.
func (e *Engine) Put(f *Fence, now spatial.Instant, out []Event) ([]Event, error) {
	if err := f.checkRule(); err != nil {
		return out, err
	}
	made, err := shapeOf(f)
	if err != nil {
		return out, err
	}
	why := Created
	slot, ok := e.byID[f.ID]
	if ok {
		why = Edited
		if r := &e.rules[slot]; r.sameSort(f, made) {
			return e.edit(slot, f, made, now, out), nil
		}
		out = e.Remove(f.ID, now, why, out)
	}
	slot = e.place(f, made, now)
	out = e.present(slot, now, why, out)
	return e.staff(slot, now, why, out), nil
}

// place gives a new fence a number and its place in the indexes.
func (e *Engine) place(f *Fence, made form, now spatial.Instant) int32 {
	slot := int32(len(e.rules))
	if n := len(e.free); n > 0 {
		slot, e.free = e.free[n-1], e.free[:n-1]
	} else {
		e.rules, e.sketches = append(e.rules, rule{}), append(e.sketches, sketch{})
		e.finder.seen = append(e.finder.seen, 0)
	}
	r := &e.rules[slot]
	r.set(f, made, now)
	r.center = NoUnit
	e.byID[f.ID] = slot
	i, _ := e.search(f.ID)
	e.order = slices.Insert(e.order, i, slot)
	e.timers.push(tick{due: r.until, kind: changeDue, slot: slot, unit: NoUnit})
	if r.around {
		e.around[f.Around] = append(e.around[f.Around], slot)
		e.settle(slot)
	}
	e.lay(slot)
	e.sketches[slot] = r.sketch()
	return slot
}

// search is where an ID stands, or would stand, in the order.
func (e *Engine) search(id string) (int, bool) {
	return slices.BinarySearchFunc(e.order, id, func(slot int32, id string) int {
		return strings.Compare(e.rules[slot].f.ID, id)
	})
}

// Remove takes a fence out; who is inside leaves it.
func (e *Engine) Remove(id string, now spatial.Instant, why Reason, out []Event) []Event {
	slot, ok := e.byID[id]
	if !ok {
		return out
	}
	r := &e.rules[slot]
	out = e.clear(slot, now, why, out)
	r.holds = false
	out = e.staff(slot, now, why, out)
	e.lift(slot)
	if r.around {
		if rest := slices.DeleteFunc(e.around[r.f.Around], func(s int32) bool { return s == slot }); len(rest) > 0 {
			e.around[r.f.Around] = rest
		} else {
			delete(e.around, r.f.Around)
		}
	}
	i, _ := e.search(id)
	e.order = slices.Delete(e.order, i, i+1)
	delete(e.byID, id)
	*r = rule{generation: r.generation, members: r.members[:0], center: NoUnit}
	e.sketches[slot] = sketch{}
	e.timers.waste++
	e.free = append(e.free, slot)
	return out
}

// Lost tells that a unit has gone stale: it may still be where it was. Circles around it end.
func (e *Engine) Lost(h Handle, now spatial.Instant, out []Event) []Event {
	u := e.known(h)
	if u == nil || u.lost {
		return out
	}
	begin := len(out)
	for i := range u.stays {
		if st := &u.stays[i]; st.mode == inside {
			r := &e.rules[st.slot]
			out = r.tell(Event{Kind: Lost, Reason: WentStale, Unit: h, Time: now, At: u.at, For: elapsed(st.since, now)}, out)
		}
	}
	if u.center {
		out = e.halt(h, now, WentStale, out)
	}
	u.lost = true
	inOrder(out[begin:])
	return out
}

// Forget tells that a unit is no more: it leaves what it is in, and its handle is free for another.
func (e *Engine) Forget(h Handle, now spatial.Instant, why Reason, out []Event) []Event {
	u := e.known(h)
	if u == nil {
		return out
	}
	begin := len(out)
	s := e.lookAt(h, now, why)
	for i := len(u.stays) - 1; i >= 0; i-- {
		if u.stays[i].member >= 0 {
			out = e.leave(&s, u.stays[i].slot, i, why, out)
		}
	}
	if u.center {
		out = e.halt(h, now, why, out)
	}
	*u, e.ids[h] = unit{stays: u.stays[:0]}, ""
	inOrder(out[begin:])
	return out
}

// known is a unit that has moved and was not forgotten, or nil.
func (e *Engine) known(h Handle) *unit {
	if h < 0 || int(h) >= len(e.units) {
		return nil
	}
	if u := &e.units[h]; u.known {
		return u
	}
	return nil
}
