package terrain

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d/terrain/terraintest"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

var tianshui = orb.Bound{Min: orb.Point{105.65, 34.55}, Max: orb.Point{105.75, 34.62}}

// plane rises 1100 m over the middle, 3 m in a hundredth of a degree to the east and 2 m to the north.
func plane(lon, lat float64) float64 { return 1100 + 300*(lon-105.7) + 200*(lat-34.58) }

// dome is the cap of a sphere, 180 m above the plain and 9 km wide.
func dome(lon, lat float64) float64 {
	const radius = 57_000.0
	x, y := (lon-105.7)*91_000, (lat-34.58)*111_000
	return 1000 + math.Sqrt(radius*radius-x*x-y*y) - radius
}

func archive(encoding string, s terraintest.Surface) terraintest.Archive {
	return terraintest.Archive{Encoding: encoding, Zoom: 13, Bound: tianshui, Side: 64, Surface: s}
}

func opened(t testing.TB, a terraintest.Archive, o Options) *Terrain {
	t.Helper()
	terrain, err := open(t, a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terrain.Close() })
	return terrain
}

func open(t testing.TB, a terraintest.Archive, o Options) (*Terrain, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ground.pmtiles")
	if err := terraintest.Write(path, a); err != nil {
		t.Fatal(err)
	}
	return Open(path, o)
}

// places are so many within the test area.
func places(n int, seed uint64) []orb.Point {
	random := rand.New(rand.NewPCG(seed, 1))
	out := make([]orb.Point, n)
	for i := range out {
		out[i] = orb.Point{tianshui.Min[0] + random.Float64()*(tianshui.Max[0]-tianshui.Min[0]), tianshui.Min[1] + random.Float64()*(tianshui.Max[1]-tianshui.Min[1])}
	}
	return out
}

// Half a step of the encoding, half of float32 at 1100 m, and what chords are below the surface.
func TestHeightIsThatOfTheSurface(t *testing.T) {
	const pixel = 40075016.0 / 8192 / 64 * 0.824 // m
	tests := []struct {
		name, encoding string
		surface        terraintest.Surface
		slack          float64
	}{
		{"a plane in terrarium", "terrarium", plane, 1.0/512 + 1e-4},
		{"a plane in mapbox", "mapbox", plane, 0.05 + 1e-4},
		{"a dome in terrarium", "terrarium", dome, 1.0/512 + 1e-4 + 2*pixel*pixel/8/57_000},
		{"a dome in mapbox", "mapbox", dome, 0.05 + 1e-4 + 2*pixel*pixel/8/57_000},
	}
	for _, test := range tests {
		terrain := opened(t, archive(test.encoding, test.surface), Options{})
		worst := 0.0
		for _, p := range places(20_000, 3) {
			got, ok := terrain.Height(p[0], p[1])
			if !ok {
				t.Fatalf("%s: no height at %v", test.name, p)
			}
			worst = max(worst, math.Abs(got-test.surface(p[0], p[1])))
		}
		if t.Logf("%s: %.5f m at worst", test.name, worst); worst > test.slack {
			t.Errorf("%s: %v m off, want at most %v", test.name, worst, test.slack)
		}
	}
}

