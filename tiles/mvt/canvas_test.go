package mvt_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

func commands(typ mvt.Type, parts ...part) []byte {
	var c mvt.Canvas
	c.Begin(tile)
	c.Start(255)
	for _, p := range parts {
		var pts []tiles.World
		for _, q := range p.pts {
			pts = append(pts, at(q[0], q[1]))
		}
		c.Add(p.kind, pts, nil)
	}
	return c.Commands(typ)
}

func outer(pts ...[2]int) part { return part{mvt.OuterPart, pts} }
func inner(pts ...[2]int) part { return part{mvt.InnerPart, pts} }
func line(pts ...[2]int) part  { return part{mvt.LinePart, pts} }

// areas of what comes out, exteriors positive, sorted: the shape of a result without its first vertices.
func areas(runs []mvt.Run) []int64 {
	var out []int64
	for _, r := range runs {
		out = append(out, r.Area2()/2)
	}
	slices.Sort(out)
	return out
}

func TestPolygonsAreClippedAndRepaired(t *testing.T) {
	square := func(x0, y0, x1, y1 int) [][2]int { return [][2]int{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }
	tests := []struct {
		name  string
		parts []part
		want  []int64
	}{
		{"wholly inside", []part{outer(square(10, 10, 20, 20)...)}, []int64{100}},
		{"wound the other way", []part{outer([2]int{10, 10}, [2]int{10, 20}, [2]int{20, 20}, [2]int{20, 10})}, []int64{100}},
		{"hole wound like its exterior", []part{outer(square(0, 0, 100, 100)...), inner(square(10, 10, 20, 20)...)}, []int64{-100, 10000}},
		{"covers the tile", []part{outer(square(-9000, -9000, 9000, 9000)...)}, []int64{4224 * 4224}},
		{"covered by a hole", []part{outer(square(-9000, -9000, 9000, 9000)...), inner(square(-8000, -8000, 8000, 8000)...)}, nil},
		{"outside of one side", []part{outer(square(-9000, 0, -65, 100)...)}, nil},
		{"touches the border from outside", []part{outer(square(-9000, 0, -64, 100)...)}, nil},
		{"around a corner, without touching", []part{outer([2]int{-9000, -64}, [2]int{-9000, -9000}, [2]int{-64, -9000})}, nil},
		{"a U that leaves twice comes back as two", []part{outer([2]int{4000, 100}, [2]int{5000, 100}, [2]int{5000, 900}, [2]int{4000, 900}, [2]int{4000, 800}, [2]int{4900, 800}, [2]int{4900, 200}, [2]int{4000, 200})}, []int64{16000, 16000}},
		{"a U that comes in twice", []part{outer([2]int{5000, 100}, [2]int{4000, 100}, [2]int{4000, 200}, [2]int{4900, 200}, [2]int{4900, 800}, [2]int{4000, 800}, [2]int{4000, 900}, [2]int{5000, 900})}, []int64{16000, 16000}},
		{"a hole over the border becomes a bay", []part{outer(square(3000, 0, 9000, 1000)...), inner(square(4000, 400, 5000, 600)...)}, []int64{1160*1000 - 160*200}},
		{"a hole over two borders cuts in two", []part{outer(square(-9000, 0, 9000, 1000)...), inner(square(-8000, 400, 8000, 600)...)}, []int64{4224 * 400, 4224 * 400}},
		{"a figure eight is two", []part{outer([2]int{0, 0}, [2]int{100, 100}, [2]int{100, 0}, [2]int{0, 100})}, []int64{2500, 2500}},
		{"a ring that touches itself is two", []part{outer([2]int{0, 0}, [2]int{50, 50}, [2]int{100, 0}, [2]int{100, 100}, [2]int{50, 50}, [2]int{0, 100})}, []int64{2500, 2500}},
		{"a spike goes", []part{outer([2]int{0, 0}, [2]int{100, 0}, [2]int{200, 0}, [2]int{100, 0}, [2]int{100, 100}, [2]int{0, 100})}, []int64{10000}},
		{"a neck without width goes", []part{outer([2]int{0, 0}, [2]int{10, 0}, [2]int{10, 5}, [2]int{20, 5}, [2]int{20, 0}, [2]int{30, 0}, [2]int{30, 10}, [2]int{20, 10}, [2]int{20, 5}, [2]int{10, 5}, [2]int{10, 10}, [2]int{0, 10})}, []int64{100, 100}},
		{"no area", []part{outer([2]int{0, 0}, [2]int{100, 0}, [2]int{50, 0})}, nil},
		{"a ring of no area with its hole", []part{outer([2]int{0, 0}, [2]int{100, 0}, [2]int{50, 0}), inner(square(10, 10, 20, 20)...)}, nil},
		{"a hole like its exterior", []part{outer(square(0, 0, 10, 10)...), inner(square(0, 0, 10, 10)...)}, nil},
		{"a hole outside", []part{outer(square(0, 0, 10, 10)...), inner(square(20, 20, 30, 30)...)}, []int64{100}},
		{"a hole that sticks out", []part{outer(square(0, 0, 10, 10)...), inner(square(5, 2, 15, 4)...)}, []int64{90}},
		{"holes that overlap", []part{outer(square(0, 0, 100, 100)...), inner(square(10, 10, 30, 30)...), inner(square(20, 20, 40, 40)...)}, []int64{-700, 10000}},
		{"a hole that touches in a point", []part{outer(square(0, 0, 100, 100)...), inner([2]int{0, 50}, [2]int{20, 40}, [2]int{20, 60})}, []int64{-200, 10000}},
		{"polygons that overlap are one", []part{outer(square(0, 0, 10, 10)...), outer(square(5, 0, 15, 10)...)}, []int64{150}},
		{"polygons that share a border are one", []part{outer(square(0, 0, 10, 10)...), outer(square(10, 0, 20, 10)...)}, []int64{200}},
		{"an island in a hole", []part{outer(square(0, 0, 100, 100)...), inner(square(10, 10, 90, 90)...), outer(square(20, 20, 30, 30)...)}, []int64{-6400, 100, 10000}},
		{"one polygon in another", []part{outer(square(0, 0, 100, 100)...), outer(square(10, 10, 20, 20)...)}, []int64{10000}},
		{"two points", []part{outer([2]int{0, 0}, [2]int{5, 5})}, nil},
		{"empty", []part{outer()}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runs := cut(t, mvt.Polygon, tt.parts...)
			if got := areas(runs); !slices.Equal(got, tt.want) {
				t.Fatalf("areas %v, want %v: %v", got, tt.want, runs)
			}
			if err := polygon(t, runs).Validate(); err != nil {
				t.Fatalf("%v: %v", err, runs)
			}
		})
	}
}

