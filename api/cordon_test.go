package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// ring is an answer about a cordon.
type ring struct {
	Incident           string
	Origin             orb.Point
	Time, Expires      time.Time
	Elapsed, Limit     float64
	Tight              bool
	Exits, Open, Units int
	OffRoad            int `json:"off_road"`
	Rings              []struct{ Exits, Open int }
	Features           []struct {
		Geometry   struct{ Coordinates json.RawMessage }
		Properties struct {
			Kind, Road, Why string
			Seconds, Course float64
			Limit, Late     float64
			Closed          bool
			Unit            *struct {
				ID      string
				Seconds float64
			}
		}
	}
}

// besieged is a rig with a mesh of streets and incidents: open, closed, cancelled, without a time, and of yesterday.
func besieged(t testing.TB, change ...func(*api.Config)) (*rig, *city, *mesh) {
	t.Helper()
	l := storetest.Layer("incidents", layers.PointKind)
	word := layers.Text{Zh: "词", En: "word"}
	state := layers.Property{Name: "state", Title: word, Type: layers.TextType}
	for _, value := range []string{"new", "on_scene", "closed", "cancelled"} {
		state.Values = append(state.Values, layers.Value{Value: value, Title: word})
	}
	l.Jurisdiction = "org"
	l.Properties = append(slices.Clone(l.Properties), state, layers.Property{Name: "org", Title: word, Type: layers.TextType}, layers.Property{Name: "reported_at", Title: word, Type: layers.TimeType})
	l.Flow = &layers.Flow{Property: "state", Steps: map[string][]string{"new": {"on_scene", "cancelled"}, "on_scene": {"closed"}}}
	r, y := newLiveRig(t, append([]func(*api.Config){func(c *api.Config) {
		defs := c.Catalogue()
		more, problems := layers.NewCatalogue(append(slices.Clone(defs.Groups()), layers.Group{ID: "desk", Layers: []layers.Layer{l}})...)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Catalogue = func() *layers.Catalogue { return more }
	}}, change...)...)
	if err := r.store.Sync(t.Context(), append(definitions(t).Layers(), l)); err != nil {
		t.Fatal(err)
	}
	m := newMesh(rand.New(rand.NewPCG(5, 5)), 20)
	y.roads = road.Build(slices.Values(m.list), road.Options{})
	for id, props := range map[string]map[string]any{
		"open": {"state": "new", "reported_at": began.Add(-20 * time.Second).Format(time.RFC3339)}, "closed": {"state": "closed"}, "cancelled": {"state": "cancelled"},
		"silent": {"state": "new"}, "old": {"state": "on_scene", "reported_at": began.Add(-13 * time.Hour).Format(time.RFC3339)},
	} {
		props["org"] = "620502"
		f := spatial.Feature{ID: id, Geometry: m.at[210], Properties: props}
		if _, err := r.store.Apply(t.Context(), []layers.Edit{{Op: layers.Create, Layer: "incidents", Feature: f}}); err != nil {
			t.Fatal(err)
		}
	}
	return r, y, m
}

