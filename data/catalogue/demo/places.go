package demo

// villageNames are given to villages in order.
var villageNames = []word{
	{"张家", "Zhangjia"}, {"王家", "Wangjia"}, {"李家", "Lijia"}, {"赵家", "Zhaojia"}, {"马家", "Majia"}, {"杨家", "Yangjia"}, {"陈家", "Chenjia"},
	{"石家", "Shijia"}, {"何家", "Hejia"}, {"董家", "Dongjia"}, {"周家", "Zhoujia"}, {"吴家", "Wujia"}, {"徐家", "Xujia"}, {"孙家", "Sunjia"},
	{"胡家", "Hujia"}, {"郭家", "Guojia"}, {"霍家", "Huojia"}, {"汪家", "Wangjia"}, {"雷家", "Leijia"}, {"缑家", "Goujia"},
}

var villageKinds = []word{{"庄", "zhuang"}, {"湾", "wan"}, {"坪", "ping"}, {"沟", "gou"}, {"山", "shan"}}

// nameVillages names the villages and says in which rural town they lie.
func (c *city) nameVillages() {
	for i := range c.villages {
		a, b := villageNames[i%len(villageNames)], villageKinds[(i/len(villageNames)+i)%len(villageKinds)]
		v := &c.villages[i]
		v.zh, v.en, v.town = a.zh+b.zh, a.en+b.en, -1
		for f := range c.m.faces {
			if fc := c.m.faces[f]; f > 0 && fc.town >= 0 && inside(v.at, c.townRings[f]) {
				v.town = fc.town
			}
		}
	}
}

// findTownRings keeps the rings of the rural faces.
func (c *city) findTownRings() {
	c.townRings = make([][]pt, len(c.m.faces))
	for f := range c.m.faces {
		if f > 0 && c.m.faces[f].town >= 0 {
			c.townRings[f] = c.m.ring(int32(f))
		}
	}
}

func (c *city) writePlaces(w *writer) {
	put := func(p pt, zh, en, class string) {
		w.put("places", p.lonLat(), map[string]any{"name": zh, "name_en": en, "class": class})
	}
	put(c.valley.pos(qinzhouAt, 150), "天水市", "Tianshui", "city")
	for i, at := range []float64{qinzhouAt + 700, maijiAt} {
		put(c.valley.pos(at, 250), districtInfo[i].zh, districtInfo[i].en, "district")
	}
	for i, s := range c.subs {
		put(s.mid, c.subInfo[i].zh, c.subInfo[i].en, "suburb")
	}
	for i, t := range ruralTowns {
		p, ok := c.villageIn(int8(i))
		if !ok {
			for f := range c.townRings {
				if c.m.faces[f].town == int8(i) && c.townRings[f] != nil {
					p = centroid(c.townRings[f])
				}
			}
		}
		put(p, t.zh, t.en, "town")
	}
	for _, v := range c.villages {
		put(v.at, v.zh, v.en, "village")
	}
	for _, peak := range []struct {
		x, t   float64
		zh, en string
		height float64
	}{
		{-6200, -3600, "南郭山", "Nanguo Hill", 1560}, {-7900, 3200, "天靖山", "Tianjing Hill", 1610}, {-2600, 4100, "中梁山", "Zhongliang Hill", 1690},
		{3200, 3700, "凤凰山", "Phoenix Hill", 1720}, {10800, 3500, "卦台山", "Guatai Hill", 1580}, {7200, -3900, "燕子山", "Swallow Hill", 1670}, {12600, -3600, "石门山", "Shimen Hill", 1760},
	} {
		w.put("places", c.valley.pos(peak.x, peak.t).lonLat(), map[string]any{"name": peak.zh, "name_en": peak.en, "class": "peak", "elevation": peak.height})
	}
}
