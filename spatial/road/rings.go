package road

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// rings are the lines where the field is 0, what is inside at their left: shells turn counter-clockwise, holes
// clockwise. No two of them touch.
func (f *field) rings() []orb.Ring {
	next := map[int32]int32{} // from the side where the line comes into a cell to the one where it leaves
	var order []int32
	for j := range f.ny - 1 {
		for i := range f.nx - 1 {
			order = f.cross(i, j, next, order)
		}
	}
	var rings []orb.Ring
	for _, start := range order {
		if _, ok := next[start]; !ok {
			continue
		}
		var ring orb.Ring
		for at := start; ; {
			to, ok := next[at]
			if !ok {
				break
			}
			delete(next, at)
			ring = append(ring, f.crossing(at))
			at = to
		}
		rings = append(rings, append(ring, ring[0]))
	}
	return rings
}

// cross notes how the line runs through one cell. Where two opposite corners are inside, it parts them.
func (f *field) cross(i, j int, next map[int32]int32, order []int32) []int32 {
	n := int32(j*f.nx + i)
	inside := [4]bool{f.at(i, j) < 0, f.at(i+1, j) < 0, f.at(i+1, j+1) < 0, f.at(i, j+1) < 0}
	if inside[0] == inside[1] && inside[1] == inside[2] && inside[2] == inside[3] {
		return order
	}
	sides := [4]int32{2 * n, 2*(n+1) + 1, 2 * (n + int32(f.nx)), 2*n + 1} // south, east, north, west: each after its corner
	for k := range 4 {
		if !inside[k] || inside[(k+3)%4] {
			continue
		}
		last := k
		for inside[(last+1)%4] {
			last = (last + 1) % 4
		}
		next[sides[last]] = sides[(k+3)%4]
		order = append(order, sides[last])
	}
	return order
}

// polygons puts holes into shells. Holes that are not wider than a block of houses are filled, with what lies in
// them, and specks left out. Both go by size alone, so outlines still lie in each other.
func (f *field) polygons(rings []orb.Ring) orb.MultiPolygon {
	block, speck := 16*f.width*f.width, f.cell*f.cell
	type sized struct {
		ring orb.Ring
		area float64 // m²; negative for a hole
		box  orb.Bound
	}
	all := make([]sized, len(rings))
	for i, r := range rings {
		all[i] = sized{r, f.area(r), r.Bound()}
	}
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(math.Abs(b.area), math.Abs(a.area)) })
	var polygons orb.MultiPolygon
	var boxes []orb.Bound
	for _, r := range all {
		if r.area < 0 && -r.area < block || r.area >= 0 && r.area < speck {
			continue
		}
		parent := -1 // the smallest polygon that holds the ring
		for i, p := range polygons {
			if boxes[i].Contains(r.ring[0]) && inRing(p[0], r.ring[0]) {
				parent = i
			}
		}
		switch {
		case r.area < 0 && parent >= 0:
			polygons[parent] = append(polygons[parent], r.ring)
		case r.area >= 0 && (parent < 0 || inHole(polygons[parent], r.ring[0])):
			polygons = append(polygons, orb.Polygon{r.ring})
			boxes = append(boxes, r.box)
		}
	}
	return polygons
}

// area of a ring in square metres, positive when it turns counter-clockwise.
func (f *field) area(r orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		ax, ay := f.scale.between(f.origin, r[i-1])
		bx, by := f.scale.between(f.origin, r[i])
		sum += ax*by - bx*ay
	}
	return sum / 2
}

func inHole(p orb.Polygon, at orb.Point) bool {
	return slices.ContainsFunc(p[1:], func(hole orb.Ring) bool { return inRing(hole, at) })
}

// inRing counts the sides that a ray to the east crosses; the point does not lie on the ring.
func inRing(r orb.Ring, p orb.Point) bool {
	in := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0]+(p[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}
