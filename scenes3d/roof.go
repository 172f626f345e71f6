package scenes3d

import (
	"fmt"
	"math"
)

type roofShape uint8

const (
	flat roofShape = iota
	gabled
	hipped
	pyramidal
)

var roofShapes = map[string]roofShape{"": flat, "flat": flat, "gabled": gabled, "hipped": hipped, "pyramidal": pyramidal}

// A roof is the one that a feature asks for.
type roof struct {
	asked string
	shape roofShape
	rise  float64 // height of the roof itself, m; NaN is by the slope, see roofRise
}

// roofAsked is nil when a flat roof is asked for.
func roofAsked(name string) *roof {
	shape, known := roofShapes[name]
	if known && shape == flat {
		return nil
	}
	return &roof{name, shape, math.NaN()}
}

// slope is the pitch of a roof whose height nobody gave: 30 degrees.
const slope = 0.577350269

// roofOf is the shape that is really built over a part. Pitched roofs need a footprint without holes whose corners all
// see the roof's top: gabled and hipped ones four corners that bulge outward, pyramids any outline that bulges outward.
// Over all others the roof is flat, at the full height, and why says the reason.
func roofOf(b *body, start int, rings []ring) (shape roofShape, why string) {
	if b.roof == nil {
		return flat, ""
	}
	if b.roof.shape == flat {
		return flat, fmt.Sprintf("%.24q is none of the shapes that are built", b.roof.asked)
	}
	if len(rings) > 1 {
		return flat, b.roof.asked + ": the footprint has holes"
	}
	corners := int(rings[0].end) - start
	if b.roof.shape != pyramidal && corners != 4 {
		return flat, b.roof.asked + ": the footprint has more or fewer than 4 corners"
	}
	if !convex(b.coords[2*start : 2*int(rings[0].end)]) {
		return flat, b.roof.asked + ": the footprint is not convex"
	}
	return b.roof.shape, ""
}

// flattened says why one of the roofs of a body is not as asked for, "" when all are.
func (b *body) flattened() string {
	start := 0
	for i := 0; i < len(b.rings); {
		end := b.partEnd(i)
		if _, why := roofOf(b, start, b.rings[i:end]); why != "" {
			return why
		}
		start, i = int(b.rings[end-1].end), end
	}
	return ""
}

func convex(c []float64) bool {
	n := len(c) / 2
	for i := range n {
		j, k := (i+1)%n, (i+2)%n
		if (c[2*j]-c[2*i])*(c[2*k+1]-c[2*j+1])-(c[2*k]-c[2*j])*(c[2*j+1]-c[2*i+1]) <= 0 {
			return false
		}
	}
	return true
}

// roofRise is the height of a pitched roof: as given, else by slope over the narrower side, and never more than the
// body has.
func roofRise(b *body, start int, rings []ring) float64 {
	rise := b.roof.rise
	if math.IsNaN(rise) {
		shortest := math.Inf(1)
		last, _ := upright(b.coords[2*rings[0].end-2], b.coords[2*rings[0].end-1])
		for i := start; i < int(rings[0].end); i++ {
			next, _ := upright(b.coords[2*i], b.coords[2*i+1])
			shortest = min(shortest, next.sub(last).length())
			last = next
		}
		rise = shortest / 2 * slope
	}
	return min(rise, b.tall)
}

// pitch builds a roof over the eaves.
func (m *mesh) pitch(b *body, shape roofShape, rise float64, eaves []vec) {
	if shape == pyramidal {
		top := m.over(rise, eaves...)
		for i, p := range eaves {
			m.polygon(p, eaves[(i+1)%len(eaves)], top)
		}
		return
	}
	e := [4]vec{eaves[0], eaves[1], eaves[2], eaves[3]}
	if e[1].sub(e[0]).length()+e[3].sub(e[2]).length() < e[2].sub(e[1]).length()+e[0].sub(e[3]).length() {
		e = [4]vec{e[1], e[2], e[3], e[0]}
	} // now the sides 0-1 and 2-3 are the longer ones, and the ridge runs along them
	from, to := m.over(rise, e[3], e[0]), m.over(rise, e[1], e[2])
	if shape == hipped {
		width := e[0].sub(e[3]).length()/2 + e[2].sub(e[1]).length()/2
		inset := min(width/2/max(to.sub(from).length(), 1e-9), 0.5)
		from, to = from.mix(to, inset), to.mix(from, inset)
	}
	m.polygon(e[0], e[1], to, from)
	m.polygon(e[2], e[3], from, to)
	m.polygon(e[1], e[2], to)
	m.polygon(e[3], e[0], from)
}

// over is the place above the middle of some points.
func (m *mesh) over(rise float64, points ...vec) vec {
	var middle vec
	for _, p := range points {
		middle = middle.add(p.times(1 / float64(len(points))))
	}
	return middle.add(m.up.times(rise))
}
