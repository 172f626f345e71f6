package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/scenes3d"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// A scene is a layer in 3D: all its bodies, and the parts of them that those see who do not see all.
type scene struct {
	set *scenes3d.Set

	mu    sync.Mutex               // guards parts and state
	parts map[string]*scenes3d.Set // by visibility class, as of state
	state uint64                   // grows with every change
}

// A ground is how high the ground lies at a lon, lat, see scenes3d.Spec; nil is the ellipsoid.
type ground = func(lon, lat float64) (float64, bool)

// surroundings are what a scene stands in.
type surroundings struct {
	ground ground
	bodies func(layer string) *scenes3d.Set // of another layer, whose bodies hide something; nil where there are none
}

func (w *world) around() surroundings { return surroundings{w.ground, w.bodies} }

// newScene makes the scene of a layer; nil where the definition has none.
func newScene(l layers.Layer, in surroundings) *scene {
	if l.Scene == nil {
		return nil
	}
	spec := sceneSpec(l)
	spec.Ground = in.ground
	if v := l.Scene.View; v != nil && v.HiddenBy != "" {
		spec.Stand.Clear = func(eye scenes3d.Place, c scenes3d.Cone, n int) ([]float64, error) {
			if set := in.bodies(v.HiddenBy); set != nil {
				return set.Clear(eye, c, n)
			}
			return slices.Repeat([]float64{c.Distance}, n+1), nil
		}
	}
	return &scene{set: scenes3d.New(spec, time.Now()), parts: map[string]*scenes3d.Set{}}
}

func sceneSpec(l layers.Layer) scenes3d.Spec {
	r := l.Scene
	s := scenes3d.Spec{Marks: markNames(l), Rise: scenes3d.Rise{
		Top: r.Height, Base: r.MinHeight, Levels: r.Levels, Solid: r.Solid, Radius: r.Radius, Moves: r.Moves, Roof: r.Roof, RoofHeight: r.RoofHeight,
		Class: r.Class, Defaults: r.Defaults, Default: r.Default, Level: r.Level,
	}}
	s.Stand = scenes3d.Stand{Model: r.Model, Facing: r.Facing, Mount: r.Mount, Height: r.Default}
	if s.Stand.Height == 0 {
		s.Stand.Height = layers.MountHeight
	}
	if v := r.View; v != nil {
		s.Stand.Angle, s.Stand.Distance = v.Angle, v.Distance
	}
	if s.Rise.Default == 0 && r.Solid == "" { // where bodies have faces, those without stand for nothing
		s.Rise.Default = layers.DefaultHeight
	}
	if s.Rise.Level == 0 {
		s.Rise.Level = layers.LevelHeight
	}
	s.Alpha = r.Alpha()
	for i, v := range r.RGB() {
		s.Color[i] = linear(v)
	}
	for _, p := range l.Properties {
		if !p.Tile {
			continue
		}
		f := scenes3d.Field{Name: p.Name, Kind: sceneKind[p.Type]}
		for _, v := range p.Values {
			f.Values = append(f.Values, v.Value)
		}
		s.Fields = append(s.Fields, f)
	}
	return s
}

var sceneKind = map[layers.Type]scenes3d.FieldKind{
	layers.IntegerType: scenes3d.Integer, layers.NumberType: scenes3d.Number, layers.BooleanType: scenes3d.Boolean,
}

// linear is a component of a colour without the curve of sRGB (IEC 61966-2-1).
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// put and the methods below keep the scene as the sheet is. A layer without a scene has none of it to do.
func (s *scene) put(now time.Time, fs ...spatial.Feature) []orb.Bound {
	if s == nil {
		return nil
	}
	defer s.changed()
	return s.set.Put(now, fs...)
}

func (s *scene) remove(now time.Time, id string, version int64) []orb.Bound {
	if s == nil {
		return nil
	}
	defer s.changed()
	return s.set.Remove(now, id, version)
}

func (s *scene) advance(now time.Time) []orb.Bound {
	if s == nil {
		return nil
	}
	dirty := s.set.Advance(now)
	if len(dirty) > 0 {
		s.changed()
	}
	return dirty
}

// review looks anew at what is seen, where bodies of another layer are others.
func (s *scene) review(changed ...orb.Bound) []orb.Bound {
	dirty := s.set.Review(changed...)
	if len(dirty) > 0 {
		s.changed()
	}
	return dirty
}

func (s *scene) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.parts)
	s.state++
}

// seen is what a visibility class sees of the scene; nil when it is nothing.
func (s *scene) seen(l *layers.Layer, class string) (*scenes3d.Set, []bool, error) {
	if class == hiddenClass {
		return nil, nil, nil
	}
	w, any, err := window(l, class)
	switch {
	case err != nil || !any:
		return nil, nil, err
	case w == nil:
		return s.set, nil, nil
	case l.Labelled == "" && l.Jurisdiction == "":
		return s.set, w.Fields, nil
	}
	s.mu.Lock()
	part, state := s.parts[class], s.state
	s.mu.Unlock()
	if part == nil {
		part = s.set.Seen(w.Shows)
		s.mu.Lock()
		if s.state == state { // else something changed meanwhile, and the part may be without it
			s.parts[class] = part
		}
		s.mu.Unlock()
	}
	return part, w.Fields, nil
}

// A sceneCutter makes one kind of a scene's documents. It is a tiles.Cutter; the tileset itself is the tile 0/0/0.
type sceneCutter struct {
	sheet func() *sheet
	make  sceneMaker
}

