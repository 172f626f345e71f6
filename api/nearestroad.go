package api

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
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

// onRoads looks among the nearest by metres first. They say how long the last of the k takes at most, and so how
// far off somebody may be who could still come sooner: the answer is that of all units.
func (l *Live) onRoads(g *road.Graph, target road.Place, ask nearestQuery) []ranked {
	n := max(64, 8*ask.k)
	near := l.Picture.Nearest(live.Search{Point: ask.origin, K: n, Filter: ask.filter, Within: ask.within})
	out := rankByRoad(g, target, ask, near)
	if len(near) < n {
		return out
	}
	if meters := ask.farthest(out); meters > near[n-1].Meters {
		out = rankByRoad(g, target, ask, l.around(ask, meters))
	}
	return out
}

// farthest is how many metres off somebody may be who could still be among the k.
func (ask nearestQuery) farthest(found []ranked) float64 {
	meters := math.Inf(1)
	if ask.within > 0 {
		meters = ask.within
	}
	if ask.limit > 0 {
		meters = min(meters, ask.limit.Seconds()*fastest)
	}
	if len(found) == ask.k && !math.IsNaN(found[ask.k-1].seconds) {
		meters = min(meters, found[ask.k-1].seconds*fastest)
	}
	return meters
}

// around are all units that the filter admits up to some metres off, the nearest first.
func (l *Live) around(ask nearestQuery, meters float64) (near []live.Near) {
	l.Picture.Within(boxAround(ask.origin, meters), ask.filter, func(v live.Sight) bool {
		if d := index.Meters(ask.origin, v.Point); d <= meters {
			near = append(near, live.Near{Sight: v, Meters: d})
		}
		return true
	})
	slices.SortFunc(near, func(a, b live.Near) int {
		return cmp.Or(cmp.Compare(a.Meters, b.Meters), cmp.Compare(a.Unit.ID, b.Unit.ID))
	})
	return near
}

// boxAround holds everything up to some metres from a point.
func boxAround(p orb.Point, meters float64) orb.Bound {
	const leastDegree = 110_000 // metres of a degree of latitude, wherever it is shortest
	tall := meters / leastDegree
	south, north := max(p[1]-tall, -90), min(p[1]+tall, 90)
	wide := tall / math.Cos(max(north, -south)*math.Pi/180)
	if !(p[0]-wide > -180 && p[0]+wide < 180) { // around a pole or over the antimeridian, or everywhere
		return orb.Bound{Min: orb.Point{-180, south}, Max: orb.Point{180, north}}
	}
	return orb.Bound{Min: orb.Point{p[0] - wide, south}, Max: orb.Point{p[0] + wide, north}}
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
