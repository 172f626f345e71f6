package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// send asks the server for something with a body and returns the answer.
func send(method, url, mediaType string, body []byte, headers ...string) (int, []byte, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", mediaType)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// edit puts features into layers, all or none.
func edit(t *testing.T, base string, edits []map[string]any) {
	t.Helper()
	for some := range slices.Chunk(edits, 1000) {
		body, err := json.Marshal(some)
		if err != nil {
			t.Fatal(err)
		}
		if status, text, err := send("POST", base+"/edits", "application/json", body); err != nil || status != http.StatusOK {
			t.Fatalf("edit: %d %s %v", status, text, err)
		}
	}
}

func feature(layer, id string, geometry any, properties map[string]any) map[string]any {
	return map[string]any{"op": "put", "layer": layer, "id": id, "feature": map[string]any{
		"type": "Feature", "geometry": geometry, "properties": properties,
	}}
}

func pointAt(p orb.Point) map[string]any {
	return map[string]any{"type": "Point", "coordinates": p}
}

// enlist registers officers u0 to u(n-1).
func enlist(t *testing.T, base string, n int) {
	t.Helper()
	var edits []map[string]any
	for i := range n {
		edits = append(edits, feature("roster", fmt.Sprint("u", i), pointAt(orb.Point{105.7, 34.58}), map[string]any{
			"name": fmt.Sprint("车", i), "class": "officer", "state": "available", "serials": fmt.Sprint("box-", i),
		}))
	}
	edit(t, base, edits)
}

func positioned(device string, at time.Time, p orb.Point) live.Report {
	nan := float32(math.NaN())
	return live.Report{Device: device, Fix: spatial.InstantOf(at), Point: p, Altitude: nan, Speed: nan, Course: nan, Accuracy: 3, Battery: nan}
}

// report sends positions and returns when they are acknowledged.
func report(base string, rs []live.Report) error {
	status, text, err := send("POST", base+"/positions", "application/vnd.wardmap.positions", live.AppendReports(nil, rs))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d: %s", status, text)
	}
	return err
}

// alert is an event as the server tells it.
type alert struct {
	Seq                uint64
	Kind, Reason, Unit string
	Fence              string
	Time               time.Time
}

// alerts reads all events after a number.
func alerts(t *testing.T, base string, after uint64) (all []alert) {
	t.Helper()
	for {
		var page struct {
			Events []alert
			Newest uint64
		}
		if err := json.Unmarshal(get(t, fmt.Sprintf("%s/alerts/log?after=%d&limit=1000", base, after)), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Events) == 0 {
			return all
		}
		all = append(all, page.Events...)
		after = page.Events[len(page.Events)-1].Seq
	}
}

func kinds(all []alert) (out []string) {
	for _, a := range all {
		out = append(out, fmt.Sprintf("%d %s %s %s", a.Seq, a.Unit, a.Kind, a.Fence))
	}
	return out
}

// square is a polygon around a place, in degrees.
func square(p orb.Point, half float64) map[string]any {
	a, b := orb.Point{p[0] - half, p[1] - half}, orb.Point{p[0] + half, p[1] + half}
	return map[string]any{"type": "Polygon", "coordinates": [][]orb.Point{{a, {b[0], a[1]}, b, {a[0], b[1]}, a}}}
}

