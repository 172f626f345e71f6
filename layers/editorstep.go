package layers

import (
	"context"
	"errors"

	"github.com/wardmap/wardmap/spatial"
)

// step takes the edits of layers with a flow through it, each held against what stands there. Such an edit is pinned to
// that, so that nobody takes the same step at once; pinned tells whether an error of the store is of that kind.
func (e *Editor) step(ctx context.Context, defs *Catalogue, edits []Edit) (pinned func(error) bool, _ error) {
	now, pins := e.now(), map[int]bool{}
	stands := map[[2]string]*spatial.Feature{} // what earlier edits leave; nil when they delete it
	for i := range edits {
		edit := &edits[i]
		l, _ := defs.Layer(edit.Layer)
		if l.Flow == nil {
			continue
		}
		key := [2]string{edit.Layer, edit.Feature.ID}
		was, own := stands[key]
		if !own && edit.Op != Create {
			f, err := e.store.Feature(ctx, edit.Layer, edit.Feature.ID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			if err == nil {
				was = &f
			}
			if edit.Op != Delete && edit.If == 0 {
				pins[i] = true
				edit.pin(was)
			}
		}
		if edit.Op == Delete {
			stands[key] = nil
			continue
		}
		f, ps := l.Step(was, edit.Feature, now, e.sound)
		if err := ps.Err(); err != nil {
			return nil, &EditError{Index: i, Layer: edit.Layer, ID: sayable(edit.Feature.ID), Op: edit.Op, Err: err}
		}
		edit.Feature = f
		stands[key] = &f
	}
	return func(err error) bool {
		var one *EditError
		return (errors.Is(err, ErrConflict) || errors.Is(err, ErrExists)) && errors.As(err, &one) && pins[one.Index]
	}, nil
}

// pin lets the edit hold only for what stands there.
func (e *Edit) pin(was *spatial.Feature) {
	switch {
	case was != nil:
		e.If = was.Version
	case e.Op == Put:
		e.Op = Create
	}
}

// MarkLate writes down that a feature has missed its deadline, where it has and nobody did so yet. Who changes the
// feature at the same moment is not disturbed: ask again when that is heard.
func (e *Editor) MarkLate(ctx context.Context, layer, id string) error {
	l, _ := e.defs().Layer(layer)
	f, err := e.store.Feature(ctx, layer, id)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	due, limited := l.Due(f)
	if !limited || l.Flow.Late == "" || l.IsLate(f) || e.now().Before(due) {
		return nil
	}
	late := Patch{Properties: map[string]any{l.Flow.Late: true}}
	changes, err := e.store.Apply(ctx, []Edit{{Op: Replace, Layer: layer, Feature: late.on(f), If: f.Version}})
	if err != nil {
		if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	e.observe(changes)
	return nil
}

// Move takes the step of a feature that follows from a unit at work on it having come into a state, if one does.
func (e *Editor) Move(ctx context.Context, l Layer, id, unitState string) error {
	for try := 1; ; try++ {
		f, err := e.store.Feature(ctx, l.ID, id)
		if err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
		next, moves := l.MovedBy(f, unitState)
		if !moves {
			return nil
		}
		_, err = e.Patch(ctx, l.ID, id, f.Version, Patch{Properties: map[string]any{l.Flow.Property: next}})
		if !errors.Is(err, ErrConflict) || try == tries {
			return err
		}
	}
}