func (r *rig) cordon(t testing.TB, query string) (c ring) {
	t.Helper()
	if err := json.Unmarshal(r.get("/cordon?"+query).want(t, 200).body, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCordon(t *testing.T) {
	r, y, m := besieged(t)
	for i := range 60 {
		y.place(live.Unit{ID: fmt.Sprint("car", i)}, m.at[(i*53)%len(m.at)])
	}
	y.place(live.Unit{ID: "busy", State: live.OnScene}, m.at[212])
	y.place(live.Unit{ID: "bus", Class: spatial.Bus}, m.at[208])
	y.place(live.Unit{ID: "away"}, off(200, 200))
	c := r.cordon(t, "incident=incidents/open&margin=5&step=30&rings=4")
	if c.Incident != "open" || c.Elapsed != 20 || !c.Tight || c.Units != 61 || c.OffRoad != 1 || !c.Expires.Equal(began.Add(12*time.Hour-20*time.Second)) {
		t.Fatalf("the cordon is %+v", c)
	}
	if c.Exits < 2 || c.Exits != len(c.Features)-2 || c.Features[0].Properties.Kind != "ring" || c.Features[1].Properties.Kind != "reached" {
		t.Fatalf("%d exits, %d features", c.Exits, len(c.Features))
	}
	var area orb.MultiPolygon
	if err := json.Unmarshal(c.Features[1].Geometry.Coordinates, &area); err != nil || !planar.MultiPolygonContains(area, m.at[210]) {
		t.Errorf("the incident is not in what is reached: %v", err)
	}
	open, busy := 0, map[string]bool{}
	times := m.from(210)
	for i, f := range c.Features[2:] {
		p := f.Properties
		var at orb.Point
		if err := json.Unmarshal(f.Geometry.Coordinates, &at); err != nil || p.Kind != "exit" || p.Seconds < 0 || p.Seconds > c.Limit-20 || p.Unit == nil {
			t.Fatalf("exit %d is %+v (%v)", i, p, err)
		}
		if n := slices.Index(m.at, at); n >= 0 && times[n]-20 > p.Seconds+.1 {
			t.Errorf("exit %d can be reached after %v s, but %v is said", i, times[n]-20, p.Seconds)
		}
		if p.Closed != (p.Unit.Seconds < p.Seconds-5) || p.Closed != (p.Why == "") || !p.Closed && math.Abs(p.Late-(p.Unit.Seconds-p.Seconds+5)) > .2 || p.Closed && busy[p.Unit.ID] {
			t.Errorf("exit %d is %+v by %+v", i, p, p.Unit)
		}
		if strings.Contains("busy bus away", p.Unit.ID) {
			t.Errorf("exit %d is for %s", i, p.Unit.ID)
		}
		if busy[p.Unit.ID] = true; !p.Closed {
			open++
		}
	}
	if open == c.Exits {
		t.Error("nothing is closed by 60 cars")
	}
	if last := c.Rings[len(c.Rings)-1]; open != c.Open || open > 0 && len(c.Rings) != 4 || open == 0 && last.Open != 0 {
		t.Errorf("%d of %d are open, rings %+v", open, c.Open, c.Rings)
	}
	if c := r.cordon(t, "incident=open&elapsed=1&class=camera&rings=1"); c.Open != c.Exits || c.Features[2].Properties.Why != "nobody" || c.Elapsed != 1 {
		t.Errorf("without units it is %+v", c)
	}
	if c := r.cordon(t, "incident=silent&elapsed=43200"); c.Exits != 0 || !c.Tight || len(c.Features) != 2 {
		t.Errorf("after twelve hours it is %+v", c)
	}
	if c := r.cordon(t, "incident=old&elapsed=30&"+lonlat(m.at[50])); c.Origin != m.at[50] {
		t.Errorf("seen elsewhere it is around %v", c.Origin)
	}
}

func TestCordonRefuse(t *testing.T) {
	r, y, _ := besieged(t)
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"":                              {400, "belongs to an open incident"},
		"lon=105.72&lat=34.58":          {400, "belongs to an open incident"},
		"incident=closed&elapsed=60":    {410, "its cordon ended with it"},
		"incident=cancelled&elapsed=60": {410, "its cordon ended with it"},
		"incident=none&elapsed=60":      {404, "none"},
		"incident=silent":               {400, "elapsed"},
		"incident=old":                  {400, "more than 12 hours ago"},
		"incident=open&elapsed=43201":   {400, "elapsed"},
		"incident=open&elapsed=-1":      {400, "elapsed"},
		"incident=open&elapsed=NaN":     {400, "elapsed"},
		"incident=open&lon=1":           {400, "lat"},
		"incident=open&lon=1&lat=1":     {404, "no road within"},
		"incident=open&pace=0":          {400, "pace"},
		"incident=open&margin=-1":       {400, "margin"},
		"incident=open&step=1":          {400, "step"},
		"incident=open&rings=9":         {400, "at most 8"},
		"incident=open&rings=0":         {400, "rings"},
		"incident=open&class=tank":      {400, "class"},
		"incident=open&person=somebody": {400, "no such parameter"},
	} {
		if a := r.get("/cordon?"+query).want(t, want.status); !strings.Contains(string(a.body), want.says) {
			t.Errorf("%s: %s does not say %q", query, a.body, want.says)
		}
	}
	y.roads = nil
	r.get("/cordon?incident=open").want(t, 503)
	bare, _ := newLiveRig(t, func(c *api.Config) {})
	if a := bare.get("/cordon?incident=1"); a.StatusCode != 503 {
		t.Errorf("without roads it says %d", a.StatusCode)
	}
}

// TestACordonEndsWithItsIncident, and is only for who may know where units are.
func TestACordonEndsWithItsIncident(t *testing.T) {
	r, _, m := besieged(t, func(c *api.Config) { c.Guard = header{} })
	ask := func(may string) answer { return r.do("GET", "/cordon?incident=open&elapsed=30", "", "X-May", may) }
	ask("read.live read.nearest").want(t, 403)
	if a := ask("dispatch").want(t, 403); !strings.Contains(string(a.body), "read.live") {
		t.Errorf("it says %s", a.body)
	}
	ask("dispatch read.live").want(t, 200)
	close := layers.Edit{Op: layers.Replace, Layer: "incidents", Feature: spatial.Feature{ID: "open", Geometry: m.at[210], Properties: map[string]any{"state": "closed"}}}
	if _, err := r.store.Apply(t.Context(), []layers.Edit{close}); err != nil {
		t.Fatal(err)
	}
	ask("dispatch read.live").want(t, 410)
}

// TestACordonIsOfOnesOwnBody: with its own units, around its own incidents.
func TestACordonIsOfOnesOwnBody(t *testing.T) {
	r, y, m := besieged(t, func(c *api.Config) { c.Guard = ofBody{} })
	for i := range 60 {
		y.place(live.Unit{ID: fmt.Sprint("car", i), Org: []string{"620502", "620503"}[i%2]}, m.at[(i*53)%len(m.at)])
	}
	for org, want := range map[string]int{"": 60, "620502": 30, "620502520000": 404, "620503": 404} {
		a := r.do("GET", "/cordon?incident=open&elapsed=20", "", "X-Org", org)
		var c ring
		if want == 404 {
			a.want(t, 404)
			continue
		}
		if err := json.Unmarshal(a.want(t, 200).body, &c); err != nil || c.Units != want {
			t.Errorf("the body %q has %d units for it, want %d (%v)", org, c.Units, want, err)
		}
		for _, f := range c.Features[2:] {
			n := 0
			if u := f.Properties.Unit; u != nil && org != "" {
				if _, err := fmt.Sscanf(u.ID, "car%d", &n); err != nil || n%2 != 0 {
					t.Errorf("the body %q is told of %s", org, u.ID)
				}
			}
		}
	}
}

// BenchmarkCordon is a whole answer with 500 units on 3,600 crossings.
func BenchmarkCordon(b *testing.B) {
	r, y, _ := besieged(b)
	rng := rand.New(rand.NewPCG(3, 3))
	m := newMesh(rng, 60)
	y.roads = road.Build(slices.Values(m.list), road.Options{})
	for i := range 500 {
		y.place(live.Unit{ID: fmt.Sprint("u", i)}, m.at[rng.IntN(len(m.at))])
	}
	var paths []string
	for range 64 {
		paths = append(paths, "/cordon?incident=open&elapsed=60&"+lonlat(m.at[rng.IntN(len(m.at))]))
	}
	handle(b, r.server, paths)
}
