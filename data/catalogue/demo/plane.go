package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// The city is drawn on a plane in metres: x to the east and y to the north of the origin.
const (
	originLon, originLat = 105.80, 34.575
	metersPerLat         = 110939.0
	metersPerLon         = 91762.0 // at the origin's latitude
)

// A pt is a place or a vector on the plane, in metres.
type pt struct{ x, y float64 }

func (a pt) add(b pt) pt              { return pt{a.x + b.x, a.y + b.y} }
func (a pt) sub(b pt) pt              { return pt{a.x - b.x, a.y - b.y} }
func (a pt) mul(f float64) pt         { return pt{a.x * f, a.y * f} }
func (a pt) dot(b pt) float64         { return a.x*b.x + a.y*b.y }
func (a pt) cross(b pt) float64       { return a.x*b.y - a.y*b.x }
func (a pt) left() pt                 { return pt{-a.y, a.x} }
func (a pt) len() float64             { return math.Sqrt(a.x*a.x + a.y*a.y) }
func (a pt) dist(b pt) float64        { return a.sub(b).len() }
func (a pt) lerp(b pt, f float64) pt  { return pt{a.x + (b.x-a.x)*f, a.y + (b.y-a.y)*f} }
func (a pt) along(u pt, d float64) pt { return pt{a.x + u.x*d, a.y + u.y*d} }

// unit is a in length 1; the zero vector stays.
func (a pt) unit() pt {
	if l := a.len(); l > 0 {
		return a.mul(1 / l)
	}
	return a
}

// turn rotates a by radians to the left.
func (a pt) turn(radians float64) pt {
	s, c := math.Sincos(radians)
	return pt{a.x*c - a.y*s, a.x*s + a.y*c}
}

// bearing of a vector: degrees from north, clockwise, 0 to 360.
func (a pt) bearing() float64 {
	d := math.Atan2(a.x, a.y) * 180 / math.Pi
	if d < 0 {
		d += 360
	}
	return d
}

func heading(degrees float64) pt {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return pt{s, c}
}

// lonLat rounds to 1e-7 degrees (1 cm), so that equal places are equal numbers on every machine.
func (a pt) lonLat() orb.Point {
	const steps = 1e7
	return orb.Point{
		math.Round((originLon+a.x/metersPerLon)*steps) / steps,
		math.Round((originLat+a.y/metersPerLat)*steps) / steps,
	}
}

func lineOf(ps []pt) orb.LineString {
	out := make(orb.LineString, 0, len(ps))
	for _, p := range ps {
		if q := p.lonLat(); len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	return out
}

// ringOf closes the ring; it is not turned.
func ringOf(ps []pt) orb.Ring {
	r := orb.Ring(lineOf(ps))
	if r[0] != r[len(r)-1] {
		r = append(r, r[0])
	}
	return r
}

func polygonOf(rings ...[]pt) orb.Polygon {
	out := make(orb.Polygon, len(rings))
	for i, r := range rings {
		out[i] = ringOf(r)
	}
	return out
}

// area of a ring, positive when it runs counter-clockwise.
func area(r []pt) float64 {
	var sum float64
	for i, p := range r {
		sum += p.cross(r[(i+1)%len(r)])
	}
	return sum / 2
}

func centroid(r []pt) pt {
	var c pt
	var sum float64
	for i, p := range r {
		q := r[(i+1)%len(r)]
		w := p.sub(r[0]).cross(q.sub(r[0]))
		c = c.add(p.add(q).add(r[0]).mul(w / 3))
		sum += w
	}
	if sum == 0 {
		return r[0]
	}
	return c.mul(1 / sum)
}

// inside tells whether p lies in the ring, by the crossings of a ray.
func inside(p pt, r []pt) bool {
	in := false
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			in = !in
		}
	}
	return in
}

func length(ps []pt) float64 {
	var sum float64
	for i := 1; i < len(ps); i++ {
		sum += ps[i].dist(ps[i-1])
	}
	return sum
}

// at walks d metres along a line: the place there and the direction.
func at(ps []pt, d float64) (pt, pt) {
	for i := 1; i < len(ps); i++ {
		l := ps[i].dist(ps[i-1])
		if d <= l || i == len(ps)-1 {
			u := ps[i].sub(ps[i-1]).unit()
			return ps[i-1].along(u, min(d, l)), u
		}
		d -= l
	}
	return ps[0], pt{1, 0}
}

// cross finds where the segments ab and cd meet: the shares of both, and whether both are within 0 to 1.
func cross(a, b, c, d pt) (f, g float64, ok bool) {
	u, v := b.sub(a), d.sub(c)
	den := u.cross(v)
	if math.Abs(den) < 1e-9 {
		return 0, 0, false
	}
	w := c.sub(a)
	f, g = w.cross(v)/den, w.cross(u)/den
	return f, g, f >= 0 && f <= 1 && g >= 0 && g <= 1
}

// nearest is the distance from p to the segment ab.
func nearest(p, a, b pt) float64 {
	u := b.sub(a)
	l := u.dot(u)
	if l == 0 {
		return p.dist(a)
	}
	return p.dist(a.along(u, min(1, max(0, p.sub(a).dot(u)/l))))
}

// offset moves a line to its left by d metres (to the right when d is negative).
func offset(ps []pt, d float64) []pt {
	out := make([]pt, len(ps))
	for i, p := range ps {
		u := ps[min(i+1, len(ps)-1)].sub(ps[max(i-1, 0)]).unit()
		out[i] = p.along(u.left(), d)
	}
	return out
}

// smooth is 0 below a, 1 above b, and a soft step between.
func smooth(a, b, v float64) float64 {
	f := min(1, max(0, (v-a)/(b-a)))
	return f * f * (3 - 2*f)
}
