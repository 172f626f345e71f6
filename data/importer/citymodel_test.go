package importer_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/wardmap/wardmap/data/importer"
)

const cubeSolid = `"geometry":[{"type":"Solid","lod":"2.2","boundaries":` + cubeBoundaries + `}]`

// notesOf reads a file to its end and gives what its source has to say of it.
func notesOf(t *testing.T, path string, o importer.Options) (all []importer.Record, notes string) {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	if n, ok := src.(importer.Noter); ok {
		notes = strings.Join(n.Notes(), "\n")
	}
	return all, notes
}

func gmlSolid() string {
	return `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(gmlCube(rd)) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
}

func TestWhatACityModelSaysOfItself(t *testing.T) {
	const compound = "https://www.opengis.net/def/crs-compound?1=https://www.opengis.net/def/crs/EPSG/0/28992&2=https://www.opengis.net/def/crs/EPSG/0/5709"
	cube := cubeCity(`"a":{"type":"Building",` + cubeSolid + `}`)
	gml := gmlCity("EPSG:7415", gmlSolid())
	tests := []struct {
		name, file, text string
		o                importer.Options
		note             string
	}{
		{"a compound system of CityJSON", "a.city.json", strings.Replace(cube, "https://www.opengis.net/def/crs/EPSG/0/7415", compound, 1), importer.Options{}, "heights are NAP heights"},
		{"another system is declared, of CityJSON", "a.city.json", cube, importer.Options{CRS: "EPSG:28992"}, "it was read as EPSG:28992 (RD New), as declared"},
		{"another system is declared, of CityGML", "a.gml", gml, importer.Options{CRS: "EPSG:28992"}, "the file names the coordinate system EPSG:7415; it was read as EPSG:28992 (RD New), as declared"},
		{"several levels of detail of CityJSON", "a.city.json", cubeCity(`"a":{"type":"Building","geometry":[{"type":"Solid","lod":"1.2","boundaries":` + cubeBoundaries + `},{"type":"Solid","lod":"2.2","boundaries":` + cubeBoundaries + `}]}`),
			importer.Options{}, "where there is a better one: 1.2 of 1 objects"},
		{"several levels of detail of CityGML", "a.gml", gmlCity("EPSG:7415", gmlSolid()+strings.ReplaceAll(gmlSolid(), "lod1", "lod2")), importer.Options{}, "where there is a better one: 1 of 1 objects"},
		{"a system on the geometry only", "a.gml", strings.Replace(gmlCity("", gmlSolid()), "<gml:Solid>", `<gml:Solid srsName="urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709">`, 1), importer.Options{}, "heights are in NAP height"},
		{"one system under two names", "a.gml", strings.Replace(gml, "<gml:Solid>", `<gml:Solid srsName="urn:ogc:def:crs:EPSG::28992">`, 1), importer.Options{}, ""},
		{"Latin-1", "a.gml", strings.Replace(strings.Replace(gml, "UTF-8", "ISO-8859-1", 1), `gml:id="b1">`, "gml:id=\"b1\"><gml:name>Stra\xdfe</gml:name>", 1), importer.Options{}, ""},
		{"GB18030", "a.gml", strings.Replace(strings.Replace(gml, "UTF-8", "GB18030", 1), `gml:id="b1">`, "gml:id=\"b1\"><gml:name>\xb1\xb1</gml:name>", 1), importer.Options{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all, notes := notesOf(t, cityFile(t, test.file, test.text), test.o)
			if len(all) != 1 {
				t.Fatalf("%d records", len(all))
			}
			checkCube(t, all[0], 1000)
			if !strings.Contains(notes, test.note) || test.note == "" && strings.Contains(notes, "names the coordinate system") {
				t.Errorf("it says %q, want %q", notes, test.note)
			}
			for name, want := range map[string]string{"Latin-1": "Straße", "GB18030": "北"} {
				if test.name == name && all[0].Properties["name"] != want {
					t.Errorf("the name reads %q", all[0].Properties["name"])
				}
			}
		})
	}
}

func TestABuildingInAnotherSystemIsRefused(t *testing.T) {
	text := strings.Replace(gmlCity("EPSG:7415", gmlSolid()), "<gml:Solid>", `<gml:Solid srsName="EPSG:25832">`, 1)
	all, err := readAll(t, cityFile(t, "x.gml", text), importer.Options{})
	if err != nil || len(all) != 1 || all[0].Err == nil || !strings.Contains(all[0].Err.Error(), "EPSG:25832, what came before it in EPSG:7415") {
		t.Errorf("%v, %v", all, err)
	}
}

func TestObjectsThatBelongToEachOtherAreNotLost(t *testing.T) {
	objects := `"a":{"type":"Building","parents":["b"],"children":["b"],` + cubeSolid + `},"b":{"type":"Building","parents":["a"],"children":["a"]},
		"c":{"type":"Building","parents":["c"],"children":["c"],` + cubeSolid + `},"d":{"type":"Building",` + cubeSolid + `}`
	all, err := readAll(t, cityFile(t, "a.city.json", cubeCity(objects)), importer.Options{})
	if err != nil || len(all) != 3 {
		t.Fatalf("%v, %v", all, err)
	}
	for i, id := range []string{"a", "c", "d"} {
		if all[i].ID != id {
			t.Errorf("record %d is %s, want %s", i, all[i].ID, id)
		}
		checkCube(t, all[i], 1000)
	}
}

// Some kilobytes of gzip can be a gigabyte of one text.
func TestAHostileCityModelTakesLittleMemory(t *testing.T) {
	const size = 200 << 20
	tests := []struct{ name, file, head, body, want string }{
		{"a name without end", "x.gml.gz", strings.TrimSuffix(gmlCity("EPSG:28992", "<gml:name>"), "</bldg:Building></core:cityObjectMember>"), "x", "takes more than 64 MB"},
		{"text between buildings without end", "x.gml.gz", `<CityModel>`, " x", "takes more than 64 MB"},
		{"elements within each other without end", "x.gml.gz", `<CityModel>`, "<a>", "more than 1000 elements within each other"},
		{"and within what is skipped", "x.gml.gz", `<CityModel><cityObjectMember><Tree>`, "<a>", "more than 1000 elements within each other"},
		{"a feature of a sequence without end", "x.city.jsonl.gz", `{"type":"CityJSON","version":"2.0",` + cubeTransform + `,` + cubeReference + `,"CityObjects":{},"vertices":[]}` + "\n" + `{"type":"CityJSONFeature","id":"`, "x", "takes more than 64 MB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.file)
			head := test.head
			if i := strings.Index(head, "<gml:name>"); i > 0 {
				head = head[:i+10]
			}
			bomb(t, path, head, test.body, size)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readAll(t, path, importer.Options{})
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 600<<20 {
				t.Errorf("it took %d MB", took>>20)
			}
		})
	}
}

func bomb(t *testing.T, path, head, body string, size int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, err = io.WriteString(z, head)
	chunk := strings.Repeat(body, 1<<16)
	for n := 0; n < size && err == nil; n += len(chunk) {
		_, err = io.WriteString(z, chunk)
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(fmt.Errorf("write %s: %w", path, err))
	}
}
