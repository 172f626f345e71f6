package api_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// near is an answer about who is nearest.
type near struct {
	By     string
	Origin orb.Point
	Units  []struct {
		Rank            int
		ID, Method      string
		State, Note     string
		Lon, Lat        float64
		Meters          float64
		Seconds         *float64
		RoadMeters      *float64 `json:"road_meters"`
		Age             *float64 `json:"age_s"`
		Freshness, Kind string
	}
	LeftOut []struct{ ID, Why string } `json:"left_out"`
}

func (r *rig) nearest(t testing.TB, query string) (n near) {
	t.Helper()
	if err := json.Unmarshal(r.get("/units/nearest?"+query).want(t, 200).body, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// in writes who is in an answer, and who was left out and why.
func (n near) in() string {
	var list []string
	for i, u := range n.Units {
		if u.Rank != i+1 {
			list = append(list, fmt.Sprintf("(rank %d)", u.Rank))
		}
		list = append(list, u.ID)
	}
	for _, u := range n.LeftOut {
		list = append(list, "-"+u.ID+" ("+u.Why+")")
	}
	return strings.Join(list, " ")
}

func TestNearest(t *testing.T) {
	r, y := newLiveRig(t)
	y.place(live.Unit{ID: "car1", Skills: []string{"medic"}}, off(1, 0))
	y.place(live.Unit{ID: "car2", State: live.EnRoute}, off(2, 0))
	y.place(live.Unit{ID: "foot", Class: spatial.Officer, State: live.AvailableDelayed}, off(3, 0))
	y.place(live.Unit{ID: "cam", Class: spatial.Camera}, off(0.5, 0))
	y.place(live.Unit{ID: "old"}, off(0.1, 0))
	y.pass(150 * time.Second)
	for i, id := range []string{"car1", "car2", "foot"} {
		y.move(id, off(float64(i+1), 0.01))
	}
	const at = "lon=105.72&lat=34.58"
	tests := []struct{ query, want string }{
		{at, "car1 foot -old (stale: last fix 2 min ago) -car2 (state en_route)"},
		{at + "&explain=false", "car1 foot"},
		{at + "&k=1", "car1 -old (stale: last fix 2 min ago) -car2 (state en_route)"},
		{at + "&state=any", "car1 car2 foot -old (stale: last fix 2 min ago)"},
		{at + "&state=any&stale=true", "old car1 car2 foot"},
		{at + "&class=officer", "foot"},
		{at + "&skill=medic", "car1 -old (lacks skill medic) -car2 (state en_route) -foot (lacks skill medic)"},
		{at + "&class=camera", "cam"},
		{at + "&within=200", "car1 -old (stale: last fix 2 min ago) -car2 (state en_route)"},
	}
	for _, tt := range tests {
		if got := r.nearest(t, tt.query).in(); got != tt.want {
			t.Errorf("%s gives %q, want %q", tt.query, got, tt.want)
		}
	}
	n := r.nearest(t, at)
	if u := n.Units[0]; math.Abs(u.Meters-geo.Distance(center, off(1, 0.01))) > 1 || *u.Age != 0 || u.Method != "straight line" || u.Seconds != nil || u.Freshness != "fresh" {
		t.Errorf("the first is %+v", u)
	}
}

func TestNearestToAnIncident(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) {
		defs := c.Catalogue()
		l := storetest.Layer("incidents", layers.PointKind)
		more, problems := layers.NewCatalogue(append(slices.Clone(defs.Groups()), layers.Group{ID: "desk", Layers: []layers.Layer{l}})...)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Catalogue = func() *layers.Catalogue { return more }
	})
	l, _ := r.config.Catalogue().Layer("incidents")
	if err := r.store.Sync(t.Context(), append(definitions(t).Layers(), l)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Apply(t.Context(), []layers.Edit{{Op: layers.Create, Layer: "incidents", Feature: spatial.Feature{ID: "I-7", Geometry: off(4, 4)}}}); err != nil {
		t.Fatal(err)
	}
	y.place(live.Unit{ID: "a"}, off(0, 0))
	y.place(live.Unit{ID: "b"}, off(5, 4))
	for _, id := range []string{"I-7", "incidents/I-7"} {
		if n := r.nearest(t, "incident="+id); n.in() != "b a" || n.Origin != off(4, 4) {
			t.Errorf("next to %s are %s, seen from %v", id, n.in(), n.Origin)
		}
	}
	r.get("/units/nearest?incident=I-8").want(t, 404)
	r.get("/units/nearest?incident=I-7&lon=1&lat=1").want(t, 400)
}

func TestNearestRefuse(t *testing.T) {
	r, _ := newLiveRig(t)
	for query, says := range map[string]string{
		"": "lon", "lon=1": "lat", "lat=1": "lon", "lon=181&lat=1": "lon", "lon=1&lat=NaN": "lat", "lon=1&lat=1&k=0": `"k"`, "lon=1&lat=1&k=101": `"k"`, "lon=1&lat=1&by=time": "by",
		"lon=1&lat=1&limit=60": "by=road", "lon=1&lat=1&within=0": "within", "lon=1&lat=1&explain=maybe": "explain", "lon=1&lat=1&class=tank": "class",
		"lon=1&lat=1&x=1": "no such parameter", "lon=1&lat=1&by=road&limit=-1": "limit",
	} {
		if a := r.get("/units/nearest?"+query).want(t, 400); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", query, a.body, says)
		}
	}
	if a := r.get("/units/nearest?incident=1").want(t, 404); !strings.Contains(string(a.body), "incidents") {
		t.Errorf("without the layer it says %s", a.body)
	}
	if n := r.nearest(t, "lon=1&lat=1&k=100"); len(n.Units) != 0 {
		t.Errorf("there are %v", n.Units)
	}
}

