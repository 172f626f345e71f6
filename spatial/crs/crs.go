// Package crs turns coordinates of the systems that come through the door into lon, lat in degrees of WGS84,
// and back: WGS84 and CGCS2000 (equal at the accuracy of this product), transverse mercator in all its Chinese
// zones and in UTM, web mercator, and the shifted GCJ-02 and BD-09. All functions are pure. A system that is
// not known exactly is refused, never guessed.
package crs

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// A System is a coordinate system. Its zero value is WGS84. Points have easting or lon first.
type System struct {
	kind kind
	name string
	tm   transverse
	zone int // number that stands before the easting, in millions; 0 when none does

	vertical string // what heights are measured in; "" when it is not said
}

type kind uint8

const (
	geographic kind = iota
	mercator
	transverseMercator
	gcj02
	bd09
	dutch
)

// WGS84 is what Wardmap keeps: lon, lat in degrees.
var WGS84 = System{name: "WGS84"}

// String is the name of the system for messages.
func (s System) String() string {
	name := s.name
	if name == "" {
		name = WGS84.name
	}
	if s.vertical != "" {
		name += " with " + s.vertical
	}
	return name
}

// Horizontal is the system without its heights.
func (s System) Horizontal() System {
	s.vertical = ""
	return s
}

// Vertical names the system of the heights of a compound system, "" when it is none. Heights are not converted.
func (s System) Vertical() string { return s.vertical }

// IsWGS84 tells whether coordinates stay as they are: WGS84 itself, and CGCS2000 in degrees.
func (s System) IsWGS84() bool { return s.kind == geographic }

// IsShifted tells whether it is GCJ-02 or BD-09, whose shift holds only within China (see InChina).
func (s System) IsShifted() bool { return s.kind == gcj02 || s.kind == bd09 }

// ToWGS84 gives lon, lat in degrees. Coordinates that cannot be of this system are an error that says why and,
// where it can be told, of which system they seem to be.
func (s System) ToWGS84(p orb.Point) (orb.Point, error) {
	if !finite(p) {
		return p, fmt.Errorf("%v, %v is no finite coordinate", p[0], p[1])
	}
	switch s.kind {
	case mercator:
		if math.Abs(p[0]) > mercatorEdge+1 || math.Abs(p[1]) > 6.5e7 {
			return p, fmt.Errorf("x %s, y %s lies outside of web mercator", metres(p[0]), metres(p[1]))
		}
		return fromMercator(p), nil
	case transverseMercator:
		if err := s.inZone(p); err != nil {
			return p, err
		}
		return s.tm.inverse(p), nil
	case dutch:
		if !(p[0] > -10_000 && p[0] < 300_000 && p[1] > 280_000 && p[1] < 640_000) {
			return p, fmt.Errorf("easting %s, northing %s is outside of %s: %s", metres(p[0]), metres(p[1]), s, s.guess(p))
		}
		return fromRD(p), nil
	}
	if err := onEarth(p); err != nil {
		return p, err
	}
	switch s.kind {
	case gcj02:
		return unshift(p), nil
	case bd09:
		return unshift(fromBaidu(p)), nil
	}
	return p, nil
}

// FromWGS84 is the way back.
func (s System) FromWGS84(p orb.Point) (orb.Point, error) {
	if !finite(p) {
		return p, fmt.Errorf("%v, %v is no finite coordinate", p[0], p[1])
	}
	if err := onEarth(p); err != nil {
		return p, err
	}
	switch s.kind {
	case mercator:
		if math.Abs(p[1]) > 89.99 {
			return p, fmt.Errorf("lat %.6f has no place in web mercator", p[1])
		}
		return toMercator(p), nil
	case transverseMercator:
		if off := math.Abs(angle(p[0] - s.tm.meridian)); off > 30 {
			return p, fmt.Errorf("lon %.6f lies %.1f° from the central meridian of %s", p[0], off, s)
		}
		return s.tm.forward(p), nil
	case dutch:
		if !(p[0] > 2 && p[0] < 8 && p[1] > 50 && p[1] < 54.5) {
			return p, fmt.Errorf("lon %s, lat %s is outside of %s", degrees(p[0]), degrees(p[1]), s)
		}
		return toRD(p), nil
	case gcj02:
		return shift(p), nil
	case bd09:
		return toBaidu(shift(p)), nil
	}
	return p, nil
}

