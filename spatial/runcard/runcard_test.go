package runcard_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/runcard"
)

func needs(t testing.TB, text string) []runcard.Need {
	t.Helper()
	all, err := runcard.ParseNeeds(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNeedsAreRead(t *testing.T) {
	tests := []struct{ text, want string }{
		{"2 vehicle, 1 officer+first_aid", "2 vehicle; 1 officer+first_aid"},
		{"1 vehicle:traffic_car|motorcycle+traffic+firearms", "1 vehicle:traffic_car|motorcycle+traffic+firearms"},
		{"2×Vehicle，1 x drone、3officer", "2 vehicle; 1 drone; 3 officer"},
		{"", "it names no unit"},
		{"two cars", `need 1: "two cars" is not a number`},
		{"1 vehicle, 1 camera", `need 2: "camera" is no class of units that move`},
		{"0 vehicle", "a card sends 1 to 50 units"},
		{"30 vehicle, 21 officer", "need 2: a card sends 1 to 50 units in all"},
	}
	for _, test := range tests {
		all, err := runcard.ParseNeeds(test.text)
		var parts []string
		for _, n := range all {
			parts = append(parts, n.String())
		}
		if got := fmt.Sprint(strings.Join(parts, "; "), err); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %s", test.text, got, test.want)
		}
	}
}

func FuzzParseNeeds(f *testing.F) {
	f.Add("2 vehicle:car|van+first_aid, 1 officer")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := runcard.ParseNeeds(text)
		if err != nil {
			return
		}
		var parts []string
		for _, n := range all {
			parts = append(parts, n.String())
		}
		again, err := runcard.ParseNeeds(strings.Join(parts, ", "))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(all) {
			t.Errorf("%q reads %v, and then %v, %v", text, all, again, err)
		}
	})
}

func TestTheCardThatSaysMost(t *testing.T) {
	square := func(x float64) orb.Polygon { return orb.Polygon{{{0, 0}, {x, 0}, {x, x}, {0, x}, {0, 0}}} }
	night, err := fence.ParseSchedule("22:00-06:00")
	if err != nil {
		t.Fatal(err)
	}
	cards := []runcard.Card{
		{ID: "any"}, {ID: "city", Area: square(10)}, {ID: "old town", Area: square(1)}, {ID: "urgent", Priorities: []string{"1"}},
		{ID: "fire", Types: []string{"fire"}}, {ID: "urgent fire", Types: []string{"fire"}, Priorities: []string{"1", "2"}},
		{ID: "fire at night", Types: []string{"fire"}, Priorities: []string{"1", "2"}, Schedule: night}, {ID: "theft in the old town", Types: []string{"theft"}, Area: square(1)},
	}
	at := func(hour int) time.Time { return time.Date(2026, 11, 27, hour, 0, 0, 0, time.FixedZone("CST", 8*3600)) }
	tests := []struct {
		kind, priority string
		place          orb.Point
		hour           int
		want           string
	}{
		{"help", "3", orb.Point{50, 50}, 12, "any"},
		{"help", "3", orb.Point{5, 5}, 12, "city"},
		{"help", "3", orb.Point{.5, .5}, 12, "old town"},
		{"help", "1", orb.Point{.5, .5}, 12, "urgent"},
		{"fire", "3", orb.Point{.5, .5}, 12, "fire"},
		{"fire", "2", orb.Point{.5, .5}, 12, "urgent fire"},
		{"fire", "2", orb.Point{.5, .5}, 23, "fire at night"},
		{"theft", "3", orb.Point{5, 5}, 12, "city"},
		{"theft", "1", orb.Point{1, .5}, 12, "theft in the old town"},
	}
	for _, test := range tests {
		got, ok := runcard.Choose(cards, test.kind, test.priority, test.place, at(test.hour))
		if !ok || got.ID != test.want {
			t.Errorf("%s %s at %v, %d h: %s, want %s", test.kind, test.priority, test.place, test.hour, got.ID, test.want)
		}
	}
	if _, ok := runcard.Choose(cards[4:], "theft", "3", orb.Point{50, 50}, at(12)); ok {
		t.Error("a card for nothing of this kind")
	}
}

