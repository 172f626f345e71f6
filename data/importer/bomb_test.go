package importer_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
)

// bomb writes a gzip of a text with a piece of it n times.
func bomb(t *testing.T, name, before, piece string, n int, after string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(packed, 1<<20)
	many := strings.Repeat(piece, 1000)
	write := func(s string) {
		if _, err := w.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	write(before)
	for range n / 1000 {
		write(many)
	}
	write(after)
	if err := errors.Join(w.Flush(), packed.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// allocated is all memory that was ever taken.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestBombsTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("its files are large when unpacked")
	}
	const most = 100_000_000
	root := `<CityModel ><cityObjectMember><Building>`
	head := `{"type":"CityJSON","version":"2.0",` + cubeReference + `,"CityObjects":{},"vertices":[]}` + "\n"
	feature := `{"type":"CityJSONFeature","CityObjects":{"a":{"type":"Building","attributes":{"x":"`
	tests := []struct {
		name, file, before, piece string
		n                         int
		after, want               string
		megabytes                 uint64
	}{
		{"a long text of GeoJSON", "x.geojsonl", point("a", "{}") + `{"type":"Feature","id":"`, "x", most, "\"}\n", "it is larger than 64 MiB", 300},
		{"spaces around members", "x.gml", `<CityModel >`, " ", most / 5, `</CityModel>`, "a tag, text or comment is larger than 8 MiB", 100},
		{"a long text", "x.gml", root + "<name>", "x", most, "</name></Building></cityObjectMember></CityModel>", "building 1: byte ", 100},
		{"a long attribute", "x.gml", root + `<name a="`, "x", most / 5, `"/></Building></cityObjectMember></CityModel>`, "larger than 8 MiB", 100},
		{"a tag of many attributes", "x.gml", root + `<name`, ` a=""`, 200_000, `/></Building></cityObjectMember></CityModel>`, "a tag is larger than 64 KiB", 100},
		{"a long comment", "x.gml", `<CityModel ><!--`, "x", most / 5, "--></CityModel>", "larger than 8 MiB", 100},
		{"a long declaration", "x.gml", `<CityModel ><!X `, "x", most / 5, "></CityModel>", "larger than 8 MiB", 100},
		{"many values of one name", "x.gml", root, "<name>abc</name>", 100_000, "</Building></cityObjectMember></CityModel>", "it has no surface", 300},
		{"a deep building", "x.gml", root, "<a>", most / 100, "", "more than 100 elements stand within each other", 10},
		{"a deep document", "x.gml", `<CityModel >`, "<a>", most / 100, "", "more than 100 elements stand within each other", 10},
		{"a deep object of another kind", "x.gml", `<CityModel ><cityObjectMember>`, "<a>", most / 100, "", "more than 100 elements stand within each other", 10},
		{"spaces behind a document", "x.city.json", head, " ", most / 5, "", "", 10},
		{"what is no JSON", "x.city.jsonl", head, "x", most / 5, "", "document 2, line 2: an object was expected", 10},
		{"zeros", "x.city.jsonl", head, "\x00", most / 5, "", "document 2, line 2: an object was expected", 10},
		{"a long text of a feature", "x.city.jsonl", head + feature, "x", most, `"}}},"vertices":[]}`, "document 2, line 2: it is larger than 64 MiB", 300},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src, err := importer.Open(bomb(t, test.file, test.before, test.piece, test.n, test.after), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			before := allocated()
			for err == nil {
				var rec importer.Record
				if rec, err = src.Next(); err == nil {
					err = rec.Err
				}
			}
			if took := (allocated() - before) >> 20; took > test.megabytes {
				t.Errorf("it took %d MiB, want at most %d", took, test.megabytes)
			}
			if test.want == "" && !errors.Is(err, io.EOF) || test.want != "" && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestCityModelsHaveBounds(t *testing.T) {
	root := `<CityModel ><cityObjectMember><Building>`
	tests := []struct{ name, file, text, want string }{
		{"many texts", "x.gml", root + strings.Repeat("<name>"+strings.Repeat("x", 10_000)+"</name>", 210), "building 1: byte 2102763: it is larger than 2 MiB"},
		{"many elements", "x.gml", root + strings.Repeat("<a/>", 1000), "building 1: byte 4040: it has more than 1000 elements and attributes"},
		{"many attributes", "x.gml", root + strings.Repeat(`<a b="" c="" d=""/>`, 300), "it has more than 1000 elements and attributes"},
		{"a large document", "x.city.json", `{"type":"CityJSON","version":"2.0",` + strings.Repeat(" ", 3<<20), "document 1, line 1: it is larger than 2 MiB: make it a CityJSONSeq"},
	}
	for _, test := range tests {
		src, err := importer.OpenCity(cityFile(t, test.file, test.text), 2<<20, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := src.Next(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}
