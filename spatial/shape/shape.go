// Package shape tells whether geometries are valid by the rules of OGC simple features, and repairs those
// where only one reading makes sense: unclosed rings, spikes, rings that touch or cross themselves like a
// bow tie, holes that stick out. What could mean two things is refused with the place. All decisions are made
// with exact arithmetic, and everything that Repair returns has passed Valid. An Overlay tells which of several areas
// hold what.
package shape

import (
	"fmt"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Invalid says what is wrong with a geometry, and where.
type Invalid struct {
	At     orb.Point // lon, lat
	Reason string
}

func (e *Invalid) Error() string { return e.Reason + " at " + spatial.At(e.At) }

func invalid(at orb.Point, reason string, args ...any) *Invalid {
	return &Invalid{at, fmt.Sprintf(reason, args...)}
}

// Valid returns nil for a geometry that keeps the rules of OGC simple features, else an *Invalid for the first
// fault found. Rings are closed, have three or more places and neither cross nor touch themselves; holes lie in
// their shell and outside of each other, and touch in single points that leave the inside in one piece;
// polygons of one geometry share points at most. Lines have two different places. Winding and repeated points
// make nothing invalid.
func Valid(g orb.Geometry) error {
	switch g := g.(type) {
	case orb.Collection:
		for _, m := range g {
			if err := Valid(m); err != nil {
				return err
			}
		}
		return nil
	case orb.LineString:
		return validLine(g)
	case orb.MultiLineString:
		for _, l := range g {
			if err := validLine(l); err != nil {
				return err
			}
		}
		return nil
	}
	polygons, ok := parts(g)
	if !ok {
		return nil
	}
	c := newChecker()
	defer c.free()
	if bad := c.check(polygons); bad != nil {
		return bad
	}
	return nil
}

// parts are the polygons of a polygonal geometry.
func parts(g orb.Geometry) ([]orb.Polygon, bool) {
	switch g := g.(type) {
	case orb.Polygon:
		return []orb.Polygon{g}, true
	case orb.MultiPolygon:
		return g, true
	case orb.Ring:
		return []orb.Polygon{{g}}, true
	}
	return nil, false
}

// Repair returns the geometry itself when it is valid, or else a repaired copy with notes that say what was
// changed and where. It never changes its input. What has no single sensible reading is an *Invalid error.
// Polygons come back wound as RFC 7946 asks, outer rings counter-clockwise: turning rings is not worth a note.
// A polygon may become a multipolygon; all else keeps its type.
func Repair(g orb.Geometry) (orb.Geometry, []string, error) {
	switch g := g.(type) {
	case nil:
		return nil, nil, &Invalid{Reason: "the geometry is missing"}
	case orb.Collection:
		return repairCollection(g)
	case orb.LineString:
		if err := validLine(g); err != nil {
			return nil, nil, err
		}
		return g, nil, nil
	case orb.MultiLineString:
		return repairLines(g)
	}
	polygons, ok := parts(g)
	if !ok {
		return g, nil, nil
	}
	c := newChecker()
	defer c.free()
	bad := c.check(polygons)
	if bad == nil && c.wound() {
		return g, nil, nil
	}
	var notes []string
	if bad == nil {
		polygons = c.rewind(polygons)
	} else {
		var err error
		if polygons, notes, err = mend(polygons, bad); err != nil {
			return nil, nil, err
		}
	}
	if _, multi := g.(orb.MultiPolygon); multi || len(polygons) > 1 {
		return orb.MultiPolygon(polygons), notes, nil
	}
	return polygons[0], notes, nil
}

func repairCollection(c orb.Collection) (orb.Geometry, []string, error) {
	out := make(orb.Collection, len(c))
	var notes []string
	same := true
	for i, m := range c {
		good, more, err := Repair(m)
		if err != nil {
			return nil, nil, err
		}
		out[i], notes = good, append(notes, more...)
		same = same && len(more) == 0 && orb.Equal(good, m)
	}
	if same {
		return c, nil, nil
	}
	return out, notes, nil
}

func repairLines(m orb.MultiLineString) (orb.Geometry, []string, error) {
	var out orb.MultiLineString
	var notes []string
	for i, l := range m {
		bad, ok := validLine(l).(*Invalid)
		if !ok {
			out = append(out, l)
		} else if len(l) > 0 && finite(l[0]) {
			notes = append(notes, fmt.Sprintf("line %d was removed: %v", i+1, bad))
		} else {
			return nil, nil, bad
		}
	}
	switch len(out) {
	case 0:
		return nil, nil, invalid(first(m), "no line has a length")
	case len(m):
		return m, nil, nil
	}
	return out, notes, nil
}

func first(m orb.MultiLineString) orb.Point {
	if len(m) > 0 && len(m[0]) > 0 {
		return m[0][0]
	}
	return orb.Point{}
}

func validLine(l orb.LineString) error {
	if len(l) == 0 {
		return &Invalid{Reason: "the line has no points"}
	}
	length := false
	for _, p := range l {
		if !finite(p) {
			return invalid(p, "a coordinate is not a number of this world")
		}
		length = length || p != l[0]
	}
	if !length {
		return invalid(l[0], "the line has no length")
	}
	return nil
}

// limit is where coordinates are no places any more, in whatever unit, and exact arithmetic would overflow.
const limit = 1e15

func finite(p orb.Point) bool {
	return p[0] > -limit && p[0] < limit && p[1] > -limit && p[1] < limit
}
