package transit_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/transit"
)

const second = spatial.Instant(1000)

// drive follows fixes that come every 10 s.
func drive(p *transit.Pattern, fixes ...orb.Point) []transit.Progress {
	var out []transit.Progress
	var g transit.Progress
	for i, f := range fixes {
		g = p.Follow(g, transit.Fix{Time: spatial.Instant(i+1) * 10 * second, Point: f})
		out = append(out, g)
	}
	return out
}

func TestFollow(t *testing.T) {
	straight := line(0, 0, 3000, 0)
	there := line(0, 0, 2000, 0, 0, 0)
	eight := line(0, 0, 1000, 0, 1000, 500, 500, 500, 500, -500)
	loop := line(0, 0, 500, 0, 500, 500, 0, 500, 0, 0)
	for _, tt := range []struct {
		name      string
		line      orb.LineString
		fixes     orb.LineString
		along     []float64
		deviation []float64
	}{
		{"along a straight line", straight, line(100, 5, 200, -5, 300, 0), []float64{100, 200, 300}, []float64{5, 5, 0}},
		{"noise backwards is held", straight, line(500, 0, 470, 8, 520, 0), []float64{500, 500, 520}, []float64{0, 8, 0}},
		{"before the start", straight, line(-80, 60, 50, 0), []float64{0, 50}, []float64{100, 0}},
		{"off the line and back", straight, line(500, 0, 600, 150, 700, 300, 800, 150, 900, 0), []float64{500, 600, 700, 800, 900}, []float64{0, 150, 300, 150, 0}},
		{"there and back, the way back", there, line(1600, 0, 1800, 0, 1990, 0, 1900, 0, 1700, 0), []float64{1600, 1800, 1990, 2100, 2300}, []float64{0, 0, 0, 0, 0}},
		{"there and back, first seen on the way back", there, line(1200, 0, 1110, 0, 950, 0, 800, 0), []float64{1200, 1200, 3050, 3200}, nil},
		{"a crossing, the first time", eight, line(400, 0, 500, 4, 600, 0), []float64{400, 500, 600}, nil},
		{"a crossing, the second time", eight, line(500, 200, 500, 100, 504, 0, 500, -100), []float64{2300, 2400, 2500, 2600}, nil},
		{"a loop to its end", loop, line(0, 300, 0, 200, 0, 90, 0, 10), []float64{1700, 1800, 1910, 1990}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := drive(pattern(t, tt.line, 0), tt.fixes...)
			for i, g := range got {
				if math.Abs(g.Along-tt.along[i]) > 1.5 || tt.deviation != nil && math.Abs(g.Deviation-tt.deviation[i]) > 1 {
					t.Errorf("fix %d: %.0f m along, %.0f m off, want %v", i+1, g.Along, g.Deviation, tt.along[i])
				}
			}
		})
	}
}

func TestWhatDoesNotMoveABus(t *testing.T) {
	p := pattern(t, line(0, 0, 3000, 0), 0)
	was := p.Follow(transit.Progress{}, transit.Fix{Time: 100 * second, Point: at(500, 0)})
	for name, f := range map[string]transit.Fix{
		"an older fix":     {Time: 99 * second, Point: at(600, 0)},
		"the same moment":  {Time: 100 * second, Point: at(600, 0)},
		"not on the earth": {Time: 110 * second, Point: orb.Point{math.NaN(), 34}},
		"beyond the earth": {Time: 110 * second, Point: orb.Point{105, 95}},
	} {
		if is := p.Follow(was, f); is != was {
			t.Errorf("%s: %+v", name, is)
		}
	}
	if is := p.Follow(was, transit.Fix{Time: 2000 * second, Point: at(100, 0)}); math.Abs(is.Along-100) > 1 {
		t.Errorf("after half an hour it is at %.0f m, want 100", is.Along)
	}
	if (transit.Progress{}).Known() || !was.Known() {
		t.Error("known before the first fix, or unknown after it")
	}
}

// A bus that begins its way anew, or was set to another place, is believed there after some fixes.
func TestABusThatIsElsewhere(t *testing.T) {
	p := pattern(t, line(0, 0, 5000, 0), 0)
	fixes := orb.LineString{at(4800, 0), at(4900, 0)}
	for i := range 8 {
		fixes = append(fixes, at(float64(100*i), 0))
	}
	got := drive(p, fixes...)
	if end := got[len(got)-1].Along; math.Abs(end-700) > 1 {
		t.Errorf("it is at %.0f m, want 700", end)
	}
	one := drive(p, at(1000, 0), at(1100, 0), at(3500, 0), at(1300, 0))
	if end := one[3].Along; math.Abs(end-1300) > 1 || one[2].Along > 1600 {
		t.Errorf("one wild fix puts it to %.0f, then %.0f m", one[2].Along, end)
	}
}

func TestDoubt(t *testing.T) {
	got := drive(pattern(t, line(0, 0, 2000, 0, 0, 0), 0), at(1200, 0), at(1100, 0), at(950, 0), at(800, 0))
	if !got[0].Doubtful || got[3].Doubtful {
		t.Errorf("doubtful at first %v, at last %v, want true, false", got[0].Doubtful, got[3].Doubtful)
	}
}

// A ride is a simulated bus: where it truly is, and the fixes with correlated noise.
type ride struct {
	truth []float64
	fixes []transit.Fix
}

