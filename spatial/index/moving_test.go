package index_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

// city is n points of a city of half a degree, and where each goes next, about 60 m on.
func city(n int) (now, next []orb.Point) {
	r := rand.New(rand.NewPCG(5, 5))
	for range n {
		p := orb.Point{105.5 + r.Float64()/2, 34.4 + r.Float64()/2}
		now, next = append(now, p), append(next, away(p, 60, 2*math.Pi*r.Float64()))
	}
	return now, next
}

// BenchmarkMovingPoints is why moving points stand in a grid: the tree beside it.
func BenchmarkMovingPoints(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		now, next := city(n)
		r := rand.New(rand.NewPCG(6, 6))
		order := r.Perm(n)
		b.Run(fmt.Sprintf("move/grid/points=%d", n), func(b *testing.B) {
			grid := gridOf(now)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				item := order[i%n]
				now[item], next[item] = next[item], now[item]
				grid.Put(int32(item), 1)
			}
		})
		b.Run(fmt.Sprintf("move/tree/points=%d", n), func(b *testing.B) {
			tree := treeOf(now)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				item := order[i%n]
				tree.Delete(now[item].Bound(), int32(item))
				tree.Insert(next[item].Bound(), int32(item))
				now[item], next[item] = next[item], now[item]
			}
		})
		b.Run(fmt.Sprintf("nearest/grid/points=%d", n), func(b *testing.B) {
			grid := gridOf(now)
			var found []index.Neighbor
			all := func(int32) bool { return true }
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				found = grid.Nearest(now[order[i%n]], 10, index.Anywhere, everyGroup, all, found[:0])
			}
		})
		b.Run(fmt.Sprintf("nearest/tree/points=%d", n), func(b *testing.B) {
			tree := treeOf(now)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				nearestInTree(tree, now[order[i%n]], 10)
			}
		})
	}
}

func gridOf(points []orb.Point) *index.Grid {
	grid := index.NewGrid(func(item int32) orb.Point { return points[item] })
	for i := range points {
		grid.Put(int32(i), 1)
	}
	return grid
}

func treeOf(points []orb.Point) *index.Tree[int32] {
	var tree index.Tree[int32]
	for i, p := range points {
		tree.Insert(p.Bound(), int32(i))
	}
	return &tree
}

// nearestInTree searches growing boxes: the tree knows degrees only, and no metres.
func nearestInTree(tree *index.Tree[int32], from orb.Point, k int) []index.Neighbor {
	var found []index.Neighbor
	for meters := 250.0; ; meters *= 2 {
		found = found[:0]
		north := meters / 110_000
		east := north / math.Cos(from[1]*math.Pi/180)
		box := orb.Bound{Min: orb.Point{from[0] - east, from[1] - north}, Max: orb.Point{from[0] + east, from[1] + north}}
		tree.Search(box, func(at orb.Bound, item int32) bool {
			if d := index.Meters(from, at.Min); d <= meters {
				found = append(found, index.Neighbor{Item: item, Meters: d})
			}
			return true
		})
		if len(found) >= k {
			slices.SortFunc(found, func(a, b index.Neighbor) int { return cmp.Compare(a.Meters, b.Meters) })
			return found[:k]
		}
	}
}
