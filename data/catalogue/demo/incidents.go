package demo

import "fmt"

var incidentKinds = []struct{ kind, zh, en, priority string }{
	{"traffic", "两车追尾", "Rear-end collision", "2"}, {"traffic", "电动车与行人刮碰", "E-bike and pedestrian", "2"},
	{"traffic", "交通拥堵", "Traffic jam", "4"}, {"public_order", "酒后滋事", "Drunken disorder", "2"},
	{"theft", "店铺失窃", "Shop theft", "3"}, {"theft", "电动车被盗", "E-bike stolen", "3"},
	{"dispute", "邻里纠纷", "Neighbours' dispute", "4"}, {"dispute", "消费纠纷", "Customer dispute", "4"},
	{"help", "老人摔倒求助", "Fall, help needed", "2"}, {"help", "被困电梯", "Trapped in a lift", "2"},
	{"missing", "走失求助", "Somebody lost", "1"}, {"fire", "厨房冒烟", "Smoke from a kitchen", "1"},
	{"crowd", "大型活动人流", "Crowd at an event", "3"}, {"facility", "井盖缺失", "Manhole cover missing", "4"},
	{"facility", "信号灯故障", "Traffic light fault", "3"}, {"help", "噪声扰民", "Noise complaint", "4"},
}

// writeIncidents writes 32 incidents of one morning, at streets.
func (c *city) writeIncidents(w *writer) {
	d := newDice(c.seed, "incidents")
	var streets []int
	for i, s := range c.roads {
		if s.class >= residential && s.class <= trunk && s.a >= 0 && !s.bridge && c.inCity(s.line[0]) {
			streets = append(streets, i)
		}
	}
	for i := range 32 {
		s := c.roads[pick(d, streets)]
		p, u := at(s.line, length(s.line)*d.between(0.2, 0.8))
		p = p.along(u.left(), d.spread(s.class.half()))
		k := incidentKinds[i%len(incidentKinds)]
		name := c.streets[s.street]
		props := map[string]any{
			"name": k.zh, "name_en": k.en, "number": fmt.Sprintf("JQ20261124%04d", i+1), "type": k.kind, "priority": k.priority,
			"reported_at": fmt.Sprintf("2026-11-24T%02d:%02d:%02dZ", d.IntN(3), d.IntN(60), d.IntN(60)),
			"address":     name.zh + "附近",
		}
		w.handle(props, pick(d, []string{"new", "dispatched", "en_route", "on_scene", "on_scene", "closed"}))
		if f := c.faceNear(p); f >= 0 && c.beatOf[f] >= 0 {
			props["beat"] = c.beatInfo[c.beatOf[f]].code
		}
		w.put("incidents", p.lonLat(), props)
	}
}

// handle gives an incident its state, and a unit that works on it where one does; it is new where all are busy.
func (w *writer) handle(props map[string]any, state string) {
	props["state"] = state
	switch state {
	case "closed":
		props["outcome"] = "handled"
	case "dispatched", "en_route", "on_scene":
		free := w.work[state]
		if len(free) == 0 {
			props["state"] = "new"
			return
		}
		props["units"], w.work[state] = free[0], free[1:]
	}
}

// writeRunCards writes what is sent to incidents of the city.
func (c *city) writeRunCards(w *writer) {
	area := c.multi(func(int32) bool { return true })
	for _, card := range []struct{ zh, en, types, priorities, schedule, needs string }{
		{"一般警情", "Any incident", "", "", "", "1 vehicle"},
		{"一级警情", "Priority 1", "", "1", "", "2 vehicle, 2 officer"},
		{"交通事故", "Traffic accident", "traffic", "", "", "1 vehicle:traffic_car, 1 officer+first_aid"},
		{"火情", "Fire", "fire", "", "", "2 vehicle, 1 vehicle:traffic_car, 1 drone"},
		{"走失查找", "Missing person", "missing", "", "", "1 vehicle, 2 officer, 2 drone"},
		{"纠纷", "Dispute", "dispute", "", "", "1 officer"},
		{"夜间纠纷", "Dispute at night", "dispute", "", "22:00-06:00", "1 vehicle, 1 officer"},
		{"人群聚集", "Crowd", "crowd", "", "", "3 vehicle, 4 officer, 1 drone"},
	} {
		w.put("run_cards", area, map[string]any{
			"name": card.zh, "name_en": card.en, "types": card.types, "priorities": card.priorities, "schedule": card.schedule, "needs": card.needs,
		})
	}
}
