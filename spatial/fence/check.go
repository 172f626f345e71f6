package fence

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

const (
	mostRadius  = 100_000.0 // metres
	mostLat     = 85.0      // degrees: closer to the poles the flat pictures are wrong
	mostConfirm = 100       // fixes
)

// Check says what is wrong with a fence, in words for whoever made it; nil when nothing is.
func (f *Fence) Check() error {
	if err := f.checkRule(); err != nil {
		return err
	}
	_, err := shapeOf(f)
	return err
}

func (f *Fence) checkRule() error {
	switch {
	case f.ID == "":
		return errors.New("a fence needs an ID")
	case (f.Area == nil) == (f.Around == ""):
		return errors.New("a fence is either an area or a circle around a unit: give one of both")
	case !(f.Radius >= 0 && f.Radius <= mostRadius):
		return fmt.Errorf("the radius of %g m is not in 0 to %g m", f.Radius, mostRadius)
	case f.Around != "" && f.Radius == 0:
		return errors.New("a circle around a unit needs a radius")
	case f.Side > RightToLeft, f.Side != EitherSide && !f.Line:
		return errors.New("only lines to cross have a side")
	case math.IsNaN(f.High-f.Low) || math.IsInf(f.High-f.Low, 0) || f.High < f.Low, f.High == f.Low && f.High != 0:
		return fmt.Errorf("no height is from %g m to less than %g m", f.Low, f.High)
	case f.Dwell < 0 || f.Absent < 0 || f.Stay < 0:
		return errors.New("a duration is negative")
	case f.Needs < 0 || f.Confirm < 0 || f.Confirm > mostConfirm:
		return fmt.Errorf("it needs 0 or more units, and 0 to %d fixes to confirm", mostConfirm)
	case !(f.Speed >= 0) || math.IsInf(f.Speed, 0):
		return fmt.Errorf("the speed limit of %g m/s is none", f.Speed)
	case f.Line && (f.Dwell > 0 || f.Absent > 0 || f.Speed > 0):
		return errors.New("nobody is inside of a line to cross: it has no dwell, absent or speed")
	}
	return nil
}

// A form is the shape of a fence, made ready: a region, or a line to cross.
type form struct {
	region region
	gate   *gate
}

func (s form) outline() outline {
	if s.gate != nil {
		return s.gate
	}
	return s.region
}

// shapeOf makes the shape of a fence. That of a circle around a unit is where the unit is not yet.
func shapeOf(f *Fence) (form, error) {
	if f.Around != "" {
		if f.Line || f.route() {
			return form{}, errors.New("a circle around a unit is no line to cross and no route")
		}
		return form{region: newDisc(orb.Point{}, f.Radius)}, nil
	}
	if err := spatial.CheckGeometry(f.Area); err != nil {
		return form{}, err
	}
	lines := linesOf(f.Area)
	if f.Line && lines == nil {
		return form{}, errors.New("a line to cross is a LineString or a MultiLineString")
	}
	if f.route() && (lines == nil || f.Line) {
		return form{}, errors.New("only corridors have a route to keep to: give a line and a radius")
	}
	made, err := f.make(lines)
	if err != nil {
		return form{}, err
	}
	return made, placeable(made)
}

func (f *Fence) make(lines orb.MultiLineString) (form, error) {
	if f.Line {
		return form{gate: newGate(lines)}, spans(lines...)
	}
	switch g := f.Area.(type) {
	case orb.Polygon:
		return f.area(orb.MultiPolygon{g})
	case orb.MultiPolygon:
		return f.area(g)
	case orb.Point:
		if f.Radius == 0 {
			return form{}, errors.New("a point is no area: give a radius")
		}
		return form{region: newDisc(g, f.Radius)}, nil
	case orb.LineString, orb.MultiLineString:
		if f.Radius == 0 {
			return form{}, errors.New("a line is no area: give a radius, or make it a line to cross")
		}
		return form{region: newCorridor(lines, f.Radius)}, spans(lines...)
	}
	return form{}, fmt.Errorf("a fence is a polygon, a point with a radius, or a line, not a %s", f.Area.GeoJSONType())
}

func (f *Fence) area(polygons orb.MultiPolygon) (form, error) {
	if f.Radius != 0 {
		return form{}, errors.New("a polygon takes no radius: widen the polygon itself")
	}
	for _, p := range polygons {
		for _, ring := range p {
			if err := spans(orb.LineString(ring)); err != nil {
				return form{}, err
			}
		}
	}
	a := newArea(polygons)
	if a.deep == 0 {
		return form{}, fmt.Errorf("a polygon has no inside, near %s", spatial.At(a.box.Center()))
	}
	return form{region: a}, nil
}

// linesOf are the lines of a linear geometry, nil of others.
func linesOf(g orb.Geometry) orb.MultiLineString {
	switch g := g.(type) {
	case orb.LineString:
		return orb.MultiLineString{g}
	case orb.MultiLineString:
		return g
	}
	return nil
}

// route tells whether units should keep to the fence.
func (f *Fence) route() bool { return f.Events.Has(OffRoute) || f.Events.Has(OnRoute) }

// spans refuses lines with a step of half the earth: they are meant to go over the antimeridian.
func spans(lines ...orb.LineString) error {
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			if math.Abs(l[i][0]-l[i-1][0]) > 180 {
				return fmt.Errorf("from %s to %s it spans the antimeridian: cut it in two there", spatial.At(l[i-1]), spatial.At(l[i]))
			}
		}
	}
	return nil
}

func placeable(s form) error {
	box := s.outline().bound()
	switch {
	case box.Min[0] < -180 || box.Max[0] > 180:
		return fmt.Errorf("it spans the antimeridian, near %s: cut it in two there", spatial.At(box.Center()))
	case box.Min[1] < -mostLat || box.Max[1] > mostLat:
		return fmt.Errorf("it comes nearer to a pole than %g° of latitude, near %s", mostLat, spatial.At(box.Center()))
	}
	return nil
}
