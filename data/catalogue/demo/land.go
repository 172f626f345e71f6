package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// landClass is the land use of a block by what it is built for.
var landClass = map[use]string{
	slabs: "residential", yards: "residential", perimeter: "commercial", towers: "residential", sheds: "industrial",
	houses: "village", fields: "farmland", orchard: "orchard", park: "park", square: "square", school: "education",
	hospital: "medical", civic: "civic", works: "industrial",
}

// landOrder is the order in which classes are written: fixed, so that the city stays the same.
var landOrder = []use{fields, orchard, houses, slabs, towers, perimeter, sheds, civic, school, hospital, works, square, park}

func (c *city) writeLand(w *writer) {
	c.writeHills(w)
	all := func(f int32) bool {
		return c.m.faces[f].band == cityNorth || c.m.faces[f].band == citySouth || c.m.faces[f].band == river
	}
	c.putArea(w, c.m.outline(all), map[string]any{"class": "farmland"})
	green := func(f int32) bool { return c.m.faces[f].band == river && c.m.faces[f].town < 0 }
	c.putArea(w, c.m.outline(green), map[string]any{"class": "grass"})
	useOf := map[int32]use{}
	for _, b := range c.blocks {
		u := b.use
		if u == yards {
			u = slabs
		}
		if b.unit == nil || u == park || u == square {
			useOf[b.face] = u
		}
	}
	for _, u := range landOrder {
		if u == park || u == square || u == fields {
			continue // parks and squares have names; fields lie on farmland already
		}
		in := func(f int32) bool { got, ok := useOf[f]; return ok && got == u }
		c.putArea(w, c.m.outline(in), map[string]any{"class": landClass[u]})
	}
	for _, b := range c.blocks {
		if b.unit == nil && b.use != park || b.plot == nil {
			continue
		}
		props := map[string]any{"class": landClass[b.use]}
		if b.unit != nil && b.unit.layer == "" {
			props["name"], props["name_en"] = b.unit.zh, b.unit.en
		}
		w.put("landuse", polygonOf(b.plot), props)
	}
	for _, p := range c.pitches {
		w.put("landuse", polygonOf(p.ring()), map[string]any{"class": "pitch"})
	}
}

func (c *city) putArea(w *writer, rings [][]pt, props map[string]any) {
	for _, p := range polygons(rings) {
		own := map[string]any{}
		for _, key := range []string{"class", "elevation"} {
			if v, ok := props[key]; ok {
				own[key] = v
			}
		}
		w.put("landuse", polygonOf(p...), own)
	}
}

// writeHills draws the land as steps of 70 m, the lower ones first.
func (c *city) writeHills(w *writer) {
	const step, floor = 150.0, 1140.0
	cols, rows := 344, 190
	place := func(x, y float64) pt { return pt{-25500 + x*step, -14000 + y*step} }
	field := make([]float64, cols*rows)
	for j := 1; j < rows-1; j++ {
		for i := 1; i < cols-1; i++ {
			field[j*cols+i] = c.height(place(float64(i), float64(j)))
		}
	}
	for level := 25.37; level < 760; level += 70 {
		for _, p := range polygons(contours(field, cols, rows, level, place)) {
			if area(p[0]) > 60000 {
				for i := range p {
					p[i] = rounded(p[i])
				}
				w.put("landuse", polygonOf(p...), map[string]any{"class": "hills", "elevation": floor + math.Round(level)})
			}
		}
	}
}

// bed is the river's surface: both banks of the Jie, and up and down the Wei where it joins.
func (c *city) bed() []pt {
	half := func(x float64) float64 { return c.valley.water(x)*0.9 + 7*c.valley.wobble.layered(x/260, 40) }
	region := c.m.outline(func(int32) bool { return true })[0]
	var north, south []pt
	for x := regionWest + 40; x <= regionEa-40; x += 80 {
		south = append(south, c.valley.pos(x, -half(x)))
	}
	for x := regionEa - 40; x >= regionWest+40; x -= 80 {
		from := weiAt + 66 + 40
		if x > from || x < weiAt-66-40 {
			north = append(north, c.valley.pos(x, half(x+500)))
			continue
		}
		if x+80 > from {
			north = append(north, c.weiBanks(region)...)
		}
	}
	return append(south, north...)
}

// weiBanks go up the east bank of the Wei to the region's border and down the west bank.
func (c *city) weiBanks(region []pt) []pt {
	var east, west []pt
	for t := c.valley.bankNorth(weiAt) - 26; ; t += 60 {
		wide := 62 + 9*c.valley.wobble.layered(t/300, 60)
		p, q := c.valley.pos(c.valley.weiX(t)+wide, t), c.valley.pos(c.valley.weiX(t)-wide, t)
		if !inside(p, region) || !inside(q, region) {
			break
		}
		east, west = append(east, p), append(west, q)
	}
	for i := len(west) - 1; i >= 0; i-- {
		east = append(east, west[i])
	}
	return east
}

func (c *city) writeWater(w *writer) {
	w.put("water", polygonOf(c.bed()), map[string]any{"class": "river"})
	var jie, lower, wei []pt
	for x := regionWest + 100; x <= regionEa-100; x += 120 {
		if p := c.valley.pos(x, 0); x < weiAt {
			jie = append(jie, p)
		} else {
			lower = append(lower, p)
		}
	}
	for t := 5200.0; t > 100; t -= 120 {
		wei = append(wei, c.valley.pos(c.valley.weiX(t), t))
	}
	line := func(ps []pt, zh, en, class string) {
		w.put("water", lineOf(ps), map[string]any{"name": zh, "name_en": en, "class": class})
	}
	line(jie, "藉河", "Jie River", "river")
	line(append(wei, lower...), "渭河", "Wei River", "river")
	for _, g := range c.gullies {
		down := make([]pt, len(g.line))
		for i, p := range g.line {
			down[len(g.line)-1-i] = p
		}
		line(down, g.name.zh, g.name.en+" Creek", "stream")
	}
	for _, p := range c.ponds {
		w.put("water", polygonOf(p), map[string]any{"class": "pond"})
	}
}

func (c *city) writeRailways(w *writer) {
	for _, r := range c.rails {
		props := map[string]any{"name": r.zh, "name_en": r.en, "class": r.class, "tracks": int64(2)}
		if r.bridge {
			props["bridge"] = true
		}
		if r.tunnel {
			props["tunnel"] = true
		}
		w.put("railways", orb.Geometry(lineOf(r.line)), props)
	}
}
