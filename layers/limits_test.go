package layers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// TestDefinitionsOfWhatIsNotKept are refused with their line, whatever they are called and in whatever language.
func TestDefinitionsOfWhatIsNotKept(t *testing.T) {
	const head = `group: people
title: {zh-CN: 人, en: People}
order: 1
layers:
  - id: LAYER
    title: {zh-CN: 点, en: Points}
    geometry: point
    properties:
      - PROPERTY
`
	tests := []struct {
		layer, property, says string
	}{
		{"points", "{name: minzu, title: {zh-CN: 类, en: Kind}, type: text}", "people.yaml:9 layers[0].properties[0].name"},
		{"points", "{name: kind, title: {zh-CN: 民族, en: Kind}, type: text}", "ethnicity"},
		{"points", "{name: kind, title: {zh-CN: 类, en: Religion}, type: text}", "religion"},
		{"points", "{name: grade, title: {zh-CN: 风险等级, en: Grade}, type: text}", "risk or score"},
		{"points", "{name: kind, title: {zh-CN: 类, en: Kind}, type: text, values: [{value: a, title: {zh-CN: 汉族, en: A}}, {value: b, title: {zh-CN: 回族, en: B}}]}", "ethnicity"},
		{"petitioners", "{name: name, title: {zh-CN: 名, en: Name}, type: text}", "people.yaml:5 layers[0].id"},
		{"points", "{name: name, title: {zh-CN: 名, en: Name}, type: text}", ""},
	}
	for _, tt := range tests {
		_, ps := layers.Parse("people.yaml", []byte(strings.NewReplacer("LAYER", tt.layer, "PROPERTY", tt.property).Replace(head)))
		if (len(ps) == 0) != (tt.says == "") || len(ps) > 0 && !strings.Contains(ps.Error(), tt.says) {
			t.Errorf("%s %s: %v", tt.layer, tt.property, ps)
		}
	}
}

// TestEditsOfWhatIsNotKept are refused, with the property and never with the number.
func TestEditsOfWhatIsNotKept(t *testing.T) {
	l := storetest.Layer("beats", layers.PointKind)
	defs, ps := layers.NewCatalogue(layers.Group{ID: "g", Layers: []layers.Layer{l}})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	store := new(storetest.Memory)
	if err := store.Sync(t.Context(), defs.Managed()); err != nil {
		t.Fatal(err)
	}
	e := layers.NewEditor(store, func() *layers.Catalogue { return defs }, nil)
	for _, tt := range []struct {
		name   string
		change func(f *spatial.Feature)
		place  string
	}{
		{"an identity number in a note", func(f *spatial.Feature) { f.Properties["note"] = "证号 11010519491231002X" }, "properties.note"},
		{"a mobile number as a number", func(f *spatial.Feature) { f.Properties["number"] = int64(13812345678) }, "properties.number"},
		{"an identity number where a date belongs", func(f *spatial.Feature) { f.Properties["since"] = "11010519491231002X" }, "properties.since"},
		{"a mobile number as a height", func(f *spatial.Feature) { f.Properties["height"] = 13812345678.0 }, "properties.height"},
		{"a mobile number as the owner", func(f *spatial.Feature) { f.Owner = "13812345678" }, "owner"},
		{"an identity number as the id", func(f *spatial.Feature) { f.ID = "11010519491231002X" }, "id"},
		{"a landline", func(f *spatial.Feature) { f.Properties["note"] = "值班电话 0938-8213456" }, ""},
	} {
		f := spatial.Feature{ID: "1", Geometry: orb.Point{105.7, 34.6}, Properties: map[string]any{}}
		tt.change(&f)
		_, err := e.Apply(context.Background(), []layers.Edit{{Op: layers.Put, Layer: l.ID, Feature: f}})
		var ps layers.Problems
		if tt.place == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.As(err, &ps) || !errors.Is(err, layers.ErrInvalid) || len(ps) != 1 || ps[0].Place != tt.place || strings.Contains(err.Error(), "1381234") || strings.Contains(err.Error(), "4912310") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestSourcesOfWhatIsNotKept: a harmless name of a property does not hide the column that it stands for.
func TestSourcesOfWhatIsNotKept(t *testing.T) {
	const text = `group: people
title: {zh-CN: 人, en: People}
order: 1
layers:
  - id: points
    title: {zh-CN: 点, en: Points}
    geometry: point
    properties:
      - {name: kind, title: {zh-CN: 类, en: Kind}, type: text}
    source:
      type: table
      table: TABLE
      id: KEY
      columns: {kind: COLUMN}
`
	tests := []struct{ table, key, column, says string }{
		{"gis.points", "gid", "lx", ""},
		{"gis.points", "gid", "minzu", "people.yaml:14 layers[0].source.columns.kind"},
		{"gis.points", "sfzh", "lx", "people.yaml:13 layers[0].source.id"},
		{"gis.zdry_points", "gid", "lx", "people.yaml:12 layers[0].source.table"},
	}
	for _, tt := range tests {
		_, ps := layers.Parse("people.yaml", []byte(strings.NewReplacer("TABLE", tt.table, "KEY", tt.key, "COLUMN", tt.column).Replace(text)))
		if (len(ps) == 0) != (tt.says == "") || len(ps) > 0 && !strings.Contains(ps.Error(), tt.says) {
			t.Errorf("%s %s %s: %v", tt.table, tt.key, tt.column, ps)
		}
	}
	_, ps := layers.Parse("petitioners.yaml", []byte("group: petitioners\ntitle: {zh-CN: 点, en: Points}\norder: 1\n"))
	if !strings.Contains(ps.Error(), "petitioners.yaml:1 group") {
		t.Errorf("a group of petitioners: %v", ps)
	}
}
