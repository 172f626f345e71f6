package transit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/transit"
)

// see is a progress as a fix so far along and beside gives it.
func see(p *transit.Pattern, when spatial.Instant, along, beside float64) transit.Progress {
	return p.Follow(transit.Progress{}, transit.Fix{Time: when, Point: at(along, beside)})
}

func TestCallsAtStops(t *testing.T) {
	p := pattern(t, line(0, 0, 3000, 0), 0, 0, 1000, 1040, 2000)
	type fix struct{ at, along, beside float64 }
	for _, tt := range []struct {
		name  string
		fixes []fix
		want  []string
	}{
		{"through and on", []fix{{0, 500, 0}, {10, 700, 0}}, nil},
		{"stands at the second stop", []fix{{0, 900, 0}, {10, 995, 0}, {30, 1000, 5}, {50, 998, 0}, {60, 1200, 0}}, []string{"S2 40s"}},
		{"noise does not end a call", []fix{{0, 1980, 0}, {10, 2040, 0}, {20, 2000, 0}, {30, 2100, 0}}, []string{"S4 20s"}},
		{"from one stop to the next", []fix{{0, 1000, 0}, {10, 1015, 0}, {20, 1040, 0}, {40, 1041, 0}, {50, 1500, 0}}, []string{"S2 10s", "S3 20s"}},
		{"beside the stop, in another street", []fix{{0, 2000, 120}, {10, 2000, 0}, {20, 2000, 120}}, []string{"S4 0s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var call, ended transit.Call
			var got []string
			for _, f := range tt.fixes {
				call, ended = p.Call(call, see(p, spatial.Instant(f.at+1000)*second, f.along, f.beside))
				if ended.Here {
					got = append(got, fmt.Sprint(p.Stops[ended.Stop].ID, " ", ended.Dwell()))
				}
			}
			if !slices.Equal(got, tt.want) || call.Here {
				t.Errorf("the calls are %v, want %v; still there: %v", got, tt.want, call.Here)
			}
		})
	}
	if call, _ := p.Call(transit.Call{}, transit.Progress{}); call.Here {
		t.Error("a bus that was never seen is at a stop")
	}
}

