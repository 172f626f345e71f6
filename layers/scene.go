package layers

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Scene makes every feature of a layer a body in 3D. Of polygons it names the properties that say how high the
// footprint rises, and what holds where they are absent. Of points it names the model that stands there, and what the
// point sees. Heights are metres above the ground.
type Scene struct {
	Height     string             `yaml:"height,omitempty" json:"height,omitempty"`           // property: of the highest point
	MinHeight  string             `yaml:"min_height,omitempty" json:"min_height,omitempty"`   // property: of the underside
	Levels     string             `yaml:"levels,omitempty" json:"levels,omitempty"`           // property: how many, where the height is absent
	Solid      string             `yaml:"solid,omitempty" json:"solid,omitempty"`             // property of format solid: the body itself, where a feature has it
	Roof       string             `yaml:"roof,omitempty" json:"roof,omitempty"`               // property: flat, gabled, hipped or pyramidal
	RoofHeight string             `yaml:"roof_height,omitempty" json:"roof_height,omitempty"` // property: of the roof itself
	Radius     string             `yaml:"radius,omitempty" json:"radius,omitempty"`           // property: makes circles of points and corridors of lines
	Moves      string             `yaml:"moves,omitempty" json:"moves,omitempty"`             // property: the unit that a circle moves with: it is no body then
	Class      string             `yaml:"class,omitempty" json:"class,omitempty"`             // property that Defaults goes by
	Defaults   map[string]float64 `yaml:"defaults,omitempty" json:"defaults,omitempty"`       // height by class
	Default    float64            `yaml:"default,omitempty" json:"default,omitempty"`         // height of all others; 0 is 6
	Level      float64            `yaml:"level,omitempty" json:"level,omitempty"`             // height of one level; 0 is 3
	Color      string             `yaml:"color,omitempty" json:"color,omitempty"`             // #rrggbb of all bodies
	Opacity    float64            `yaml:"opacity,omitempty" json:"opacity,omitempty"`         // of all bodies, to 1; 0 is 1: one cannot see through them
	Model      string             `yaml:"model,omitempty" json:"model,omitempty"`             // of points: camera, lamp, mast or post
	Facing     string             `yaml:"facing,omitempty" json:"facing,omitempty"`           // property of points: where they look, degrees clockwise from north
	Mount      string             `yaml:"mount,omitempty" json:"mount,omitempty"`             // property of points: height of the head; where it is absent, Default holds
	View       *SceneView         `yaml:"view,omitempty" json:"view,omitempty"`               // of points: what they see
	Replaces   *SceneReplaces     `yaml:"replaces,omitempty" json:"replaces,omitempty"`       // what these bodies stand for
}

// SceneModels are the models that can stand at points.
var SceneModels = []string{"camera", "lamp", "mast", "post"}

// A SceneView gives points that look somewhere, as cameras do, the volume that they see.
type SceneView struct {
	Angle    string `yaml:"angle" json:"angle"`                             // property: from side to side, degrees
	Distance string `yaml:"distance" json:"distance"`                       // property: how far, m
	Eighth   string `yaml:"eighth,omitempty" json:"eighth,omitempty"`       // property: one of eight directions by the codes of GB/T 28181, where no azimuth is known: 1 E, 2 W, 3 S, 4 N, 5 SE, 6 NE, 7 SW, 8 NW
	HiddenBy string `yaml:"hidden_by,omitempty" json:"hidden_by,omitempty"` // layer whose bodies clip the volume
	With     string `yaml:"with,omitempty" json:"with,omitempty"`           // layer with whose switch the wall shows the volumes; the layer itself when unset
}

// A SceneReplaces says that bodies stand for one of another layer: floors for their building.
type SceneReplaces struct {
	Layer    string `yaml:"layer" json:"layer"`
	Property string `yaml:"property" json:"property"` // holds the id of the body that is not drawn while these are
}

// Heights that hold where a definition says none, in metres.
const (
	DefaultHeight = 6.0
	LevelHeight   = 3.0
	MountHeight   = 4.0 // of the head of a point
)

// RGB is the colour of the bodies, 0 to 1 as it is written (sRGB); grey when none is given.
func (s *Scene) RGB() [3]float64 {
	out := [3]float64{0.62, 0.66, 0.72}
	if len(s.Color) < 7 {
		return out
	}
	for i := range out {
		v, err := strconv.ParseUint(s.Color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return out
		}
		out[i] = float64(v) / 255
	}
	return out
}

