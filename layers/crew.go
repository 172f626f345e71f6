package layers

import (
	"maps"
	"slices"

	"github.com/wardmap/wardmap/spatial"
)

// AtWork are the units that work on a feature: none where it is in its last state, or has no crew.
func (l Layer) AtWork(f spatial.Feature) []string {
	if l.Flow == nil || l.Flow.Crew == nil || len(l.Flow.Steps[textOf(&f, l.Flow.Property)]) == 0 {
		return nil
	}
	all := List(textOf(&f, l.Flow.Crew.Property))
	slices.Sort(all)
	return slices.Compact(all)
}

// MovedBy is the step that a feature takes when a unit at work comes into a state; ok is false when it takes none.
func (l Layer) MovedBy(f spatial.Feature, unitState string) (state string, ok bool) {
	if len(l.AtWork(f)) == 0 {
		return "", false
	}
	state, ok = l.Flow.Crew.Moves[unitState]
	return state, ok && slices.Contains(l.Flow.Steps[textOf(&f, l.Flow.Property)], state)
}

// WasMoved tells whether a feature is in a state into which units at work bring it.
func (l Layer) WasMoved(f spatial.Feature) bool {
	if l.Flow == nil || l.Flow.Crew == nil {
		return false
	}
	return slices.Contains(slices.Collect(maps.Values(l.Flow.Crew.Moves)), textOf(&f, l.Flow.Property))
}

// Engages tells whether units in this state are so because they were called: only they are freed again.
func (c *Crew) Engages(unitState string) bool {
	_, moves := c.Moves[unitState]
	return moves || unitState == c.Called
}

// checkCrew takes the states of units from the live picture, which is a sibling, as texts.
func checkCrew(ps *Problems, l Layer, state func(string, ...any), at func(...any) string) {
	c := l.Flow.Crew
	if c == nil {
		return
	}
	if p, ok := l.Property(c.Property); !ok || p.Type != TextType {
		ps.add(at("crew", "property"), "%q is no text property", c.Property)
	}
	for place, s := range map[string]string{"called": c.Called, "freed": c.Freed} {
		if !slices.Contains(spatial.UnitStates, s) {
			ps.add(at("crew", place), "%q is no state of units", s)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(c.Moves)) {
		if !slices.Contains(spatial.UnitStates, s) {
			ps.add(at("crew", "moves", s), "%q is no state of units", s)
		}
		state(c.Moves[s], "crew", "moves", s)
	}
}
