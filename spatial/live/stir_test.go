package live_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// stir does one thing to a picture at random: the same thing for the same numbers. It returns the events, and the
// verdicts as if they were some.
func stir(r *rand.Rand, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event {
	unit := func() string { return fmt.Sprintf("u%d", r.IntN(60)) }
	switch r.IntN(12) {
	case 0:
		out = p.PutUnit(live.Unit{
			ID: unit(), Name: "n", Class: spatial.Class(1 + r.IntN(7)), State: live.State(r.IntN(14)), Skills: []string{"a", "b"}[:r.IntN(3)],
			Devices: []string{fmt.Sprintf("s%d", r.IntN(60)), "u3"}[:r.IntN(3)], Home: east(r.NormFloat64() * 100),
		}, now, out)
	case 1:
		if r.IntN(3) == 0 {
			out = p.RemoveUnit(unit(), now, out)
		}
	case 2:
		_ = p.SetState(unit(), live.State(r.IntN(14)), now) // some are not registered
	case 3:
		f := randomFence(r)
		var err error
		if out, err = p.PutFence(f, now, out); err != nil {
			panic(err)
		}
	case 4:
		if r.IntN(2) == 0 {
			out = p.RemoveFence(fmt.Sprintf("f/%d", r.IntN(8)), now, out)
		}
	case 5:
		out = p.Advance(now, out)
	default:
		var rs []live.Report
		for range 1 + r.IntN(6) {
			rs = append(rs, randomFix(r, unit(), now))
		}
		var vs []live.Verdict
		vs, out = p.Report(now, rs, nil, out)
		for _, v := range vs {
			out = append(out, live.Event{Value: float64(v)})
		}
	}
	return out
}

func randomFix(r *rand.Rand, device string, now spatial.Instant) live.Report {
	one := live.Report{
		Device: device, Fix: now - spatial.Instant(r.ExpFloat64()*3000), Point: orb.Point{105.7 + r.NormFloat64()*.003, 34.58 + r.NormFloat64()*.003},
		Altitude: unknown, Speed: r.Float32() * 100, Course: r.Float32() * 400, Accuracy: 3, Battery: 50,
	}
	switch r.IntN(20) {
	case 0:
		one.Point = orb.Point{}
	case 1:
		one.Point = orb.Point{106.7, 34}
	case 2:
		one.Flags |= live.NoFix
	case 3:
		one.Flags |= live.EmergencyFlag
	case 4:
		one.Fix = now + spatial.Instant(r.IntN(200_000))
	case 5:
		one.Fix, one.Flags = now-spatial.Instant(r.IntN(600_000)), live.LateUpload
	case 6:
		one.Device = fmt.Sprintf("s%d", r.IntN(60))
	}
	return one
}

// evening is twice an evening in Tianshui, where it is eight hours later.
var evening = func() *fence.Schedule {
	s, err := fence.ParseSchedule("20:03-20:08,20:12-20:30")
	if err != nil {
		panic(err)
	}
	return s
}()

func randomFence(r *rand.Rand) *fence.Fence {
	center := orb.Point{105.7 + r.NormFloat64()*.003, 34.58 + r.NormFloat64()*.003}
	f := &fence.Fence{ID: fmt.Sprintf("f/%d", r.IntN(8)), Name: "F", Area: center, Radius: 100 + r.Float64()*400}
	switch r.IntN(6) {
	case 4:
		f.Schedule = evening
	case 0:
		f.Dwell, f.Absent, f.Needs = time.Minute, time.Minute, 1+r.IntN(3)
	case 1:
		f.Area, f.Around = nil, fmt.Sprintf("u%d", r.IntN(60))
	case 2:
		f.Area, f.Line, f.Radius = orb.LineString{center, {105.7, 34.58}}, true, 0
	case 3:
		f.Classes, f.Speed = spatial.ClassesOf(spatial.Vehicle, spatial.Bus), 10
	}
	return f
}
