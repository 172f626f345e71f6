package demo

import "math"

// A use is what a block is built for.
type use int8

const (
	slabs use = iota
	yards
	perimeter
	towers
	sheds
	houses
	fields
	orchard
	park
	square
	school
	hospital
	civic
	works // a protected site
)

// A block is a face of the mesh in the city.
type block struct {
	face   int32
	ring   []pt
	class  []class // of the street along ring[i] to ring[i+1]
	mid    pt
	size   float64
	zone   zone
	use    use
	inner  [][2]pt // lanes inside
	unit   *unit   // the school, hospital or site that owns it
	plot   []pt    // the block without its streets; nil when there is no sound one
	number int
}

// A unit is a school, a hospital, a park or another named owner of a block.
type unit struct {
	layer, kind string
	zh, en      string
	block       int
}

// findBlocks lists the faces of the city that can be built on, in order of the mesh.
func (c *city) findBlocks() {
	for f := range c.m.faces {
		fc := c.m.faces[f]
		if f == 0 || fc.town >= 0 || (fc.band != cityNorth && fc.band != citySouth) {
			continue
		}
		b := block{face: int32(f), number: len(c.blocks)}
		for _, h := range c.m.around(int32(f)) {
			b.ring = append(b.ring, c.m.a(h))
			b.class = append(b.class, c.m.edge(h).class)
		}
		b.mid, b.size = centroid(b.ring), area(b.ring)
		b.zone = c.zone(b.mid)
		b.plot = b.inset(3)
		c.blocks = append(c.blocks, b)
	}
}

// fits tells whether a rectangle stands inside the block, gap metres off its streets' edges and lanes.
func (b *block) fits(r rect, gap float64) bool {
	if !inside(r.mid, b.ring) {
		return false
	}
	for i, p := range b.ring {
		if r.near(p, b.ring[(i+1)%len(b.ring)], b.class[i].half()+gap) {
			return false
		}
	}
	for _, lane := range b.inner {
		if r.near(lane[0], lane[1], service.half()+2) {
			return false
		}
	}
	return true
}

// inset is the block's border moved inwards by half of each street and gap metres, or nil.
func (b *block) inset(gap float64) []pt {
	var ps []pt
	var off []float64
	n := len(b.ring)
	for i, p := range b.ring { // leave out what lies on a straight line between streets of one width
		prev, next := b.ring[(i+n-1)%n], b.ring[(i+1)%n]
		before := b.class[(i+n-1)%n].half()
		if len(ps) > 0 && nearest(p, prev, next) < 0.6 && before == b.class[i].half() {
			continue
		}
		ps, off = append(ps, p), append(off, b.class[i].half()+gap)
	}
	for _, scale := range []float64{1, 0.7, 0.45} {
		if out := shrink(ps, off, scale); out != nil && b.holdsPlot(out, gap*0.4) {
			return out
		}
	}
	return nil
}

// shrink moves each side i of the ring, from ps[i] to ps[i+1], inwards by off[i] times scale.
func shrink(ps []pt, off []float64, scale float64) []pt {
	n := len(ps)
	var out []pt
	for i, p := range ps {
		u, v := p.sub(ps[(i+n-1)%n]).unit(), ps[(i+1)%n].sub(p).unit()
		d, e := off[(i+n-1)%n]*scale, off[i]*scale
		a, c := p.along(u.left(), d), p.along(v.left(), e)
		if den := u.cross(v); math.Abs(den) > 0.08 {
			a = a.along(u, c.sub(a).cross(v)/den)
		} else {
			a = a.lerp(c, 0.5)
		}
		if a.dist(p) > 60 {
			return nil
		}
		out = append(out, a)
	}
	return out
}

// holdsPlot checks that a plot is simple, turns left, and keeps off the block's border.
func (b *block) holdsPlot(plot []pt, gap float64) bool {
	n := len(plot)
	if area(plot) < 0.3*b.size {
		return false
	}
	for i, p := range plot {
		q := plot[(i+1)%n]
		if p.dist(q) < 0.5 || !inside(p, b.ring) {
			return false
		}
		for j := range plot {
			if j == i || (j+1)%n == i || (i+1)%n == j {
				continue
			}
			if _, _, hit := cross(p, q, plot[j], plot[(j+1)%n]); hit {
				return false
			}
		}
		for j, s := range b.ring {
			t := b.ring[(j+1)%len(b.ring)]
			if nearest(p, s, t) < gap || nearest(s, p, q) < gap {
				return false
			}
		}
	}
	return true
}
