package importer

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
)

// A Proposal is a definition that a file would fit in, for somebody to look over.
type Proposal struct {
	Layer layers.Layer
	Map   map[string]string // field of the file -> property; give it as Options.Map
	Keys  []string          // fields of which each alone could be the key: there in all features, never twice
	Count int64             // features that could be read
	Notes []string
}

// Infer reads a file once and proposes a layer for it: properties of the narrowest types that hold all values,
// enumerations for texts of few values, a label, zooms by number and size of the features, and a simple style.
// The layer's id is made of the file's name. Records that cannot be read do not count.
func Infer(path string, o Options) (Proposal, error) {
	for _, name := range []string{base(path), o.Layer} {
		if b := limits.Name(name); b != nil {
			return Proposal{}, fmt.Errorf("%w: no layer is called so: %w", ErrForbidden, b)
		}
	}
	o.Merge = false
	src, err := Open(path, o)
	if err != nil {
		return Proposal{}, err
	}
	s := survey{fields: map[string]*field{}, kinds: map[layers.Kind]int64{}, bound: layers.Nowhere}
	_, s.texts = src.(*table)
	err = s.read(src)
	if err := errors.Join(err, src.Close()); err != nil {
		return Proposal{}, fmt.Errorf("look through %s: %w", base(path), err)
	}
	if s.n == 0 {
		return Proposal{}, fmt.Errorf("look through %s: it has no features that can be read", base(path))
	}
	return s.proposal(path, o), nil
}

// A survey is what is learnt of a file in one reading.
type survey struct {
	texts  bool // all values are texts, as in a table: look into them for numbers
	n      int64
	fields map[string]*field
	order  []string
	kinds  map[layers.Kind]int64
	points int64 // vertices
	bound  orb.Bound
	size   float64 // sum of the larger sides of the features' boxes, degrees
}

const maxFields = 500

func (s *survey) read(src Source) error {
	gate := newGate(map[string]int64{})
	if err := gate.header(src); err != nil {
		return err
	}
	for {
		rec, err := src.Next()
		if eof(err) {
			return gate.lists()
		}
		if err == nil {
			err = gate.record(rec)
		}
		if err != nil {
			return err
		}
		if rec.Err != nil || rec.Geometry == nil {
			continue
		}
		s.n++
		s.shape(rec.Geometry)
		for _, name := range slices.Sorted(maps.Keys(rec.Properties)) {
			v := rec.Properties[name]
			if blank(v) {
				continue
			}
			f := s.fields[name]
			if f == nil {
				if len(s.fields) >= maxFields {
					continue // such fields are proposed by nobody; an import counts them as left out
				}
				f = newField(s.texts)
				s.fields[name] = f
				s.order = append(s.order, name)
			}
			f.see(v)
		}
	}
}

func (s *survey) shape(g orb.Geometry) {
	for _, k := range []layers.Kind{layers.PointKind, layers.LineKind, layers.PolygonKind, layers.AnyKind} {
		if k.Holds(g) {
			s.kinds[k]++
			break
		}
	}
	b := g.Bound()
	s.points += int64(countPoints(g))
	s.size += max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1])
	if s.bound.IsEmpty() {
		s.bound = b
	} else {
		s.bound = s.bound.Union(b)
	}
}

func (s *survey) kind() layers.Kind {
	if len(s.kinds) == 1 {
		for k := range s.kinds {
			return k
		}
	}
	return layers.AnyKind
}

