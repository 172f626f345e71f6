package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
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
func visit(ctx context.Context, server string) (*town, error) {
	t := &town{routes: map[string]orb.LineString{}}
	if err := collection(ctx, server, "roster", t.register); err != nil {
		return nil, err
	}
	slices.SortFunc(t.units, func(a, b registered) int { return cmp.Compare(a.id, b.id) })
	var segments []road.Segment
	cars := road.Cars()
	err := collection(ctx, server, "roads", func(f *geojson.Feature) {
		segments = append(segments, cars.Segments(spatial.Feature{ID: fmt.Sprint(f.ID), Geometry: f.Geometry, Properties: f.Properties})...)
	})
	if err != nil {
		return nil, err
	}
	t.roads = road.Build(slices.Values(segments), road.Options{})
	return t, collection(ctx, server, "bus_routes", func(f *geojson.Feature) {
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

// collection visits all features of a layer, page by page. A layer that is not there has none.
func collection(ctx context.Context, server, layer string, visit func(*geojson.Feature)) error {
	next := server + "/collections/" + layer + "/items?limit=5000"
	for next != "" {
		page, more, err := ask(ctx, next)
		if err != nil {
			return fmt.Errorf("read layer %s: %w", layer, err)
		}
		for _, f := range page.Features {
			visit(f)
		}
		next = more
	}
	return nil
}

func ask(ctx context.Context, address string) (*geojson.FeatureCollection, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 256<<20))
	if err != nil {
		return nil, "", err
	}
	if res.StatusCode == http.StatusNotFound {
		return &geojson.FeatureCollection{}, "", nil
	}
	if res.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s answers %s: %.200s", address, res.Status, body)
	}
	page, err := geojson.UnmarshalFeatureCollection(body)
	if err != nil {
		return nil, "", err
	}
	links, _ := page.ExtraMembers["links"].([]any)
	for _, one := range links {
		if link, ok := one.(map[string]any); ok && link["rel"] == "next" {
			if href, ok := link["href"].(string); ok {
				_, err := url.Parse(href)
				return page, href, err
			}
		}
	}
	return page, "", nil
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
		m.most = swiftest[u.class]
		m.battery = 40 + 60*float32(m.rng.Float64())
		out[i] = m
	}
	return out
}
