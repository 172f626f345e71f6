package demo

import (
	"math"
	"slices"
)

// across draws a transversal through one band, from the line low to the line high. x gives its place for
// each share of the way, 0 to 1.
func (f *frame) across(low, high lineID, x func(share float64) float64, e edge, right func(*face)) []int32 {
	a, b := f.on(low, x(0)), f.on(high, x(1))
	p, q := f.m.at[a], f.m.at[b]
	n := int(p.dist(q)/110) + 1
	var via []pt
	for i := 1; i < n; i++ {
		share := float64(i) / float64(n)
		at := x(share)
		lo, hi := f.offset(low, at), f.offset(high, at)
		via = append(via, f.valley.pos(at, lo+(hi-lo)*share))
	}
	return f.cut(a, b, via, e, right)
}

func straight(x float64) func(float64) float64 { return func(float64) float64 { return x } }

// border divides the region between the two districts.
func (f *frame) border() {
	east := func(fc *face) { fc.district = 1 }
	road := edge{class: secondary, street: f.named("界牌路")}
	bridge := road
	bridge.bridge = true
	f.hill(borderAt, northEdge, east)
	f.bars[0] = append(f.bars[0], bar{x: borderAt, verts: f.across(northBank, northEdge, straight(borderAt), road, east)})
	f.across(southBank, northBank, straight(borderAt), bridge, east)
	f.bars[1] = append(f.bars[1], bar{x: borderAt, verts: f.across(southEdge, southBank, straight(borderAt), road, east)})
	f.hill(borderAt, southEdge, east)
}

// ends closes the city in the west and in the east.
func (f *frame) ends() {
	for _, x := range []float64{westEnd, eastEnd} {
		mark := func(fc *face) {
			if x == eastEnd {
				fc.town = townEast
			}
		}
		road := edge{class: tertiary, street: f.named(map[bool]string{true: "西口路", false: "社棠路"}[x == westEnd])}
		bridge := road
		bridge.bridge = true
		f.bars[0] = append(f.bars[0], bar{x: x, verts: f.across(northBank, northEdge, straight(x), road, mark)})
		f.across(southBank, northBank, straight(x), bridge, mark)
		f.bars[1] = append(f.bars[1], bar{x: x, verts: f.across(southEdge, southBank, straight(x), road, mark)})
		if x == westEnd {
			f.eachFace(cityNorth, citySouth, func(p pt, fc *face) {
				if p.x < westEnd {
					fc.town = townWest
				}
			})
		}
	}
}

// eachFace visits the faces of some bands with their middles.
func (f *frame) eachFace(from, to band, visit func(pt, *face)) {
	for i := range f.m.faces {
		if fc := &f.m.faces[i]; i > 0 && fc.band >= from && fc.band <= to {
			visit(centroid(f.m.ring(int32(i))), fc)
		}
	}
}

// towns divides the hills of both sides among the rural towns.
func (f *frame) towns() {
	for _, cut := range hillCuts {
		if cut.x != borderAt && cut.x > regionWest {
			f.hill(cut.x, cut.from, nil)
		}
	}
	mark := func(p pt, fc *face) {
		x, t := f.valley.locate(p)
		for _, cut := range hillCuts {
			if (cut.from == northEdge) == (t > 0) && x >= cut.x {
				fc.town = cut.town
			}
		}
	}
	f.eachFace(hillsNorth, hillsNorth, mark)
	f.eachFace(hillsSouth, hillsSouth, mark)
}

// hill draws a border from the edge of the city over the hills to the region's border.
func (f *frame) hill(x float64, from lineID, right func(*face)) {
	rim, side := f.lines[regionEdge], 1.0
	if from == southEdge {
		rim, side = f.south, -1
	}
	a := f.on(from, x)
	x = f.m.at[a].x
	near := slices.MinFunc(rim, func(v, w int32) int {
		d, e := math.Abs(f.m.at[v].x-x), math.Abs(f.m.at[w].x-x)
		switch {
		case d < e:
			return -1
		case d > e:
			return 1
		}
		return 0
	})
	p, q := f.m.at[a], f.m.at[near]
	var via []pt
	n := int(p.dist(q) / 300)
	for i := 1; i < n; i++ {
		share := float64(i) / float64(n)
		sway := 420 * math.Sin(math.Pi*share) * f.valley.wobble.layered(x/50+share*7, side)
		via = append(via, p.lerp(q, share).add(pt{sway, 0}))
	}
	e := edge{street: -1}
	if from == southEdge { // from the rim to the city, so that the west lies to the left
		slices.Reverse(via)
		f.cut(near, a, via, e, right)
		return
	}
	f.cut(a, near, via, e, right)
}

// wei lays the banks of the Wei across the north of the city.
func (f *frame) wei() {
	at := func(off float64) func(float64) float64 {
		return func(share float64) float64 {
			x := weiAt
			for range 8 {
				x = f.valley.weiX(f.northShare(x, share)) + off
			}
			return x
		}
	}
	west := edge{class: tertiary, street: f.named("渭河西路")}
	east := edge{class: tertiary, street: f.named("渭河东路")}
	bed := f.across(northBank, northEdge, at(-weiHalf), west, func(fc *face) { fc.band = river })
	other := f.across(northBank, northEdge, at(weiHalf), east, func(fc *face) { fc.band = cityNorth })
	f.bars[0] = append(f.bars[0], bar{x: weiAt - weiHalf, verts: bed, water: true}, bar{x: weiAt + weiHalf, verts: other})
	for _, line := range []lineID{northBank, northEdge} { // its bridges
		for i := 1; i < len(f.lines[line]); i++ {
			h := f.m.joining(f.lines[line][i-1], f.lines[line][i])
			if f.m.faces[f.m.half[h].face].band == river || (line == northEdge && f.m.faces[f.m.half[h^1].face].band == river) {
				f.m.edge(h).bridge = true
			}
		}
	}
}

