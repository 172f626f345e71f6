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

const everyGroup index.Groups = 0xffff

// region is where points of a test lie.
type region struct {
	name   string
	center orb.Point
	spread float64 // degrees
}

var regions = []region{
	{"at the equator", orb.Point{32, 0}, .3},
	{"at 34.6 north", orb.Point{105.7, 34.6}, .3},
	{"at 60 north", orb.Point{25, 60}, .3},
	{"at 80 south", orb.Point{-70, -80}, .5},
	{"on the antimeridian", orb.Point{180, 52}, .4},
	{"around the north pole", orb.Point{0, 89.95}, 180},
	{"around the south pole", orb.Point{0, -89.9}, 180},
	{"over the whole earth", orb.Point{0, 0}, 180},
}

// point is somewhere in the region; often on an edge of what there is.
func (g region) point(r *rand.Rand) orb.Point {
	lon := g.center[0] + (r.Float64()*2-1)*g.spread
	lat := g.center[1] + (r.Float64()*2-1)*min(g.spread, 90)
	if g.spread == 180 && g.center[1] != 0 {
		lat = g.center[1] + (r.Float64()*2-1)*.1
	}
	if r.IntN(50) == 0 {
		lon = 180
	}
	lon = math.Remainder(lon, 360)
	if r.IntN(100) == 0 {
		lon = -180
	}
	return orb.Point{lon, max(-90, min(90, lat))}
}

// herd is a grid and what must be in it.
type herd struct {
	grid  *index.Grid
	at    map[int32]orb.Point
	group map[int32]uint8
}

// drift puts, moves and removes at random.
func (h *herd) drift(g region, r *rand.Rand, steps int) {
	if h.at == nil {
		h.at, h.group = map[int32]orb.Point{}, map[int32]uint8{}
		h.grid = index.NewGrid(func(item int32) orb.Point { return h.at[item] })
	}
	for range steps {
		item := int32(r.IntN(2000))
		if r.IntN(4) == 0 {
			_, has := h.at[item]
			if h.grid.Remove(item) != has {
				panic("Remove does not know what is there")
			}
			delete(h.at, item)
			continue
		}
		p := g.point(r)
		if old, ok := h.at[item]; ok && r.IntN(2) == 0 {
			p = away(old, 200*r.Float64(), r.Float64()*2*math.Pi)
		}
		h.at[item], h.group[item] = p, uint8(r.IntN(16))
		h.grid.Put(item, h.group[item])
	}
}

// sorted are the items of the groups by distance, as sorting everything gives them.
func (h *herd) sorted(from orb.Point, groups index.Groups, keep func(int32) bool) (all []index.Neighbor) {
	for item, at := range h.at {
		if groups&(1<<h.group[item]) != 0 && keep(item) {
			all = append(all, index.Neighbor{Item: item, Meters: index.Meters(from, at)})
		}
	}
	slices.SortFunc(all, func(a, b index.Neighbor) int {
		return cmp.Or(cmp.Compare(a.Meters, b.Meters), cmp.Compare(a.Item, b.Item))
	})
	return all
}

func TestGridNearestEqualsSorting(t *testing.T) {
	for _, g := range regions {
		t.Run(g.name, func(t *testing.T) {
			const seed = 11
			r := rand.New(rand.NewPCG(seed, 0))
			var h herd
			for round := range 60 {
				h.drift(g, r, 500)
				from, groups := g.point(r), index.Groups(r.IntN(1<<16))
				k, meters := 1+r.IntN(20), index.Anywhere
				if r.IntN(3) == 0 {
					meters = math.Pow(10, 1+6*r.Float64())
				}
				part := int32(1 + r.IntN(20))
				keep := func(item int32) bool { return item%part == 0 }
				want := h.sorted(from, groups, keep)
				within, _ := slices.BinarySearchFunc(want, meters, func(n index.Neighbor, m float64) int {
					return cmp.Or(cmp.Compare(n.Meters, m), -1)
				})
				want = want[:min(k, within)]
				if got := h.grid.Nearest(from, k, meters, groups, keep, nil); !slices.Equal(got, want) {
					t.Fatalf("seed %d, round %d: the %d nearest to %v within %g m are %v, want %v", seed, round, k, from, meters, got, want)
				}
			}
		})
	}
}

func TestGridSearchesEqualScanning(t *testing.T) {
	for _, g := range regions {
		t.Run(g.name, func(t *testing.T) {
			const seed = 12
			r := rand.New(rand.NewPCG(seed, 0))
			var h herd
			for round := range 60 {
				h.drift(g, r, 500)
				groups := index.Groups(r.IntN(1 << 16))
				box := orb.MultiPoint{g.point(r), g.point(r)}.Bound()
				h.check(t, fmt.Sprintf("seed %d, round %d: in %v", seed, round, box), groups, func(visit func(int32, orb.Point) bool) {
					h.grid.Search(box, groups, visit)
				}, box.Contains)
				from, meters := g.point(r), math.Pow(10, 7.3*r.Float64())
				h.check(t, fmt.Sprintf("seed %d, round %d: within %g m of %v", seed, round, meters, from), groups, func(visit func(int32, orb.Point) bool) {
					h.grid.Within(from, meters, groups, visit)
				}, func(p orb.Point) bool { return index.Meters(from, p) <= meters })
			}
			if h.grid.Len() != len(h.at) {
				t.Fatalf("seed %d: %d items, want %d", seed, h.grid.Len(), len(h.at))
			}
		})
	}
}

func (h *herd) check(t *testing.T, what string, groups index.Groups, search func(func(int32, orb.Point) bool), wanted func(orb.Point) bool) {
	t.Helper()
	found := map[int32]bool{}
	search(func(item int32, at orb.Point) bool {
		if found[item] || h.at[item] != at || !h.grid.Has(item) {
			t.Fatalf("%s: item %d is visited twice, or at %v and not at %v", what, item, at, h.at[item])
		}
		found[item] = true
		return true
	})
	for item, at := range h.at {
		if want := groups&(1<<h.group[item]) != 0 && wanted(at); found[item] != want {
			t.Fatalf("%s: item %d at %v: found is %v", what, item, at, found[item])
		}
	}
	n := 0
	search(func(int32, orb.Point) bool { n++; return false })
	if n != min(1, len(found)) {
		t.Fatalf("%s: visited %d when told to stop at the first", what, n)
	}
}

func TestGridOfNothing(t *testing.T) {
	g := index.NewGrid(nil)
	g.Search(orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}, everyGroup, func(int32, orb.Point) bool {
		t.Fatal("found something")
		return true
	})
	keep := func(int32) bool { return true }
	if got := g.Nearest(orb.Point{}, 10, index.Anywhere, everyGroup, keep, nil); len(got) > 0 {
		t.Fatalf("nearest are %v", got)
	}
	if g.Remove(3) || g.Remove(-1) || g.Has(0) {
		t.Fatal("it has items")
	}
}
