package layers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

func divided(t *testing.T, block string) (layers.Layer, layers.Problems) {
	t.Helper()
	g, ps := layers.Parse("ground.yaml", []byte(`group: ground
title: {zh-CN: 区, en: Ground}
layers:
  - id: ground
    title: {zh-CN: 巡区, en: Ground}
    geometry: polygon
    partition: `+block+`
    properties:
      - {name: level, title: {zh-CN: 层级, en: Level}, type: text}
      - {name: hidden, title: {zh-CN: 内部, en: Hidden}, type: text, sensitivity: internal}
      - {name: posts, title: {zh-CN: 岗位, en: Posts}, type: integer}
`))
	if len(g.Layers) == 0 {
		return layers.Layer{}, ps
	}
	return g.Layers[0], ps
}

func TestAPartitionThatCannotHoldIsNamed(t *testing.T) {
	tests := []struct{ block, says string }{
		{block: "{}"},
		{block: "{within: districts, by: level, sliver: 2.5}"},
		{block: "{within: ground}", says: "ground.yaml:7 layers[0].partition.within: a layer cannot be what it shall cover itself"},
		{block: "{within: A B}", says: `"A B" is no layer id`},
		{block: "{by: nothing}", says: `"nothing" is none of the text properties`},
		{block: "{by: posts}", says: `"posts" is none of the text properties`},
		{block: "{by: hidden}", says: `"hidden" is internal and the layer is not`},
		{block: "{sliver: -1}", says: "the width -1 is not within 0 to 1000 m"},
		{block: "{whithin: districts}", says: "field whithin not found"},
	}
	for _, test := range tests {
		_, ps := divided(t, test.block)
		if (len(ps) > 0) != (test.says != "") || !strings.Contains(ps.Error(), test.says) {
			t.Errorf("%s: %v", test.block, ps)
		}
	}
}

// plot is a rectangle with corners in thousandths of a degree.
func plot(id, level string, w, s, e, n float64) spatial.Feature {
	at := func(x, y float64) orb.Point { return orb.Point{105 + x/1000, 34 + y/1000} }
	f := spatial.Feature{ID: id, Geometry: orb.Polygon{{at(w, s), at(e, s), at(e, n), at(w, n), at(w, s)}}, Properties: map[string]any{}}
	if level != "" {
		f.Properties["level"] = level
	}
	return f
}

func told(s *layers.Survey, at time.Time) string {
	got, err := s.At(at)
	if err != nil {
		return err.Error()
	}
	return listed(got.Findings)
}

func listed(fs []layers.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Kind, strings.Join(f.Parts, "+"), f.By)))
	}
	return strings.Join(out, "; ")
}

func TestSurvey(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	l, ps := divided(t, "{within: districts, by: level}")
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	districts := storetest.Layer("districts", layers.PolygonKind)
	store := new(storetest.Memory)
	if err := store.Sync(t.Context(), []layers.Layer{l, districts}); err != nil {
		t.Fatal(err)
	}
	old := plot("C", "beat", 10, 0, 20, 10)
	old.Effective.To = now
	put := func(layer string, fs ...spatial.Feature) {
		for _, f := range fs {
			if _, err := store.Apply(t.Context(), []layers.Edit{{Op: layers.Put, Layer: layer, Feature: f}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put("ground", plot("A", "beat", 0, 0, 10, 10), plot("B", "beat", 10, 0, 20, 10), plot("S", "sector", 0, 0, 20, 10), old)
	read := func(within layers.Reader) *layers.Survey {
		s, err := layers.ReadSurvey(t.Context(), l, store, within)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := told(read(store), now); got != "" {
		t.Errorf("nothing says what shall be covered: %q", got)
	}
	put("districts", plot("west", "", 0, 0, 12, 10), plot("east", "", 12, 0, 20, 12))
	s := read(store)
	if got := told(s, now); got != "gap B beat; gap S sector" {
		t.Errorf("two districts, to the north of B uncovered: %q", got)
	}
	if got := told(s, now.Add(-time.Second)); got != "overlap B+C beat; gap B+C beat; gap S sector" {
		t.Errorf("while C held: %q", got)
	}
	if got := told(read(nil), now); got != "" {
		t.Errorf("without the districts: %q", got)
	}
	edit := func(op layers.Op, f spatial.Feature) layers.Edit {
		return layers.Edit{Op: op, Layer: "ground", Feature: f}
	}
	later := plot("A", "beat", 0, 0, 14, 10)
	later.Effective.From = now.Add(time.Hour)
	ends := plot("A", "beat", 0, 0, 10, 10)
	ends.Effective.To = now.Add(time.Hour)
	named := plot("A", "beat", 0, 0, 10, 10)
	named.Properties["posts"] = int64(3)
	before, err := s.At(now)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		edits   []layers.Edit
		moments []time.Duration
		worse   string // at the last moment
	}{
		{"a beat grows over another", []layers.Edit{edit(layers.Replace, plot("A", "beat", 0, 0, 12, 10))}, []time.Duration{0}, "overlap A+B beat"},
		{"a beat fills the gap", []layers.Edit{edit(layers.Create, plot("D", "beat", 12, 10, 20, 12))}, []time.Duration{0}, ""},
		{"a beat fills half of the gap", []layers.Edit{edit(layers.Create, plot("D", "beat", 12, 10, 20, 11))}, []time.Duration{0}, ""},
		{"a beat goes", []layers.Edit{edit(layers.Delete, spatial.Feature{ID: "A"})}, []time.Duration{0}, "gap B beat"},
		{"a beat becomes a sector", []layers.Edit{edit(layers.Replace, plot("A", "sector", 0, 0, 10, 10))}, []time.Duration{0}, "overlap A+S sector; gap B beat"},
		{"a property alone changes", []layers.Edit{edit(layers.Replace, named)}, nil, ""},
		{"a beat shrinks and its neighbour grows", []layers.Edit{edit(layers.Replace, plot("A", "beat", 0, 0, 8, 10)), edit(layers.Replace, plot("B", "beat", 8, 0, 20, 10))}, []time.Duration{0}, ""},
		{"a beat will grow in an hour", []layers.Edit{edit(layers.Replace, later)}, []time.Duration{0, time.Hour}, "overlap A+B beat"},
		{"a beat ends in an hour", []layers.Edit{edit(layers.Replace, ends)}, []time.Duration{0, time.Hour}, "gap B beat"},
		{"another layer", []layers.Edit{{Op: layers.Delete, Layer: "districts", Feature: spatial.Feature{ID: "A"}}}, nil, ""},
	}
	for _, test := range tests {
		after, moments := s.With(test.edits, now)
		var since []time.Duration
		for _, m := range moments {
			since = append(since, m.Sub(now))
		}
		if fmt.Sprint(since) != fmt.Sprint(test.moments) {
			t.Errorf("%s: moments %v, want %v", test.name, since, test.moments)
		}
		if len(moments) == 0 {
			continue
		}
		got, err := after.At(moments[len(moments)-1])
		if err != nil {
			t.Fatal(err)
		}
		if said := listed(layers.Worse(before.Findings, got.Findings)); said != test.worse {
			t.Errorf("%s: worse is %q, want %q", test.name, said, test.worse)
		}
		if still := told(s, now); still != "gap B beat; gap S sector" {
			t.Fatalf("%s changed the survey before it: %q", test.name, still)
		}
	}
}
