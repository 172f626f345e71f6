package demo

import "fmt"

// bureaus are the bodies above the stations, with the place in the valley near which they sit.
var bureaus = []struct {
	zh, en, code, kind string
	x, t               float64
}{
	{"天水市公安局", "Tianshui Public Security Bureau", "620500000000", "bureau", -4000, 600},
	{"秦州公安分局", "Qinzhou Branch Bureau", "620502000000", "branch", -6500, 350},
	{"麦积公安分局", "Maiji Branch Bureau", "620503000000", "branch", 9500, -250},
	{"秦州交警大队", "Qinzhou Traffic Police", "620502330000", "traffic", -5000, -300},
	{"麦积交警大队", "Maiji Traffic Police", "620503330000", "traffic", 8700, 300},
}

// A post is a house of the police.
type post struct {
	at              pt
	zh, en          string
	code, kind      string
	address         string
	attended24Hours bool
}

// writePatrol writes stations, kiosks and the points where patrols must call.
func (c *city) writePatrol(w *writer) {
	d := newDice(c.seed, "patrol")
	posts := append(c.offices(), c.kiosks(d)...)
	for _, p := range posts {
		w.put("police_stations", p.at.lonLat(), map[string]any{
			"name": p.zh, "name_en": p.en, "code": p.code, "kind": p.kind, "address": p.address, "open_24h": p.attended24Hours,
		})
	}
	c.checkpoints(w, d)
}

// offices are bureaus and stations: in the city each in a building, in the country in a village.
func (c *city) offices() []post {
	var out []post
	for _, b := range bureaus {
		block, p := c.office(c.valley.pos(b.x, b.t))
		out = append(out, post{p, b.zh, b.en, b.code, b.kind, c.address(block, p), true})
	}
	for i, s := range c.stations {
		info := c.stationInfo[i]
		block, p := c.office(s.mid)
		out = append(out, post{p, info.zh + "派出所", info.en + " Police Station", info.code, "station", c.address(block, p), true})
	}
	for i, t := range ruralTowns {
		if p, ok := c.villageIn(int8(i)); ok {
			out = append(out, post{p.add(pt{18, 10}), t.zh + "派出所", t.en + " Police Station", ruralStation(i), "station", t.zh, true})
		}
	}
	return out
}

// ruralStation is the code of a rural town's police station.
func ruralStation(town int) string {
	return fmt.Sprintf("%s51%04d", ruralTowns[town].code[:6], 5000+100*town)
}

// office is the public or commercial building nearest to a place: its block and its middle.
func (c *city) office(near pt) (block int, at pt) {
	best := -1
	for i, b := range c.buildings {
		if b.block < 0 || b.class != "office" && b.class != "commercial" && b.class != "civic" {
			continue
		}
		if best < 0 || b.mid.dist(near) < c.buildings[best].mid.dist(near) {
			best = i
		}
	}
	return c.buildings[best].block, c.buildings[best].mid
}

// kiosks stand on squares and at great crossings, 900 m apart or more.
func (c *city) kiosks(d dice) []post {
	var out []post
	for _, b := range c.blocks {
		if b.use == square {
			out = append(out, post{b.plot[0].lerp(b.mid, 0.15), b.unit.zh + "警务亭", b.unit.en + " Police Kiosk", "", "kiosk", c.address(b.number, b.mid), true})
		}
	}
	var nodes []int32
	for v := range int32(len(c.m.at)) {
		if c.junctionRank(v) >= primary {
			nodes = append(nodes, v)
		}
	}
	for _, v := range shuffled(d, nodes) {
		at := c.m.at[v].add(pt{24, 24})
		far := true
		for _, o := range out {
			far = far && o.at.dist(at) > 900
		}
		if !far || len(out) == 24 {
			continue
		}
		a, b := c.crossing2(v)
		out = append(out, post{at, a.zh + b.zh + "警务亭", a.en + " and " + b.en + " Police Kiosk", "", "kiosk", a.zh + "与" + b.zh + "路口", d.chance(0.5)})
	}
	return out
}

// crossing2 are two streets that meet at a vertex.
func (c *city) crossing2(v int32) (a, b street) {
	for _, h := range c.m.spokes(v) {
		if s := c.m.edge(h).street; s >= 0 {
			if a.zh == "" {
				a = c.streets[s]
			} else if c.streets[s] != a {
				b = c.streets[s]
			}
		}
	}
	return a, b
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

// checkpoints are three places of each beat, taken from its units, its banks, and else its streets.
func (c *city) checkpoints(w *writer, d dice) {
	windows := []string{"07:00-09:00", "17:00-19:00", "20:00-23:00", "00:00-06:00", "全天"}
	for i := range c.beats {
		for k, s := range shuffled(d, c.callingPlaces(i)) {
			if k == 3 {
				break
			}
			w.put("checkpoints", s.at.lonLat(), map[string]any{
				"name": s.zh, "beat": c.beatInfo[i].code, "radius": int64(pick(d, []int{30, 40, 50})), "dwell": int64(pick(d, []int{60, 120, 300})), "window": pick(d, windows),
			})
		}
	}
}

// callingPlaces are the places of a beat that are worth a visit.
func (c *city) callingPlaces(beat int) []place {
	var all []place
	for _, u := range c.units {
		if b := &c.blocks[u.block]; c.beatOf[b.face] == beat {
			_, p := c.frontStreet(u.block, b.mid)
			all = append(all, place{at: p.lerp(b.mid, 0.15), zh: u.zh})
		}
	}
	for _, b := range c.banks {
		if c.beatOf[c.blocks[b.block].face] == beat {
			all = append(all, place{at: b.at, zh: b.zh})
		}
	}
	for _, f := range c.beats[beat].faces {
		if len(all) < 3 && c.m.faces[f].band != river {
			h := c.m.around(f)[0]
			if s := c.m.edge(h).street; s >= 0 {
				all = append(all, place{at: c.m.a(h), zh: c.streets[s].zh + "巡逻点"})
			}
		}
	}
	return all
}
