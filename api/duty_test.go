package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// onDuty is a rig with car1 in beat QC-01 from 03:00 to 11:00 UTC, and its check-in points.
func onDuty(t *testing.T) (*rig, *city) {
	text := func(name string) layers.Property {
		return layers.Property{Name: name, Title: layers.Text{Zh: name, En: name}, Type: layers.TextType}
	}
	when := func(name string) layers.Property {
		return layers.Property{Name: name, Title: layers.Text{Zh: name, En: name}, Type: layers.TimeType}
	}
	shifts, points := storetest.Layer("shifts", layers.PointKind), storetest.Layer("points", layers.PointKind)
	shifts.Properties = []layers.Property{text("unit"), text("beat"), when("begins"), when("ends")}
	points.Properties = []layers.Property{text("beat"), text("window"), {Name: "dwell", Title: layers.Text{Zh: "停", En: "Dwell"}, Type: layers.IntegerType}}
	shifts.Label, points.Label = "unit", "beat"
	shifts.Duty = &layers.Duty{Unit: "unit", Begins: "begins", Ends: "ends", Beat: "beat",
		Beats: layers.DutyBeats{Layer: "beats", Code: "note"}, Points: layers.DutyPoints{Layer: "points", Beat: "beat", Dwell: "dwell", Window: "window"}}
	var store *storetest.Memory
	r, y := newLiveRig(t, func(c *api.Config) {
		groups := definitions(t).Groups()
		groups[0].Layers = append(groups[0].Layers, shifts, points)
		defs, ps := layers.NewCatalogue(groups...)
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		store = c.Reader(shifts).(*storetest.Memory)
		if err := store.Sync(t.Context(), defs.Layers()); err != nil {
			t.Fatal(err)
		}
		c.Catalogue = func() *layers.Catalogue { return defs }
	})
	put := func(layer, id string, at orb.Geometry, effective spatial.Validity, properties map[string]any) {
		edit := layers.Edit{Op: layers.Put, Layer: layer, Feature: spatial.Feature{ID: id, Geometry: at, Effective: effective, Properties: properties}}
		if _, err := store.Apply(t.Context(), []layers.Edit{edit}); err != nil {
			t.Fatal(err)
		}
	}
	always := spatial.Validity{}
	put("beats", "B1", block(-4, -4, 0, 0), spatial.Validity{To: began}, map[string]any{"note": "QC-01"})
	put("beats", "B2", block(-4, -4, 4, 4), spatial.Validity{From: began}, map[string]any{"note": "QC-01"})
	shift := func(id, unit, beat string, begins time.Duration) {
		put("shifts", id, center, always, map[string]any{"unit": unit, "beat": beat, "begins": began.Add(begins).Format(time.RFC3339), "ends": began.Add(begins + 8*time.Hour).Format(time.RFC3339)})
	}
	shift("s1", "car1", "QC-01", 0)
	shift("s2", "car1", "QC-99", time.Hour)
	shift("s3", "car2", "QC-01", 0)
	shift("s4", "car1", "QC-01", -24*time.Hour)
	put("points", "C1", off(1, 1), always, map[string]any{"beat": "QC-01", "dwell": int64(60), "window": "11:00-11:30"})
	put("points", "C2", off(2, 2), always, map[string]any{"beat": "QC-01", "window": "11:00-11:10"})
	put("points", "C3", off(2, 2), always, map[string]any{"beat": "QC-01", "window": "11:05-18:00"})
	put("points", "C4", off(2, 2), always, map[string]any{"beat": "QC-01", "window": "now and then"})
	put("points", "C5", off(1, 1), always, map[string]any{"beat": "QC-02"})
	return r, y
}

