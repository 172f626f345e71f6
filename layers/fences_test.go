package layers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func ruled(t *testing.T, rule string) (layers.Layer, layers.Problems) {
	t.Helper()
	g, ps := layers.Parse("zones.yaml", []byte(`group: zones
title: {zh-CN: 区, en: Zones}
layers:
  - id: zones
    title: {zh-CN: 区, en: Zones}
    geometry: any
    label: name
    fence: `+rule+`
    properties:
      - {name: name, title: {zh-CN: 名称, en: Name}, type: text}
      - {name: radius, title: {zh-CN: 半径, en: Radius}, type: integer}
      - {name: schedule, title: {zh-CN: 时段, en: Schedule}, type: text}
      - {name: around, title: {zh-CN: 随行, en: Around}, type: text}
`))
	if len(g.Layers) == 0 {
		return layers.Layer{}, ps
	}
	return g.Layers[0], ps
}

func TestFeaturesAreFencesByTheRuleOfTheirLayer(t *testing.T) {
	l, ps := ruled(t, `{events: "enter, dwell", classes: "officer，vehicle", radius: 50, dwell: 300, speed: 36, schedule: "Mon-Fri 07:00-08:00"}`)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	at := orb.Point{105.7, 34.6}
	area := orb.Polygon{{{105.7, 34.6}, {105.8, 34.6}, {105.8, 34.7}, {105.7, 34.6}}}
	tests := []struct {
		name string
		f    spatial.Feature
		want func(f *fence.Fence) bool
		err  string
	}{
		{name: "the rule", f: spatial.Feature{ID: "1", Geometry: at},
			want: func(f *fence.Fence) bool {
				return f.ID == "zones/1" && f.Name == "1" && f.Radius == 50 && f.Dwell == 5*time.Minute && f.Speed == 10 &&
					f.Classes == spatial.ClassesOf(spatial.Officer, spatial.Vehicle) && f.Events == fence.KindsOf(fence.Enter, fence.Dwell) && f.Schedule != nil
			}},
		{name: "its own radius and name", f: spatial.Feature{ID: "1", Geometry: at, Properties: map[string]any{"radius": int64(80), "name": "校门"}},
			want: func(f *fence.Fence) bool { return f.Radius == 80 && f.Name == "校门" }},
		{name: "an area needs no radius", f: spatial.Feature{ID: "1", Geometry: area},
			want: func(f *fence.Fence) bool { return f.Radius == 0 }},
		{name: "a circle around a unit has no place of its own", f: spatial.Feature{ID: "1", Geometry: at, Properties: map[string]any{"around": "car 7"}},
			want: func(f *fence.Fence) bool { return f.Area == nil && f.Around == "car 7" && f.Radius == 50 }},
		{name: "a schedule that is none", f: spatial.Feature{ID: "1", Geometry: at, Properties: map[string]any{"schedule": "whenever"}}, err: "schedule"},
		{name: "no radius at all", f: spatial.Feature{ID: "1", Geometry: at, Properties: map[string]any{"radius": int64(0)}}, err: "radius"},
	}
	for _, test := range tests {
		f, err := l.FenceOf(test.f)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want one on the %s", test.name, err, test.err)
			}
			if _, ps := layers.CheckFeature(l, test.f); len(ps) == 0 {
				t.Errorf("%s: an edit with it is taken", test.name)
			}
		case err != nil || !test.want(f):
			t.Errorf("%s: %+v, %v", test.name, f, err)
		}
	}
}

func TestARuleThatCannotHoldIsNamed(t *testing.T) {
	for rule, want := range map[string]string{
		`{events: "arrive"}`: "arrive", `{classes: "dog"}`: "dog", `{side: up}`: "up", `{schedule: "25:00"}`: "schedule", `{colour: red}`: "colour",
	} {
		if _, ps := ruled(t, rule); len(ps) == 0 || !strings.Contains(ps.Err().Error(), want) || !strings.Contains(ps.Err().Error(), "zones.yaml:") {
			t.Errorf("%s: %v, want the file and %q", rule, ps, want)
		}
	}
	if l, ps := ruled(t, `{events: none}`); len(ps) > 0 {
		t.Error(ps)
	} else if f, err := l.FenceOf(spatial.Feature{ID: "1", Geometry: orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}); err != nil || f.Events.Has(fence.Enter) {
		t.Errorf("a fence that is only looked up tells of events: %+v, %v", f, err)
	}
}

func TestFeaturesOfARegistryMayReport(t *testing.T) {
	g, ps := layers.Parse("people.yaml", []byte(`group: people
title: {zh-CN: 警力, en: Force}
layers:
  - id: roster
    title: {zh-CN: 登记, en: Roster}
    geometry: point
    label: name
    registry: {prefix: r-, serials: boxes}
    properties:
      - {name: name, title: {zh-CN: 名称, en: Name}, type: text}
      - {name: class, title: {zh-CN: 类别, en: Class}, type: text}
      - {name: boxes, title: {zh-CN: 设备, en: Boxes}, type: text}
      - {name: skills, title: {zh-CN: 技能, en: Skills}, type: text}
`))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	r, ok, err := g.Layers[0].RegistrationOf(spatial.Feature{ID: "7", Geometry: orb.Point{105, 34}, Properties: map[string]any{
		"name": "巡7", "class": "officer", "boxes": "a1, b2", "skills": "first_aid",
	}})
	if !ok || err != nil || r.ID != "r-7" || r.Name != "巡7" || r.Class != spatial.Officer || len(r.Serials) != 2 || r.Serials[1] != "b2" || r.Home != (orb.Point{105, 34}) {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
	if _, ok, err := g.Layers[0].RegistrationOf(spatial.Feature{ID: "8", Properties: map[string]any{"class": "ghost"}}); !ok || err == nil {
		t.Error("a class that there is not is taken")
	}
}
