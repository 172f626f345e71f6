package live

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// keepCounters writes or reads what is counted.
func (w *world) keepCounters(a *archive) {
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
}

// keepFences writes or reads rules.
func keepFences(a *archive, fences *[]*fence.Fence) {
	list(a, fences, 1, func(f **fence.Fence) {
		if a.in != nil {
			*f = new(fence.Fence)
			if text := a.in.text(); a.in.err == nil {
				a.in.failed((*f).UnmarshalJSON([]byte(text)))
			}
			return
		}
		text, err := (*f).MarshalJSON()
		if err != nil {
			panic(fmt.Sprintf("fence %s was put and cannot be written: %v", (*f).ID, err))
		}
		a.out = appendText(a.out, string(text))
	})
}

// endOfTime is the last millisecond of the year 9999.
const endOfTime = spatial.Instant(253402300799999)

// read takes all that was written, but does not yet derive the rest.
func (w *world) read(in *decoder) {
	a := &archive{in: in}
	w.keepCounters(a)
	if w.clock < 0 || w.clock > w.now || w.now > endOfTime {
		in.fail("is of a time that cannot be")
	}
	var fences []*fence.Fence
	keepFences(a, &fences)
	for _, f := range fences {
		if in.err == nil {
			_, err := w.fences.Put(f, w.clock, nil)
			in.failed(err)
		}
	}
	w.keepUnits(a)
	if in.err == nil {
		in.failed(w.fences.ReadState(in.data[in.at:]))
	}
}

// keepUnits writes or reads the units, with all that is known of each.
func (w *world) keepUnits(a *archive) {
	w.keepList(a)
	list(a, &w.free, 4, func(h *fence.Handle) { keep32(a, h) })
	w.keepQueues(a)
	w.keepDoubts(a)
	w.keepAlarms(a)
}

func (w *world) keepList(a *archive) {
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
		if a.in != nil {
			a.named(u, id, name)
		}
		h++
	})
}

func (a *archive) named(u *unit, id, name string) {
	if len(id) > math.MaxUint16 {
		a.in.fail("has an ID that is too long")
		return
	}
	u.text, u.idBytes = id+name, uint16(len(id))
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
