package demo

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
)

// multi is the geometry of a union: a polygon, or several.
func (c *city) multi(in func(f int32) bool) orb.Geometry {
	ps := polygons(c.m.outline(in))
	if len(ps) == 1 {
		return polygonOf(ps[0]...)
	}
	var out orb.MultiPolygon
	for _, p := range ps {
		out = append(out, polygonOf(p...))
	}
	return out
}

func (c *city) writeDistricts(w *writer) {
	for i, d := range districtInfo {
		g := c.multi(func(f int32) bool { return c.m.faces[f].district == int8(i) })
		w.putAs("districts", d.code, g, map[string]any{"name": d.zh, "name_en": d.en, "code": d.code, "level": "district"})
	}
}

// arrange orders areas from west to east within each district and tells which one owns each face.
func (c *city) arrange(areas []*areaOf) (owner []int) {
	slices.SortStableFunc(areas, func(a, b *areaOf) int {
		return cmp.Or(cmp.Compare(a.district, b.district), cmp.Compare(a.mid.x, b.mid.x))
	})
	owner = make([]int, len(c.m.faces))
	for i := range owner {
		owner[i] = -1
	}
	for i, a := range areas {
		for _, f := range a.faces {
			owner[f] = i
		}
	}
	return owner
}

// nameAreas gives codes to subdistricts, stations and beats, from the outside in.
func (c *city) nameAreas() {
	c.subOf, c.stationOf, c.beatOf = c.arrange(c.subs), c.arrange(c.stations), c.arrange(c.beats)
	var next [2]int
	for _, s := range c.subs {
		all := subdistricts[s.district]
		info := all[next[s.district]%len(all)]
		next[s.district]++
		c.subInfo = append(c.subInfo, info)
	}
	parts := make([]int, len(c.subs))
	for i, s := range c.stations {
		sub := c.subOf[s.faces[0]]
		parts[sub]++
		zh, en := trimTown(c.subInfo[sub])
		if parts[sub] > 1 {
			zh, en = zh+"第"+hanNumber(parts[sub]), fmt.Sprintf("%s No. %d", en, parts[sub])
		}
		c.stationInfo = append(c.stationInfo, townInfo{
			zh: zh, en: en, code: fmt.Sprintf("%s51%04d", districtInfo[s.district].code, 100*(i+1)),
		})
	}
	count := make([]int, len(c.subs))
	for _, b := range c.beats {
		sub := c.subOf[b.faces[0]]
		count[sub]++
		zh, en := trimTown(c.subInfo[sub])
		c.beatInfo = append(c.beatInfo, townInfo{
			zh:   zh + fmt.Sprintf("%02d巡区", count[sub]),
			en:   fmt.Sprintf("%s Beat %d", en, count[sub]),
			code: fmt.Sprintf("%s-%02d%02d", []string{"QZ", "MJ"}[b.district], sub+1, count[sub]),
		})
	}
}

func (c *city) writeTownships(w *writer) {
	for i := range c.subs {
		s := c.subInfo[i]
		g := c.multi(func(f int32) bool { return c.subOf[f] == i })
		w.putAs("townships", s.code, g, map[string]any{"name": s.zh, "name_en": s.en, "code": s.code, "district": s.code[:6], "kind": "subdistrict"})
	}
	for i, t := range ruralTowns {
		g := c.multi(func(f int32) bool { return c.m.faces[f].town == int8(i) })
		w.putAs("townships", t.code, g, map[string]any{"name": t.zh, "name_en": t.en, "code": t.code, "district": t.code[:6], "kind": "town"})
	}
}

func (c *city) writeStationAreas(w *writer) {
	for i := range c.stations {
		s := c.stationInfo[i]
		g := c.multi(func(f int32) bool { return c.stationOf[f] == i })
		w.putAs("station_areas", s.code, g, map[string]any{"name": s.zh + "派出所", "name_en": s.en + " Police Station", "station": s.code, "district": s.code[:6]})
	}
	for i, t := range ruralTowns {
		code := ruralStation(i)
		g := c.multi(func(f int32) bool { return c.m.faces[f].town == int8(i) })
		w.putAs("station_areas", code, g, map[string]any{"name": t.zh + "派出所", "name_en": t.en + " Police Station", "station": code, "district": t.code[:6]})
	}
}

func (c *city) writeBeats(w *writer) {
	for i, b := range c.beats {
		info := c.beatInfo[i]
		st := c.stationOf[b.faces[0]]
		density := b.weight / b.size
		grade := "4"
		switch {
		case density > 1.25:
			grade = "1"
		case density > 0.85:
			grade = "2"
		case density > 0.45:
			grade = "3"
		}
		g := c.multi(func(f int32) bool { return c.beatOf[f] == i })
		w.putAs("beats", info.code, g, map[string]any{
			"name": info.zh, "name_en": info.en, "code": info.code, "grade": grade, "level": "beat",
			"sector": fmt.Sprintf("%s-%02d", info.code[:2], c.subOf[b.faces[0]]+1), "station": c.stationInfo[st].code,
			"posts": int64(5 - grade[0] + '0'), "shifts": int64(3),
		})
	}
}