func TestDuty(t *testing.T) {
	r, y := onDuty(t)
	y.register(live.Unit{ID: "car1"}, live.Unit{ID: "car2"})
	send := func(seconds int, at orb.Point) {
		f := y.report("car1", at)
		f.Fix = spatial.InstantOf(began.Add(time.Duration(seconds) * time.Second))
		if _, err := y.submit(t.Context(), []live.Report{f}); err != nil {
			t.Fatal(err)
		}
	}
	y.pass(20 * time.Minute)
	for s := 0; s <= 120; s += 30 { // at C1
		send(s, off(1, 1+float64(s)/1e4))
	}
	send(180, off(3, 1))
	send(240, off(5, 1)) // over the border half way
	send(300, off(5, 2))
	send(310, orb.Point{0, 0}) // no place
	send(600, off(3, 3))       // after a gap
	reason := "&reason=complaint+4711"
	a := r.get("/units/car1/duty?from="+at(0)+"&to="+at(time.Hour)+reason).want(t, 200)
	doc := a.json(t)
	all := doc["shifts"].([]any)
	if len(all) != 1 || doc["unit"] != "car1" || doc["stale"] != 120.0 {
		t.Fatalf("got %s", a.body)
	}
	one := all[0].(map[string]any)
	if got := fmt.Sprint(one["shift"], " ", one["time"], " ", one["until"]); got != "shifts/s1 map[inside:210 outside:90 unknown:900] 2026-11-24T03:20:00Z" {
		t.Errorf("time in the beat: %s", got)
	}
	var calls []string
	for _, c := range one["calls"].([]any) {
		c := c.(map[string]any)
		calls = append(calls, strings.TrimSpace(fmt.Sprintf("%v %v %v", c["point"], c["outcome"], either(c["reason"], c["stayed"]))))
	}
	if got := strings.Join(calls, ", "); got != "C1 done 120, C2 missed elsewhere, C3 open" {
		t.Errorf("the calls are %s", got)
	}
	if got := fmt.Sprint(one["problems"]); !strings.Contains(got, "points/C4") {
		t.Errorf("the point without a window to be read is not named: %s", got)
	}
	if strings.Contains(string(a.body), "105.7") || strings.Contains(string(a.body), "34.58") {
		t.Errorf("it tells places: %s", a.body)
	}
	if a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(r.log.String(), `reason="complaint 4711"`) {
		t.Errorf("the header is %v, the log says %s", a.Header, r.log)
	}
	y.pass(time.Hour)
	all = r.get("/units/car1/duty?from="+at(0)+"&to="+at(2*time.Hour)+reason).want(t, 200).json(t)["shifts"].([]any)
	if len(all) != 2 || all[1].(map[string]any)["time"] != nil || !strings.Contains(fmt.Sprint(all[1].(map[string]any)["problems"]), "QC-99") {
		t.Errorf("a shift in a beat that is not there: %v", all)
	}
	if all = r.get("/units/car2/duty?from="+at(0)+"&to="+at(time.Hour)+reason).want(t, 200).json(t)["shifts"].([]any); len(all) != 1 ||
		fmt.Sprint(all[0].(map[string]any)["time"]) != "map[inside:0 outside:0 unknown:4800]" {
		t.Errorf("another unit: %v", all)
	}
	r.get("/units/nix/duty?from="+at(0)+reason).want(t, 404)
}

func either(a, b any) any {
	if a != nil {
		return a
	}
	if b != nil {
		return b
	}
	return ""
}

func TestDutyNeedsAReason(t *testing.T) {
	r, y := onDuty(t)
	y.register(live.Unit{ID: "car1"})
	for query, says := range map[string]string{
		"from=" + at(0) + "&to=" + at(time.Hour):                             "reason",
		"from=" + at(0) + "&to=" + at(8*24*time.Hour) + "&reason=incident+1": "7 days",
		"from=" + at(0) + "&reason=incident+1&limit=5":                       "limit",
	} {
		if a := r.get("/units/car1/duty?"+query).want(t, 400); !strings.Contains(string(a.body), says) {
			t.Errorf("%s: %s does not say %q", query, a.body, says)
		}
	}
	if strings.Contains(r.log.String(), "duty of a unit is read") {
		t.Errorf("the log says %s", r.log)
	}
}
