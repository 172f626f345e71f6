package live_test

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

var noon = spatial.InstantOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

// after is so many seconds after noon.
func after(seconds float64) spatial.Instant { return noon + spatial.Instant(math.Round(seconds*1000)) }

// east is a place so many metres east of the middle of the city.
func east(meters float64) orb.Point { return orb.Point{105.7 + meters/91_752, 34.58} }

// depot is a circle of 300 m around the middle of the city.
func depot() *fence.Fence {
	return &fence.Fence{ID: "yards/depot", Name: "Depot", Area: east(0), Radius: 300, Events: fence.KindsOf(fence.Enter, fence.Exit, fence.Cross, fence.Lost)}
}

// said is one report of the unit "u": its device, or "u" itself.
type said struct {
	now, fix float64 // seconds after noon; a fix of 0 is now
	east     float64 // metres
	flags    live.Flags
	device   string
	at       *orb.Point                                                                              // instead of east
	accuracy float32                                                                                 // 3 when it is 0
	pass     bool                                                                                    // no report: time passes until now
	do       func(t *testing.T, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event // no report either
}

func (s said) report() live.Report {
	r := live.Report{
		Device: cmp.Or(s.device, "u"), Fix: after(cmp.Or(s.fix, s.now)), Point: east(s.east), Flags: s.flags,
		Altitude: unknown, Speed: unknown, Course: unknown, Accuracy: cmp.Or(s.accuracy, 3), Battery: unknown,
	}
	if s.at != nil {
		r.Point = *s.at
	}
	return r
}

// play lets a story happen and returns the verdicts and events as words: "exit yards/depot by went_stale at 120".
func play(t *testing.T, p *live.Picture, story []said) (verdicts, events []string) {
	t.Helper()
	var out []live.Event
	for _, s := range story {
		switch {
		case s.do != nil:
			out = s.do(t, p, after(s.now), out)
		case s.pass:
			out = p.Advance(after(s.now), out)
		default:
			var vs []live.Verdict
			vs, out = p.Report(after(s.now), []live.Report{s.report()}, nil, out)
			verdicts = append(verdicts, vs[0].String())
		}
	}
	for i, e := range out {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d has number %d", i+1, e.Seq)
		}
		events = append(events, words(e))
	}
	return verdicts, events
}

func words(e live.Event) string {
	var b strings.Builder
	fmt.Fprint(&b, e.Kind)
	for _, name := range []string{e.Fence, e.Other} {
		if name != "" {
			b.WriteString(" " + name)
		}
	}
	if e.Unit != "u" && e.Unit != "" {
		b.WriteString(" of " + e.Unit)
	}
	if e.Reason != fence.Moved {
		fmt.Fprintf(&b, " by %s", e.Reason)
	}
	if e.Possible {
		b.WriteString(", possibly,")
	}
	fmt.Fprintf(&b, " at %g", e.Time.Sub(noon).Seconds())
	return b.String()
}

// pictureOf has the unit "u" of a class, with a device, and the depot.
func pictureOf(t *testing.T, class spatial.Class, o live.Options) *live.Picture {
	t.Helper()
	p := live.NewPicture(o)
	events := p.PutUnit(live.Unit{ID: "u", Name: "Unit", Class: class, Devices: []string{"radio"}, State: live.Available}, noon, nil)
	events, err := p.PutFence(depot(), noon, events)
	if err != nil || len(events) > 0 {
		t.Fatal(err, events)
	}
	return p
}
