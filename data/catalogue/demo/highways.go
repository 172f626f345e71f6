package demo

import (
	"math"
	"slices"
)

// interchanges of the expressway, by x of the valley.
var interchanges = []float64{-10100, -3300, 4100, 11500}

// layHighways draws the expressway along the southern hills with its ramps, and the railway along the northern.
func (c *city) layHighways() {
	route := func(x float64) float64 {
		return c.valley.bankSouth(x) - 640 - 800*bump(x, qinzhouAt-500, 5600) - 1020*bump(x, maijiAt+200, 4700) + 70*math.Sin(x/1300)
	}
	var mid []pt
	for x := regionWest; x <= regionEa; x += 90 {
		mid = append(mid, c.valley.pos(x, route(x)))
	}
	east, west := offset(mid, -14), offset(mid, 14)
	slices.Reverse(west)
	eastCuts, westCuts := map[int]bool{}, map[int]bool{}
	for k, x := range interchanges {
		i := int((x - regionWest) / 90)
		c.interchange(k, mid[i], mid[i+1].sub(mid[i-1]).unit(), i, east, west, eastCuts, westCuts)
	}
	c.carriageway(east, eastCuts)
	c.carriageway(west, westCuts)
}

// interchange joins both carriageways to the city: a connector goes from the edge of the city across the
// expressway; each ramp leaves or joins a carriageway 360 m away.
func (c *city) interchange(k int, at, along pt, i int, east, west []pt, eastCuts, westCuts map[int]bool) {
	v := c.edgeVertex(southEdge, at.x)
	up := along.left()
	n, s := at.along(up, 75), at.along(up, -75)
	st := int32(len(c.streets))
	c.streets = append(c.streets, street{zh: "高速连接线", en: "Expressway Link"})
	f := c.m.half[c.m.first[v]].face
	for _, h := range c.m.spokes(v) {
		if fc := c.m.half[h].face; c.m.faces[fc].band == hillsSouth {
			f = fc
		}
	}
	p := c.m.at[v]
	line := c.m.spur(f, v, []pt{p.lerp(n, 0.5).along(along, 12), n, s}, edge{class: primary, street: st})
	north, south := c.m.to(line[1]), c.m.to(line[2])
	c.joints[north] = true
	last := len(east) - 1
	ramp := func(cuts map[int]bool, carriage []pt, index int, node int32, entry bool) {
		cuts[index] = true
		from, to := carriage[index], c.m.at[node]
		out := carriage[min(index+1, last)].sub(carriage[max(index-1, 0)]).unit()
		if entry {
			out = out.mul(-1)
		}
		s := segment{line: curve(from, from.along(out, 210), to, 8), class: ramp, street: st, oneway: true, a: -1, b: node}
		if entry {
			slices.Reverse(s.line)
			s.a, s.b = node, -1
		}
		c.extra = append(c.extra, s)
	}
	ramp(eastCuts, east, i-4, south, false)
	ramp(eastCuts, east, i+4, south, true)
	ramp(westCuts, west, last-i-4, north, false)
	ramp(westCuts, west, last-i+4, north, true)
}

// curve bends from a to c, led by b.
func curve(a, b, c pt, n int) []pt {
	out := make([]pt, n+1)
	for i := range out {
		f := float64(i) / float64(n)
		out[i] = a.lerp(b, f).lerp(b.lerp(c, f), f)
	}
	return out
}

// carriageway cuts one side of the expressway where ramps join and where tunnels begin and end.
func (c *city) carriageway(line []pt, cuts map[int]bool) {
	inTunnel := func(i int) bool {
		for k := max(0, i-5); k <= min(len(line)-1, i+5); k++ {
			if cuts[k] {
				return false
			}
		}
		return c.valley.wobble.at(line[i].x/2400+5, 77) > 0.42
	}
	start := 0
	for i := 1; i < len(line); i++ {
		if i < len(line)-1 && !cuts[i] && inTunnel(i) == inTunnel(i-1) {
			continue
		}
		c.extra = append(c.extra, segment{
			line: line[start : i+1], class: motorway, street: c.named("连霍高速"), oneway: true,
			tunnel: inTunnel((start + i) / 2), a: -1, b: -1,
		})
		start = i
	}
}

// edgeVertex makes a vertex on a long line at x of the plane, or takes one within 15 m.
func (c *city) edgeVertex(line lineID, x float64) int32 {
	for h := int32(0); h < int32(len(c.m.half)); h += 2 {
		if c.m.edge(h).line != line {
			continue
		}
		a, b := c.m.a(h), c.m.b(h)
		if min(a.x, b.x) > x || max(a.x, b.x) < x {
			continue
		}
		switch {
		case math.Abs(a.x-x) < 15:
			return c.m.half[h].from
		case math.Abs(b.x-x) < 15:
			return c.m.to(h)
		}
		return c.m.split(h, a.lerp(b, (x-a.x)/(b.x-a.x)))
	}
	return 0
}

// A rail is a railway line.
type rail struct {
	line   []pt
	zh, en string
	class  string
	bridge bool
	tunnel bool
}

// layRailways draws the main line along the northern hills, sidings at both stations, and a high-speed line
// that crosses the east through tunnels.
func (c *city) layRailways() {
	route := func(x float64) float64 { return c.valley.north(x) + 62 }
	var main []pt
	for x := regionWest; x <= regionEa; x += 100 {
		main = append(main, c.valley.pos(x, route(x)))
	}
	cut := func(from, to float64) []pt {
		i, j := int((from-regionWest)/100), int((to-regionWest)/100)
		return main[i : j+1]
	}
	weiX := c.valley.weiX(route(weiAt))
	c.rails = append(c.rails,
		rail{line: cut(regionWest, weiX-140), zh: "陇海铁路", en: "Longhai Railway", class: "rail"},
		rail{line: cut(weiX-140, weiX+160), zh: "陇海铁路", en: "Longhai Railway", class: "rail", bridge: true},
		rail{line: cut(weiX+160, regionEa), zh: "陇海铁路", en: "Longhai Railway", class: "rail"})
	for _, at := range []float64{9500, -6900} {
		for k := 1; k <= 4; k++ {
			reach := 620 - 70*float64(k)
			if at < 0 {
				reach *= 0.7
			}
			var side []pt
			for x := at - reach; x <= at+reach; x += 30 { // leaves the main line within 150 m, and comes back
				away := 9 * float64(k) * smooth(0, 150, reach-math.Abs(x-at))
				side = append(side, c.valley.pos(x, route(x)+away))
			}
			c.rails = append(c.rails, rail{line: side, class: "siding"})
		}
	}
	var fast []pt
	for i := range 60 {
		f := float64(i) / 59
		x := -16000 + 36500*f
		fast = append(fast, c.valley.pos(x, -c.valley.south(x)-2500-600*math.Sin(f*7)+900*math.Sin(f*3)))
	}
	for i := 0; i < 59; i += 6 {
		j := min(i+6, 59)
		c.rails = append(c.rails, rail{line: fast[i : j+1], zh: "宝兰客专", en: "Baoji-Lanzhou High-Speed Railway", class: "high_speed", tunnel: i%18 != 0})
	}
}
