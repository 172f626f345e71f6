package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
)

// feeders are sources in memory, each with one record in quarantine.
type feeders struct {
	all   []api.Source
	asked string
}

func (f *feeders) Status(context.Context) ([]api.Source, layers.Problems, error) {
	return f.all, layers.Problems{{Place: "x.yaml:3 crs", Message: "必须声明 / it is needed"}}, nil
}

func (f *feeders) Run(_ context.Context, name string) error {
	f.asked = name
	return nil
}

const quarantined = `{"type":"Feature","quarantine":{"record":"00ff","source":"a","run":1,"since":"2026-11-24T00:00:00Z","place":"row 2","reason":"no"},"properties":{"CODE":1},"geometry":null}`

func (f *feeders) Quarantine(context.Context, string, string, int) ([]api.QuarantinedRecord, error) {
	return []api.QuarantinedRecord{{Key: "00ff", Feature: []byte(quarantined)}}, nil
}

func (f *feeders) Correct(_ context.Context, _, record string, feature []byte) (api.QuarantinedRecord, error) {
	switch {
	case record != "00ff":
		return api.QuarantinedRecord{}, fmt.Errorf("record %q: %w", record, layers.ErrNotFound)
	case !strings.Contains(string(feature), "Point"):
		return api.QuarantinedRecord{}, layers.Problems{{Place: "body", Message: "no geometry"}}
	}
	return api.QuarantinedRecord{Key: record, Feature: []byte(quarantined)}, nil
}

func (f *feeders) Replay(context.Context, string) (api.SourceRun, error) {
	if f.asked == "busy" {
		return api.SourceRun{}, fmt.Errorf("a run is under way: %w", layers.ErrConflict)
	}
	return api.SourceRun{Number: 2, Cause: "replay", Started: began, From: "quarantine", Taken: 1, Changed: 1, Reasons: map[string]int64{}}, nil
}

func source(name, layer string) api.Source {
	text := layers.Text{Zh: "来源", En: "Source"}
	return api.Source{
		Name: name, Title: text, Purpose: text, Basis: text, Owner: "x", Retention: "30d", Layer: layer, Kind: "folder", Schedule: "10s", CRS: "WGS84",
		Dead: &api.SourceDeath{Since: began, Why: text}, Quality: &api.SourceQuality{Run: 1, Missing: map[string]float64{"name": .5}},
		Runs: []api.SourceRun{{Number: 2, Cause: "hand", Started: began, From: "f"}, {Number: 1, Cause: "schedule", Started: began, From: "e"}},
	}
}

func TestSources(t *testing.T) {
	f := &feeders{all: []api.Source{source("a", "beats"), source("keys", "cameras"), source("secret", "tracks")}}
	r := newRig(t, func(c *api.Config) { c.Sources = f })
	doc := r.get("/sources").want(t, 200).json(t)
	if all := doc["sources"].([]any); len(all) != 2 || len(all[0].(map[string]any)["runs"].([]any)) != 1 || len(doc["problems"].([]any)) != 1 {
		t.Errorf("it lists %v", doc)
	}
	if one := r.get("/sources/a").want(t, 200).json(t); len(one["runs"].([]any)) != 2 || one["dead"] == nil {
		t.Errorf("the source is %v", one)
	}
	if r.do("POST", "/sources/a/run", "").want(t, 202); f.asked != "a" {
		t.Errorf("%q was asked to run", f.asked)
	}
	if a := r.get("/sources/a/quarantine?limit=1").want(t, 200).json(t); a["next"] != "00ff" || len(a["features"].([]any)) != 1 {
		t.Errorf("the quarantine is %v", a)
	}
	point := `{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}`
	tests := []struct {
		name, method, path, body string
		want                     int
	}{
		{"a correction", "PUT", "/sources/a/quarantine/00ff", point, 200},
		{"of a record that is not there", "PUT", "/sources/a/quarantine/0000", point, 404},
		{"that is no feature", "PUT", "/sources/a/quarantine/00ff", `{}`, 422},
		{"a replay", "POST", "/sources/a/replay", "", 200},
		{"a layer that one does not see", "GET", "/sources/secret", "", 404},
		{"its quarantine", "GET", "/sources/secret/quarantine", "", 404},
		{"to run it", "POST", "/sources/secret/run", "", 404},
		{"a layer with a hidden property", "GET", "/sources/keys", "", 200},
		{"whose records would show it", "GET", "/sources/keys/quarantine", "", 403},
		{"and cannot be corrected by one who does not see them", "PUT", "/sources/keys/quarantine/00ff", point, 403},
		{"nor replayed", "POST", "/sources/keys/replay", "", 403},
		{"no source", "GET", "/sources/none", "", 404},
		{"a parameter that is not known", "GET", "/sources?x=1", "", 400},
		{"a page of none", "GET", "/sources/a/quarantine?limit=0", "", 400},
	}
	for _, tt := range tests {
		if a := r.do(tt.method, tt.path, tt.body, "Content-Type", jsonType); a.StatusCode != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, a.StatusCode, a.body, tt.want)
		}
	}
	f.asked = "busy"
	r.do("POST", "/sources/a/replay", "").want(t, 409)
	if a := newRig(t).get("/sources").want(t, 404); !strings.Contains(string(a.body), "by itself") {
		t.Errorf("without sources it says %s", a.body)
	}
}
