package api_test

import (
	"encoding/json"
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

// quarter is four beats that share edges, two that lie over each other, a school with hours, and a camera's circle.
func quarter(t testing.TB) (*rig, *city) {
	r, y := newLiveRig(t)
	for i, b := range []orb.Polygon{block(-4, -4, 0, 0), block(0, -4, 4, 0), block(-4, 0, 0, 4), block(0, 0, 4, 4), block(20, 20, 24, 24), block(18, 18, 22, 22)} {
		y.fence(&fence.Fence{ID: fmt.Sprintf("beats/B%d", i+1), Name: fmt.Sprintf("Beat %d", i+1), Area: b})
	}
	hours, err := fence.ParseSchedule("Mon-Fri 07:20-08:10")
	if err != nil {
		t.Fatal(err)
	}
	y.fence(&fence.Fence{
		ID: "roads/school", Area: block(1, 1, 2, 2), Schedule: hours, Speed: 8,
		Effective: spatial.Validity{From: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)},
	})
	y.fence(&fence.Fence{ID: "cameras/7", Area: off(2, 2), Radius: 150, Events: fence.KindsOf(fence.Enter)})
	return r, y
}

// holding is which fences an answer names.
func holding(t testing.TB, a answer) string {
	t.Helper()
	var v struct {
		Fences []struct{ ID, Layer, Feature string }
	}
	if err := json.Unmarshal(a.want(t, 200).body, &v); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range v.Fences {
		if f.ID != f.Layer+"/"+f.Feature {
			t.Errorf("%+v does not fit", f)
		}
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

func lonlat(p orb.Point) string { return fmt.Sprintf("lon=%v&lat=%v", p[0], p[1]) }

func TestContains(t *testing.T) {
	r, _ := quarter(t)
	school := "&at=" + url.QueryEscape("2026-11-24T07:30:00+08:00")
	tests := []struct{ name, query, want string }{
		{"in one beat", lonlat(off(-2, -2)), "beats/B1"},
		{"on the edge of two", lonlat(off(-2, 0)), "beats/B3"},
		{"on the corner of four", lonlat(off(0, 0)), "beats/B4"},
		{"on the edge of the last two", lonlat(off(0, 3)), "beats/B4"},
		{"where one lies over another", lonlat(off(21, 21)), "beats/B5"},
		{"out of all", lonlat(off(9, 9)), ""},
		{"in school time", lonlat(off(1.5, 1.5)) + school, "beats/B4 cameras/7 roads/school"},
		{"out of school time", lonlat(off(1.5, 1.5)), "beats/B4 cameras/7"},
		{"in school time before the school was there", lonlat(off(1.5, 1.5)) + "&at=" + url.QueryEscape("2026-05-25T07:30:00+08:00"), "beats/B4 cameras/7"},
		{"of one layer", lonlat(off(1.5, 1.5)) + school + "&layer=roads", "roads/school"},
		{"of a layer without fences", lonlat(off(1.5, 1.5)) + "&layer=foreign", ""},
	}
	for _, tt := range tests {
		if got := holding(t, r.get("/fences/contains?"+tt.query)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for query, says := range map[string]string{"lon=1": "lat", "lon=1&lat=91": "lat", "lon=1&lat=1&at=now": "at", "lon=1&lat=1&layer=nix": "layer", "lon=1&lat=1&altitude=x": "altitude", "lon=1&lat=1&z=1": "z"} {
		if a := r.get("/fences/contains?"+query).want(t, 400); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", query, a.body, says)
		}
	}
}

// TestMatch: the batch says the same as one question for each point.
func TestMatch(t *testing.T) {
	const seed = 9
	rng := rand.New(rand.NewPCG(seed, seed))
	r, _ := quarter(t)
	var points []orb.Point
	for range 60 {
		points = append(points, off(float64(rng.IntN(12)-6), float64(rng.IntN(12)-6))) // many on edges
	}
	body, err := json.Marshal(map[string]any{"points": points, "at": "2026-11-24T07:30:00+08:00"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Matches [][]string }
	if err := json.Unmarshal(r.do("POST", "/fences/match", string(body), "Content-Type", jsonType).want(t, 200).body, &got); err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		want := holding(t, r.get("/fences/contains?"+lonlat(p)+"&at="+url.QueryEscape("2026-11-24T07:30:00+08:00")))
		if strings.Join(got.Matches[i], " ") != want {
			t.Errorf("seed %d: %v matches %v, contains says %s", seed, p, got.Matches[i], want)
		}
	}
	for body, says := range map[string]string{
		`{}`: "points", `{"points":[]}`: "points", `{"points":[[1]]}`: "points[0]", `{"points":[[1,95]]}`: "points[0]", `{"points":[[1,2]],"layer":"nix"}`: "layer",
		`{"points":[[1,2]],"at":"x"}`: "at", `{"points":[[1,2]],"layr":"beats"}`: "layr", `[]`: "body",
	} {
		if a := r.do("POST", "/fences/match", body, "Content-Type", jsonType).want(t, 422); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", body, a.body, says)
		}
	}
}

func TestFences(t *testing.T) {
	r, y := quarter(t)
	y.place(live.Unit{ID: "car1"}, off(-2, -2))
	type shown struct {
		ID, Layer, Schedule string
		Events              []string
		Holds               bool    `json:"holds_now"`
		Next                *string `json:"next_change"`
		Inside              int
	}
	list := func(path string) (ids []string, fences map[string]shown, next string) {
		a := r.get(path).want(t, 200)
		var v struct{ Fences []shown }
		if err := json.Unmarshal(a.body, &v); err != nil {
			t.Fatal(err)
		}
		fences = map[string]shown{}
		for _, f := range v.Fences {
			ids, fences[f.ID] = append(ids, f.ID), f
		}
		return ids, fences, strings.TrimPrefix(linkTo(a.json(t), "next"), r.url)
	}
	ids, all, next := list("/fences")
	if !slices.Equal(ids, []string{"beats/B1", "beats/B2", "beats/B3", "beats/B4", "beats/B5", "beats/B6", "cameras/7", "roads/school"}) || next != "" {
		t.Errorf("the fences are %v, next is %q", ids, next)
	}
	if f := all["beats/B1"]; f.Inside != 1 || !f.Holds || f.Next != nil || !slices.Contains(f.Events, "exit") {
		t.Errorf("the beat is %+v", f)
	}
	if f := all["cameras/7"]; !slices.Equal(f.Events, []string{"enter"}) {
		t.Errorf("the camera is %+v", f)
	}
	if f := all["roads/school"]; f.Holds || f.Next == nil || *f.Next != "2026-11-24T23:20:00.000Z" || f.Schedule == "" || !slices.Contains(f.Events, "speed") {
		t.Errorf("the school is %+v", f)
	}
	var paged []string
	for next := "/fences?limit=2&layer=beats"; next != ""; {
		ids, _, next = list(next)
		paged = append(paged, ids...)
	}
	if !slices.Equal(paged, []string{"beats/B1", "beats/B2", "beats/B3", "beats/B4", "beats/B5", "beats/B6"}) {
		t.Errorf("page by page they are %v", paged)
	}
	r.get("/fences?layer=nix").want(t, 400)
	r.get("/fences?limit=x").want(t, 400)
}
