package live

import "github.com/wardmap/wardmap/spatial/fence"

// touch notes that a unit has changed. The list of who changed is a ring: entry version modulo its length.
func (w *world) touch(h fence.Handle) {
	w.version++
	w.units[h].version = w.version
	w.recent[w.version&uint64(len(w.recent)-1)] = h
}

// remember makes the ring long enough for n units.
func (w *world) remember(n int) {
	if n <= len(w.recent) {
		return
	}
	longer := make([]fence.Handle, 2*len(w.recent))
	oldest := w.complete()
	for v := oldest; v <= w.version; v++ {
		longer[v&uint64(len(longer)-1)] = w.recent[v&uint64(len(w.recent)-1)]
	}
	w.recent, w.oldest = longer, oldest
}

// complete is the version from which on the ring knows of all changes.
func (w *world) complete() uint64 {
	return max(w.oldest, w.version+1-min(w.version, uint64(len(w.recent))))
}

// changes visits units that changed after a version, each once: from the ring when it reaches back, else all. Who
// is gone comes before who came later under the same id or handle.
func (w *world) changes(since uint64, visit func(Moved) bool) {
	if since+1 < w.complete() {
		_ = (since == 0 || w.scan(since, true, visit)) && w.scan(since, false, visit)
		return
	}
	for v := since + 1; v <= w.version; v++ {
		h := w.recent[v&uint64(len(w.recent)-1)]
		if u := &w.units[h]; u.version == v && !(u.gone && since == 0) && !visit(w.moved(h)) {
			return
		}
	}
}

// scan is changes of those who are gone, or of those who are there, by looking at all.
func (w *world) scan(since uint64, gone bool, visit func(Moved) bool) bool {
	for h := range w.units {
		if u := &w.units[h]; u.gone == gone && u.version > since && !visit(w.moved(fence.Handle(h))) {
			return false
		}
	}
	return true
}

func (w *world) moved(h fence.Handle) Moved {
	u := &w.units[h]
	if u.gone {
		return Moved{ID: u.id(), Handle: int32(h), Class: u.class, Version: u.version, Gone: true}
	}
	at, ok := u.at()
	if !ok {
		at = [2]float64{}
	}
	return Moved{
		ID: u.id(), Handle: int32(h), Class: u.class, State: u.shown(), Freshness: u.fresh(w.now, &w.limits[u.class]),
		Point: at, Course: u.course, Speed: u.speed, Fix: u.fix, Flags: u.flagged(), Version: u.version,
	}
}

// flagged are the flags of the last fix, and whether there is an emergency.
func (u *unit) flagged() Flags {
	if u.alarmed {
		return u.flags | EmergencyFlag
	}
	return u.flags
}
