package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
)

// A sheet is one layer as the server draws it: its definition, its features in memory, and when each part of
// them changed last. It is a tiles.Cutter.
type sheet struct {
	def    layers.Layer
	atlas  *atlas.Layer
	epochs *tiles.Epochs
	scene  *scene  // the layer in 3D; nil where it is not
	census *census // of a layer that is counted; nil where it is not
}

func newSheet(l layers.Layer, in surroundings) *sheet {
	return &sheet{l, atlas.New(spec(l), time.Now()), tiles.NewEpochs(), newScene(l, in), newCensus(l)}
}

// spec says which part of a definition tiles are made by. Properties that are not for tiles stay out.
func spec(l layers.Layer) atlas.Spec {
	s := atlas.Spec{Name: l.ID, MinZoom: l.MinZoom, MaxZoom: l.MaxZoom, Simplify: simplify[l.Simplify], Labels: l.LabelLayer() != ""}
	for _, p := range l.Properties {
		if p.Tile {
			s.Fields = append(s.Fields, atlas.Field{Name: p.Name, Kind: fieldKind(p.Type)})
		}
	}
	s.Marks = markNames(l)
	return s
}

// markNames are the properties that decide who sees a feature, in the order that window knows them by.
func markNames(l layers.Layer) (names []string) {
	for _, name := range []string{l.Labelled, l.Jurisdiction} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// window is what a visibility class sees of a layer's tiles: nil is everything; seen is false when it is nothing.
func window(l *layers.Layer, class string) (w *atlas.Window, seen bool, err error) {
	v, err := layers.ParseView(class)
	if err != nil {
		return nil, false, err
	}
	if !v.Layer(l) {
		return nil, false, nil
	}
	w = &atlas.Window{}
	whole := l.Labelled == "" && (l.Jurisdiction == "" || v.Org == "")
	for i := range l.Properties {
		if p := &l.Properties[i]; p.Tile {
			open := v.Property(l, p)
			w.Fields, whole = append(w.Fields, open), whole && open
		}
	}
	if whole {
		return nil, true, nil
	}
	w.Shows = func(marks []string) bool {
		label, code := "", ""
		if l.Labelled != "" {
			label, marks = marks[0], marks[1:]
		}
		if l.Jurisdiction != "" {
			code = marks[0]
		}
		return v.Marked(l, label, code)
	}
	return w, true, nil
}

// classOf reduces a visibility class to the least that sees the same tiles of a layer.
func classOf(l *layers.Layer, class string) string {
	v, err := layers.ParseView(class)
	if err != nil {
		return class // Cut refuses it
	}
	least, seen := v.Of(l)
	if !seen {
		return hiddenClass
	}
	return least.Class()
}

// hiddenClass is the class of those who see nothing of a layer: Cut gives them nothing.
const hiddenClass = "hidden"

var simplify = map[layers.Simplify]atlas.Simplify{
	layers.SimplifyShared: atlas.Shared, layers.SimplifyEach: atlas.Each, layers.SimplifyNone: atlas.None,
}

func fieldKind(t layers.Type) atlas.FieldKind {
	switch t {
	case layers.IntegerType:
		return atlas.Integer
	case layers.NumberType:
		return atlas.Number
	case layers.BooleanType:
		return atlas.Boolean
	}
	return atlas.Text
}

// sameSheet tells whether tiles of both definitions are alike for everybody, so that the features need not be read anew.
func sameSheet(a, b layers.Layer) bool {
	x, y := spec(a), spec(b)
	return a.SameRules(b) && x.Name == y.Name && x.MinZoom == y.MinZoom && x.MaxZoom == y.MaxZoom && x.Simplify == y.Simplify && x.Labels == y.Labels &&
		slices.Equal(x.Fields, y.Fields) && slices.Equal(x.Marks, y.Marks) && sameScene(a, b) && reflect.DeepEqual(a.Counts, b.Counts) && a.Source.Type == b.Source.Type && a.Source.Table == b.Source.Table
}

func sameScene(a, b layers.Layer) bool {
	return a.Scene == nil && b.Scene == nil || a.Scene != nil && b.Scene != nil && reflect.DeepEqual(sceneSpec(a), sceneSpec(b))
}

func (s *sheet) Class(class string) string { return classOf(&s.def, class) }

func (s *sheet) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return cutAs(&s.def, s.atlas, dst, id, class)
}

// cutAs cuts what a class sees.
func cutAs(l *layers.Layer, from *atlas.Layer, dst []byte, id tiles.ID, class string) ([]byte, error) {
	if class == hiddenClass {
		return dst, nil
	}
	w, seen, err := window(l, class)
	if err != nil || !seen {
		return dst, err
	}
	return from.Cut(dst, id, w), nil
}

func (s *sheet) Epoch(id tiles.ID) uint64 { return s.epochs.At(id) }

// change takes changes of its layer in and says where the map looks different now.
func (s *sheet) change(cs []layers.Change) []orb.Bound {
	now := time.Now()
	var put []spatial.Feature
	var dirty []orb.Bound
	flush := func() {
		if len(put) > 0 {
			s.census.put(put...)
			dirty = append(dirty, s.atlas.Put(now, put...)...)
			dirty = append(dirty, s.scene.put(now, put...)...)
			put = nil
		}
	}
	for _, c := range cs {
		if c.Feature != nil {
			put = append(put, *c.Feature)
			continue
		}
		flush() // in order: a feature may come and go in one batch
		s.census.remove(now, c.ID, c.Version)
		dirty = append(dirty, s.atlas.Remove(c.ID, c.Version)...)
		dirty = append(dirty, s.scene.remove(now, c.ID, c.Version)...)
	}
	flush()
	dirty = fewer(dirty)
	s.epochs.Touch(dirty...)
	return dirty
}

// mostBoxes is how many boxes of one batch are told apart; more become one.
const mostBoxes = 512

func fewer(boxes []orb.Bound) []orb.Bound {
	if len(boxes) <= mostBoxes {
		return boxes
	}
	all := boxes[0]
	for _, b := range boxes[1:] {
		all = all.Union(b)
	}
	return []orb.Bound{all}
}

// scanner is where a sheet's features are read from: the store or a foreign table.
type scanner interface {
	Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error
}

// fill reads all features of the layer into the sheet and into the search index.
func (s *sheet) fill(ctx context.Context, from scanner, index *layers.Index) error {
	var failed error
	now := time.Now()
	s.atlas.Load(func(yield func(spatial.Feature) bool) {
		failed = from.Scan(ctx, s.def.ID, func(f spatial.Feature) error {
			index.Put(&s.def, f)
			s.scene.put(now, f)
			s.census.put(f)
			if !yield(f) {
				return errStopped
			}
			return nil
		})
	})
	if failed != nil {
		return fmt.Errorf("read layer %s: %w", s.def.ID, failed)
	}
	return nil
}

var errStopped = fmt.Errorf("stopped")
