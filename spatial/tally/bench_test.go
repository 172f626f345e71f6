package tally_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/wardmap/wardmap/spatial/tally"
)

// city is n things of 30 districts, thick in the middle, of 10 classes by one property and 100 by another, of which the
// first are the most frequent.
func city(n int) []tally.Thing {
	r := rand.New(rand.NewPCG(1, 2))
	things := make([]tally.Thing, n)
	classes := make([]int32, 2*n)
	for i := range things {
		spot := func() uint32 { return uint32(float64(1<<31) + r.NormFloat64()*float64(1<<20)) }
		own := classes[2*i : 2*i+2 : 2*i+2]
		own[0], own[1] = int32(r.IntN(10)), int32(min(99, r.ExpFloat64()*15))
		things[i] = tally.Thing{Area: [2]int32{int32(r.IntN(30)), tally.Outside}, Square: tally.SquareAt(spot(), spot()), Classes: own}
	}
	return things
}

func BenchmarkOf(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		things := city(n)
		for name, plan := range map[string]tally.Plan{
			"areas":   {K: k, Areas: []int{30}},
			"squares": {K: k, Areas: []int{30}, Zoom: 15},
			"classes": {K: k, Areas: []int{30}, Classes: []int{10, 100}},
		} {
			b.Run(fmt.Sprintf("%s/things=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					rand.Shuffle(len(things), func(i, j int) { things[i], things[j] = things[j], things[i] })
					b.StartTimer()
					all := tally.Of(plan, things)
					all.Squares(15)
				}
			})
		}
	}
}
