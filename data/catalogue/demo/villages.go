package demo

import "math"

// layVillages draws a road up every side valley, lanes off it, and houses along them until the city has
// as many buildings as it should.
func (c *city) layVillages(total int) {
	d := newDice(c.seed, "villages")
	v := &villager{city: c, dice: d, walls: newGrid[wall](200), houses: newGrid[rect](60)}
	v.obstacles()
	for i := range c.gullies {
		v.upRoad(&c.gullies[i])
	}
	v.outerLanes()
	for _, w := range v.lanes {
		v.addWall(w)
	}
	for round := 0; round < 3 && len(c.buildings) < total; round++ {
		for _, w := range v.lanes {
			if len(c.buildings) >= total {
				break
			}
			v.along(w, float64(round))
		}
	}
}

// A wall is a line that houses keep off by half metres.
type wall struct {
	a, b pt
	half float64
}

type villager struct {
	*city
	dice   dice
	walls  *grid[wall]
	houses *grid[rect]
	lanes  []wall // where houses stand
}

func (v *villager) addWall(w wall) {
	n := int(w.a.dist(w.b)/150) + 1
	for i := range n {
		p, q := w.a.lerp(w.b, float64(i)/float64(n)), w.a.lerp(w.b, float64(i+1)/float64(n))
		v.walls.put(p.lerp(q, .5), p.dist(q)/2+w.half+20, wall{p, q, w.half})
	}
}

// obstacles are railways, the expressway, streams and the streets along the edge of the city.
func (v *villager) obstacles() {
	add := func(line []pt, half float64) {
		for i := 1; i < len(line); i++ {
			v.addWall(wall{line[i-1], line[i], half})
		}
	}
	for _, r := range v.rails {
		add(r.line, 10)
	}
	for _, s := range v.extra {
		add(s.line, s.class.half()+6)
	}
	for _, g := range v.gullies {
		add(g.line, 9)
	}
	for h := 0; h < len(v.m.half); h += 2 {
		if e := v.m.edge(int32(h)); e.class != noRoad && e.line != noLine || e.class == primary {
			v.addWall(wall{v.m.a(int32(h)), v.m.b(int32(h)), e.class.half()})
		}
	}
}

// upRoad follows a stream 24 m off it; at some of its bends lies a village with lanes.
func (v *villager) upRoad(g *gully) {
	line := offset(g.line, 24)[1:]
	edgeLine := northEdge
	if !g.north {
		edgeLine = southEdge
	}
	start := v.edgeVertex(edgeLine, offset(g.line, 24)[0].x)
	f := v.hillFace(start)
	st := v.newStreet(unclassified)
	v.streets[st] = street{zh: g.name.zh + "路", en: g.name.en + " Road"}
	halves := v.m.spur(f, start, line, edge{class: unclassified, street: st})
	for _, h := range halves {
		v.addWall(wall{v.m.a(h), v.m.b(h), unclassified.half()})
	}
	next := v.dice.count(2, 5)
	for i := 1; i < len(halves)-1; i++ {
		a := v.m.half[halves[i]].from
		if i < next {
			continue
		}
		size, last := v.dice.count(3, 6), int32(-1)
		for k := 0; k < size && i+k < len(halves)-1; k++ {
			h := halves[i+k]
			v.lanes = append(v.lanes, wall{v.m.a(h), v.m.b(h), unclassified.half()})
			a = v.m.half[h].from
			if v.dice.chance(0.8) {
				bend := v.branch(f, a, v.m.b(h).sub(v.m.a(h)).unit(), st)
				v.backLane(last, bend, st)
				last = bend
			}
		}
		v.villages = append(v.villages, place{at: v.m.at[a], class: "village"})
		i += size
		next = i + v.dice.count(3, 8)
	}
}

// backLane joins the bends of two lanes behind the road, where they are not far apart.
func (v *villager) backLane(a, b, st int32) {
	if a < 0 || b < 0 || a == b || v.m.at[a].dist(v.m.at[b]) > 190 || v.m.at[a].dist(v.m.at[b]) < 40 {
		return
	}
	v.joints[a], v.joints[b] = true, true
	v.extra = append(v.extra, segment{line: []pt{v.m.at[a], v.m.at[b]}, a: a, b: b, class: living, street: st})
	v.lanes = append(v.lanes, wall{v.m.at[a], v.m.at[b], living.half()})
}

