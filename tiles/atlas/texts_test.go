package atlas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

func TestTextsAgreeWithAMap(t *testing.T) {
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, 1))
	var all texts
	all.init()
	uses := map[string]int{}
	handle := map[string]uint32{}
	for step := range 60_000 {
		word := fmt.Sprintf("%0*d", 1+rng.IntN(40), rng.IntN(1500))
		if uses[word] > 0 && rng.IntN(2) == 0 {
			all.drop(handle[word])
			uses[word]--
			continue
		}
		h := all.use([]byte(word))
		if uses[word] > 0 && handle[word] != h {
			t.Fatalf("seed %d, step %d: %q moved from %d to %d", seed, step, word, handle[word], h)
		}
		handle[word] = h
		uses[word]++
	}
	live := 0
	for word, n := range uses {
		h := all.find([]byte(word))
		if (n > 0) != (h != 0) || h != 0 && string(all.get(h)) != word {
			t.Fatalf("seed %d: %q is used %d times, its handle is %d", seed, word, n, h)
		}
		if n > 0 {
			live++
		}
	}
	if all.count() != live {
		t.Fatalf("seed %d: %d texts, want %d", seed, all.count(), live)
	}
}

func TestShapesSurviveMoving(t *testing.T) {
	const seed = 4
	rng := rand.New(rand.NewPCG(seed, 1))
	s := shapes{ranked: true}
	want := map[uint32][]tiles.World{}
	for step := range 4000 {
		if len(want) > 100 {
			for i := range want {
				s.drop(i)
				delete(want, i)
				break
			}
			continue
		}
		var line orb.LineString
		for range 2 + rng.IntN(200) {
			line = append(line, orb.Point{rng.Float64() * 100, rng.Float64() * 50})
		}
		i := s.add(line)
		for j := range s.all[i].n {
			s.ranks[s.all[i].at+j] = uint8(i)
		}
		for _, p := range line {
			want[i] = append(want[i], tiles.Project(p))
		}
		if step%100 == 0 {
			compareShapes(t, &s, want)
		}
	}
	compareShapes(t, &s, want)
	if len(s.pts) > 100*200*3 {
		t.Fatalf("%d vertices are kept for 100 lines", len(s.pts))
	}
}

func compareShapes(t *testing.T, s *shapes, want map[uint32][]tiles.World) {
	t.Helper()
	for i, pts := range want {
		s.each(i, func(_ mvt.Part, got []tiles.World, ranks []uint8) {
			if fmt.Sprint(got) != fmt.Sprint(pts) || ranks[0] != uint8(i) || ranks[len(ranks)-1] != uint8(i) {
				t.Fatalf("shape %d: got %v, want %v", i, got, pts)
			}
		})
	}
}

func TestRankIsTheFirstZoomWhereADistanceShows(t *testing.T) {
	for zoom := 0; zoom <= 20; zoom++ {
		steps := float64(uint64(tolerance) << (20 - zoom)) // of the tolerance at this zoom
		if got := rankOf(steps * steps); int(got) != zoom {
			t.Errorf("%v steps: rank %d, want %d", steps, got, zoom)
		}
		if got := rankOf(steps * steps * .99); int(got) != zoom+1 {
			t.Errorf("a little less than %v steps: rank %d, want %d", steps, got, zoom+1)
		}
	}
	if rankOf(0) != never {
		t.Error("a vertex on the line is needed")
	}
}