// Known numbers: red 130, green 76, blue 128 is 130*256 + 76 + 0.5 - 32768 = 588.5 in terrarium, and in mapbox
// -10000 + (130*65536 + 76*256 + 128) * 0.1 = 843926.4.
func TestEncodings(t *testing.T) {
	for name, want := range map[string]float64{"terrarium": 588.5, "mapbox": 843926.4} {
		if got := decoders[name](130, 76, 128); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestTilesMeetWithoutSeam(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	bumps := map[[2]float64]float64{}
	terrain := opened(t, archive("terrarium", func(lon, lat float64) float64 { // each pixel another height
		at := [2]float64{lon, lat}
		if _, known := bumps[at]; !known {
			bumps[at] = 500 * random.Float64()
		}
		return bumps[at]
	}), Options{})
	id := tiles.Project(orb.Point{105.7, 34.58}).At(13)
	b := id.Bound()
	const step = 1e-9 // degrees
	for i := range 2000 {
		f := float64(i) / 2000
		lat, lon := b.Min[1]+f*(b.Max[1]-b.Min[1]), b.Min[0]+f*(b.Max[0]-b.Min[0])
		for _, pair := range [][2]orb.Point{{{b.Min[0] - step, lat}, {b.Min[0] + step, lat}}, {{lon, b.Max[1] - step}, {lon, b.Max[1] + step}}} {
			one, _ := terrain.Height(pair[0][0], pair[0][1])
			other, ok := terrain.Height(pair[1][0], pair[1][1])
			if !ok || math.Abs(one-other) > 0.02 {
				t.Fatalf("%v and %v lie beside each other, at %v and %v m", pair[0], pair[1], one, other)
			}
		}
	}
}

func TestHoles(t *testing.T) {
	hole := tiles.Project(orb.Point{105.7, 34.58}).At(13)
	missing := archive("terrarium", plane)
	missing.Hole = func(id tiles.ID) bool { return id == hole }
	gap := archive("mapbox", func(lon, lat float64) float64 {
		if hole.Bound().Contains(orb.Point{lon, lat}) {
			return math.NaN()
		}
		return plane(lon, lat)
	})
	broken := archive("terrarium", plane)
	broken.Picture = func(id tiles.ID, plain []byte) []byte {
		if id == hole {
			return plain[:len(plain)/2]
		}
		return plain
	}
	failed := 0
	tests := []struct {
		name   string
		a      terraintest.Archive
		failed int
	}{{"a tile is missing", missing, 0}, {"pixels have no height", gap, 0}, {"a tile is broken", broken, 1}}
	for _, test := range tests {
		failed = 0
		path := filepath.Join(t.TempDir(), "ground.pmtiles")
		if err := terraintest.Write(path, test.a); err != nil {
			t.Fatal(err)
		}
		raw, err := pmtiles.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		terrain := &Terrain{archive: raw, zoom: 13, decode: decoders[test.a.Encoding], failed: func(error) { failed++ }, kept: rasters{room: 1 << 20}}
		b := hole.Bound()
		for _, p := range places(4000, 8) {
			got, ok := terrain.Height(p[0], p[1])
			inside := b.Min[0] < p[0] && p[0] < b.Max[0] && b.Min[1] < p[1] && p[1] < b.Max[1]
			if ok == inside || ok && math.Abs(got-plane(p[0], p[1])) > 0.5 { // beside the hole half a pixel is level
				t.Fatalf("%s: at %v: %v, %v", test.name, p, got, ok)
			}
		}
		if failed != test.failed {
			t.Errorf("%s: %d tiles failed, want %d", test.name, failed, test.failed)
		}
	}
	terrain := opened(t, archive("terrarium", plane), Options{})
	for _, p := range []orb.Point{{0, 0}, {105.7, 89}, {105.7, -90}, {500, 34}, {math.NaN(), 34}, {105.7, math.Inf(1)}, {180, 85.05}, {-180, -85.05}} {
		if h, ok := terrain.Height(p[0], p[1]); ok {
			t.Errorf("at %v the ground lies at %v", p, h)
		}
	}
}

// The earth is whole: one tile reaches around it, and its columns at 180 degrees are neighbours.
func TestAroundTheEarth(t *testing.T) {
	terrain := opened(t, terraintest.Archive{Encoding: "terrarium", Side: 256, Bound: orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}, Surface: func(lon, lat float64) float64 {
		return 1000 * math.Cos(lon*math.Pi/180)
	}}, Options{})
	for _, lon := range []float64{-180, -179.999, 179.999, 180} {
		if got, ok := terrain.Height(lon, 10); !ok || math.Abs(got+1000) > 0.1 {
			t.Errorf("at %v: %v, %v, want -1000", lon, got, ok)
		}
	}
}

func TestGeoid(t *testing.T) {
	surface := func(lon, lat float64) float64 { return -30 + 0.125*lon + 0.5*lat }
	tests := []struct {
		name     string
		data     []byte
		lon, lat float64
		want     float64
		ok       bool
	}{
		{"a corner", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, surface), 100, 30, -2.5, true},
		{"the far corner", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, surface), 110, 40, 3.75, true},
		{"between", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, surface), 105.7, 34.58, 0.5025, true},
		{"west of it", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, surface), 99.9, 34, 0, false},
		{"north of it", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, surface), 105, 40.1, 0, false},
		{"a grid that counts from 0 to 360", terraintest.GTX(30, 240, 0.25, 0.25, 41, 41, surface), -117, 34, 17.375, true},
		{"around the earth", terraintest.GTX(-90, -180, 0.25, 0.25, 721, 1440, func(lon, _ float64) float64 { return math.Abs(lon) / 10 }), 179.875, 0, 17.9875, true},
		{"the last column and the first", terraintest.GTX(-90, -180, 90, 120, 3, 3, func(lon, _ float64) float64 { return lon / 60 }), 120, 0, -1, true},
		{"the north pole", terraintest.GTX(-90, -180, 0.25, 0.25, 721, 1440, func(_, lat float64) float64 { return lat / 10 }), 0, 90, 9, true},
		{"no value", terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, func(lon, _ float64) float64 { return math.NaN() }), 105, 34, 0, false},
	}
	for _, test := range tests {
		g, err := parseGeoid(test.data)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got, ok := g.at(test.lon, test.lat); ok != test.ok || ok && math.Abs(got-test.want) > 1e-5 {
			t.Errorf("%s: %v, %v, want %v", test.name, got, ok, test.want)
		}
	}
	path := filepath.Join(t.TempDir(), "egm.gtx")
	if err := os.WriteFile(path, tests[0].data, 0o600); err != nil {
		t.Fatal(err)
	}
	terrain := opened(t, archive("terrarium", plane), Options{Geoid: path})
	if got, ok := terrain.Height(105.7, 34.58); !ok || math.Abs(got-1100.5025) > 0.01 {
		t.Errorf("terrain and geoid: %v, %v, want 1100.5025", got, ok)
	}
}