func TestWhoIsRareIsKeptForWhatNeedsHim(t *testing.T) {
	n := needs(t, "1 officer, 1 officer+first_aid")
	got := runcard.Fill(n, [][]runcard.Offer{{{"medic", 60}, {"walker", 90}}, {{"medic", 60}}})
	if fmt.Sprint(got) != "[[{walker 90}] [{medic 60}]]" {
		t.Errorf("%v", got)
	}
	got = runcard.Fill(needs(t, "2 vehicle"), [][]runcard.Offer{{{"a", 200}, {"b", 50}, {"c", 100}}})
	if fmt.Sprint(got) != "[[{b 50} {c 100}]]" {
		t.Errorf("the two that come first: %v", got)
	}
	if got = runcard.Fill(needs(t, "2 vehicle, 1 drone"), [][]runcard.Offer{{{"a", 20}}, nil}); fmt.Sprint(got) != "[[{a 20}] []]" {
		t.Errorf("not enough: %v", got)
	}
}

// The recommendation is that of trying every way, in 1,000 cases.
func TestNoOtherWayToFillTheNeedsIsBetter(t *testing.T) {
	const seed = 21
	rng := rand.New(rand.NewPCG(seed, 1))
	for round := range 1000 {
		var text []string
		var offers [][]runcard.Offer
		for range 1 + rng.IntN(3) {
			text = append(text, fmt.Sprint(1+rng.IntN(2), " vehicle"))
			var all []runcard.Offer
			for u := range 6 {
				if rng.IntN(3) > 0 {
					all = append(all, runcard.Offer{Unit: fmt.Sprint("u", u), Seconds: float64(rng.IntN(900))})
				}
			}
			offers = append(offers, all)
		}
		n := needs(t, strings.Join(text, ","))
		met, sum := 0, 0.0
		used := map[string]bool{}
		for i, all := range runcard.Fill(n, offers) {
			if len(all) > n[i].Count {
				t.Fatalf("seed %d, round %d: need %d has %d units", seed, round, i, len(all))
			}
			for _, o := range all {
				if used[o.Unit] {
					t.Fatalf("seed %d, round %d: %s meets two needs", seed, round, o.Unit)
				}
				used[o.Unit] = true
				met, sum = met+1, sum+o.Seconds
			}
		}
		wantMet, wantSum := brute(n, offers)
		if met != wantMet || math.Abs(sum-wantSum) > 1e-6 {
			t.Fatalf("seed %d, round %d: %d needs in %v s, the best are %d in %v s", seed, round, met, sum, wantMet, wantSum)
		}
	}
}

// brute tries every way to fill slot after slot.
func brute(needs []runcard.Need, offers [][]runcard.Offer) (met int, sum float64) {
	var slots []int
	for i, n := range needs {
		for range n.Count {
			slots = append(slots, i)
		}
	}
	met, sum = -1, 0
	var try func(slot, n int, s float64, used map[string]bool)
	try = func(slot, n int, s float64, used map[string]bool) {
		if slot == len(slots) {
			if n > met || n == met && s < sum {
				met, sum = n, s
			}
			return
		}
		try(slot+1, n, s, used)
		for _, o := range offers[slots[slot]] {
			if !used[o.Unit] {
				used[o.Unit] = true
				try(slot+1, n+1, s+o.Seconds, used)
				delete(used, o.Unit)
			}
		}
	}
	try(0, 0, 0, map[string]bool{})
	return met, sum
}

func BenchmarkFill(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	n := needs(b, "4 vehicle, 4 officer, 2 drone")
	offers := make([][]runcard.Offer, 3)
	for i := range offers {
		for u := range 40 {
			offers[i] = append(offers[i], runcard.Offer{Unit: fmt.Sprint(i%2, "-", u), Seconds: 900 * rng.Float64()})
		}
	}
	for b.Loop() {
		runcard.Fill(n, offers)
	}
}
