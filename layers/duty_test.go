package layers_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// planned is a catalogue of shifts, beats and points, with a change to its text.
func planned(from, to string) (*layers.Catalogue, layers.Problems) {
	text := `group: plan
title: {zh-CN: 勤务, en: Plan}
layers:
  - id: shifts
    title: {zh-CN: 班次, en: Shifts}
    geometry: point
    duty:
      unit: unit
      begins: begins
      ends: ends
      beat: beat
      beats: {layer: beats, code: code}
      points: {layer: points, beat: beat, radius: radius, dwell: dwell, window: window}
    properties:
      - {name: unit, title: {zh-CN: 单元, en: Unit}, type: text}
      - {name: beat, title: {zh-CN: 巡区, en: Beat}, type: text}
      - {name: begins, title: {zh-CN: 上岗, en: Begins}, type: time}
      - {name: ends, title: {zh-CN: 下岗, en: Ends}, type: time}
  - id: beats
    title: {zh-CN: 巡区, en: Beats}
    geometry: polygon
    partition: {within: wards}
    properties:
      - {name: code, title: {zh-CN: 编号, en: Code}, type: text}
  - id: wards
    title: {zh-CN: 辖区, en: Wards}
    geometry: polygon
  - id: points
    title: {zh-CN: 必到点, en: Points}
    geometry: point
    properties:
      - {name: beat, title: {zh-CN: 巡区, en: Beat}, type: text}
      - {name: radius, title: {zh-CN: 半径, en: Radius}, type: integer}
      - {name: dwell, title: {zh-CN: 停留, en: Dwell}, type: integer}
      - {name: window, title: {zh-CN: 时段, en: Window}, type: text}
`
	return layers.Load(fstest.MapFS{"plan.yaml": {Data: []byte(strings.Replace(text, from, to, 1))}})
}

func TestADutyThatCannotBeIsNamed(t *testing.T) {
	tests := []struct{ from, to, says string }{
		{},
		{"begins: begins", "begins: unit", `plan.yaml:9 layers[0].duty.begins: "unit" is none of the layer's properties of type time`},
		{"      unit: unit\n", "      unit: crew\n", `"crew" is none of the layer's properties of type text`},
		{"beats: {layer: beats, code: code}", "beats: {layer: beats}", "say with layer and code where the beats stand"},
		{"{layer: points, beat: beat, ", "{layer: points, ", "say with layer and beat where the points stand"},
		{"{layer: beats, code: code}", "{layer: beets, code: code}", `there is no layer "beets"`},
		{"{layer: beats, code: code}", "{layer: points, code: beat}", "layer points holds point, not polygon"},
		{"{layer: beats, code: code}", "{layer: beats, code: number}", `"number" is none of the properties of layer beats of type text`},
		{"radius: radius", "radius: window", `"window" is none of the properties of layer points of type number`},
		{"within: wards", "within: words", `plan.yaml:19 beats.partition.within: there is no layer "words"`},
		{"within: wards", "within: points", "layer points holds point: only polygons can be covered"},
	}
	for _, test := range tests {
		_, ps := planned(test.from, test.to)
		if (len(ps) > 0) != (test.says != "") || !strings.Contains(ps.Error(), test.says) {
			t.Errorf("%s: %v", test.to, ps)
		}
	}
}

func TestShiftsAndPointsAreReadFromFeatures(t *testing.T) {
	defs, ps := planned("", "")
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	l, _ := defs.Layer("shifts")
	shift := func(unit, begins, ends string) spatial.Feature {
		return spatial.Feature{ID: "1", Geometry: orb.Point{105.7, 34.6}, Properties: map[string]any{"unit": unit, "beat": "QC-01", "begins": begins, "ends": ends}}
	}
	const eight, four = "2026-11-24T00:00:00Z", "2026-11-24T08:00:00Z"
	s, beat, ok, err := l.ShiftOf(shift("P1", eight, four))
	if err != nil || !ok || beat != "QC-01" || s.Unit != "P1" || s.Length() != 8*time.Hour {
		t.Errorf("%+v, %q, %v, %v", s, beat, ok, err)
	}
	for says, f := range map[string]spatial.Feature{
		"it ends (2026-11-24T00:00:00Z) before it begins": shift("P1", four, eight),
		"a shift is that of a unit":                       shift("", eight, four),
		"it is more than 48h0m0s after":                   shift("P1", eight, "2026-11-27T00:00:00Z"),
		"ends: it is missing, or no time":                 shift("P1", eight, ""),
	} {
		if f.Properties["ends"] == "" {
			delete(f.Properties, "ends")
		}
		if _, ps := layers.CheckFeature(l, f); !strings.Contains(ps.Error(), says) {
			t.Errorf("an edit says %v, want %q", ps, says)
		}
	}
	if _, ps := layers.CheckFeature(l, shift("P1", eight, four)); len(ps) > 0 {
		t.Error(ps)
	}
	at := spatial.Feature{ID: "C", Geometry: orb.Point{105.7, 34.6}, Properties: map[string]any{"radius": int64(30), "dwell": int64(90), "window": "23:30-00:30"}}
	if p, err := l.Duty.Points.PointOf(at); err != nil || p.Radius != 30 || p.Dwell != 90*time.Second || p.Window == nil || p.ID != "C" {
		t.Errorf("%+v, %v", p, err)
	}
	at.Properties = nil
	if p, err := l.Duty.Points.PointOf(at); err != nil || p.Radius != 50 || p.Dwell != 0 || p.Window != nil {
		t.Errorf("one that says nothing: %+v, %v", p, err)
	}
	at.Properties = map[string]any{"window": "sometimes"}
	if _, err := l.Duty.Points.PointOf(at); err == nil {
		t.Error("a window that is none is taken")
	}
}
