package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

func feature(x, y any) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[%v,%v]}}`, x, y)
}

func collection(members string, features ...string) string {
	return `{"type":"FeatureCollection",` + members + `"features":[` + strings.Join(features, ",\n") + `]}`
}

func packed(t testing.TB, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPackings(t *testing.T) {
	a, b := feature(1, 2), feature(3, 4)
	two := "feature 1:  [1 2] map[]\nfeature 2:  [3 4] map[]\n"
	lines := "line 1:  [1 2] map[]\nline 2:  [3 4] map[]\n"
	pretty := strings.ReplaceAll(a, ",", ",\n  ")
	tests := []struct{ name, file, content, want string }{
		{"a collection", "a.geojson", collection("", a, b), two},
		{"a collection without a telling name", "a.dat", collection("", a, b), two},
		{"a packed collection", "a.geojson.gz", packed(t, collection("", a, b)), two},
		{"packed without a telling name", "a", packed(t, collection("", a, b)), two},
		{"a collection with a byte order mark", "a.json", "\ufeff" + collection("", a, b), two},
		{"the type behind the features", "a.json", `{"features":[` + a + "," + b + `],"type":"FeatureCollection"}`, two},
		{"one feature", "a.json", a, "feature 1:  [1 2] map[]\n"},
		{"one feature on many lines", "a.json", pretty, "feature 1:  [1 2] map[]\n"},
		{"a bare geometry", "a.json", `{"type":"Point","coordinates":[1,2]}`, "feature 1:  [1 2] map[]\n"},
		{"coordinates before the type", "a.json", `{"coordinates":[[1,2],[3,4]],"type":"LineString"}`, "feature 1:  [[1 2] [3 4]] map[]\n"},
		{"lines", "a.geojsonl", a + "\n" + b, lines},
		{"lines in a .json file", "a.json", a + "\r\n" + b + "\r\n", lines},
		{"packed lines", "a.geojsonl.gz", packed(t, a+"\n"+b+"\n"), lines},
		{"empty lines between", "a.geojsonl", "\n" + a + "\n\n" + b, "line 2:  [1 2] map[]\nline 4:  [3 4] map[]\n"},
		{"a broken line", "a.geojsonl", a + "\n" + `{"type":"Feat` + "\n" + b, "line 1:  [1 2] map[]\nline 2: rejected: it ends within the document\nline 3:  [3 4] map[]\n"},
		{"the first line is broken", "a.geojsonl", `{"type":` + "\n" + b, "line 1: rejected: it ends within the document\nline 2:  [3 4] map[]\n"},
		{"collections on lines", "a.geojsonl", collection("", a) + "\n" + strings.ReplaceAll(collection("", a, b), "\n", ""), "line 1, feature 1:  [1 2] map[]\nline 2, feature 1:  [1 2] map[]\nline 2, feature 2:  [3 4] map[]\n"},
		{"a sequence by RFC 8142", "a.json", "\x1e" + pretty + "\n\x1e" + b + "\n", "record 1:  [1 2] map[]\nrecord 2:  [3 4] map[]\n"},
	}
	for _, test := range tests {
		got, err := records(t, file(t, test.file, test.content), importer.Options{})
		if err != nil || got != test.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, err, got, test.want)
		}
	}
}

