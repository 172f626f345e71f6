package main

import (
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d"
)

// everywhere is the box of all that may have changed.
var everywhere = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

// bodies is a layer in 3D as it is now; nil where it has no scene.
func (w *world) bodies(layer string) *scenes3d.Set {
	if s := w.sheetOf(layer); s != nil && s.scene != nil {
		return s.scene.set
	}
	return nil
}

// review looks anew at the volumes of other layers that bodies of this one clip.
func (w *world) review(layer string, changed ...orb.Bound) {
	for _, s := range w.viewers() {
		if v := s.def.Scene.View; v == nil || v.HiddenBy != layer {
			continue
		}
		if dirty := fewer(s.scene.review(changed...)); len(dirty) > 0 {
			s.epochs.Touch(dirty...)
			w.feed.Publish(s.def.ID, dirty...)
		}
	}
}

// reviewAll looks at all volumes anew: layers were filled side by side.
func (w *world) reviewAll() {
	for _, s := range w.viewers() {
		if v := s.def.Scene.View; v != nil && v.HiddenBy != "" {
			s.epochs.Touch(s.scene.review(everywhere)...)
		}
	}
}

// viewers are the sheets with a scene.
func (w *world) viewers() []*sheet {
	w.mu.RLock()
	defer w.mu.RUnlock()
	all := slices.Collect(maps.Values(w.sheets))
	for _, e := range w.extern {
		if e.sheet != nil {
			all = append(all, e.sheet())
		}
	}
	return slices.DeleteFunc(all, func(s *sheet) bool { return s == nil || s.scene == nil })
}
