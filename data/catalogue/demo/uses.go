package demo

import (
	"slices"
	"strings"
)

// giveUses decides what every block is for: first the few great things, then what the zone asks for.
func (c *city) giveUses() {
	d := newDice(c.seed, "uses")
	free := make([]bool, len(c.blocks))
	for i := range free {
		free[i] = c.blocks[i].plot != nil
	}
	for _, u := range c.wishes(d) {
		i := c.site(u, free, d)
		if i < 0 {
			continue
		}
		free[i] = false
		own := u.unit
		own.block = i
		c.units = append(c.units, own)
		c.blocks[i].use = u.use
	}
	for i := range c.units {
		c.blocks[c.units[i].block].unit = &c.units[i]
	}
	for i := range c.blocks {
		if b := &c.blocks[i]; b.unit == nil {
			b.use = c.commonUse(b, d)
		}
	}
}

func (c *city) commonUse(b *block, d dice) use {
	switch b.zone {
	case oldTown:
		if d.chance(0.82) {
			return yards
		}
		return perimeter
	case core:
		if d.chance(0.62) {
			return perimeter
		}
		return pick(d, []use{slabs, slabs, towers})
	case newTown:
		if d.chance(0.8) {
			return towers
		}
		return pick(d, []use{slabs, perimeter})
	case industry:
		if d.chance(0.78) {
			return sheds
		}
		return slabs
	case village:
		if d.chance(0.78) {
			return houses
		}
		return pick(d, []use{fields, orchard, slabs})
	case farm:
		if d.chance(0.25) && b.size < 90000 {
			return houses
		}
		return pick(d, []use{fields, fields, orchard})
	}
	switch r := d.Float64(); {
	case r < 0.68:
		return slabs
	case r < 0.84:
		return perimeter
	case r < 0.96:
		return towers
	}
	return park
}

// A wish is a unit that looks for a block.
type wish struct {
	unit
	use      use
	min, max float64 // hectares
	near     *pt     // as close as possible to a place
	zones    []zone  // nil: anywhere but farms
	apart    float64 // metres from others of its layer and kind
}

// site finds the block for a wish: the nearest to the asked place, or the first of some in chance order that
// keeps its distance; the distance gives way before the wish does.
func (c *city) site(u wish, free []bool, d dice) int {
	order := d.Perm(len(c.blocks))
	if u.near != nil {
		slices.SortStableFunc(order, func(i, j int) int {
			return int(c.blocks[i].mid.dist(*u.near) - c.blocks[j].mid.dist(*u.near))
		})
	}
	for _, slack := range []float64{1, 0.6, 0.3, 0} {
		for _, i := range order {
			b := &c.blocks[i]
			if home := u.home(); home >= 0 && home != c.m.faces[b.face].district {
				continue
			}
			if !free[i] || b.size < u.min*1e4 || b.size > u.max*1e4*(2-slack) || !u.likes(b.zone) {
				continue
			}
			if c.apart(u, b.mid) >= u.apart*slack {
				return i
			}
		}
	}
	return -1
}

// home is the district that the unit's name speaks of, -1 when it does not.
func (u wish) home() int8 {
	for district, words := range [2][]string{
		{"秦州", "大城", "西关", "中城", "东关", "七里墩", "石马坪", "天水郡", "北关", "太京", "玉泉", "伏羲"},
		{"麦积", "道北", "北道埠", "桥南", "社棠", "花牛", "马跑泉", "渭滨", "二十里铺", "甘泉", "元龙"},
	} {
		for _, w := range words {
			if strings.Contains(u.zh, w) {
				return int8(district)
			}
		}
	}
	return -1
}

func (u wish) likes(z zone) bool {
	if u.zones == nil {
		return z != farm && z != industry
	}
	return slices.Contains(u.zones, z)
}

// apart is the distance to the nearest unit of the same layer and kind.
func (c *city) apart(u wish, p pt) float64 {
	best := 1e9
	for _, o := range c.units {
		if o.layer == u.layer && o.kind == u.kind {
			best = min(best, p.dist(c.blocks[o.block].mid))
		}
	}
	return best
}
