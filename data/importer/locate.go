package importer

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/crs"
)

// A locator turns the coordinates of a file into WGS84.
type locator struct {
	system   crs.System
	declared bool  // by --crs: what the file says does not count
	known    bool  // declared, or the file said it, or its format does
	outside  int64 // features in a shifted system that lie where there is no shift
	rounded  int64 // coordinates a hair off the earth
	wide     int64 // features with a side of more than half the earth
}

// convert says what to do with a file in a system that is not known here.
const convert = "other programs convert a file to one that is known: ogr2ogr -t_srs EPSG:4979, or for CityJSON cjio with reproject 4979"

func newLocator(o Options) (locator, error) {
	if o.CRS == "" {
		return locator{}, nil
	}
	s, err := crs.Parse(o.CRS)
	if err != nil {
		return locator{}, fmt.Errorf("--crs: %w; %s", err, convert)
	}
	return locator{system: s, declared: true, known: true}, nil
}

// learn takes what the file says of itself, unless something else was declared; then it says so.
func (l *locator) learn(text string) (note string, err error) {
	s, err := crs.Parse(text)
	if l.declared {
		if err != nil || s.String() != l.system.String() {
			note = fmt.Sprintf("the file names the coordinate system %.160s; it was read as %s, as declared", text, l.system)
		}
		return note, nil
	}
	if err != nil {
		return "", fmt.Errorf("%w; declare with --crs what the coordinates are in; %s", err, convert)
	}
	l.system, l.known = s, true
	return "", nil
}

// notes sums up what happened to places that were odd.
func (l *locator) notes() []string {
	var out []string
	if l.outside > 0 {
		out = append(out, fmt.Sprintf("%d features lie outside of China, where %s has no shift: their coordinates stayed as they are", l.outside, l.system))
	}
	if l.rounded > 0 {
		out = append(out, fmt.Sprintf("%d coordinates less than 0.0000001° beyond ±180° or ±90° were moved there", l.rounded))
	}
	if l.wide > 0 {
		out = append(out, fmt.Sprintf("%d features have a side longer than 180° of longitude: where it crosses the antimeridian, it should be cut there (RFC 7946, 3.1.9)", l.wide))
	}
	return out
}

// place moves a geometry to WGS84, in its own memory where that is possible. The error names the point.
func (l *locator) place(g orb.Geometry) (orb.Geometry, error) {
	w := placing{locator: l}
	out, err := w.geometry(g)
	if w.outside {
		l.outside++
	}
	if w.wide {
		l.wide++
	}
	return out, err
}

// placing is the way through one geometry.
type placing struct {
	*locator
	n       int // points so far
	outside bool
	wide    bool
}

func (w *placing) geometry(g orb.Geometry) (orb.Geometry, error) {
	switch g := g.(type) {
	case orb.Point:
		ps := [1]orb.Point{g}
		err := w.points(ps[:])
		return ps[0], err
	case orb.MultiPoint:
		return g, w.points(g)
	case orb.LineString:
		return g, w.line(g)
	case orb.MultiLineString:
		for _, line := range g {
			if err := w.line(line); err != nil {
				return g, err
			}
		}
	case orb.Polygon:
		return g, w.rings(g)
	case orb.MultiPolygon:
		for _, p := range g {
			if err := w.rings(p); err != nil {
				return g, err
			}
		}
	case orb.Collection:
		for i := range g {
			moved, err := w.geometry(g[i])
			if err != nil {
				return g, err
			}
			g[i] = moved
		}
	}
	return g, nil
}

func (w *placing) rings(p orb.Polygon) error {
	for _, r := range p {
		if err := w.line(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *placing) points(ps []orb.Point) error {
	plain := w.system.IsWGS84()
	for i := range ps {
		p := &ps[i]
		if plain && math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 {
			continue
		}
		if plain {
			w.rounded += hair(&p[0], 180) + hair(&p[1], 90)
		}
		at, err := w.system.ToWGS84(*p)
		if err != nil {
			return fmt.Errorf("point %d: %w", w.n+i+1, err)
		}
		w.outside = w.outside || w.system.IsShifted() && !crs.InChina(at)
		*p = at
	}
	w.n += len(ps)
	return nil
}

// line is points with sides between them.
func (w *placing) line(ps []orb.Point) error {
	if err := w.points(ps); err != nil {
		return err
	}
	for i := 1; i < len(ps) && !w.wide; i++ {
		// a side along the edge of the map, as around Antarctica, is no crossing
		d := math.Abs(ps[i][0] - ps[i-1][0])
		w.wide = d > 180 && d < 360
	}
	return nil
}

// hair moves a degree that rounding put a hair (1 cm) beyond the edge back to it.
func hair(v *float64, edge float64) int64 {
	if d := math.Abs(*v) - edge; d > 0 && d < 1e-7 {
		*v = math.Copysign(edge, *v)
		return 1
	}
	return 0
}
