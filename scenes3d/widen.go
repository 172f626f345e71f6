package scenes3d

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

const (
	roundness = 48   // corners of a circle
	curtain   = 0.25 // m to each side of a line without a radius
	widest    = 50_000.0
)

// widened is the footprint of points and lines: circles around points, corridors along lines, and curtains on lines that
// have no radius. Both are made of pieces, whose union it is.
func widened(g orb.Geometry, radius float64) ([]orb.Polygon, error) {
	if !(radius >= 0 && radius <= widest) {
		return nil, fmt.Errorf("its radius is %g m", radius)
	}
	var pieces []orb.Polygon
	switch g := g.(type) {
	case orb.Point:
		if radius == 0 {
			return nil, fmt.Errorf("a point without a radius has no volume")
		}
		return []orb.Polygon{disc(g, radius)}, nil
	case orb.MultiPoint:
		for _, p := range g {
			one, err := widened(p, radius)
			if err != nil {
				return nil, err
			}
			pieces = append(pieces, one...)
		}
	case orb.LineString:
		pieces = alongLine(nil, g, radius)
	case orb.MultiLineString:
		for _, l := range g {
			pieces = alongLine(pieces, l, radius)
		}
	default:
		return nil, fmt.Errorf("it is neither a polygon, nor a line or a point")
	}
	all, err := shape.Union(pieces...)
	if err != nil {
		return nil, fmt.Errorf("its corridor: %w", err)
	}
	for _, p := range all {
		for i := range p {
			p[i] = tidy(p[i])
		}
	}
	return all, nil
}

// tidy leaves out corners that are nearer than a hand's breadth to the one before, where arcs cross each other: they show
// nothing, and make slivers. It changes the ring.
func tidy(r orb.Ring) orb.Ring {
	const near = 0.1 // m
	if len(r) < 8 {
		return r
	}
	east, north := perDegree(r[0][1])
	far := func(a, b orb.Point) bool { return math.Hypot((b[0]-a[0])*east, (b[1]-a[1])*north) > near }
	straight := func(a, b, c orb.Point) bool { // b lies on the way from a to c, to a few centimetres
		x, y, u, v := (b[0]-a[0])*east, (b[1]-a[1])*north, (c[0]-a[0])*east, (c[1]-a[1])*north
		length := math.Hypot(u, v)
		return length > 0 && math.Abs(x*v-y*u) < near/3*length && x*u+y*v > 0 && x*u+y*v < length*length
	}
	out := r[:1]
	for i, p := range r[1 : len(r)-1] {
		if last := out[len(out)-1]; far(last, p) && !straight(last, p, r[i+2]) {
			out = append(out, p)
		}
	}
	if len(out) > 3 && !far(out[len(out)-1], out[0]) {
		out = out[:len(out)-1]
	}
	return append(out, out[0])
}

// disc is a circle on the ground.
func disc(at orb.Point, radius float64) orb.Polygon {
	east, north := perDegree(at[1])
	var r orb.Ring
	for i := range roundness {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / roundness)
		r = append(r, orb.Point{at[0] + radius*cos/east, at[1] + radius*sin/north})
	}
	return orb.Polygon{append(r, r[0])}
}

// alongLine appends a box for each piece of a line, and a circle at each bend; ends of corridors are round, those of
// curtains straight.
func alongLine(pieces []orb.Polygon, l orb.LineString, radius float64) []orb.Polygon {
	wide := max(radius, curtain)
	for i, a := range l {
		if radius > 0 || i > 0 && i+1 < len(l) {
			pieces = append(pieces, disc(a, wide))
		}
		if i+1 == len(l) {
			break
		}
		b := l[i+1]
		east, north := perDegree((a[1] + b[1]) / 2)
		dx, dy := (b[0]-a[0])*east, (b[1]-a[1])*north
		length := math.Hypot(dx, dy)
		if length == 0 {
			continue
		}
		x, y := -dy/length*wide/east, dx/length*wide/north
		r := orb.Ring{{a[0] - x, a[1] - y}, {b[0] - x, b[1] - y}, {b[0] + x, b[1] + y}, {a[0] + x, a[1] + y}}
		pieces = append(pieces, orb.Polygon{append(r, r[0])})
	}
	return pieces
}

// mostBends of a line that is made a corridor.
const mostBends = 5000

// widen makes a footprint of a feature that is no polygon, where the layer says how wide such ones are.
func (r *Rise) widen(f *spatial.Feature) ([]orb.Polygon, error) {
	if r.Radius == "" {
		return nil, fmt.Errorf("it is no polygon")
	}
	if unit, _ := f.Properties[r.Moves].(string); unit != "" {
		return nil, fmt.Errorf("it moves with a unit")
	}
	bends := 0
	switch g := f.Geometry.(type) {
	case orb.LineString:
		bends = len(g)
	case orb.MultiLineString:
		for _, l := range g {
			bends += len(l)
		}
	}
	if bends > mostBends {
		return nil, fmt.Errorf("its line has more than %d points", mostBends)
	}
	radius, _ := numberOf(f.Properties[r.Radius])
	return widened(f.Geometry, radius)
}
