package fence_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
)

const (
	citySide = 0.5 // degrees
	cityLon  = 118.6
	cityLat  = 31.9
)

// star is a polygon of n corners around a place, at 100 to 400 m.
func star(r *rand.Rand, n int) orb.Polygon {
	center := orb.Point{cityLon + r.Float64()*citySide, cityLat + r.Float64()*citySide}
	mean := 100 + 300*r.Float64()
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		d := mean * (0.7 + 0.6*r.Float64())
		ring = append(ring, orb.Point{center[0] + d*cos/perLon, center[1] + d*sin/perLat})
	}
	return orb.Polygon{append(ring, ring[0])}
}

func cityFences(n int) []*fence.Fence {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	out := make([]*fence.Fence, n)
	for i := range out {
		out[i] = &fence.Fence{ID: fmt.Sprintf("f%05d", i), Area: star(r, 20)}
	}
	return out
}

func cityEngine(tb testing.TB, fences []*fence.Fence) *fence.Engine {
	e := fence.NewEngine(nil)
	for _, f := range fences {
		if _, err := e.Put(f, begin, nil); err != nil {
			tb.Fatal(err)
		}
	}
	return e
}

// drives is the places of some movers, round by round: each goes 60 m a round, and turns at the border of the city.
func drives(movers, rounds int) [][]orb.Point {
	r := rand.New(rand.NewPCG(8, 9))
	out := make([][]orb.Point, rounds)
	at, course := make([]orb.Point, movers), make([]float64, movers)
	for i := range at {
		at[i], course[i] = orb.Point{cityLon + r.Float64()*citySide, cityLat + r.Float64()*citySide}, 2*math.Pi*r.Float64()
	}
	for k := range out {
		for i := range at {
			sin, cos := math.Sincos(course[i])
			at[i][0], at[i][1] = at[i][0]+60*cos/perLon, at[i][1]+60*sin/perLat
			if at[i][0] < cityLon || at[i][0] > cityLon+citySide || at[i][1] < cityLat || at[i][1] > cityLat+citySide {
				course[i] += math.Pi
			}
		}
		out[k] = append([]orb.Point(nil), at...)
	}
	return out
}

func BenchmarkMove(b *testing.B) {
	const movers, rounds = 100_000, 8
	places := drives(movers, rounds)
	ids := make([]string, movers)
	order := rand.New(rand.NewPCG(3, 4)).Perm(movers)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%06d", i)
	}
	for _, n := range []int{0, 100, 10_000} {
		b.Run(fmt.Sprintf("fences=%d/movers=%d", n, movers), func(b *testing.B) {
			e := cityEngine(b, cityFences(n))
			var out []fence.Event
			i := 0
			move := func() {
				round := i / movers
				back := round % (2*rounds - 2) // to and fro, so that all steps are 60 m
				if back >= rounds {
					back = 2*rounds - 2 - back
				}
				u := order[i%movers]
				out = e.Move(fence.Move{
					Unit: fence.Handle(u), ID: ids[i%movers], Class: spatial.Vehicle, Time: begin.Add(time.Duration(round) * 5 * time.Second),
					To: places[back][i%movers], Speed: 12,
				}, out[:0])
				i++
			}
			for range 2 * rounds * movers {
				move()
			}
			events := 0
			b.ReportAllocs()
			for b.Loop() {
				move()
				events += len(out)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "moves/s")
			b.ReportMetric(float64(events)/float64(b.N), "events/move")
		})
	}
}

// BenchmarkContaining also says what an R-tree of boxes with plain ray casting costs: what the grid is for.
func BenchmarkContaining(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	places := make([]orb.Point, 1<<17)
	for i := range places {
		places[i] = orb.Point{cityLon + r.Float64()*citySide, cityLat + r.Float64()*citySide}
	}
	for _, n := range []int{100, 10_000} {
		fences := cityFences(n)
		b.Run(fmt.Sprintf("fences=%d", n), func(b *testing.B) {
			e, now, found := cityEngine(b, fences), begin.Time(), 0
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Containing(places[i%len(places)], 0, now, func(*fence.Fence) bool { found++; return true })
			}
			b.ReportMetric(float64(found)/float64(b.N), "found/op")
		})
		b.Run(fmt.Sprintf("fences=%d/tree", n), func(b *testing.B) {
			var tree index.Tree[int]
			for i, f := range fences {
				tree.Insert(f.Area.Bound(), i)
			}
			found := 0
			for i := 0; b.Loop(); i++ {
				p := places[i%len(places)]
				tree.Search(orb.Bound{Min: p, Max: p}, func(_ orb.Bound, i int) bool {
					if planar.RingContains(fences[i].Area.(orb.Polygon)[0], p) {
						found++
					}
					return true
				})
			}
			b.ReportMetric(float64(found)/float64(b.N), "found/op")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	fences := cityFences(10_000)
	b.Run("new", func(b *testing.B) {
		e := fence.NewEngine(nil)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f := *fences[i%len(fences)]
			f.ID = fmt.Sprintf("f%d", i)
			if _, err := e.Put(&f, begin, nil); err != nil {
				b.Fatal(err)
			}
			if i >= 10_000 {
				e.Remove(fmt.Sprintf("f%d", i-10_000), begin, fence.Removed, nil)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		e := cityEngine(b, fences)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := e.Put(fences[i%len(fences)], begin, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
