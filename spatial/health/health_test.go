package health_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial/health"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

// The monitor looks once a minute; calls says by C and . whether the device called just before each look.
func TestWhatAMonitorBelieves(t *testing.T) {
	rule := health.Rule{Silence: 90 * time.Second, Probes: 2, Flapping: 3, Window: time.Hour}
	tests := []struct{ name, calls, want string }{
		{"it calls", "CCC", "0 up"},
		{"one call is missed", "CC.CC", "0 up"},
		{"silence is confirmed by two more looks", "CC.....", "0 up, 5 down"},
		{"it comes back before that", "CC...CC", "0 up"},
		{"it comes back after that", "CC.....C", "0 up, 5 down, 7 up"},
		{"it never called", "....", ""},
		{"it falls silent three times within an hour", "C..CC..CC..CC", "0 up, 11 flapping"},
		{"it flaps, and then nothing", "C..CC..CC..CC......", "0 up, 11 flapping, 16 down"},
		{"the falls are long ago", "C..C" + strings.Repeat("C", 60) + "..CC..CC", "0 up"},
		{"it flaps, and then is well for an hour", "C..CC..CC..CC" + strings.Repeat("C", 60), "0 up, 11 flapping, 60 up"},
	}
	for _, test := range tests {
		m := health.NewMonitor(rule)
		var last time.Time
		var got []string
		for i, c := range test.calls {
			now := at(float64(i))
			if c == 'C' {
				last = now.Add(-time.Second)
			}
			for _, one := range m.Look(now, maps.All(map[string]time.Time{"cam": last})) {
				got = append(got, fmt.Sprint(i, " ", one.State))
			}
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s: %s, want %s", test.name, text, test.want)
		}
	}
}

func TestADeviceThatIsTakenAwayIsForgotten(t *testing.T) {
	m := health.NewMonitor(health.Rule{})
	m.Look(noon, maps.All(map[string]time.Time{"a": noon, "b": noon}))
	m.Look(at(1), maps.All(map[string]time.Time{"b": noon}))
	if m.Is("a") != health.Unknown || m.Is("b") != health.Up || m.Calling() != 1 {
		t.Errorf("a is %v, b is %v, %d call", m.Is("a"), m.Is("b"), m.Calling())
	}
}

func TestManyAtOnceHaveOneCause(t *testing.T) {
	for _, test := range []struct {
		fell, called int
		want         bool
	}{{1, 2000, false}, {10, 20, false}, {11, 20, true}, {150, 2000, false}, {201, 2000, true}} {
		if got := health.Together(test.fell, test.called); got != test.want {
			t.Errorf("%d of %d: %v", test.fell, test.called, got)
		}
	}
}

func TestUptime(t *testing.T) {
	span := func(begin, end float64) health.Span { return health.Span{Begin: at(begin), End: at(end)} }
	tests := []struct {
		name             string
		outages, planned []health.Span
		up, due          float64 // minutes of 100
	}{
		{"always there", nil, nil, 100, 100},
		{"down for a tenth", []health.Span{span(10, 20)}, nil, 90, 100},
		{"two outages that overlap", []health.Span{span(15, 30), span(10, 20)}, nil, 80, 100},
		{"down still", []health.Span{{Begin: at(60)}}, nil, 60, 100},
		{"down since before", []health.Span{span(-50, 30)}, nil, 70, 100},
		{"down before and after only", []health.Span{span(-50, -10), span(100, 120)}, nil, 100, 100},
		{"a plan is not due", nil, []health.Span{span(0, 20)}, 80, 80},
		{"an outage within a plan", []health.Span{span(5, 15)}, []health.Span{span(0, 20)}, 80, 80},
		{"an outage that outlasts its plan", []health.Span{span(5, 30)}, []health.Span{span(0, 20)}, 70, 80},
		{"never due", []health.Span{span(5, 30)}, []health.Span{span(0, 100)}, 0, 0},
	}
	for _, test := range tests {
		up, due := health.Uptime(noon, at(100), test.outages, test.planned)
		if up.Minutes() != test.up || due.Minutes() != test.due {
			t.Errorf("%s: %v of %v, want %v of %v minutes", test.name, up, due, test.up, test.due)
		}
	}
	if up, due := health.Uptime(noon, noon, nil, nil); up != 0 || due != 0 {
		t.Errorf("an empty window: %v of %v", up, due)
	}
}

func TestUptimeIsWhatCountingMinutesGives(t *testing.T) {
	const seed = 9
	rng := rand.New(rand.NewPCG(seed, 1))
	for round := range 500 {
		spans := func() (out []health.Span) {
			for range rng.IntN(5) {
				b := rng.IntN(140) - 20
				s := health.Span{Begin: at(float64(b)), End: at(float64(b + 1 + rng.IntN(40)))}
				if rng.IntN(8) == 0 {
					s.End = time.Time{}
				}
				out = append(out, s)
			}
			return out
		}
		outages, planned := spans(), spans()
		holds := func(all []health.Span, t time.Time) bool {
			for _, s := range all {
				if !t.Before(s.Begin) && (s.End.IsZero() || t.Before(s.End)) {
					return true
				}
			}
			return false
		}
		wantUp, wantDue := 0, 0
		for minute := range 100 {
			moment := at(float64(minute) + 0.5)
			if !holds(planned, moment) {
				wantDue++
				if !holds(outages, moment) {
					wantUp++
				}
			}
		}
		up, due := health.Uptime(noon, at(100), outages, planned)
		if up.Minutes() != float64(wantUp) || due.Minutes() != float64(wantDue) {
			t.Fatalf("seed %d, round %d: %v of %v, counted %d of %d", seed, round, up, due, wantUp, wantDue)
		}
	}
}
