package demo

import (
	"math"
	"slices"
)

// A frame lays out the skeleton of the city: the long lines along the valley, the transversals across it with
// their bridges, and the inner avenues of both basins. It knows the vertices of each line in order.
type frame struct {
	*city
	dice  dice
	lines [regionEdge + 1][]int32 // vertices from west to east; of the regionEdge: the north border
	south []int32                 // vertices of the region's south border, from west to east
	bars  [2][]bar                // transversals of the city's north and south band, from west to east
}

// A bar is a transversal through one band: its vertices from the south to the north.
type bar struct {
	x     float64 // where it meets the river
	verts []int32
	water bool // the bed of the Wei lies to the east of it
}

func (c *city) layFrame() {
	f := &frame{city: c, dice: newDice(c.seed, "frame")}
	f.region()
	f.longLines()
	f.border()
	f.ends()
	f.towns()
	f.wei()
	f.transversals()
	f.avenues()
}

// region makes the outer border with a vertex for each end of the long lines.
func (f *frame) region() {
	var ring []pt
	keep := func(line lineID, p pt) {
		f.lines[line] = append(f.lines[line], int32(len(ring)))
		ring = append(ring, p)
	}
	wander := func(x, side float64) pt {
		reach := 7600 + 1500*f.valley.wobble.layered(x/2600, side*5)
		return pt{x, f.valley.axis(x)*0.6 + side*reach}
	}
	shore := func(a, b pt) { // a wandering line between a and b, both left out
		n := int(a.dist(b) / 380)
		for i := 1; i < n; i++ {
			share := float64(i) / float64(n)
			p := a.lerp(b, share)
			sway := 900 * math.Sin(math.Pi*share) * f.valley.wobble.layered(p.y/1500, p.x/9000)
			ring = append(ring, p.along(b.sub(a).unit().left(), sway))
		}
	}
	for x := regionWest; x <= regionEa; x += 425 {
		f.south = append(f.south, int32(len(ring)))
		ring = append(ring, wander(x, -1))
	}
	rim := func(x float64, order []lineID) {
		shore(ring[len(ring)-1], f.valley.pos(x, f.offset(order[0], x)))
		for _, line := range order {
			keep(line, f.valley.pos(x, f.offset(line, x)))
		}
		n := len(ring)
		shore(ring[n-1], wander(x, map[bool]float64{true: 1, false: -1}[order[0] == southEdge]))
	}
	up := []lineID{southEdge, southBank, northBank, northEdge}
	rim(regionEa, up)
	var north []int32
	for x := regionEa; x >= regionWest; x -= 425 {
		north = append(north, int32(len(ring)))
		ring = append(ring, wander(x, 1))
	}
	slices.Reverse(up)
	rim(regionWest, up)
	slices.Reverse(north)
	f.lines[regionEdge] = north
	f.m = newMesh(ring, edge{street: -1, line: regionEdge})
	f.m.faces[1].town = -1
}

// offset of a long line from the axis.
func (f *frame) offset(line lineID, x float64) float64 {
	switch line {
	case northEdge:
		return f.valley.north(x)
	case northBank:
		return f.valley.bankNorth(x)
	case southBank:
		return f.valley.bankSouth(x)
	}
	return -f.valley.south(x)
}

// longLines divides the region into five bands.
func (f *frame) longLines() {
	rest := int32(1)
	for i, line := range []lineID{northEdge, northBank, southBank, southEdge} {
		east, west := f.lines[line][0], f.lines[line][1]
		f.m.faces[rest].band = band(i)
		var via []pt
		for x := regionWest + 100; x < regionEa-60; x += 100 {
			via = append(via, f.valley.pos(x, f.offset(line, x)))
		}
		halves := f.m.chord(rest, west, east, via, edge{street: -1, line: line})
		f.lines[line] = f.lines[line][:0]
		for _, h := range halves {
			*f.m.edge(h) = f.longEdge(line, f.m.a(h).lerp(f.m.b(h), .5).x)
			f.lines[line] = append(f.lines[line], f.m.half[h].from)
		}
		f.lines[line] = append(f.lines[line], east)
		rest = int32(len(f.m.faces)) - 1
	}
	f.m.faces[rest].band = hillsSouth
}

// longEdge says what a long line is at x.
func (f *frame) longEdge(line lineID, x float64) edge {
	e := edge{street: -1, line: line}
	qinzhou, maiji := math.Abs(x-qinzhouAt) < 4600, math.Abs(x-maijiAt) < 3900
	town := x > westEnd && x < eastEnd
	switch {
	case line == northBank:
		e.class = trunk
		e.street = f.long(line, x, "成纪大道", "羲皇大道", "渭滨北路", "G310")
	case line == southBank && town:
		e.class = secondary
		if qinzhou || maiji {
			e.class = primary
		}
		e.street = f.long(line, x, "藉河南路", "滨河南路", "渭滨南路", "")
	case line == northEdge && town:
		e.class = tertiary
		if qinzhou || maiji {
			e.class = secondary
		}
		e.street = f.long(line, x, "北环路", "北山路", "道北环路", "")
	case line == southEdge && town:
		e.class = tertiary
		if qinzhou || maiji {
			e.class = secondary
		}
		e.street = f.long(line, x, "南环路", "南山路", "麦积南环路", "")
	}
	return e
}

// long is the street of a long line at x, by its names in the west, the narrow, the east and outside.
func (f *frame) long(line lineID, x float64, west, narrow, east, outside string) int32 {
	name := narrow
	switch {
	case (x < westEnd || x > eastEnd) && outside != "":
		name = outside
	case x < -2800:
		name = west
	case x > 5600:
		name = east
	}
	return f.named(name)
}

// on is a vertex of a long line at x, made when there is none within 14 m.
func (f *frame) on(line lineID, x float64) int32 {
	vs := f.lines[line]
	x = f.valley.pos(x, f.offset(line, x)).x
	i, _ := slices.BinarySearchFunc(vs, x, func(v int32, x float64) int {
		if f.m.at[v].x < x {
			return -1
		}
		return 1
	})
	i = min(max(i, 1), len(vs)-1)
	a, b := f.m.at[vs[i-1]], f.m.at[vs[i]]
	switch {
	case x-a.x < 14 && i > 1:
		return vs[i-1]
	case b.x-x < 14 && i < len(vs)-1:
		return vs[i]
	}
	v := f.m.split(f.m.joining(vs[i-1], vs[i]), a.lerp(b, (x-a.x)/(b.x-a.x)))
	f.lines[line] = slices.Insert(vs, i, v)
	return v
}

// joining is the half from a to b.
func (m *mesh) joining(a, b int32) int32 {
	for _, h := range m.spokes(a) {
		if m.to(h) == b {
			return h
		}
	}
	return -1
}

// cut draws a line from the vertex a to b, marks what lies to its right, and returns its vertices.
func (f *frame) cut(a, b int32, via []pt, e edge, right func(*face)) []int32 {
	fc := f.m.between(a, b)
	halves := f.m.chord(fc, a, b, via, e)
	if right != nil {
		right(&f.m.faces[len(f.m.faces)-1])
	}
	verts := []int32{a}
	for _, h := range halves {
		verts = append(verts, f.m.to(h))
	}
	return verts
}
