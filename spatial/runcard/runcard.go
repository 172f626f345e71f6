// Package runcard says what is sent to an incident: a Card names the units that incidents of some types and priorities
// need in an area at some times, Choose finds the card that fits best, and Fill gives its needs to units so that as many
// as possible are met, in the least time. It knows neither positions nor roads: how long a unit takes is told to it.
package runcard

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Card is not changed after it was made.
type Card struct {
	ID, Name   string
	Types      []string        // of incidents; empty is all
	Priorities []string        // empty is all
	Area       orb.Geometry    // polygon where it holds; nil is everywhere
	Schedule   *fence.Schedule // when it holds; nil is always
	Needs      []Need
}

// Fits tells whether a card is for an incident of a type and priority, at a place and time.
func (c Card) Fits(kind, priority string, at orb.Point, now time.Time) bool {
	holds := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return holds(c.Types, kind) && holds(c.Priorities, priority) &&
		(c.Area == nil || spatial.Intersects(at.Bound(), c.Area)) && (c.Schedule == nil || c.Schedule.Holds(now))
}

// Choose finds the card that fits and says most: of the type before those of all types, then of the priority, then at
// certain times, then of the smallest area, then the first by id. ok is false where none fits.
func Choose(cards []Card, kind, priority string, at orb.Point, now time.Time) (best Card, ok bool) {
	for _, c := range cards {
		if c.Fits(kind, priority, at, now) && (!ok || before(c, best)) {
			best, ok = c, true
		}
	}
	return best, ok
}

// before tells whether a card says more than another one that fits, too.
func before(a, b Card) bool {
	said := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(said(len(a.Types) > 0), said(len(b.Types) > 0)),
		cmp.Compare(said(len(a.Priorities) > 0), said(len(b.Priorities) > 0)),
		cmp.Compare(said(a.Schedule != nil), said(b.Schedule != nil)),
		cmp.Compare(size(a.Area), size(b.Area)),
		cmp.Compare(a.ID, b.ID),
	) < 0
}

// size orders areas: in degrees, which is enough to tell a district from its city.
func size(area orb.Geometry) float64 {
	if area == nil {
		return math.Inf(1)
	}
	return planar.Area(area)
}
