package demo

import "math"

// A builder puts buildings on blocks so that none meets another, a street or a lane.
type builder struct {
	*city
	dice  dice
	block *block
	start int // buildings[start:] stand on this block
}

// layBuildings builds on all blocks, each with its own dice.
func (c *city) layBuildings() {
	for i := range c.blocks {
		b := &builder{city: c, dice: newDice(c.seed+uint64(i)*7919, "block"), block: &c.blocks[i], start: len(c.buildings)}
		b.build()
	}
}

func (b *builder) build() {
	switch b.block.use {
	case slabs:
		b.lane(0.2)
		b.shops(0.75)
		b.rows()
	case yards:
		b.shops(0.25)
		b.lots(15, 17, true)
	case perimeter:
		b.streetWall()
		b.rows()
	case towers:
		b.lane(0.35)
		b.shops(0.5)
		b.points()
	case sheds:
		b.halls()
	case houses:
		b.lots(14.5, 16.5, false)
	case school:
		b.campus()
	case hospital, civic:
		b.wings()
	case works:
		b.plant()
	case park, square:
		b.pavilions()
	}
}

// try puts a building when it fits, gap metres off the streets and apart metres off its neighbours.
func (b *builder) try(r rect, s shape, class string, height, gap, apart float64) bool {
	if !b.block.fits(r, gap) {
		return false
	}
	for i := b.start; i < len(b.buildings); i++ {
		if b.buildings[i].touches(r, apart) {
			return false
		}
	}
	b.buildings = append(b.buildings, building{
		rect: r, shape: s, class: class, height: math.Round(height*10) / 10,
		levels: max(1, int64(height/3)), block: b.block.number,
	})
	return true
}

// grain is the direction that rows take: along the valley, or along the block where it differs a little.
func (b *builder) grain() pt {
	x, _ := b.valley.locate(b.block.mid)
	east := b.valley.tangent(x)
	axis, _, _ := box(b.block.ring)
	for range 4 {
		if axis.dot(east) > 0.86 {
			return axis
		}
		axis = axis.left()
	}
	return east
}

// lane lays a service road into larger blocks, from the street to the middle, along or across the grain.
func (b *builder) lane(chance float64) {
	if b.block.size < 26000 || !b.dice.chance(chance) {
		return
	}
	u := b.grain().left()
	if b.dice.chance(0.35) {
		u = u.left()
	}
	hs := b.m.around(b.block.face)
	at := b.block.mid.along(u.left(), b.dice.spread(math.Sqrt(b.block.size)*0.18))
	before, _, ok := b.hits(hs, at, u)
	if !ok || b.m.edge(before.half).class > tertiary || b.m.edge(before.half).class == noRoad {
		return
	}
	a, e := b.m.a(before.half), b.m.b(before.half)
	if before.p.dist(a) < 20 || before.p.dist(e) < 20 || math.Abs(e.sub(a).unit().dot(u)) > 0.4 {
		return
	}
	end := at.along(u, b.dice.between(0, 0.16)*math.Sqrt(b.block.size))
	if before.p.dist(end) < 40 || !inside(end, b.block.ring) {
		return
	}
	v := b.m.split(before.half, before.p)
	b.m.spur(b.block.face, v, []pt{end}, edge{class: service, street: b.m.edge(before.half).street})
	b.block.inner = append(b.block.inner, [2]pt{before.p, end})
}

// shops line the greater streets around the block with low fronts; share is how many of them are built.
func (b *builder) shops(share float64) {
	b.front(func(c class) (depth, height float64, class string, ok bool) {
		if c < tertiary && !b.dice.chance(0.25) {
			return 0, 0, "", false
		}
		if !b.dice.chance(share) {
			return 0, 0, "", false
		}
		return b.dice.between(9, 13), b.dice.between(4, 13), "commercial", true
	}, 14, 46, 3)
}

// streetWall builds up to the street all around.
func (b *builder) streetWall() {
	b.front(func(c class) (depth, height float64, class string, ok bool) {
		height = b.dice.between(14, 26)
		if c >= secondary && b.dice.chance(0.3) {
			height = b.dice.between(28, 72)
		}
		return b.dice.between(13, 19), height, pick(b.dice, []string{"commercial", "office", "residential", "commercial"}), b.dice.chance(0.92)
	}, 18, 48, 2.5)
}

// front marches along the block's streets and puts a building wherever one fits.
func (b *builder) front(what func(class) (float64, float64, string, bool), least, most, gap float64) {
	n := len(b.block.ring)
	for _, side := range b.block.sides() {
		ps := []pt{b.block.ring[side[0]]}
		for k := side[0]; k != side[1]; {
			k = (k + 1) % n
			ps = append(ps, b.block.ring[k])
		}
		c := b.block.class[side[0]]
		total := length(ps)
		for d := c.half() + 4; d < total-least; {
			width := min(b.dice.between(least, most), total-d)
			depth, height, class, ok := what(c)
			if !ok {
				d += width
				continue
			}
			from, _ := at(ps, d)
			to, _ := at(ps, d+width)
			u := to.sub(from).unit()
			mid := from.lerp(to, 0.5).along(u.left(), c.half()+gap+0.7+depth/2)
			s := plain
			if width > 30 && b.dice.chance(0.25) {
				s = pick(b.dice, []shape{ell, stepped})
			}
			if b.try(rect{mid, u, width/2 - 1, depth / 2}, s, class, height, gap, 2) {
				d += width + b.dice.between(0, 4)
			} else {
				d += 5
			}
		}
	}
}

// sides are the stretches of the border between corners: first and last index of the ring.
func (b *block) sides() [][2]int {
	n := len(b.ring)
	var corners []int
	for i, p := range b.ring {
		u, v := p.sub(b.ring[(i+n-1)%n]).unit(), b.ring[(i+1)%n].sub(p).unit()
		if u.dot(v) < 0.9 || b.class[i] != b.class[(i+n-1)%n] {
			corners = append(corners, i)
		}
	}
	var out [][2]int
	for i, c := range corners {
		out = append(out, [2]int{c, corners[(i+1)%len(corners)]})
	}
	return out
}

// frame is the block's extent along a direction and across it.
func (b *builder) frame(u pt) (x0, x1, y0, y1 float64) {
	x0, x1 = extent(b.block.ring, u)
	y0, y1 = extent(b.block.ring, u.left())
	return x0, x1, y0, y1
}

func at2(u pt, x, y float64) pt { return pt{}.along(u, x).along(u.left(), y) }
