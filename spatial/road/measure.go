package road

import (
	"math"

	"github.com/paulmach/orb"
)

// A scale is how many metres a degree of lon and of lat are on the ellipsoid of WGS84, at one latitude. Within
// some kilometres of there it is exact to a few metres in a million.
type scale struct{ lon, lat float64 }

// scaleAt takes one cosine: the series of the ellipsoid in its powers.
func scaleAt(lat float64) scale {
	c := math.Cos(lat * math.Pi / 180)
	c2 := 2*c*c - 1 // cosine of twice the latitude, and so on
	c4 := 2*c2*c2 - 1
	c6 := c2 * (2*c4 - 1)
	c3 := c * (2*c2 - 1)
	c5 := c * (2*c4 - 2*c2 + 1)
	return scale{
		lon: math.Abs(111412.84*c - 93.5*c3 + 0.118*c5),
		lat: 111132.954 - 559.822*c2 + 1.175*c4 - 0.0023*c6,
	}
}

// between is the vector from a to b in metres, east and north.
func (s scale) between(a, b orb.Point) (x, y float64) {
	return (b[0] - a[0]) * s.lon, (b[1] - a[1]) * s.lat
}

func meters(a, b orb.Point) float64 {
	x, y := scaleAt((a[1]+b[1])/2).between(a, b)
	return math.Hypot(x, y)
}

func length(line []orb.Point) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += meters(line[i-1], line[i])
	}
	return sum
}

// mix is the point at share t of the way from a to b, and exactly a or b at the ends.
func mix(a, b orb.Point, t float64) orb.Point {
	switch {
	case !(t > 0):
		return a
	case t >= 1:
		return b
	}
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// appendCut appends the part of the line between two distances from its start, whose whole length is known. It
// runs backwards when from is the greater one, and leaves out points that repeat the last one.
func appendCut(out orb.LineString, line []orb.Point, whole, from, to float64) orb.LineString {
	low, high := min(from, to), max(from, to)
	first := len(out)
	out = appendNew(out, first, pointAt(line, whole, low))
	at := 0.0
	for i := 1; i < len(line)-1; i++ {
		at += meters(line[i-1], line[i])
		if at > low && at < high {
			out = appendNew(out, first, line[i])
		}
	}
	out = appendNew(out, first, pointAt(line, whole, high))
	if from > to {
		reverse(out[first:])
	}
	if first > 0 && len(out) > first && out[first] == out[first-1] {
		out = append(out[:first], out[first+1:]...)
	}
	return out
}

func appendNew(out orb.LineString, first int, p orb.Point) orb.LineString {
	if len(out) > first && out[len(out)-1] == p {
		return out
	}
	return append(out, p)
}

func reverse(line []orb.Point) {
	for i, j := 0, len(line)-1; i < j; i, j = i+1, j-1 {
		line[i], line[j] = line[j], line[i]
	}
}

// pointAt is the point at a distance from the start of the line.
func pointAt(line []orb.Point, whole, along float64) orb.Point {
	if along <= 0 {
		return line[0]
	}
	if along >= whole {
		return line[len(line)-1]
	}
	for i := 1; i < len(line); i++ {
		step := meters(line[i-1], line[i])
		if along <= step {
			return mix(line[i-1], line[i], along/step)
		}
		along -= step
	}
	return line[len(line)-1]
}

// course is the direction from a to b in degrees clockwise from north.
func course(a, b orb.Point) float64 {
	x, y := scaleAt((a[1]+b[1])/2).between(a, b)
	if d := math.Atan2(x, y) * 180 / math.Pi; d >= 0 {
		return d
	}
	return math.Atan2(x, y)*180/math.Pi + 360
}
