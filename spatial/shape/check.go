package shape

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/paulmach/orb"
)

// A checker looks for the first fault of a set of polygons. Its memory is used again and again.
type checker struct {
	tree
	rings   []ringSpan
	touches []touch
	several bool // polygons
	bad     *Invalid
}

// ringSpan is a ring in checker.segs, without repeated points.
type ringSpan struct {
	from, to   int
	part, ring int32 // its polygon, and its place there: 0 is the shell
	code       uint32
	turned     bool // runs clockwise
}

// touch is a single place that two rings have in common.
type touch struct {
	at     orb.Point
	r, s   int32
	ra, rb orb.Point // where ring r comes from and goes to
	sa, sb orb.Point
}

var checkers = sync.Pool{New: func() any { return new(checker) }}

func newChecker() *checker { return checkers.Get().(*checker) }

// free gives the memory back, unless it is unusually much.
func (c *checker) free() {
	if cap(c.segs) < 1<<16 {
		checkers.Put(c)
	}
}

// check returns the first fault.
func (c *checker) check(polygons []orb.Polygon) *Invalid {
	c.segs, c.rings, c.touches, c.bad = c.segs[:0], c.rings[:0], c.touches[:0], nil
	c.several = len(polygons) > 1
	if bad := c.read(polygons); bad != nil {
		return bad
	}
	c.plant()
	if !c.pairs(c.compare) {
		if c.bad == nil {
			c.bad = tangled(c.segs)
		}
		return c.bad
	}
	c.orient()
	if len(c.rings) == 1 {
		return nil
	}
	if bad := c.checkTouches(); bad != nil {
		return bad
	}
	return c.checkNesting()
}

// read takes all rings over. Many rings are put in an order that keeps neighbours together.
func (c *checker) read(polygons []orb.Polygon) *Invalid {
	if len(polygons) == 0 {
		return &Invalid{Reason: "the geometry is empty"}
	}
	rings, sides := 0, 0
	for i, p := range polygons {
		if len(p) == 0 {
			return &Invalid{Reason: fmt.Sprintf("polygon %d has no rings", i+1)}
		}
		rings += len(p)
		for _, r := range p {
			sides += len(r)
		}
	}
	c.segs = slices.Grow(c.segs, sides)
	if rings > 4*fan {
		return c.readMany(polygons)
	}
	for i, p := range polygons {
		for j, r := range p {
			if bad := c.add(r, int32(i), int32(j)); bad != nil {
				return bad
			}
		}
	}
	return nil
}

func (c *checker) readMany(polygons []orb.Polygon) *Invalid {
	var order []ringSpan
	world := orb.MultiPolygon(polygons).Bound()
	for i, p := range polygons {
		for j, r := range p {
			order = append(order, ringSpan{part: int32(i), ring: int32(j), code: morton(world, r)})
		}
	}
	slices.SortStableFunc(order, func(a, b ringSpan) int { return cmp.Compare(a.code, b.code) })
	for _, r := range order {
		if bad := c.add(polygons[r.part][r.ring], r.part, r.ring); bad != nil {
			return bad
		}
	}
	return nil
}

// morton is a number that is near for places that are near: the bits of the ring's middle, mixed.
func morton(world orb.Bound, r orb.Ring) (code uint32) {
	middle := r.Bound().Center()
	for axis := range 2 {
		v := uint32((middle[axis] - world.Min[axis]) / (world.Max[axis] - world.Min[axis]) * 0xffff)
		for bit := range 16 {
			code |= v >> bit & 1 << (2*bit + axis)
		}
	}
	return code
}

func tangled(segs []segment) *Invalid {
	return invalid(segs[0].a, "the geometry is too tangled to be checked: so many sides lie over each other that it cannot be a shape of the world, beginning")
}

// name of a ring for messages.
func (c *checker) name(ring int32) string {
	r := c.rings[ring]
	switch {
	case c.several && r.ring == 0:
		return fmt.Sprintf("the outer ring of polygon %d", r.part+1)
	case c.several:
		return fmt.Sprintf("hole %d of polygon %d", r.ring, r.part+1)
	case r.ring == 0:
		return "the outer ring"
	}
	return fmt.Sprintf("hole %d", r.ring)
}

