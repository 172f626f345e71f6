package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func at(d time.Duration) string { return url.QueryEscape(began.Add(d).Format(time.RFC3339)) }

// TestTrack: a line through the fixes in the order of their time, broken at gaps; what is no place on it stands
// beside it with the reason.
func TestTrack(t *testing.T) {
	r, y := newLiveRig(t)
	y.register(live.Unit{ID: "car1"}, live.Unit{ID: "car2"})
	send := func(id string, seconds int, place orb.Point) {
		fix := y.report(id, place)
		fix.Fix = spatial.InstantOf(began.Add(time.Duration(seconds) * time.Second))
		if _, err := y.submit(t.Context(), []live.Report{fix}); err != nil {
			t.Fatal(err)
		}
	}
	y.pass(10 * time.Minute)
	for _, s := range []int{0, 10, 20, 40, 30, 40} { // one late, one twice
		send("car1", s, off(float64(s)/100, 0))
	}
	send("car2", 15, off(5, 5))
	send("car1", 50, orb.Point{0, 0})
	send("car1", 400, off(4, 0))
	send("car1", 410, off(4.1, 0))
	reason := "&reason=" + url.QueryEscape("incident 4711")
	a := r.get("/units/car1/track?from="+at(0)+"&to="+at(time.Hour)+reason).want(t, 200)
	doc := a.json(t)
	var lines, fixes []string
	for _, f := range doc["features"].([]any) {
		g := f.(map[string]any)["geometry"].(map[string]any)
		lines = append(lines, fmt.Sprint(len(g["coordinates"].([]any))))
	}
	for _, f := range doc["fixes"].([]any) {
		fixes = append(fixes, f.(map[string]any)["time"].(string)[14:19]+" "+f.(map[string]any)["verdict"].(string))
	}
	if got := strings.Join(lines, " "); got != "5 2" {
		t.Errorf("the lines have %s places, want 5 and 2", got)
	}
	want := "00:00 accepted, 00:10 accepted, 00:20 accepted, 00:30 late, 00:40 accepted, 00:40 duplicate, 00:50 null_island, 06:40 accepted, 06:50 accepted"
	if got := strings.Join(fixes, ", "); got != want {
		t.Errorf("the fixes are %s,\nwant %s", got, want)
	}
	if a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(r.log.String(), `reason="incident 4711"`) || !strings.Contains(r.log.String(), "unit=car1") {
		t.Errorf("the header is %v, the log says %s", a.Header, r.log)
	}
	if doc := r.get("/units/car1/track?from="+at(15*time.Second)+"&to="+at(40*time.Second)+reason).want(t, 200).json(t); len(doc["fixes"].([]any)) != 2 {
		t.Errorf("from 15 s to 40 s there are %v", doc["fixes"])
	}
	r.get("/units/nix/track?from="+at(0)+reason).want(t, 404)
	r.get("/units/car1/track?from="+at(0)+reason).want(t, 200) // up to now
}

func TestTrackNeedsAReason(t *testing.T) {
	r, y := newLiveRig(t)
	y.register(live.Unit{ID: "car1"})
	for query, says := range map[string]string{
		"from=" + at(0) + "&to=" + at(time.Hour):                                         "reason",
		"from=" + at(0) + "&to=" + at(time.Hour) + "&reason=abc":                         "reason",
		"from=" + at(0) + "&to=" + at(time.Hour) + "&reason=+++a+++":                     "reason",
		"from=" + at(0) + "&to=" + at(time.Hour) + "&reason=" + strings.Repeat("x", 501): "reason",
		"to=" + at(0) + "&reason=incident+1":                                             "from",
		"from=yesterday&to=" + at(0) + "&reason=incident+1":                              "from",
		"from=" + at(time.Hour) + "&to=" + at(0) + "&reason=incident+1":                  "not after",
		"from=" + at(0) + "&to=" + at(8*24*time.Hour) + "&reason=incident+1":             "7 days",
		"from=" + at(0) + "&to=" + at(time.Hour) + "&reason=incident+1&limit=5":          "limit",
	} {
		if a := r.get("/units/car1/track?"+query).want(t, 400); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", query, a.body, says)
		}
	}
	if strings.Contains(r.log.String(), "a track is read") {
		t.Errorf("the log says %s", r.log)
	}
}
