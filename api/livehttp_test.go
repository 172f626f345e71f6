package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/spatial/live"
)

func TestLiveOptionsAndAllow(t *testing.T) {
	r, _ := newLiveRig(t)
	for path, allow := range map[string]string{
		"/positions": "POST, OPTIONS", "/positions/stream": "GET, HEAD, OPTIONS", "/units": "GET, HEAD, OPTIONS", "/units/nearest": "GET, HEAD, OPTIONS",
		"/units/1/state": "PUT, OPTIONS", "/fences/match": "POST, OPTIONS", "/subscribers": "GET, HEAD, POST, OPTIONS", "/subscribers/a": "DELETE, GET, HEAD, OPTIONS",
		"/roads/1/closure": "DELETE, GET, HEAD, PUT, OPTIONS", "/alerts": "GET, HEAD, OPTIONS", "/live": "GET, HEAD, OPTIONS",
	} {
		if got := r.do("OPTIONS", path, "").want(t, 204).Header.Get("Allow"); got != allow {
			t.Errorf("%s allows %q, want %q", path, got, allow)
		}
	}
	r.do("DELETE", "/units", "").want(t, 405)
	r.get("/positions").want(t, 405)
}

// TestLiveAnswersAreNotKept: they are the same in every coding, and no cache may hold them.
func TestLiveAnswersAreNotKept(t *testing.T) {
	r, y := newLiveRig(t)
	for i := range 20 {
		y.place(live.Unit{ID: fmt.Sprintf("u%02d", i)}, off(float64(i), 0))
	}
	for _, path := range []string{"/units", "/units/u00", "/units/nearest?lon=105.72&lat=34.58", "/fences", "/live/counts", "/alerts/log"} {
		plain := r.get(path).want(t, 200)
		for _, how := range []string{"gzip", "zstd"} {
			a := r.get(path, "Accept-Encoding", how).want(t, 200)
			data, err := decode(a.Header.Get("Content-Encoding"), a.body)
			if err != nil || string(data) != string(plain.body) || len(plain.body) > 1000 && a.Header.Get("Content-Encoding") != how {
				t.Errorf("%s in %s is not the same: %v, %v", path, how, err, a.Header)
			}
			if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Vary") != "Origin, Accept-Encoding" {
				t.Errorf("%s has the header %v", path, a.Header)
			}
		}
		r.get(path, "Accept-Encoding", "identity;q=0, br").want(t, 406)
	}
}

func TestTilesOfWhatMoves(t *testing.T) {
	r, _ := newLiveRig(t)
	if a := r.get("/tiles/units/4/1/1.mvt").want(t, 200); string(a.body) != "units 4/1/1 " || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the tile is %q with %v", a.body, a.Header)
	}
	doc := r.get("/tiles/units.json").want(t, 200).json(t)
	if fields := doc["vector_layers"].([]any)[0].(map[string]any)["fields"]; fmt.Sprint(fields) != "map[id:text]" {
		t.Errorf("the fields are %v", fields)
	}
	r.get("/tiles/beats,units/4/1/1.mvt").want(t, 404) // they come alone
	landing := string(r.get("/?f=json").want(t, 200).body)
	for _, path := range []string{"/units", "/fences", "/alerts", "/tiles/units.json"} {
		if !strings.Contains(landing, r.url+path+`"`) {
			t.Errorf("the landing page does not lead to %s", path)
		}
	}
}

func TestLiveCounts(t *testing.T) {
	r, y := newLiveRig(t)
	y.place(live.Unit{ID: "car1"}, center)
	y.register(live.Unit{ID: "car2"})
	for range 3 {
		if _, err := y.submit(t.Context(), []live.Report{y.report("car1", center), y.report("nobody", center)}); err != nil {
			t.Fatal(err)
		}
	}
	doc := r.get("/live/counts").want(t, 200).json(t)
	if got := fmt.Sprint(doc["verdicts"], doc["units"]); got != "map[accepted:1 duplicate:3 unregistered:3] map[vehicle:map[fresh:1 never:1]]" {
		t.Errorf("the counts are %s", got)
	}
	r.get("/live/counts?x=1").want(t, 400)
}