func TestAPositionIsSeenEverywhereAndSurvivesKill(t *testing.T) {
	args := []string{"--data", dataFolder(t)}
	s := start(t, args...)
	enlist(t, s.base, 3)
	here, away := orb.Point{105.72, 34.58}, orb.Point{105.73, 34.58}
	edit(t, s.base, []map[string]any{feature("fences", "f1", square(here, .002), map[string]any{"name": "广场"})})
	now := time.Now().Add(-time.Minute).Truncate(time.Second)
	rs := []live.Report{positioned("box-0", now, away), positioned("u1", now, away), positioned("stranger", now, here)}
	if err := report(s.base, rs); err != nil {
		t.Fatal(err)
	}
	if err := report(s.base, []live.Report{positioned("box-0", now.Add(20*time.Second), here)}); err != nil {
		t.Fatal(err)
	}
	look := func(s *running) {
		t.Helper()
		var unit struct {
			Geometry   struct{ Coordinates orb.Point }
			Properties struct {
				Name, State string
				Inside      []string
			}
		}
		if err := json.Unmarshal(get(t, s.base+"/units/u0"), &unit); err != nil {
			t.Fatal(err)
		}
		if p := unit.Properties; math.Abs(unit.Geometry.Coordinates[0]-here[0]) > 1e-6 || p.Name != "车0" || p.State != "available" || !slices.Equal(p.Inside, []string{"fences/f1"}) {
			t.Errorf("the unit is %+v", unit)
		}
		if want := []string{"1 u0 enter fences/f1"}; !slices.Equal(kinds(alerts(t, s.base, 0)), want) {
			t.Errorf("the events are %v, want %v", kinds(alerts(t, s.base, 0)), want)
		}
		if fs := features(t, s.base+"/tiles/units/11/1625/814.mvt"); len(fs) != 2 {
			t.Errorf("the tile shows %d units, want 2", len(fs))
		}
		var near struct{ Units []struct{ ID string } }
		if err := json.Unmarshal(get(t, fmt.Sprintf("%s/units/nearest?lon=%v&lat=%v&k=2", s.base, away[0], away[1])), &near); err != nil {
			t.Fatal(err)
		}
		if len(near.Units) != 2 || near.Units[0].ID != "u1" {
			t.Errorf("the nearest units are %v", near.Units)
		}
	}
	look(s)
	s.kill()
	s = start(t, args...)
	look(s)
	if err := report(s.base, []live.Report{positioned("box-0", now.Add(50*time.Second), away)}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"2 u0 exit fences/f1"}; !slices.Equal(kinds(alerts(t, s.base, 1)), want) {
		t.Errorf("after the kill the events go on with %v, want %v", kinds(alerts(t, s.base, 1)), want)
	}
}

func TestAnEditOfAFenceRulesBeforeItIsAnswered(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		s := start(t, args...)
		enlist(t, s.base, 1)
		here := orb.Point{105.72, 34.58}
		if err := report(s.base, []live.Report{positioned("u0", time.Now(), here)}); err != nil {
			t.Fatal(err)
		}
		steps := []struct {
			name  string
			edits []map[string]any
			want  string
		}{
			{"put over a unit", []map[string]any{feature("fences", "a", square(here, .01), map[string]any{"name": "甲"})}, "enter created"},
			{"moved away", []map[string]any{feature("fences", "a", square(orb.Point{105.8, 34.6}, .01), map[string]any{"name": "甲"})}, "exit edited"},
			{"moved back", []map[string]any{feature("fences", "a", square(here, .01), map[string]any{"name": "甲"})}, "enter edited"},
			{"deleted", []map[string]any{{"op": "delete", "layer": "fences", "id": "a"}}, "exit removed"},
		}
		for i, step := range steps {
			edit(t, s.base, step.edits)
			got := alerts(t, s.base, uint64(i))
			if len(got) != 1 || got[0].Kind+" "+got[0].Reason != step.want || got[0].Fence != "fences/a" {
				t.Errorf("%s: the events are %+v, want %s", step.name, got, step.want)
			}
		}
		if status, text, err := send("PUT", s.base+"/units/u0/state", "application/json", []byte(`{"state":"on_scene"}`)); err != nil || status >= 300 {
			t.Fatalf("%d %s %v", status, text, err)
		}
		enlist(t, s.base, 1)
		edit(t, s.base, []map[string]any{feature("roster", "u0", pointAt(here), map[string]any{"name": "新呼号", "class": "officer", "state": "available"})})
		var unit struct{ Properties struct{ Name, State string } }
		if err := json.Unmarshal(get(t, s.base+"/units/u0"), &unit); err != nil || unit.Properties.Name != "新呼号" || unit.Properties.State != "on_scene" {
			t.Errorf("after an edit of its registration the unit is %+v, %v: what it does is not the roster's to say", unit.Properties, err)
		}
		edit(t, s.base, []map[string]any{{"op": "delete", "layer": "roster", "id": "u0"}})
		if status, _, err := send("GET", s.base+"/units/u0", "", nil); err != nil || status != http.StatusNotFound {
			t.Errorf("a unit that was taken off the roster is answered with %d, %v", status, err)
		}
		bad := feature("fences", "b", pointAt(here), map[string]any{"name": "乙", "schedule": "whenever", "radius": 50})
		body, err := json.Marshal([]any{bad})
		if err != nil {
			t.Fatal(err)
		}
		if status, text, err := send("POST", s.base+"/edits", "application/json", body); err != nil || status != http.StatusUnprocessableEntity || !bytes.Contains(text, []byte("schedule")) {
			t.Errorf("a fence with a schedule that is none is answered with %d %s", status, text)
		}
	})
}
