package api

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

const (
	// unitToRoad and placeToRoad are within how many metres a unit and a place are taken to be on a road.
	unitToRoad  = 200.0
	placeToRoad = 1000.0
	// onFoot is the speed in m/s at which the time of units on no road is estimated, in a straight line.
	onFoot = 5.0
	// fastest is a speed in m/s that nobody beats on the road.
	fastest = 60.0
	// moving is the speed in m/s from which on a course says in which direction somebody drives.
	moving = 3.0
)

// byRoad ranks units by when they arrive. Where roads say nothing, straight lines do.
func (l *Live) byRoad(ask nearestQuery) []ranked {
	g := l.Roads()
	if g == nil {
		return l.across(ask, "there is no road network")
	}
	target, on := snap(g, ask.origin, placeToRoad)
	if !on {
		return l.across(ask, fmt.Sprintf("the place lies more than %.0f m from any road", placeToRoad))
	}
	return l.onRoads(g, target, ask)
}

// onRoads looks among the nearest by metres, and at more and more of them until nobody farther off could arrive
// before the last of the k: the answer is that of all units.
func (l *Live) onRoads(g *road.Graph, target road.Place, ask nearestQuery) []ranked {
	for n := max(64, 8*ask.k); ; n *= 4 {
		near := l.Picture.Nearest(live.Search{Point: ask.origin, K: n, Filter: ask.filter, Within: ask.within})
		out := rankByRoad(g, target, ask, near)
		if len(near) < n {
			return out
		}
		soonest := near[n-1].Meters / fastest // of everybody who is not among them
		if len(out) == ask.k && soonest > out[ask.k-1].seconds || ask.limit > 0 && soonest > ask.limit.Seconds() {
			return out
		}
	}
}

// rankByRoad ranks candidates: those who come by road or, from off the roads, across, by their time; then those
// from whom no road leads, by metres.
func rankByRoad(g *road.Graph, target road.Place, ask nearestQuery, near []live.Near) []ranked {
	places := make([]road.Place, len(near))
	for i := range near {
		places[i] = unitPlace(g, &near[i].Sight)
	}
	var out, stuck []ranked
	for _, a := range g.Nearest(target, places, ask.k, ask.limit) {
		n := near[a.Unit]
		switch a.How {
		case road.ByRoad:
			out = append(out, ranked{Near: n, byRoad: true, seconds: a.Duration.Seconds(), road: a.Meters})
		case road.OffRoad:
			if r := across(n, fmt.Sprintf("it is more than %.0f m from any road", unitToRoad)); within(ask, r) {
				out = append(out, r)
			}
		case road.NoWay:
			if ask.limit == 0 {
				stuck = append(stuck, ranked{Near: n, seconds: unknown, road: unknown, note: "no road leads from there as roads are open now"})
			}
		}
	}
	slices.SortFunc(out, sooner)
	slices.SortFunc(stuck, sooner)
	out = append(out, stuck...)
	return out[:min(ask.k, len(out))]
}

// across ranks by straight lines, when there is no other way to know.
func (l *Live) across(ask nearestQuery, why string) (out []ranked) {
	for _, n := range l.Picture.Nearest(live.Search{Point: ask.origin, K: ask.k, Filter: ask.filter, Within: ask.within}) {
		if r := across(n, why); within(ask, r) {
			out = append(out, r)
		}
	}
	return out
}

// across estimates the time of somebody who does not come by road.
func across(n live.Near, why string) ranked {
	return ranked{Near: n, seconds: n.Meters / onFoot, road: unknown, note: fmt.Sprintf("%s: the time is estimated at %.0f m/s", why, onFoot)}
}

func within(ask nearestQuery, r ranked) bool {
	return ask.limit == 0 || r.seconds <= ask.limit.Seconds()
}

func sooner(a, b ranked) int {
	if !math.IsNaN(a.seconds) && !math.IsNaN(b.seconds) && a.seconds != b.seconds {
		return cmp.Compare(a.seconds, b.seconds)
	}
	return cmp.Or(cmp.Compare(a.Meters, b.Meters), cmp.Compare(a.Unit.ID, b.Unit.ID))
}

// unitPlace is where a unit is on the roads. Who drives goes on in its direction.
func unitPlace(g *road.Graph, v *live.Sight) road.Place {
	p, on := snap(g, v.Point, unitToRoad)
	if on && v.Speed >= moving {
		p = g.Heading(p, float64(v.Course))
	}
	return p
}

// snap prefers roads from which one gets everywhere.
func snap(g *road.Graph, p orb.Point, meters float64) (road.Place, bool) {
	if at, ok := g.SnapMain(p, meters); ok {
		return at, true
	}
	return g.Snap(p, meters)
}
