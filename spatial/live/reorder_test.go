package live_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// waits are Options with a window for late fixes of all that moves.
func waits(window time.Duration, l live.Limits) (o live.Options) {
	l.Reorder = window
	o.Limits = map[spatial.Class]live.Limits{}
	for c := spatial.Officer; c.Moves(); c++ {
		o.Limits[c] = l
	}
	return o
}

func TestFixesWaitForThoseThatComeLate(t *testing.T) {
	tests := []struct {
		name     string
		story    []said
		verdicts []string
		events   []string
	}{
		{
			"a fix that comes late is seen in its place",
			[]said{{now: 0, east: -800}, {now: 20, east: 800}, {now: 22, fix: 10}, {now: 40, east: 800}},
			[]string{"accepted", "accepted", "late", "accepted"}, []string{"enter yards/depot at 10", "exit yards/depot at 20"},
		},
		{
			"one that comes too late is not",
			[]said{{now: 0, east: -800}, {now: 20, east: -800}, {now: 40, east: -810}, {now: 41, fix: 10}, {now: 60, east: -800}},
			[]string{"accepted", "accepted", "accepted", "late", "accepted"}, nil,
		},
		{"nothing is told before the window has gone by", []said{{now: 0}, {now: 9, pass: true}}, []string{"accepted"}, nil},
		{"and all after it", []said{{now: 0}, {now: 10, pass: true}}, []string{"accepted"}, []string{"enter yards/depot at 0"}},
		{
			"an emergency does not wait",
			[]said{{now: 0, flags: live.EmergencyFlag}}, []string{"accepted"}, []string{"emergency at 0"},
		},
		{
			"a jump is judged by the fixes before it, not by those that came before it",
			[]said{{now: 0, east: -9000}, {now: 8, east: -8500}, {now: 9, fix: 4, east: 50_000}, {now: 30, pass: true}},
			[]string{"accepted", "accepted", "late"}, nil,
		},
		{
			"staleness waits too",
			[]said{{now: 0, east: 900}, {now: 129, pass: true}, {now: 130, pass: true}}, []string{"accepted"}, []string{"stale by time_passed at 120"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			verdicts, events := play(t, pictureOf(t, spatial.Vehicle, waits(10*time.Second, live.Limits{})), test.story)
			if !slices.Equal(verdicts, test.verdicts) || !slices.Equal(events, test.events) {
				t.Errorf("verdicts %q, events %q, want\n%q, %q", verdicts, events, test.verdicts, test.events)
			}
		})
	}
}

func TestThePictureShowsTheNewestFixAtOnce(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, waits(time.Hour, live.Limits{}))
	play(t, p, []said{{now: 10, east: 500}, {now: 20, east: 700}, {now: 21, fix: 15, east: 600}})
	if s, _ := p.Unit("u"); s.Point != east(700) || s.Fix != after(20) {
		t.Errorf("it is at %v since %v", s.Point, s.Fix.Time())
	}
	if n := p.Nearest(live.Search{Point: east(0)}); len(n) != 1 || math.Abs(n[0].Meters-700) > 1 {
		t.Errorf("the nearest are %+v", n)
	}
}

// arrival is a report and when it comes.
type arrival struct {
	now spatial.Instant
	live.Report
}

// run registers the units and fences, lets all reports arrive, and returns what was told.
func run(t *testing.T, o live.Options, units []live.Unit, fences []*fence.Fence, arrivals []arrival, begin, end spatial.Instant) (*live.Picture, []live.Event) {
	t.Helper()
	p := live.NewPicture(o)
	start := begin.Add(o.Limits[spatial.Vehicle].Reorder) // what is decided is that far behind
	var out []live.Event
	for _, u := range units {
		out = p.PutUnit(u, start, out)
	}
	for _, f := range fences {
		var err error
		if out, err = p.PutFence(f, start, out); err != nil {
			t.Fatal(err)
		}
	}
	var verdicts []live.Verdict
	for _, a := range arrivals {
		verdicts, out = p.Report(a.now, []live.Report{a.Report}, verdicts[:0], out)
	}
	return p, p.Flush(end, out)
}