// add takes a ring over, without its repeated points.
func (c *checker) add(r orb.Ring, part, nth int32) *Invalid {
	from := len(c.segs)
	c.rings = append(c.rings, ringSpan{from: from, to: from, part: part, ring: nth})
	id := int32(len(c.rings) - 1)
	if len(r) == 0 {
		return &Invalid{Reason: c.name(id) + " has no points"}
	}
	last := r[0]
	if !finite(last) {
		return invalid(last, "a coordinate of %s is not a number of this world", c.name(id))
	}
	for _, p := range r[1:] {
		if p == last {
			continue
		}
		if !finite(p) {
			return invalid(p, "a coordinate of %s is not a number of this world", c.name(id))
		}
		c.segs = append(c.segs, segment{last, p, id})
		last = p
	}
	c.rings[id].to = len(c.segs)
	if last != r[0] {
		return invalid(last, "%s is not closed", c.name(id))
	}
	if len(c.segs)-from < 3 {
		return invalid(r[0], "%s has less than three different points", c.name(id))
	}
	return nil
}

// compare looks at two sides whose boxes meet. It returns false when they make the geometry invalid.
func (c *checker) compare(i, j int) bool {
	s, t := &c.segs[i], &c.segs[j]
	if s.ring == t.ring {
		return c.compareOwn(i, j)
	}
	at, how := contact(s, t)
	if how == touches {
		x := touch{at: at, r: s.ring, s: t.ring}
		x.ra, x.rb = c.arms(i, at)
		x.sa, x.sb = c.arms(j, at)
		c.touches = append(c.touches, x)
	} else if how != apart {
		c.bad = invalid(at, "%s %s %s", c.name(t.ring), how, c.name(s.ring))
	}
	return how == apart || how == touches
}

// compareOwn is compare for sides of one ring: neighbours share an end, others nothing.
func (c *checker) compareOwn(i, j int) bool {
	s, t := &c.segs[i], &c.segs[j]
	r := c.rings[s.ring]
	if j != i+1 && i == r.from && j == r.to-1 {
		s, t = t, s
	} else if j != i+1 {
		at, how := contact(s, t)
		if how != apart {
			c.bad = invalid(at, "%s %s itself", c.name(s.ring), how)
		}
		return how == apart
	}
	if turn(s.a, s.b, t.b) == 0 && sameWay(s.b, s.a, t.b) {
		c.bad = invalid(s.b, "%s goes back on itself", c.name(s.ring))
		return false
	}
	return true
}

// arms are the places that the ring of side i comes from and goes to around a place on that side.
func (c *checker) arms(i int, at orb.Point) (from, to orb.Point) {
	s, r := &c.segs[i], c.rings[c.segs[i].ring]
	from, to = s.a, s.b
	if at == s.a {
		if i--; i < r.from {
			i = r.to - 1
		}
		from = c.segs[i].a
	} else if at == s.b {
		if i++; i == r.to {
			i = r.from
		}
		to = c.segs[i].b
	}
	return from, to
}

// orient finds the winding of each ring at its first corner by lon and lat, where it cannot be straight.
func (c *checker) orient() {
	for i := range c.rings {
		r := &c.rings[i]
		k := r.from
		for j := r.from + 1; j < r.to; j++ {
			if before(c.segs[j].a, c.segs[k].a) {
				k = j
			}
		}
		from, to := c.arms(k, c.segs[k].a)
		r.turned = turn(from, c.segs[k].a, to) < 0
	}
}

// wound tells whether outer rings run counter-clockwise and holes clockwise.
func (c *checker) wound() bool {
	return !slices.ContainsFunc(c.rings, func(r ringSpan) bool { return r.turned != (r.ring > 0) })
}

// rewind copies the polygons that check found valid and winds their rings.
func (c *checker) rewind(polygons []orb.Polygon) []orb.Polygon {
	out := make([]orb.Polygon, len(polygons))
	for i, p := range polygons {
		out[i] = slices.Clone(p)
	}
	for _, r := range c.rings {
		if r.turned != (r.ring > 0) {
			ring := slices.Clone(polygons[r.part][r.ring])
			slices.Reverse(ring)
			out[r.part][r.ring] = ring
		}
	}
	return out
}
