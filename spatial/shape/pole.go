package shape

import (
	"container/heap"
	"math"

	"github.com/paulmach/orb"
)

// Pole is where a polygon's name goes: inside, far from every border (the pole of inaccessibility, by the
// quadtree search of Garcia-Castellanos and Lombardo as V. Agafonkin put it into squares). No point is farther
// from the border by more than 8 % of the polygon's shorter side: enough for a name, and a third of the time
// that 1 % takes. Distances are measured in a plane that is scaled at the polygon's latitude.
// Of a multipolygon it takes the part with the largest box; other geometries have none.
func Pole(g orb.Geometry) (orb.Point, bool) {
	var p orb.Polygon
	switch g := g.(type) {
	case orb.Polygon:
		p = g
	case orb.MultiPolygon:
		for _, one := range g {
			if len(p) == 0 || boxArea(one) > boxArea(p) {
				p = one
			}
		}
	}
	if len(p) == 0 || len(p[0]) == 0 {
		return orb.Point{}, false
	}
	b := p.Bound()
	flat := plane{thinned(p), math.Cos((b.Min[1] + b.Max[1]) / 2 * math.Pi / 180)}
	return flat.pole(b), true
}

// polePoints is how many points of a ring the search looks at; a name does not need more.
const polePoints = 400

func thinned(p orb.Polygon) orb.Polygon {
	out := make(orb.Polygon, len(p))
	for i, r := range p {
		out[i] = r
		if step := len(r)/polePoints + 1; step > 1 {
			few := make(orb.Ring, 0, polePoints+1)
			for j := 0; j < len(r); j += step {
				few = append(few, r[j])
			}
			out[i] = append(few, r[0])
		}
	}
	return out
}

func boxArea(p orb.Polygon) float64 {
	b := p.Bound()
	return (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1])
}

// plane is a polygon with degrees of longitude shortened to those of latitude.
type plane struct {
	polygon orb.Polygon
	shrink  float64
}

// poleSteps bounds the search on shapes that are long and thin.
const poleSteps = 300

func (f plane) pole(b orb.Bound) orb.Point {
	w, h := (b.Max[0]-b.Min[0])*f.shrink, b.Max[1]-b.Min[1]
	side := min(w, h)
	middle := f.square(b.Center(), 0)
	if side == 0 {
		return middle.at
	}
	best, fine := middle, side/12
	var open squares
	for x := b.Min[0] * f.shrink; x < b.Max[0]*f.shrink; x += side {
		for y := b.Min[1]; y < b.Max[1]; y += side {
			open = append(open, f.square(orb.Point{(x + side/2) / f.shrink, y + side/2}, side/2))
		}
		if len(open) > poleSteps {
			break
		}
	}
	heap.Init(&open)
	for step := 0; len(open) > 0 && step < poleSteps; step++ {
		s := heap.Pop(&open).(square)
		if s.inside > best.inside {
			best = s
		}
		if s.most-best.inside <= fine {
			break
		}
		half := s.half / 2
		for _, d := range [4]orb.Point{{-half, -half}, {half, -half}, {-half, half}, {half, half}} {
			heap.Push(&open, f.square(orb.Point{s.at[0] + d[0]/f.shrink, s.at[1] + d[1]}, half))
		}
	}
	if best.inside < 0 { // thinner than the search is fine: a corner is on the polygon at least
		return f.polygon[0][0]
	}
	return best.at
}

// A square of the search: how far its middle lies inside, and how far any of its points can.
type square struct {
	at                 orb.Point
	half, inside, most float64
}

func (f plane) square(at orb.Point, half float64) square {
	d := f.inside(at)
	return square{at, half, d, d + half*math.Sqrt2}
}

// inside is the distance to the nearest border, negative outside.
func (f plane) inside(at orb.Point) float64 {
	x, y := at[0]*f.shrink, at[1]
	in, nearest := false, math.Inf(1)
	for _, r := range f.polygon {
		for i := range r {
			a, b := r[i], r[(i+1)%len(r)]
			ax, bx := a[0]*f.shrink, b[0]*f.shrink
			if (a[1] > y) != (b[1] > y) && x < (bx-ax)*(y-a[1])/(b[1]-a[1])+ax {
				in = !in
			}
			nearest = min(nearest, toSegment(x, y, ax, a[1], bx, b[1]))
		}
	}
	if !in {
		return -math.Sqrt(nearest)
	}
	return math.Sqrt(nearest)
}

// toSegment is the square of the distance from a point to a segment.
func toSegment(x, y, ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	if dx != 0 || dy != 0 {
		t := ((x-ax)*dx + (y-ay)*dy) / (dx*dx + dy*dy)
		t = min(max(t, 0), 1)
		ax, ay = ax+t*dx, ay+t*dy
	}
	return (x-ax)*(x-ax) + (y-ay)*(y-ay)
}

// squares is a heap, the most promising first.
type squares []square

func (s squares) Len() int           { return len(s) }
func (s squares) Less(i, j int) bool { return s[i].most > s[j].most }
func (s squares) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *squares) Push(x any)        { *s = append(*s, x.(square)) }
func (s *squares) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
