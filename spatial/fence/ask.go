package fence

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

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
		if !slices.ContainsFunc(u.stays, func(st stay) bool { return st.mode == inside }) {
			return // before anything is allocated: most units are in no fence
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
