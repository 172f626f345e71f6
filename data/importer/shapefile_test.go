package importer_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wardmap/wardmap/data/importer"
)

const wgs84WKT = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

// shpBytes writes a .shp file of records that are given as their content.
func shpBytes(kind uint32, contents ...[]byte) []byte {
	var body bytes.Buffer
	for i, c := range contents {
		body.Write(binary.BigEndian.AppendUint32(nil, uint32(i+1)))
		body.Write(binary.BigEndian.AppendUint32(nil, uint32(len(c)/2)))
		body.Write(c)
	}
	head := make([]byte, 100)
	binary.BigEndian.PutUint32(head, 9994)
	binary.BigEndian.PutUint32(head[24:], uint32(50+body.Len()/2))
	binary.LittleEndian.PutUint32(head[28:], 1000)
	binary.LittleEndian.PutUint32(head[32:], kind)
	return append(head, body.Bytes()...)
}

func floats(vs ...float64) []byte {
	var b []byte
	for _, v := range vs {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func ints(vs ...uint32) []byte {
	var b []byte
	for _, v := range vs {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// rings writes the content of a polygon or line record.
func rings(kind uint32, parts ...[]float64) []byte {
	var starts []uint32
	var all []float64
	for _, p := range parts {
		starts = append(starts, uint32(len(all)/2))
		all = append(all, p...)
	}
	b := append(ints(kind), floats(0, 0, 0, 0)...)
	b = append(b, ints(uint32(len(parts)), uint32(len(all)/2))...)
	return append(append(b, ints(starts...)...), floats(all...)...)
}

// dbfBytes writes a table of one text column.
func dbfBytes(language byte, column string, rows ...string) []byte {
	head := make([]byte, 65)
	head[0] = 3
	binary.LittleEndian.PutUint32(head[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(head[8:], 65)
	binary.LittleEndian.PutUint16(head[10:], 21)
	head[29] = language
	copy(head[32:43], column)
	head[43], head[48], head[64] = 'C', 20, 0x0d
	for _, r := range rows {
		if !strings.HasPrefix(r, "*") {
			r = " " + r
		}
		head = append(head, fmt.Sprintf("%-21s", r)[:21]...)
	}
	return append(head, 0x1a)
}

// zipped writes a zip of files; nil ones are missing.
func zipped(t testing.TB, files map[string][]byte) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		if content == nil {
			continue
		}
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file(t, "a.zip", out.String())
}

func TestShapesOfShapefiles(t *testing.T) {
	square := []float64{0, 0, 0, 4, 4, 4, 4, 0, 0, 0}      // clockwise
	hole := []float64{1, 1, 2, 1, 2, 2, 1, 2, 1, 1}        // counter-clockwise
	island := []float64{10, 0, 10, 1, 11, 1, 11, 0, 10, 0} // clockwise
	turned := func(ps []float64) []float64 {
		var out []float64
		for i := len(ps) - 2; i >= 0; i -= 2 {
			out = append(out, ps[i], ps[i+1])
		}
		return out
	}
	cut := rings(5, square)
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"a point", append(ints(1), floats(105.7, 34.5)...), "[105.7 34.5]"},
		{"a point with height", append(ints(11), floats(105.7, 34.5, 1200, 0)...), "[105.7 34.5] map[] heights 1"},
		{"a point with measure", append(ints(21), floats(105.7, 34.5, 3)...), "[105.7 34.5] map[] heights 1"},
		{"a multipoint", append(append(append(ints(8), floats(0, 0, 0, 0)...), ints(2)...), floats(1, 2, 3, 4)...), "[[1 2] [3 4]]"},
		{"a line", rings(3, []float64{0, 0, 1, 1}), "[[0 0] [1 1]]"},
		{"a line of two parts", rings(3, []float64{0, 0, 1, 1}, []float64{2, 2, 3, 3}), "[[[0 0] [1 1]] [[2 2] [3 3]]]"},
		{"a polygon with a hole", rings(5, square, hole), "[[[0 0] [0 4] [4 4] [4 0] [0 0]] [[1 1] [2 1] [2 2] [1 2] [1 1]]]"},
		{"the hole first", rings(5, hole, square), "[[[0 0] [0 4] [4 4] [4 0] [0 0]] [[1 1] [2 1] [2 2] [1 2] [1 1]]]"},
		{"two shells and a hole", rings(5, island, hole, square), "[[[[10 0] [10 1] [11 1] [11 0] [10 0]]] [[[0 0] [0 4] [4 4] [4 0] [0 0]] [[1 1] [2 1] [2 2] [1 2] [1 1]]]]"},
		{"all rings the wrong way round: nesting decides", rings(5, turned(square), hole, turned(island)), "[[[[0 0] [4 0] [4 4] [0 4] [0 0]] [[1 1] [2 1] [2 2] [1 2] [1 1]]] [[[10 0] [11 0] [11 1] [10 1] [10 0]]]]"},
		{"a hole without shell", rings(5, island, hole), "[[[[10 0] [10 1] [11 1] [11 0] [10 0]]] [[[1 1] [2 1] [2 2] [1 2] [1 1]]]]"},
		{"a null shape", ints(0), "rejected: it has no place: its geometry is null"},
		{"a multipatch", ints(31), "rejected: shape type 31 is not supported"},
		{"points that are not there", append(ints(8), append(floats(0, 0, 0, 0), ints(1<<31)...)...), "rejected: it tells of 2147483648 points, for which it has too few bytes"},
		{"a cut polygon", cut[:len(cut)-16], "rejected: it tells of 1 parts and 5 points, for which it has too few bytes"},
		{"parts that run backwards", append(append(append(ints(3), floats(0, 0, 0, 0)...), ints(2, 2, 5, 0)...), floats(0, 0, 1, 1)...), "rejected: part 1 starts at point 6 and ends at point 0 of 2"},
		{"not a number", append(append(append(ints(3), floats(0, 0, 0, 0)...), ints(1, 2, 0)...), floats(0, math.NaN(), 1, 1)...), "rejected: point 1 is not a finite coordinate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := zipped(t, map[string][]byte{"x/a.shp": shpBytes(1, test.content), "x/a.prj": []byte(wgs84WKT)})
			got, err := records(t, path, importer.Options{})
			got = strings.TrimPrefix(strings.TrimPrefix(got, "record 1: "), " ")
			if err != nil || !strings.HasPrefix(got, test.want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

func TestAttributesOfShapefiles(t *testing.T) {
	gbk := func(s string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	at := append(ints(1), floats(105.7, 34.5)...)
	tests := []struct {
		name string
		dbf  []byte
		cpg  []byte
		o    importer.Options
		want string
	}{
		{"UTF-8 by .cpg", dbfBytes(0, "名称", "秦州区"), []byte("UTF-8"), importer.Options{}, "map[名称:秦州区]"},
		{"GBK by .cpg", dbfBytes(0, gbk("名称"), gbk("秦州区")), []byte("936"), importer.Options{}, "map[名称:秦州区]"},
		{"GBK by the language byte", dbfBytes(0x4d, gbk("名称"), gbk("秦州区")), nil, importer.Options{}, "map[名称:秦州区]"},
		{"GBK found out", dbfBytes(0x57, gbk("名称"), gbk("秦州区")), nil, importer.Options{}, "map[名称:秦州区]"},
		{"UTF-8 found out", dbfBytes(0, "名称", "秦州区"), nil, importer.Options{}, "map[名称:秦州区]"},
		{"GBK by flag against .cpg", dbfBytes(0, gbk("名称"), gbk("秦州区")), []byte("UTF-8"), importer.Options{Encoding: "gbk"}, "map[名称:秦州区]"},
		{"GBK that claims to be UTF-8", dbfBytes(0, "name", gbk("秦州区")), []byte("UTF-8"), importer.Options{}, "rejected: column name: "},
		{"a deleted row", dbfBytes(0, "name", "*x"), nil, importer.Options{}, "rejected: its row of the attribute table is marked as deleted"},
		{"a missing row", dbfBytes(0, "name"), nil, importer.Options{}, "rejected: the attribute table (.dbf) has no row for it"},
		{"blank is absent", dbfBytes(0, "name", "   "), nil, importer.Options{}, "map[]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := zipped(t, map[string][]byte{"a.SHP": shpBytes(1, at), "a.prj": []byte(wgs84WKT), "a.dbf": test.dbf, "a.cpg": test.cpg})
			got, err := records(t, path, test.o)
			if err != nil || !strings.Contains(got, test.want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

func TestShapefilesThatAreRefused(t *testing.T) {
	at := shpBytes(1, append(ints(1), floats(105.7, 34.5)...))
	tests := []struct {
		name  string
		files map[string][]byte
		says  string
	}{
		{"no .prj", map[string][]byte{"a.shp": at}, "declare it with --crs"},
		{"an unknown system", map[string][]byte{"a.shp": at, "a.prj": []byte(`PROJCS["Lambert",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]],PROJECTION["Lambert_Conformal_Conic"],UNIT["Meter",1.0]]`)}, "declare with --crs"},
		{"several", map[string][]byte{"a.shp": at, "b.shp": at}, "choose one of a, b"},
		{"none", map[string][]byte{"a.txt": []byte("x")}, "holds neither a Shapefile nor a GTFS feed (a.txt)"},
		{"no header", map[string][]byte{"a.shp": []byte("x"), "a.prj": []byte(wgs84WKT)}, "no header of a Shapefile"},
		{"cut in a record", map[string][]byte{"a.shp": at[:len(at)-4], "a.prj": []byte(wgs84WKT)}, "ends within record 1"},
	}
	for _, test := range tests {
		_, err := records(t, zipped(t, test.files), importer.Options{})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: the error is %v, it should say %q", test.name, err, test.says)
		}
	}
}

// GDAL writes Shapefiles and GeoPackages of real polygons; what is read must be what went in.
func TestFilesOfGDAL(t *testing.T) {
	tool, err := exec.LookPath("ogr2ogr")
	if err != nil {
		t.Skip("ogr2ogr is not installed (Debian package gdal-bin)")
	}
	source := realData(t, "06_cn_admin/tianshui_districts_osm.geojson")
	want := areas(t, source, importer.Options{})
	if len(want) != 7 {
		t.Fatalf("%d districts, want 7", len(want))
	}
	for _, test := range []struct {
		name, file, tolerance string
		args                  []string
		key                   string
	}{
		{"UTF-8 Shapefile", "u.shp", "1e-9", []string{"-lco", "ENCODING=UTF-8"}, "Name_Count"},
		{"GBK Shapefile", "g.shp", "1e-9", []string{"-lco", "ENCODING=GBK"}, "Name_Count"},
		{"zipped Shapefile", "z.shz", "1e-9", []string{"-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8"}, "Name_Count"},
		{"zone Shapefile", "k.shp", "1e-6", []string{"-t_srs", "EPSG:4523", "-lco", "ENCODING=UTF-8"}, "Name_Count"},
		{"GeoPackage", "p.gpkg", "1e-9", nil, "Name_County"},
		{"GeoPackage in web mercator", "m.gpkg", "1e-6", []string{"-t_srs", "EPSG:3857"}, "Name_County"},
		{"GeoPackage with heights", "h.gpkg", "1e-9", []string{"-dim", "XYZ"}, "Name_County"},
		{"GeoJSON in a zone", "j.geojson", "1e-6", []string{"-t_srs", "EPSG:4544", "-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=6"}, "Name_County"},
		{"sequence with RS", "s.geojsons", "1e-6", []string{"-f", "GeoJSONSeq", "-lco", "RS=YES"}, "Name_County"},
		{"CSV with WKT", "c.csv", "1e-9", []string{"-lco", "GEOMETRY=AS_WKT"}, "Name_County"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.file)
			if out, err := exec.Command(tool, append(test.args, path, source)...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var o importer.Options
			if strings.HasSuffix(path, ".csv") {
				o.CRS = "WGS84"
			}
			o.Key = []string{test.key}
			got := areas(t, path, o)
			var tolerance float64
			fmt.Sscan(test.tolerance, &tolerance)
			for name, area := range want {
				if math.Abs(got[name]-area) > tolerance*area {
					t.Errorf("%s has the area %v, want %v", name, got[name], area)
				}
			}
		})
	}
	if _, err := os.Stat(source); err != nil {
		t.Error(err)
	}
}

// areas are the planar areas of the polygons of a file by county.
func areas(t *testing.T, path string, o importer.Options) map[string]float64 {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	out := map[string]float64{}
	for {
		r, err := src.Next()
		if err != nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			return out
		}
		if r.Err != nil {
			t.Fatalf("%s: %v", r.Place, r.Err)
		}
		name, _ := r.Properties["Name_County"].(string)
		if name == "" {
			name, _ = r.Properties["Name_Count"].(string)
		}
		out[name] = area(r.Geometry)
	}
}

func area(g orb.Geometry) float64 {
	sum := 0.0
	switch g := g.(type) {
	case orb.Polygon:
		for i, r := range g {
			a := 0.0
			for j := range r {
				p, q := r[j], r[(j+1)%len(r)]
				a += (p[0]-r[0][0])*(q[1]-r[0][1]) - (q[0]-r[0][0])*(p[1]-r[0][1])
			}
			if a = math.Abs(a / 2); i > 0 {
				a = -a
			}
			sum += a
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sum += area(p)
		}
	}
	return sum
}