// inTime are the reports as they should come: in the order of their time, each once, without the impossible.
func inTime(reports []live.Report) (arrivals []arrival) {
	for _, r := range reports {
		arrivals = append(arrivals, arrival{r.Fix, r})
	}
	slices.SortFunc(arrivals, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.Fix, b.Fix), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Point[0], b.Point[0]), cmp.Compare(a.Point[1], b.Point[1]))
	})
	return slices.CompactFunc(arrivals, func(a, b arrival) bool { return a.Device == b.Device && a.Fix == b.Fix && a.Point == b.Point })
}

// muddle is how they come: up to late later than they were measured, some twice, some with 0,0 in between.
func muddle(r *rand.Rand, reports []live.Report, late time.Duration) (arrivals []arrival) {
	for _, one := range reports {
		arrivals = append(arrivals, arrival{one.Fix + spatial.Instant(r.Int64N(late.Milliseconds())), one})
		switch r.IntN(20) {
		case 0:
			arrivals = append(arrivals, arrival{one.Fix + spatial.Instant(r.Int64N(late.Milliseconds())), one})
		case 1:
			one.Point = orb.Point{}
			one.Fix += spatial.Instant(r.IntN(1000))
			arrivals = append(arrivals, arrival{one.Fix + spatial.Instant(r.Int64N(late.Milliseconds())), one})
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.now, b.now) })
	return arrivals
}

// seenLast is the picture at the end, without when the reports came.
func seenLast(p *live.Picture) (lines []string) {
	p.Units(func(s live.Sight) bool {
		s.Heard, s.StateAt, s.Version = 0, 0, 0
		lines = append(lines, fmt.Sprintf("%+v", s))
		return true
	})
	return lines
}

func sameEvents(t *testing.T, got, want []live.Event) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d events, want %d; from the %dth on they differ:\n%+v, want\n%+v", len(got), len(want), i, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
		}
	}
}

func samePicture(t *testing.T, got, want *live.Picture) {
	t.Helper()
	is, should := seenLast(got), seenLast(want)
	for i := range max(len(is), len(should)) {
		if i >= len(is) || i >= len(should) || is[i] != should[i] {
			t.Fatalf("%d units, want %d; from the %dth on they differ:\n%s, want\n%s", len(is), len(should), i, is[i:min(i+1, len(is))], should[i:min(i+1, len(should))])
		}
	}
}

func TestDisorderChangesNothing(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 51))
			var units []live.Unit
			var reports []live.Report
			for i := range 12 {
				u := live.Unit{ID: fmt.Sprintf("u%02d", i), Class: spatial.Class(1 + i%4)}
				units = append(units, u)
				at := orb.Point{105.7 + r.NormFloat64()*.003, 34.58 + r.NormFloat64()*.003}
				for fix := noon; fix < noon.Add(time.Hour); fix += spatial.Instant(1000 + r.ExpFloat64()*9000) {
					at[0], at[1] = at[0]+r.NormFloat64()*.0005, at[1]+r.NormFloat64()*.0005
					one := live.Report{Device: u.ID, Fix: fix, Point: at, Altitude: unknown, Speed: r.Float32() * 50, Course: unknown, Accuracy: 4, Battery: unknown}
					if r.IntN(30) == 0 {
						one.Point[0] += .1
					}
					if r.IntN(60) == 0 {
						fix = fix.Add(time.Duration(r.IntN(2400)) * time.Second)
					}
					reports = append(reports, one)
				}
			}
			var fences []*fence.Fence
			for i := range 12 {
				f := randomFence(r)
				f.ID, f.Units = fmt.Sprintf("f/%d", i), nil
				fences = append(fences, f)
			}
			begin, end := noon.Add(-time.Hour), noon.Add(time.Hour+31*time.Second)
			want, told := run(t, live.Options{}, units, fences, inTime(reports), begin, end)
			got, muddled := run(t, waits(30*time.Second, live.Limits{}), units, fences, muddle(r, reports, 30*time.Second), begin, end)
			sameEvents(t, muddled, told)
			samePicture(t, got, want)
			if len(told) < 100 {
				t.Errorf("only %d events", len(told))
			}
		})
	}
}
