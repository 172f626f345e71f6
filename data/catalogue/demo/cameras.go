package demo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// A camera looks from its mast along a street.
type camera struct {
	at       pt
	azimuth  float64 // degrees from north
	angle    float64 // width of the view, degrees
	distance float64 // metres
	kind     string
	status   string
	height   float64
	street   int32
	cross    int32 // the other street at a crossing, -1 along the way
	face     int32
}

// layCameras puts cameras at crossings, one for each arm of a great one, then along the streets.
func (c *city) layCameras(total int) {
	d := newDice(c.seed, "cameras")
	var nodes []int32
	for v := range int32(len(c.m.at)) {
		if c.junctionRank(v) >= secondary {
			nodes = append(nodes, v)
		}
	}
	for _, v := range shuffled(d, nodes) {
		if len(c.cameras) >= total*3/5 {
			break
		}
		c.crossing(v, d)
	}
	var streets []int
	for i, s := range c.roads {
		if s.class >= residential && s.class <= trunk && s.a >= 0 && !s.bridge && length(s.line) > 90 && c.inCity(s.line[len(s.line)/2]) {
			streets = append(streets, i)
		}
	}
	for len(c.cameras) < total {
		for _, i := range shuffled(d, streets) {
			if s := c.roads[i]; len(c.cameras) < total && (s.class >= secondary || d.chance(0.55)) {
				c.roadside(s, d)
			}
		}
	}
}

// roadside puts a camera somewhere along a street, on one of its sides, looking one way.
func (c *city) roadside(s segment, d dice) {
	p, u := at(s.line, length(s.line)*d.between(0.25, 0.75))
	side := 1.0
	if d.chance(0.5) {
		side = -1
	}
	mast := p.along(u.left(), side*(s.class.half()-2))
	if d.chance(0.5) {
		u = u.mul(-1)
	}
	c.addCamera(mast, u.turn(-side*0.06*sign(u, s)), s.street, -1, d)
}

func sign(u pt, s segment) float64 {
	if u.dot(s.line[len(s.line)-1].sub(s.line[0])) < 0 {
		return -1
	}
	return 1
}

func (c *city) inCity(p pt) bool {
	x, _ := c.valley.locate(p)
	return x > westEnd && x < eastEnd && c.valley.beyond(p) < 5
}

// junctionRank is the class of the second greatest street at a crossing of three or more arms.
func (c *city) junctionRank(v int32) class {
	var top, second class
	n := 0
	for _, h := range c.m.spokes(v) {
		k := c.m.edge(h).class
		if k == noRoad {
			continue
		}
		n++
		if k > top {
			top, second = k, top
		} else if k > second {
			second = k
		}
	}
	if n < 3 || !c.inCity(c.m.at[v]) {
		return noRoad
	}
	if n == 3 && second == top {
		return top - 1
	}
	return second
}

// crossing gives each arm of a crossing a camera on its corner that looks along the arm.
func (c *city) crossing(v int32, d dice) {
	for _, h := range c.m.spokes(v) {
		e := c.m.edge(h)
		if e.class < tertiary || d.chance(0.2) {
			continue
		}
		u := c.m.b(h).sub(c.m.a(h)).unit()
		mast := c.m.at[v].along(u, 14).along(u.left(), -(e.class.half() - 3))
		cross := int32(-1)
		for _, g := range c.m.spokes(v) {
			if o := c.m.edge(g).street; o >= 0 && o != e.street {
				cross = o
			}
		}
		c.addCamera(mast, u, e.street, cross, d)
	}
}

func (c *city) addCamera(at, u pt, street, cross int32, d dice) {
	cam := camera{at: at, azimuth: math.Round(u.turn(d.spread(0.08)).bearing()*10) / 10, street: street, cross: cross, face: c.faceNear(at)}
	switch r := d.Float64(); {
	case r < 0.32:
		cam.kind, cam.angle, cam.distance, cam.height = "ball", 62, 110, 8
	case r < 0.44:
		cam.kind, cam.angle, cam.distance, cam.height = "dome", 92, 45, 4
	default:
		cam.kind, cam.angle, cam.distance, cam.height = "fixed", float64(d.count(32, 48)), float64(d.count(60, 95)), 6
	}
	switch r := d.Float64(); {
	case r < 0.935:
		cam.status = "online"
	case r < 0.965:
		cam.status = "offline"
	case r < 0.985:
		cam.status = "fault"
	default:
		cam.status = "maintenance"
	}
	c.cameras = append(c.cameras, cam)
}

// faceNear is the block that a place lies in, or -1 over the river.
func (c *city) faceNear(p pt) int32 {
	found := int32(-1)
	c.blockGrid.near(p, 1, func(i int) bool {
		if inside(p, c.blocks[i].ring) {
			found = c.blocks[i].face
		}
		return found < 0
	})
	return found
}