// mark is a constant WebP: 300 m in terrarium.
var mark = terraintest.WebP(64, color.NRGBA{129, 44, 0, 255})

func TestWebP(t *testing.T) {
	a := archive("terrarium", plane)
	a.Kind, a.Picture = 4, func(tiles.ID, []byte) []byte { return mark }
	if got, ok := opened(t, a, Options{}).Height(105.7, 34.58); !ok || got != 300 {
		t.Errorf("%v, %v, want 300", got, ok)
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	grey, wide, deep := new(bytes.Buffer), new(bytes.Buffer), new(bytes.Buffer)
	photo := new(bytes.Buffer)
	_ = png.Encode(grey, image.NewGray(image.Rect(0, 0, 64, 64)))
	_ = png.Encode(wide, image.NewNRGBA(image.Rect(0, 0, 64, 32)))
	_ = png.Encode(deep, image.NewNRGBA64(image.Rect(0, 0, 64, 64)))
	_ = jpeg.Encode(photo, image.NewGray(image.Rect(0, 0, 64, 64)), nil)
	dir := t.TempDir()
	bad := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	grid := terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, plane)
	tests := []struct {
		name, want string
		change     func(a *terraintest.Archive)
		o          Options
	}{
		{name: "vector tiles", want: "its tiles are application/vnd.mapbox-vector-tile", change: func(a *terraintest.Archive) { a.Kind = 1 }},
		{name: "no encoding", want: "say whether it is terrarium or mapbox", change: func(a *terraintest.Archive) { a.Unsaid = true }},
		{name: "another encoding", want: `"lerc" is neither`, o: Options{Encoding: "lerc"}},
		{name: "no picture", want: "neither PNG nor WebP", change: func(a *terraintest.Archive) {
			a.Picture = func(tiles.ID, []byte) []byte { return photo.Bytes() }
		}},
		{name: "grey", want: "are no colours", change: func(a *terraintest.Archive) { a.Picture = func(tiles.ID, []byte) []byte { return grey.Bytes() } }},
		{name: "16 bits", want: "are no colours of 8 bits", change: func(a *terraintest.Archive) { a.Picture = func(tiles.ID, []byte) []byte { return deep.Bytes() } }},
		{name: "no square", want: "64 x 32 pixels", change: func(a *terraintest.Archive) { a.Picture = func(tiles.ID, []byte) []byte { return wide.Bytes() } }},
		{name: "a cut", want: "read PNG", change: func(a *terraintest.Archive) {
			a.Picture = func(_ tiles.ID, plain []byte) []byte { return plain[:len(plain)-40] }
		}},
		{name: "no geoid", want: "nowhere.gtx", o: Options{Geoid: filepath.Join(dir, "nowhere.gtx")}},
		{name: "a short geoid", want: "fewer than the header", o: Options{Geoid: bad("short.gtx", grid[:30])}},
		{name: "a geoid that is cut off", want: "is it cut off", o: Options{Geoid: bad("cut.gtx", grid[:300])}},
		{name: "a GeoTIFF", want: "gdal_translate -of GTX", o: Options{Geoid: bad("egm.tif", append([]byte("II*\x00"), grid...))}},
		{name: "something else", want: "is no GTX file", o: Options{Geoid: bad("what.gtx", bytes.Repeat([]byte("what"), 100))}},
	}
	for _, test := range tests {
		a := archive("terrarium", plane)
		if test.change != nil {
			test.change(&a)
		}
		terrain, err := open(t, a, test.o)
		if err == nil {
			terrain.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "ground.pmtiles") {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none.pmtiles"), Options{}); err == nil || !strings.Contains(err.Error(), "none.pmtiles") {
		t.Errorf("no archive: %v", err)
	}
	if _, err := Open(bad("half.pmtiles", []byte("PMTiles")), Options{}); err == nil || !strings.Contains(err.Error(), "half.pmtiles") {
		t.Errorf("half an archive: %v", err)
	}
}

func TestManyAskAtOnceInLittleMemory(t *testing.T) {
	terrain := opened(t, archive("terrarium", plane), Options{Cache: 3 * (4*64*64 + 256)})
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for _, p := range places(400, uint64(i)) {
				if got, ok := terrain.Height(p[0], p[1]); !ok || math.Abs(got-plane(p[0], p[1])) > 0.01 {
					t.Errorf("%v: %v, %v", p, got, ok)
					return
				}
			}
		})
	}
	wait.Wait()
	if k := &terrain.kept; k.held > k.room || k.order.Len() != len(k.known) || k.order.Len() > 3 {
		t.Errorf("%d bytes of %d in %d tiles", k.held, k.room, k.order.Len())
	}
}