// simulate drives along a pattern, standing now and then, with a fix every 10 s and noise that lasts a minute.
func simulate(p *transit.Pattern, rng *rand.Rand, sigma float64) (r ride) {
	keep := math.Exp(-10.0 / 60)
	var noise [2]float64
	for i := range noise {
		noise[i] = rng.NormFloat64() * sigma
	}
	along, stands := 0.0, 0
	for i := 1; along < p.Length(); i++ {
		if stands > 0 {
			stands--
		} else if along += 40 + rng.Float64()*80; rng.Float64() < 0.2 {
			stands = rng.IntN(6)
		}
		for k := range noise {
			noise[k] = keep*noise[k] + math.Sqrt(1-keep*keep)*rng.NormFloat64()*sigma
		}
		q := p.Point(along)
		q[0] += noise[0] / (111320 * math.Cos(q[1]*math.Pi/180))
		q[1] += noise[1] / 111000
		r.truth = append(r.truth, min(along, p.Length()))
		r.fixes = append(r.fixes, transit.Fix{Time: spatial.Instant(i) * 10 * second, Point: q, Sigma: sigma})
	}
	return r
}

// errors follows a ride and tells how far from the truth each progress is.
func (r ride) errors(p *transit.Pattern) (off []float64, backwards int) {
	var g transit.Progress
	for i, f := range r.fixes {
		was := g
		g = p.Follow(g, f)
		off = append(off, math.Abs(g.Along-r.truth[i]))
		if g.Along < was.Along {
			backwards++
		}
	}
	return off, backwards
}

// nearest is what a matcher without memory says: it tries the whole line, to a metre.
func nearest(p *transit.Pattern, q orb.Point) float64 {
	best, at := math.Inf(1), 0.0
	try := func(from, to, step float64) {
		for along := max(0, from); along < to+step; along += step { // Point stops at the end of the line
			if d := index.Meters(q, p.Point(along)); d < best {
				best, at = d, min(along, p.Length())
			}
		}
	}
	try(0, p.Length(), 10)
	try(at-10, at+10, 1)
	return at
}

func quantile(all []float64, q float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[int(q*float64(len(all)-1))]
}

func TestLoopsAndCrossingsAreFollowed(t *testing.T) {
	shapes := map[string]orb.LineString{
		"there and back": line(0, 0, 4000, 0, 0, 0),
		"eight":          line(0, 0, 2000, 0, 2000, 1000, 1000, 1000, 1000, -1000, 0, -1000, 0, 0),
		"two rounds":     line(0, 0, 1000, 0, 1000, 1000, 0, 1000, 0, 0, 1000, 0, 1000, 1000, 0, 1000, 0, 0),
		"comb":           line(0, 0, 0, 800, 60, 800, 60, 0, 120, 0, 120, 800, 180, 800, 180, 0),
	}
	for name, l := range shapes {
		for _, sigma := range []float64{4, 15} {
			p := pattern(t, l, 0)
			var all, naive []float64
			back := 0
			for seed := range uint64(20) {
				r := simulate(p, rand.New(rand.NewPCG(seed, 2)), sigma)
				off, n := r.errors(p)
				all, back = append(all, off...), back+n
				for i, f := range r.fixes {
					if i%10 == 0 {
						naive = append(naive, math.Abs(nearest(p, f.Point)-r.truth[i]))
					}
				}
			}
			t.Logf("%s, sigma %v m: half within %.0f m, 99 %% within %.0f m, %d of %d backwards; without memory %.0f and %.0f m",
				name, sigma, quantile(all, .5), quantile(all, .99), back, len(all), quantile(naive, .5), quantile(naive, .99))
			if limit := 30 + 6*sigma; quantile(all, .99) > limit {
				t.Errorf("%s, sigma %v m: 99 %% within %.0f m, want %.0f m", name, sigma, quantile(all, .99), limit)
			}
			if back*200 > len(all) {
				t.Errorf("%s, sigma %v m: %d of %d fixes put the bus back", name, sigma, back, len(all))
			}
		}
	}
}

// Whatever the fixes are, these hold.
func TestInvariants(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var l orb.LineString
		for range 2 + rng.IntN(20) {
			l = append(l, at(rng.Float64()*2000, rng.Float64()*2000))
		}
		p := pattern(t, l, 0)
		var g transit.Progress
		for i := range 100 {
			q := at(rng.Float64()*2400-200, rng.Float64()*2400-200)
			g = p.Follow(g, transit.Fix{Time: spatial.Instant(i+1) * 7 * second, Point: q, Sigma: rng.Float64() * 40})
			least := index.Meters(q, p.Point(nearest(p, q)))
			if g.Along < 0 || g.Along > p.Length() || g.Deviation < least-6 || math.IsNaN(g.Along) {
				t.Fatalf("seed %d, fix %d: %.1f m along of %.1f m, %.1f m off where the line is %.1f m away", seed, i, g.Along, p.Length(), g.Deviation, least)
			}
		}
	}
}

func BenchmarkFollow(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("points=%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 4))
			var l orb.LineString
			for i := range n {
				l = append(l, at(float64(i)*12000/float64(n), 40*rng.Float64()))
			}
			p := pattern(b, l, 0)
			r := simulate(p, rng, 8)
			b.ReportAllocs()
			var g transit.Progress
			for i := 0; b.Loop(); i++ {
				k := i % len(r.fixes)
				if k == 0 {
					g = transit.Progress{}
				}
				g = p.Follow(g, r.fixes[k])
			}
		})
	}
}
