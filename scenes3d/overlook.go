package scenes3d

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A Facade is a body with windows from which a place is seen. Where its windows really are nobody knows: there is one
// every three metres of its walls, in every storey of three.
type Facade struct {
	ID       string
	Outline  orb.Geometry
	Distance float64 // m, on the ground, of the nearest window that sees the place
	Windows  int     // that see it
	Facing   int     // that look to its side
	Lowest   float64 // m above the ground, height of the lowest window that sees it
	Highest  float64
}

const (
	storey       = 3.0 // m
	windowHeight = 1.5 // m above the floor
	windowOut    = 0.05
)

// Overlook finds the bodies within a radius that overlook a place, the nearest first.
func (s *Set) Overlook(place Place, radius float64) ([]Facade, error) {
	v, err := s.vista(place, radius)
	if err != nil {
		return nil, err
	}
	var out []Facade
	for i := range v.around {
		one := &v.around[i]
		if one.contains(0, 0) {
			continue
		}
		f := Facade{ID: one.body.id, Distance: math.Inf(1), Lowest: math.Inf(1), Highest: math.Inf(-1)}
		one.edges(func(ax, ay, bx, by float64) { v.windows(&f, one, ax, ay, bx, by, radius) })
		if f.Windows > 0 {
			f.Outline = one.body.outline()
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Facade) int {
		if a.Distance != b.Distance {
			if a.Distance < b.Distance {
				return -1
			}
			return 1
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out, nil
}

// windows counts the windows of a wall; outside is to the right of the way from a to b, since outer rings go counter-clockwise and
// holes clockwise.
func (v *vista) windows(f *Facade, one *obstacle, ax, ay, bx, by, radius float64) {
	length := math.Hypot(bx-ax, by-ay)
	if length < 1 {
		return
	}
	nx, ny := (by-ay)/length, -(bx-ax)/length
	n := max(int(math.Round(length/storey)), 1)
	for i := range n {
		t := (float64(i) + 0.5) / float64(n)
		x, y := ax+(bx-ax)*t+nx*windowOut, ay+(by-ay)*t+ny*windowOut
		away := math.Hypot(x, y)
		if away > radius || x*nx+y*ny >= 0 { // it looks to the other side
			continue
		}
		var spans []span
		rim := 0.0
		for h := one.body.floor() + windowHeight; h < one.body.top; h += storey {
			f.Facing++
			if spans == nil {
				spans, rim = v.spans(x/away, y/away), v.steepest(x/away, y/away, away)
			}
			if (h-v.eye.Height)/away < rim || slices.ContainsFunc(spans, func(p span) bool { _, met := p.meets(v.eye.Height, h, away); return met }) {
				continue
			}
			f.Windows++
			f.Distance, f.Lowest, f.Highest = min(f.Distance, away), min(f.Lowest, h-one.body.ground), max(f.Highest, h-one.body.ground)
		}
	}
}

// outline is the footprint of a body.
func (b *body) outline() orb.Geometry {
	var out orb.MultiPolygon
	start := 0
	for _, r := range b.rings {
		var ring orb.Ring
		for i := start; i < int(r.end); i++ {
			ring = append(ring, orb.Point{b.coords[2*i], b.coords[2*i+1]})
		}
		ring = append(ring, ring[0])
		start = int(r.end)
		if r.hole {
			last := len(out) - 1
			out[last] = append(out[last], ring)
		} else {
			out = append(out, orb.Polygon{ring})
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}