func (c *city) buildGrids() {
	c.blockGrid = newGrid[int](250)
	for i, b := range c.blocks {
		x0, x1 := extent(b.ring, pt{1, 0})
		y0, y1 := extent(b.ring, pt{0, 1})
		c.blockGrid.put(pt{(x0 + x1) / 2, (y0 + y1) / 2}, max(x1-x0, y1-y0)/2+1, i)
	}
	c.houseGrid = newGrid[int](60)
	for i, b := range c.buildings {
		c.houseGrid.put(b.mid, b.reach(), i)
	}
}

// view is the sector that a camera sees: each ray ends at its distance or at the first building.
func (c *city) view(cam camera) []pt {
	const rays = 13
	out := []pt{cam.at}
	for i := range rays {
		u := heading(cam.azimuth + cam.angle*(float64(i)/(rays-1)-0.5))
		reach := cam.distance
		end := cam.at.along(u, cam.distance)
		c.houseGrid.near(cam.at.lerp(end, 0.5), cam.distance/2, func(k int) bool {
			b := &c.buildings[k]
			if b.mid.dist(cam.at) < reach+b.reach() {
				if f, hit := b.enter(cam.at, end, 0); hit {
					reach = min(reach, max(3, f*cam.distance))
				}
			}
			return true
		})
		out = append(out, cam.at.along(u, reach))
	}
	return out
}

// eight is the DirectionType of GB/T 28181: 1 east, 2 west, 3 south, 4 north, 5 SE, 6 NE, 7 SW, 8 NW.
func eight(azimuth float64) int64 {
	return [8]int64{4, 6, 1, 5, 3, 7, 2, 8}[int(math.Round(azimuth/45))%8]
}

func (c *city) writeCameras(w *writer) {
	d := newDice(c.seed, "camera papers")
	for i, cam := range c.cameras {
		district := 0
		block := ""
		if cam.face >= 0 {
			district = int(c.m.faces[cam.face].district)
			block = c.beatInfo[c.beatOf[cam.face]].code
		} else if cam.at.x > borderAt {
			district = 1
		}
		info := districtInfo[district]
		name := c.streets[cam.street].zh
		if cam.cross >= 0 {
			name += "与" + c.streets[cam.cross].zh + "路口"
		}
		id := fmt.Sprint(i + 1)
		w.putAs("cameras", id, cam.at.lonLat(), map[string]any{
			"name": name + []string{"东", "南", "西", "北"}[int(math.Round(cam.azimuth/90)+3)%4] + "向",
			"code": fmt.Sprintf("%s00001320%06d", info.code, i+1), "kind": cam.kind, "azimuth": cam.azimuth, "direction": eight(cam.azimuth),
			"view_angle": cam.angle, "view_distance": cam.distance, "mount_height": cam.height, "status": cam.status,
			"civil_code": info.code, "block": block, "address": info.zh + name, "point_type": fmt.Sprint(d.count(1, 2)),
			"install_date": fmt.Sprintf("20%02d-%02d-%02d", d.count(18, 25), d.count(1, 12), d.count(1, 28)), "keep_days": int64(pick(d, []int{30, 30, 60, 90})),
			"unit": info.zh + "公安分局（演示）",
		})
		ring := c.view(cam)
		if area(ring) < 0 {
			for a, b := 0, len(ring)-1; a < b; a, b = a+1, b-1 {
				ring[a], ring[b] = ring[b], ring[a]
			}
		}
		w.putAs("camera_views", id, orb.Geometry(polygonOf(ring)), map[string]any{"camera": id, "status": cam.status, "approximate": false})
	}
	c.writeTerminals(w, d)
}

// writeTerminals puts help pillars at squares and stops, gauges at the river, loudspeakers in villages.
func (c *city) writeTerminals(w *writer, d dice) {
	n := 0
	put := func(p pt, zh, kind string) {
		n++
		status := "online"
		if d.chance(0.05) {
			status = pick(d, []string{"offline", "fault"})
		}
		props := map[string]any{"name": zh, "serial": fmt.Sprintf("T%05d", n), "kind": kind, "status": status}
		if f := c.faceNear(p); f >= 0 && c.beatOf[f] >= 0 {
			props["block"] = c.beatInfo[c.beatOf[f]].code
		}
		w.put("terminals", p.lonLat(), props)
	}
	for i, s := range c.stops {
		if i%6 == 0 {
			put(s.at.add(pt{6, 4}), s.name.zh+"求助桩", "help_pillar")
		}
	}
	for x := westEnd + 600; x < eastEnd; x += 1700 {
		put(c.valley.pos(x, c.valley.bankNorth(x)-22), "藉河水位计", "water_gauge")
	}
	for _, v := range c.villages {
		put(v.at.add(pt{12, 8}), v.zh+"应急广播", "loudspeaker")
	}
	for i, s := range c.roads {
		if s.class >= primary && s.class <= trunk && s.a >= 0 && i%19 == 0 {
			p, _ := at(s.line, length(s.line)/2)
			put(p, c.streets[s.street].zh+"车流量检测器", "traffic_counter")
		}
	}
}
