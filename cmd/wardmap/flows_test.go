package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

const calls = `group: calls
title: {zh-CN: 求助, en: Calls}
order: 120
layers:
  - id: calls
    title: {zh-CN: 求助, en: Calls}
    geometry: point
    properties:
      - name: state
        title: {zh-CN: 状态, en: State}
        type: text
        tile: true
        values: [{value: new, title: {zh-CN: 新, en: New}}, {value: taken, title: {zh-CN: 已接, en: Taken}}]
      - {name: since, title: {zh-CN: 自, en: Since}, type: time}
      - {name: late, title: {zh-CN: 超时, en: Late}, type: boolean, tile: true}
    flow:
      property: state
      steps: {new: [taken]}
      since: since
      late: late
      deadlines: [{states: [new], else: 1s}]
`

func TestAnIncidentIsDispatchedReachedAndClosed(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		define(t, args[1], "calls.yaml", calls)
		s := start(t, args...)
		here := orb.Point{105.72, 34.58}
		var units []map[string]any
		for i := range 3 {
			units = append(units, feature("roster", fmt.Sprint("u", i), pointAt(here), map[string]any{"name": fmt.Sprint("巡", i), "class": "officer", "state": "available"}))
		}
		edit(t, s.base, units)
		edit(t, s.base, []map[string]any{
			feature("incidents", "j1", pointAt(here), map[string]any{"name": "纠纷", "priority": "1", "state": "new"}),
			feature("calls", "c1", pointAt(here), map[string]any{"state": "new"}), feature("calls", "c2", pointAt(here), map[string]any{"state": "taken"}),
		})
		read := func(path string) map[string]any {
			var f struct{ Properties map[string]any }
			if err := json.Unmarshal(get(t, s.base+path), &f); err != nil {
				t.Fatal(err)
			}
			return f.Properties
		}
		incident := func() map[string]any { return read("/collections/incidents/items/j1") }
		patch := func(want int, values map[string]any) string {
			t.Helper()
			body, _ := json.Marshal(map[string]any{"properties": values})
			status, text, err := send("PATCH", s.base+"/collections/incidents/items/j1", "application/merge-patch+json", body)
			if err != nil || status != want {
				t.Fatalf("%v: %d %s, %v", values, status, text, err)
			}
			return string(text)
		}
		does := func(unit, state string) {
			t.Helper()
			eventually(t, unit+" is "+state, func() bool { return read("/units/" + unit)["state"] == state })
		}
		says := func(unit, state string) {
			t.Helper()
			if status, text, err := send("PUT", s.base+"/units/"+unit+"/state", "application/json", fmt.Appendf(nil, `{"state":%q}`, state)); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s, %v", status, text, err)
			}
		}

		if text := patch(http.StatusUnprocessableEntity, map[string]any{"state": "dispatched"}); !strings.Contains(text, "without 处警单元 (units)") {
			t.Error(text)
		}
		if text := patch(http.StatusUnprocessableEntity, map[string]any{"state": "on_scene"}); !strings.Contains(text, "after 待派警 (new) comes") {
			t.Error(text)
		}
		says("u2", "off_duty")
		patch(http.StatusOK, map[string]any{"state": "dispatched", "units": "u0, u1,u2"})
		does("u0", "dispatched")
		does("u1", "dispatched")
		says("u0", "en_route")
		if got := incident(); got["state"] != "en_route" || got["en_route_at"] == nil {
			t.Errorf("who sets out moves the incident: %v", got)
		}
		says("u1", "on_scene")
		says("u0", "on_scene")
		if got := incident(); got["state"] != "on_scene" || got["arrived_at"] == nil {
			t.Errorf("who arrives moves the incident: %v", got)
		}
		patch(http.StatusOK, map[string]any{"units": "u0"})
		does("u1", "available")
		eventually(t, "a call that nobody takes is late", func() bool { return read("/collections/calls/items/c1")["late"] == true })
		if got := read("/collections/calls/items/c2")["late"]; got != nil {
			t.Errorf("one that was taken is %v", got)
		}
		s.kill()
		s = start(t, args...)
		does("u0", "on_scene")
		patch(http.StatusOK, map[string]any{"state": "closed", "outcome": "handled"})
		does("u0", "available")
		if got := read("/units/u1")["state"]; got != "available" {
			t.Errorf("a restart calls nobody a second time, but u1 is %v", got)
		}
		if text := patch(http.StatusUnprocessableEntity, map[string]any{"state": "new"}); !strings.Contains(text, "is the last state") {
			t.Error(text)
		}

		s.kill()
		file := filepath.Join(t.TempDir(), "incidents.geojson")
		since := time.Now().Add(time.Second).UTC().Format(time.RFC3339) // as if the server had been killed before it called u0
		text := fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","id":"j2","geometry":{"type":"Point","coordinates":[105.72,34.58]},"properties":{"name":"盗窃","state":"dispatched","units":"u0","since":%q}}]}`, since)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := wardmap(t.Context(), append([]string{"import", file, "--layer", "incidents"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s = start(t, args...)
		does("u0", "dispatched")
	})
}

