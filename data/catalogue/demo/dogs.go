package demo

import "fmt"

// writeDogs writes the zones and the register. A zone is the whole block of its place, so that it reaches to
// the middle of the streets around.
func (c *city) writeDogs(w *writer) {
	d := newDice(c.seed, "dogs")
	for _, u := range c.units {
		b := c.blocks[u.block]
		kind, rule, zh, en := "", "forbidden", "禁止携犬进入，导盲犬、执勤犬除外。", "No dogs, except guide dogs and service dogs."
		switch {
		case u.layer == "schools":
			kind = "school"
		case u.layer == "hospitals":
			kind = "hospital"
		case u.kind == "square":
			kind = "square"
		case u.kind == "park":
			kind, rule, zh, en = "park", "hours", "每日 6:00 至 22:00 禁止携犬进入。", "No dogs from 6:00 to 22:00."
		case u.kind == "2":
			kind = "transit"
		case u.kind == "11" && b.use == civic:
			kind = "office"
		default:
			continue
		}
		props := map[string]any{"name": u.zh, "name_en": u.en, "kind": kind, "rule": rule, "rule_text": zh, "rule_text_en": en}
		if rule == "hours" {
			props["hours"] = "06:00-22:00"
		}
		w.put("no_dog_zones", polygonOf(b.ring), props)
	}
	c.register(w, d)
}

var dogBreeds = []struct{ breed, size string }{
	{"中华田园犬", "medium"}, {"泰迪", "small"}, {"比熊", "small"}, {"博美", "small"}, {"柯基", "medium"}, {"柴犬", "medium"},
	{"金毛寻回犬", "large"}, {"拉布拉多", "large"}, {"边境牧羊犬", "medium"}, {"雪纳瑞", "small"}, {"贵宾", "small"}, {"京巴", "small"},
}

// register places 3,000 licences at homes. It knows no owner: only the registry does.
func (c *city) register(w *writer, d dice) {
	var homes []int
	for i, b := range c.buildings {
		if b.class == "residential" || b.class == "tower" || b.class == "house" || b.class == "courtyard" {
			homes = append(homes, i)
		}
	}
	for i := range 3000 {
		b := c.buildings[pick(d, homes)]
		p := b.place(d.spread(b.a*0.4), d.spread(b.b*0.4))
		breed := pick(d, dogBreeds)
		if d.chance(0.3) {
			breed = dogBreeds[d.IntN(2)]
		}
		year, month, day := d.count(2026, 2027), d.count(1, 12), d.count(1, 28)
		status := "valid"
		switch {
		case d.chance(0.03):
			status = "cancelled"
		case year == 2026 && month < 11:
			status = "expired"
		case year == 2026:
			status = "expiring"
		}
		props := map[string]any{
			"licence_no": fmt.Sprintf("TSD2026%06d", i+1), "status": status, "size": breed.size, "breed": breed.breed,
			"birth_month": fmt.Sprintf("20%02d-%02d", d.count(14, 25), d.count(1, 12)), "sterilised": d.chance(0.4),
			"vaccine_due": fmt.Sprintf("%d-%02d-%02d", year, month, day), "valid_to": fmt.Sprintf("%d-%02d-%02d", year, month, min(28, day+3)),
			"registry_ref": fmt.Sprintf("REG-%08d", 10000000+d.IntN(89999999)),
		}
		if b.block >= 0 {
			if sub := c.subOf[c.blocks[b.block].face]; sub >= 0 {
				props["area_code"] = c.subInfo[sub].code
			}
		}
		w.put("dog_registrations", p.lonLat(), props)
	}
}
