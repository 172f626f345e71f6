package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// A registry keeps the units and fences of the live picture as the layers say: who may report, and which rules
// hold. A change of a feature is in the picture before its editor gets the answer.
type registry struct {
	tracker *live.Tracker
	warn    func(message string, args ...any)

	mu       sync.Mutex       // guards all below, and keeps changes in their order
	versions map[string]int64 // "layer/feature" -> version that the picture has; deleted ones too
}

func newRegistry(t *live.Tracker, warn func(string, ...any)) *registry {
	return &registry{tracker: t, warn: warn, versions: map[string]int64{}}
}

// rulesOf are the layers whose features are units or fences.
func rulesOf(defs *layers.Catalogue) []layers.Layer {
	return slices.DeleteFunc(slices.Clone(defs.Managed()), func(l layers.Layer) bool { return l.Registry == nil && l.Fence == nil })
}

// chunk is how many units or fences go into one entry of the journal.
const chunk = 500

// load brings the picture to what the layers say: puts what is new or different, removes what is gone.
func (r *registry) load(ctx context.Context, defs *layers.Catalogue, store layers.Reader) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := live.Entry{}
	for _, l := range rulesOf(defs) {
		if err := store.Scan(ctx, l.ID, func(f spatial.Feature) error {
			r.versions[l.ID+"/"+f.ID] = f.Version
			r.add(&want, l, f)
			return nil
		}); err != nil {
			return fmt.Errorf("read layer %s: %w", l.ID, err)
		}
	}
	for _, e := range pieces(r.difference(want)) {
		if err := r.tracker.Apply(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// add puts what a feature says into an entry. The state of a registration is where a unit begins: what a unit that
// is there already is doing is for those who say so. What is wrong with it is logged: the picture goes on without.
func (r *registry) add(e *live.Entry, l layers.Layer, f spatial.Feature) {
	if reg, ok, err := l.RegistrationOf(f); err != nil {
		r.warn("a registration is not used", "layer", l.ID, "feature", f.ID, "error", err)
	} else if ok {
		u := unitOf(reg)
		if _, there := r.tracker.Picture().Unit(u.ID); there {
			u.State = live.StateUnknown // keeps the one it has
		}
		e.Units = append(e.Units, u)
	}
	if rule, err := l.FenceOf(f); err != nil {
		r.warn("a fence is not used", "layer", l.ID, "feature", f.ID, "error", err)
	} else if rule != nil {
		e.Fences = append(e.Fences, rule)
	}
}

func unitOf(r layers.Registration) live.Unit {
	state, err := live.ParseState(r.State)
	if err != nil {
		state = live.StateUnknown // never available
	}
	slices.Sort(r.Skills)
	slices.Sort(r.Equipment)
	return live.Unit{
		ID: r.ID, Name: r.Name, Class: r.Class, Kind: r.Kind, Org: r.Org, Skills: r.Skills, Equipment: r.Equipment,
		Devices: r.Serials, Home: r.Home, State: state,
	}
}

// difference is what must change in the picture so that it holds what is wanted and nothing else.
func (r *registry) difference(want live.Entry) live.Entry {
	var out live.Entry
	units := map[string]live.Unit{}
	r.tracker.Picture().Units(func(s live.Sight) bool {
		units[s.Unit.ID] = s.Unit
		return true
	})
	for _, u := range want.Units {
		if old, there := units[u.ID]; !there || !sameUnit(old, u) {
			out.Units = append(out.Units, u)
		}
		delete(units, u.ID)
	}
	out.UnitsGone = slices.Sorted(maps.Keys(units))
	fences := map[string]*fence.Fence{}
	r.tracker.Picture().Fences(func(f *fence.Fence) bool {
		fences[f.ID] = f
		return true
	})
	for _, f := range want.Fences {
		if old, there := fences[f.ID]; !there || !fence.Same(old, f) {
			out.Fences = append(out.Fences, f)
		}
		delete(fences, f.ID)
	}
	out.FencesGone = slices.Sorted(maps.Keys(fences))
	return out
}

// sameUnit tells whether two registrations are alike; what a unit is doing now is no part of it.
func sameUnit(a, b live.Unit) bool {
	a.State, b.State = 0, 0
	for _, u := range []*live.Unit{&a, &b} {
		for _, list := range []*[]string{&u.Skills, &u.Equipment, &u.Devices} {
			if len(*list) == 0 {
				*list = nil
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

// pieces cuts an entry into entries of moderate size.
func pieces(e live.Entry) (out []live.Entry) {
	if len(e.UnitsGone)+len(e.FencesGone) > 0 {
		out = append(out, live.Entry{UnitsGone: e.UnitsGone, FencesGone: e.FencesGone})
	}
	for units := range slices.Chunk(e.Units, chunk) {
		out = append(out, live.Entry{Units: units})
	}
	for fences := range slices.Chunk(e.Fences, chunk) {
		out = append(out, live.Entry{Fences: fences})
	}
	return out
}

// observe takes changes of features, own and foreign ones, and returns when they are in the picture or the tracker
// has ended. It hears of own changes twice; the version makes that harmless.
func (r *registry) observe(defs *layers.Catalogue, cs []layers.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var e live.Entry
	for _, c := range cs {
		l, known := defs.Layer(c.Layer)
		if !known || l.Registry == nil && l.Fence == nil || c.Version <= r.versions[c.Layer+"/"+c.ID] {
			continue
		}
		r.versions[c.Layer+"/"+c.ID] = c.Version
		if c.Feature != nil {
			r.add(&e, l, *c.Feature)
			continue
		}
		if l.Registry != nil {
			e.UnitsGone = append(e.UnitsGone, l.Registry.Prefix+c.ID)
		}
		if l.Fence != nil {
			e.FencesGone = append(e.FencesGone, c.Layer+"/"+c.ID)
		}
	}
	for _, one := range pieces(e) {
		if err := r.tracker.Apply(context.Background(), one); err != nil && !errors.Is(err, live.ErrEnded) {
			r.warn("a change of units or fences is not in the live picture", "error", err)
		}
	}
}
