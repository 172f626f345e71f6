package live

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// role is what many units have in common. Units of the same role share it.
type role struct {
	class     spatial.Class
	kind      string
	org       string
	skills    []string
	equipment []string
	key       string
	units     int
}

// roleOf is the shared role of a unit, made when it is the first.
func (w *world) roleOf(u *Unit) *role {
	r := &role{class: u.Class, kind: u.Kind, org: u.Org, skills: sorted(u.Skills), equipment: sorted(u.Equipment)}
	r.key = r.text()
	if shared := w.roles[r.key]; shared != nil {
		r = shared
	} else {
		r.kind, r.org = strings.Clone(r.kind), strings.Clone(r.org)
		w.roles[r.key] = r
	}
	r.units++
	return r
}

// text is the same for the same role only.
func (r *role) text() string {
	return fmt.Sprintf("%d %q %q %q %q", r.class, r.kind, r.org, r.skills, r.equipment)
}

func (w *world) dropRole(r *role) {
	if r.units--; r.units == 0 {
		delete(w.roles, r.key)
	}
}

func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// quarantine is how many handles wait before the first is used again, so that readers see who is gone.
const quarantine = 256

// putUnit registers a unit or changes it.
func (w *world) putUnit(u *Unit, out []Event) []Event {
	h, known := w.byID(u.ID)
	switch {
	case len(u.ID) > math.MaxUint16, known && same(w.units[h].registration(), *u):
		return out
	case !known:
		h = w.newHandle()
		w.units[h] = unit{belief: unseen, text: u.ID, idBytes: uint16(len(u.ID)), class: u.Class, state: u.State, stateAt: w.now}
		w.list(h)
	}
	own := &w.units[h]
	before := own.role
	own.role = w.roleOf(u)
	if before != nil {
		w.dropRole(before)
	}
	own.text = u.ID + u.Name
	if u.State != StateUnknown && u.State != own.state {
		own.state, own.stateAt = u.State, w.now
	}
	w.assign(h, u.Devices, u.Home)
	if own.class != u.Class {
		out = w.reclass(h, u.Class, out)
	}
	w.place(h)
	w.touch(h)
	return out
}

// registration is a unit as it was put, with the state that it has now.
func (u *unit) registration() Unit {
	r := Unit{
		ID: u.id(), Name: u.name(), Class: u.class, Kind: u.role.kind, Org: u.role.org, Skills: u.role.skills,
		Equipment: u.role.equipment, State: u.state,
	}
	if u.more != nil {
		r.Devices, r.Home = u.more.devices, u.more.home
	}
	return r
}

// same tells whether putting b changes nothing of a.
func same(a, b Unit) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Class == b.Class && a.Kind == b.Kind && a.Org == b.Org && a.Home == b.Home &&
		(a.State == b.State || b.State == StateUnknown) && slices.Equal(a.Skills, sorted(b.Skills)) &&
		slices.Equal(a.Equipment, sorted(b.Equipment)) && slices.Equal(a.Devices, b.Devices)
}

// assign lets devices speak for a unit. A device that spoke for another speaks for this one from now on.
func (w *world) assign(h fence.Handle, devices []string, home orb.Point) {
	w.dismiss(h)
	u := &w.units[h]
	u.more = nil
	if !onEarth(home) {
		home = orb.Point{}
	}
	if len(devices) > 0 || home != (orb.Point{}) {
		u.more = &more{home: home}
	}
	for _, d := range devices {
		d = strings.Clone(d)
		u.more.devices = append(u.more.devices, d)
		w.speak(h, d)
	}
}

// list makes a unit known by its id.
func (w *world) list(h fence.Handle) {
	id := w.units[h].id()
	w.ids.put(w.ids.hash(id), h, func(other fence.Handle) bool { return w.units[other].id() == id })
}

// speak lets a device speak for a unit that has it.
func (w *world) speak(h fence.Handle, serial string) {
	w.serials.put(w.serials.hash(serial), h, func(other fence.Handle) bool { return w.units[other].has(serial) })
}

// dismiss makes the devices of a unit nobody's.
func (w *world) dismiss(h fence.Handle) {
	if u := &w.units[h]; u.more != nil {
		for _, d := range u.more.devices {
			if owner, ok := w.bySerial(d); ok && owner == h {
				w.serials.remove(w.serials.hash(d), func(other fence.Handle) bool { return other == h })
			}
		}
	}
}

// reclass makes a unit leave its fences as what it was, and enter those of its new class.
func (w *world) reclass(h fence.Handle, class spatial.Class, out []Event) []Event {
	out = w.forget(h, w.clock, fence.Reclassed, out)
	u := &w.units[h]
	if q := w.waiting[h]; q != nil {
		u.freshness, u.due = q.freshness, q.due
		delete(w.waiting, h)
	}
	w.noDoubts(h)
	if u.class = class; u.freshness == Fresh {
		out = w.follow(h, &u.belief, true, out)
	}
	return out
}

// removeUnit forgets a unit. Its handle, id and version stay until the handle is another's.
func (w *world) removeUnit(id string, out []Event) []Event {
	h, ok := w.byID(id)
	if !ok {
		return out
	}
	out = w.forget(h, w.clock, fence.Reclassed, out)
	u := &w.units[h]
	w.dismiss(h)
	w.dropRole(u.role)
	w.ids.remove(w.ids.hash(id), func(other fence.Handle) bool { return other == h })
	delete(w.waiting, h)
	delete(w.alarms, h)
	w.noDoubts(h)
	w.grid.Remove(int32(h))
	*u = unit{belief: unseen, text: strings.Clone(u.id()), idBytes: u.idBytes, class: u.class, gone: true}
	w.free = append(w.free, h)
	w.touch(h)
	return out
}

func (w *world) noDoubts(h fence.Handle) {
	delete(w.doubts, doubtful{h, false})
	delete(w.doubts, doubtful{h, true})
}

func (w *world) newHandle() fence.Handle {
	if len(w.free) > quarantine {
		h := w.free[0]
		w.free = w.free[1:]
		return h
	}
	w.units = append(roomy(w.units), unit{})
	w.remember(len(w.units))
	return fence.Handle(len(w.units) - 1)
}

// roomy is a list that has room for one more. It grows by a sixteenth: lists of all units are most of the memory
// that a picture takes.
func roomy[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	longer := make([]T, len(list), 64+len(list)+len(list)/16)
	copy(longer, list)
	return longer
}

func (w *world) setState(id string, s State, now spatial.Instant) error {
	h, ok := w.byID(id)
	if !ok {
		return ErrUnknownUnit
	}
	if u := &w.units[h]; u.state != s {
		u.state, u.stateAt = s, max(now, w.now)
		w.place(h)
		w.touch(h)
	}
	return nil
}

// intern is the registered string of a device or unit.
func (w *world) intern(device []byte) string {
	if h, ok := w.ids.get(w.ids.hashBytes(device), func(h fence.Handle) bool { return w.units[h].id() == string(device) }); ok {
		return w.units[h].id()
	}
	name := ""
	w.serials.get(w.serials.hashBytes(device), func(h fence.Handle) bool {
		for _, d := range w.units[h].more.devices {
			if d == string(device) {
				name = d
				return true
			}
		}
		return false
	})
	if name == "" {
		return string(device)
	}
	return name
}
