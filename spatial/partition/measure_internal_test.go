package partition

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
)

func box(w, s, e, n float64) orb.Polygon {
	return orb.Polygon{{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}}}
}

func TestSquareMeters(t *testing.T) {
	tests := []struct {
		name string
		p    orb.Polygon
		want float64
		off  float64 // as a share
	}{
		{"all of the ellipsoid is 510,065,621.724 km²", box(-180, -90, 180, 90), 510_065_621.724e6, 1e-10},
		{"a degree at the equator, of which GeographicLib says 12,308.78 km² with a geodesic for its northern side", box(0, 0, 1, 1), 12_308.778361e6, 3e-5},
		{"a hole is taken out", append(box(0, 0, 1, 1), box(.25, .25, .75, .75)[0]), 12_308.778361e6 * .75, 1e-4},
		{"nothing", nil, 0, 0},
	}
	for _, test := range tests {
		if got := SquareMeters(test.p); math.Abs(got-test.want) > test.off*test.want {
			t.Errorf("%s: got %.6f km², want %.6f", test.name, got/1e6, test.want/1e6)
		}
	}
	// On a sphere the same piece is larger or smaller by what the ellipsoid is flat.
	small := orb.Polygon{{{105.72, 34.58}, {105.7201, 34.5801}, {105.72, 34.5802}, {105.72, 34.58}}}
	if got, sphere := SquareMeters(small), geo.Area(small); math.Abs(got/sphere-1) > .006 {
		t.Errorf("a triangle of %g m² on a sphere has %g m²", sphere, got)
	}
}

func TestWide(t *testing.T) {
	const m = 1 / 111_194.9 // degrees in a metre at the equator, nearly
	strip := func(length, width float64) orb.Polygon { return box(0, 0, length*m, width*m) }
	lollipop := orb.Polygon{{{0, 0}, {1000 * m, 0}, {1000 * m, -15 * m}, {1030 * m, -15 * m}, {1030 * m, 15 * m}, {1000 * m, 15 * m}, {1000 * m, .1 * m}, {0, .1 * m}, {0, 0}}}
	frame := append(box(0, 0, 100*m, 100*m), box(.5*m, .5*m, 99.5*m, 99.5*m)[0])
	tests := []struct {
		name   string
		p      orb.Polygon
		across float64
		want   bool
	}{
		{"a strip of half a metre", strip(1000, .5), 1, false},
		{"a strip of 1.1 m", strip(1000, 1.1), 1, true},
		{"a strip of 0.9 m", strip(1000, .9), 1, false},
		{"a small square", strip(2, 2), 1, true},
		{"a crumb", strip(.5, .5), 1, false},
		{"a long thread with a room of 30 m at its end", lollipop, 10, true},
		{"the same, but 31 m are asked", lollipop, 31, false},
		{"a frame of half a metre around a large hole", frame, 1, false},
		{"no limit", strip(1000, .001), 0, true},
	}
	for _, test := range tests {
		if got := wide(test.p, test.across); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}