// FuzzOpen reads whatever stands in an archive. That of directories is in package pmtiles.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "ground.pmtiles")
	small := archive("terrarium", plane)
	small.Side, small.Zoom = 8, 10
	if err := terraintest.Write(path, small); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		terrain, err := from(raw, Options{Encoding: "mapbox"})
		if err != nil {
			return
		}
		for _, p := range []orb.Point{{105.7, 34.58}, {0, 0}, {180, 85.05}, {-180, -85.05}} {
			if h, ok := terrain.Height(p[0], p[1]); ok && !(h >= -10000 && h < 1.7e6) {
				t.Errorf("at %v the ground lies at %v", p, h)
			}
		}
	})
}

func FuzzRaster(f *testing.F) {
	var plain bytes.Buffer
	_ = png.Encode(&plain, image.NewNRGBA(image.Rect(0, 0, 4, 4)))
	f.Add(plain.Bytes())
	f.Add(mark)
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := readRaster(data, decoders["terrarium"]); err == nil && len(r.heights) != r.side*r.side {
			t.Errorf("%d heights of %d x %d", len(r.heights), r.side, r.side)
		}
	})
}

func FuzzGeoid(f *testing.F) {
	f.Add(terraintest.GTX(30, 100, 0.25, 0.25, 3, 3, plane), 100.1, 30.1)
	f.Add(terraintest.GTX(-90, -180, 90, 120, 3, 3, plane), 179.0, -90.0)
	f.Fuzz(func(t *testing.T, data []byte, lon, lat float64) {
		g, err := parseGeoid(data)
		if err != nil || !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) {
			return
		}
		if n, ok := g.at(lon, lat); ok && !(math.Abs(n) < 1000) {
			t.Errorf("at %v, %v the geoid lies at %v", lon, lat, n)
		}
	})
}

func BenchmarkHeight(b *testing.B) {
	for _, side := range []int{256, 512} {
		b.Run(fmt.Sprintf("side=%d", side), func(b *testing.B) {
			a := archive("terrarium", plane)
			a.Side = side
			terrain, all := opened(b, a, Options{}), places(4096, 1)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, ok := terrain.Height(all[i%len(all)][0], all[i%len(all)][1]); !ok {
					b.Fatal("no height")
				}
			}
		})
	}
}

// PROJ and this package take the same from a grid.
func TestGeoidIsThatOfPROJ(t *testing.T) {
	cct, err := exec.LookPath("cct")
	if err != nil {
		t.Skip("cct of PROJ is not here")
	}
	random := rand.New(rand.NewPCG(9, 9))
	path := filepath.Join(t.TempDir(), "bumps.gtx")
	data := terraintest.GTX(30, 100, 0.25, 0.5, 41, 21, func(lon, lat float64) float64 { return 100*random.Float64() - 50 })
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := parseGeoid(data)
	if err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	var all []orb.Point
	for range 200 {
		p := orb.Point{100 + 10*random.Float64(), 30 + 10*random.Float64()}
		all = append(all, p)
		fmt.Fprintln(&in, p[0], p[1], 1000)
	}
	// Degrees in and out; +inv adds the undulation, as from above the sea to above the ellipsoid.
	ask := exec.Command(cct, "-d", "6", "+proj=pipeline", "+step", "+proj=unitconvert", "+xy_in=deg", "+xy_out=rad",
		"+step", "+inv", "+proj=vgridshift", "+grids="+path, "+multiplier=-1", "+step", "+proj=unitconvert", "+xy_in=rad", "+xy_out=deg")
	ask.Stdin = &in
	out, err := ask.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		var lon, lat, h float64
		if _, err := fmt.Sscan(line, &lon, &lat, &h); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if n, ok := g.at(all[i][0], all[i][1]); !ok || math.Abs(1000+n-h) > 1e-4 {
			t.Fatalf("at %v: %v, PROJ has %v", all[i], 1000+n, h)
		}
	}
}
