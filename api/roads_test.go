package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial/road"
)

// streets is a rig over a mesh of streets.
func streets(t testing.TB, seed uint64) (*rig, *city, *mesh) {
	r, y := newLiveRig(t)
	m := newMesh(rand.New(rand.NewPCG(seed, seed)), 8)
	y.roads = road.Build(slices.Values(m.list), road.Options{})
	return r, y, m
}

func lonCommaLat(p orb.Point) string { return fmt.Sprintf("%v,%v", p[0], p[1]) }

func TestRouteAndMatrix(t *testing.T) {
	const seed = 13
	r, _, m := streets(t, seed)
	from, to := []int{0, 9, 30}, []int{63, 7, 0, 22}
	var body struct {
		From, To []orb.Point
	}
	for _, n := range from {
		body.From = append(body.From, m.at[n])
	}
	for _, n := range to {
		body.To = append(body.To, m.at[n])
	}
	data, _ := json.Marshal(map[string]any{"from": body.From, "to": append(body.To, orb.Point{1, 1})})
	var matrix struct{ Seconds, Meters [][]*float64 }
	if err := json.Unmarshal(r.do("POST", "/matrix", string(data), "Content-Type", jsonType).want(t, 200).body, &matrix); err != nil {
		t.Fatal(err)
	}
	for i, a := range from {
		times := m.from(a)
		for j, b := range to {
			if got := value(matrix.Seconds[i][j]); math.Abs(got-times[b]) > 0.1+times[b]*1e-3 {
				t.Errorf("seed %d: from %d to %d it takes %.1f s, want %.1f s", seed, a, b, got, times[b])
			}
			if a == b {
				continue
			}
			doc := r.get("/route?from="+lonCommaLat(m.at[a])+"&to="+lonCommaLat(m.at[b])).want(t, 200).json(t)
			props := doc["properties"].(map[string]any)
			line := doc["geometry"].(map[string]any)["coordinates"].([]any)
			if math.Abs(props["seconds"].(float64)-times[b]) > 0.1+times[b]*1e-3 || len(line) < 2 || math.Abs(props["meters"].(float64)-value(matrix.Meters[i][j])) > 0.5 {
				t.Errorf("seed %d: the way from %d to %d is %v", seed, a, b, props)
			}
		}
		if matrix.Seconds[i][len(to)] != nil || matrix.Meters[i][len(to)] != nil {
			t.Errorf("a place on no road is reached after %v s", *matrix.Seconds[i][len(to)])
		}
	}
	r.get("/route?from="+lonCommaLat(m.at[0])+"&to="+lonCommaLat(m.at[0])).want(t, 200)
}

func TestReach(t *testing.T) {
	const seed = 17
	r, _, m := streets(t, seed)
	times := m.from(27)
	slices.Sort(times)
	half := times[len(times)/2] / 60
	doc := r.get(fmt.Sprintf("/reach?%s&minutes=0.2,%.3f", lonlat(m.at[27]), half)).want(t, 200).json(t)
	features := doc["features"].([]any)
	if len(features) != 2 {
		t.Fatalf("there are %d areas", len(features))
	}
	first := features[0].(map[string]any)
	if got := first["properties"].(map[string]any)["minutes"].(float64); math.Abs(got-half) > 0.001 {
		t.Errorf("the first area is that of %v minutes", got)
	}
	var g struct{ Coordinates orb.MultiPolygon }
	data, _ := json.Marshal(first["geometry"])
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	for n, seconds := range m.from(27) {
		if in := planar.MultiPolygonContains(g.Coordinates, m.at[n]); in != (seconds < half*60) && math.Abs(seconds-half*60) > 20 {
			t.Errorf("seed %d: node %d is reached after %.0f s of %.0f; in the area: %v", seed, n, seconds, half*60, in)
		}
	}
}

