package scenes3d

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// newYork is the buildings of the southern half of New York City, or none where the datasets are not here.
func newYork(t testing.TB) (all []spatial.Feature) {
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		dir = "../../shared/data"
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
	for lines := bufio.NewScanner(z); lines.Scan(); {
		g, err := geojson.UnmarshalFeature(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, spatial.Feature{ID: strconv.Itoa(len(all)), Version: 1, Geometry: g.Geometry, Properties: g.Properties})
	}
	return all
}

// BenchmarkContent builds all tiles of New York City.
func BenchmarkContent(b *testing.B) {
	all := newYork(b)
	s := New(city, noon)
	s.Put(noon, all...)
	bodies := s.Account().Bodies
	for _, look := range []struct {
		name string
		look Look
	}{{"meshopt", Look{}}, {"plain", Look{Plain: true}}} {
		b.Run(look.name, func(b *testing.B) {
			var data []byte
			size := 0
			b.ReportAllocs()
			for b.Loop() {
				size = 0
				for id := range s.tree.cells {
					var err error
					if data, err = s.Content(data[:0], id, look.look); err != nil {
						b.Fatal(err)
					}
					size += len(data)
				}
			}
			b.ReportMetric(float64(bodies*b.N)/b.Elapsed().Seconds(), "buildings/s")
			b.ReportMetric(float64(size)/float64(bodies), "bytes/building")
			b.ReportMetric(float64(gzipped(b, s, look.look))/float64(bodies), "gzip-bytes/building")
		})
	}
}

// BenchmarkPut takes New York City in.
func BenchmarkPut(b *testing.B) {
	all := newYork(b)
	for b.Loop() {
		New(city, noon).Put(noon, all...)
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "buildings/s")
}

func TestRealBuildingsStandOnTilesOnce(t *testing.T) {
	all := newYork(t)
	s := New(city, noon)
	s.Put(noon, all...)
	a := s.Account()
	left := 0
	for _, n := range a.LeftOut {
		left += n
	}
	if a.Bodies+left != len(all) || left > len(all)/100 {
		t.Errorf("of %d buildings %d stand, and %v are left out", len(all), a.Bodies, a.LeftOut)
	}
	seen := 0
	for _, c := range s.tree.cells {
		seen += len(c.bodies)
	}
	if seen != a.Bodies {
		t.Errorf("%d bodies stand on tiles, want %d", seen, a.Bodies)
	}
	t.Logf("%d bodies, left out %v", a.Bodies, a.LeftOut)
}

// gzipped is the size of all tiles as they are sent.
func gzipped(b *testing.B, s *Set, look Look) (size int) {
	b.StopTimer()
	defer b.StartTimer()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	for id := range s.tree.cells {
		data, err := s.Content(nil, id, look)
		if err != nil {
			b.Fatal(err)
		}
		out.Reset()
		z.Reset(&out)
		if _, err := z.Write(data); err != nil {
			b.Fatal(err)
		}
		if err := z.Close(); err != nil {
			b.Fatal(err)
		}
		if len(data) > 0 {
			size += out.Len()
		}
	}
	return size
}

// BenchmarkMillion takes in a million buildings, New York over and over on a grid, and says what they weigh, what a client
// that sees all of the city loads first, and how long a tile of it takes.
func BenchmarkMillion(b *testing.B) {
	city16 := newYork(b)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(city, noon)
		n := 0
		for copy := range 16 {
			for i, f := range city16 {
				f.ID = strconv.Itoa(copy) + "-" + strconv.Itoa(i)
				f.Geometry = moved(f.Geometry, 0.4*float64(copy%4), 0.3*float64(copy/4))
				s.Put(noon, f)
				n++
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "bytes-held/building")
		start, first := time.Now(), 0
		for id, c := range s.tree.cells {
			if id.Z <= 11 && len(c.bodies) > 0 {
				data, err := s.Content(nil, id, Look{})
				if err != nil {
					b.Fatal(err)
				}
				first += len(data)
			}
		}
		b.ReportMetric(float64(first), "bytes-to-zoom-11")
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms-to-zoom-11")
		runtime.KeepAlive(s)
	}
}

// moved is a polygon some degrees away.
func moved(g orb.Geometry, east, north float64) orb.Geometry {
	g = orb.Clone(g)
	ring := func(r orb.Ring) {
		for i := range r {
			r[i][0] += east
			r[i][1] += north
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			ring(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				ring(r)
			}
		}
	}
	return g
}

// BenchmarkImplicit builds the tree of the implicit tileset, which the first request for it waits for, and says what it weighs.
func BenchmarkImplicit(b *testing.B) {
	s := New(city, noon)
	s.Put(noon, newYork(b)...)
	bodies := s.Account().Bodies
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		s.even = nil
		_, unlock := s.readEven()
		unlock()
	}
	b.ReportMetric(float64(bodies*b.N)/b.Elapsed().Seconds(), "buildings/s")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(bodies), "bytes-held/building")
	runtime.KeepAlive(s)
}

// BenchmarkColdTile builds the tile of New York whose bodies are nearest to a thousand in number, from nothing but the set.
func BenchmarkColdTile(b *testing.B) {
	s := New(city, noon)
	s.Put(noon, newYork(b)...)
	var id tiles.ID
	n := 0
	for at, c := range s.tree.cells {
		if abs(len(c.bodies)-1000) < abs(n-1000) || len(c.bodies) == n && at.X < id.X {
			id, n = at, len(c.bodies)
		}
	}
	for b.Loop() {
		if _, err := s.Content(nil, id, Look{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "bodies")
}

func abs(n int) int { return max(n, -n) }
