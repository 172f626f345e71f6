package verify_test

import (
	"context"
	"math"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// measured is one content alone.
func measured(t *testing.T, g *glb, sums map[string]verify.Sum) verify.Report {
	t.Helper()
	r, err := verify.Tileset(context.Background(), "tileset.json", lone(g.bytes(), nil), verify.Options{Sums: sums})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// differs says whether a feature is another shape than it was, by more than two
// steps of the grid of a centimetre and the slack of another.
func differs(a, b verify.Sum, skin float64) bool {
	const step = 0.031
	meters := math.Hypot(a.Lat-b.Lat, a.Lon-b.Lon) * 111e3
	return meters > step || math.Abs(a.Volume-b.Volume) > step*skin || math.Abs(a.Area-b.Area) > step*4*math.Sqrt(b.Area) ||
		math.Abs(a.MinHeight-b.MinHeight) > step || math.Abs(a.MaxHeight-b.MaxHeight) > step
}

// A stream of differences moves a whole solid by one bit, unharmed; only an
// oracle of places and heights can know.
func TestAFlippedByteThatChangesAShapeIsFound(t *testing.T) {
	list := []building{school, shed, kiosk}
	good := packed(list)
	want := measured(t, good, nil)
	if len(want.Problems) > 0 {
		t.Fatal(want.Problems)
	}
	flips, silent := 0, 0
	for view := positions; view <= indices; view++ {
		stream := good.view(view)
		for i := range stream {
			for bit := range 8 {
				flips++
				stream[i] ^= 1 << bit
				got := measured(t, good, want.Seen)
				stream[i] ^= 1 << bit
				if len(got.Problems) > 0 {
					continue
				}
				silent++
				for _, b := range list {
					if differs(got.Seen[b.id], want.Seen[b.id], 2*(b.w*b.d+b.w*b.h+b.d*b.h)) {
						t.Errorf("view %d byte %d bit %d: %s is %+v, was %+v", view, i, bit, b.id, got.Seen[b.id], want.Seen[b.id])
					}
				}
			}
		}
	}
	t.Logf("%d flips, %d without a trace", flips, silent)
}
