package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// beatB1 is 400 m by 400 m around the center, and stands in the layer and as a fence.
var beatB1 = block(-2, -2, 2, 2)

// town is a city with units of every kind in known places.
func town(t testing.TB) (*rig, *city) {
	r, y := newLiveRig(t)
	y.fence(&fence.Fence{ID: "beats/B1", Name: "First beat", Area: beatB1})
	r.put("beats", spatial.Feature{ID: "B1", Geometry: beatB1}, spatial.Feature{ID: "B9", Geometry: block(8, 8, 12, 12)})
	y.place(live.Unit{ID: "car1", Org: "6201", Kind: "car", Skills: []string{"k9", "medic"}}, off(0, 0))
	y.place(live.Unit{ID: "car2", Org: "6202", Kind: "van", State: live.EnRoute}, off(1, 1))
	y.place(live.Unit{ID: "foot1", Class: spatial.Officer, Org: "620101", Kind: "foot", Skills: []string{"medic"}}, off(10, 10))
	y.place(live.Unit{ID: "bus1", Class: spatial.Bus, State: live.OffDuty}, off(5, 0))
	y.place(live.Unit{ID: "cam1", Class: spatial.Camera, Home: off(1, 0)}, off(1, 0))
	y.register(live.Unit{ID: "cam2", Class: spatial.Camera, Home: off(3, 0)}, live.Unit{ID: "new1"})
	return r, y
}

func TestUnits(t *testing.T) {
	r, y := town(t)
	y.pass(20 * time.Second)
	y.move("car2", off(1, 1.1))
	wkt := "POLYGON((105.715 34.575,105.725 34.575,105.725 34.585,105.715 34.585,105.715 34.575))"
	tests := []struct{ query, want string }{
		{"", "bus1 car1 car2 foot1"},
		{"class=vehicle", "car1 car2"},
		{"class=vehicle,officer", "car1 car2 foot1"},
		{"class=camera", "cam1"},
		{"class=camera&stale=true", "cam1 cam2"},
		{"kind=van,foot", "car2 foot1"},
		{"state=available", "car1 foot1"},
		{"state=en_route,off_duty", "bus1 car2"},
		{"state=any", "bus1 car1 car2 foot1"},
		{"skill=medic", "car1 foot1"},
		{"skill=medic,k9", "car1"},
		{"org=6201", "car1 foot1"},
		{"max_age=10", "car2"},
		{"max_age=20", "bus1 car1 car2 foot1"},
		{"bbox=105.719,34.579,105.7215,34.5815", "car1 car2"},
		{"bbox=105.72,34.58,105.72,34.58", "car1"},
		{"bbox=179,-90,-179,90", ""},
		{"within=beats/B1", "car1 car2"},
		{"within=beats/B1&class=vehicle&kind=van", "car2"},
		{"within=beats/B9", "foot1"},
		{"within=" + url.QueryEscape(wkt), "bus1 car1 car2"},
		{"within=" + url.QueryEscape(wkt) + "&bbox=105.7195,34.5,105.7205,35", "car1"},
		{"within=" + url.QueryEscape(`{"type":"Polygon","coordinates":[[[105.715,34.575],[105.7201,34.575],[105.7201,34.5801],[105.715,34.575]]]}`), "car1"},
		{"limit=2", "bus1 car1"},
		{"limit=2&after=car1", "car2 foot1"},
		{"after=foot1", ""},
	}
	for _, tt := range tests {
		a := r.get("/units?"+tt.query).want(t, 200)
		ids, doc := a.features(t)
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("%s gives %q, want %q", tt.query, got, tt.want)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Etag") != "" {
			t.Errorf("%s has the header %v", tt.query, a.Header)
		}
		if tt.query == "limit=2" && (doc["numberMatched"] != 4. || !strings.Contains(linkTo(doc, "next"), "after=car1")) {
			t.Errorf("a page says %v of 4, next is %s", doc["numberMatched"], linkTo(doc, "next"))
		}
	}
	y.pass(20 * time.Minute)
	if ids, _ := r.get("/units?stale=false").features(t); len(ids) > 0 {
		t.Errorf("after 20 minutes %v are fresh", ids)
	}
}

func TestUnitsRefuse(t *testing.T) {
	r, _ := town(t)
	tests := []struct {
		query  string
		status int
		says   string
	}{
		{"klass=vehicle", 400, "klass"},
		{"class=tank", 400, "class"},
		{"class=", 400, "class"},
		{"state=availabel", 400, "state"},
		{"max_age=0", 400, "max_age"},
		{"max_age=x", 400, "max_age"},
		{"stale=1", 400, "stale"},
		{"limit=0", 400, "limit"},
		{"bbox=1,2,3", 400, "bbox"},
		{"within=beats", 400, "within"},
		{"within=nix/1", 400, "within"},
		{"within=tracks/1", 400, "within"}, // a restricted layer
		{"within=beats/nix", 404, "nix"},
		{"within=POLYGON((1+2", 400, "within"},
		{"within=" + url.QueryEscape(`{"type":"Point","coordinates":[1,2]}`), 400, "no polygon"},
		{"within=" + url.QueryEscape(`{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}`), 400, "within"},
		{"within=" + url.QueryEscape(`{"type":`), 400, "within"},
		{"class=bus&class=officer", 400, "2 times"},
	}
	for _, tt := range tests {
		a := r.get("/units?" + tt.query)
		if a.StatusCode != tt.status || !strings.Contains(string(a.body), tt.says) {
			t.Errorf("%s: %d %.300s, want %d that says %q", tt.query, a.StatusCode, a.body, tt.status, tt.says)
		}
	}
}

