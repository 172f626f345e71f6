package layers_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

var square = orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}

func beatsLayer(t *testing.T) layers.Layer {
	t.Helper()
	g, ps := layers.Parse("patrol.yaml", []byte(beats))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	return g.Layers[0]
}

func TestCheckFeatureNamesEveryFault(t *testing.T) {
	with := func(name string, v any) spatial.Feature {
		return spatial.Feature{ID: "1", Geometry: square, Properties: map[string]any{"name": "城关", name: v}}
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		f    spatial.Feature
		want string // "" when it is right
	}{
		{"all is right", with("officers", int64(3)), ""},
		{"a whole float for an integer", with("officers", 3.0), ""},
		{"a null", with("officers", nil), ""},
		{"half an officer", with("officers", 3.5), "properties.officers: 3.5 is no whole number"},
		{"too many officers", with("officers", int64(51)), "properties.officers: 51 is more than 50"},
		{"fewer than none", with("officers", int64(-1)), "properties.officers: -1 is less than 0"},
		{"text for a number", with("area", "2"), "properties.area: 2 is no number"},
		{"not a number", with("area", math.NaN()), "properties.area: NaN is no number"},
		{"text for a truth", with("open", "yes"), "properties.open: yes is neither true nor false"},
		{"a date that is none", with("since", "2026-13-01"), `properties.since: "2026-13-01" is no date`},
		{"a time without zone", with("checked", "2026-11-24T03:04:05"), "properties.checked"},
		{"a value outside of the enumeration", with("grade", "c"), `properties.grade: "c" is none of a, b`},
		{"an unknown property", with("race", "x"), "properties.race: layer beats has no such property; it has name, officers"},
		{"a text that is too long", with("name", strings.Repeat("长", 2001)), "properties.name: it has 2001 characters"},
		{"a NUL in a text", with("name", "a\x00b"), "properties.name"},
		{"a required property missing", spatial.Feature{ID: "1", Geometry: square}, "properties.name: it is required and missing"},
		{"no id", spatial.Feature{Geometry: square, Properties: map[string]any{"name": "x"}}, `id: "" is no id`},
		{"an id that vanishes from addresses", spatial.Feature{ID: "..", Geometry: square, Properties: map[string]any{"name": "x"}}, `id: ".." is no id`},
		{"no geometry", spatial.Feature{ID: "1", Properties: map[string]any{"name": "x"}}, "geometry: the geometry is missing"},
		{"another kind of geometry", spatial.Feature{ID: "1", Geometry: orb.Point{1, 1}, Properties: map[string]any{"name": "x"}}, "geometry: layer beats holds geometries of kind polygon, not Point"},
		{"a place off the earth", spatial.Feature{ID: "1", Geometry: orb.Polygon{{{0, 0}, {500, 0}, {1, 1}, {0, 0}}}, Properties: map[string]any{"name": "x"}}, "geometry: ring 1, point 2 lies at lon 500"},
		{"an open ring", spatial.Feature{ID: "1", Geometry: orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}, Properties: map[string]any{"name": "x"}}, "geometry: ring 1 is not closed"},
		{"an end before the beginning", spatial.Feature{ID: "1", Geometry: square, Effective: spatial.Validity{From: day, To: day}, Properties: map[string]any{"name": "x"}}, "effective_to"},
		{"an accuracy below zero", spatial.Feature{ID: "1", Geometry: square, Accuracy: -1, Properties: map[string]any{"name": "x"}}, "accuracy_m"},
	}
	l := beatsLayer(t)
	for _, test := range tests {
		got, ps := layers.CheckFeature(l, test.f)
		switch {
		case test.want == "" && len(ps) > 0:
			t.Errorf("%s: %v", test.name, ps)
		case !strings.Contains(ps.Error(), test.want):
			t.Errorf("%s: got %q, want %q", test.name, ps.Error(), test.want)
		case test.want == "" && test.f.Properties["officers"] == 3.0 && got.Properties["officers"] != int64(3):
			t.Errorf("%s: officers stay %T", test.name, got.Properties["officers"])
		}
	}
}

func TestASolidIsKeptInOneSpelling(t *testing.T) {
	l := beatsLayer(t)
	l.Properties = append(l.Properties, layers.Property{Name: "body", Title: layers.Text{Zh: "体", En: "Body"}, Type: layers.TextType, Format: layers.SolidFormat})
	check := func(text string) (spatial.Feature, layers.Problems) {
		return layers.CheckFeature(l, spatial.Feature{ID: "1", Geometry: square, Properties: map[string]any{"name": "x", "body": text}})
	}
	f, ps := check("SRID=4326;tin z (((105.70000000000 34.5 0, 105.7001 34.5 0, 105.7 34.500100 12.50, 105.7 34.5 0)))")
	if want := "POLYHEDRALSURFACE Z (((105.7 34.5 0,105.7001 34.5 0,105.7 34.5001 12.5,105.7 34.5 0)))"; len(ps) > 0 || f.Properties["body"] != want {
		t.Errorf("%v, %v", f.Properties["body"], ps)
	}
	if _, ps := check("13900000000"); len(ps) != 1 || ps[0].Place != "properties.body" {
		t.Errorf("a mobile number is a solid: %v", ps)
	}
	if s := layers.PropertySchema(l.Properties[len(l.Properties)-1]); s["format"] != "solid" || s["maxLength"] != nil {
		t.Errorf("the schema is %v", s)
	}
}

func TestTimesAreKeptInUTC(t *testing.T) {
	f := spatial.Feature{ID: "1", Geometry: square, Properties: map[string]any{"name": "x", "checked": "2026-11-24T11:04:05.1234567+08:00"}}
	got, ps := layers.CheckFeature(beatsLayer(t), f)
	if want := "2026-11-24T03:04:05.123456Z"; len(ps) > 0 || got.Properties["checked"] != want {
		t.Errorf("got %v, %v; want %s", got.Properties["checked"], ps, want)
	}
	if f.Properties["checked"] != "2026-11-24T11:04:05.1234567+08:00" {
		t.Error("the feature that was given has changed")
	}
}

func TestJSONSchemaSaysWhatTheDefinitionSays(t *testing.T) {
	data, err := json.Marshal(layers.JSONSchema(beatsLayer(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"required":["name"]`, `"x-ogc-unit":"km2"`, `"enum":["a","b"]`, `"maximum":50`, `"format":"date-time"`,
		`"format":"geometry-polygon-or-multipolygon"`, `"additionalProperties":false`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s lacks %s", data, want)
		}
	}
}