// widest is how far from its central meridian a transverse mercator zone is believed, in metres: a city that
// lies across the border of two zones is fine, another zone's coordinates are not.
const widest = 490_000

// inZone tells whether the metres can be of this zone, and else guesses what they are.
func (s System) inZone(p orb.Point) error {
	north := p[1] - s.tm.falseNorthing
	east := p[0] - s.tm.falseEasting
	if math.Abs(east) < widest && math.Abs(north) < 10_002_000 {
		return nil
	}
	return fmt.Errorf("easting %s, northing %s is outside of %s: %s", metres(p[0]), metres(p[1]), s, s.guess(p))
}

func (s System) guess(p orb.Point) string {
	swapped := s.kind == transverseMercator && math.Abs(p[1]-s.tm.falseEasting) < widest && math.Abs(p[0]-s.tm.falseNorthing) < 10_002_000
	prefix := int(math.Floor(p[0] / 1e6))
	switch {
	case math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90:
		return "it looks like degrees, perhaps WGS84 or EPSG:4490"
	case swapped:
		return "are easting and northing swapped?"
	case s.zone != 0 && p[0] > 0 && p[0] < 1e6:
		return fmt.Sprintf("the easting has no zone number before it, perhaps it is %s", s.without())
	case prefix >= 13 && prefix <= 45:
		return fmt.Sprintf("easting %s looks like zone %d with prefix", metres(p[0]), prefix)
	}
	return "declare the system that it is in"
}

// without names the system of the same meridian whose easting has no zone number before it.
func (s System) without() string {
	if s.zone < 25 {
		return fmt.Sprintf("EPSG:%d (central meridian %g°E)", 4502+s.zone-13, s.tm.meridian)
	}
	return fmt.Sprintf("EPSG:%d (central meridian %g°E)", 4534+s.zone-25, s.tm.meridian)
}

func onEarth(p orb.Point) error {
	switch {
	case math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90:
		return nil
	case math.Abs(p[0]) <= 90 && math.Abs(p[1]) <= 180:
		return fmt.Errorf("lon %s, lat %s is not on the earth: are lat and lon swapped?", degrees(p[0]), degrees(p[1]))
	case math.Abs(p[0]) > 1000 || math.Abs(p[1]) > 1000:
		return fmt.Errorf("%s, %s are no degrees but look like metres: declare the coordinate system", metres(p[0]), metres(p[1]))
	}
	return fmt.Errorf("lon %s, lat %s is not on the earth", degrees(p[0]), degrees(p[1]))
}

func finite(p orb.Point) bool {
	return !math.IsNaN(p[0]) && !math.IsInf(p[0], 0) && !math.IsNaN(p[1]) && !math.IsInf(p[1], 0)
}

func metres(v float64) string  { return trimmed(fmt.Sprintf("%.3f", v)) }
func degrees(v float64) string { return trimmed(fmt.Sprintf("%.7f", v)) }
func trimmed(s string) string  { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }

// angle brings a difference of longitudes to -180 to 180.
func angle(d float64) float64 { return math.Remainder(d, 360) }

const (
	mercatorRadius = 6378137.0
	mercatorEdge   = math.Pi * mercatorRadius
)

func fromMercator(p orb.Point) orb.Point {
	lon := p[0] / mercatorRadius * 180 / math.Pi
	lat := math.Atan(math.Sinh(p[1]/mercatorRadius)) * 180 / math.Pi
	return orb.Point{max(-180, min(180, lon)), lat}
}

func toMercator(p orb.Point) orb.Point {
	return orb.Point{p[0] * math.Pi / 180 * mercatorRadius, math.Asinh(math.Tan(p[1]*math.Pi/180)) * mercatorRadius}
}
