package layers

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// Step holds an edit against the flow of its layer and writes down what it changes: is is the feature as it shall be,
// was the one that stands there, nil for none. imported says that it brings its own times.
func (l Layer) Step(was *spatial.Feature, is spatial.Feature, now time.Time, imported bool) (spatial.Feature, Problems) {
	w := l.Flow
	if w == nil {
		return is, nil
	}
	given := is.Properties
	is.Properties = maps.Clone(given)
	if is.Properties == nil {
		is.Properties = map[string]any{}
	}
	state := textOf(&is, w.Property)
	before := ""
	if was != nil {
		before = textOf(was, w.Property)
	}
	w.keep(was, is.Properties, given, imported)
	if was != nil && before == state {
		return is, nil
	}
	var ps Problems
	w.allow(&ps, l, was != nil, before, state)
	for _, name := range w.Needs[state] {
		if v, there := is.Properties[name]; !there || v == "" {
			ps.add("properties."+name, "%s cannot be %s without %s", l.ID, l.stateName(state), l.propertyTitle(name))
		}
	}
	w.write(was, is.Properties, given, before, state, stamp(now), imported)
	return is, ps
}

// keep takes the properties that are the editor's from what stands there.
func (w *Flow) keep(was *spatial.Feature, is, given map[string]any, imported bool) {
	for _, name := range w.kept() {
		if _, own := given[name]; own && imported {
			continue
		}
		delete(is, name)
		if was != nil && was.Properties[name] != nil {
			is[name] = was.Properties[name]
		}
	}
}

func (w *Flow) allow(ps *Problems, l Layer, exists bool, before, state string) {
	place := "properties." + w.Property
	switch {
	case state == "":
		ps.add(place, "say in which state it is")
	case !exists && len(w.Begin) > 0 && !slices.Contains(w.Begin, state):
		ps.add(place, "a new one is %s, not %s", l.stateNames(w.Begin), l.stateName(state))
	case exists && before != "" && !slices.Contains(w.Steps[before], state):
		if len(w.Steps[before]) == 0 {
			ps.add(place, "%s is the last state: nothing comes after it", l.stateName(before))
			return
		}
		ps.add(place, "after %s comes %s, not %s", l.stateName(before), l.stateNames(w.Steps[before]), l.stateName(state))
	}
}

// write notes when a step was taken. An importer's own times stay.
func (w *Flow) write(was *spatial.Feature, is, given map[string]any, before, state string, now time.Time, imported bool) {
	set := func(name string, v any) {
		if _, own := given[name]; name != "" && !(own && imported) {
			is[name] = v
		}
	}
	moment := now.Truncate(time.Second).Format(time.RFC3339)
	set(w.Since, moment)
	set(w.Times[state], moment)
	if _, there := is[w.Late]; there && w.Late != "" {
		set(w.Late, false)
	}
	if w.Pause != nil && was != nil && before == w.Pause.State {
		if since, known := timeOf(*was, w.Since); known {
			set(w.Pause.Spent, wholeOf(*was, w.Pause.Spent)+max(0, int64(now.Sub(since)/time.Second)))
		}
	}
}

func (l Layer) stateName(state string) string {
	if title := l.ValueTitle(l.Flow.Property, state).Zh; title != state {
		return title + " (" + state + ")"
	}
	return state
}

func (l Layer) stateNames(all []string) string {
	names := make([]string, len(all))
	for i, state := range all {
		names[i] = l.stateName(state)
	}
	return strings.Join(names, ", ")
}

func (l Layer) propertyTitle(name string) string {
	if p, ok := l.Property(name); ok {
		return p.Title.Zh + " (" + name + ")"
	}
	return name
}
