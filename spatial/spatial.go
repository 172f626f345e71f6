// Package spatial holds the values that everything in Wardmap speaks about: features with their common
// columns, and pure functions on them. Coordinates are always lon, lat in degrees of WGS84 (equal to CGCS2000
// at the accuracy of this product); lengths are metres. Nothing here reads a clock, logs, or locks.
package spatial

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/paulmach/orb"
)

// A Feature is one thing on the map. It is not changed after it was built: whoever wants another state builds
// another Feature. The geometry and the properties may be shared by many readers.
type Feature struct {
	ID         string         // stable, unique within its layer, 1 to 200 bytes of printable UTF-8
	Owner      string         // organisation that answers for it, "" when unknown
	Version    int64          // set by the store: grows with every change of this feature, even across delete and create
	Updated    time.Time      // set by the store: when this version was made, UTC
	Effective  Validity       // when it holds in the world
	Source     string         // where it came from: a file, a system, a person's role
	Accuracy   float64        // metres, one sigma; 0 when unknown
	Geometry   orb.Geometry   // lon, lat
	Properties map[string]any // values are string, bool, int64 or float64; an absent value has no key
}

// A Validity is a half-open span of time [From, To). A zero From or To is open on that side.
type Validity struct{ From, To time.Time }

// Holds tells whether t lies in the span.
func (v Validity) Holds(t time.Time) bool {
	return (v.From.IsZero() || !t.Before(v.From)) && (v.To.IsZero() || t.Before(v.To))
}

// SameContent tells whether two features differ in nothing that a user can set: everything but Version and
// Updated. Stores use it so that importing the same file twice changes nothing.
func SameContent(a, b Feature) bool {
	return a.ID == b.ID && a.Owner == b.Owner && a.Source == b.Source && a.Accuracy == b.Accuracy &&
		a.Effective.From.Equal(b.Effective.From) && a.Effective.To.Equal(b.Effective.To) &&
		maps.Equal(a.Properties, b.Properties) && sameGeometry(a.Geometry, b.Geometry)
}

func sameGeometry(a, b orb.Geometry) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.GeoJSONType() == b.GeoJSONType() && orb.Equal(a, b)
}

// CheckGeometry refuses what no part of Wardmap can hold: nothing at all, empty geometries, coordinates that
// are not finite or not on the earth. It names the place by its path, for example "ring 2, point 14".
func CheckGeometry(g orb.Geometry) error {
	switch g := g.(type) {
	case nil:
		return fmt.Errorf("the geometry is missing")
	case orb.Point:
		return checkPoint(g, "")
	case orb.MultiPoint:
		return checkPoints([]orb.Point(g), 1, "")
	case orb.LineString:
		return checkPoints([]orb.Point(g), 2, "")
	case orb.MultiLineString:
		return checkParts(len(g), "line", func(i int, at string) error { return checkPoints([]orb.Point(g[i]), 2, at) })
	case orb.Polygon:
		return checkRings(g, "")
	case orb.MultiPolygon:
		return checkParts(len(g), "polygon", func(i int, at string) error { return checkRings(g[i], at) })
	case orb.Collection:
		return checkParts(len(g), "member", func(i int, at string) error {
			if err := CheckGeometry(g[i]); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			return nil
		})
	}
	return fmt.Errorf("geometry type %s is not supported", g.GeoJSONType())
}

func checkRings(p orb.Polygon, at string) error {
	return checkParts(len(p), join(at, "ring"), func(i int, at string) error {
		r := p[i]
		if err := checkPoints([]orb.Point(r), 4, at); err != nil {
			return err
		}
		if r[0] != r[len(r)-1] {
			return fmt.Errorf("%s is not closed: it starts at %s and ends at %s", at, At(r[0]), At(r[len(r)-1]))
		}
		return nil
	})
}

func checkParts(n int, what string, check func(i int, at string) error) error {
	if n == 0 {
		return fmt.Errorf("the geometry is empty: it has no %s", what)
	}
	for i := range n {
		if err := check(i, fmt.Sprintf("%s %d", what, i+1)); err != nil {
			return err
		}
	}
	return nil
}

func checkPoints(ps []orb.Point, least int, at string) error {
	if len(ps) < least {
		return fmt.Errorf("%s has %d points, it needs %d", or(at, "the geometry"), len(ps), least)
	}
	for i, p := range ps {
		if err := checkPoint(p, join(at, fmt.Sprintf("point %d", i+1))); err != nil {
			return err
		}
	}
	return nil
}

func checkPoint(p orb.Point, at string) error {
	for _, v := range p {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s is not a finite coordinate", or(at, "the point"))
		}
	}
	if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
		return fmt.Errorf("%s lies at %s, outside of lon -180..180, lat -90..90: is it in another coordinate system?", or(at, "the point"), At(p))
	}
	return nil
}

func join(at, more string) string {
	if at == "" {
		return more
	}
	return at + ", " + more
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// At writes a place for a message: "lon 105.724310, lat 34.580210".
func At(p orb.Point) string { return fmt.Sprintf("lon %.6f, lat %.6f", p[0], p[1]) }
