package verify

import (
	"maps"
	"slices"
)

// together says whether there is a view that shows the contents of both tiles:
// only a tile that is replaced is gone when one below it shows.
func together(a, b *tile) bool {
	switch {
	case a == b:
		return true
	case a.above(b):
		return !a.replace
	case b.above(a):
		return !b.replace
	}
	return true
}

// saw notes that a content shows a feature.
func (w *walker) saw(at place, id string, t *tile, s Sum) {
	deeper := true
	for _, o := range w.shown[id] {
		if together(o, t) {
			at.bad("feature-twice", "feature %q shows together with the one in %s", id, o.name)
			return
		}
		deeper = deeper && t.depth > o.depth
	}
	w.shown[id] = append(w.shown[id], t)
	if deeper {
		w.report.Seen[id] = s
	}
}

// lost finds features of a replaced tile that nothing below it shows.
func (w *walker) lost() {
	for _, id := range slices.Sorted(maps.Keys(w.shown)) {
		for _, t := range w.shown[id] {
			if !t.replace || !t.children {
				continue
			}
			below := func(o *tile) bool { return o != t && t.above(o) }
			if !slices.ContainsFunc(w.shown[id], below) {
				w.notes.add(t.document(), t.name, "feature-lost", "feature %q is in no tile below the one replaced", id)
			}
		}
	}
}
