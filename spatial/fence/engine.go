package fence

import (
	"iter"
	"slices"
	"strings"
	"time"

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

// Fence is the fence of that ID, nil when there is none.
func (e *Engine) Fence(id string) *Fence {
	if slot, ok := e.byID[id]; ok {
		return e.rules[slot].f
	}
	return nil
}

// Len is how many fences there are.
func (e *Engine) Len() int { return len(e.order) }

// Fences are all fences in order of ID.
func (e *Engine) Fences() iter.Seq[*Fence] {
	return func(yield func(*Fence) bool) {
		for _, slot := range e.order {
			if !yield(e.rules[slot].f) {
				return
			}
		}
	}
}

// Containing visits the areas, circles and corridors that hold a place at a time, in order of ID, until visit
// returns false. A place on the border that areas share is in exactly one of them. Circles around units are left out.
func (e *Engine) Containing(p orb.Point, altitude float64, at time.Time, visit func(f *Fence) bool) {
	if !onEarth(p) {
		return
	}
	var few [16]*Fence
	found := few[:0]
	e.finder.cover.each(p, func(ref ref) {
		if k := &e.sketches[ref.slot()]; k.plain && !ref.inside() && !k.contains(p) {
			return
		}
		if r := &e.rules[ref.slot()]; r.holdsOver(p, altitude, at, ref.inside()) {
			found = append(found, r.f)
		}
	})
	slices.SortFunc(found, byID)
	for _, f := range found {
		if !visit(f) {
			return
		}
	}
}

func byID(a, b *Fence) int { return strings.Compare(a.ID, b.ID) }

// Inside are the fences that a unit is in, in order of ID, and since when.
func (e *Engine) Inside(h Handle) iter.Seq2[*Fence, spatial.Instant] {
	return func(yield func(*Fence, spatial.Instant) bool) {
		u := e.known(h)
		if u == nil {
			return
		}
		var few [16]*stay
		in := few[:0]
		for i := range u.stays {
			if u.stays[i].mode == inside {
				in = append(in, &u.stays[i])
			}
		}
		slices.SortFunc(in, func(a, b *stay) int { return byID(e.rules[a.slot].f, e.rules[b.slot].f) })
		for _, st := range in {
			if !yield(e.rules[st.slot].f, st.since) {
				return
			}
		}
	}
}

// Occupants is how many units are in a fence.
func (e *Engine) Occupants(id string) int {
	if slot, ok := e.byID[id]; ok {
		return e.rules[slot].inside
	}
	return 0
}
