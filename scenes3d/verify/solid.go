package verify

import (
	"math"
	"slices"
)

// A solid sums the triangles of one feature. It is measured in the flat of its
// first corner, where the base plane that closes a body without floor is level.
type solid struct {
	flat      flat
	low, high float64 // height above the ellipsoid
	vector    vec3    // sum of the faces' vector areas: of a closed body 0
	flux      vec3    // sum of coordinate times area, along each axis
	up        float64 // area of faces that look up, seen from above
	centre    vec3    // sum of the centres of those, times area
	skin      float64
	step      float64
	faces     map[[3]corner]bool // nil of instances, which share theirs
	twice     int
	seam      seam
}

func (s *solid) add(corners [3]point, step float64) {
	s.step = max(s.step, step)
	var v [3]vec3
	for i, p := range corners {
		v[i] = s.flat.at(p)
		s.low, s.high = min(s.low, p.h), max(s.high, p.h)
	}
	area := v[1].minus(v[0]).cross(v[2].minus(v[0])).times(0.5)
	mean := v[0].plus(v[1]).plus(v[2]).times(1.0 / 3)
	s.vector = s.vector.plus(area)
	for i := range 3 {
		s.flux[i] += area[i] * mean[i]
	}
	s.skin += area.length()
	if area[2] > 0 {
		s.up += area[2]
		s.centre = s.centre.plus(mean.times(area[2]))
	}
	if s.faces == nil {
		return
	}
	var c [3]corner
	for i := range v {
		c[i] = cornerOf(v[i])
	}
	for i := range c {
		s.seam.add(c[i], c[(i+1)%3])
	}
	if area.length() <= 2*step*step {
		return
	}
	key := faceOf(c)
	if s.faces[key] {
		s.twice++
	}
	s.faces[key] = true
}

// faceOf is the same for the same three corners in the same order, wherever it
// begins.
func faceOf(c [3]corner) [3]corner {
	first := 0
	for i := range c {
		if slices.Compare(c[i][:], c[first][:]) < 0 {
			first = i
		}
	}
	return [3]corner{c[first], c[(first+1)%3], c[(first+2)%3]}
}

// volume is above the lowest height: what is missing of the floor lies there.
func (s *solid) volume() float64 { return s.flux[2] - (s.low-s.flat.h)*s.vector[2] }

func (s *solid) sum() Sum {
	out := Sum{
		Volume: s.volume(), Area: s.up, MinHeight: s.low, MaxHeight: s.high,
		step: s.step, skin: s.skin,
	}
	at := vec3{}
	if s.up > 0 {
		at = s.centre.times(1 / s.up)
	}
	out.Lon, out.Lat = s.flat.degrees(at)
	return out
}

// check finds solids that are inside out, open or double. What has no height is
// a sheet and only has to look up; what is no feature need not be closed.
func (s *solid) check(at place, feature bool) {
	if s.low < -20e3 || s.high > 100e3 {
		at.bad("off-earth", "from %.0f to %.0f m above the ellipsoid nothing is measured", s.low, s.high)
		return
	}
	if s.twice > 0 {
		at.bad("solid-twice", "%d of %d faces are there twice", s.twice, len(s.faces)+s.twice)
	}
	if s.high-s.low <= max(slack, 4*s.step) {
		if s.vector[2] < 0 {
			at.bad("faces-inward", "a sheet of %.3f m² looks down", -s.vector[2])
		}
		return
	}
	volume, near := s.volume(), s.step*s.skin+1e-6
	gap := math.Hypot(s.vector[0], s.vector[1])
	off := max(math.Abs(s.flux[0]-volume), math.Abs(s.flux[1]-volume))
	closed := gap <= 0.01*s.skin+4*s.step*math.Sqrt(s.skin) && off <= 0.02*math.Abs(volume)+4*near
	switch {
	case volume < -near && (feature || closed):
		at.bad("faces-inward", "the volume is %.3f m³", volume)
	case feature && !closed:
		at.bad("not-closed", "the volume is %.3f m³ by height, %.3f east, %.3f north; %.3f m² of walls face nothing", volume, s.flux[0], s.flux[1], gap)
	case feature:
		if n := s.seam.cracks(s.low-s.flat.h+slack, 1.5*s.step+1e-3); n > 0 {
			at.bad("crack", "%d edges above the floor meet no other face", n)
		}
	}
}
