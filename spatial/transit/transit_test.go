package transit_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/transit"
)

// Metres east and north of a place in Tianshui, on the ellipsoid there.
const (
	lonMeter = 1 / 91839.3 // degrees at 34.5° N
	latMeter = 1 / 110931.4
)

func at(east, north float64) orb.Point {
	return orb.Point{105.7 + east*lonMeter, 34.5 + north*latMeter}
}

func line(metres ...float64) (l orb.LineString) {
	for i := 0; i < len(metres); i += 2 {
		l = append(l, at(metres[i], metres[i+1]))
	}
	return l
}

func pattern(t testing.TB, l orb.LineString, headway time.Duration, stops ...float64) *transit.Pattern {
	t.Helper()
	var all []transit.Stop
	for i, s := range stops {
		all = append(all, transit.Stop{ID: fmt.Sprint("S", i+1), Along: s})
	}
	p, err := transit.New("p", l, all, headway)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPatternsThatAreRefused(t *testing.T) {
	straight := line(0, 0, 1000, 0)
	for _, tt := range []struct {
		name    string
		line    orb.LineString
		stops   []transit.Stop
		headway time.Duration
		error   string
	}{
		{name: "no line", error: "its line has no length"},
		{name: "a line of one place", line: line(0, 0, 0, 0), error: "its line has no length"},
		{name: "not a number", line: orb.LineString{{105, 34}, {math.NaN(), 34}}, error: "point 2 of its line"},
		{name: "a stop beyond the end", line: straight, stops: []transit.Stop{{ID: "a", Along: 1200}}, error: "stop 1 (\"a\") is at 1200 m of a line of 1000 m"},
		{name: "a stop before the start", line: straight, stops: []transit.Stop{{ID: "a", Along: -1}}, error: "stop 1"},
		{name: "stops out of order", line: straight, stops: []transit.Stop{{ID: "a", Along: 500}, {ID: "b", Along: 400}}, error: "stop 2 (\"b\") at 400 m stands behind"},
		{name: "a negative headway", line: straight, headway: -1, error: "negative"},
	} {
		if _, err := transit.New("p", tt.line, tt.stops, tt.headway); err == nil || !strings.Contains(err.Error(), tt.error) {
			t.Errorf("%s: the error is %v, want %q", tt.name, err, tt.error)
		}
	}
}

func TestLengthsAndPlaces(t *testing.T) {
	p := pattern(t, line(0, 0, 1000, 0, 1000, 500), 0, 0, 700, 700, 1500)
	if l := p.Length(); math.Abs(l-1500) > 0.5 {
		t.Errorf("the length is %v, want 1500", l)
	}
	for along, want := range map[float64]orb.Point{-5: at(0, 0), 0: at(0, 0), 250: at(250, 0), 1000: at(1000, 0), 1250: at(1000, 250), 9999: at(1000, 500)} {
		if d := index.Meters(p.Point(along), want); d > 0.5 {
			t.Errorf("%v m along is %v m from %v", along, d, want)
		}
	}
	for along, want := range map[float64]int{0: 0, 30: 0, 31: 1, 700: 1, 729: 1, 731: 3, 1500: 3} {
		if i, more := p.Next(along); i != want || !more {
			t.Errorf("next after %v m is %d, %v, want %d", along, i, more, want)
		}
	}
	if i, more := pattern(t, line(0, 0, 1000, 0), 0, 100).Next(400); more {
		t.Errorf("there is a next stop %d after the last", i)
	}
}

func TestPlacesOfStops(t *testing.T) {
	for _, tt := range []struct {
		name  string
		line  orb.LineString
		stops orb.LineString
		want  []float64
	}{
		{"beside a straight line", line(0, 0, 1000, 0), line(0, 5, 500, -8, 1000, 3), []float64{0, 500, 1000}},
		{"before the start and behind the end", line(0, 0, 1000, 0), line(-40, 0, 1060, 0), []float64{0, 1000}},
		{"out and back on one street", line(0, 0, 1000, 0, 0, 0), line(0, 5, 600, 5, 1000, 0, 600, -5, 0, -5), []float64{0, 600, 1000, 1400, 2000}},
		{"a loop that ends where it starts", line(0, 0, 400, 0, 400, 400, 0, 400, 0, 0), line(0, 0, 400, 200, 0, 0), []float64{0, 600, 1600}},
		{"a crossing, passed the second time", line(0, 0, 1000, 0, 1000, 500, 500, 500, 500, -500), line(100, 0, 1000, 250, 505, 3, 500, -400), []float64{100, 1250, 2497, 2900}},
		{"two stops in the other order", line(0, 0, 1000, 0), line(100, 0, 520, 5, 500, -5, 900, 0), []float64{100, 520, 520, 900}},
		{"no stops", line(0, 0, 1000, 0), nil, nil},
	} {
		got, err := transit.Place(tt.line, tt.stops)
		if err != nil || !slices.EqualFunc(got, tt.want, func(a, b float64) bool { return math.Abs(a-b) < 2 }) {
			t.Errorf("%s: %.0f, %v, want %.0f", tt.name, got, err, tt.want)
		}
	}
}

// The oracle tries every side of the line for every stop, in all combinations.
func TestPlacesAreTheBestOnes(t *testing.T) {
	tried := 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var l, stops orb.LineString
		for range 6 {
			l = append(l, at(rng.Float64()*1000, rng.Float64()*1000))
		}
		p := pattern(t, l, 0)
		alongs := []float64{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()}
		slices.Sort(alongs)
		for _, a := range alongs {
			q := p.Point(a * p.Length())
			stops = append(stops, orb.Point{q[0] + rng.NormFloat64()*60*lonMeter, q[1] + rng.NormFloat64()*60*latMeter})
		}
		got, err := transit.Place(l, stops)
		if err != nil || !slices.IsSorted(got) {
			t.Fatalf("seed %d: %v, %v", seed, got, err)
		}
		sum := 0.0
		for i, a := range got {
			d := index.Meters(stops[i], p.Point(a))
			sum += d * d
		}
		if best := bestOfAll(t, l, stops); sum > best*1.02+1 { // two stops of one side may share a place that a third one pays for
			t.Errorf("seed %d: the places cost %.1f m², trying all finds %.1f m²", seed, sum, best)
		} else if !math.IsInf(best, 1) {
			tried++
		}
	}
	if tried < 160 {
		t.Errorf("only %d lines have places in order", tried)
	}
}