func TestBrokenCollections(t *testing.T) {
	a := feature(1, 2)
	tests := []struct{ name, content, want, says string }{
		{"cut in a feature", collection("", a, a)[:len(collection("", a, a))-20], "feature 1:  [1 2] map[]\n", "the file ends within feature 2 that begins on line 2"},
		{"cut after a feature", `{"type":"FeatureCollection","features":[` + a, "feature 1:  [1 2] map[]\n", "the file ends within the FeatureCollection"},
		{"something behind it", "{\n" + collection("", a)[1:] + "\n\nx", "feature 1:  [1 2] map[]\n", "line 4: after the end of the FeatureCollection there is 'x'"},
		{"no comma", `{"type":"FeatureCollection","features":[` + a + a + `]}`, "feature 1:  [1 2] map[]\n", "a comma or ']' was expected after feature 1"},
		{"a comma too much", `{"type":"FeatureCollection","features":[` + a + `,]}`, "feature 1:  [1 2] map[]\n", "a comma stands before ']'"},
		{"no type", `{"features":[` + a + `]}`, "feature 1:  [1 2] map[]\n", `the member "type" of the FeatureCollection is missing`},
		{"a member twice", collection(`"type":"FeatureCollection",`, a), "", `the member "type" of the FeatureCollection stands there twice`},
		{"an array", `[` + a + `]`, "", "GeoJSON must be an object, an array is there"},
		{"nothing", " \n ", "", "no content"},
	}
	for _, test := range tests {
		got, err := records(t, file(t, "a.geojson", test.content), importer.Options{})
		if err == nil || got != test.want || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v\n%s\nwant %s\n%s", test.name, err, got, test.says, test.want)
		}
	}
}

