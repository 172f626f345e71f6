package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
)

// A town is what a simulation knows of a server's city: everything that it asks for by HTTP, as any client.
type town struct {
	units  []registered
	roads  *road.Graph
	routes map[string]orb.LineString // bus routes by their number
}

// A registered is a unit of the roster.
type registered struct {
	id, name, serial string
	class            spatial.Class
	home             orb.Point
}

// visit asks a server for its roster, roads and bus routes.
func visit(ctx context.Context, c *caller) (*town, error) {
	t := &town{routes: map[string]orb.LineString{}}
	if err := c.collection(ctx, "roster", "", t.register); err != nil {
		return nil, err
	}
	slices.SortFunc(t.units, func(a, b registered) int { return cmp.Compare(a.id, b.id) })
	var segments []road.Segment
	cars := road.Cars()
	err := c.collection(ctx, "roads", "", func(f *geojson.Feature) {
		segments = append(segments, cars.Segments(spatial.Feature{ID: fmt.Sprint(f.ID), Geometry: f.Geometry, Properties: f.Properties})...)
	})
	if err != nil {
		return nil, err
	}
	t.roads = road.Build(slices.Values(segments), road.Options{})
	return t, c.collection(ctx, "bus_routes", "", func(f *geojson.Feature) {
		if line, ok := f.Geometry.(orb.LineString); ok {
			t.routes[f.Properties.MustString("ref", "")] = line
		}
	})
}

func (t *town) register(f *geojson.Feature) {
	class, err := spatial.ParseClass(f.Properties.MustString("class", ""))
	home, ok := f.Geometry.(orb.Point)
	if err != nil || !ok || !class.Moves() {
		return
	}
	id := fmt.Sprint(f.ID)
	serial, _, _ := strings.Cut(f.Properties.MustString("serials", id), ",")
	t.units = append(t.units, registered{id, f.Properties.MustString("name", ""), strings.TrimSpace(serial), class, home})
}

// swiftest is as fast as the server believes of a class, m/s, with some room.
var swiftest = map[spatial.Class]float64{spatial.Officer: 45, spatial.Vehicle: 70, spatial.Bus: 36, spatial.Drone: 45}

// crew picks units of the roster, evenly over it, and gives each something to do.
func (t *town) crew(n int, rng *rand.Rand) []*mover {
	n = min(n, len(t.units))
	out := make([]*mover, n)
	for i := range n {
		u := t.units[i*len(t.units)/n]
		m := &mover{unit: u, rng: rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())), at: u.home}
		switch u.class {
		case spatial.Bus:
			ref, _, _ := strings.Cut(u.name, "路")
			m.plan, m.at = shuttle(t.routes[ref], u.home, m.rng)
			m.pace = 7
		case spatial.Drone:
			m.plan, m.pace = circling(u.home, m.rng), 9
		case spatial.Vehicle:
			m.plan, m.pace = t.touring(u.home, 2500, m.rng), 8
		default:
			m.plan, m.pace = t.touring(u.home, 700, m.rng), 1.4
		}
		m.most, m.ways = swiftest[u.class], t.way
		m.battery = 40 + 60*float32(m.rng.Float64())
		out[i] = m
	}
	return out
}

// way is the way by road from one place to another; where there is none, straight ahead.
func (t *town) way(from, to orb.Point) orb.LineString {
	start, ok := t.roads.SnapMain(from, 0)
	end, found := t.roads.SnapMain(to, 0)
	if ok && found {
		if path, ok := t.roads.Route(start, end); ok {
			return path.Line.Clone()
		}
	}
	return nil
}
