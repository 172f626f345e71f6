package duty_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial/duty"
)

// eight is when shifts of the tests begin: eight in the morning in Tianshui.
var eight = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// square is a beat of about a kilometre; x and y of places are parts of its side.
var square = orb.Polygon{{place(0, 0), place(1, 0), place(1, 1), place(0, 1), place(0, 0)}}

func place(x, y float64) orb.Point { return orb.Point{105.72 + x*.0109, 34.58 + y*.009} }

// fix is one that long after eight.
func fix(after time.Duration, x, y float64) duty.Fix {
	return duty.Fix{Time: eight.Add(after), At: place(x, y), Accuracy: 5}
}

func TestInBeat(t *testing.T) {
	const minute, hour = time.Minute, time.Hour
	shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(hour)}
	ell := orb.Polygon{{place(0, 0), place(1, 0), place(1, 1), place(.9, 1), place(.9, .1), place(0, .1), place(0, 0)}}
	frame := orb.Polygon{square[0], {place(.25, .25), place(.25, .75), place(.75, .75), place(.75, .25), place(.25, .25)}}
	madeUp := fix(2*minute, .5, .5)
	madeUp.Mock = true
	tests := []struct {
		name            string
		fixes           []duty.Fix
		beat            orb.Geometry
		inside, outside time.Duration
	}{
		{"no fixes", nil, square, 0, 0},
		{"one fix proves no time", []duty.Fix{fix(minute, .5, .5)}, square, 0, 0},
		{"two inside", []duty.Fix{fix(0, .5, .5), fix(minute, .6, .5)}, square, minute, 0},
		{"two outside", []duty.Fix{fix(0, 2, 2), fix(minute, 2, 3)}, square, 0, minute},
		{"out through the middle of a side, half way", []duty.Fix{fix(0, .5, .5), fix(minute, 1.5, .5)}, square, 30 * time.Second, 30 * time.Second},
		{"in after a quarter of the way", []duty.Fix{fix(0, -.25, .5), fix(minute, .75, .5)}, square, 45 * time.Second, 15 * time.Second},
		{"straight through", []duty.Fix{fix(0, -1, .5), fix(3*minute, 2, .5)}, square, minute, 2 * minute},
		{"both ends inside, though the straight way cuts a corner", []duty.Fix{fix(0, .05, .05), fix(minute, .95, .95)}, ell, minute, 0},
		{"through a hole", []duty.Fix{fix(0, -.5, .5), fix(2*minute, 1.5, .5)}, frame, 30 * time.Second, 90 * time.Second},
		{"a gap as long as the stale limit", []duty.Fix{fix(0, .5, .5), fix(5*minute, .5, .5)}, square, 5 * minute, 0},
		{"a gap longer than that by a nanosecond", []duty.Fix{fix(0, .5, .5), fix(5*minute+1, .5, .5)}, square, 0, 0},
		{"fixes around the beginning and the end of the shift", []duty.Fix{fix(-minute, .5, .5), fix(minute, .5, .5), fix(59*minute, .5, .5), fix(61*minute, .5, .5)}, square, 2 * minute, 0},
		{"out of order", []duty.Fix{fix(2*minute, 2, 2), fix(0, .5, .5), fix(minute, .5, .5), fix(3*minute, 2, 2)}, square, minute + minute/3, 2*minute - minute/3},
		{"before and after the shift only", []duty.Fix{fix(-9*minute, .5, .5), fix(-8*minute, .5, .5), fix(61*minute, .5, .5)}, square, 0, 0},
		{"a made up fix proves nothing", []duty.Fix{fix(0, 2, 2), madeUp, fix(4*minute, 2, 2)}, square, 0, 4 * minute},
		{"two places at one time: the first as given", []duty.Fix{fix(0, .5, .5), fix(0, 2, 2), fix(minute, .5, .5)}, square, minute, 0},
		{"a beat of two pieces", []duty.Fix{fix(0, .5, .5), fix(4*minute, 4.5, .5)},
			orb.MultiPolygon{square, {{place(4, 0), place(5, 0), place(5, 1), place(4, 1), place(4, 0)}}}, 4 * minute, 0},
		{"a beat that is no area", []duty.Fix{fix(0, .5, .5), fix(minute, .5, .5)}, orb.Point{105, 34}, 0, minute},
	}
	for _, test := range tests {
		got := duty.InBeat(test.fixes, test.beat, shift, 5*minute)
		near := func(a, b time.Duration) bool { return (a - b).Abs() < 20*time.Millisecond } // "out of order" leaves at a third, nearly
		if !near(got.Inside, test.inside) || !near(got.Outside, test.outside) {
			t.Errorf("%s: %v inside and %v outside, want %v and %v", test.name, got.Inside, got.Outside, test.inside, test.outside)
		}
		if got.Inside+got.Outside+got.Unknown != hour {
			t.Errorf("%s: %+v is not an hour", test.name, got)
		}
	}
}

