package layers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A FenceRule makes every feature of a layer a fence. What it says holds for all features, except where a feature
// says otherwise by a property of the same name: a layer that lets each feature have its own radius has a property
// "radius". Texts of several names are written with commas.
type FenceRule struct {
	Events   string  `yaml:"events,omitempty" json:"events,omitempty"`     // enter, exit, cross, dwell, absent …; none: looked up only; default enter, exit, cross
	Classes  string  `yaml:"classes,omitempty" json:"classes,omitempty"`   // officer, vehicle, bus, drone; default all
	Units    string  `yaml:"units,omitempty" json:"units,omitempty"`       // ids of the units that it concerns; default all
	Around   string  `yaml:"around,omitempty" json:"around,omitempty"`     // id of the unit that the circle moves with
	Radius   float64 `yaml:"radius,omitempty" json:"radius,omitempty"`     // m, of points and lines
	Line     bool    `yaml:"line,omitempty" json:"line,omitempty"`         // lines are to cross
	Side     string  `yaml:"side,omitempty" json:"side,omitempty"`         // either, left_to_right, right_to_left
	Low      float64 `yaml:"low,omitempty" json:"low,omitempty"`           // m above the ellipsoid
	High     float64 `yaml:"high,omitempty" json:"high,omitempty"`         //
	Dwell    float64 `yaml:"dwell,omitempty" json:"dwell,omitempty"`       // s inside
	Absent   float64 `yaml:"absent,omitempty" json:"absent,omitempty"`     // s with fewer than needs inside
	Needs    float64 `yaml:"needs,omitempty" json:"needs,omitempty"`       // units
	Speed    float64 `yaml:"speed,omitempty" json:"speed,omitempty"`       // km/h, limit
	Confirm  float64 `yaml:"confirm,omitempty" json:"confirm,omitempty"`   // fixes in a row
	Stay     float64 `yaml:"stay,omitempty" json:"stay,omitempty"`         // s that they must agree for
	Schedule string  `yaml:"schedule,omitempty" json:"schedule,omitempty"` // "Mon-Fri 07:20-08:10"
}

// noEvents is a set that is not empty and in which no kind is.
const noEvents fence.KindSet = 1

// FenceOf makes the fence of a feature, or says what is wrong with it. It is nil for layers without a rule.
func (l Layer) FenceOf(f spatial.Feature) (*fence.Fence, error) {
	if l.Fence == nil {
		return nil, nil
	}
	r := l.Fence.with(f.Properties)
	out := &fence.Fence{
		ID: l.ID + "/" + f.ID, Name: l.nameOf(f), Label: textOf(&f, l.Labelled), Org: textOf(&f, l.Jurisdiction), Area: f.Geometry, Radius: r.Radius, Line: r.Line, Around: r.Around,
		Low: r.Low, High: r.High, Units: List(r.Units), Dwell: seconds(r.Dwell), Absent: seconds(r.Absent), Needs: int(r.Needs),
		Speed: r.Speed / 3.6, Confirm: int(r.Confirm), Stay: seconds(r.Stay), Effective: f.Effective,
	}
	switch f.Geometry.(type) {
	case orb.Polygon, orb.MultiPolygon:
		out.Radius = 0 // a rule's radius is for the points and lines of its layer
	}
	if r.Around != "" {
		out.Area, out.Radius = nil, r.Radius
	}
	if err := r.readNames(out); err != nil {
		return nil, err
	}
	if r.Schedule != "" {
		s, err := fence.ParseSchedule(r.Schedule)
		if err != nil {
			return nil, fmt.Errorf("schedule: %w", err)
		}
		out.Schedule = s
	}
	return out, out.Check()
}

func (r FenceRule) readNames(out *fence.Fence) error {
	for _, name := range List(r.Classes) {
		c, err := spatial.ParseClass(name)
		if err != nil {
			return fmt.Errorf("classes: %w", err)
		}
		out.Classes |= spatial.ClassesOf(c)
	}
	for _, name := range List(r.Events) {
		if name == "none" {
			out.Events |= noEvents
			continue
		}
		k, err := fence.ParseKind(name)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		out.Events |= fence.KindsOf(k)
	}
	if r.Side == "" {
		return nil
	}
	side, err := fence.ParseSide(r.Side)
	out.Side = side
	return err
}

// with is the rule as a feature's own properties change it.
func (r FenceRule) with(own map[string]any) FenceRule {
	for name, to := range map[string]*string{
		"events": &r.Events, "classes": &r.Classes, "units": &r.Units, "around": &r.Around, "side": &r.Side, "schedule": &r.Schedule,
	} {
		if v, ok := own[name].(string); ok {
			*to = v
		}
	}
	for name, to := range map[string]*float64{
		"radius": &r.Radius, "low": &r.Low, "high": &r.High, "dwell": &r.Dwell, "absent": &r.Absent, "needs": &r.Needs,
		"speed": &r.Speed, "confirm": &r.Confirm, "stay": &r.Stay,
	} {
		if v, ok := number(own[name]); ok {
			*to = v
		}
	}
	if v, ok := own["line"].(bool); ok {
		r.Line = v
	}
	return r
}

// nameOf is what people call a feature: its label, else its id.
func (l Layer) nameOf(f spatial.Feature) string {
	if name, ok := f.Properties[l.Label].(string); ok && name != "" {
		return name
	}
	return f.ID
}

// List parts a text that lists things with commas, Chinese ones too.
func List(text string) []string {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' })
	for i, one := range fields {
		fields[i] = strings.TrimSpace(one)
	}
	return slices.DeleteFunc(fields, func(s string) bool { return s == "" })
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// checkFence holds a layer's rule against a shape that it could have.
func checkFence(ps *Problems, l Layer, at func(...any) string) {
	if l.Fence == nil {
		return
	}
	trial := *l.Fence
	trial.Around = ""
	if trial.Radius == 0 {
		trial.Radius = 1 // each feature may bring its own
	}
	l.Fence = &trial
	shapes := map[Kind]orb.Geometry{
		PointKind: orb.Point{105, 34}, LineKind: orb.LineString{{105, 34}, {105.1, 34}},
	}
	shape, ok := shapes[l.Kind]
	if !ok {
		shape = orb.Polygon{{{105, 34}, {105.1, 34}, {105.1, 34.1}, {105, 34}}}
	}
	if trial.Line {
		shape = shapes[LineKind]
	}
	if _, err := l.FenceOf(spatial.Feature{ID: "1", Geometry: shape}); err != nil {
		ps.add(at("fence"), "%v", err)
	}
}

// SplitFence names the layer and the feature that a fence is made from.
func SplitFence(id string) (layer, feature string) {
	layer, feature, _ = strings.Cut(id, "/")
	return layer, feature
}
