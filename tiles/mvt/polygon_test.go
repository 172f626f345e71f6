package mvt_test

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/peterstace/simplefeatures/geom"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// at is a place on the tile 8/100/100 by tile units.
func at(x, y int) tiles.World {
	const shift = 32 - 8 - 12
	return tiles.World{X: uint32((100*4096 + x) << shift), Y: uint32((100*4096 + y) << shift)}
}

var tile = tiles.ID{Z: 8, X: 100, Y: 100}

type part struct {
	kind mvt.Part
	pts  [][2]int
}

// cut sends parts through a canvas and an encoder and decodes what comes out.
func cut(t testing.TB, typ mvt.Type, parts ...part) []mvt.Run {
	t.Helper()
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
	commands := c.Commands(typ)
	if len(commands) == 0 {
		return nil
	}
	var e mvt.Encoder
	e.Begin(nil)
	e.Feature(7)
	e.Geometry(typ, commands)
	data := e.Append(nil, "test")
	if err := mvt.Check(data); err != nil {
		t.Fatalf("%v: %v", parts, err)
	}
	layers, err := mvt.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return layers[0].Features[0].Parts
}

// polygon is what the rings of a tile feature mean, validated by an independent library.
func polygon(t testing.TB, runs []mvt.Run) geom.MultiPolygon {
	t.Helper()
	var all []geom.Polygon
	var rings []geom.LineString
	flush := func() {
		if len(rings) > 0 {
			all = append(all, geom.NewPolygon(rings))
		}
		rings = nil
	}
	for _, r := range runs {
		if r.Area2() > 0 {
			flush()
		}
		var xy []float64
		for _, p := range append(r[:len(r):len(r)], r[0]) {
			xy = append(xy, float64(p[0]), float64(p[1]))
		}
		rings = append(rings, geom.NewLineString(geom.NewSequence(xy, geom.DimXY)))
	}
	flush()
	return geom.NewMultiPolygon(all)
}

func TestRandomPolygonsComeOutValidWithTheirArea(t *testing.T) {
	var all mvt.Encoder
	all.Begin(nil)
	defer func() { vtzero(t, all.Append(nil, "polygons")) }()
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 2))
		size := []int{8, 30, 200, 3000, 9000}[rng.IntN(5)]
		n := 3 + rng.IntN(14)
		var pts [][2]int
		for range n {
			pts = append(pts, [2]int{2000 + rng.IntN(size) - size/2, 2000 + rng.IntN(size) - size/2})
		}
		runs := cut(t, mvt.Polygon, part{mvt.OuterPart, pts})
		if c := commands(mvt.Polygon, part{mvt.OuterPart, pts}); len(c) > 0 {
			all.Feature(seed)
			all.Geometry(mvt.Polygon, c)
		}
		m := polygon(t, runs)
		if err := m.Validate(); err != nil {
			t.Fatalf("seed %d: %v gives %v: %v", seed, pts, runs, err)
		}
		want := sampled(pts, rng)
		got := m.Area()
		if size >= 200 && math.Abs(got-want) > 0.1*want+float64(size*20) {
			t.Errorf("seed %d: area %v, want about %v\n%v\n%v", seed, got, want, pts, runs)
		}
	}
}

// TestClippedPolygonsHaveTheAreaOfTheIntersection compares with an independent overlay engine, on star-shaped
// polygons with a star-shaped hole that reach over the borders of the tile.
func TestClippedPolygonsHaveTheAreaOfTheIntersection(t *testing.T) {
	square := shape([][2]int{{-64, -64}, {4160, -64}, {4160, 4160}, {-64, 4160}})
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 4))
		cx, cy, n := rng.IntN(9000)-2500, rng.IntN(9000)-2500, 5+rng.IntN(60)
		var outside, hole [][2]int
		for i := range n {
			a, r := 2*math.Pi*float64(i)/float64(n), 500+rng.Float64()*6000
			outside = append(outside, [2]int{cx + int(r*math.Cos(a)), cy + int(r*math.Sin(a))})
			hole = append(hole, [2]int{cx + int(.7*r*math.Cos(a)), cy + int(.7*r*math.Sin(a))})
		}
		want, err := geom.Intersection(shape(outside, hole).AsGeometry(), square.AsGeometry())
		if err != nil {
			continue // rounding made the star invalid
		}
		m := polygon(t, cut(t, mvt.Polygon, part{mvt.OuterPart, outside}, part{mvt.InnerPart, hole}))
		if err := m.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got := m.Area(); math.Abs(got-want.Area()) > 3*4224 {
			t.Errorf("seed %d: area %.0f, the intersection has %.0f", seed, got, want.Area())
		}
	}
}

func shape(rings ...[][2]int) geom.Polygon {
	var out []geom.LineString
	for _, r := range rings {
		var xy []float64
		for _, p := range append(r[:len(r):len(r)], r[0]) {
			xy = append(xy, float64(p[0]), float64(p[1]))
		}
		out = append(out, geom.NewLineString(geom.NewSequence(xy, geom.DimXY)))
	}
	return geom.NewPolygon(out)
}

// vtzero has the outside checker that WARDMAP_VTZERO_CHECK names judge a tile: warnings at most.
func vtzero(t *testing.T, data []byte) {
	t.Helper()
	program := os.Getenv("WARDMAP_VTZERO_CHECK")
	if program == "" {
		t.Log("WARDMAP_VTZERO_CHECK does not name a vtzero-check program: only our own checks ran")
		return
	}
	file := filepath.Join(t.TempDir(), "tile.mvt")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, file).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() >= 2) {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestATangleCostsLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{200, 20_000} {
		var pts [][2]int
		for range n {
			pts = append(pts, [2]int{rng.IntN(4000), rng.IntN(4000)})
		}
		start := time.Now()
		runs := cut(t, mvt.Polygon, part{mvt.OuterPart, pts})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%d vertices took %v", n, took)
		}
		if got := polygon(t, runs).Area(); got < .6*4000*4000 || got > 4000*4000 {
			t.Errorf("%d vertices: area %.0f", n, got)
		}
	}
}

// sampled estimates the area of the places in the clip square with a winding number that is not 0.
func sampled(pts [][2]int, rng *rand.Rand) float64 {
	const n = 4000
	low, high := [2]float64{4160, 4160}, [2]float64{-64, -64}
	for _, p := range pts {
		for i, v := range p {
			low[i], high[i] = min(low[i], max(float64(v), -64)), max(high[i], min(float64(v), 4160))
		}
	}
	hits := 0
	for range n {
		x, y := low[0]+rng.Float64()*(high[0]-low[0]), low[1]+rng.Float64()*(high[1]-low[1])
		w := 0
		for i, p := range pts {
			q := pts[(i+1)%len(pts)]
			ay, by := float64(p[1]), float64(q[1])
			if (ay > y) == (by > y) {
				continue
			}
			if float64(p[0])+(y-ay)/(by-ay)*float64(q[0]-p[0]) < x {
				if by > ay {
					w++
				} else {
					w--
				}
			}
		}
		if w != 0 {
			hits++
		}
	}
	return float64(hits) / n * (high[0] - low[0]) * (high[1] - low[1])
}
