package road_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

func TestPostsInTown(t *testing.T) {
	tests := []struct {
		name         string
		from         orb.Point
		inner, outer time.Duration
		close        string // a road
		want         string // road, seconds, course
	}{
		{name: "at once, before the first crossing", from: at(50, 0), outer: 4 * time.Second, want: "m1 4 s 270°, m1 4 s 90°"},
		{name: "the way to the south goes on without a crossing: at its end, not at ours", from: at(50, 0), inner: 6 * time.Second, outer: 14 * time.Second, want: "m2 14 s 90°, up 14 s 0°, west 14 s 180°"},
		{name: "two ways to the end of the town: one post, as far out as can be", from: at(0, 0), inner: 5 * time.Second, outer: 32 * time.Second, want: "yard 32 s 0°"},
		{name: "a closed road needs none", from: at(0, 0), inner: 5 * time.Second, outer: 32 * time.Second, close: "m3"},
		{name: "everything is reached", from: at(0, 0), inner: time.Minute, outer: time.Hour},
		{name: "no ring", from: at(0, 0), inner: time.Minute, outer: time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := build(town(), road.Options{})
			if test.close != "" {
				if err := g.Close(test.close, road.Both); err != nil {
					t.Fatal(err)
				}
			}
			from := snap(t, g, test.from)
			posts := g.Posts(from, test.inner, test.outer)
			var got []string
			for _, p := range posts {
				got = append(got, fmt.Sprintf("%s %.0f s %.0f°", p.Segment, p.Reached.Seconds(), math.Mod(p.Course, 359.9)))
			}
			slices.Sort(got)
			if all := strings.Join(got, ", "); all != test.want {
				t.Errorf("posts %s, want %s", all, test.want)
			}
			if test.inner < test.outer && !g.Sealed(from, posts, test.outer) {
				t.Error("it leaks")
			}
			if len(posts) > 0 && g.Sealed(from, posts[1:], test.outer) {
				t.Error("it is tight without one of the posts, which are the fewest")
			}
		})
	}
	if g := build(town(), road.Options{}); g.Posts(road.Place{}, 0, time.Second) != nil || g.Sealed(road.Place{}, nil, time.Second) {
		t.Error("off the road something is closed")
	}
}

// Whoever passes no post, even by forbidden turns, gets to no node that is farther than the outer limit; and every post is
// reached at the earliest when it says, behind the inner limit.
func TestPostsLeakNowhere(t *testing.T) {
	towns(t, func(t *testing.T, r *rand.Rand, all []road.Segment, rules []road.Restriction) {
		g, o := build(all, road.Options{Restrictions: rules}), newOracle(all, nil)
		total := 0
		for _, from := range spots(t, r, g, all, 12) {
			inner := time.Duration(40 * r.Float64() * float64(time.Second))
			outer := inner + time.Duration((1+60*r.Float64())*float64(time.Second))
			posts := g.Posts(from, inner, outer)
			checkPosts(t, g, o, from, posts, inner, outer)
			if !g.Sealed(from, posts, outer) {
				t.Fatalf("from %+v to %v: it says of itself that it leaks", from, outer)
			}
			if n := len(posts); n > 0 && g.Sealed(from, append(slices.Clone(posts[:n/2]), posts[n/2+1:]...), outer) {
				t.Fatalf("from %+v: one of %d posts can be spared", from, n)
			}
			if exits := g.Exits(from, outer); rules == nil && len(posts) > len(exits) {
				t.Fatalf("from %+v: %d posts, though %d exits close it", from, len(posts), len(exits))
			}
			total += len(posts)
		}
		if total < 12 {
			t.Errorf("only %d posts in 12 cordons", total)
		}
	})
}

func checkPosts(t *testing.T, g *road.Graph, o *oracle, from road.Place, posts []road.Post, inner, outer time.Duration) {
	t.Helper()
	s := o.find(g, from)
	times := o.nodeTimes(s)
	exits := map[int]float64{}
	for _, p := range posts {
		arc, done := o.postOf(g, p)
		exits[arc] = done
		at := times[o.tail(arc)] + o.seconds(arc, exits[arc])
		if s.edge == arc/2 {
			if _, node := o.node(s); !node {
				at = o.seconds(arc, exits[arc]-o.done(arc, s))
			}
		}
		if !same(p.Reached, at) || p.Reached <= inner || p.Reached > outer+time.Microsecond {
			t.Fatalf("post %+v of the ring from %v to %v: want it reached after %v s", p, inner, outer, at)
		}
	}
	for _, n := range o.without(s, exits) {
		if times[n] > outer.Seconds()+1e-6 {
			t.Fatalf("a way passes %d posts to %v, which takes %v s of %v", len(posts), n, times[n], outer)
		}
	}
}

