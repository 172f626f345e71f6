package tiles_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

func box(w, s, e, n float64) orb.Bound {
	return orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{e, n}}
}

func TestATouchReachesEveryTileThatShowsThePlaceAndFewOthers(t *testing.T) {
	e := tiles.NewEpochs()
	place := box(105.72, 34.58, 105.721, 34.581)
	before := map[tiles.ID]uint64{}
	for z := uint8(0); z <= tiles.MaxZoom; z++ {
		for id := range tiles.Cover(box(105.70, 34.57, 105.74, 34.60), min(z, 18)).IDs() {
			before[id] = e.At(id)
		}
	}
	e.Touch(place)
	touched := 0
	for id, old := range before {
		shows := tiles.Cover(place, id.Z).Holds(id)
		switch fresh := e.At(id) > old; {
		case shows && !fresh:
			t.Errorf("%v shows the place and kept its epoch", id)
		case fresh:
			touched++
		}
	}
	if touched > len(before)/4 {
		t.Errorf("%d of %d tiles were touched by a place of 100 m", touched, len(before))
	}
	far := tiles.Project(orb.Point{100, 30}).At(12)
	if was := e.At(far); func() uint64 { e.Touch(place); return e.At(far) }() != was {
		t.Error("a tile 500 km away was touched")
	}
}

// The oracle remembers every touch and asks Cover for each tile.
func TestEpochsAgreeWithAListOfTouches(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	e := tiles.NewEpochs()
	for round := range 300 {
		w, s := 105+rng.Float64(), 34+rng.Float64()
		size := []float64{0, 1e-5, 1e-3, .1, 2}[rng.IntN(5)]
		b := box(w, s, w+size*rng.Float64(), s+size*rng.Float64())
		var probes []tiles.ID
		var old []uint64
		for range 60 {
			z := uint8(rng.IntN(tiles.MaxZoom + 1))
			p := orb.Point{w + (rng.Float64()-.3)*size*1.5, s + (rng.Float64()-.3)*size*1.5}
			id := tiles.Project(p).At(z)
			probes, old = append(probes, id), append(old, e.At(id))
		}
		e.Touch(b)
		for i, id := range probes {
			if tiles.Cover(b, id.Z).Holds(id) && e.At(id) <= old[i] {
				t.Fatalf("round %d: %v shows %v and kept epoch %d", round, id, b, old[i])
			}
			if e.At(id) < old[i] {
				t.Fatalf("round %d: the epoch of %v went back", round, id)
			}
		}
	}
}

func TestTheBufferOfATileCounts(t *testing.T) {
	id := tiles.ID{Z: 14, X: 13003, Y: 6504}
	b := id.Bound()
	width := b.Max[0] - b.Min[0]
	tests := []struct {
		name string
		at   float64 // tile widths east of the tile's east edge
		want bool
	}{
		{"inside the buffer of 64/4096", 60. / 4096, true},
		{"beyond the buffer", 80. / 4096, false},
	}
	for _, test := range tests {
		p := orb.Point{b.Max[0] + test.at*width, (b.Min[1] + b.Max[1]) / 2}
		if got := tiles.Cover(p.Bound(), 14).Holds(id); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTouchAllReachesEveryTile(t *testing.T) {
	e := tiles.NewEpochs()
	id := tiles.ID{Z: 9, X: 3, Y: 4}
	was := e.At(id)
	e.TouchAll()
	if e.At(id) <= was {
		t.Error("the epoch did not grow")
	}
	if again := tiles.NewEpochs(); again.At(id) <= e.At(id) {
		t.Error("a layer that is built anew must go on above the old one")
	}
}

func BenchmarkEpochs(b *testing.B) {
	e := tiles.NewEpochs()
	rng := rand.New(rand.NewPCG(1, 1))
	places := make([]orb.Bound, 4096)
	for i := range places {
		places[i] = orb.Point{105.6 + rng.Float64()*.3, 34.5 + rng.Float64()*.1}.Bound()
		e.Touch(places[i])
	}
	b.Run("at", func(b *testing.B) {
		id := tiles.Project(orb.Point{105.72, 34.58}).At(16)
		for b.Loop() {
			e.At(id)
		}
	})
	b.Run("touch", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			e.Touch(places[i%len(places)])
		}
	})
}
