package verify

import "math"

// A corner is a point of a solid's flat on a grid of a tenth of a millimetre.
type corner [3]int64

const perMetre = 1e4

func cornerOf(v vec3) (c corner) {
	for k := range v {
		c[k] = int64(math.Round(v[k] * perMetre))
	}
	return c
}

func (c corner) vec3() vec3 {
	return vec3{float64(c[0]), float64(c[1]), float64(c[2])}.times(1 / perMetre)
}

// A seam holds the edges of triangles that no other triangle has met yet, the
// other way round.
type seam map[[2]corner]int

func (s seam) add(a, b corner) {
	if a == b {
		return
	}
	if s[[2]corner{b, a}] > 0 {
		if s[[2]corner{b, a}]--; s[[2]corner{b, a}] == 0 {
			delete(s, [2]corner{b, a})
		}
		return
	}
	s[[2]corner{a, b}]++
}

// mostOpen is how many open edges are compared with each other.
const mostOpen = 2000

// cracks counts the open edges above the floor that do not lie, to within near
// metres, along another one: there a corner stands on the other's side.
func (s seam) cracks(floor, near float64) int {
	var open [][2]vec3
	for e := range s {
		a, b := e[0].vec3(), e[1].vec3()
		if max(a[2], b[2]) > floor+near {
			open = append(open, [2]vec3{a, b})
		}
	}
	if len(open) > mostOpen {
		return len(open)
	}
	n := 0
	for i := range open {
		if !along(open, i, near) {
			n++
		}
	}
	return n
}

// along says whether the i-th edge lies on others, which need not end where it
// ends.
func along(open [][2]vec3, i int, near float64) bool {
	for _, t := range []float64{0.125, 0.5, 0.875} {
		p := open[i][0].times(1 - t).plus(open[i][1].times(t))
		met := false
		for k, e := range open {
			met = met || k != i && toSegment(p, e) <= near
		}
		if !met {
			return false
		}
	}
	return true
}

func toSegment(p vec3, e [2]vec3) float64 {
	d := e[1].minus(e[0])
	t := 0.0
	if l := d.dot(d); l > 0 {
		t = min(max(p.minus(e[0]).dot(d)/l, 0), 1)
	}
	return p.minus(e[0].plus(d.times(t))).length()
}