// branch is a lane off a village road, away from the stream, with a bend. It returns the bend, -1 for none.
func (v *villager) branch(f, from int32, along pt, st int32) int32 {
	p := v.m.at[from]
	out := along.left().turn(v.dice.spread(0.4))
	a := p.along(out, v.dice.between(45, 90))
	b := a.along(out.turn(v.dice.spread(0.9)), v.dice.between(40, 100))
	if v.valley.beyond(a) < 60 || v.valley.beyond(b) < 60 {
		return -1
	}
	line := v.m.spur(f, from, []pt{a, b}, edge{class: living, street: st})
	v.lanes = append(v.lanes, wall{p, a, living.half()}, wall{a, b, living.half()})
	return v.m.to(line[0])
}

// outerLanes puts villages along the national road beyond the ends of the city.
func (v *villager) outerLanes() {
	for x := regionWest + 900; x < regionEa-900; x += 260 {
		if x > westEnd-300 && x < eastEnd+300 || v.mood.at(x/1700, 3) < -0.1 {
			continue
		}
		from := v.edgeVertex(northBank, x)
		var f int32
		for _, h := range v.m.spokes(from) {
			if fc := v.m.half[h].face; v.m.faces[fc].band == cityNorth {
				f = fc
			}
		}
		if f == 0 {
			continue
		}
		st := v.newStreet(living)
		u := v.valley.tangent(x)
		p := v.m.at[from]
		a := p.along(u.left().turn(v.dice.spread(0.15)), v.dice.between(90, 150))
		b := a.along(u.turn(v.dice.spread(0.3)), v.dice.between(60, 130))
		v.m.spur(f, from, []pt{a, b}, edge{class: living, street: st})
		v.lanes = append(v.lanes, wall{p, a, living.half()}, wall{a, b, living.half()})
		if v.dice.chance(0.22) {
			v.villages = append(v.villages, place{at: a, class: "village"})
		}
	}
}

func (v *villager) hillFace(at int32) int32 {
	for _, h := range v.m.spokes(at) {
		f := v.m.half[h].face
		if b := v.m.faces[f].band; f != 0 && (b == hillsNorth || b == hillsSouth) {
			return f
		}
	}
	return 0
}

// along puts houses on both sides of a lane; later rounds stand in the second and third row.
func (v *villager) along(w wall, row float64) {
	u, l := w.b.sub(w.a).unit(), w.a.dist(w.b)
	for _, side := range []float64{1, -1} {
		for d := v.dice.between(6, 12); d < l-4; d += v.dice.between(13, 19) {
			if v.dice.chance(0.18) {
				continue
			}
			a, b := v.dice.between(5, 7.5), v.dice.between(4, 6.2)
			mid := w.a.along(u, d).along(u.left(), side*(w.half+3+b+row*17))
			r := rect{mid, u.turn(v.dice.spread(0.12)), a, b}
			if v.free(r) {
				v.houses.put(r.mid, r.reach()+3, r)
				s := pick(v.dice, []shape{plain, ell, horseshoe, plain})
				v.buildings = append(v.buildings, building{rect: r, shape: s, class: "house", levels: int64(v.dice.count(1, 2)), block: -1,
					height: math.Round(v.dice.between(34, 75)) / 10})
			}
		}
	}
}

func (v *villager) free(r rect) bool {
	ok := true
	v.walls.near(r.mid, r.reach()+24, func(w wall) bool {
		ok = !r.near(w.a, w.b, w.half+1.5)
		return ok
	})
	if !ok {
		return false
	}
	v.houses.near(r.mid, r.reach()+3, func(o rect) bool {
		ok = !r.touches(o, 1.5)
		return ok
	})
	x, t := v.valley.locate(r.mid)
	if math.Abs(t) < v.valley.water(x)+40 || v.valley.beyond(r.mid) < 30 && x > westEnd-80 && x < eastEnd+80 {
		return false
	}
	wei := v.valley.pos(v.valley.weiX(t), t)
	return ok && (t < 0 || math.Abs(r.mid.x-wei.x) > weiHalf+60)
}