func (s *survey) proposal(path string, o Options) Proposal {
	name := Sanitise(base(path))
	if o.Layer != "" {
		name = Sanitise(o.Layer)
	}
	title := strings.TrimSpace(base(path))
	p := Proposal{Count: s.n, Map: map[string]string{}, Layer: layers.Layer{ID: name, Title: layers.Text{Zh: title, En: title}, Kind: s.kind()}}
	used := map[string]bool{}
	for _, original := range s.order {
		f := s.fields[original]
		if to, declared := o.Map[original]; declared && (to == "" || slices.Contains(common, to)) {
			p.Map[original] = to
			continue
		}
		property := f.property(s.propertyName(original, o, used), original, s.n)
		used[property.Name] = true
		p.Map[original] = property.Name
		p.Layer.Properties = append(p.Layer.Properties, property)
		if f.unique() && f.n == s.n && property.Type != layers.NumberType && property.Format == "" {
			p.Keys = append(p.Keys, original)
		}
	}
	p.Layer.Label = s.label(p.Layer.Properties)
	showOnTiles(&p.Layer)
	p.Layer.MinZoom, p.Layer.MaxZoom = s.zooms()
	p.Layer.Simplify = map[layers.Kind]layers.Simplify{layers.PointKind: layers.SimplifyNone, layers.LineKind: layers.SimplifyEach}[p.Layer.Kind]
	if p.Layer.Simplify == "" {
		p.Layer.Simplify = layers.SimplifyShared
	}
	p.Layer.Scene = bodies(p.Layer)
	p.Layer.Style = simpleStyle(p.Layer)
	if len(s.fields) >= maxFields {
		p.Notes = append(p.Notes, fmt.Sprintf("the file has more than %d fields; those beyond are not proposed", maxFields))
	}
	return p
}

// bodies makes a layer stand in 3D whose features have bodies, or heights as buildings have them; nil when they have not.
func bodies(l layers.Layer) *layers.Scene {
	if l.Kind != layers.PolygonKind && l.Kind != layers.AnyKind {
		return nil
	}
	var s layers.Scene
	for _, p := range l.Properties {
		number := p.Type == layers.NumberType || p.Type == layers.IntegerType
		switch {
		case p.Format == layers.SolidFormat && s.Solid == "":
			s.Solid = p.Name
		case number && (p.Name == "height" || p.Name == "building_height" || p.Name == "render_height"):
			s.Height = p.Name
		case number && (p.Name == "min_height" || p.Name == "render_min_height"):
			s.MinHeight = p.Name
		case number && (p.Name == "levels" || p.Name == "building_levels"):
			s.Levels = p.Name
		}
	}
	if s.Solid == "" && s.Height == "" {
		return nil
	}
	return &s
}

func (s *survey) propertyName(original string, o Options, used map[string]bool) string {
	name := Sanitise(original)
	if to := o.Map[original]; to != "" {
		name = to
	}
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s_%d", strings.TrimRight(Sanitise(original)[:min(len(Sanitise(original)), 38)], "_"), i)
	}
	return name
}

// label guesses the property that names a feature.
func (s *survey) label(ps []layers.Property) string {
	for _, try := range []string{"name", "name_zh", "label", "title", "name_en", "name_county", "full_name", "fullname", "ref", "code"} {
		for _, p := range ps {
			if p.Name == try && p.Type == layers.TextType {
				return p.Name
			}
		}
	}
	for _, p := range ps {
		if strings.Contains(p.Name, "name") && p.Type == layers.TextType && len(p.Values) == 0 {
			return p.Name
		}
	}
	return ""
}

// showOnTiles puts the label and the first enumerations on tiles.
func showOnTiles(l *layers.Layer) {
	shown := 0
	for i := range l.Properties {
		p := &l.Properties[i]
		switch {
		case p.Name == l.Label:
			p.Tile, p.Search = true, true
		case len(p.Values) > 0 && shown < 4, strings.HasSuffix(p.Name, "height"):
			p.Tile = true
			shown++
		}
	}
}

// zooms finds the first zoom at which an average feature is larger than two pixels and an average tile within
// the file's bounds has no more than 5,000 of them, and the zoom that shows them in full detail.
func (s *survey) zooms() (first, last uint8) {
	width, height := max(s.bound.Max[0]-s.bound.Min[0], 1e-6), max(s.bound.Max[1]-s.bound.Min[1], 1e-6)
	size := s.size / float64(s.n)
	for ; first < 14; first++ {
		side := 360 / math.Exp2(float64(first)) // of a tile, degrees
		tiles := max(1, width/side) * max(1, height/side)
		visible := s.kind() == layers.PointKind || size/side*256 >= 2
		if visible && float64(s.n)/tiles <= 5_000 {
			break
		}
	}
	last = max(14, min(16, first+2))
	if s.kind() != layers.PointKind && size < 0.002 {
		last = 16
	}
	return first, last
}

