package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

type entry struct {
	box  orb.Bound
	item int
}

func TestTreeAgreesWithALinearScan(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 1))
	var tree index.Tree[int]
	var all []entry
	for step := range 6000 {
		switch {
		case len(all) > 0 && rng.IntN(3) == 0:
			i := rng.IntN(len(all))
			if !tree.Delete(all[i].box, all[i].item) {
				t.Fatalf("seed %d, step %d: %v was not found to delete", seed, step, all[i])
			}
			all = slices.Delete(all, i, i+1)
		default:
			e := entry{box(rng, 5), step}
			all = append(all, e)
			tree.Insert(e.box, e.item)
		}
		if step%50 == 0 {
			compare(t, &tree, all, box(rng, 40), fmt.Sprintf("seed %d, step %d", seed, step))
		}
	}
}

func compare(t *testing.T, tree *index.Tree[int], all []entry, query orb.Bound, at string) {
	t.Helper()
	var want, got []int
	bound := orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}
	for i, e := range all {
		if e.box.Intersects(query) {
			want = append(want, e.item)
		}
		if i == 0 {
			bound = e.box
		}
		bound = bound.Union(e.box)
	}
	tree.Search(query, func(b orb.Bound, item int) bool {
		if !b.Intersects(query) {
			t.Fatalf("%s: %v was visited for %v", at, b, query)
		}
		got = append(got, item)
		return true
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || tree.Len() != len(all) || tree.Bound() != bound {
		t.Fatalf("%s: %v holds %v, scan says %v; Len %d of %d; bound %v, want %v", at, query, got, want, tree.Len(), len(all), tree.Bound(), bound)
	}
}

func box(rng *rand.Rand, size int) orb.Bound {
	x, y := float64(rng.IntN(360)-180), float64(rng.IntN(180)-90)
	return orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + float64(rng.IntN(size)), y + float64(rng.IntN(size))}}
}

func TestTreeEdges(t *testing.T) {
	var tree index.Tree[string]
	if !tree.Bound().IsEmpty() || tree.Len() != 0 {
		t.Fatal("an empty tree has a bound")
	}
	at := orb.Point{105.72, 34.58}.Bound()
	tree.Insert(at, "station")
	tree.Insert(at, "station")
	if tree.Delete(at, "other") || !tree.Delete(at, "station") || tree.Len() != 1 {
		t.Fatal("Delete takes out exactly one entry, and only the named item")
	}
	n := 0
	tree.Insert(at, "second")
	tree.Search(orb.Bound{Min: orb.Point{105, 34}, Max: at.Min}, func(orb.Bound, string) bool { n++; return false })
	if n != 1 {
		t.Fatalf("a search that was stopped at once visited %d, and touching counts", n)
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("boxes=%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var tree index.Tree[int]
			for i := range n {
				tree.Insert(box(rng, 2), i)
			}
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				tree.Search(box(rng, 4), func(orb.Bound, int) bool { found++; return true })
			}
			b.ReportMetric(float64(found)/float64(b.N), "found/op")
		})
	}
}
