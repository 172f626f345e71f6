package earcut_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/scenes3d/earcut"
)

// flatten lays rings out as Append wants them, without the points that close them.
func flatten(rings [][][2]float64) (points []float64, holes []int) {
	for i, r := range rings {
		if i > 0 {
			holes = append(holes, len(points)/2)
		}
		if n := len(r); n > 1 && r[0] == r[n-1] {
			r = r[:n-1]
		}
		for _, p := range r {
			points = append(points, p[0], p[1])
		}
	}
	return points, holes
}

func TestTriangles(t *testing.T) {
	square := [][2]float64{{0, 0}, {4, 0}, {4, 4}, {0, 4}}
	tests := []struct {
		name  string
		rings [][][2]float64
		want  int // triangles
	}{
		{"nothing", nil, 0},
		{"two points", [][][2]float64{{{0, 0}, {1, 1}}}, 0},
		{"a triangle", [][][2]float64{{{0, 0}, {1, 0}, {0, 1}}}, 1},
		{"a clockwise triangle", [][][2]float64{{{0, 0}, {0, 1}, {1, 0}}}, 1},
		{"a square", [][][2]float64{square}, 2},
		{"a closed square", [][][2]float64{append(square[:4:4], square[0])}, 2},
		{"a square with a hole", [][][2]float64{square, {{1, 1}, {3, 1}, {3, 3}, {1, 3}}}, 8},
		{"a square with a hole that touches", [][][2]float64{square, {{0, 2}, {2, 1}, {2, 3}}}, 6},
		{"points in line", [][][2]float64{{{0, 0}, {1, 0}, {2, 0}, {3, 0}}}, 0},
		{"a spike", [][][2]float64{{{0, 0}, {4, 0}, {9, 0}, {4, 0}, {4, 4}, {0, 4}}}, 2},
		{"all points alike", [][][2]float64{{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}, 0},
	}
	var tri earcut.Triangulator
	for _, test := range tests {
		points, holes := flatten(test.rings)
		got, err := tri.Append(nil, points, holes)
		if err != nil || len(got) != 3*test.want {
			t.Errorf("%s: %v, %v, want %d triangles", test.name, got, err, test.want)
		}
		if d := earcut.Deviation(points, holes, got); d > 1e-12 {
			t.Errorf("%s: the area is wrong by %g", test.name, d)
		}
		checkTurns(t, test.name, points, got)
	}
}

// checkTurns wants all triangles counter-clockwise.
func checkTurns(t *testing.T, name string, points []float64, triangles []uint32) {
	t.Helper()
	for i := 0; i+2 < len(triangles); i += 3 {
		a, b, c := triangles[i], triangles[i+1], triangles[i+2]
		if (points[2*b]-points[2*a])*(points[2*c+1]-points[2*a+1])-(points[2*c]-points[2*a])*(points[2*b+1]-points[2*a+1]) < 0 {
			t.Errorf("%s: triangle %d turns right", name, i/3)
		}
	}
}

func TestBadInput(t *testing.T) {
	var tri earcut.Triangulator
	for _, test := range []struct {
		name   string
		points []float64
		holes  []int
	}{
		{"NaN", []float64{0, 0, 1, math.NaN(), 1, 1}, nil},
		{"infinite", []float64{0, 0, 1, 0, math.Inf(1), 1}, nil},
		{"a hole beyond the end", []float64{0, 0, 1, 0, 1, 1}, []int{3}},
		{"holes that go back", []float64{0, 0, 1, 0, 1, 1, 2, 2, 3, 3}, []int{4, 3}},
		{"a negative hole", []float64{0, 0, 1, 0, 1, 1}, []int{-1}},
	} {
		if got, err := tri.Append(nil, test.points, test.holes); err == nil {
			t.Errorf("%s: %v and no error", test.name, got)
		}
	}
}

// TestFixtures holds the triangulator to the areas and the numbers of triangles that mapbox/earcut gives.
func TestFixtures(t *testing.T) {
	var all struct {
		Fixtures map[string][][][2]float64
		Expected struct {
			Triangles map[string]int
			Errors    map[string]float64
			Turned    map[string]float64 `json:"errors-with-rotation"` // what depends on the vertex where it starts
		}
	}
	unzip(t, "testdata/fixtures.json.gz", &all)
	if len(all.Fixtures) != 59 {
		t.Fatalf("%d fixtures", len(all.Fixtures))
	}
	var tri earcut.Triangulator
	for name, rings := range all.Fixtures {
		points, holes := flatten(rings)
		got, err := tri.Append(nil, points, holes)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d, allowed := earcut.Deviation(points, holes, got), max(all.Expected.Errors[name], all.Expected.Turned[name], 1e-13)
		if all.Expected.Triangles[name] > 0 && d > allowed {
			t.Errorf("%s: the area is wrong by %g, %g is allowed; %d triangles, the model has %d", name, d, allowed, len(got)/3, all.Expected.Triangles[name])
		}
		checkTurns(t, name, points, got)
	}
}

func unzip(t testing.TB, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestRealFootprintsKeepTheirArea(t *testing.T) {
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "02_3d", "nyc_south_buildings_heights.geojsonl.gz"))
	if err != nil {
		t.Skip("the real datasets are not here; WARDMAP_REALDATA names their folder:", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var tri earcut.Triangulator
	n := 0
	for lines := bufio.NewScanner(z); lines.Scan(); {
		feature, err := geojson.UnmarshalFeature(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var parts []orb.Polygon
		switch g := feature.Geometry.(type) {
		case orb.Polygon:
			parts = []orb.Polygon{g}
		case orb.MultiPolygon:
			parts = g
		}
		for _, p := range parts {
			var rings [][][2]float64
			for _, r := range p {
				var ring [][2]float64
				for _, at := range r {
					ring = append(ring, [2]float64{(at[0] + 74) * 84000, (at[1] - 40.7) * 111000})
				}
				rings = append(rings, ring)
			}
			points, holes := flatten(rings)
			got, err := tri.Append(nil, points, holes)
			if d := earcut.Deviation(points, holes, got); err != nil || d > 1e-9 {
				t.Errorf("footprint %v: wrong by %g, %v", feature.ID, d, err)
			}
			n++
		}
	}
	if n < 60_000 {
		t.Errorf("only %d footprints", n)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte{0, 0, 4, 0, 4, 4, 0, 4, 1, 1, 3, 1, 3, 3}, uint8(4))
	f.Add([]byte{0, 0, 9, 9, 0, 9, 9, 0, 3, 3, 3, 3}, uint8(0))
	var tri earcut.Triangulator
	f.Fuzz(func(t *testing.T, data []byte, hole uint8) {
		var points []float64
		for _, b := range data[:len(data)&^1] {
			points = append(points, float64(b%32))
		}
		var holes []int
		if hole > 0 && int(hole) < len(points)/2 {
			holes = []int{int(hole)}
		}
		got, err := tri.Append(nil, points, holes)
		if err != nil && !errors.Is(err, earcut.ErrBudget) {
			t.Fatal(err)
		}
		for _, i := range got {
			if int(i) >= len(points)/2 {
				t.Fatalf("vertex %d of %d", i, len(points)/2)
			}
		}
		checkTurns(t, fmt.Sprint(points, holes), points, got)
	})
}

func BenchmarkAppend(b *testing.B) {
	star := func(n int, radius float64) (ring [][2]float64) {
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			r := radius * (1 + .3*float64(i%2))
			ring = append(ring, [2]float64{r * cos, r * sin})
		}
		return ring
	}
	for _, test := range []struct {
		name  string
		rings [][][2]float64
	}{
		{"n=4", [][][2]float64{star(4, 10)}},
		{"n=8", [][][2]float64{star(8, 10)}},
		{"n=8+hole", [][][2]float64{star(8, 10), star(4, 3)}},
		{"n=20", [][][2]float64{star(20, 10)}},
		{"n=100", [][][2]float64{star(100, 10)}},
		{"n=10000", [][][2]float64{star(10_000, 10)}},
	} {
		points, holes := flatten(test.rings)
		b.Run(test.name, func(b *testing.B) {
			var tri earcut.Triangulator
			var out []uint32
			b.ReportAllocs()
			for b.Loop() {
				out, _ = tri.Append(out[:0], points, holes)
			}
		})
	}
}