var palette = []string{"#5ec8f2", "#f2b84b", "#4cc98a", "#b79bff", "#ff8f70", "#7fa6ff", "#e88fb8", "#b5d36b", "#4fd0b8", "#d8b38a", "#9fb8d8"}

// colorOf is a colour for a layer. Fills are faint, so that layers may lie upon each other.
func colorOf(layer string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(layer)) // never fails
	return palette[h.Sum32()%uint32(len(palette))]
}

// buildings are the brighter the higher they are, in 2D and 3D: the night map's own colours.
func buildings(height string) layers.StyleItem {
	ramp := []any{"interpolate", []any{"linear"}, []any{"coalesce", []any{"get", height}, 8}}
	for _, stop := range []struct {
		height float64
		color  string
	}{{3, "#1a2737"}, {12, "#203147"}, {30, "#29425e"}, {60, "#32567b"}, {120, "#3f6c99"}, {400, "#5c93c9"}} {
		ramp = append(ramp, stop.height, stop.color)
	}
	return layers.StyleItem{"name": "fill", "type": "fill", "paint": map[string]any{"fill-color": ramp, "fill-outline-color": "#44658a", "fill-opacity": 0.9}}
}

// simpleStyle draws each kind of geometry that the layer may hold, and the label.
func simpleStyle(l layers.Layer) []layers.StyleItem {
	color := colorOf(l.ID)
	only := func(item layers.StyleItem, kind string) layers.StyleItem {
		if l.Kind == layers.AnyKind {
			item["filter"] = []any{"==", []any{"geometry-type"}, kind}
		}
		return item
	}
	var out []layers.StyleItem
	switch {
	case l.Scene != nil && l.Scene.Height != "":
		out = append(out, only(buildings(l.Scene.Height), "Polygon"))
	case l.Kind == layers.PolygonKind || l.Kind == layers.AnyKind:
		out = append(out, only(layers.StyleItem{"name": "fill", "type": "fill", "paint": map[string]any{"fill-color": color, "fill-opacity": 0.07}}, "Polygon"),
			only(layers.StyleItem{"name": "edge", "type": "line", "paint": map[string]any{"line-color": color, "line-width": 1.2}}, "Polygon"))
	}
	if l.Kind == layers.LineKind || l.Kind == layers.AnyKind {
		out = append(out, only(layers.StyleItem{"name": "line", "type": "line", "paint": map[string]any{"line-color": color, "line-width": 1.5}}, "LineString"))
	}
	if l.Kind == layers.PointKind || l.Kind == layers.AnyKind {
		out = append(out, only(layers.StyleItem{"name": "dot", "type": "circle", "paint": map[string]any{
			"circle-color": color, "circle-radius": 4, "circle-stroke-color": "#0b0b1c", "circle-stroke-width": 1}}, "Point"))
	}
	if l.Label == "" {
		return out
	}
	layout := map[string]any{"text-field": []any{"get", l.Label}, "text-font": []any{"Noto Sans SC"}, "text-size": 12, "text-max-width": 8}
	if l.Kind == layers.LineKind {
		layout["symbol-placement"] = "line"
	} else if l.Kind != layers.PolygonKind {
		layout["text-anchor"], layout["text-offset"] = "top", []any{0, 0.7}
	}
	return append(out, layers.StyleItem{"name": "name", "type": "symbol", "minzoom": int(min(l.MaxZoom, l.MinZoom+3)), "layout": layout,
		"paint": map[string]any{"text-color": "#e6edf7", "text-halo-color": "#0b0b1c", "text-halo-width": 1.5}})
}
