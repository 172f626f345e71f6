package atlas_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
)

var unitSpec = atlas.Spec{Name: "units", MaxZoom: 16, Simplify: atlas.None, Fields: []atlas.Field{
	{Name: "kind"}, {Name: "status"}, {Name: "heading", Kind: atlas.Integer}, {Name: "speed", Kind: atlas.Number}, {Name: "callsign"},
}}

// units are n points in one tile of zoom 10, with the tile.
func units(n int) ([]spatial.Feature, tiles.ID) {
	id := tiles.Project(tianshui).At(10)
	rng := rand.New(rand.NewPCG(1, 1))
	b := id.Bound()
	out := make([]spatial.Feature, n)
	for i := range out {
		at := orb.Point{b.Min[0] + rng.Float64()*(b.Max[0]-b.Min[0]), b.Min[1] + rng.Float64()*(b.Max[1]-b.Min[1])}
		out[i] = spatial.Feature{ID: strconv.Itoa(1000 + i), Version: int64(i + 1), Geometry: at, Properties: map[string]any{
			"kind": []string{"car", "van", "foot", "bike"}[rng.IntN(4)], "status": []string{"free", "busy", "off"}[rng.IntN(3)],
			"heading": int64(rng.IntN(360)), "speed": float64(rng.IntN(120)) / 2, "callsign": fmt.Sprintf("TS-%05d", i),
		}}
	}
	return out, id
}

func BenchmarkCut(b *testing.B) {
	for _, n := range []int{1000, 10_000, 50_000} {
		b.Run(fmt.Sprintf("points=%d", n), func(b *testing.B) {
			fs, id := units(n)
			l := atlas.New(unitSpec, noon)
			l.Load(slices.Values(fs))
			cutBench(b, l, id, n, "ns/feature")
		})
	}
	shapes := []struct {
		name, file string
		simplify   atlas.Simplify
		at         orb.Point
		zoom       uint8
	}{
		{"buildings/z16", "01_osm/athens_buildings_polygons.geojsonl.gz", atlas.Shared, orb.Point{23.72, 37.93}, 16},
		{"buildings/z14", "01_osm/athens_buildings_polygons.geojsonl.gz", atlas.Shared, orb.Point{23.72, 37.93}, 14},
		{"buildings/z10", "01_osm/athens_buildings_polygons.geojsonl.gz", atlas.Shared, orb.Point{23.72, 37.93}, 10},
		{"beats/z12", "05_geofence/dc_dpw-parking-beats.geojson.gz", atlas.Shared, orb.Point{-77.03, 38.9}, 12},
		{"beats/z16", "05_geofence/dc_dpw-parking-beats.geojson.gz", atlas.Shared, orb.Point{-77.03, 38.9}, 16},
		{"counties/z5", "06_cn_admin/china_counties_osm.geojsonl.gz", atlas.Shared, orb.Point{105.72, 34.58}, 5},
		{"counties/z10", "06_cn_admin/china_counties_osm.geojsonl.gz", atlas.Shared, orb.Point{105.72, 34.58}, 10},
		{"roads/z14", "01_osm/athens_roads_lines.geojsonl.gz", atlas.Each, orb.Point{23.72, 37.93}, 14},
		{"roads/z11", "01_osm/athens_roads_lines.geojsonl.gz", atlas.Each, orb.Point{23.72, 37.93}, 11},
	}
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			l := load("shapes", s.simplify, read(b, s.file))
			id := tiles.Project(s.at).At(s.zoom)
			vertices := 0
			for _, f := range decode(b, l, id) {
				for _, p := range f.Parts {
					vertices += len(p)
				}
			}
			cutBench(b, l, id, vertices, "ns/vertex")
		})
	}
}

