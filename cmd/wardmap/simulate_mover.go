package main

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A plan gives the next line to go along; nil is staying where one is.
type plan func(at orb.Point) orb.LineString

// A mover is one unit of a simulation.
type mover struct {
	unit    registered
	rng     *rand.Rand
	plan    plan
	pace    float64 // m/s
	most    float64 // m/s, however fast time runs
	at      orb.Point
	line    orb.LineString // that it goes along, from its next point on
	rest    float64        // seconds that it still stands
	course  float64
	moving  bool
	battery float32
	quiet   time.Time // until then nothing is heard of it
	alarm   time.Time // until then its emergency button is pressed
	drift   [2]float64
	errand  atomic.Pointer[errand]
	begun   bool           // it is on its errand
	later   orb.LineString // where it goes on afterwards
	ways    func(from, to orb.Point) orb.LineString
}

// step lets some seconds pass, speed times as fast as in life.
func (m *mover) step(seconds, speed float64) {
	way := min(m.pace*speed, m.most) * seconds
	seconds *= speed
	m.moving = false
	m.follow(m.ways)
	if m.rest > 0 {
		m.rest -= seconds
		return
	}
	if len(m.line) == 0 {
		m.line = m.plan(m.at)
		if len(m.line) == 0 {
			m.rest = 30
			return
		}
	}
	m.moving = true
	m.walk(way)
	if len(m.line) == 0 {
		m.rest = 5 + 40*m.rng.Float64()
	}
}

// walk goes so many metres along the line.
func (m *mover) walk(meters float64) {
	for meters > 0 && len(m.line) > 0 {
		next := m.line[0]
		left := geo.Distance(m.at, next)
		if left > 0 {
			m.course = math.Mod(geo.Bearing(m.at, next)+360, 360)
		}
		if left > meters {
			share := meters / left
			m.at = orb.Point{m.at[0] + (next[0]-m.at[0])*share, m.at[1] + (next[1]-m.at[1])*share}
			return
		}
		m.at, m.line, meters = next, m.line[1:], meters-left
	}
}

// report is what the unit's device sends; now and then it is out of reach, and very seldom its button is pressed.
func (m *mover) report(now time.Time) (r live.Report, heard bool) {
	switch chance := m.rng.Float64(); {
	case now.Before(m.quiet):
		return r, false
	case chance < 0.0002:
		m.quiet = now.Add(time.Duration(60+m.rng.IntN(240)) * time.Second)
		return r, false
	case chance < 0.00021 && m.unit.class == spatial.Officer:
		m.alarm = now.Add(20 * time.Second)
	}
	nan := float32(math.NaN())
	accuracy := 3 + 4*m.rng.Float64()
	r = live.Report{
		Device: m.unit.serial, Fix: spatial.InstantOf(now), Point: m.measured(accuracy), Altitude: nan, Speed: 0, Course: nan,
		Accuracy: float32(accuracy), Battery: m.battery, Source: live.BeiDou, Satellites: uint8(8 + m.rng.IntN(9)),
	}
	if m.unit.class == spatial.Drone {
		r.Altitude = 60
	}
	if m.moving {
		r.Speed, r.Course = float32(m.pace), float32(m.course)
	}
	if now.Before(m.alarm) {
		r.Flags |= live.EmergencyFlag
	}
	m.battery = max(5, m.battery-0.0005)
	return r, true
}

// measured is where the receiver believes to be: errors of satellite positions change slowly.
func (m *mover) measured(sigma float64) orb.Point {
	for i := range m.drift {
		m.drift[i] = 0.95*m.drift[i] + math.Sqrt(1-0.95*0.95)*sigma*m.rng.NormFloat64()
	}
	meter := 1 / 111_320.0
	return orb.Point{m.at[0] + m.drift[0]*meter/math.Cos(m.at[1]*math.Pi/180), m.at[1] + m.drift[1]*meter}
}

// touring goes by road from one place to another, never far from home.
func (t *town) touring(home orb.Point, reach float64, rng *rand.Rand) plan {
	return func(at orb.Point) orb.LineString {
		for range 5 {
			to := geo.PointAtBearingAndDistance(home, 360*rng.Float64(), reach*math.Sqrt(rng.Float64()))
			start, ok := t.roads.SnapMain(at, 0)
			end, found := t.roads.SnapMain(to, 0)
			if !ok || !found {
				return nil
			}
			if path, ok := t.roads.Route(start, end); ok && len(path.Line) > 1 {
				return path.Line
			}
		}
		return nil
	}
}

// shuttle goes along a line and back again, from somewhere on it on.
func shuttle(line orb.LineString, home orb.Point, rng *rand.Rand) (_ plan, start orb.Point) {
	if len(line) < 2 {
		return func(orb.Point) orb.LineString { return nil }, home
	}
	way := line.Clone()
	if rng.IntN(2) == 0 {
		way.Reverse()
	}
	from := rng.IntN(len(way) - 1)
	rest := way[from:]
	return func(orb.Point) orb.LineString {
		now := rest
		way = way.Clone()
		way.Reverse()
		rest = way
		return now
	}, way[from]
}

// circling flies squares around a place.
func circling(home orb.Point, rng *rand.Rand) plan {
	return func(orb.Point) orb.LineString {
		reach, turn := 150+350*rng.Float64(), 360*rng.Float64()
		var line orb.LineString
		for i := range 5 {
			line = append(line, geo.PointAtBearingAndDistance(home, turn+float64(i)*90, reach))
		}
		return line
	}
}
