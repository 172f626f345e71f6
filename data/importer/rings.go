package importer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

// A ring of a Shapefile's polygon.
type ring struct {
	points []orb.Point
	bound  orb.Bound
	area   float64 // signed: negative runs clockwise, which makes an outer ring there
}

// assembleRings makes polygons of a Shapefile's rings. Rings that run clockwise are shells, the others are holes
// of the smallest shell around them. Where no ring runs clockwise, nesting decides: what lies in an odd number
// of others is a hole. A hole without a shell becomes a polygon.
func assembleRings(parts [][]orb.Point) (orb.Geometry, error) {
	if len(parts) == 1 {
		return orb.Polygon{parts[0]}, nil
	}
	rings := make([]ring, len(parts))
	for i, ps := range parts {
		rings[i] = ring{ps, orb.MultiPoint(ps).Bound(), signedArea(ps)}
	}
	clockwise := slices.ContainsFunc(rings, func(r ring) bool { return r.area < 0 })
	n := newNest(rings)
	polygons := map[int]orb.Polygon{}
	holes := map[int]int{} // hole -> shell
	for i, r := range rings {
		around := n.around(i)
		isHole := r.area > 0 && clockwise || !clockwise && len(around)%2 == 1
		shell := -1
		for _, j := range around { // from small to large
			if !clockwise && n.depth(j)%2 == 0 || clockwise && rings[j].area < 0 {
				shell = j
				break
			}
		}
		if isHole && shell >= 0 {
			holes[i] = shell
		} else {
			polygons[i] = orb.Polygon{r.points}
		}
	}
	for i := range rings {
		if shell, ok := holes[i]; ok {
			polygons[shell] = append(polygons[shell], rings[i].points)
		}
	}
	if n.steps > mostSteps {
		return nil, fmt.Errorf("its %d rings lie in each other too deep", len(rings))
	}
	var out orb.MultiPolygon
	for i := range rings {
		if p, ok := polygons[i]; ok {
			out = append(out, p)
		}
	}
	return single(out), nil
}

// mostSteps bounds the work on one polygon; honest ones of 100,000 rings stay far below.
const mostSteps = 50_000_000

// signedArea is twice the area, positive when the ring runs counter-clockwise.
func signedArea(ps []orb.Point) float64 {
	sum := 0.0
	for i := range ps {
		a, b := ps[i], ps[(i+1)%len(ps)]
		sum += (a[0]-ps[0][0])*(b[1]-ps[0][1]) - (b[0]-ps[0][0])*(a[1]-ps[0][1])
	}
	return sum
}

// A nest knows which rings lie around a ring.
type nest struct {
	rings []ring
	tree  index.Tree[int]
	known map[int][]int
	steps int
}

func newNest(rings []ring) *nest {
	n := &nest{rings: rings, known: map[int][]int{}}
	for i, r := range rings {
		if len(r.points) > 0 {
			n.tree.Insert(r.bound, i)
		}
	}
	return n
}

// around are the rings that contain ring i, from small to large.
func (n *nest) around(i int) []int {
	if known, ok := n.known[i]; ok {
		return known
	}
	var out []int
	if r := n.rings[i]; len(r.points) > 0 {
		n.tree.Search(orb.Bound{Min: r.points[0], Max: r.points[0]}, func(_ orb.Bound, j int) bool {
			n.steps += 1 + len(out)
			if j != i && n.rings[j].holds(r) {
				out = append(out, j)
				n.steps += len(n.rings[j].points)
			}
			return n.steps <= mostSteps
		})
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(abs(n.rings[a].area), abs(n.rings[b].area)), cmp.Compare(a, b))
	})
	n.known[i] = out
	return out
}

func (n *nest) depth(i int) int { return len(n.around(i)) }

func abs(v float64) float64 { return max(v, -v) }

// holds tells whether another ring lies inside: rings of one polygon do not cross, so its first point that is
// not on the border decides. Of two equal rings none holds the other.
func (r ring) holds(other ring) bool {
	if b, o := r.bound, other.bound; abs(r.area) <= abs(other.area) || o.Min[0] < b.Min[0] || o.Min[1] < b.Min[1] || o.Max[0] > b.Max[0] || o.Max[1] > b.Max[1] {
		return false
	}
	for _, p := range other.points {
		if side := r.side(p); side != 0 {
			return side > 0
		}
	}
	return true
}

// side is 1 for a point inside, 0 on the border, -1 outside.
func (r ring) side(p orb.Point) int {
	inside := false
	for i, a := range r.points {
		b := r.points[(i+1)%len(r.points)]
		cross := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0])
		if cross == 0 && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= p[1] && p[1] <= max(a[1], b[1]) {
			return 0
		}
		if (a[1] > p[1]) != (b[1] > p[1]) && (cross > 0) == (b[1] > a[1]) {
			inside = !inside
		}
	}
	if inside {
		return 1
	}
	return -1
}
