package duty

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A ground is an area whose sides are sorted into rows of latitude, so that a place or a short way looks at few.
type ground struct {
	box  orb.Bound
	rows [][]side
}

// A side of an area runs upwards.
type side struct{ a, b orb.Point }

// sidesInRow is how many sides a row would have if all were short.
const sidesInRow = 4

// groundOf takes a Polygon or MultiPolygon; other geometries hold nothing.
func groundOf(g orb.Geometry) *ground {
	var polygons orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	}
	var sides []side
	for _, p := range polygons {
		for _, r := range p {
			for i := 1; i < len(r); i++ {
				a, b := r[i-1], r[i]
				if a[1] > b[1] {
					a, b = b, a
				}
				sides = append(sides, side{a, b})
			}
		}
	}
	out := &ground{box: polygons.Bound(), rows: make([][]side, len(sides)/sidesInRow+1)}
	for _, s := range sides {
		for i := out.row(s.a[1]); i <= out.row(s.b[1]); i++ {
			out.rows[i] = append(out.rows[i], s)
		}
	}
	return out
}

// row is the number of the row of a latitude, the first or last for what lies beyond.
func (g *ground) row(lat float64) int {
	height := g.box.Max[1] - g.box.Min[1]
	if !(height > 0) {
		return 0
	}
	return min(max(int((lat-g.box.Min[1])/height*float64(len(g.rows))), 0), len(g.rows)-1)
}

// holds counts the sides east of a place. A side owns its lower end and not its upper one.
func (g *ground) holds(p orb.Point) bool {
	if !g.box.Contains(p) {
		return false
	}
	in := false
	for _, s := range g.rows[g.row(p[1])] {
		if s.a[1] <= p[1] && p[1] < s.b[1] && cross(s.a, s.b, p) > 0 {
			in = !in
		}
	}
	return in
}

// crossings are the parts of the way from a to b at which it meets a side, ascending, each within (0, 1).
func (g *ground) crossings(a, b orb.Point) (out []float64) {
	if !g.box.Intersects(orb.MultiPoint{a, b}.Bound()) {
		return nil
	}
	for i := g.row(min(a[1], b[1])); i <= g.row(max(a[1], b[1])); i++ {
		for _, s := range g.rows[i] {
			one, two := cross(a, b, s.a), cross(a, b, s.b)
			from, to := cross(s.a, s.b, a), cross(s.a, s.b, b)
			if (one > 0) == (two > 0) || (from > 0) == (to > 0) {
				continue
			}
			if t := from / (from - to); t > 0 && t < 1 {
				out = append(out, t)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out) // a long side stands in several rows
}

// cross is positive when p lies left of the way from a to b.
func cross(a, b, p orb.Point) float64 {
	v := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0])
	if math.IsNaN(v) {
		return 0
	}
	return v
}
