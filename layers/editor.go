package layers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

// An Observer hears of changes that are durable already. It is called by several goroutines at once, may hear
// of one change twice and of an older one after a newer (compare Feature.Version), and must not block.
type Observer func([]Change)

// An Editor is the one door through which this process changes features: it holds edits against the
// definitions, has the store apply them, and tells the observer before it acknowledges. So whoever got an
// acknowledgement finds every tile fresh. Safe for concurrent use.
type Editor struct {
	store   editStore
	defs    func() *Catalogue
	observe Observer
	now     func() time.Time
	sound   bool // geometries come from shape.Repair, and times of steps with them
}

type editStore interface {
	Writer
	Feature(ctx context.Context, layer, id string) (spatial.Feature, error)
}

// NewEditor makes an editor. defs gives the definitions of the moment; observe may be nil.
func NewEditor(store editStore, defs func() *Catalogue, observe Observer) *Editor {
	if observe == nil {
		observe = func([]Change) {}
	}
	return &Editor{store: store, defs: defs, observe: observe, now: time.Now}
}

// Timed is the same door with another clock.
func (e *Editor) Timed(now func() time.Time) *Editor {
	timed := *e
	timed.now = now
	return &timed
}

// Repaired is the same door for features of an importer, whose geometries have come from shape.Repair a moment ago: they
// are held against the definitions, but their rings are not checked a second time. What they say of when they took the
// steps of a flow is believed.
func (e *Editor) Repaired() *Editor {
	trusting := *e
	trusting.sound = true
	return &trusting
}

// Apply makes all edits or none. A Create without id gets one. Errors are an *EditError around Problems,
// ErrNotFound, ErrExists or ErrConflict, or what the store failed with.
func (e *Editor) Apply(ctx context.Context, edits []Edit) ([]Change, error) {
	for try := 1; ; try++ {
		changes, raced, err := e.apply(ctx, edits)
		if !raced || try == tries {
			return changes, err
		}
	}
}

// apply tries it once. raced says that it failed only because others changed what a step was held against.
func (e *Editor) apply(ctx context.Context, edits []Edit) (_ []Change, raced bool, _ error) {
	defs := e.defs()
	checked := make([]Edit, len(edits))
	for i, edit := range edits {
		good, err := e.check(defs, edit)
		if err != nil {
			return nil, false, &EditError{Index: i, Layer: edit.Layer, ID: sayable(edit.Feature.ID), Op: edit.Op, Err: err}
		}
		checked[i] = good
	}
	pinned, err := e.step(ctx, defs, checked)
	if err != nil {
		return nil, false, err
	}
	changes, err := e.store.Apply(ctx, checked)
	if err != nil {
		return nil, pinned(err), err
	}
	if len(changes) > 0 {
		e.observe(changes)
	}
	return changes, false, nil
}

// NewID is an id that no feature has.
func NewID() string { return strings.ToLower(rand.Text()) }

// sayable is an id for messages: nothing when it is a number of a person.
func sayable(id string) string {
	if limits.Value(id) != nil {
		return ""
	}
	return id
}

func (e *Editor) check(defs *Catalogue, edit Edit) (Edit, error) {
	l, known := defs.Layer(edit.Layer)
	switch {
	case !known:
		return edit, fmt.Errorf("layer %q: %w", edit.Layer, ErrNotFound)
	case !l.IsManaged():
		return edit, Problems{{"layer", fmt.Sprintf("layer %s is read only: its features live in a %s, change them there", l.ID, l.Source.Type)}}
	case edit.Op < Create || edit.Op > Delete:
		return edit, Problems{{"op", fmt.Sprintf("%v is none of create, replace, put, delete", edit.Op)}}
	}
	if edit.Op == Delete {
		var ps Problems
		checkID(&ps, edit.Feature.ID)
		return edit, ps.Err()
	}
	if edit.Op == Create && edit.Feature.ID == "" {
		edit.Feature.ID = NewID()
	}
	f, ps := CheckFeature(l, edit.Feature)
	if len(ps) == 0 && !e.sound {
		if err := shape.Valid(f.Geometry); err != nil {
			ps.add("geometry", "%v", err)
		}
	}
	edit.Feature = f
	return edit, ps.Err()
}

// A Patch names the parts of a feature that shall change (RFC 7396).
type Patch struct {
	Geometry   orb.Geometry   // nil leaves it
	Properties map[string]any // a nil value removes the property
	Owner      *string
	Source     *string
	Accuracy   *float64
	Effective  *spatial.Validity
}

// tries bounds how often something without version is tried anew when others change the feature meanwhile.
const tries = 20

// Patch changes parts of one feature. With ifVersion 0 it applies to whatever stands there.
func (e *Editor) Patch(ctx context.Context, layer, id string, ifVersion int64, p Patch) ([]Change, error) {
	for try := 1; ; try++ {
		old, err := e.store.Feature(ctx, layer, id)
		if err != nil {
			return nil, err
		}
		if ifVersion != 0 && old.Version != ifVersion {
			return nil, &EditError{Layer: layer, ID: id, Op: Replace, Have: old.Version, Err: ErrConflict}
		}
		changes, err := e.Apply(ctx, []Edit{{Op: Replace, Layer: layer, Feature: p.on(old), If: old.Version}})
		if ifVersion != 0 || !errors.Is(err, ErrConflict) || try == tries {
			return changes, err
		}
	}
}

// on gives the feature with the patch applied; the feature itself stays as it is.
func (p Patch) on(f spatial.Feature) spatial.Feature {
	if p.Geometry != nil {
		f.Geometry = p.Geometry
	}
	f.Properties = maps.Clone(f.Properties)
	if f.Properties == nil {
		f.Properties = map[string]any{}
	}
	for name, v := range p.Properties {
		if v == nil {
			delete(f.Properties, name)
		} else {
			f.Properties[name] = v
		}
	}
	if p.Owner != nil {
		f.Owner = *p.Owner
	}
	if p.Source != nil {
		f.Source = *p.Source
	}
	if p.Accuracy != nil {
		f.Accuracy = *p.Accuracy
	}
	if p.Effective != nil {
		f.Effective = *p.Effective
	}
	return f
}
