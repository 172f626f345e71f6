package verify

import (
	"fmt"
	"math"
)

type volumeJSON struct {
	Region []float64 `json:"region"`
	Box    []float64 `json:"box"`
	Sphere []float64 `json:"sphere"`
}

// read makes the volume, with boxes and spheres moved by m, or says what is
// wrong with it.
func (v *volumeJSON) read(m matrix) (volume, error) {
	if v == nil {
		return nil, fmt.Errorf("there is no bounding volume")
	}
	switch {
	case v.Region != nil:
		return readRegion(v.Region)
	case v.Box != nil:
		return readBox(v.Box, m)
	case v.Sphere != nil:
		if len(v.Sphere) != 4 || !(v.Sphere[3] > 0) {
			return nil, fmt.Errorf("a sphere has 4 numbers, the last above 0, not %v", v.Sphere)
		}
		return sphere{centre: m.apply(vec3(v.Sphere[:3])), radius: v.Sphere[3] * m.stretch()}, nil
	}
	return nil, fmt.Errorf("the volume is neither region nor box nor sphere")
}

func readRegion(v []float64) (volume, error) {
	if len(v) != 6 {
		return nil, fmt.Errorf("a region has 6 numbers, not %d", len(v))
	}
	r := region(v)
	switch {
	case math.Abs(r[0]) > math.Pi || math.Abs(r[2]) > math.Pi:
		return nil, fmt.Errorf("longitudes %v and %v are not within π", r[0], r[2])
	case r[1] < -math.Pi/2 || r[3] > math.Pi/2 || r[1] > r[3]:
		return nil, fmt.Errorf("latitudes %v and %v are not ascending within π/2", r[1], r[3])
	case r[4] > r[5]:
		return nil, fmt.Errorf("heights %v and %v do not ascend", r[4], r[5])
	}
	return r, nil
}

func readBox(v []float64, m matrix) (volume, error) {
	if len(v) != 12 {
		return nil, fmt.Errorf("a box has 12 numbers, not %d", len(v))
	}
	b := box{centre: m.apply(vec3(v[:3]))}
	for i := range b.half {
		b.half[i] = m.turn(vec3(v[3+3*i : 6+3*i]))
	}
	for i := range b.half {
		if b.half[i] != (vec3{}) {
			continue
		}
		// A sheet is a box, too: it gets a thickness that is no length.
		across := b.half[(i+1)%3].cross(b.half[(i+2)%3])
		if l := across.length(); l > 0 {
			b.half[i] = across.times(1e-9 / l)
		}
	}
	if b.half[0].dot(b.half[1].cross(b.half[2])) == 0 {
		return nil, fmt.Errorf("the axes of the box lie in a plane")
	}
	return b, nil
}
