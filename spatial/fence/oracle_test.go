package fence_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial/fence"
)

// around is a place at so many metres from another, roughly.
func around(r *rand.Rand, center orb.Point, most float64) orb.Point {
	sin, cos := math.Sincos(2 * math.Pi * r.Float64())
	d := most * math.Sqrt(r.Float64()) / 111_000
	return orb.Point{center[0] + d*cos/math.Cos(center[1]*math.Pi/180), center[1] + d*sin}
}

// blob is a ring without crossings of n corners around a place.
func blob(r *rand.Rand, center orb.Point, meters float64, n int) orb.Ring {
	var ring orb.Ring
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * (float64(i) + 0.8*r.Float64()) / float64(n))
		d := meters * (0.5 + 0.5*r.Float64()) / 111_000
		ring = append(ring, orb.Point{center[0] + d*cos/math.Cos(center[1]*math.Pi/180), center[1] + d*sin})
	}
	return append(ring, ring[0])
}

// anyArea is an area, a circle or a corridor near a place, from the size of a post to that of a county.
func anyArea(r *rand.Rand, id string, center orb.Point) *fence.Fence {
	size := 20 * math.Pow(1000, r.Float64())
	center = around(r, center, 20_000)
	f := &fence.Fence{ID: id}
	switch r.IntN(5) {
	case 0:
		f.Area = orb.Polygon{blob(r, center, size, 3+r.IntN(30))}
	case 1:
		f.Area = orb.Polygon{blob(r, center, size, 3+r.IntN(2000)), blob(r, center, size/3, 3+r.IntN(20))}
	case 2:
		f.Area = orb.MultiPolygon{{blob(r, center, size, 20)}, {blob(r, around(r, center, 0), size/4, 5)}}
		f.Area.(orb.MultiPolygon)[1][0] = shift(f.Area.(orb.MultiPolygon)[1][0], 3*size/111_000)
	case 3:
		f.Area, f.Radius = center, size
	case 4:
		l := orb.LineString{center}
		for range 1 + r.IntN(60) {
			l = append(l, around(r, l[len(l)-1], size/5))
		}
		f.Area, f.Radius = l, 10+size/20*r.Float64()
	}
	return f
}

func shift(ring orb.Ring, lat float64) orb.Ring {
	for i := range ring {
		ring[i][1] += lat
	}
	return ring
}

// insideBy is the answer without any index; clear is false when the place is so near to the border that two ways to
// measure may differ.
func insideBy(f *fence.Fence, p orb.Point) (in, clear bool) {
	switch g := f.Area.(type) {
	case orb.Polygon:
		return planar.PolygonContains(g, p), true
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(g, p), true
	case orb.Point:
		d := geodesic(g, p)
		return d < f.Radius, math.Abs(d-f.Radius) > 1e-3+2e-6*f.Radius
	case orb.LineString:
		nearest := math.Inf(1)
		for i := 1; i < len(g); i++ {
			if toChord(p, g[i-1], g[i]) < 1.1*f.Radius+10 {
				nearest = min(nearest, toStretch(p, g[i-1], g[i]))
			}
		}
		return nearest < f.Radius, math.Abs(nearest-f.Radius) > 0.01+1e-3*f.Radius
	}
	panic("no such area")
}

// toChord is roughly the distance to the nearest place of a stretch.
func toChord(p, a, b orb.Point) float64 {
	shrink := math.Cos(p[1] * math.Pi / 180)
	flat := func(q orb.Point) orb.Point { return orb.Point{q[0] * shrink * 111_200, q[1] * 111_200} }
	return planar.DistanceFromSegment(flat(a), flat(b), flat(p))
}

// toStretch is the geodesic distance to the nearest place of a stretch, by search in ever smaller thirds.
func toStretch(p, a, b orb.Point) float64 {
	at := func(t float64) float64 { return geodesic(p, orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}) }
	low, high := 0.0, 1.0
	for range 40 {
		if one, two := low+(high-low)/3, high-(high-low)/3; at(one) < at(two) {
			high = two
		} else {
			low = one
		}
	}
	return at((low + high) / 2)
}

func TestContainingIsWhatALookAtAllFencesFinds(t *testing.T) {
	for seed, center := range []orb.Point{{118.79, 32.06}, {0.01, 0.02}, {-70, -53}, {25, 69.5}} {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		e := fence.NewEngine(nil)
		fences := map[string]*fence.Fence{}
		for round := range 3 {
			for i := range 60 { // put, replace and remove
				id := fmt.Sprintf("f%03d", r.IntN(200))
				if r.IntN(4) == 0 {
					e.Remove(id, begin, fence.Removed, nil)
					delete(fences, id)
					continue
				}
				f := anyArea(r, id, center)
				if _, err := e.Put(f, begin, nil); err != nil {
					t.Fatalf("seed %d, fence %d of round %d: %v", seed, i, round, err)
				}
				fences[id] = f
			}
			if e.Len() != len(fences) {
				t.Fatalf("seed %d: %d fences, want %d", seed, e.Len(), len(fences))
			}
			for range 60 {
				checkContaining(t, e, fences, around(r, center, 25_000))
			}
			for _, id := range slices.Sorted(maps.Keys(fences)) {
				if r.IntN(2) == 0 {
					checkContaining(t, e, fences, around(r, fences[id].Area.Bound().Center(), 500))
				}
			}
		}
	}
}