// wander makes a track that comes, goes, is silent at times, and repeats itself.
func wander(random *rand.Rand, shift duty.Shift) (out []duty.Fix) {
	at := shift.From.Add(-time.Duration(random.Int64N(int64(time.Hour))))
	x, y := random.Float64()*3-1, random.Float64()*3-1
	for at.Before(shift.To.Add(30 * time.Minute)) {
		out = append(out, duty.Fix{Time: at, At: place(x, y), Accuracy: random.Float64() * 30, Mock: random.IntN(50) == 0})
		at = at.Add(time.Duration(random.Int64N(int64(2 * time.Minute))))
		if random.IntN(40) == 0 {
			at = at.Add(time.Duration(random.Int64N(int64(20 * time.Minute))))
		}
		if random.IntN(10) > 0 {
			x, y = x+random.Float64()*.4-.2, y+random.Float64()*.4-.2
		}
	}
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestTheSumIsTheShiftToTheNanosecond(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 8))
		shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(time.Duration(random.Int64N(int64(12 * time.Hour))))}
		got := duty.InBeat(wander(random, shift), square, shift, 5*time.Minute)
		if sum := got.Inside + got.Outside + got.Unknown; sum != shift.Length() || min(got.Inside, got.Outside, got.Unknown) < 0 {
			t.Fatalf("seed %d: %+v is %v, the shift has %v", seed, got, sum, shift.Length())
		}
	}
}

// Who walks along the same track by the second, and looks where he is, comes to the same.
func TestInBeatAgreesWithSampling(t *testing.T) {
	const step, stale = time.Second, 5 * time.Minute
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 9))
		shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(2 * time.Hour)}
		fixes := wander(random, shift)
		got := duty.InBeat(fixes, square, shift, stale)
		var inside, outside time.Duration
		for at := shift.From.Add(step / 2); at.Before(shift.To); at = at.Add(step) {
			switch p, known := where(fixes, at, stale); {
			case known && planar.PolygonContains(square, p):
				inside += step
			case known:
				outside += step
			}
		}
		if off := max((got.Inside - inside).Abs(), (got.Outside - outside).Abs()); off > 2*time.Minute { // of 500 crossings at most, each half a second
			t.Errorf("seed %d: %+v, sampling says %v inside and %v outside", seed, got, inside, outside)
		}
	}
}

// where is the place at a moment, by the fixes just before and after.
func where(fixes []duty.Fix, at time.Time, stale time.Duration) (orb.Point, bool) {
	var a, b *duty.Fix
	for i := range fixes {
		f := &fixes[i]
		switch {
		case f.Mock:
		case !f.Time.After(at) && (a == nil || f.Time.After(a.Time)):
			a = f
		case f.Time.After(at) && (b == nil || f.Time.Before(b.Time)):
			b = f
		}
	}
	if a == nil || b == nil || b.Time.Sub(a.Time) > stale {
		return orb.Point{}, false
	}
	t := float64(at.Sub(a.Time)) / float64(b.Time.Sub(a.Time))
	return orb.Point{a.At[0] + t*(b.At[0]-a.At[0]), a.At[1] + t*(b.At[1]-a.At[1])}, true
}

func BenchmarkInBeat(b *testing.B) {
	for _, sides := range []int{50, 2000} {
		ring := make(orb.Ring, 0, sides+1)
		for i := range sides {
			angle := float64(i) / float64(sides) * 6.283185307179586
			ring = append(ring, place(.5+.5*math.Cos(angle), .5+.5*math.Cos(angle-1.5707963267948966)))
		}
		beat := orb.Polygon{append(ring, ring[0])}
		shift := duty.Shift{From: eight, To: eight.Add(8 * time.Hour)}
		random := rand.New(rand.NewPCG(1, 1))
		fixes := make([]duty.Fix, 0, 5760)
		for at := time.Duration(0); at < 8*time.Hour; at += 5 * time.Second {
			fixes = append(fixes, fix(at, random.Float64()*1.2-.1, random.Float64()))
		}
		b.Run(fmt.Sprintf("fixes=5760/sides=%d", sides), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				duty.InBeat(fixes, beat, shift, 5*time.Minute)
			}
		})
	}
}