func TestWhatIsSentToAnIncident(t *testing.T) {
	s := start(t, "--data", dataFolder(t))
	here := orb.Point{105.72, 34.58}
	unit := func(id, class, kind, skills string) map[string]any {
		return feature("roster", id, pointAt(here), map[string]any{"name": id, "class": class, "kind": kind, "skills": skills, "state": "available"})
	}
	square := map[string]any{"type": "Polygon", "coordinates": []any{[]any{[]any{105.7, 34.5}, []any{105.8, 34.5}, []any{105.8, 34.6}, []any{105.7, 34.6}, []any{105.7, 34.5}}}}
	edit(t, s.base, []map[string]any{
		unit("car", "vehicle", "car", ""), unit("traffic", "vehicle", "traffic_car", "traffic"), unit("medic", "officer", "foot", "first_aid"), unit("walker", "officer", "foot", ""),
		feature("incidents", "j1", pointAt(here), map[string]any{"name": "追尾", "type": "traffic", "priority": "2", "state": "new"}),
		feature("incidents", "j2", pointAt(orb.Point{106.5, 34.58}), map[string]any{"name": "城外", "type": "traffic", "priority": "2", "state": "new"}),
		feature("run_cards", "any", square, map[string]any{"name": "一般", "needs": "1 vehicle"}),
		feature("run_cards", "accident", square, map[string]any{"name": "事故", "types": "traffic", "needs": "1 vehicle:traffic_car, 1 officer, 1 officer+first_aid, 1 drone"}),
	})
	var reports []map[string]any
	for i, id := range []string{"medic", "walker", "car", "traffic"} { // the medic is the nearest
		reports = append(reports, map[string]any{"device": id, "time": time.Now().UTC().Format(time.RFC3339Nano), "lon": here[0] + .001*float64(i), "lat": here[1]})
	}
	body, _ := json.Marshal(reports)
	if status, text, err := send("POST", s.base+"/positions", "application/json", body); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s, %v", status, text, err)
	}
	var got struct {
		Card    *struct{ ID string }
		Missing int
		Needs   []struct {
			Need    string
			Missing int
			Units   []struct{ ID string }
		}
	}
	ask := func(id string) string {
		t.Helper()
		got.Card, got.Needs = nil, nil
		if err := json.Unmarshal(get(t, s.base+"/units/recommended?incident="+id), &got); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, n := range got.Needs {
			all = append(all, fmt.Sprint(n.Need, " ", n.Missing, n.Units))
		}
		return strings.Join(all, ", ")
	}
	if text := ask("j1"); got.Card == nil || got.Card.ID != "accident" || got.Missing != 1 ||
		text != "1 vehicle:traffic_car 0 [{traffic}], 1 officer 0 [{walker}], 1 officer+first_aid 0 [{medic}], 1 drone 1 []" {
		t.Errorf("%+v: %s", got.Card, text)
	}
	if text := ask("j2"); got.Card != nil || text != "1 vehicle 0 [{traffic}]" {
		t.Errorf("without a card: %+v: %s", got.Card, text)
	}
	bad, _ := json.Marshal([]any{feature("run_cards", "bad", square, map[string]any{"name": "错", "needs": "two cars"})})
	if status, text, _ := send("POST", s.base+"/edits", "application/json", bad); status != http.StatusUnprocessableEntity || !strings.Contains(string(text), "is not a number, a class") {
		t.Errorf("%d %s", status, text)
	}
}