func TestTheRuleOfBusesOffTheirRoute(t *testing.T) {
	p := pattern(t, line(0, 0, 20_000, 0), 0)
	type fix struct {
		at, beside, sigma float64
	}
	every := func(step float64, besides ...float64) (all []fix) {
		for i, b := range besides {
			all = append(all, fix{float64(i) * step, b, 5})
		}
		return all
	}
	detour := transit.Detour{From: 0, To: 5000, Begin: 900 * second, End: 2000 * second}
	for _, tt := range []struct {
		name    string
		fixes   []fix
		detours []transit.Detour
		want    []string
	}{
		{name: "near the line", fixes: every(20, 0, 49, 30, 49, 49, 49, 49)},
		{name: "off for more than a minute", fixes: every(20, 0, 80, 80, 80, 80, 80), want: []string{"left 100"}},
		{name: "exactly a minute is not more", fixes: every(20, 0, 80, 80, 80, 80, 0)},
		{name: "three fixes are needed, however late", fixes: every(50, 0, 80, 80, 80), want: []string{"left 150"}},
		{name: "two fixes are not enough", fixes: every(100, 0, 80, 80, 0, 0)},
		{name: "one fix near the line begins anew", fixes: every(20, 80, 80, 80, 40, 80, 80, 80, 40)},
		{name: "back after three fixes", fixes: every(25, 80, 80, 80, 80, 0, 80, 0, 0, 0), want: []string{"left 75", "back 200"}},
		{name: "at the border of the corridor it is not back", fixes: every(25, 80, 80, 80, 80, 45, 45, 45, 45, 45), want: []string{"left 75"}},
		{name: "coarse fixes widen the corridor", fixes: []fix{{0, 80, 30}, {30, 80, 30}, {60, 80, 30}, {90, 80, 30}, {120, 95, 30}, {150, 95, 30}, {180, 95, 30}, {210, 95, 30}}, want: []string{"left 210"}},
		{name: "a detour mutes", fixes: every(25, 80, 80, 80, 80, 80), detours: []transit.Detour{detour}},
		{name: "a detour of another part does not", fixes: every(25, 80, 80, 80, 80, 80), detours: []transit.Detour{{From: 9000, To: 12_000}}, want: []string{"left 75"}},
		{name: "a detour that is over does not", fixes: every(25, 80, 80, 80, 80, 80), detours: []transit.Detour{{To: 5000, End: 1000 * second}}, want: []string{"left 75"}},
		{name: "a detour that begins ends the alarm", fixes: every(25, 80, 80, 80, 80, 80, 80), detours: []transit.Detour{{To: 5000, Begin: 1110 * second}}, want: []string{"left 75", "muted 125"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w transit.Watch
			var turn transit.Turn
			var got []string
			for _, f := range tt.fixes {
				w, turn = transit.Rule{}.Judge(w, see(p, spatial.Instant(f.at+1000)*second, 1000, f.beside), f.sigma, tt.detours...)
				if turn != transit.Stays {
					got = append(got, fmt.Sprint([]string{"", "left", "back", "muted"}[turn], " ", f.at))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// Correlated noise of 15 m around the line gives no alarm in 100 shifts of 8 h; a bus that takes the next street, 150 m
// away, gives one each time.
func TestNoiseGivesNoAlarm(t *testing.T) {
	p := pattern(t, line(0, 0, 40_000, 0), 0)
	alarms := 0
	for seed := range uint64(100) {
		r := simulate(p, rand.New(rand.NewPCG(seed, 5)), 15)
		var g transit.Progress
		var w transit.Watch
		for _, f := range r.fixes {
			var turn transit.Turn
			g = p.Follow(g, f)
			if w, turn = (transit.Rule{}).Judge(w, g, f.Sigma); turn == transit.Left {
				alarms++
			}
		}
	}
	if alarms > 0 {
		t.Errorf("%d alarms", alarms)
	}
	for seed := range uint64(20) {
		r := simulate(p, rand.New(rand.NewPCG(seed, 6)), 15)
		var g transit.Progress
		var w transit.Watch
		left := 0
		for i, f := range r.fixes {
			if i > 100 && i < 130 {
				f.Point[1] += 150 * latMeter
			}
			g = p.Follow(g, f)
			turn := transit.Stays
			if w, turn = (transit.Rule{}).Judge(w, g, f.Sigma); turn == transit.Left {
				left++
			}
		}
		if left != 1 || w.Off {
			t.Errorf("seed %d: %d alarms for one way beside the route, still off: %v", seed, left, w.Off)
		}
	}
}

func TestTrails(t *testing.T) {
	p := pattern(t, line(0, 0, 50_000, 0), 0)
	var trail transit.Trail
	for i := range 400 {
		trail = trail.Keep(see(p, spatial.Instant(1000+10*i)*second, float64(100+i*55), 0))
	}
	if len(trail) != 120 {
		t.Errorf("%d entries, want 120", len(trail))
	}
	when, known := trail.When(20_000)
	if want := spatial.Instant(1000+10*19900/55) * second; !known || when.Sub(want).Abs() > 2*time.Second {
		t.Errorf("it was 20 km along at %v, %v, want %v", when.Time(), known, want.Time())
	}
	for _, along := range []float64{0, 5000, 40_000} {
		if _, known := trail.When(along); known {
			t.Errorf("the trail knows of %v m", along)
		}
	}
	if trail = trail.Keep(see(p, 9000*second, 10, 0)); len(trail) != 1 {
		t.Errorf("a bus that begins anew has a trail of %d entries", len(trail))
	}
}

func TestBunches(t *testing.T) {
	p := pattern(t, line(0, 0, 20_000, 0), 10*time.Minute)
	const now = 10_000 * second
	bus := func(id string, along, beside float64, age time.Duration, trail ...transit.Passing) transit.Bus {
		return transit.Bus{ID: id, Progress: see(p, now.Add(-age), along, beside), Trail: trail}
	}
	passing := func(ago time.Duration, along float64) transit.Passing {
		return transit.Passing{Time: now.Add(-ago), Along: along}
	}
	for _, tt := range []struct {
		name  string
		buses []transit.Bus
		want  []string
	}{
		{name: "none"},
		{name: "far apart", buses: []transit.Bus{bus("a", 8000, 0, 0), bus("b", 4000, 0, 0)}},
		{name: "close together, guessed", buses: []transit.Bus{bus("b", 7500, 0, 0), bus("a", 8000, 0, 0)}, want: []string{"a<b 500m 1m40s guessed"}},
		{name: "the one ahead was here two minutes ago", buses: []transit.Bus{bus("a", 8000, 0, 0, passing(180*time.Second, 6000), passing(60*time.Second, 8000)), bus("b", 7000, 0, 0)}, want: []string{"a<b 1000m 2m0s"}},
		{name: "close, but the one ahead stood long", buses: []transit.Bus{bus("a", 8000, 0, 0, passing(500*time.Second, 7800), passing(490*time.Second, 8000)), bus("b", 7900, 0, 0)}},
		{name: "three in a row", buses: []transit.Bus{bus("a", 8000, 0, 0), bus("b", 7900, 0, 0), bus("c", 7800, 0, 0)}, want: []string{"a<b 100m 20s guessed", "b<c 100m 20s guessed"}},
		{name: "waiting at the ends", buses: []transit.Bus{bus("a", 50, 0, 0), bus("b", 20, 0, 0), bus("c", 19_990, 0, 0), bus("d", 19_980, 0, 0)}},
		{name: "one is beside the line", buses: []transit.Bus{bus("a", 8000, 0, 0), bus("b", 7900, 80, 0)}},
		{name: "one has not been seen for long", buses: []transit.Bus{bus("a", 8000, 0, 0), bus("b", 7900, 0, 2*time.Minute)}},
		{name: "at one place, by name", buses: []transit.Bus{bus("b", 8000, 0, 0), bus("a", 8000, 0, 0)}, want: []string{"a<b 0m 0s guessed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, b := range p.Bunches(tt.buses, .3, now) {
				one := fmt.Sprintf("%s<%s %.0fm %v", b.Ahead, b.Behind, b.Meters, b.Headway.Round(time.Second))
				if b.Guessed {
					one += " guessed"
				}
				got = append(got, one)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	if got := pattern(t, line(0, 0, 20_000, 0), 0).Bunches([]transit.Bus{bus("a", 8000, 0, 0), bus("b", 7900, 0, 0)}, .3, now); got != nil {
		t.Errorf("without a planned headway: %v", got)
	}
}

// The oracle looks at every pair of buses.
func TestBunchesAreThePairsWithNobodyBetween(t *testing.T) {
	p := pattern(t, line(0, 0, 20_000, 0), 10*time.Minute)
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var buses []transit.Bus
		for i := range rng.IntN(30) {
			buses = append(buses, transit.Bus{ID: fmt.Sprint(i), Progress: see(p, 1000*second, 200+rng.Float64()*19_000, 0)})
		}
		var want []string
		for _, a := range buses {
			for _, b := range buses {
				between := slices.ContainsFunc(buses, func(c transit.Bus) bool { return c.Along > b.Along && c.Along < a.Along })
				if gap := a.Along - b.Along; gap > 0 && !between && gap/5 < 180 {
					want = append(want, a.ID+"<"+b.ID)
				}
			}
		}
		var got []string
		for _, b := range p.Bunches(buses, .3, 1000*second) {
			got = append(got, b.Ahead+"<"+b.Behind)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

func TestArrivals(t *testing.T) {
	p := pattern(t, line(0, 0, 3000, 0), 0, 0, 1000, 2000, 3000)
	got := fmt.Sprint(p.Arrivals(see(p, second, 500, 0), 5, 20*time.Second))
	if want := "[{1 1m40s} {2 5m20s} {3 9m0s}]"; roundAll(p.Arrivals(see(p, second, 500, 0), 5, 20*time.Second)) != want {
		t.Errorf("arrivals are %s, want %s", got, want)
	}
	if got := roundAll(p.Arrivals(see(p, second, 1010, 0), 5, 0)); got != "[{1 0s} {2 3m18s} {3 6m38s}]" {
		t.Errorf("a bus at a stop: %s", got)
	}
	if got := p.Arrivals(transit.Progress{}, 5, 0); got != nil {
		t.Errorf("a bus that was never seen: %v", got)
	}
}

func roundAll(all []transit.Arrival) string {
	for i := range all {
		all[i].In = all[i].In.Round(time.Second)
	}
	return fmt.Sprint(all)
}

func TestWhoMeetsABus(t *testing.T) {
	bus := []transit.Arrival{{3, time.Minute}, {4, 3 * time.Minute}, {5, 5 * time.Minute}, {6, 8 * time.Minute}}
	takes := map[string][]time.Duration{ // in seconds to stops 3 to 6; -1: not at all
		"near":  {90, 100, 30, 20},
		"ahead": {600, 600, 600, 400},
		"twice": {30, 400, 100, -1},
		"late":  {55, 175, 295, 475},
		"never": {-1, -1, -1, -1},
	}
	travel := func(unit string, stop int) (time.Duration, bool) {
		d := takes[unit][stop-3]
		return d * time.Second, d >= 0
	}
	got := fmt.Sprint(transit.Meet(bus, []string{"late", "twice", "near", "ahead", "never"}, travel, 20*time.Second))
	want := "[{twice 3 3 30s 1m0s} {near 4 6 1m20s 3m0s} {twice 5 5 3m20s 5m0s} {ahead 6 6 1m20s 8m0s}]"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The oracle asks of each unit and stop for itself.
func TestMeetingsAreAllStopsInTime(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 8))
		var bus []transit.Arrival
		for i, in := 0, time.Duration(0); i < 12; i++ {
			in += time.Duration(rng.IntN(120)) * time.Second
			bus = append(bus, transit.Arrival{Stop: 4 + i, In: in})
		}
		takes := map[string]time.Duration{}
		units := []string{"a", "b", "c"}
		travel := func(unit string, stop int) (time.Duration, bool) {
			d, known := takes[fmt.Sprint(unit, stop)]
			return d, known
		}
		want := map[string]bool{}
		const margin = 45 * time.Second
		for _, u := range units {
			for _, a := range bus {
				if rng.IntN(5) == 0 {
					continue
				}
				d := time.Duration(rng.IntN(900)) * time.Second
				takes[fmt.Sprint(u, a.Stop)] = d
				if a.In-d >= margin {
					want[fmt.Sprint(u, " ", a.Stop)] = true
				}
			}
		}
		found := map[string]bool{}
		for _, m := range transit.Meet(bus, units, travel, margin) {
			for stop := m.First; stop <= m.Last; stop++ {
				found[fmt.Sprint(m.Unit, " ", stop)] = true
			}
			if found[fmt.Sprint(m.Unit, " ", m.First-1)] && want[fmt.Sprint(m.Unit, " ", m.First-1)] {
				t.Errorf("seed %d: %v goes on from the stop before", seed, m)
			}
		}
		if len(found) != len(want) {
			t.Fatalf("seed %d: %d stops, want %d", seed, len(found), len(want))
		}
		for k := range want {
			if !found[k] {
				t.Fatalf("seed %d: %s is missing", seed, k)
			}
		}
	}
}
