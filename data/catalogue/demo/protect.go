package demo

import (
	"fmt"
	"math"
)

// A bank is a branch on a street front.
type bank struct {
	at     pt
	zh, en string
	kind   string
	block  int
}

// A gate is an entrance of a unit.
type gate struct {
	at   pt
	unit int // index of units
	kind string
	zh   string
}

var bankNames = []word{
	{"工商银行", "ICBC"}, {"农业银行", "ABC"}, {"中国银行", "BOC"}, {"建设银行", "CCB"}, {"交通银行", "BOCOM"}, {"邮储银行", "PSBC"},
	{"甘肃银行", "Bank of Gansu"}, {"兰州银行", "Bank of Lanzhou"}, {"秦州农商银行", "Qinzhou Rural Bank"}, {"麦积农合行", "Maiji Rural Bank"},
}

// layBanks puts 120 branches on commercial fronts, most of them in the middles of the basins.
func (c *city) layBanks() {
	d := newDice(c.seed, "banks")
	var fronts []int
	for i, b := range c.buildings {
		if b.class == "commercial" && b.block >= 0 {
			fronts = append(fronts, i)
		}
	}
	for _, i := range shuffled(d, fronts) {
		if len(c.banks) == 120 {
			return
		}
		b := c.buildings[i]
		if z := c.blocks[b.block].zone; z != core && z != oldTown && d.chance(0.55) {
			continue
		}
		if c.nearestBank(b.mid) < 85 {
			continue
		}
		street, _ := c.frontStreet(b.block, b.mid)
		name := pick(d, bankNames)
		kind := "branch"
		if d.chance(0.14) {
			kind = "self_service"
		}
		c.banks = append(c.banks, bank{at: b.place(0, -b.b*0.5), zh: name.zh + c.streets[street].zh + "支行", en: name.en + " " + c.streets[street].en, kind: kind, block: b.block})
	}
}

func (c *city) nearestBank(p pt) float64 {
	best := math.Inf(1)
	for _, b := range c.banks {
		best = min(best, b.at.dist(p))
	}
	return best
}

// frontStreet is the street that a place in a block lies closest to, and the point on it.
func (c *city) frontStreet(block int, p pt) (int32, pt) {
	best, street, spot := math.Inf(1), int32(0), pt{}
	for _, h := range c.m.around(c.blocks[block].face) {
		e := c.m.edge(h)
		if e.street < 0 {
			continue
		}
		if d := nearest(p, c.m.a(h), c.m.b(h)); d < best {
			u := c.m.b(h).sub(c.m.a(h))
			f := min(1, max(0, p.sub(c.m.a(h)).dot(u)/u.dot(u)))
			best, street, spot = d, e.street, c.m.a(h).along(u, f)
		}
	}
	return street, spot
}

// layGates gives every unit with a plot a main gate where its plot is nearest to its greatest street, and
// hospitals and schools a fire access at another side.
func (c *city) layGates() {
	for i, u := range c.units {
		if u.layer == "" {
			continue
		}
		b := &c.blocks[u.block]
		best, other := -1, -1
		for k := range b.plot {
			mid := b.plot[k].lerp(b.plot[(k+1)%len(b.plot)], 0.5)
			wide := b.plot[k].dist(b.plot[(k+1)%len(b.plot)])
			if wide < 18 {
				continue
			}
			rank := c.streetRank(u.block, mid)
			if best < 0 || rank > c.streetRank(u.block, b.plot[best].lerp(b.plot[(best+1)%len(b.plot)], 0.5)) {
				best, other = k, best
			} else if other < 0 {
				other = k
			}
		}
		for n, k := range []int{best, other} {
			if k < 0 {
				continue
			}
			kind, zh := "main", "正门"
			if n == 1 {
				kind, zh = "fire", "消防通道"
			}
			c.gates = append(c.gates, gate{at: b.plot[k].lerp(b.plot[(k+1)%len(b.plot)], 0.5), unit: i, kind: kind, zh: u.zh + zh})
		}
	}
}

func (c *city) streetRank(block int, p pt) class {
	best, rank := math.Inf(1), noRoad
	for _, h := range c.m.around(c.blocks[block].face) {
		if d := nearest(p, c.m.a(h), c.m.b(h)); d < best {
			best, rank = d, c.m.edge(h).class
		}
	}
	return rank
}

// address of a place in a block: street and number.
func (c *city) address(block int, p pt) string {
	street, _ := c.frontStreet(block, p)
	district := districtInfo[c.m.faces[c.blocks[block].face].district].zh
	return fmt.Sprintf("%s%s%d号", district, c.streets[street].zh, 1+int(math.Abs(p.x)+math.Abs(p.y))%288)
}

func (c *city) beatCode(block int) string {
	if i := c.beatOf[c.blocks[block].face]; i >= 0 {
		return c.beatInfo[i].code
	}
	return ""
}

func (c *city) writeProtected(w *writer) {
	d := newDice(c.seed, "protected")
	ids := make([]string, len(c.units))
	for i, u := range c.units {
		if u.layer == "" {
			continue
		}
		b := &c.blocks[u.block]
		props := map[string]any{
			"name": u.zh, "name_en": u.en, "grade": fmt.Sprint(d.count(1, 3)), "address": c.address(u.block, b.mid), "beat": c.beatCode(u.block),
			"review_due": fmt.Sprintf("2027-%02d-%02d", d.count(1, 12), d.count(1, 28)),
		}
		switch u.layer {
		case "schools":
			props["kind"], props["posts"] = u.kind, int64(d.count(1, 4))
		case "hospitals":
			props["kind"], props["beds"], props["emergency"] = u.kind, int64(b.size/1e4*float64(d.count(120, 260))), u.kind != "health_centre"
		default:
			props["class"], props["duty_role"], props["plan_ref"], props["contacts"] = u.kind, "总值班室", fmt.Sprintf("PLAN-%04d", 1000+i), fmt.Sprintf("保卫科值班室 分机%d", 8000+i)
		}
		ids[i] = fmt.Sprint(w.next[u.layer] + 1)
		w.put(u.layer, polygonOf(b.plot), props)
	}
	c.writeFloors(w, ids)
	for _, b := range c.banks {
		w.put("banks", b.at.lonLat(), map[string]any{
			"name": b.zh, "name_en": b.en, "kind": b.kind, "grade": fmt.Sprint(d.count(1, 3)), "address": c.address(b.block, b.at),
			"beat": c.beatCode(b.block), "alarm_linked": !d.chance(0.06), "review_due": fmt.Sprintf("2027-%02d-%02d", d.count(1, 12), d.count(1, 28)),
		})
	}
	c.writeGuarded(w, ids)
	for _, g := range c.gates {
		w.put("entrances", g.at.lonLat(), map[string]any{"name": g.zh, "unit_layer": c.units[g.unit].layer, "unit": ids[g.unit], "kind": g.kind})
	}
}
