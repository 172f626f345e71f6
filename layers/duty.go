package layers

import (
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/duty"
)

// A Duty makes every feature of a layer a shift: a unit that is in a beat from then until then, and calls at the points
// of that beat. It names units, never people: who serves in a unit is the duty roster's matter.
type Duty struct {
	Unit   string     `yaml:"unit" json:"unit"`     // property: id of the unit
	Begins string     `yaml:"begins" json:"begins"` // property: a time
	Ends   string     `yaml:"ends" json:"ends"`     // property: a time
	Beat   string     `yaml:"beat" json:"beat"`     // property: code of the beat
	Beats  DutyBeats  `yaml:"beats" json:"beats"`
	Points DutyPoints `yaml:"points,omitempty" json:"points,omitzero"` // none when unset
}

// DutyBeats says where beats stand.
type DutyBeats struct {
	Layer string `yaml:"layer" json:"layer"`
	Code  string `yaml:"code" json:"code"` // property that Duty.Beat names
}

// DutyPoints says where the points stand that a unit must call at.
type DutyPoints struct {
	Layer  string `yaml:"layer" json:"layer"`
	Beat   string `yaml:"beat" json:"beat"`                         // property: code of the beat
	Radius string `yaml:"radius,omitempty" json:"radius,omitempty"` // property: m; 50 where it is absent
	Dwell  string `yaml:"dwell,omitempty" json:"dwell,omitempty"`   // property: s; 0 where it is absent
	Window string `yaml:"window,omitempty" json:"window,omitempty"` // property: when, see duty.ParseWindow; all day where it is absent
}

// usualRadius is that of points that say none, in metres.
const usualRadius = 50

// mostShift is how long a shift may be. It is a slip of the pen otherwise.
const mostShift = 48 * time.Hour

// ShiftOf reads the shift that a feature is, and the code of its beat; ok is false for layers that hold no shifts.
func (l Layer) ShiftOf(f spatial.Feature) (s duty.Shift, beat string, ok bool, err error) {
	if l.Duty == nil {
		return s, "", false, nil
	}
	s.Unit, beat = textOf(&f, l.Duty.Unit), textOf(&f, l.Duty.Beat)
	if s.From, err = l.timeOf(&f, l.Duty.Begins); err == nil {
		s.To, err = l.timeOf(&f, l.Duty.Ends)
	}
	switch {
	case err != nil:
	case s.Unit == "":
		err = fmt.Errorf("%s: a shift is that of a unit", l.Duty.Unit)
	case !s.From.Before(s.To):
		err = fmt.Errorf("%s: it ends (%s) before it begins (%s)", l.Duty.Ends, s.To.Format(time.RFC3339), s.From.Format(time.RFC3339))
	case s.To.Sub(s.From) > mostShift:
		err = fmt.Errorf("%s: it is more than %v after the shift begins", l.Duty.Ends, mostShift)
	}
	return s, beat, true, err
}

func (l Layer) timeOf(f *spatial.Feature, property string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, textOf(f, property))
	if err != nil {
		return t, fmt.Errorf("%s: it is missing, or no time: write it as 2026-11-24T03:04:05Z (RFC 3339)", property)
	}
	return t.UTC(), nil
}

// PointOf reads a point that must be called at.
func (d DutyPoints) PointOf(f spatial.Feature) (p duty.Point, err error) {
	at, ok := f.Geometry.(orb.Point)
	if !ok {
		return p, fmt.Errorf("it is no point but a %s", f.Geometry.GeoJSONType())
	}
	p = duty.Point{ID: f.ID, At: at, Radius: usualRadius}
	if v, ok := number(f.Properties[d.Radius]); ok {
		p.Radius = v
	}
	if v, ok := number(f.Properties[d.Dwell]); ok {
		p.Dwell = seconds(v)
	}
	p.Window, err = duty.ParseWindow(textOf(&f, d.Window))
	return p, err
}

// checkDuty holds the properties of the layer itself; those of beats and points stand in other definitions.
func checkDuty(ps *Problems, l Layer, at func(...any) string) {
	d := l.Duty
	if d == nil {
		return
	}
	for _, one := range []struct {
		place, name string
		kind        Type
	}{{"unit", d.Unit, TextType}, {"begins", d.Begins, TimeType}, {"ends", d.Ends, TimeType}, {"beat", d.Beat, TextType}} {
		if p, ok := l.Property(one.name); !ok || p.Type != one.kind {
			ps.add(at("duty", one.place), "%q is none of the layer's properties of type %s", one.name, one.kind)
		}
	}
	if d.Beats.Layer == "" || d.Beats.Code == "" {
		ps.add(at("duty", "beats"), "say with layer and code where the beats stand and which property has their code")
	}
	if (d.Points.Layer == "") != (d.Points.Beat == "") {
		ps.add(at("duty", "points"), "say with layer and beat where the points stand and which property names their beat")
	}
}

// A need is a property that a layer must have, of one of some types.
type need struct {
	name  string // "" asks nothing
	types []Type
}

// checkDuties holds what shifts say of other layers against the definitions of those.
func (c *Catalogue) checkDuties(ps *Problems) {
	numbers, text := []Type{NumberType, IntegerType}, []Type{TextType}
	for _, l := range c.layers {
		if l.Duty == nil {
			continue
		}
		at := fmt.Sprintf("%s:%d %s.duty.", l.File, l.Line, l.ID)
		c.checkNeeds(ps, at+"beats", l.Duty.Beats.Layer, PolygonKind, need{l.Duty.Beats.Code, text})
		if p := l.Duty.Points; p.Layer != "" {
			c.checkNeeds(ps, at+"points", p.Layer, PointKind, need{p.Beat, text}, need{p.Radius, numbers}, need{p.Dwell, numbers}, need{p.Window, text})
		}
	}
}

func (c *Catalogue) checkNeeds(ps *Problems, at, layer string, kind Kind, needs ...need) {
	l, known := c.Layer(layer)
	if !known {
		ps.add(at, "there is no layer %q", layer)
		return
	}
	if l.Kind != kind {
		ps.add(at, "layer %s holds %s, not %s", layer, l.Kind, kind)
	}
	for _, n := range needs {
		if p, ok := l.Property(n.name); n.name != "" && (!ok || !slices.Contains(n.types, p.Type)) {
			ps.add(at, "%q is none of the properties of layer %s of type %s", n.name, layer, n.types[0])
		}
	}
}
