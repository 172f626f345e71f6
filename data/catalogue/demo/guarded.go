package demo

import "fmt"

// keyPlaces are the parts of a site that need most protection, by its class; the rest has the last ones.
var keyPlaces = map[string][]struct{ kind, zh string }{
	"4": {{"data", "机房"}, {"power", "配电房"}, {"control_room", "监控室"}},
	"5": {{"power", "主控室"}, {"water", "取水口"}, {"control_room", "监控室"}},
	"9": {{"dangerous_goods", "危化品库"}, {"control_room", "监控室"}},
	"2": {{"crowd", "候车厅"}, {"control_room", "监控室"}, {"power", "配电房"}},
	"":  {{"control_room", "监控室"}, {"power", "配电房"}},
}

// writeGuarded writes what only protected sites have: key points, zones around them, and inspections.
func (c *city) writeGuarded(w *writer, ids []string) {
	d := newDice(c.seed, "guarded")
	states := []string{"planned", "planned", "done", "rectify", "reviewed", "closed", "closed"}
	for i, u := range c.units {
		if u.layer != "protected_sites" {
			continue
		}
		b := &c.blocks[u.block]
		of := func(more map[string]any) map[string]any {
			more["unit_layer"], more["unit"] = u.layer, ids[i]
			return more
		}
		places, known := keyPlaces[u.kind]
		if !known {
			places = keyPlaces[""]
		}
		for k, p := range places {
			corner := b.plot[(k*len(b.plot)/len(places))%len(b.plot)]
			w.put("key_points", b.mid.lerp(corner, 0.45).lonLat(), of(map[string]any{
				"name": u.zh + p.zh, "kind": p.kind, "level": int64(d.count(1, 2)), "measures": "双人值守，视频监控", "interval": int64(pick(d, []int{2, 4, 8, 24})),
			}))
		}
		if u.kind == "2" || u.kind == "4" || u.kind == "5" || u.kind == "9" {
			w.put("site_zones", polygonOf(b.plot), of(map[string]any{"name": u.zh + "内圈", "ring": "inner"}))
			outer := make([]pt, len(b.plot))
			for k, p := range b.plot {
				outer[k] = b.mid.lerp(p, 1.6)
			}
			w.put("site_zones", polygonOf(outer), of(map[string]any{"name": u.zh + "外圈", "ring": "outer"}))
		}
		c.inspect(w, d, of, u, b, pick(d, states))
	}
}

// inspect writes an inspection as if it had gone through its states.
func (c *city) inspect(w *writer, d dice, of func(map[string]any) map[string]any, u unit, b *block, state string) {
	kind := pick(d, []struct{ value, zh string }{{"routine", "日常检查"}, {"special", "专项检查"}, {"drill", "演练"}})
	props := map[string]any{
		"name": u.zh + kind.zh, "kind": kind.value, "state": "planned", "due_at": fmt.Sprintf("2027-%02d-%02dT09:00:00+08:00", d.count(1, 3), d.count(1, 28)),
	}
	if state != "planned" {
		props["state"] = state
		props["findings"], props["measures"], props["result"] = "监控盲区一处", "已补装摄像机", "合格"
	}
	w.put("site_inspections", b.mid.lonLat(), of(props))
}
