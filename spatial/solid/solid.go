// Package solid holds bodies that are given by their faces, as city models give them: read from and written as
// well-known text, turned so that every face looks outward, and cast on the ground as a footprint. It knows neither
// where its ground lies nor how a body is drawn.
package solid

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/shape"
)

// A Point is longitude and latitude in degrees of WGS84, and a height in metres.
type Point = [3]float64

// A Face is plane: its outer ring counter-clockwise as seen from where it looks, then holes clockwise. Rings do not
// repeat their first point.
type Face [][]Point

// A Solid is faces that together are the surface of a body, or most of it. It is not changed after it was built.
type Solid []Face

// metres turns a point into metres east and north of another, and above the ground: true enough for one building.
func metres(from, p Point) [3]float64 {
	const degree = math.Pi / 180 * 6378137
	return [3]float64{(p[0] - from[0]) * degree * math.Cos(from[1]*math.Pi/180), (p[1] - from[1]) * degree, p[2]}
}

func sub(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// area2 is the normal of a face with the length of twice its area, by Newell's method, in metres.
func (f Face) area2(from Point) (sum [3]float64) {
	for _, ring := range f {
		for i := 1; i+1 < len(ring); i++ {
			one, two := sub(metres(from, ring[i]), metres(from, ring[0])), sub(metres(from, ring[i+1]), metres(from, ring[0]))
			for k, v := range cross(one, two) {
				sum[k] += v
			}
		}
	}
	return sum
}

// Volume is the volume in cubic metres of a body whose faces look outward; its faces need not be closed beneath: they
// are seen from the middle of the lowest height.
func (s Solid) Volume() float64 {
	foot := s.foot()
	sum := 0.0
	for _, f := range s {
		if len(f) > 0 && len(f[0]) > 0 {
			sum += dot(f.area2(foot), sub(metres(foot, f[0][0]), metres(foot, foot)))
		}
	}
	return sum / 6
}

// foot is the middle of the lowest height.
func (s Solid) foot() Point {
	low, high := s.Box()
	return Point{(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]}
}

// Box is the least and the greatest of each coordinate.
func (s Solid) Box() (low, high Point) {
	low, high = Point{math.Inf(1), math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for _, f := range s {
		for _, ring := range f {
			for _, p := range ring {
				for k := range p {
					low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
				}
			}
		}
	}
	return low, high
}

// Footprint is what the body covers of the ground: a polygon, or several. Faces must look outward, see Outward. A body
// without a face that looks up or down covers nothing, which is an error.
func (s Solid) Footprint() (orb.Geometry, error) {
	up, err := s.shadow(1)
	if err != nil {
		return nil, err
	}
	if len(up) == 0 { // open above
		if up, err = s.shadow(-1); err != nil {
			return nil, err
		}
	}
	switch len(up) {
	case 0:
		return nil, fmt.Errorf("no face of the body looks up or down: it covers no ground")
	case 1:
		return up[0], nil
	}
	return up, nil
}

// shadow is the union of the faces that look up (1) or down (-1).
func (s Solid) shadow(sign float64) (orb.MultiPolygon, error) {
	foot := s.foot()
	var cast []orb.Polygon
	for _, f := range s {
		n := f.area2(foot)
		if length := math.Sqrt(dot(n, n)); !(n[2]*sign > 1e-3*length && length > 1e-6) {
			continue // upright, or nothing
		}
		var p orb.Polygon
		for _, ring := range f {
			var r orb.Ring
			for _, at := range ring {
				r = append(r, orb.Point{at[0], at[1]})
			}
			if sign < 0 {
				slices.Reverse(r)
			}
			p = append(p, append(r, r[0]))
		}
		cast = append(cast, p)
	}
	all, err := shape.Union(cast...)
	if err != nil {
		return nil, fmt.Errorf("the footprint of the body: %w", err)
	}
	return all, nil
}
