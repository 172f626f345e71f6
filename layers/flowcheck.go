package layers

import (
	"maps"
	"slices"
)

// checkFlow says what is wrong with a layer's flow.
func checkFlow(ps *Problems, l Layer, at func(...any) string) {
	w := l.Flow
	if w == nil {
		return
	}
	inside := func(path ...any) string { return at(append([]any{"flow"}, path...)...) }
	if !l.IsManaged() {
		ps.add(inside(), "features that live elsewhere take their steps there")
	}
	p, ok := l.Property(w.Property)
	if !ok || len(p.Values) == 0 {
		ps.add(inside("property"), "%q is no property with values, which are the states", w.Property)
		return
	}
	state := func(name string, path ...any) {
		if !slices.ContainsFunc(p.Values, func(v Value) bool { return v.Value == name }) {
			ps.add(inside(path...), "%q is none of the values of %s", name, w.Property)
		}
	}
	property := func(name string, t Type, path ...any) {
		if q, ok := l.Property(name); name != "" && (!ok || q.Type != t || q.Required) {
			ps.add(inside(path...), "%q is none of the properties of type %s that may be missing", name, t)
		}
	}
	for _, s := range w.Begin {
		state(s, "begin")
	}
	for from, all := range inOrder(w.Steps) {
		state(from, "steps", from)
		for _, to := range all {
			state(to, "steps", from)
		}
	}
	for s, all := range inOrder(w.Needs) {
		state(s, "needs", s)
		for _, name := range all {
			if _, ok := l.Property(name); !ok {
				ps.add(inside("needs", s), "%q is none of the properties", name)
			}
		}
	}
	for s, name := range inOrder(w.Times) {
		state(s, "times", s)
		property(name, TimeType, "times", s)
	}
	property(w.Since, TimeType, "since")
	property(w.Late, BooleanType, "late")
	if w.Pause != nil {
		state(w.Pause.State, "pause", "state")
		property(w.Pause.Spent, IntegerType, "pause", "spent")
	}
	checkReached(ps, w, p, inside)
	checkDeadlines(ps, l, state, inside)
	checkCrew(ps, l, state, inside)
}

// inOrder goes through a map by its keys, so that problems come in one order.
func inOrder[V any](m map[string]V) func(func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// checkReached names states that no feature can come into.
func checkReached(ps *Problems, w *Flow, p Property, at func(...any) string) {
	if len(w.Begin) == 0 {
		return
	}
	reached := map[string]bool{}
	open := slices.Clone(w.Begin)
	for len(open) > 0 {
		s := open[0]
		open = open[1:]
		if !reached[s] {
			reached[s] = true
			open = append(open, w.Steps[s]...)
		}
	}
	for _, v := range p.Values {
		if !reached[v.Value] {
			ps.add(at("steps"), "no step leads to %q", v.Value)
		}
	}
}

func checkDeadlines(ps *Problems, l Layer, state func(string, ...any), at func(...any) string) {
	w := l.Flow
	if len(w.Deadlines) > 0 && w.Late == "" {
		ps.add(at("deadlines"), "say by late which property tells that a deadline has passed")
	}
	for i, d := range w.Deadlines {
		for _, s := range d.States {
			state(s, "deadlines", i, "states")
		}
		if len(d.States) == 0 {
			ps.add(at("deadlines", i), "say by states which states it limits")
		}
		if q, ok := l.Property(d.From); d.From != "" && (!ok || q.Type != TimeType) {
			ps.add(at("deadlines", i, "from"), "%q is no time property", d.From)
		}
		if d.From == "" && w.Since == "" {
			ps.add(at("deadlines", i), "say what it counts from, or by since when a feature came into its state")
		}
		q, ok := l.Property(d.By)
		if d.By != "" && (!ok || q.Type != TextType) {
			ps.add(at("deadlines", i, "by"), "%q is no text property", d.By)
		}
		for v := range inOrder(d.Within) {
			if !slices.ContainsFunc(q.Values, func(o Value) bool { return o.Value == v }) && len(q.Values) > 0 || d.By == "" {
				ps.add(at("deadlines", i, "within"), "%q is none of the values of %q", v, d.By)
			}
		}
		if len(d.Within) == 0 && d.Else == 0 {
			ps.add(at("deadlines", i), "say by within or else how long")
		}
	}
}
