package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// A vector is a place in metres from some origin.
type vector struct{ x, y float64 }

func (s scale) from(origin, p orb.Point) vector {
	return vector{(p[0] - origin[0]) * s.lon, (p[1] - origin[1]) * s.lat}
}

func (v vector) minus(w vector) vector   { return vector{v.x - w.x, v.y - w.y} }
func (v vector) times(w vector) float64  { return v.x*w.x + v.y*w.y }
func (v vector) across(w vector) float64 { return v.x*w.y - v.y*w.x }

// A way is a straight piece of road in metres. Its parts are numbered from 0 at its start to 1 at its end.
type way struct{ at, to vector }

// inCircle is the part of the way that is nearer than radius to a place.
func (w way) inCircle(center vector, radius float64) (in, out float64, ok bool) {
	d, m := w.to.minus(w.at), w.at.minus(center)
	a, b, c := d.times(d), d.times(m), m.times(m)-radius*radius
	if a == 0 {
		return 0, 1, c < 0
	}
	root := b*b - a*c
	if root <= 0 {
		return 0, 0, false
	}
	root = math.Sqrt(root)
	in, out = max((-b-root)/a, 0), min((-b+root)/a, 1)
	return in, out, in < out
}

// inStrip is the part of the way that runs beside a piece of line from p to q, nearer than radius.
func (w way) inStrip(p, q vector, radius float64) (in, out float64, ok bool) {
	line := q.minus(p)
	length := math.Sqrt(line.times(line))
	if length == 0 {
		return 0, 0, false
	}
	u := vector{line.x / length, line.y / length}
	from, d := w.at.minus(p), w.to.minus(w.at)
	in, out = 0, 1
	for _, band := range [2][4]float64{
		{from.times(u), d.times(u), 0, length},
		{u.across(from), u.across(d), -radius, radius},
	} {
		at, speed, low, high := band[0], band[1], band[2], band[3]
		if speed == 0 {
			if at < low || at > high {
				return 0, 0, false
			}
			continue
		}
		one, two := (low-at)/speed, (high-at)/speed
		in, out = max(in, min(one, two)), min(out, max(one, two))
	}
	return in, out, in < out
}