// bestOfAll is the least sum of squares with each stop at its nearest place of some side, in order.
func bestOfAll(t *testing.T, l, stops orb.LineString) float64 {
	t.Helper()
	best := math.Inf(1)
	var try func(stop int, from, sum float64)
	try = func(stop int, from, sum float64) {
		if stop == len(stops) {
			best = min(best, sum)
			return
		}
		start := 0.0
		for i := 1; i < len(l); i++ {
			side := pattern(t, l[i-1:i+1], 0)
			along := nearest(side, stops[stop])
			if d := index.Meters(stops[stop], side.Point(along)); start+along >= from {
				try(stop+1, start+along, sum+d*d)
			}
			start += side.Length()
		}
	}
	try(0, 0, 0)
	return best
}

func TestStopsAsText(t *testing.T) {
	stops := []transit.Stop{{ID: "S1"}, {ID: "de:12003:900210611::1", Along: 412}, {ID: "a;b%3B@ c", Along: 1280}}
	text := transit.FormatStops(stops)
	if want := "S1@0; de:12003:900210611::1@412; a%3Bb%253B@ c@1280"; text != want {
		t.Errorf("the text is %q, want %q", text, want)
	}
	back, err := transit.ParseStops(text)
	if err != nil || !slices.Equal(back, stops) {
		t.Errorf("%v comes back as %v, %v", stops, back, err)
	}
	for _, bad := range []string{"S1", "@5", "S1@", "S1@-1", "S1@NaN", "S1@5;", "S1@1e9"} {
		if _, err := transit.ParseStops(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	f := spatial.Feature{ID: "R/0/a", Geometry: line(0, 0, 1000, 0), Properties: map[string]any{"stops": "a@0; b@999.6", "headway": int64(12)}}
	p, err := transit.Of(f)
	if err != nil || p.Headway != 12*time.Minute || len(p.Stops) != 2 || p.Stops[1].ID != "b" {
		t.Errorf("%+v, %v", p, err)
	}
	f.Geometry = at(0, 0)
	if _, err := transit.Of(f); err == nil || !strings.Contains(err.Error(), "R/0/a") {
		t.Errorf("a point: %v", err)
	}
}

func FuzzStops(f *testing.F) {
	f.Add("S1@0; S2@412")
	f.Add("a%3Bb@1;%@2")
	f.Fuzz(func(t *testing.T, text string) {
		stops, err := transit.ParseStops(text)
		if err != nil {
			return
		}
		for i := range stops {
			stops[i].Along = math.Round(stops[i].Along)
		}
		back, err := transit.ParseStops(transit.FormatStops(stops))
		if err != nil || !slices.Equal(back, stops) {
			t.Errorf("%q: %v comes back as %v, %v", text, stops, back, err)
		}
	})
}