func cutBench(b *testing.B, l *atlas.Layer, id tiles.ID, n int, unit string) {
	var buf []byte
	b.ReportAllocs()
	start := cpu()
	for b.Loop() {
		buf = l.Cut(buf[:0], id, nil)
	}
	per := float64(b.N) * float64(n)
	b.ReportMetric(float64((cpu()-start).Nanoseconds())/per, "cpu-"+unit)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/per, unit)
	b.ReportMetric(float64(len(buf)), "bytes")
}

// BenchmarkOrbEncoder does with orb's encoder what BenchmarkCut does, features and projection included.
func BenchmarkOrbEncoder(b *testing.B) {
	fs, id := units(10_000)
	b.ReportAllocs()
	for b.Loop() {
		c := geojson.NewFeatureCollection()
		for _, f := range fs {
			g := geojson.NewFeature(f.Geometry)
			g.ID, g.Properties = f.ID, f.Properties
			c.Append(g)
		}
		layer := orbmvt.NewLayer("units", c)
		layer.Version = 2
		layer.ProjectToTile(maptile.New(id.X, id.Y, maptile.Zoom(id.Z)))
		if _, err := orbmvt.Marshal(orbmvt.Layers{layer}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(fs)), "ns/feature")
}

func BenchmarkLoad(b *testing.B) {
	points, _ := units(100_000)
	tests := []struct {
		name     string
		simplify atlas.Simplify
		fs       func() []spatial.Feature
	}{
		{"points", atlas.None, func() []spatial.Feature { return points }},
		{"buildings", atlas.Shared, func() []spatial.Feature { return read(b, "01_osm/athens_buildings_polygons.geojsonl.gz") }},
		{"nyc", atlas.Shared, func() []spatial.Feature { return read(b, "02_3d/nyc_south_buildings_heights.geojsonl.gz") }},
		{"nycroads", atlas.Each, func() []spatial.Feature { return read(b, "02_3d/nyc_roads.geojsonl.gz") }},
		{"counties", atlas.Shared, func() []spatial.Feature { return read(b, "06_cn_admin/china_counties_osm.geojsonl.gz") }},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			fs := tt.fs()
			spec := unitSpec
			spec.Simplify = tt.simplify
			b.ReportAllocs()
			var l *atlas.Layer
			for b.Loop() {
				l = atlas.New(spec, noon)
				l.Load(slices.Values(fs))
			}
			b.ReportMetric(float64(len(fs))*float64(b.N)/b.Elapsed().Seconds(), "features/s")
			b.ReportMetric(float64(l.Bytes())/float64(len(fs)), "bytes/feature")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	fs, _ := units(100_000)
	l := atlas.New(unitSpec, noon)
	l.Load(slices.Values(fs))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f := fs[i%len(fs)]
		f.Version = int64(200_000 + i)
		f.Geometry = fs[(i*7)%len(fs)].Geometry
		l.Put(noon, f)
	}
}

func BenchmarkPutShared(b *testing.B) {
	fs := read(b, "05_geofence/dc_dpw-parking-beats.geojson.gz")
	l := load("beats", atlas.Shared, fs)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f := fs[i%len(fs)]
		f.Version = int64(2 + i)
		l.Put(noon, f)
	}
}

// BenchmarkImport puts a whole file in batches, as an import into a running server does.
func BenchmarkImport(b *testing.B) {
	for _, file := range []string{"02_3d/nyc_south_buildings_heights.geojsonl.gz", "06_cn_admin/china_counties_osm.geojsonl.gz"} {
		b.Run(file[:4], func(b *testing.B) {
			fs := read(b, file)
			start := cpu()
			for b.Loop() {
				l := atlas.New(atlas.Spec{Name: "import", MaxZoom: 16, Simplify: atlas.Shared}, noon)
				for batch := range slices.Chunk(fs, 500) {
					l.Put(noon, batch...)
				}
			}
			b.ReportMetric(float64(len(fs))*float64(b.N)/(cpu()-start).Seconds(), "features/cpu-s")
		})
	}
}
