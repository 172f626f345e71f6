package importer_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// accept takes all edits and keeps none.
type accept struct{}

func (accept) Apply(_ context.Context, edits []layers.Edit) ([]layers.Change, error) {
	out := make([]layers.Change, len(edits))
	for i := range out {
		out[i].Op = layers.Create
	}
	return out, nil
}

const benchFeatures = 20_000

// lines writes features as they come from a register of devices, or as buildings.
func lines(b *testing.B, polygons bool) string {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	var out strings.Builder
	for i := range benchFeatures {
		x, y := 105.5+random.Float64()/2, 34.4+random.Float64()/2
		shape := fmt.Sprintf(`{"type":"Point","coordinates":[%.7f,%.7f]}`, x, y)
		if polygons {
			shape = fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f]]]}`,
				x, y, x+2e-4, y, x+2e-4, y+1e-4, x+1e-4, y+1e-4, x+1e-4, y+2e-4, x, y+2e-4, x, y)
		}
		fmt.Fprintf(&out, `{"type":"Feature","id":"cam-%d","properties":{"name":"摄像机 %d","kind":"dome","floors":%d,"height":%.1f,"open":true},"geometry":%s}`+"\n", i, i, i%30, random.Float64()*50, shape)
	}
	return out.String()
}

// drain reads a file to its end again and again.
func drain(b *testing.B, path string, o importer.Options) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		src, err := importer.Open(path, o)
		if err != nil {
			b.Fatal(err)
		}
		for {
			rec, err := src.Next()
			if err != nil {
				break
			}
			if rec.Err != nil {
				b.Fatal(rec.Err)
			}
			n++
		}
		if err := src.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "features/s")
}

func BenchmarkRead(b *testing.B) {
	points, polygons := lines(b, false), lines(b, true)
	whole := `{"type":"FeatureCollection","features":[` + strings.ReplaceAll(strings.TrimSpace(points), "\n", ",\n") + `]}`
	var table strings.Builder
	table.WriteString("id,name,kind,lon,lat\n")
	for i := range benchFeatures {
		fmt.Fprintf(&table, "%d,摄像机 %d,dome,105.%06d,34.5\n", i, i, i)
	}
	var squares [][]byte
	var rows []string
	for i := range benchFeatures {
		x := 105 + float64(i)/1e5
		squares = append(squares, rings(5, []float64{x, 34, x, 34.1, x + .1, 34.1, x + .1, 34, x, 34}))
		rows = append(rows, fmt.Sprint("building ", i))
	}
	shapes := map[string][]byte{"a.shp": shpBytes(5, squares...), "a.prj": []byte(wgs84WKT), "a.dbf": dbfBytes(0, "name", rows...)}
	at := blob(append(append([]byte{1}, ints(1)...), floats(105.7, 34.5)...)...)
	blobs := make([][]byte, 5000)
	for i := range blobs {
		blobs[i] = at
	}
	wgs := importer.Options{CRS: "WGS84"}
	b.Run("geojsonl points", func(b *testing.B) { drain(b, file(b, "a.geojsonl", points), importer.Options{}) })
	b.Run("geojson points", func(b *testing.B) { drain(b, file(b, "a.geojson", whole), importer.Options{}) })
	b.Run("geojsonl.gz points", func(b *testing.B) { drain(b, file(b, "a.geojsonl.gz", packed(b, points)), importer.Options{}) })
	b.Run("geojsonl polygons", func(b *testing.B) { drain(b, file(b, "a.geojsonl", polygons), importer.Options{}) })
	b.Run("geojsonl points GCJ-02", func(b *testing.B) { drain(b, file(b, "a.geojsonl", points), importer.Options{CRS: "GCJ-02"}) })
	b.Run("csv points", func(b *testing.B) { drain(b, file(b, "a.csv", table.String()), wgs) })
	b.Run("shapefile polygons", func(b *testing.B) { drain(b, stored(b, shapes), importer.Options{}) })
	b.Run("geopackage points", func(b *testing.B) { drain(b, geoPackage(b, 4326, blobs...), importer.Options{}) })
}

// stored is a zip that is not compressed.
func stored(b *testing.B, files map[string][]byte) string {
	b.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return file(b, "a.zip", out.String())
}

// BenchmarkRun is everything but the store: reading, fitting to the definition, repairing, checking.
func BenchmarkRun(b *testing.B) {
	for name, content := range map[string]string{"points": lines(b, false), "polygons": lines(b, true)} {
		b.Run(name, func(b *testing.B) { imports(b, file(b, "a.geojsonl", content), sites, importer.Options{}) })
	}
	for _, name := range []string{"02_3d/nyc_south_buildings_heights.geojsonl.gz", "06_cn_admin/china_counties_osm.geojsonl.gz"} {
		b.Run(name, func(b *testing.B) {
			path := realData(b, name)
			p, err := importer.Infer(path, importer.Options{})
			if err != nil {
				b.Fatal(err)
			}
			imports(b, path, p.Layer, importer.Options{Map: p.Map})
		})
	}
}

func imports(b *testing.B, path string, l layers.Layer, o importer.Options) {
	b.ReportAllocs()
	var n int64
	for b.Loop() {
		src, err := importer.Open(path, o)
		if err != nil {
			b.Fatal(err)
		}
		r, err := importer.Run(context.Background(), src, l, accept{}, o, nil)
		if err != nil || r.Rejected > 0 {
			b.Fatal(err, r.Rejects)
		}
		n += r.Read
		if err := src.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "features/s")
}