// Alpha is the opacity as it holds.
func (s *Scene) Alpha() float64 {
	if s.Opacity == 0 {
		return 1
	}
	return s.Opacity
}

func checkScene(ps *Problems, l Layer, at func(...any) string) {
	s := l.Scene
	if s == nil {
		return
	}
	stands := s.Model != "" || s.View != nil
	switch {
	case stands && l.Kind != PointKind && l.Kind != AnyKind:
		ps.add(at("scene"), "models and views are of points: the geometry of the layer is %s", l.Kind)
	case !stands && s.Radius == "" && l.Kind != PolygonKind && l.Kind != AnyKind:
		ps.add(at("scene"), "bodies need footprints, or a model: the geometry of the layer is %s", l.Kind)
	}
	if s.Model != "" {
		oneOf(ps, at("scene", "model"), s.Model, SceneModels...)
	}
	if s.View != nil && (s.View.Angle == "" || s.View.Distance == "" || s.Facing == "") {
		ps.add(at("scene", "view"), "a view needs facing, angle and distance")
	}
	if r := s.Replaces; r != nil {
		checkSceneProperty(ps, l, r.Property, []Type{TextType}, func() string { return at("scene", "replaces", "property") })
		if p, ok := l.Property(r.Property); r.Layer == "" || !ok || !p.Tile {
			ps.add(at("scene", "replaces"), "say with layer and property which body it is; the property must be on tiles")
		}
	}
	numbers := map[string]string{"height": s.Height, "min_height": s.MinHeight, "levels": s.Levels, "roof_height": s.RoofHeight, "facing": s.Facing, "mount": s.Mount, "radius": s.Radius}
	if s.View != nil {
		numbers["view.angle"], numbers["view.distance"] = s.View.Angle, s.View.Distance
		if p, ok := l.Property(s.View.Eighth); s.View.Eighth != "" && (!ok || p.Type != IntegerType) {
			ps.add(at("scene", "view", "eighth"), "%q is none of the layer's properties of type integer", s.View.Eighth)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(numbers)) {
		checkSceneProperty(ps, l, numbers[place], []Type{IntegerType, NumberType}, func() string { return sceneProperty(at, place) })
	}
	for place, name := range map[string]string{"roof": s.Roof, "class": s.Class, "moves": s.Moves} {
		checkSceneProperty(ps, l, name, []Type{TextType}, func() string { return at("scene", place) })
	}
	if s.Solid != "" {
		if p, ok := l.Property(s.Solid); !ok || p.Format != SolidFormat {
			ps.add(at("scene", "solid"), "%q is none of the layer's properties of format solid", s.Solid)
		}
		checkSceneProperty(ps, l, s.Solid, []Type{TextType}, func() string { return at("scene", "solid") })
	}
	for _, class := range slices.Sorted(maps.Keys(s.Defaults)) {
		if h := s.Defaults[class]; !(h > 0 && h <= 2000) {
			ps.add(at("scene", "defaults", class), "the height %v is not within 0 to 2000 m", h)
		}
	}
	if len(s.Defaults) > 0 && s.Class == "" {
		ps.add(at("scene", "defaults"), "say with class by which property the defaults go")
	}
	for place, h := range map[string]float64{"default": s.Default, "level": s.Level} {
		if !(h >= 0 && h <= 2000) {
			ps.add(at("scene", place), "the height %v is not within 0 to 2000 m", h)
		}
	}
	if !(s.Opacity >= 0 && s.Opacity <= 1) {
		ps.add(at("scene", "opacity"), "the opacity %v is not within 0 to 1", s.Opacity)
	}
	if s.Color != "" && (len(s.Color) != 7 || !colorRule.MatchString(s.Color)) {
		ps.add(at("scene", "color"), "%q is no colour: write it as #rrggbb", s.Color)
	}
}

func sceneProperty(at func(...any) string, place string) string {
	if inner, ok := strings.CutPrefix(place, "view."); ok {
		return at("scene", "view", inner)
	}
	return at("scene", place)
}

// checkSceneProperty wants a property of some type that everybody sees who sees the layer: its shape tells of it.
func checkSceneProperty(ps *Problems, l Layer, name string, types []Type, place func() string) {
	if name == "" {
		return
	}
	p, ok := l.Property(name)
	switch {
	case !ok || !slices.Contains(types, p.Type):
		ps.add(place(), "%q is none of the layer's properties of type %s", name, types[len(types)-1])
	case levels[p.Sensitivity] > levels[l.Sensitivity]:
		ps.add(place(), "%q is %s and the layer is not: bodies would tell of it", name, p.Sensitivity)
	}
}
