package fence_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// The table of false events of a unit that is parked near a border, from what was measured with plain containment
// (648, 334, 588 and 179 a shift inside), three fixes in a row (243, 115, 218, 57) and 20 m of hysteresis (0, 0.46, 58, 5.6).
// It is much better here because margins go by the reported accuracy.

// parked counts the events per shift of eight hours of a unit that stands at a place and has a fix every five seconds
// with noise of sigma metres that is correlated over a minute, as that of satellite positions is.
func parked(t *testing.T, f *fence.Fence, x, y, sigma float64, seeds int) float64 {
	t.Helper()
	const fixes, every = 8 * 3600 / 5, 5 * time.Second
	keep := math.Exp(-5.0 / 60)
	fresh := math.Sqrt(1 - keep*keep)
	events := 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 60))
		e := fence.NewEngine(nil)
		if _, err := e.Put(f, begin, nil); err != nil {
			t.Fatal(err)
		}
		nx, ny := r.NormFloat64(), r.NormFloat64()
		first := true
		var out []fence.Event
		for i := range fixes {
			out = e.Move(fence.Move{
				Class: spatial.Vehicle, Time: begin.Add(time.Duration(i) * every), To: xy(x+sigma*nx, y+sigma*ny),
				Accuracy: float32(sigma), Altitude: float32(math.NaN()), Speed: float32(math.NaN()),
			}, out[:0])
			for _, ev := range out {
				if ev.Kind == fence.Enter && first && x > 0 { // it is inside
					first = false
					continue
				}
				events++
			}
			nx, ny = keep*nx+fresh*r.NormFloat64(), keep*ny+fresh*r.NormFloat64()
		}
	}
	return float64(events) / float64(seeds)
}

func TestFalseEventsOfParkedUnits(t *testing.T) {
	field := &fence.Fence{ID: "field", Area: square(0, -5000, 5000, 5000)}
	gate := &fence.Fence{ID: "gate", Area: line(0, -5000, 0, 5000), Line: true}
	corner := &fence.Fence{ID: "corner", Area: orb.Polygon{{xy(0, 0), xy(2000, -500), xy(2000, 500), xy(0, 0)}}}
	confirmed := *field
	confirmed.Confirm = 3
	seeds := 30
	if testing.Short() {
		seeds = 5
	}
	for _, row := range []struct{ sigma, d, most float64 }{{4, 2, 3}, {8, 10, 0.5}, {15, 10, 2}, {15, 25, 0.5}} {
		rates := []struct {
			where string
			rate  float64
		}{
			{"inside", parked(t, field, row.d, 0, row.sigma, seeds)},
			{"inside, three fixes confirm", parked(t, &confirmed, row.d, 0, row.sigma, seeds)},
			{"outside", parked(t, field, -row.d, 0, row.sigma, seeds)},
			{"before a tip", parked(t, corner, -row.d, 0, row.sigma, seeds)},
			{"beside a line", parked(t, gate, row.d, 0, row.sigma, seeds)},
		}
		for _, r := range rates {
			t.Logf("σ %2.0f m, %2.0f m %s: %.2f events a shift", row.sigma, row.d, r.where, r.rate)
			if r.rate >= row.most {
				t.Errorf("σ %v m, %v m %s: %.2f false events a shift, want less than %v", row.sigma, row.d, r.where, r.rate, row.most)
			}
		}
	}
}