func checkContaining(t *testing.T, e *fence.Engine, fences map[string]*fence.Fence, p orb.Point) {
	t.Helper()
	var got []string
	e.Containing(p, 0, begin.Time(), func(f *fence.Fence) bool { got = append(got, f.ID); return true })
	if !slices.IsSorted(got) {
		t.Errorf("at %v: %v is not in order", p, got)
	}
	for id, f := range fences {
		if want, clear := insideBy(f, p); clear && want != slices.Contains(got, id) {
			t.Errorf("at %v: is in %s %T of radius %v: %v, want %v", p, id, f.Area, f.Radius, !want, want)
		}
	}
}

func TestContainingKnownNumbers(t *testing.T) {
	e := fence.NewEngine(nil)
	// A degree of latitude at the equator is 110,574 m, one of longitude 111,320 m; at 60° north 111,412 and 55,800 m.
	for id, f := range map[string]*fence.Fence{
		"equator": {Area: orb.Point{10, 0}, Radius: 11_100}, "north": {Area: orb.Point{10, 60}, Radius: 11_150},
	} {
		f.ID = id
		if _, err := e.Put(f, begin, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		at   orb.Point
		want int
	}{
		{"0.1 degrees north of the equator is 11,057 m", orb.Point{10, 0.1}, 1},
		{"0.1 degrees east at the equator is 11,132 m", orb.Point{10.1, 0}, 0},
		{"0.1 degrees north of 60 is 11,141 m", orb.Point{10, 60.1}, 1},
		{"0.1 degrees east at 60 is 5,580 m", orb.Point{10.1, 60}, 1},
		{"0.2 degrees east at 60 is 11,160 m", orb.Point{10.2, 60}, 0},
	} {
		n := 0
		e.Containing(test.at, 0, begin.Time(), func(*fence.Fence) bool { n++; return true })
		if n != test.want {
			t.Errorf("%s: in %d circles, want %d", test.name, n, test.want)
		}
	}
}

// beats is a partition: a net of n by n crooked cells, each a polygon whose every side has some corners that it shares
// with its neighbour.
func beats(r *rand.Rand, n, perSide int) (out []*fence.Fence, corners []orb.Point) {
	side := n * perSide
	net := make([][]orb.Point, side+1)
	for i := range net {
		for j := range side + 1 {
			net[i] = append(net[i], orb.Point{
				105.7 + 0.001*(float64(i)+0.35*(2*r.Float64()-1)), 34.5 + 0.001*(float64(j)+0.35*(2*r.Float64()-1)),
			})
		}
		corners = append(corners, net[i]...)
	}
	for i := 0; i < side; i += perSide {
		for j := 0; j < side; j += perSide {
			var ring orb.Ring
			for k := range perSide {
				ring = append(ring, net[i+k][j])
			}
			for k := range perSide {
				ring = append(ring, net[i+perSide][j+k])
			}
			for k := range perSide {
				ring = append(ring, net[i+perSide-k][j+perSide])
			}
			for k := range perSide {
				ring = append(ring, net[i][j+perSide-k])
			}
			out = append(out, &fence.Fence{ID: fmt.Sprintf("b%03d-%03d", i, j), Area: orb.Polygon{append(ring, ring[0])}})
		}
	}
	return out, corners
}

// Whoever stands on a border is in exactly one beat, to the last bit of the coordinates.
func TestEveryPlaceIsInOneBeat(t *testing.T) {
	for seed, perSide := range []int{1, 3, 100} {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		fences, corners := beats(r, max(2, 12/perSide), perSide)
		e := cityEngine(t, fences)
		hull := fences[0].Area.Bound()
		for _, f := range fences {
			hull = hull.Union(f.Area.Bound())
		}
		hull = hull.Pad(-0.0009)
		places := slices.Clone(corners)
		for _, f := range fences {
			ring := f.Area.(orb.Polygon)[0]
			for i := 1; i < len(ring); i++ {
				for _, part := range []float64{0.5, r.Float64()} {
					places = append(places, orb.Point{ring[i-1][0] + part*(ring[i][0]-ring[i-1][0]), ring[i-1][1] + part*(ring[i][1]-ring[i-1][1])})
				}
			}
		}
		for _, p := range slices.Clone(places) { // as near to it as numbers go
			q := orb.Point{math.Nextafter(p[0], 200*r.Float64()), math.Nextafter(p[1], 90*r.Float64())}
			places = append(places, q, orb.Point{p[0], q[1]}, orb.Point{q[0], p[1]})
		}
		for range 2000 {
			places = append(places, orb.Point{hull.Min[0] + r.Float64()*(hull.Max[0]-hull.Min[0]), hull.Min[1] + r.Float64()*(hull.Max[1]-hull.Min[1])})
		}
		for _, p := range places {
			var in []string
			e.Containing(p, 0, begin.Time(), func(f *fence.Fence) bool { in = append(in, f.ID); return true })
			if len(in) > 1 || len(in) == 0 && hull.Contains(p) {
				t.Errorf("seed %d: %v is in the beats %v", seed, p, in)
			}
		}
	}
}