// TestNearestByMeters holds ranks against sorting all by distance, at several latitudes.
func TestNearestByMeters(t *testing.T) {
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, seed))
	for _, lat := range []float64{0, 34, -60, 80} {
		r, y := newLiveRig(t)
		where := map[string]orb.Point{}
		for i := range 200 {
			id := fmt.Sprintf("u%03d", i)
			where[id] = orb.Point{105 + rng.Float64(), lat + rng.Float64()}
			y.place(live.Unit{ID: id}, where[id])
		}
		for range 10 {
			from := orb.Point{105 + rng.Float64(), lat + rng.Float64()}
			want := slices.SortedFunc(maps.Keys(where), func(a, b string) int {
				return cmp.Compare(index.Meters(from, where[a]), index.Meters(from, where[b]))
			})
			n := r.nearest(t, fmt.Sprintf("lon=%v&lat=%v&k=20", from[0], from[1]))
			if got := n.in(); got != strings.Join(want[:20], " ") {
				t.Fatalf("seed %d: nearest to %v are %s, want %v", seed, from, got, want[:20])
			}
			if d := geo.Distance(from, where[want[0]]); math.Abs(n.Units[0].Meters-d) > 1+d*0.007 { // a sphere differs by that
				t.Fatalf("seed %d: the nearest is %.1f m off, on a sphere %.1f m", seed, n.Units[0].Meters, d)
			}
		}
	}
}

// A mesh is a grid of streets of which a test knows how long every one takes.
type mesh struct {
	n       int
	at      []orb.Point
	seconds map[[2]int]float64 // from node to node
	list    []road.Segment
}

func newMesh(rng *rand.Rand, n int) *mesh {
	m := &mesh{n: n, seconds: map[[2]int]float64{}}
	for i := range n * n {
		m.at = append(m.at, off(float64(i%n)*2, float64(i/n)*2))
	}
	for i := range n * n {
		if i%n < n-1 {
			m.street(rng, i, i+1)
		}
		if i/n < n-1 {
			m.street(rng, i, i+n)
		}
	}
	return m
}

// street joins two nodes, sometimes in one direction only.
func (m *mesh) street(rng *rand.Rand, a, b int) {
	s := road.Segment{ID: fmt.Sprintf("%d-%d", a, b), Line: orb.LineString{m.at[a], m.at[b]}, Forward: 5 + 20*rng.Float64(), Backward: 5 + 20*rng.Float64()}
	if rng.IntN(6) == 0 {
		s.Backward = 0
	}
	m.list = append(m.list, s)
	meters := ellipsoidal(m.at[a], m.at[b])
	m.seconds[[2]int{a, b}] = meters / s.Forward
	if s.Backward > 0 {
		m.seconds[[2]int{b, a}] = meters / s.Backward
	}
}

// ellipsoidal is the length of a short line on WGS84, from the radii of curvature.
func ellipsoidal(a, b orb.Point) float64 {
	const major, e2 = 6378137.0, 0.00669437999014
	lat := (a[1] + b[1]) / 2 * math.Pi / 180
	w := math.Sqrt(1 - e2*math.Sin(lat)*math.Sin(lat))
	east := (b[0] - a[0]) * math.Pi / 180 * math.Cos(lat) * major / w
	north := (b[1] - a[1]) * math.Pi / 180 * major * (1 - e2) / (w * w * w)
	return math.Hypot(east, north)
}