// postOf is the arc that a post closes, and where on it. At the end of a road that goes on, that is the part before.
func (o *oracle) postOf(g *road.Graph, p road.Post) (arc int, done float64) {
	for arc := range 2 * len(o.edges) {
		e := o.edges[arc/2]
		if e.segment != p.Segment || o.tail(arc^1) != p.Place.Point {
			continue
		}
		last := slices.Clone(e.line)
		if arc%2 == 1 {
			slices.Reverse(last)
		}
		a, b := last[len(last)-2], last[len(last)-1]
		course := math.Atan2((b[0]-a[0])*math.Cos(b[1]*math.Pi/180), b[1]-a[1]) * 180 / math.Pi
		if math.Abs(math.Remainder(course-p.Course, 360)) < 1 {
			return arc, e.meters
		}
	}
	arc = o.arcOf(g, p.Exit)
	return arc, o.done(arc, o.find(g, p.Place))
}

// TestPostsAreTheFewest holds their number against all smaller sets of roads, in towns of 16 crossings.
func TestPostsAreTheFewest(t *testing.T) {
	sets := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 77))
		all, _ := grid(r, 4)
		g, o := build(all, road.Options{}), newOracle(all, nil)
		from := spots(t, r, g, all, 1)[0]
		inner := time.Duration(12 * r.Float64() * float64(time.Second))
		outer := inner + time.Duration((5+20*r.Float64())*float64(time.Second))
		posts := g.Posts(from, inner, outer)
		s := o.find(g, from)
		times := o.nodeTimes(s)
		var roads []int // arcs on which one is somewhere between the limits
		for arc := range 2 * len(o.edges) {
			if end := times[o.tail(arc)] + o.seconds(arc, o.edges[arc/2].meters); end > inner.Seconds() && !math.IsInf(end, 1) {
				roads = append(roads, arc)
			}
		}
		leaks := func(shut []int) bool {
			exits := map[int]float64{}
			for _, arc := range shut {
				exits[arc] = math.Inf(1)
			}
			return slices.ContainsFunc(o.without(s, exits), func(n orb.Point) bool { return times[n] > outer.Seconds() })
		}
		subsets(roads, len(posts)-1, func(shut []int) {
			if sets++; !leaks(shut) {
				t.Fatalf("seed %d: %d roads close it, %d posts were found", seed, len(shut), len(posts))
			}
		})
	}
	t.Logf("%d smaller sets, all of them leak", sets)
}

// subsets visits all of n items.
func subsets(items []int, n int, visit func([]int)) {
	var pick func(from int, chosen []int)
	pick = func(from int, chosen []int) {
		if len(chosen) == n {
			visit(chosen)
			return
		}
		for i := from; i <= len(items)-(n-len(chosen)); i++ {
			pick(i+1, append(chosen, items[i]))
		}
	}
	if n >= 0 {
		pick(0, nil)
	}
}

func TestRealPosts(t *testing.T) {
	for _, c := range realCities {
		t.Run(c.short, func(t *testing.T) {
			all := realRoads(t, c.file)
			g := build(all, road.Options{Tolerance: .001})
			o := newOracle(all, nil)
			for _, from := range spots(t, rand.New(rand.NewPCG(4, 4)), g, all, 3) {
				const inner, outer = 3 * time.Minute, 6 * time.Minute
				posts := g.Posts(from, inner, outer)
				t.Logf("%d posts where %d exits lead out", len(posts), len(g.Exits(from, outer)))
				checkPosts(t, g, o, from, posts, inner, outer)
				if !g.Sealed(from, posts, outer) {
					t.Error("it leaks")
				}
			}
		})
	}
}

func BenchmarkPosts(b *testing.B) {
	maps(b, func(b *testing.B, all []road.Segment) {
		g := build(all, road.Options{})
		places := spots(b, rand.New(rand.NewPCG(6, 7)), g, all, 64)
		b.ReportAllocs()
		n := 0
		for i := 0; b.Loop(); i++ {
			n += len(g.Posts(places[i%64], 6*time.Minute, 12*time.Minute))
		}
		b.ReportMetric(float64(n)/float64(b.N), "posts")
	})
}
