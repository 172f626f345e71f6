package demo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/transit"
)

// A busRoute follows the streets from one terminal to another.
type busRoute struct {
	ref, kind   string
	line        []pt
	first, last string
	headway     int64
	calls       []int // stops, in the order of the way
}

// A busStop stands at the right of the street; routes in both directions share it.
type busStop struct {
	at     pt
	name   word
	kind   string
	routes []string
}

// layTransit makes 40 routes between terminals and puts stops along them.
func (c *city) layTransit() {
	d := newDice(c.seed, "transit")
	g := c.newGraph(c.roads)
	used := make([]float64, len(c.roads))
	stops := newGrid[int](300)
	known := map[string]int{}
	for i := range 40 {
		from, to, kind := c.terminals(d, i)
		a, b := g.nearest(from), g.nearest(to)
		mid := g.nearest(from.lerp(to, d.between(0.35, 0.65)).add(pt{d.spread(900), d.spread(700)}))
		ways := append(g.route(a, mid, used), g.route(mid, b, used)...)
		if len(ways) < 6 {
			continue
		}
		r := busRoute{ref: strconv.Itoa(i + 1), kind: kind, headway: int64(d.count(4, 9))}
		if kind == "suburban" {
			r.ref, r.headway = strconv.Itoa(60+i), int64(d.count(12, 30))
		}
		for _, w := range ways {
			part := c.roads[w.seg].line
			used[w.seg] += 0.22
			for k := range part {
				p := part[k]
				if w.back {
					p = part[len(part)-1-k]
				}
				if n := len(r.line); n == 0 || r.line[n-1] != p {
					r.line = append(r.line, p)
				}
			}
		}
		c.putStops(&r, ways, stops, known)
		c.routes = append(c.routes, r)
	}
	for _, u := range c.units {
		if u.kind == "2" {
			c.stops = append(c.stops, busStop{at: c.blocks[u.block].mid, name: word{u.zh, u.en}, kind: "station"})
		}
	}
}

// terminals of a route: within Qinzhou, within Maiji, between both, or out to the ends of the valley.
func (c *city) terminals(d dice, i int) (from, to pt, kind string) {
	in := func(at, reach float64) pt {
		x := at + d.spread(reach)
		side := d.between(0.05, 0.95)
		if d.chance(0.5) {
			return c.valley.pos(x, c.valley.north(x)*side)
		}
		return c.valley.pos(x, -c.valley.south(x)*side)
	}
	switch {
	case i < 4:
		return in(qinzhouAt-800, 2000), in(maijiAt+300, 2000), "trunk"
	case i < 21:
		x := d.between(2500, 4200)
		return in(qinzhouAt-x, 700), in(qinzhouAt+x, 700), "local"
	case i < 35:
		x := d.between(1900, 3300)
		return in(maijiAt-x, 600), in(maijiAt+x, 600), "local"
	case i < 38:
		return in(qinzhouAt, 1500), in(d.between(-2000, 3500), 400), "suburban"
	}
	return in(maijiAt, 1500), in(d.between(-500, 4500), 400), "suburban"
}

// putStops sets a stop every 450 m or so, or uses one that stands there.
func (c *city) putStops(r *busRoute, ways []way, stops *grid[int], known map[string]int) {
	next, walked := 60.0, 0.0
	var names []string
	for _, w := range ways {
		seg := c.roads[w.seg]
		line := seg.line
		l := length(line)
		for next < walked+l {
			d := min(max(next-walked, 16), l-min(16, l/2))
			if w.back {
				d = l - d
			}
			p, u := at(line, d)
			p = p.along(u.left(), -(seg.class.half() - 2.5))
			i := c.stopNear(p, stops)
			if i < 0 {
				i = c.newStop(p, seg, stops, known)
			}
			s := &c.stops[i]
			if n := len(s.routes); n == 0 || s.routes[n-1] != r.ref {
				s.routes = append(s.routes, r.ref)
			}
			names = append(names, s.name.zh)
			if n := len(r.calls); n == 0 || r.calls[n-1] != i {
				r.calls = append(r.calls, i)
			}
			next += 450
		}
		walked += l
	}
	r.first, r.last = names[0], names[len(names)-1]
}

func (c *city) stopNear(p pt, stops *grid[int]) int {
	best, reach := -1, 230.0
	stops.near(p, 240, func(i int) bool {
		if d := c.stops[i].at.dist(p); d < reach {
			best, reach = i, d
		}
		return true
	})
	return best
}

// newStop names a stop after a unit close by, else after the street that crosses at the nearer end of its
// segment; a name that is taken gets the street before it, and at last a number.
func (c *city) newStop(p pt, s segment, stops *grid[int], known map[string]int) int {
	own := c.streets[s.street]
	name := word{own.zh, own.en}
	if other, ok := c.crossStreet(p, s); ok {
		name = word{other.zh + "口", other.en + " Junction"}
	}
	reach := 150.0
	for _, u := range c.units {
		if d := c.blocks[u.block].mid.dist(p); d < reach && u.kind != "5" && u.kind != "9" {
			name, reach = word{u.zh, u.en}, d
		}
	}
	if known[name.zh] > 0 && !strings.HasPrefix(name.zh, own.zh) {
		name = word{own.zh + name.zh, own.en + " " + name.en}
	}
	known[name.zh]++
	if n := known[name.zh]; n > 1 {
		name = word{name.zh + hanNumber(n) + "站", fmt.Sprintf("%s No. %d", name.en, n)}
	}
	c.stops = append(c.stops, busStop{at: p, name: name, kind: "stop"})
	stops.put(p, 1, len(c.stops)-1)
	return len(c.stops) - 1
}

// crossStreet is another street at the end of the segment that lies closer to p.
func (c *city) crossStreet(p pt, s segment) (street, bool) {
	end := s.a
	if c.m.at[s.b].dist(p) < c.m.at[s.a].dist(p) {
		end = s.b
	}
	for _, h := range c.m.spokes(end) {
		if o := c.m.edge(h).street; o >= 0 && o != s.street {
			return c.streets[o], true
		}
	}
	return street{}, false
}

// stopsAlong writes how far along its line the stops of a route are. Their ids are those that writeTransit gives them.
func (c *city) stopsAlong(r busRoute) string {
	places := make([]orb.Point, len(r.calls))
	for i, n := range r.calls {
		places[i] = c.stops[n].at.lonLat()
	}
	along, err := transit.Place(lineOf(r.line), places)
	if err != nil {
		return "" // a route without length has no stops
	}
	stops := make([]transit.Stop, len(along))
	for i, n := range r.calls {
		stops[i] = transit.Stop{ID: strconv.Itoa(n + 1), Along: along[i]}
	}
	return transit.FormatStops(stops)
}

func (c *city) writeTransit(w *writer) {
	for _, r := range c.routes {
		w.put("bus_routes", orb.Geometry(lineOf(r.line)), map[string]any{
			"name": r.ref + "路", "name_en": "Route " + r.ref, "ref": r.ref, "kind": r.kind, "first": r.first, "last": r.last,
			"headway": r.headway, "operator": "天水公交（演示）", "stops": c.stopsAlong(r),
		})
	}
	for i, s := range c.stops {
		kind := s.kind
		w.put("bus_stops", s.at.lonLat(), map[string]any{
			"name": s.name.zh, "name_en": s.name.en, "code": fmt.Sprintf("S%04d", i+1), "kind": kind, "routes": strings.Join(s.routes, "、"),
		})
	}
}