// from is how long it takes to come to each node from one, by Bellman and Ford.
func (m *mesh) from(start int) []float64 {
	out := make([]float64, len(m.at))
	for i := range out {
		out[i] = math.Inf(1)
	}
	out[start] = 0
	for changed := true; changed; {
		changed = false
		for way, s := range m.seconds {
			if t := out[way[0]] + s; t < out[way[1]]-1e-9 {
				out[way[1]], changed = t, true
			}
		}
	}
	return out
}

// TestNearestByRoad holds arrivals against a search from every unit.
func TestNearestByRoad(t *testing.T) {
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 4 {
		r, y := newLiveRig(t)
		m := newMesh(rng, 12)
		y.roads = road.Build(slices.Values(m.list), road.Options{})
		nodes := map[string]int{}
		for i := range 300 {
			id := fmt.Sprintf("u%03d", i)
			nodes[id] = rng.IntN(len(m.at))
			y.place(live.Unit{ID: id}, m.at[nodes[id]])
		}
		for range 5 {
			target := rng.IntN(len(m.at))
			var want []float64
			times := map[string]float64{}
			for id, node := range nodes {
				times[id] = m.from(node)[target]
				want = append(want, times[id])
			}
			slices.Sort(want)
			n := r.nearest(t, fmt.Sprintf("lon=%v&lat=%v&k=5&by=road", m.at[target][0], m.at[target][1]))
			for i, u := range n.Units {
				if u.Seconds == nil || math.Abs(*u.Seconds-want[i]) > 0.1+want[i]*1e-3 || math.Abs(*u.Seconds-times[u.ID]) > 0.1+want[i]*1e-3 || u.Method != "road" {
					t.Fatalf("seed %d, round %d, %d. of %s: %+v arrives after %v, want %.1f s, itself %.1f s", seed, round, i+1, n.in(), u, value(u.Seconds), want[i], times[u.ID])
				}
			}
			if len(n.Units) != 5 {
				t.Fatalf("%d units", len(n.Units))
			}
		}
	}
}

func value(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// TestNearestHonestly: who is on no road comes across, labelled; who cannot come at all stands last, without time.
func TestNearestHonestly(t *testing.T) {
	r, y := newLiveRig(t)
	y.place(live.Unit{ID: "driver"}, off(20, 0))
	y.place(live.Unit{ID: "walker"}, off(2, 5))
	y.place(live.Unit{ID: "islander"}, off(3, 8))
	const at = "lon=105.72&lat=34.58&by=road"
	n := r.nearest(t, at)
	if n.in() != "walker islander driver" || n.Units[0].Method != "straight line" || !strings.Contains(n.Units[0].Note, "there is no road network") {
		t.Errorf("without roads: %+v", n)
	}
	street := []road.Segment{{ID: "s", Line: orb.LineString{off(-1, 0), off(21, 0)}, Forward: 20, Backward: 20}}
	for i := range 10 {
		street = append(street, road.Segment{ID: fmt.Sprint("t", i), Line: orb.LineString{off(21, 0), off(22, float64(i))}, Forward: 20, Backward: 20})
	}
	island := road.Segment{ID: "island", Line: orb.LineString{off(2, 8), off(4, 8)}, Forward: 20, Backward: 20}
	y.roads = road.Build(slices.Values(append(street, island)), road.Options{})
	n = r.nearest(t, at)
	if n.in() != "driver walker islander" {
		t.Fatalf("by road come %s", n.in())
	}
	driver, walker, islander := n.Units[0], n.Units[1], n.Units[2]
	if driver.Method != "road" || math.Abs(*driver.Seconds-ellipsoidal(center, off(20, 0))/20) > 1 || math.Abs(*driver.RoadMeters-driver.Meters) > 2 {
		t.Errorf("the driver: %+v after %v s", driver, *driver.Seconds)
	}
	if walker.Method != "straight line" || math.Abs(*walker.Seconds-walker.Meters/5) > 0.1 || walker.RoadMeters != nil || !strings.Contains(walker.Note, "estimated at 5 m/s") {
		t.Errorf("the walker: %+v after %v s", walker, *walker.Seconds)
	}
	if islander.Seconds != nil || !strings.Contains(islander.Note, "no road leads") {
		t.Errorf("the islander: %+v", islander)
	}
	if got := r.nearest(t, at+"&limit=100").in(); got != "driver" {
		t.Errorf("within 100 s come %s", got)
	}
	if got := r.nearest(t, at+"&k=1").in(); got != "driver" {
		t.Errorf("one who comes is %s", got)
	}
	if n := r.nearest(t, "lon=106&lat=35&by=road"); n.Units[0].Method != "straight line" || !strings.Contains(n.Units[0].Note, "1000 m from any road") {
		t.Errorf("off the roads: %+v", n.Units[0])
	}
}
