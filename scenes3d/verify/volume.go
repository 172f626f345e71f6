package verify

import "math"

// slack is how far, in metres, a point may lie outside of its volume.
const slack = 0.01

// A volume bounds a tile. beyond says by how many metres a point is outside,
// 0 or less when it is inside; outline are points that any volume around this
// one must hold.
type volume interface {
	beyond(p point) float64
	outline() []point
}

type (
	// A region is west, south, east, north in radians, and two heights.
	region [6]float64
	box    struct {
		centre vec3
		half   [3]vec3
	}
	sphere struct {
		centre vec3
		radius float64
	}
)

func (r region) beyond(p point) float64 {
	width := r[2] - r[0]
	if width < 0 {
		width += 2 * math.Pi
	}
	off := math.Abs(wrap(p.lon-r[0]-width/2)) - width/2
	return max(off*semiMajor*math.Cos(p.lat), (r[1]-p.lat)*semiMajor, (p.lat-r[3])*semiMajor, r[4]-p.h, p.h-r[5])
}

func (r region) outline() []point {
	const n = 4
	width := r[2] - r[0]
	if width < 0 {
		width += 2 * math.Pi
	}
	var out []point
	for i := range n + 1 {
		for j := range n + 1 {
			lon, lat := r[0]+width*float64(i)/n, r[1]+(r[3]-r[1])*float64(j)/n
			out = append(out, geocentric(lon, lat, r[4]), geocentric(lon, lat, r[5]))
		}
	}
	return out
}

// inside says whether the region lies in another, but for rounding.
func (r region) inside(o region) bool {
	const tiny, low = 1e-12, 1e-6
	if r[1] < o[1]-tiny || r[3] > o[3]+tiny || r[4] < o[4]-low || r[5] > o[5]+low {
		return false
	}
	turn := func(d float64) float64 {
		if d < -tiny {
			return d + 2*math.Pi
		}
		return d
	}
	width, from := turn(o[2]-o[0]), turn(r[0]-o[0])
	return from+turn(r[2]-r[0]) <= width+tiny
}

func (b box) beyond(p point) float64 {
	d := p.minus(b.centre)
	det := b.half[0].dot(b.half[1].cross(b.half[2]))
	worst := math.Inf(-1)
	for i := range 3 {
		u := d.dot(b.half[(i+1)%3].cross(b.half[(i+2)%3])) / det
		worst = max(worst, (math.Abs(u)-1)*b.half[i].length())
	}
	return worst
}

func (b box) outline() []point {
	var out []point
	for i := range 8 {
		p := b.centre
		for a := range 3 {
			p = p.plus(b.half[a].times(float64(i>>a&1)*2 - 1))
		}
		out = append(out, earthPoint(p))
	}
	return out
}

func (s sphere) beyond(p point) float64 { return p.minus(s.centre).length() - s.radius }

func (s sphere) outline() []point {
	var out []point
	for i := range 27 {
		d := vec3{float64(i%3) - 1, float64(i/3%3) - 1, float64(i/9) - 1}
		if l := d.length(); l > 0 {
			out = append(out, earthPoint(s.centre.plus(d.times(s.radius/l))))
		}
	}
	return out
}

// within says by how many metres a child leaves its parent; regions are held
// to their numbers.
func within(child, parent volume) float64 {
	if c, ok := child.(region); ok {
		if p, ok := parent.(region); ok && c.inside(p) {
			return 0
		} else if ok {
			return max(slack, worst(child, parent)) + slack
		}
	}
	if c, ok := child.(sphere); ok {
		if p, ok := parent.(sphere); ok {
			return c.centre.minus(p.centre).length() + c.radius - p.radius
		}
	}
	return worst(child, parent)
}

func worst(child, parent volume) float64 {
	worst := math.Inf(-1)
	for _, p := range child.outline() {
		worst = max(worst, parent.beyond(p))
	}
	return worst
}