func TestLinesAreClippedInPieces(t *testing.T) {
	tests := []struct {
		name  string
		parts []part
		want  string
	}{
		{"inside", []part{line([2]int{0, 0}, [2]int{0, 0}, [2]int{10, 5})}, "[[[0 0] [10 5]]]"},
		{"through", []part{line([2]int{-9000, 100}, [2]int{9000, 100})}, "[[[-64 100] [4160 100]]]"},
		{"out and in again", []part{line([2]int{4000, 0}, [2]int{5000, 0}, [2]int{5000, 50}, [2]int{4000, 50})}, "[[[4000 0] [4160 0]] [[4160 50] [4000 50]]]"},
		{"past a corner", []part{line([2]int{-200, 0}, [2]int{0, -200})}, "[]"},
		{"touches the corner", []part{line([2]int{-128, 0}, [2]int{0, -128})}, "[]"},
		{"along the border", []part{line([2]int{-64, 0}, [2]int{-64, 9000})}, "[[[-64 0] [-64 4160]]]"},
		{"there and back", []part{line([2]int{0, 0}, [2]int{10, 0}, [2]int{0, 0})}, "[[[0 0] [10 0] [0 0]]]"},
		{"a point", []part{line([2]int{5, 5}, [2]int{5, 5})}, "[]"},
		{"several", []part{line([2]int{0, 0}, [2]int{1, 1}), line([2]int{5, 5}, [2]int{5, 5}), line([2]int{2, 2}, [2]int{3, 3})}, "[[[0 0] [1 1]] [[2 2] [3 3]]]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(cut(t, mvt.LineString, tt.parts...)); got != tt.want {
				t.Fatalf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestPointsOutsideAreDropped(t *testing.T) {
	got := fmt.Sprint(cut(t, mvt.Points, part{mvt.PointPart, [][2]int{{-64, 0}, {-65, 0}, {4159, 4159}, {4160, 5}, {7, 7}, {7, 7}}}))
	if got != "[[[-64 0] [4159 4159] [7 7]]]" {
		t.Fatal(got)
	}
}

// TestSeamsAreTheSameInNeighbours cuts lines and polygons from two tiles that share a side, at all zooms, and
// requires that every vertex in the strip which both tiles show is the same place.
func TestSeamsAreTheSameInNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for zoom := uint8(1); zoom <= tiles.MaxZoom; zoom++ {
		side := uint32(1) << zoom
		a := tiles.ID{Z: zoom, X: rng.Uint32N(side - 1), Y: rng.Uint32N(side)}
		b := tiles.ID{Z: zoom, X: a.X + 1, Y: a.Y}
		edge := uint64(b.X) << (32 - zoom)
		reach := int64(60) << 20 >> zoom // 60 tile units
		var pts []tiles.World
		for range 40 { // close to the shared side, so that no segment is clipped
			x := edge + uint64(rng.Int64N(reach)) - uint64(rng.Int64N(reach))
			y := uint64(a.Y)<<(32-zoom) + uint64(rng.Int64N(1<<32>>zoom))
			pts = append(pts, tiles.World{X: uint32(x), Y: uint32(y)})
		}
		for part, typ := range map[mvt.Part]mvt.Type{mvt.LinePart: mvt.LineString, mvt.OuterPart: mvt.Polygon} {
			left, right := shapeOn(t, a, part, typ, pts), shapeOn(t, b, part, typ, pts)
			for i, run := range left {
				for j := range run {
					run[j][0] -= tiles.Extent
				}
				if !slices.Equal(run, right[i]) {
					t.Fatalf("zoom %d, %v, part %d:\n%v\n%v", zoom, typ, i, run, right[i])
				}
			}
			if len(left) != len(right) || len(left) == 0 {
				t.Fatalf("zoom %d, %v: %d and %d parts", zoom, typ, len(left), len(right))
			}
		}
	}
}

func shapeOn(t *testing.T, id tiles.ID, p mvt.Part, typ mvt.Type, pts []tiles.World) []mvt.Run {
	t.Helper()
	var c mvt.Canvas
	c.Begin(id)
	c.Start(255)
	c.Add(p, pts, nil)
	var e mvt.Encoder
	e.Begin(nil)
	e.Anonymous()
	e.Geometry(typ, c.Commands(typ))
	layers, err := mvt.Decode(e.Append(nil, "seam"))
	if err != nil {
		t.Fatal(err)
	}
	return layers[0].Features[0].Parts
}

func TestAPointOnABorderIsInsideOneTileOnly(t *testing.T) {
	var c mvt.Canvas
	corner := tiles.World{X: 5 << 22, Y: 9 << 22} // of four tiles of zoom 10
	inside := 0
	for _, id := range []tiles.ID{{Z: 10, X: 4, Y: 8}, {Z: 10, X: 5, Y: 8}, {Z: 10, X: 4, Y: 9}, {Z: 10, X: 5, Y: 9}} {
		c.Begin(id)
		x, y, ok := c.At(corner)
		if !ok {
			t.Errorf("%v does not draw the half that lies on it", id)
		}
		if x >= 0 && x <= tiles.Extent && y >= 0 && y <= tiles.Extent {
			inside++
		}
	}
	if inside != 1 {
		t.Errorf("it is inside %d tiles", inside)
	}
}