// northShare is the offset from the axis at a share of the way from the northern bank to the hills.
func (f *frame) northShare(x, share float64) float64 {
	return f.valley.bankNorth(x) + share*(f.valley.north(x)-f.valley.bankNorth(x))
}

// transversals cross the valley: the great ones with bridges, others on one bank only.
func (f *frame) transversals() {
	x := westEnd + 420
	for great := true; x < eastEnd-420; great = !great {
		dense := bump(x, qinzhouAt, 4200) + bump(x, maijiAt, 3600)
		if math.Abs(x-borderAt) > 330 {
			f.transversal(x, great, dense)
		}
		x += f.dice.between(380, 520) + 700*(1-min(1, dense))*f.dice.between(0.6, 1)
	}
	for i := range f.bars {
		slices.SortFunc(f.bars[i], func(a, b bar) int { return int(a.x - b.x) })
	}
}

func (f *frame) transversal(x float64, great bool, dense float64) {
	e := edge{class: secondary, street: f.newStreet(secondary)}
	if great && dense > 0.5 {
		e.class = primary
		f.streets[e.street] = f.newAvenue()
	}
	lean, bend := f.dice.spread(140), f.dice.spread(45)
	north := func(share float64) float64 { return x + lean*share + bend*math.Sin(math.Pi*share) }
	southLean := f.dice.spread(140)
	south := func(share float64) float64 { return x + southLean*(1-share) - bend*math.Sin(math.Pi*share) }
	doNorth := f.clearOfWei(north) && (great || f.dice.chance(0.8))
	if doNorth {
		f.bars[0] = append(f.bars[0], bar{x: x, verts: f.across(northBank, northEdge, north, e, nil)})
	}
	doSouth := great || f.dice.chance(0.75) || !doNorth
	if doSouth {
		if !great && doNorth { // two different streets
			e.street = f.newStreet(secondary)
		}
		f.bars[1] = append(f.bars[1], bar{x: x, verts: f.across(southEdge, southBank, south, e, nil)})
	}
	if great && doNorth && doSouth {
		e.bridge = true
		f.across(southBank, northBank, straight(x), e, nil)
	}
}

func (f *frame) clearOfWei(x func(float64) float64) bool {
	for share := 0.0; share <= 1; share += 0.25 {
		if math.Abs(x(share)-f.valley.weiX(f.northShare(x(share), share))) < weiHalf+130 {
			return false
		}
	}
	return true
}

// avenues run along the valley between the bank and the hills, where a basin is wide enough for them.
func (f *frame) avenues() {
	for side, shares := range [2][]float64{{0.3, 0.6, 0.82}, {0.36, 0.7}} {
		for k, share := range shares {
			var street [2]int32
			for i := range street {
				street[i] = f.newStreet(secondary)
				f.streets[street[i]] = f.newAvenue()
			}
			bars := f.bars[side]
			for i := 0; i+1 < len(bars); i++ {
				x := (bars[i].x + bars[i+1].x) / 2
				width := f.valley.north(x) - f.valley.bankNorth(x)
				if side == 1 {
					width = f.valley.south(x) + f.valley.bankSouth(x)
				}
				if width < 520+130*float64(k) {
					continue
				}
				e := edge{class: [3]class{primary, secondary, tertiary}[k], street: street[0], bridge: bars[i].water}
				if x > borderAt {
					e.street = street[1]
				}
				f.avenue(side, &bars[i], &bars[i+1], share, e)
			}
		}
	}
}

func (f *frame) avenue(side int, west, east *bar, share float64, e edge) {
	a, b := f.onBar(side, west, share), f.onBar(side, east, share)
	p, q := f.m.at[a], f.m.at[b]
	n := int(p.dist(q)/100) + 1
	from, _ := f.valley.locate(p)
	to, _ := f.valley.locate(q)
	var via []pt
	for i := 1; i < n; i++ {
		x := from + (to-from)*float64(i)/float64(n)
		lo, hi := f.valley.bankNorth(x), f.valley.north(x)
		if side == 1 {
			lo, hi = f.valley.bankSouth(x), -f.valley.south(x)
		}
		via = append(via, f.valley.pos(x, lo+(hi-lo)*share))
	}
	f.cut(a, b, via, e, nil)
}

// onBar is a vertex of a transversal at a share of the way from the bank to the hills.
func (f *frame) onBar(side int, b *bar, share float64) int32 {
	at := func(v int32) float64 { _, s, _ := f.valley.side(f.m.at[v]); return s }
	verts := b.verts
	if side == 1 {
		verts = slices.Clone(verts)
		slices.Reverse(verts)
	}
	for i := 1; i < len(verts); i++ {
		lo, hi := at(verts[i-1]), at(verts[i])
		if i == len(verts)-1 {
			hi = max(hi, 1)
		}
		if share > hi {
			continue
		}
		p, q := f.m.at[verts[i-1]], f.m.at[verts[i]]
		g := min(0.98, max(0.02, (share-lo)/(hi-lo)))
		l := p.dist(q)
		switch {
		case g*l < 14 && i > 1:
			return verts[i-1]
		case (1-g)*l < 14 && i < len(verts)-1:
			return verts[i]
		}
		v := f.m.split(f.m.joining(verts[i-1], verts[i]), p.lerp(q, g))
		if side == 1 {
			b.verts = slices.Insert(b.verts, len(b.verts)-i, v)
		} else {
			b.verts = slices.Insert(b.verts, i, v)
		}
		return v
	}
	return verts[len(verts)/2]
}