type sceneMaker func(dst []byte, set *scenes3d.Set, id tiles.ID, fields []bool) ([]byte, error)

func (c sceneCutter) Class(class string) string {
	s := c.sheet()
	if s == nil {
		return hiddenClass
	}
	return classOf(&s.def, class)
}

func (c sceneCutter) Epoch(id tiles.ID) uint64 {
	s := c.sheet()
	if s == nil {
		return 0
	}
	return s.epochs.At(id)
}

// A cellCutter makes documents of the implicit tileset, whose cells are no tiles: a cell is as new as the newest of the tiles
// that cover it. All bodies at or below a cell lie in it.
type cellCutter struct{ sceneCutter }

func (c cellCutter) Epoch(id tiles.ID) (newest uint64) {
	for square := range scenes3d.Squares(id) {
		newest = max(newest, c.sceneCutter.Epoch(square))
	}
	return newest
}

func (c sceneCutter) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := c.sheet()
	if s == nil || s.scene == nil { // the layer is gone, or no longer in 3D
		return dst, nil
	}
	set, fields, err := s.scene.seen(&s.def, class)
	if err != nil || set == nil {
		return dst, err
	}
	out, err := c.make(dst, set, id, fields)
	if errors.Is(err, scenes3d.ErrNone) {
		return dst, nil
	}
	return out, err
}

// sheetOf is the sheet of a layer, wherever it lives; nil when it has none.
func (w *world) sheetOf(layer string) *sheet {
	w.mu.RLock()
	s, outside := w.sheets[layer], w.extern[layer].sheet
	w.mu.RUnlock()
	if s == nil && outside != nil {
		return outside()
	}
	return s
}

// remember makes a source once, so that those who want the same tile wait for one of them to make it.
func (w *world) remember(name string, make func() tiles.Source) tiles.Source {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sources[name] == nil {
		w.sources[name] = make()
	}
	return w.sources[name]
}

// whole is one kind of a scene's documents as a source.
func (w *world) whole(layer, kind, mediaType string, cutter tiles.Cutter) tiles.Source {
	part := tiles.Part{Name: "scene:" + layer + ":" + kind, Cutter: cutter}
	return w.remember(part.Name, func() tiles.Source { return tiles.Whole(w.cache, part, mediaType) })
}

// implicit answers for a layer in 3D as an implicit tileset.
func (w *world) implicit(layer string, current func() *sheet) api.ImplicitScene {
	whole := func(kind, mediaType string, make sceneMaker) tiles.Source {
		return w.whole(layer, "implicit:"+kind, mediaType, cellCutter{sceneCutter{current, make}})
	}
	return api.ImplicitScene{
		Tileset: whole("tileset", scenes3d.TilesetType, func(dst []byte, set *scenes3d.Set, _ tiles.ID, _ []bool) ([]byte, error) {
			return set.ImplicitTileset(dst)
		}),
		Subtree: whole("subtree", scenes3d.SubtreeType, func(dst []byte, set *scenes3d.Set, id tiles.ID, _ []bool) ([]byte, error) {
			return set.Subtree(dst, id)
		}),
		Content: whole("glb", scenes3d.MediaType, func(dst []byte, set *scenes3d.Set, id tiles.ID, fields []bool) ([]byte, error) {
			return set.ImplicitContent(dst, id, scenes3d.Look{Fields: fields})
		}),
	}
}

// scene answers for a layer in 3D.
func (w *world) scene(layer string, plain bool) (api.Scene, error) {
	current := func() *sheet { return w.sheetOf(layer) } // asked each time: definitions change
	if s := current(); s == nil || s.scene == nil {
		return api.Scene{}, fmt.Errorf("scene %q: %w", layer, layers.ErrNotFound)
	}
	whole := func(kind, mediaType string, make sceneMaker) tiles.Source {
		return w.whole(layer, kind, mediaType, sceneCutter{current, make})
	}
	kind := "glb"
	if plain {
		kind = "plain"
	}
	return api.Scene{
		Tileset: whole("tileset", scenes3d.TilesetType, func(dst []byte, set *scenes3d.Set, _ tiles.ID, _ []bool) ([]byte, error) {
			return set.Tileset(dst)
		}),
		Page: whole("page", scenes3d.TilesetType, func(dst []byte, set *scenes3d.Set, id tiles.ID, _ []bool) ([]byte, error) {
			return set.Page(dst, id)
		}),
		Content: whole(kind, scenes3d.MediaType, func(dst []byte, set *scenes3d.Set, id tiles.ID, fields []bool) ([]byte, error) {
			return set.Content(dst, id, scenes3d.Look{Fields: fields, Plain: plain})
		}),
		Implicit: w.implicit(layer, current),
		Bodies: func(class string) (*scenes3d.Set, error) {
			now := current()
			if now == nil || now.scene == nil {
				return nil, nil
			}
			set, _, err := now.scene.seen(&now.def, classOf(&now.def, class))
			return set, err
		},
		Account: func(class string) (scenes3d.Account, error) {
			now := current()
			if now == nil || now.scene == nil {
				return scenes3d.Account{}, nil
			}
			set, _, err := now.scene.seen(&now.def, classOf(&now.def, class))
			if err != nil || set == nil {
				return scenes3d.Account{}, err
			}
			return set.Account(), nil
		},
	}, nil
}
