package demo

import "fmt"

// writePatrol writes stations, kiosks and the points where patrols must call.
func (c *city) writePatrol(w *writer) {
	d := newDice(c.seed, "patrol")
	station := func(p pt, zh, en, code, kind, address string, open bool) {
		w.put("police_stations", p.lonLat(), map[string]any{"name": zh, "name_en": en, "code": code, "kind": kind, "address": address, "open_24h": open})
	}
	office := func(p pt) (int, pt) { // a building near a place
		best := -1
		for i, b := range c.buildings {
			if b.block >= 0 && (b.class == "office" || b.class == "commercial" || b.class == "civic") && (best < 0 || b.mid.dist(p) < c.buildings[best].mid.dist(p)) {
				best = i
			}
		}
		return c.buildings[best].block, c.buildings[best].mid
	}
	for i, u := range []townInfo{{"天水市公安局", "Tianshui Public Security Bureau", "620500000000"}, {"秦州公安分局", "Qinzhou Branch Bureau", "620502000000"}, {"麦积公安分局", "Maiji Branch Bureau", "620503000000"}, {"秦州交警大队", "Qinzhou Traffic Police", "620502330000"}, {"麦积交警大队", "Maiji Traffic Police", "620503330000"}} {
		block, p := office(c.valley.pos([]float64{-4000, -6500, 9500, -5000, 8700}[i], []float64{600, 350, -250, -300, 300}[i]))
		station(p, u.zh, u.en, u.code, []string{"bureau", "branch", "branch", "traffic", "traffic"}[i], c.address(block, p), true)
	}
	for i, s := range c.stations {
		info := c.stationInfo[i]
		block, p := office(s.mid)
		station(p, info.zh+"派出所", info.en+" Police Station", info.code, "station", c.address(block, p), true)
	}
	for i, t := range ruralTowns {
		if p, ok := c.villageIn(int8(i)); ok {
			station(p.add(pt{18, 10}), t.zh+"派出所", t.en+" Police Station", fmt.Sprintf("%s51%04d", t.code[:6], 5000+100*i), "station", districtInfo[0].zh+t.zh, true)
		}
	}
	for _, b := range c.blocks {
		if b.use == square && b.plot != nil {
			station(b.plot[0].lerp(b.mid, 0.15), b.unit.zh+"警务亭", b.unit.en+" Police Kiosk", "", "kiosk", c.address(b.number, b.mid), true)
		}
	}
	c.kiosks(d, station)
	c.checkpoints(w, d)
}

// kiosks stand at great crossings.
func (c *city) kiosks(d dice, station func(p pt, zh, en, code, kind, address string, open bool)) {
	var nodes []int32
	for v := range int32(len(c.m.at)) {
		if c.junctionRank(v) >= primary {
			nodes = append(nodes, v)
		}
	}
	var have []pt
	for _, v := range shuffled(d, nodes) {
		far := true
		for _, p := range have {
			far = far && p.dist(c.m.at[v]) > 900
		}
		if !far || len(have) == 18 {
			continue
		}
		have = append(have, c.m.at[v])
		var names []street
		for _, h := range c.m.spokes(v) {
			if s := c.m.edge(h).street; s >= 0 && (len(names) == 0 || names[0] != c.streets[s]) {
				names = append(names, c.streets[s])
			}
		}
		a, b := names[0], names[len(names)-1]
		station(c.m.at[v].add(pt{24, 24}), a.zh+b.zh+"警务亭", a.en+" and "+b.en+" Police Kiosk", "", "kiosk", a.zh+"与"+b.zh+"路口", d.chance(0.5))
	}
}

// villageIn is a village of a rural town.
func (c *city) villageIn(town int8) (pt, bool) {
	for _, v := range c.villages {
		if v.town == town {
			return v.at, true
		}
	}
	return pt{}, false
}

// checkpoints are two or three places of each beat: its units and banks first, then its largest blocks.
func (c *city) checkpoints(w *writer, d dice) {
	windows := []string{"07:00-09:00", "17:00-19:00", "20:00-23:00", "00:00-06:00", "全天"}
	for i := range c.beats {
		type spot struct {
			at pt
			zh string
		}
		var all []spot
		for _, u := range c.units {
			if c.beatOf[c.blocks[u.block].face] == i {
				_, p := c.frontStreet(u.block, c.blocks[u.block].mid)
				all = append(all, spot{p.lerp(c.blocks[u.block].mid, 0.15), u.zh})
			}
		}
		for _, b := range c.banks {
			if c.beatOf[c.blocks[b.block].face] == i {
				all = append(all, spot{b.at, b.zh})
			}
		}
		for _, f := range c.beats[i].faces {
			if len(all) < 3 && c.urban(f) && c.m.faces[f].band != river {
				h := c.m.around(f)[0]
				if s := c.m.edge(h).street; s >= 0 {
					all = append(all, spot{c.m.a(h), c.streets[s].zh + "巡逻点"})
				}
			}
		}
		for k, s := range shuffled(d, all) {
			if k == 3 {
				break
			}
			w.put("checkpoints", s.at.lonLat(), map[string]any{
				"name": s.zh, "beat": c.beatInfo[i].code, "radius": int64(pick(d, []int{30, 40, 50})), "dwell": int64(pick(d, []int{60, 120, 300})), "window": pick(d, windows),
			})
		}
	}
}
