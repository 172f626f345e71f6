package layers

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers/limits"
)

var (
	idRule    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)
	colorRule = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`)
	styleKeys = []string{"name", "type", "paint", "layout", "filter", "minzoom", "maxzoom"}
	drawTypes = []string{"fill", "line", "symbol", "circle", "fill-extrusion", "heatmap"}
)

// checkLayer says everything that is wrong with a definition; at names a place inside it.
func checkLayer(ps *Problems, l Layer, at func(...any) string) {
	if !idRule.MatchString(l.ID) {
		ps.add(at("id"), "%q is no layer id: use a-z, 0-9 and _, start with a letter, at most 48", l.ID)
	}
	if strings.HasSuffix(l.ID, LabelSuffix) {
		ps.add(at("id"), "%q ends in %s, which is for label points; choose another id", l.ID, LabelSuffix)
	}
	checkText(ps, l.Title, at, "title")
	checkLimits(ps, at, map[string]string{"id": l.ID, "title": l.Title.Zh, "title.en": l.Title.En})
	oneOf(ps, at("geometry"), l.Kind, PointKind, LineKind, PolygonKind, AnyKind)
	oneOf(ps, at("simplify"), l.Simplify, SimplifyShared, SimplifyEach, SimplifyNone)
	oneOf(ps, at("sensitivity"), l.Sensitivity, Public, Internal, Restricted)
	oneOf(ps, at("edits"), l.Edits, "", ByDispatch, ByMaintain)
	if l.MaxZoom > 22 || l.MinZoom > l.MaxZoom {
		ps.add(at("minzoom"), "the zooms %d to %d are no range within 0 to 22", l.MinZoom, l.MaxZoom)
	}
	names := map[string]bool{}
	for i, p := range l.Properties {
		inside := func(path ...any) string { return at(append([]any{"properties", i}, path...)...) }
		checkProperty(ps, p, inside)
		if names[p.Name] {
			ps.add(inside("name"), "property %q stands there twice", p.Name)
		}
		names[p.Name] = true
	}
	if l.Label != "" && !names[l.Label] {
		ps.add(at("label"), "the label %q is none of the properties", l.Label)
	}
	for place, name := range map[string]string{"labelled": l.Labelled, "jurisdiction": l.Jurisdiction} {
		if p, ok := l.Property(name); name != "" && (!ok || p.Type != TextType) {
			ps.add(at(place), "%q is none of the text properties", name)
		}
	}
	checkSource(ps, l, names, at)
	checkColumns(ps, l.Source, at)
	checkFence(ps, l, at)
	checkRegistry(ps, l, at)
	checkScene(ps, l, at)
	checkFlow(ps, l, at)
	checkPartition(ps, l, at)
	checkDuty(ps, l, at)
	checkCounts(ps, l, at)
	for i, s := range l.Style {
		checkStyle(ps, l, s, func(path ...any) string { return at(append([]any{"style", i}, path...)...) })
	}
}

func checkProperty(ps *Problems, p Property, at func(...any) string) {
	switch {
	case !idRule.MatchString(p.Name):
		ps.add(at("name"), "%q is no property name: use a-z, 0-9 and _, start with a letter, at most 48", p.Name)
	case slices.Contains(CommonColumns, p.Name):
		ps.add(at("name"), "%q is a column that every feature has; choose another name", p.Name)
	}
	checkText(ps, p.Title, at, "title")
	checkLimits(ps, at, map[string]string{"name": p.Name, "title": p.Title.Zh, "title.en": p.Title.En})
	checkList(ps, at, p.Values)
	oneOf(ps, at("type"), p.Type, TextType, IntegerType, NumberType, BooleanType, DateType, TimeType)
	numeric := p.Type == IntegerType || p.Type == NumberType
	if (p.Min != nil || p.Max != nil) && !numeric {
		ps.add(at("min"), "min and max are for integer and number, not for %s", p.Type)
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		ps.add(at("min"), "min %v is greater than max %v", *p.Min, *p.Max)
	}
	if p.Sensitivity != "" {
		oneOf(ps, at("sensitivity"), p.Sensitivity, Public, Internal, Restricted)
	}
	if p.Sensitivity == Restricted && p.Tile {
		ps.add(at("tile"), "a restricted property is never on tiles")
	}
	if p.Format != "" {
		oneOf(ps, at("format"), p.Format, SolidFormat, NeedsFormat, ScheduleFormat)
		if p.Format != SolidFormat {
			if p.Type != TextType {
				ps.add(at("format"), "a %s is of type text", p.Format)
			}
		} else if p.Type != TextType || p.Tile || p.Search || len(p.Values) > 0 || p.MaxLength > 0 {
			ps.add(at("format"), "a %s is of type text, and has neither tile, search, values nor max_length", p.Format)
		}
	}
	if len(p.Values) > 0 && p.Type != TextType {
		ps.add(at("values"), "an enumeration is of type text, not %s", p.Type)
	}
	seen := map[string]bool{}
	for i, v := range p.Values {
		if v.Value == "" || seen[v.Value] {
			ps.add(at("values", i, "value"), "the value %q is empty or stands there twice", v.Value)
		}
		seen[v.Value] = true
		checkText(ps, v.Title, func(path ...any) string { return at(append([]any{"values", i}, path...)...) }, "title")
		if v.Color != "" && !colorRule.MatchString(v.Color) {
			ps.add(at("values", i, "color"), "%q is no colour: write it as #rgb, #rrggbb or #rrggbbaa", v.Color)
		}
	}
}

// checkLimits refuses names of what no layer may hold. Of one thing it says it once.
func checkLimits(ps *Problems, at func(...any) string, names map[string]string) {
	for _, place := range slices.Sorted(maps.Keys(names)) {
		if b := limits.Name(names[place]); b != nil {
			path, _, _ := strings.Cut(place, ".")
			ps.add(at(path), "%v", b)
			return
		}
	}
}

// checkList refuses lists of values that no layer may hold, by the values or by their titles.
func checkList(ps *Problems, at func(...any) string, values []Value) {
	var codes, zh, en []string
	for _, v := range values {
		codes, zh, en = append(codes, v.Value), append(zh, v.Title.Zh), append(en, v.Title.En)
	}
	for _, list := range [][]string{codes, zh, en} {
		if b := limits.Codes(list); b != nil {
			ps.add(at("values"), "%v", b)
			return
		}
	}
}

// checkColumns refuses sources that bring in what no layer may hold under a name that says nothing.
func checkColumns(ps *Problems, s Source, at func(...any) string) {
	checkLimits(ps, func(path ...any) string { return at(append([]any{"source"}, path...)...) }, map[string]string{"table": s.Table, "id": s.ID, "layer": s.Layer})
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		if b := limits.Name(s.Columns[name]); b != nil {
			ps.add(at("source", "columns", name), "%v", b)
		}
	}
}

func checkSource(ps *Problems, l Layer, names map[string]bool, at func(...any) string) {
	s := l.Source
	oneOf(ps, at("source", "type"), s.Type, Managed, Table, Archive, Live)
	switch s.Type {
	case Table:
		if schema, table, ok := strings.Cut(s.Table, "."); !ok || schema == "" || table == "" {
			ps.add(at("source", "table"), "%q names no table: write schema.table", s.Table)
		}
		if s.ID == "" {
			ps.add(at("source", "id"), "say which column holds the stable id")
		}
		for name := range s.Columns {
			if !names[name] {
				ps.add(at("source", "columns"), "%q is none of the properties", name)
			}
		}
	case Archive:
		if s.Archive == "" {
			ps.add(at("source", "archive"), "say which PMTiles file it is")
		}
		if l.Labelled != "" || l.Jurisdiction != "" || slices.ContainsFunc(l.Properties, func(p Property) bool { return levels[p.Sensitivity] > levels[l.Sensitivity] }) {
			ps.add(at("source", "archive"), "the tiles of an archive are finished: nothing in them can be hidden from somebody; give the whole layer a sensitivity")
		}
	case Managed:
		if s.Table != "" || s.Archive != "" {
			ps.add(at("source"), "a managed layer has neither table nor archive; say which type of source it is")
		}
	}
}

func checkStyle(ps *Problems, l Layer, s StyleItem, at func(...any) string) {
	for key := range s {
		if !slices.Contains(styleKeys, key) {
			ps.add(at(key), "%q is not known here; a style item has %s", key, strings.Join(styleKeys, ", "))
		}
	}
	if kind, _ := s["type"].(string); !slices.Contains(drawTypes, kind) {
		ps.add(at("type"), "%v is none of %s", s["type"], strings.Join(drawTypes, ", "))
	}
	for _, name := range used(s) {
		if p, ok := l.Property(name); name != "id" && (!ok || !p.Tile) {
			ps.add(at(), "the style reads %q, which is no property with tile: true", name)
		}
	}
}

// used lists the properties that a style item reads by ["get", name] and ["has", name].
func used(v any) []string {
	var out []string
	switch v := v.(type) {
	case StyleItem:
		return used(map[string]any(v))
	case map[string]any:
		for _, one := range v {
			out = append(out, used(one)...)
		}
	case []any:
		if len(v) == 2 && (v[0] == "get" || v[0] == "has") {
			if name, ok := v[1].(string); ok {
				return []string{name}
			}
		}
		for _, one := range v {
			out = append(out, used(one)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func checkText(ps *Problems, t Text, at func(...any) string, name string) {
	if t.Zh == "" || t.En == "" {
		ps.add(at(name), "give it in both languages: {zh-CN: …, en: …}")
	}
}

func oneOf[T ~string](ps *Problems, place string, v T, all ...T) {
	if !slices.Contains(all, v) {
		ps.add(place, "%q is none of %s", v, strings.Trim(fmt.Sprint(all), "[]"))
	}
}
