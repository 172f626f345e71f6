package live

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
)

// rebuild derives the rest of what was read, or says what cannot be.
func (w *world) rebuild() error {
	w.oldest = w.version + 1
	w.remember(len(w.units))
	for i := range w.units {
		u := &w.units[i]
		if int(u.class) >= classCount || u.version > w.version {
			return fmt.Errorf("unit %q is of a class or a version that nobody knows", u.id())
		}
		if u.gone {
			continue
		}
		if err := w.rejoin(fence.Handle(i), u); err != nil {
			return fmt.Errorf("unit %q %w", u.id(), err)
		}
	}
	return w.relist()
}

// relist checks the lists of handles, and lets what waits wait on.
func (w *world) relist() error {
	free := map[fence.Handle]bool{}
	for _, h := range w.free {
		if !w.is(h, true) || free[h] {
			return fmt.Errorf("handle %d is free twice, or not at all", h)
		}
		free[h] = true
	}
	for h := range w.alarms {
		if !w.is(h, false) {
			return fmt.Errorf("handle %d is nobody's and has an alarm", h)
		}
	}
	for who, d := range w.doubts {
		if !w.is(who.unit, false) || !onEarth(d.last.point) {
			return fmt.Errorf("handle %d is nobody's, or where it has never been", who.unit)
		}
	}
	for h, q := range w.waiting {
		if !w.is(h, false) || !q.valid() {
			return fmt.Errorf("handle %d is nobody's, or its fixes are not in order", h)
		}
		w.requeue(h, q)
	}
	for i := range w.units {
		u, b := &w.units[i], w.judged(fence.Handle(i))
		if w.told != w.grid && u.class.Moves() && !u.gone && b.fix != 0 && b.freshness != ExpiredFix {
			w.told.Put(int32(i), u.group())
		}
	}
	return nil
}

// is tells whether there is such a handle, of a unit or of one that is gone.
func (w *world) is(h fence.Handle, gone bool) bool {
	return h >= 0 && int(h) < len(w.units) && w.units[h].gone == gone
}

// rejoin brings a unit that was read into all lists.
func (w *world) rejoin(h fence.Handle, u *unit) error {
	_, twice := w.byID(u.id())
	switch {
	case twice:
		return errors.New("is there twice")
	case u.role == nil || u.role.class != u.class:
		return errors.New("has no role")
	case u.state >= states || !u.belief.valid():
		return errors.New("has a state or a place that cannot be")
	case u.more != nil && !onEarth(u.more.home):
		return errors.New("has a home that is not on the earth")
	}
	w.list(h)
	if u.role.units == 0 {
		u.role.key = u.role.text()
		w.roles[u.role.key] = u.role
	}
	u.role.units++
	if u.due != 0 {
		w.dues.add(entry{u.due, h})
	}
	w.place(h)
	return nil
}

func (b *belief) valid() bool {
	return b.fix >= 0 && onEarth(b.point) && b.freshness <= ExpiredFix
}

func (q *queue) valid() bool {
	before := reading{fix: q.fix, point: orb.Point{180, 90}}
	for i := range q.fixes {
		if !onEarth(q.fixes[i].point) || inOrder(&before, &q.fixes[i]) >= 0 {
			return false
		}
		before = q.fixes[i]
	}
	return q.belief.valid()
}

// requeue lets the fixes of a unit wait on, or, when its class does not wait any more, judges what is shown.
func (w *world) requeue(h fence.Handle, q *queue) {
	u := &w.units[h]
	if w.limits[u.class].Reorder == 0 {
		u.freshness, u.due = q.freshness, q.due
		delete(w.waiting, h)
	} else if len(q.fixes) > 0 {
		w.turns.add(entry{q.fixes[0].fix.Add(w.limits[u.class].Reorder), h})
	}
	if q.due != 0 {
		w.dues.add(entry{q.due, h})
	}
}