func TestBrokenFeaturesCostOnlyThemselves(t *testing.T) {
	good := feature(1, 2)
	tests := []struct{ name, feature, says string }{
		{"nested too deep", `{"type":"Feature","properties":{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `},"geometry":null}`, "nested deeper than 64"},
		{"half a surrogate pair", `{"type":"Feature","properties":{"a":"\ud83d"},"geometry":null}`, "half a surrogate pair"},
		{"no UTF-8", "{\"type\":\"Feature\",\"properties\":{\"a\":\"\xc3\x28\"},\"geometry\":null}", "no valid UTF-8"},
		{"a property twice", `{"type":"Feature","properties":{"a":1,"a":2},"geometry":null}`, `the member "a" stands there twice`},
		{"not a number", feature("NaN", 2), "a number was expected, NaN is there (line 2)"},
		{"infinity", feature("1e400", 2), "the number 1e400 is too large"},
		{"metres", feature(500000, 3800000), "look like metres"},
		{"swapped", feature(34.5, 105.7), "are lat and lon swapped?"},
		{"a text for a number", feature(`"1"`, 2), "a number was expected, a text is there"},
		{"one number", `{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1]}}`, "a position needs two numbers, it has 1"},
	}
	for _, test := range tests {
		got, err := records(t, file(t, "a.geojson", collection("", good, test.feature, good)), importer.Options{})
		want := "feature 1:  [1 2] map[]\nfeature 2: rejected: "
		if err != nil || !strings.HasPrefix(got, want) || !strings.Contains(got, test.says) || !strings.HasSuffix(got, "feature 3:  [1 2] map[]\n") {
			t.Errorf("%s: %v\n%s\nwant %s", test.name, err, got, test.says)
		}
	}
}

func TestCoordinateSystemsOfGeoJSON(t *testing.T) {
	named := func(name string) string { return `"crs":{"type":"name","properties":{"name":"` + name + `"}},` }
	zone := feature(35566080, 3828000) // 105.72 E in zone 35
	tests := []struct {
		name, content string
		o             importer.Options
		want, says    string
	}{
		{name: "the old member", content: collection(named("urn:ogc:def:crs:OGC:1.3:CRS84"), feature(1, 2)), want: "feature 1:  [1 2] map[]\n"},
		{name: "a zone", content: collection(named("urn:ogc:def:crs:EPSG::4523"), zone), want: "feature 1:  [105.72"},
		{name: "null", content: collection(`"crs":null,`, feature(1, 2)), want: "feature 1:  [1 2] map[]\n"},
		{name: "an unknown one", content: collection(named("EPSG:2154"), feature(1, 2)), says: "declare with --crs"},
		{name: "a link", content: collection(`"crs":{"type":"link","properties":{"href":"x"}},`, feature(1, 2)), says: "declare it with --crs"},
		{name: "another one is declared", content: collection(named("EPSG:2154"), feature(1, 2)), o: importer.Options{CRS: "WGS84"}, want: "feature 1:  [1 2] map[]\n"},
		{name: "GCJ-02 is declared", content: collection("", feature(105.7249, 34.5786)), o: importer.Options{CRS: "gcj02"}, want: "feature 1:  [105.7"},
		{name: "it stands behind the features", content: `{"type":"FeatureCollection","features":[` + feature(1, 2) + `],` + strings.TrimSuffix(named("EPSG:3857"), ",") + `}`, want: "feature 1:  [1 2] map[]\n", says: "import it again with --crs"},
		{name: "of one feature on a line", content: feature(1, 2) + "\n" + strings.Replace(zone, "{", "{"+named("EPSG:4523"), 1), want: "line 1:  [1 2] map[]\nline 2:  [105.72"},
	}
	for _, test := range tests {
		got, err := records(t, file(t, "a.geojson", test.content), test.o)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %v\n%s\nwant %s\n%s", test.name, err, got, test.says, test.want)
		}
	}
}

func TestFormatsAreKnownByContentAndName(t *testing.T) {
	tests := []struct{ name, file, content, says string }{
		{"a text", "a.doc", "hello", "known are GeoJSON"},
		{"XML", "a.kml", "<?xml?>", "this is XML"},
		{"nothing", "a", "", "empty"},
		{"a part of a Shapefile", "a.dbf", "x", "name its .shp file"},
		{"a false name", "a.osm.pbf", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "the content does not"},
		{"broken gzip", "a.geojson.gz", "\x1f\x8b\x08broken", "gzip"},
		{"cut gzip", "a.geojson.gz", packed(t, collection("", feature(1, 2)))[:60], ""},
	}
	for _, test := range tests {
		_, err := records(t, file(t, test.file, test.content), importer.Options{})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: the error is %v, it should say %q", test.name, err, test.says)
		}
	}
	if _, err := importer.Open(t.TempDir(), importer.Options{}); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := importer.Open("/does/not/exist", importer.Options{}); err == nil {
		t.Error("a missing file opens")
	}
}

// Shanghai's files were cut at the edges of tiles: ids repeat. Whole again, nothing is rejected but what has no id.
func TestMergingTheTilesOfShanghai(t *testing.T) {
	tests := []struct {
		file            string
		created, merged int64
		rejected        int64 // without id
	}{
		{"shanghai_buildings", 1517, 367, 0}, {"shanghai_roads", 1094, 684, 0}, {"shanghai_water", 29, 68, 9},
		{"shanghai_landuse", 212, 115, 0}, {"shanghai_boundaries", 3, 15, 0}, {"shanghai_earth", 1, 33, 0},
		{"shanghai_places", 6, 0, 0}, {"shanghai_pois", 493, 1, 0}, {"shanghai_transit", 18, 42, 0},
	}
	for _, test := range tests {
		path := realData(t, "01_osm_cn/"+test.file+".geojsonl")
		o := importer.Options{Key: []string{"id"}, Merge: true}
		m := memory(t, anything)
		r, err := run(t, m, anything, path, o)
		if err != nil || r.Created != test.created || r.Merged != test.merged || r.Rejected != test.rejected {
			t.Errorf("%s: %s, %v, %v", test.file, summary(r), err, r.Rejects)
		}
		again, err := run(t, m, anything, path, o)
		if err != nil || again.Unchanged != test.created {
			t.Errorf("%s again: %s, %v", test.file, summary(again), err)
		}
		plain, err := run(t, memory(t, anything), anything, path, importer.Options{Key: []string{"id"}})
		if err != nil || plain.Rejected+plain.Duplicates != test.merged+test.rejected {
			t.Errorf("%s without merging: %s, %v", test.file, summary(plain), err)
		}
	}
}

func TestInferredDefinitions(t *testing.T) {
	var content strings.Builder
	content.WriteString("名称,Code,nr,share,open,built,seen,kind,empty,ID,lon,lat\n")
	for i := range 60 {
		fmt.Fprintf(&content, "n%d,%04d,%d,%d.5,%v,2003-04-%02d,2003-04-19T08:00:00Z,%s,,%d,105.7%d,34.5\n", i, i, i, i, i%2 == 0, i%28+1, []string{"a", "b", "c"}[i%3], i, i)
	}
	path := file(t, "Some sites.csv", content.String())
	p, err := importer.Infer(path, importer.Options{CRS: "WGS84"})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, one := range p.Layer.Properties {
		fmt.Fprintf(&got, "%s %s %d; ", one.Name, one.Type, len(one.Values))
	}
	want := "code text 0; id_field integer 0; built date 0; kind text 3; nr integer 0; open boolean 0; seen time 0; share number 0; name text 0; "
	if got.String() != want || p.Layer.Label != "name" || p.Layer.ID != "some_sites" || p.Layer.Kind != layers.PointKind || fmt.Sprint(p.Keys) != "[Code ID nr 名称]" {
		t.Errorf("%s\nwant\n%s\n%+v", got.String(), want, p)
	}
	checkDefinition(t, p.Layer)
	r, err := run(t, memory(t, p.Layer), p.Layer, path, importer.Options{CRS: "WGS84", Key: []string{"ID"}})
	if err != nil || r.Created != 60 || len(r.LeftOut) > 0 {
		t.Errorf("without the map: %s, %v, %v", summary(r), err, r.LeftOut)
	}
}

// checkDefinition holds a definition against the rules of catalogue files.
func checkDefinition(t *testing.T, l layers.Layer) {
	t.Helper()
	text, err := yaml.Marshal(layers.Group{ID: "imported", Title: title, Layers: []layers.Layer{l}})
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := layers.Parse("imported.yaml", text); len(problems) > 0 {
		t.Errorf("layer %s: %v\n%s", l.ID, problems, text)
	}
}

func TestSidesAcrossTheAntimeridianAreNoted(t *testing.T) {
	box := `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[177.9,-18.3],[-179.8,-18.3],[-179.8,-16.2],[177.9,-16.2],[177.9,-18.3]]]}}`
	r, err := run(t, memory(t, anything), anything, file(t, "a.json", box), importer.Options{})
	if err != nil || len(r.Notes) != 1 || r.Created != 1 {
		t.Errorf("%v, %v", r.Notes, err)
	}
	edge := `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[-180,-90],[180.00000000000003,-90],[180,-70],[0,-60],[-180,-70],[-180,-90]]]}}`
	r, err = run(t, memory(t, anything), anything, file(t, "a.json", edge), importer.Options{})
	if _, moved := r.Notes["1 coordinates less than 0.0000001° beyond ±180° or ±90° were moved there"]; err != nil || !moved || len(r.Notes) != 1 || r.Created != 1 {
		t.Errorf("%v, %v, %v", r.Notes, r.Rejects, err)
	}
}

// Ids made of the content must not change between versions: everybody's imports would come in a second time.
func TestContentIDsStayTheSame(t *testing.T) {
	path := file(t, "a.geojson", `{"type":"Feature","properties":{"b":1,"a":"x","c":1.5,"d":true},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}`)
	m := memory(t, anything)
	if _, err := run(t, m, anything, path, importer.Options{}); err != nil {
		t.Fatal(err)
	}
	page, err := m.Features(context.Background(), "anything", layers.Query{})
	if err != nil || len(page.Features) != 1 || page.Features[0].ID != "c-452d4651bd5a0550" {
		t.Errorf("%+v, %v", page.Features, err)
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	one := feature("105.7123456", "34.5123456")
	var content strings.Builder
	content.WriteString(`{"type":"FeatureCollection","features":[` + one)
	for range 100_000 {
		content.WriteString(",\n" + one)
	}
	content.WriteString("]}")
	size := content.Len()
	path := file(t, "a.geojson", content.String())
	content.Reset()
	src, err := importer.Open(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := heap(), uint64(0)
	for i := 0; ; i++ {
		if _, err := src.Next(); err != nil {
			if i != 100_001 {
				t.Errorf("%d features, %v", i, err)
			}
			break
		}
		if i%20_000 == 0 {
			now := heap()
			most = max(most, now-min(before, now))
		}
	}
	if most > 2<<20 {
		t.Errorf("reading %d MB took %d MB of memory", size>>20, most>>20)
	}
}