// TestUnitsInABox holds pages against a look at every unit, at several places.
func TestUnitsInABox(t *testing.T) {
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, seed))
	r, y := newLiveRig(t)
	where := map[string]orb.Point{}
	for i := range 300 {
		id := fmt.Sprintf("u%03d", i)
		where[id] = off(rng.NormFloat64()*20, rng.NormFloat64()*20)
		y.place(live.Unit{ID: id}, where[id])
	}
	for range 50 {
		box := orb.MultiPoint{off(rng.NormFloat64()*20, rng.NormFloat64()*20), off(rng.NormFloat64()*20, rng.NormFloat64()*20)}.Bound()
		var want, got []string
		for id, p := range where {
			if box.Contains(p) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		next := fmt.Sprintf("/units?limit=7&bbox=%v,%v,%v,%v", box.Min[0], box.Min[1], box.Max[0], box.Max[1])
		for next != "" {
			ids, doc := r.get(next).want(t, 200).features(t)
			got = append(got, ids...)
			next = strings.TrimPrefix(linkTo(doc, "next"), r.url)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v gives %v, want %v", seed, box, got, want)
		}
	}
}

func TestOneUnit(t *testing.T) {
	r, y := town(t)
	y.pass(5 * time.Second)
	doc := r.get("/units/car1").want(t, 200).json(t)
	got := doc["properties"].(map[string]any)
	want := map[string]any{
		"name": "car car1", "class": "vehicle", "kind": "car", "org": "6201", "state": "available", "age_s": 5., "freshness": "fresh",
		"fix": "2026-11-24T03:00:00.000Z", "accuracy": 5., "speed": nil, "source": "beidou", "emergency": false,
	}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s is %v, want %v", name, got[name], v)
		}
	}
	if fmt.Sprint(got["inside"], got["skills"]) != "[beats/B1] [k9 medic]" {
		t.Errorf("it is inside %v and can %v", got["inside"], got["skills"])
	}
	if g := r.get("/units/new1").want(t, 200).json(t)["geometry"]; g != nil {
		t.Errorf("a unit that has never reported is at %v", g)
	}
	r.get("/units/nix").want(t, 404)
	r.get("/units/car1?x=1").want(t, 400)
}

func TestUnitState(t *testing.T) {
	r, y := town(t)
	put := func(id, body string) answer {
		return r.do("PUT", "/units/"+id+"/state", body, "Content-Type", jsonType)
	}
	if got := put("car1", `{"state":"on_scene"}`).want(t, 200).json(t)["properties"].(map[string]any); got["state"] != "on_scene" || got["state_at"] == nil {
		t.Errorf("it answers %v", got)
	}
	if v, _ := y.picture.Unit("car1"); v.Unit.State != live.OnScene {
		t.Errorf("the state is %v", v.Unit.State)
	}
	tests := []struct {
		id, body string
		status   int
		says     string
	}{
		{"nix", `{"state":"on_scene"}`, 404, "nix"},
		{"car1", `{"state":"10-8"}`, 422, "available_delayed"},
		{"car1", `{"state":7}`, 422, "state"},
		{"car1", `{}`, 422, "state"},
		{"car1", `{"state":"available","since":1}`, 422, "since"},
		{"car1", `[]`, 422, "body"},
		{"car1", `{`, 400, "line 1"},
	}
	for _, tt := range tests {
		if a := put(tt.id, tt.body); a.StatusCode != tt.status || !strings.Contains(string(a.body), tt.says) {
			t.Errorf("%s: %d %.300s, want %d that says %q", tt.body, a.StatusCode, a.body, tt.status, tt.says)
		}
	}
	if v, _ := y.picture.Unit("car1"); v.Unit.State != live.OnScene {
		t.Errorf("after what was refused the state is %v", v.Unit.State)
	}
}

// TestRestrictedFencesStay: what is made from a layer that nobody may see is not named.
func TestRestrictedFencesStay(t *testing.T) {
	r, y := town(t)
	y.fence(&fence.Fence{ID: "tracks/secret", Area: beatB1})
	y.pass(time.Second)
	y.move("car1", off(0.1, 0))
	for _, path := range []string{"/units/car1", "/units", "/fences", "/fences/contains?lon=105.72&lat=34.58", "/alerts/log?limit=1000"} {
		if a := r.get(path).want(t, 200); strings.Contains(string(a.body), "secret") {
			t.Errorf("%s shows %s", path, a.body)
		}
	}
	r.get("/units?within=tracks/secret").want(t, 400)
}
