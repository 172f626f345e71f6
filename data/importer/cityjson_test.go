package importer_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/solid"
)

// A cube of 10 m in RD New near Delft, as boundaries over eight vertices; one of its faces looks inward.
const (
	cubeVertices   = `[[0,0,0],[10000,0,0],[10000,10000,0],[0,10000,0],[0,0,10000],[10000,0,10000],[10000,10000,10000],[0,10000,10000]]`
	cubeBoundaries = `[[[[0,3,2,1]],[[4,5,6,7]],[[0,1,5,4]],[[1,2,6,5]],[[2,3,7,6]],[[3,7,4,0]]]]`
	cubeTransform  = `"transform":{"scale":[0.001,0.001,0.001],"translate":[84616,447423,-0.5]}`
	cubeReference  = `"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/7415"}`
)

func cityFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func cubeCity(objects string) string {
	return `{"type":"CityJSON","version":"2.0",` + cubeTransform + `,` + cubeReference + `,"CityObjects":{` + objects + `},"vertices":` + cubeVertices + `}`
}

func readAll(t *testing.T, path string, o importer.Options) (all []importer.Record, failed error) {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}()
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, rec)
	}
}

func checkCube(t *testing.T, rec importer.Record, volume float64) {
	t.Helper()
	if rec.Err != nil {
		t.Fatal(rec.Err)
	}
	s, err := solid.Parse(rec.Properties["solid"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if v := s.Volume(); math.Abs(v-volume) > 0.01*volume {
		t.Errorf("%s holds %g m³, want %g", rec.ID, v, volume)
	}
	if a := geo.Area(rec.Geometry); math.Abs(a-volume/10) > 0.01*volume/10 {
		t.Errorf("%s covers %g m², want %g", rec.ID, a, volume/10)
	}
	if rec.Properties["height"] != 10.0 || rec.Properties["ground_height"] != -0.5 {
		t.Errorf("%s: %v", rec.ID, rec.Properties)
	}
}

func TestACityJSONCube(t *testing.T) {
	geometry := `"geometry":[{"type":"MultiSurface","lod":"0","boundaries":[[[0,1,2,3]]]},{"type":"Solid","lod":"1.2","boundaries":` + cubeBoundaries + `},{"type":"Solid","lod":"3","boundaries":[]}]`
	all, err := readAll(t, cityFile(t, "cube.json", cubeCity(`"b1":{"type":"Building","attributes":{"storeys":3,"name":"魔方","roof":{"a":1},"built":1999.5},`+geometry+`}`)), importer.Options{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	checkCube(t, all[0], 1000)
	p := all[0].Properties
	if p["storeys"] != int64(3) || p["name"] != "魔方" || p["built"] != 1999.5 || p["lod"] != "1.2" || p["citytype"] != "Building" || p["roof"] != nil {
		t.Errorf("%v", p)
	}
	if notes := strings.Join(all[0].Notes, "; "); !strings.Contains(notes, "the attribute roof is") || !strings.Contains(notes, "faces that looked inward were turned") {
		t.Errorf("notes: %s", notes)
	}
	if lon := all[0].Geometry.Bound().Center(); math.Abs(lon[0]-4.36) > 0.05 || math.Abs(lon[1]-52.01) > 0.05 {
		t.Errorf("it stands at %v", lon)
	}
}

// notesOf reads a file to its end and gives what is said of it as a whole.
func notesOf(t *testing.T, path string, o importer.Options) []string {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for err == nil {
		_, err = src.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return src.(importer.Noter).Notes()
}

func TestHeightsOfACompoundSystemAreNamed(t *testing.T) {
	const pair = "://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/28992&2=http://www.opengis.net/def/crs/EPSG/0/5709"
	const want = "heights are in NAP height: each body stands on its lowest point, which is its ground_height"
	cube := `"b1":{"type":"Building","geometry":[{"type":"Solid","lod":"1","boundaries":` + cubeBoundaries + `}]}`
	solid := `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(gmlCube(rd)) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	for _, name := range []string{"https://www.opengis.net/def/crs/EPSG/0/7415", "http" + pair, "https" + pair, "urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709", "EPSG:28992+5709"} {
		for file, text := range map[string]string{
			"x.city.json": strings.Replace(cubeCity(cube), "https://www.opengis.net/def/crs/EPSG/0/7415", name, 1),
			"x.gml":       gmlCity(strings.ReplaceAll(name, "&", "&amp;"), solid),
		} {
			path := cityFile(t, file, text)
			all, err := readAll(t, path, importer.Options{})
			if err != nil || len(all) != 1 {
				t.Fatalf("%s of %s: %v, %v", file, name, all, err)
			}
			checkCube(t, all[0], 1000)
			if notes := notesOf(t, path, importer.Options{}); !slices.Contains(notes, want) {
				t.Errorf("%s of %s: notes %q", file, name, notes)
			}
		}
	}
}

func TestADeclaredSystemThatACityContradictsIsNoted(t *testing.T) {
	cube := `"b1":{"type":"Building","geometry":[{"type":"Solid","lod":"1","boundaries":` + cubeBoundaries + `}]}`
	for name, text := range map[string]string{"x.city.json": cubeCity(cube), "x.gml": gmlCity("https://www.opengis.net/def/crs/EPSG/0/7415", "")} {
		path := cityFile(t, name, text)
		notes := strings.Join(notesOf(t, path, importer.Options{CRS: "EPSG:25832"}), "; ")
		if !strings.Contains(notes, "the file names the coordinate system https://www.opengis.net/def/crs/EPSG/0/7415; it was read as EPSG:25832 (UTM), as declared") {
			t.Errorf("%s: notes %q", name, notes)
		}
		if notes := strings.Join(notesOf(t, path, importer.Options{CRS: "EPSG:28992+5709"}), "; "); strings.Contains(notes, "as declared") {
			t.Errorf("%s: notes %q", name, notes)
		}
	}
}

func TestOtherLevelsOfDetailAreCounted(t *testing.T) {
	solid := func(lod string) string {
		return `{"type":"Solid","lod":"` + lod + `","boundaries":` + cubeBoundaries + `}`
	}
	building := func(id string, lods ...string) string {
		var all []string
		for _, lod := range lods {
			all = append(all, solid(lod))
		}
		return `"` + id + `":{"type":"Building","geometry":[` + strings.Join(all, ",") + `]}`
	}
	shapes := surfaceMembers(gmlCube(rd))
	gml := func(lod string) string {
		return `<bldg:lod` + lod + `Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + shapes + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod` + lod + `Solid>`
	}
	tests := []struct{ name, file, text, want string }{
		{"of two of three", "x.city.json", cubeCity(building("a", "1.2", "1.3", "2.2") + "," + building("b", "2.2", "3") + "," + building("c", "1.2")), "of 2 objects other levels of detail are left out (1.2, 1.3, 3): each comes in the finest that it has up to 2.2"},
		{"of none", "x.city.json", cubeCity(building("a", "1.2") + "," + building("b", "2.2")), ""},
		{"of CityGML", "x.gml", gmlCity("EPSG:7415", gml("1")+gml("2")+gml("3")), "of 1 objects other levels of detail are left out (1, 3): each comes in the finest that it has up to 2.2"},
		{"of no CityGML", "x.gml", gmlCity("EPSG:7415", gml("2")), ""},
	}
	for _, test := range tests {
		got := ""
		for _, note := range notesOf(t, cityFile(t, test.file, test.text), importer.Options{}) {
			if strings.Contains(note, "levels of detail") {
				got += note
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAnUnknownSystemIsRefusedWithTheWayOut(t *testing.T) {
	path := cityFile(t, "x.city.json", strings.Replace(cubeCity(""), "7415", "31370", 1))
	for _, declared := range []string{"", "EPSG:31370"} {
		_, err := readAll(t, path, importer.Options{CRS: declared})
		if err == nil || !strings.Contains(err.Error(), "ogr2ogr -t_srs EPSG:4979, or for CityJSON cjio with reproject 4979") {
			t.Errorf("%q: %v", declared, err)
		}
	}
}

func TestPartsBelongToTheirBuilding(t *testing.T) {
	objects := `"b1":{"type":"Building","attributes":{"name":"a"},"children":["p1"]},"p1":{"type":"BuildingPart","parents":["b1"],"geometry":[{"type":"Solid","lod":1,"boundaries":` + cubeBoundaries + `}]}`
	all, err := readAll(t, cityFile(t, "parts.city.json", cubeCity(objects)), importer.Options{})
	if err != nil || len(all) != 1 || all[0].ID != "b1" {
		t.Fatalf("%v, %v", all, err)
	}
	checkCube(t, all[0], 1000)
}

func TestASequenceOfCityObjects(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "{\"type\":\"CityJSON\",\"version\":\"2.0\",%s,%s,\"CityObjects\":{},\"vertices\":[]}\n", cubeTransform, cubeReference)
	for i := range 3 {
		fmt.Fprintf(&text, "{\"type\":\"CityJSONFeature\",\"id\":\"b%d\",\"CityObjects\":{\"b%d\":{\"type\":\"Building\",\"geometry\":[{\"type\":\"Solid\",\"lod\":\"2.2\",\"boundaries\":%s}]}},\"vertices\":%s}\n", i, i, cubeBoundaries, cubeVertices)
	}
	all, err := readAll(t, cityFile(t, "seq.city.jsonl", text.String()), importer.Options{})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	for _, rec := range all {
		checkCube(t, rec, 1000)
	}
	if all[1].Place != "line 3, object b1" {
		t.Errorf("the place is %q", all[1].Place)
	}
}

func TestATemplateIsPlaced(t *testing.T) {
	templates := `"geometry-templates":{"templates":[{"type":"Solid","lod":"2","boundaries":` + cubeBoundaries + `}],"vertices-templates":[[0,0,0],[5,0,0],[5,5,0],[0,5,0],[0,0,5],[5,0,5],[5,5,5],[0,5,5]]},`
	text := strings.Replace(cubeCity(`"t1":{"type":"CityFurniture","geometry":[{"type":"GeometryInstance","template":0,"boundaries":[0],"transformationMatrix":[2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}]}`), `"CityObjects"`, templates+`"CityObjects"`, 1)
	all, err := readAll(t, cityFile(t, "t.json", text), importer.Options{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	checkCube(t, all[0], 1000)
}

func TestCityJSONThatIsWrongSaysWhere(t *testing.T) {
	object := func(geometry string) string {
		return cubeCity(`"b1":{"type":"Building","geometry":[` + geometry + `]}`)
	}
	tests := []struct{ name, text, want string }{
		{"a vertex that is none", object(`{"type":"Solid","lod":"1","boundaries":[[[[0,1,99]]]]}`), "geometry 1 of b1: surface 1: vertex 99 of 8"},
		{"boundaries of another depth", object(`{"type":"Solid","lod":"1","boundaries":[[[0,1,2]]]}`), "geometry 1 of b1: the boundaries of a Solid"},
		{"a type that is none", object(`{"type":"Blob","lod":"1","boundaries":[]}`), `the type "Blob" is none`},
		{"no geometry", cubeCity(`"b1":{"type":"Building"}`), "it has no surface"},
		{"an instance of nothing", object(`{"type":"GeometryInstance","template":4,"boundaries":[0],"transformationMatrix":[1]}`), "template 4 of 0"},
		{"no system", strings.Replace(object(""), cubeReference+",", "", 1), "names no coordinate system"},
		{"a system that is not known", strings.Replace(object(""), "7415", "31370", 1), "declare with --crs"},
		{"an old version", strings.Replace(object(""), `"2.0"`, `"0.9"`, 1), `CityJSON of version "0.9"`},
		{"cut off", object("")[:120], "document 1, line 1: unexpected EOF"},
		{"a feature first", `{"type":"CityJSONFeature","CityObjects":{}}`, `document 1 is of type "CityJSONFeature"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all, err := readAll(t, cityFile(t, "x.city.json", test.text), importer.Options{})
			for _, rec := range all {
				err = errors.Join(err, rec.Err)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestDelftStandsInDelft(t *testing.T) {
	path := realData(t, "02_3d/delft_3dfier.city.json.gz")
	all, err := readAll(t, path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bodies, volume, boxes := 0, 0.0, 0.0
	for _, rec := range all {
		if rec.Err != nil {
			t.Errorf("%s: %v", rec.Place, rec.Err)
			continue
		}
		if at := rec.Geometry.Bound().Center(); math.Abs(at[0]-4.36) > 0.02 || math.Abs(at[1]-52.01) > 0.02 {
			t.Errorf("%s lies at %v", rec.Place, at)
		}
		text, ok := rec.Properties["solid"].(string)
		if rec.Properties["citytype"] != "Building" {
			continue
		}
		if !ok {
			t.Errorf("%s has no body", rec.Place)
			continue
		}
		s, err := solid.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		bodies++
		area := geo.Area(rec.Geometry)
		if v := s.Volume(); !(v > 0 && v < 1.02*area*rec.Properties["height"].(float64)) {
			t.Errorf("%s: %g m³ over %g m², %v m high", rec.Place, v, area, rec.Properties["height"])
		}
		volume += s.Volume()
		boxes += area * rec.Properties["height"].(float64)
	}
	if bodies != 160 || len(all) != 570 {
		t.Errorf("%d bodies of %d objects", bodies, len(all))
	}
	t.Logf("%d bodies, %.0f m³, %.0f m³ of boxes around them", bodies, volume, boxes)
	p, err := importer.Infer(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Layer.Scene == nil || p.Layer.Scene.Solid != "solid" || p.Layer.Scene.Height != "height" {
		t.Errorf("the layer is proposed with the scene %+v", p.Layer.Scene)
	}
	if s, ok := p.Layer.Property("solid"); !ok || s.Format != layers.SolidFormat {
		t.Errorf("the property is proposed as %+v", s)
	}
}

func FuzzCityJSON(f *testing.F) {
	f.Add([]byte(cubeCity(`"b1":{"type":"Building","children":["b1"],"geometry":[{"type":"Solid","lod":"1.2","boundaries":` + cubeBoundaries + `}]}`)))
	f.Add([]byte(`{"type":"CityJSON","version":"1.1","CityObjects":{"a":{"type":"Road","geometry":[{"type":"MultiSurface","lod":1,"boundaries":[[[0,1,2]]]}]}},"vertices":[[0,0,0],[1,0,0],[0,1,1]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.city.json")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		src, err := importer.Open(path, importer.Options{CRS: "EPSG:28992"})
		if err != nil {
			return
		}
		defer func() { _ = src.Close() }()
		for range 100 {
			rec, err := src.Next()
			if err != nil {
				return
			}
			if rec.Err == nil && rec.Geometry == nil {
				t.Fatalf("%s has neither a geometry nor an error", rec.Place)
			}
		}
	})
}

// cubeWKB is a cube of 10 m as ISO WKB of a type with heights.
func cubeWKB(kind uint32) []byte {
	corner := [8][3]float64{{0, 0, 0}, {10, 0, 0}, {10, 10, 0}, {0, 10, 0}, {0, 0, 10}, {10, 0, 10}, {10, 10, 10}, {0, 10, 10}}
	faces := [6][4]int{{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}}
	le := binary.LittleEndian
	out := le.AppendUint32(le.AppendUint32([]byte{1}, kind), uint32(len(faces)))
	for _, f := range faces {
		out = le.AppendUint32(le.AppendUint32(le.AppendUint32(append(out, 1), 1003), 1), 5)
		for _, k := range [5]int{f[0], f[1], f[2], f[3], f[0]} {
			p := corner[k]
			for _, v := range [3]float64{4.36 + p[0]/68_677, 52.01 + p[1]/111_267, p[2] - 0.5} {
				out = le.AppendUint64(out, math.Float64bits(v))
			}
		}
	}
	return out
}

func TestSurfacesOfAGeoPackageAreBodies(t *testing.T) {
	flat := le3(1003, 1, [3]float64{4.36, 52.01, 3}, [3]float64{4.37, 52.01, 3}, [3]float64{4.37, 52.02, 3}, [3]float64{4.36, 52.01, 3})
	path := geoPackage(t, 4326, blob(cubeWKB(1015)...), blob(cubeWKB(1006)...), blob(flat...), blob(cubeWKB(15)...), blob(cubeWKB(1015)[:200]...))
	all, err := readAll(t, path, importer.Options{})
	if err != nil || len(all) != 5 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	checkCube(t, all[0], 1000)
	checkCube(t, all[1], 1000)
	if all[2].Err != nil || all[2].Properties["solid"] != nil || all[2].Heights != 4 {
		t.Errorf("a flat polygon: %+v", all[2])
	}
	if err := all[3].Err; err == nil || !strings.Contains(err.Error(), "has no heights: write it with Z") {
		t.Errorf("a surface without heights: %v", err)
	}
	if err := all[4].Err; err == nil || !strings.Contains(err.Error(), "face 2") {
		t.Errorf("a surface that is cut off: %v", err)
	}
}

// le3 is a polygon of one ring with heights.
func le3(kind, rings uint32, ring ...[3]float64) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(le.AppendUint32(le.AppendUint32([]byte{1}, kind), rings), uint32(len(ring)))
	for _, p := range ring {
		for _, v := range p {
			out = le.AppendUint64(out, math.Float64bits(v))
		}
	}
	return out
}

func TestNoCityObjectIsLostAmongItsRelations(t *testing.T) {
	geometry := `"geometry":[{"type":"Solid","lod":"1","boundaries":` + cubeBoundaries + `}]`
	building := func(id, more string) string { return `"` + id + `":{"type":"Building",` + more + geometry + `}` }
	tests := []struct {
		name, objects string
		ids           string
		note          string
	}{
		{"members of a group", `"g":{"type":"CityObjectGroup","children":["b1","b2"]},` + building("b1", `"parents":["g"],`) + "," + building("b2", `"parents":["g"],`), "b1 b2", ""},
		{"a parent that is not there", building("b1", `"parents":["gone"],`), "b1", ""},
		{"a part that its parent does not name", building("b1", "") + "," + building("p1", `"parents":["b1"],`), "b1 p1", ""},
		{"a circle of two", building("b2", `"parents":["b1"],"children":["b1"],`) + `,"b1":{"type":"Building","parents":["b2"],"children":["b2"]}`, "b1", "it is a part of its own parts: it stands for them"},
		{"a part of itself", building("b1", `"parents":["b1"],"children":["b1"],`), "b1", "it is a part of its own parts: it stands for them"},
		{"a circle below another object", building("b1", `"children":["p1"],`) + `,"p1":{"type":"BuildingPart","parents":["b1","p2"],"children":["p2"]},"p2":{"type":"BuildingPart","parents":["p1"],"children":["p1"]}`, "b1", ""},
		{"a part of a circle", building("p1", `"parents":["b1"],`) + `,"b1":{"type":"Building","parents":["b2"],"children":["b2","p1"]},"b2":{"type":"Building","parents":["b1"],"children":["b1"]}`, "b1", "it stands for them"},
		{"a child that is not there", building("b1", `"children":["gone"],`), "b1", "parts that it names are not in the file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all, err := readAll(t, cityFile(t, "x.city.json", cubeCity(test.objects)), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, rec := range all {
				checkCube(t, rec, 1000)
				ids = append(ids, rec.ID)
			}
			if got := strings.Join(ids, " "); got != test.ids || !strings.Contains(strings.Join(all[0].Notes, "; "), test.note) {
				t.Errorf("records %s, notes %v", got, all[0].Notes)
			}
		})
	}
}
