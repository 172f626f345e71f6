package demo

import (
	"math"
	"slices"
)

// layStreets divides the cells of the frame into blocks: each cut runs across the longer side of what is left,
// so that streets follow the valley where the cells do, and ends at a crossing where one is near.
func (c *city) layStreets() {
	d := newDice(c.seed, "streets")
	for f := 1; f < len(c.m.faces); f++ { // faces grow while they are divided
		fc := c.m.faces[f]
		if fc.town >= 0 || (fc.band != cityNorth && fc.band != citySouth) {
			continue
		}
		for c.divide(int32(f), d) {
		}
	}
}

// divide cuts one face in two, unless it is small enough or no cut is good.
func (c *city) divide(f int32, d dice) bool {
	ring := c.m.ring(f)
	mid, size := centroid(ring), area(ring)
	z := c.zone(mid)
	if size < blockSize[z]*d.between(1.0, 1.7) {
		return false
	}
	axis, long, wide := box(ring)
	if wide < 64 {
		return false
	}
	if long < wide*1.2 && d.chance(0.5) {
		axis, long, wide = axis.left(), wide, long
	}
	for try := range 8 {
		jitter := 0.05 + 0.03*float64(try)
		if z == oldTown || z == village {
			jitter *= 1.8
		}
		through := mid.along(axis, d.spread(long*(0.16+0.02*float64(try))))
		if c.cutFace(f, z, size, through, axis.left().turn(d.spread(jitter)), d) {
			return true
		}
		if try == 4 {
			axis, long = axis.left(), wide
		}
	}
	return false
}

// box is the smallest rectangle around a ring: the direction of its longer side and both lengths.
func box(ring []pt) (axis pt, long, wide float64) {
	best := math.Inf(1)
	for i, p := range ring {
		u := ring[(i+1)%len(ring)].sub(p).unit()
		if u == (pt{}) {
			continue
		}
		lo, hi := extent(ring, u)
		lo2, hi2 := extent(ring, u.left())
		a, b := hi-lo, hi2-lo2
		if a*b < best {
			best = a * b
			axis, long, wide = u, a, b
			if b > a {
				axis, long, wide = u.left(), b, a
			}
		}
	}
	return axis, long, wide
}

func extent(ps []pt, u pt) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range ps {
		v := p.dot(u)
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

// A hit is where a cutting line meets the border of a face.
type hit struct {
	half  int32
	share float64 // along the half
	pos   float64 // along the line
	p     pt
}

// cutFace tries one cut: through a point, in a direction.
func (c *city) cutFace(f int32, z zone, size float64, through, u pt, d dice) bool {
	hs := c.m.around(f)
	before, after, ok := c.hits(hs, through, u)
	if !ok {
		return false
	}
	p, q := c.snap(hs, &before), c.snap(hs, &after)
	if p.dist(q) < 45 || before.half == after.half {
		return false
	}
	via := c.bend(p, q, z, d)
	line := append(append([]pt{p}, via...), q)
	if !c.clear(hs, line, before, after) || !c.fair(hs, line, before, after, z) {
		return false
	}
	a, b := c.vertex(&before), c.vertex(&after)
	e := c.streetFor(a, b, line, size, z)
	c.m.chord(f, a, b, via, e)
	return true
}

// hits finds where a line leaves the face on both sides of a point.
func (c *city) hits(hs []int32, through, u pt) (before, after hit, ok bool) {
	before.pos, after.pos = math.Inf(-1), math.Inf(1)
	from, to := through.along(u, -6000), through.along(u, 6000)
	for _, h := range hs {
		share, along, ok := cross(c.m.a(h), c.m.b(h), from, to)
		if !ok {
			continue
		}
		one := hit{half: h, share: share, pos: along*12000 - 6000}
		one.p = c.m.a(h).lerp(c.m.b(h), share)
		if one.pos < 0 && one.pos > before.pos {
			before = one
		}
		if one.pos >= 0 && one.pos < after.pos {
			after = one
		}
	}
	return before, after, !math.IsInf(before.pos, 0) && !math.IsInf(after.pos, 0)
}

// snap moves a hit to a vertex near it: to a crossing within 32 m, to any vertex within 14 m. A hit on a
// vertex has share 0.
func (c *city) snap(hs []int32, at *hit) pt {
	best, reach := int32(-1), 0.0
	for _, h := range hs {
		limit := 14.0
		if c.roadsAt(c.m.half[h].from) >= 3 {
			limit = 32
		}
		if near := at.p.dist(c.m.a(h)); near < limit && (best < 0 || near < reach) {
			best, reach = h, near
		}
	}
	if best >= 0 {
		at.half, at.share, at.p = best, 0, c.m.a(best)
	}
	return at.p
}

func (c *city) roadsAt(v int32) int {
	n := 0
	for _, h := range c.m.spokes(v) {
		if c.m.edge(h).class != noRoad {
			n++
		}
	}
	return n
}

// vertex is the vertex of a hit; it splits the border when there is none yet.
func (c *city) vertex(at *hit) int32 {
	if at.share == 0 {
		return c.m.half[at.half].from
	}
	return c.m.split(at.half, at.p)
}

// bend gives long streets a soft curve.
func (c *city) bend(p, q pt, z zone, d dice) []pt {
	l := p.dist(q)
	sway := d.spread(0.035)
	if z == oldTown || z == village {
		sway *= 1.8
	}
	if l < 90 || math.Abs(sway*l) < 1.5 {
		return nil
	}
	n := int(l/70) + 1
	var via []pt
	for i := 1; i < n; i++ {
		share := float64(i) / float64(n)
		via = append(via, p.lerp(q, share).add(q.sub(p).left().mul(sway*math.Sin(math.Pi*share))))
	}
	return via
}

// clear tells whether a line runs through the face without touching its border on the way.
func (c *city) clear(hs []int32, line []pt, before, after hit) bool {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		for _, h := range hs {
			f, _, ok := cross(a, b, c.m.a(h), c.m.b(h))
			if !ok || (i == 1 && f < 1e-6) || (i == len(line)-1 && f > 1-1e-6) {
				continue
			}
			return false
		}
	}
	for _, h := range hs { // no vertex of the border close by
		p := c.m.a(h)
		if p.dist(before.p) < 1 || p.dist(after.p) < 1 {
			continue
		}
		for i := 1; i < len(line); i++ {
			if nearest(p, line[i-1], line[i]) < 12 {
				return false
			}
		}
	}
	return true
}

