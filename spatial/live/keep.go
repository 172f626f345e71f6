package live

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
)

// keep writes or reads all that cannot be derived.
func (w *world) keep(a *archive) {
	keep64(a, &w.now)
	keep64(a, &w.clock)
	keep64(a, &w.version)
	keep64(a, &w.seq)
	for i := range w.verdicts {
		keep64(a, &w.verdicts[i])
	}
	for i := range w.events {
		keep64(a, &w.events[i])
	}
	w.keepFences(a)
	w.keepUnits(a)
	list(a, &w.free, 4, func(h *fence.Handle) { keep32(a, h) })
	w.keepQueues(a)
	w.keepDoubts(a)
	w.keepAlarms(a)
}

// keepFences keeps the rules, and what the engine knows of units.
func (w *world) keepFences(a *archive) {
	fences := slices.Collect(w.fences.Fences())
	list(a, &fences, 1, func(f **fence.Fence) {
		if a.in == nil {
			data, err := (*f).MarshalJSON()
			if err != nil {
				panic(fmt.Sprintf("fence %s was put and cannot be written: %v", (*f).ID, err))
			}
			a.out = appendText(a.out, string(data))
			return
		}
		*f = new(fence.Fence)
		if err := (*f).UnmarshalJSON([]byte(a.in.text())); err != nil {
			a.in.failed(err)
			return
		}
		if _, err := w.fences.Put(*f, w.clock, nil); err != nil {
			a.in.failed(err)
		}
	})
	if a.in == nil {
		a.out = appendText(a.out, string(w.fences.AppendState(nil)))
	} else if state := a.in.text(); a.in.err == nil {
		a.in.failed(w.fences.ReadState([]byte(state)))
	}
}

func (w *world) keepUnits(a *archive) {
	number := map[*role]uint32{}
	var roles []*role
	for _, key := range slices.Sorted(maps.Keys(w.roles)) {
		number[w.roles[key]] = uint32(len(roles))
		roles = append(roles, w.roles[key])
	}
	list(a, &roles, 5, func(r **role) {
		if a.in != nil {
			*r = new(role)
		}
		a.role(*r)
	})
	h := fence.Handle(0)
	list(a, &w.units, 11, func(u *unit) {
		if a.in != nil {
			u.belief = unseen
		}
		n := number[u.role]
		id, name := u.id(), u.name()
		a.text(&id)
		keep64(a, &u.version)
		keep8(a, &u.class)
		if a.bool(&u.gone); !u.gone {
			if keep32(a, &n); a.in != nil && int(n) < len(roles) {
				u.role = roles[n]
			}
			a.text(&name)
			a.unit(u)
			w.keepMore(a, h, u)
		}
		if u.text, u.idBytes = id+name, uint16(len(id)); len(id) > math.MaxUint16 {
			a.in.fail("has an ID that is too long")
		}
		h++
	})
}

func (a *archive) role(r *role) {
	keep8(a, &r.class)
	a.text(&r.kind)
	a.text(&r.org)
	list(a, &r.skills, 1, a.text)
	list(a, &r.equipment, 1, a.text)
}

func (a *archive) unit(u *unit) {
	a.belief(&u.belief)
	keep64(a, &u.heard)
	keep64(a, &u.stateAt)
	keep8(a, &u.state)
	a.bool(&u.alarmed)
}

// keepMore keeps the devices of a unit, and which of them speak for it and not for another since.
func (w *world) keepMore(a *archive, h fence.Handle, u *unit) {
	optional(a, &u.more, func(m *more) {
		a.point(&m.home)
		list(a, &m.devices, 2, func(d *string) {
			owner, there := w.bySerial(*d)
			own := there && owner == h
			a.text(d)
			if a.bool(&own); a.in != nil && own {
				w.speak(h, *d)
			}
		})
	})
}

func (a *archive) belief(b *belief) {
	a.reading(&b.reading)
	keep8(a, &b.freshness)
	keep64(a, &b.due)
}

func (a *archive) reading(r *reading) {
	keep64(a, &r.fix)
	a.point(&r.point)
	for _, v := range [...]*float32{&r.altitude, &r.speed, &r.course, &r.accuracy, &r.battery} {
		a.float(v)
	}
	keep16(a, &r.flags)
	keep8(a, &r.source)
}

func (w *world) keepQueues(a *archive) {
	handles := slices.Sorted(maps.Keys(w.waiting))
	list(a, &handles, 4, func(h *fence.Handle) {
		keep32(a, h)
		q := w.waiting[*h]
		if a.in != nil {
			q = new(queue)
			w.waiting[*h] = q
		}
		a.belief(&q.belief)
		list(a, &q.fixes, 24, a.reading)
	})
}

func (w *world) keepDoubts(a *archive) {
	who := slices.SortedFunc(maps.Keys(w.doubts), func(x, y doubtful) int {
		return cmp.Compare(x.number(), y.number())
	})
	list(a, &who, 5, func(one *doubtful) {
		keep32(a, &one.unit)
		a.bool(&one.waits)
		d := w.doubts[*one]
		if a.in != nil {
			d = new(doubt)
			w.doubts[*one] = d
		}
		a.reading(&d.last)
		keep64(a, &d.since)
		keep8(a, &d.seen)
	})
}

func (w *world) keepAlarms(a *archive) {
	handles := slices.Sorted(maps.Keys(w.alarms))
	list(a, &handles, 4, func(h *fence.Handle) {
		keep32(a, h)
		one := w.alarms[*h]
		a.text(&one.device)
		keep64(a, &one.at)
		if a.in != nil {
			w.alarms[*h] = one
		}
	})
}

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