func TestRoadsRefuse(t *testing.T) {
	r, y, m := streets(t, 1)
	a, b := lonCommaLat(m.at[0]), lonCommaLat(m.at[5])
	for path, says := range map[string]string{
		"/route": "from", "/route?from=" + a: "to", "/route?from=1&to=" + b: "from", "/route?from=" + a + "&to=1,95": "to", "/route?from=" + a + "&to=" + b + "&via=x": "via",
		"/reach?lon=1&lat=1": "minutes", "/reach?minutes=3": "lon", "/reach?lon=1&lat=1&minutes=0": "minutes", "/reach?lon=1&lat=1&minutes=61": "minutes",
		"/reach?lon=1&lat=1&minutes=1,2,3,4,5,6,7": "at most 6",
	} {
		if a := r.get(path).want(t, 400); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", path, a.body, says)
		}
	}
	for _, path := range []string{"/route?from=1,1&to=" + b, "/route?from=" + a + "&to=1,1", "/reach?lon=1&lat=1&minutes=3"} {
		if a := r.get(path).want(t, 404); !strings.Contains(string(a.body), "no road within 1000 m") {
			t.Errorf("%s says %s", path, a.body)
		}
	}
	many := "[" + strings.Repeat("[1,1],", 199) + "[1,1]]"
	for body, says := range map[string]string{`{}`: "from", `{"from":[[1,1]],"to":[]}`: "to", `{"from":` + many + `,"to":` + many + `}`: "40000 pairs", `{"from":[["a",1]],"to":[[1,1]]}`: "from[0]"} {
		if a := r.do("POST", "/matrix", body, "Content-Type", jsonType).want(t, 422); !strings.Contains(string(a.body), says) {
			t.Errorf("%.60s: %s does not say %q", body, a.body, says)
		}
	}
	y.roads = nil
	r.get("/route?from="+a+"&to="+b).want(t, 503)
	r.do("POST", "/matrix", `{"from":[[1,1]],"to":[[1,1]]}`, "Content-Type", jsonType).want(t, 503)
}

// TestClosures: what is closed is gone round from the answer on, until it is open again.
func TestClosures(t *testing.T) {
	r, y := newLiveRig(t)
	y.roads = road.Build(slices.Values([]road.Segment{
		{ID: "short", Line: orb.LineString{off(0, 0), off(10, 0)}, Forward: 10, Backward: 10},
		{ID: "round/1", Line: orb.LineString{off(0, 0), off(5, 8), off(10, 0)}, Forward: 10, Backward: 10},
	}), road.Options{})
	route := func() string {
		doc := r.get("/route?from="+lonCommaLat(off(0, 0))+"&to="+lonCommaLat(off(10, 0))).want(t, 200).json(t)
		return doc["properties"].(map[string]any)["steps"].([]any)[0].(map[string]any)["segment"].(string)
	}
	put := func(id, body string) answer {
		return r.do("PUT", "/roads/"+id+"/closure", body, "Content-Type", jsonType)
	}
	if got := route(); got != "short" {
		t.Fatalf("the way is %s", got)
	}
	if got := put("short", `{"forward":true}`).want(t, 200).json(t); got["forward"] != true || got["backward"] != false {
		t.Errorf("it answers %v", got)
	}
	if got := route(); got != "round/1" {
		t.Errorf("with the short way closed the way is %s", got)
	}
	put("round%2F1", `{"forward":true,"backward":true}`).want(t, 200)
	if a := r.get("/route?from="+lonCommaLat(off(0, 0))+"&to="+lonCommaLat(off(10, 0))).want(t, 404); !strings.Contains(string(a.body), "no road leads") {
		t.Errorf("with all closed it says %s", a.body)
	}
	if got := r.get("/roads/short/closure").want(t, 200).json(t); got["forward"] != true {
		t.Errorf("closed is %v", got)
	}
	r.do("DELETE", "/roads/short/closure", "").want(t, 204)
	if got := route(); got != "short" {
		t.Errorf("open again the way is %s", got)
	}
	for _, tt := range []struct {
		id, body string
		status   int
		says     string
	}{
		{"nix", `{"forward":true}`, 404, "no such road"},
		{"short", `{}`, 422, "say what is closed"},
		{"short", `{"forward":"yes"}`, 422, "forward"},
		{"short", `{"speed":-1}`, 422, "speed"},
		{"short", `{"speed":90}`, 422, "m/s"},
		{"short", `{"both":true}`, 422, "both"},
	} {
		if a := put(tt.id, tt.body); a.StatusCode != tt.status || !strings.Contains(string(a.body), tt.says) {
			t.Errorf("%s %s: %d %s", tt.id, tt.body, a.StatusCode, a.body)
		}
	}
	r.get("/roads/nix/closure").want(t, 404)
	r.do("DELETE", "/roads/nix/closure", "").want(t, 404)
}