// fair refuses cuts that leave slivers or sharp corners.
func (c *city) fair(hs []int32, line []pt, before, after hit, z zone) bool {
	leaves := func(at hit, along pt) bool {
		for _, h := range hs {
			for _, dir := range [2]pt{c.m.b(h).sub(c.m.a(h)), c.m.a(h).sub(c.m.b(h))} {
				end := c.m.a(h)
				if dir.dot(c.m.b(h).sub(c.m.a(h))) < 0 {
					end = c.m.b(h)
				}
				if end.dist(at.p) < 0.5 && dir.unit().dot(along) > 0.78 {
					return false
				}
			}
			if at.share > 0 && h == at.half && math.Abs(c.m.b(h).sub(c.m.a(h)).unit().dot(along)) > 0.78 {
				return false
			}
		}
		return true
	}
	if !leaves(before, line[1].sub(line[0]).unit()) || !leaves(after, line[len(line)-2].sub(line[len(line)-1]).unit()) {
		return false
	}
	left, right := c.parts(hs, line, before, after)
	a, b := area(left), area(right)
	least := min(0.5*blockSize[z], 0.3*(a+b))
	if a < least || b < least {
		return false
	}
	_, _, w1 := box(left)
	_, _, w2 := box(right)
	return min(w1, w2) > 36
}

// parts are the two rings that a cut would make.
func (c *city) parts(hs []int32, line []pt, before, after hit) (left, right []pt) {
	i, j := slices.Index(hs, before.half), slices.Index(hs, after.half)
	walk := func(from, to int, fromShare float64) []pt {
		var out []pt
		for k := from; k != to; {
			k = (k + 1) % len(hs)
			out = append(out, c.m.a(hs[k]))
		}
		return out
	}
	left = append(slices.Clone(line), walk(j, i, after.share)...)
	back := slices.Clone(line)
	slices.Reverse(back)
	right = append(back, walk(i, j, before.share)...)
	return left, right
}

// streetFor names a new street: it goes on with the one that it meets head-on, when that is no greater.
func (c *city) streetFor(a, b int32, line []pt, size float64, z zone) edge {
	e := edge{class: residential, street: -1}
	switch {
	case size > 4*blockSize[z] && size > 90000:
		e.class = tertiary
	case z == farm:
		e.class = unclassified
	case (z == oldTown || z == village) && size < 2.4*blockSize[z]:
		e.class = living
	}
	for _, end := range []struct {
		v   int32
		out pt
	}{{a, line[0].sub(line[1]).unit()}, {b, line[len(line)-1].sub(line[len(line)-2]).unit()}} {
		for _, h := range c.m.spokes(end.v) {
			o := *c.m.edge(h)
			if o.class >= living && o.class <= tertiary && o.line == noLine && c.m.b(h).sub(c.m.a(h)).unit().dot(end.out) > 0.94 {
				return edge{class: o.class, street: o.street}
			}
		}
	}
	e.street = c.newStreet(e.class)
	return e
}
