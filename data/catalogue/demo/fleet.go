package demo

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// skillSets are what officers of the demo city have learned, the common ones more often.
var skillSets = []string{"", "", "first_aid", "first_aid", "first_aid,negotiation", "firearms", "firearms,first_aid", "traffic", "crowd_control"}

// writeFleet writes 500 units that may report, stationed at the houses of the police and the terminals of buses.
func (c *city) writeFleet(w *writer) {
	d := newDice(c.seed, "fleet")
	var homes []post
	for _, p := range c.offices() {
		if p.kind == "station" || p.kind == "traffic" {
			homes = append(homes, p)
		}
	}
	c.officers(w, d, homes, 240)
	c.cars(w, d, homes, 130)
	c.buses(w, 100)
	c.drones(w, homes, 30)
}

// member writes one unit. Its device has the serial number that its id says.
func (w *writer) member(id, class string, at pt, props map[string]any) {
	props["class"], props["serials"] = class, "DEMO-"+strings.ToUpper(id)
	if state, _ := props["state"].(string); class == "vehicle" {
		w.work[state] = append(w.work[state], id)
	}
	w.putAs("roster", id, at.lonLat(), props)
}

func (c *city) officers(w *writer, d dice, homes []post, n int) {
	kinds := []struct{ value, zh string }{{"foot", "步巡"}, {"foot", "步巡"}, {"motorcycle", "摩巡"}, {"k9", "警犬"}}
	for i := range n {
		home, kind := homes[i%len(homes)], pick(d, kinds)
		w.member(fmt.Sprintf("p%03d", i+1), "officer", home.at, map[string]any{
			"name": fmt.Sprintf("%s%s%02d", short(home.zh), kind.zh, i/len(homes)+1), "kind": kind.value, "org": home.code,
			"skills": pick(d, skillSets), "equipment": "body_camera,radio", "crew": int64(d.count(1, 2)), "state": onDuty(d),
		})
	}
}

func (c *city) cars(w *writer, d dice, homes []post, n int) {
	for i := range n {
		home, kind, skills := homes[i%len(homes)], "car", pick(d, skillSets)
		if home.kind == "traffic" {
			kind, skills = "traffic_car", "traffic"
		}
		w.member(fmt.Sprintf("c%03d", i+1), "vehicle", home.at, map[string]any{
			"name": fmt.Sprintf("%s巡车%02d", short(home.zh), i/len(homes)+1), "kind": kind, "org": home.code, "skills": skills,
			"equipment": pick(d, []string{"aed,cones", "cones", "ladder,cones", "aed"}), "crew": int64(d.count(2, 4)), "state": onDuty(d),
		})
	}
}

func (c *city) buses(w *writer, n int) {
	for i := range n {
		r := c.routes[i%len(c.routes)]
		w.member(fmt.Sprintf("b%03d", i+1), "bus", r.line[0], map[string]any{
			"name": fmt.Sprintf("%s路%02d车", r.ref, i/len(c.routes)+1), "kind": "bus", "org": "620500000000", "state": "unknown",
		})
	}
}

func (c *city) drones(w *writer, homes []post, n int) {
	for i := range n {
		home := homes[i*len(homes)/n]
		w.member(fmt.Sprintf("d%03d", i+1), "drone", home.at, map[string]any{
			"name": fmt.Sprintf("%s无人机%d", short(home.zh), i+1), "kind": "quadcopter", "org": home.code, "equipment": "loudspeaker,light", "state": "available",
		})
	}
}

// onDuty is what most units of a shift are doing.
func onDuty(d dice) string {
	return pick(d, []string{"available", "available", "available", "available", "available", "available", "at_station_busy", "returning", "on_scene", "available_delayed", "en_route", "dispatched"})
}

// short is the name of a house of the police as it stands in call signs.
func short(zh string) string {
	return strings.NewReplacer("派出所", "", "交警大队", "交警").Replace(zh)
}

// writeFences writes rules that something happens at: speed zones at schools, key areas, posts, the ways out of
// the city, corridors of buses, and an escort.
func (c *city) writeFences(w *writer) {
	c.schoolZones(w, 24)
	c.keyAreas(w)
	c.cityGates(w)
	c.busCorridors(w, 5)
	w.put("fences", c.stations[0].mid.lonLat(), map[string]any{
		"name": "指挥车伴随圈", "name_en": "Command car escort", "purpose": "escort", "around": "c001", "radius": 150.0, "events": "approach", "classes": "officer,vehicle",
	})
}

func (c *city) schoolZones(w *writer, n int) {
	for _, u := range c.units {
		if u.layer != "schools" || n == 0 {
			continue
		}
		n--
		w.put("fences", c.blocks[u.block].mid.lonLat(), map[string]any{
			"name": u.zh + "限速区", "name_en": u.en + " speed zone", "purpose": "speed_zone", "radius": 180.0,
			"events": "speed", "classes": "vehicle,bus", "speed": 40.0,
		})
	}
}

// keyAreas are squares and the seats of government: who stays there long is seen, and two are never without
// an officer.
func (c *city) keyAreas(w *writer) {
	posts := 0
	for _, u := range c.units {
		b := c.blocks[u.block]
		if b.plot == nil || u.kind != "square" && u.kind != "11" {
			continue
		}
		props := map[string]any{
			"name": u.zh, "name_en": u.en, "purpose": "key_area", "events": "enter,exit,dwell", "classes": "officer,vehicle,drone", "dwell": 600.0,
		}
		if posts++; posts <= 2 {
			props["purpose"], props["events"], props["absent"], props["classes"] = "post", "enter,exit,absent,staffed", 300.0, "officer"
		}
		w.put("fences", polygonOf(b.plot), props)
	}
}

// cityGates are lines over the ends of the valley.
func (c *city) cityGates(w *writer) {
	for _, g := range []struct {
		zh, en string
		x      float64
	}{{"城西卡口线", "West gate line", qinzhouAt - 6500}, {"两区分界线", "Line between the districts", 1500}, {"城东卡口线", "East gate line", maijiAt + 5000}} {
		line := lineOf([]pt{c.valley.pos(g.x, -c.valley.south(g.x)), c.valley.pos(g.x, c.valley.north(g.x))})
		w.put("fences", orb.Geometry(line), map[string]any{
			"name": g.zh, "name_en": g.en, "purpose": "line", "line": true, "events": "cross", "classes": "vehicle,bus",
		})
	}
}

// busCorridors hold the buses of a route to it.
func (c *city) busCorridors(w *writer, n int) {
	for i := range min(n, len(c.routes)) {
		r := c.routes[i]
		var own []string
		for k := i; k < 100; k += len(c.routes) {
			own = append(own, fmt.Sprintf("b%03d", k+1))
		}
		w.put("fences", orb.Geometry(lineOf(r.line)), map[string]any{
			"name": r.ref + "路走廊", "name_en": "Corridor of route " + r.ref, "purpose": "corridor", "radius": 60.0, "events": "off_route,on_route",
			"classes": "bus", "units": strings.Join(own, ","),
		})
	}
}
