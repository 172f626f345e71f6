package live

import (
	"cmp"
	"slices"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// queue is the fixes of a unit that wait for others that come late, and what was judged up to them. Units of
// classes without Reorder have none: what is shown of them is what is judged.
type queue struct {
	belief
	fixes []reading // in order of time, then place
}

// judged is what fences and staleness go by.
func (w *world) judged(h fence.Handle) *belief {
	if q := w.waiting[h]; q != nil {
		return &q.belief
	}
	return &w.units[h].belief
}

// await keeps a fix until its time has come. What is not later than the last judged comes too late, and a fix
// that is there already is not kept twice.
func (w *world) await(h fence.Handle, r reading, l *Limits) {
	q := w.waiting[h]
	if q == nil {
		q = &queue{belief: w.units[h].belief}
		w.waiting[h] = q
		w.copyDoubt(doubtful{h, true}, doubtful{h, false})
	}
	if r.fix <= q.fix {
		return
	}
	i, there := slices.BinarySearchFunc(q.fixes, &r, func(a reading, b *reading) int { return inOrder(&a, b) })
	if there {
		return
	}
	q.fixes = slices.Insert(q.fixes, i, r)
	if i == 0 {
		w.turns.add(entry{r.fix.Add(l.Reorder), h})
	}
}

func inOrder(a, b *reading) int {
	return cmp.Or(cmp.Compare(a.fix, b.fix), cmp.Compare(a.point[0], b.point[0]), cmp.Compare(a.point[1], b.point[1]))
}

// turn judges the first waiting fix of a unit, if the entry is about it. Staleness and the fences' clocks are
// brought up to its time before, but not beyond until.
func (w *world) turn(e entry, until spatial.Instant, out []Event) []Event {
	u, q := &w.units[e.unit], w.waiting[e.unit]
	l := &w.limits[u.class]
	if q == nil || len(q.fixes) == 0 || q.fixes[0].fix.Add(l.Reorder) != e.at {
		return out
	}
	r := q.fixes[0]
	q.fixes = slices.Delete(q.fixes, 0, 1)
	if len(q.fixes) > 0 {
		w.turns.add(entry{q.fixes[0].fix.Add(l.Reorder), e.unit})
	}
	if r.fix > q.fix {
		out = w.decide(min(r.fix, until), out)
		if ok, gap := w.accept(doubtful{e.unit, true}, &q.belief, r, l); ok {
			out = w.follow(e.unit, &q.belief, gap, out)
		}
	}
	w.settle(e.unit, q)
	return out
}

// settle brings what is shown of a unit to what is judged of it, when that is later or nothing waits any more.
func (w *world) settle(h fence.Handle, q *queue) {
	u := &w.units[h]
	if q.fix > u.fix || len(q.fixes) == 0 && (q.fix != u.fix || q.point != u.point) {
		u.reading = q.reading
		w.copyDoubt(doubtful{h, false}, doubtful{h, true})
		w.place(h)
		w.touch(h)
	}
}

func (w *world) copyDoubt(to, from doubtful) {
	if d := w.doubts[from]; d != nil {
		w.doubts[to] = d // it is not changed, only replaced
	} else {
		delete(w.doubts, to)
	}
}

// flush judges all that waits, and lets time pass up to now without waiting any longer.
func (w *world) flush(now spatial.Instant, out []Event) []Event {
	w.now = max(w.now, now)
	for len(w.turns) > 0 {
		e := w.turns[0]
		w.turns.drop()
		out = w.turn(e, w.now, out)
	}
	return w.decide(w.now, out)
}
