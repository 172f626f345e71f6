package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/paulmach/orb"
)

// texts are seeds of the fuzz targets and cases of the oracle test.
var texts = []string{
	`{"type":"Feature","id":7,"properties":{"a":1,"b":"x","c":true,"d":null,"e":1.5e3,"f":[1,{"g":2}]},"geometry":{"type":"Point","coordinates":[105.72,34.58]}}`,
	`{"type":"Feature","properties":{"a\u00e9\ud83d\ude00":"\"\\\/\b\f\n\r\t"},"geometry":{"coordinates":[[1,2],[3,4]],"type":"LineString"}}`,
	`{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}`,
	`{"type":"Feature","properties":{},"geometry":{"type":"GeometryCollection","geometries":[{"type":"MultiPoint","coordinates":[[1,2]]}]}}`,
	`{"type":"Feature","properties":{"n":[-0,0.1,-1E-5,12345678901234567890]},"geometry":null}`,
	`{"type":"Point","coordinates":[-1.7976931348623157e308,0.00000000000000001]}`,
	`{"type":"Point","coordinates":[1e999,0]}`, `{"type":"Point","coordinates":[NaN,0]}`, `{"type":"Point","coordinates":[01,0]}`,
	`{"type":"Point","coordinates":[1.,0]}`, `{"type":"Point","coordinates":[.5,0]}`, `{"type":"Point","coordinates":[+1,0]}`, `{"type":"Point","coordinates":[1,2,]}`,
	`{"type":"Point","coordinates":[1,2]}}`, `{"type":"Point","coordinates":[1,2]`, `{"type":"Point" "coordinates":[1,2]}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":tru}`, `{"a":"x`,
	`{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\ud800"}`, "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	" {\t\"type\" : \"Point\" ,\r\n \"coordinates\" : [ 1 , 2 ] } ", `[]`, `null`, `{}`, ``, `{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":["1",2]}}`,
}

func TestTheParserAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range texts {
		agree(t, []byte(text))
	}
}

func FuzzFeature(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) { agree(t, b) })
}

// agree holds the parser against encoding/json: what the parser takes must be valid and mean the same. It may
// refuse more, for reasons that it names.
func agree(t *testing.T, b []byte) {
	t.Helper()
	var p featureParser
	rec, _ := p.read(b, 0)
	var want struct {
		Type        string
		ID          any
		Properties  map[string]any
		Geometry    json.RawMessage
		Coordinates any
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err := d.Decode(&want)
	if rec.Err != nil {
		return
	}
	if !json.Valid(b) || err != nil {
		t.Fatalf("%q was taken, encoding/json refuses it: %v", b, err)
	}
	if want.Type != "Feature" {
		return
	}
	for name, v := range want.Properties {
		if got := rec.Properties[name]; !sameValue(got, v) {
			t.Errorf("%q: property %q is %#v, want %#v", b, name, got, v)
		}
	}
	var shape struct{ Coordinates any }
	if err := json.Unmarshal(want.Geometry, &shape); err != nil {
		t.Fatal(err)
	}
	if at, ok := rec.Geometry.(orb.Point); ok {
		numbers, _ := shape.Coordinates.([]any)
		if len(numbers) < 2 || numbers[0] != at[0] || numbers[1] != at[1] {
			t.Errorf("%q: the point is %v, want %v", b, at, numbers)
		}
	}
	if line, ok := rec.Geometry.(orb.LineString); ok {
		numbers, _ := shape.Coordinates.([]any)
		if len(numbers) != len(line) {
			t.Errorf("%q: the line has %d points, want %d", b, len(line), len(numbers))
		}
	}
}

func sameValue(got, want any) bool {
	switch want := want.(type) {
	case json.Number:
		switch got := got.(type) {
		case int64:
			return want.String() == strconv.FormatInt(got, 10) || got == 0
		case float64:
			f, err := want.Float64()
			return err == nil && (f == got || math.IsNaN(f))
		case string:
			return got == want.String()
		}
		return false
	case map[string]any, []any:
		s, ok := got.(string)
		return ok && json.Valid([]byte(s))
	}
	return got == want
}

// A file must read the same however its bytes arrive, whole or one by one.
func TestReadingInPiecesChangesNothing(t *testing.T) {
	one := texts[0]
	files := []string{
		`{"type":"FeatureCollection","name":"x","features":[` + one + "\n,\n" + one + `, null, {"type":"Feature","properties":{"s":"]}\"{["},"geometry":{"type":"Point","coordinates":[1,2]}} ], "bbox":[1,2,3,4]}` + "\n\n",
		one + "\n" + one + "\n\n  \n" + one,
		"\x1e" + one + "\n\x1e\n" + one + "\n",
		one + "\n" + `{"type":"Feature",` + "\n" + one,
		`{"type":"FeatureCollection","features":[` + one,
		`{"type":"FeatureCollection","features":[` + one + `] } x`,
		"\n\n" + texts[28],
	}
	for _, content := range files {
		whole := dump(content, strings.NewReader(content))
		for name, r := range map[string]io.Reader{"one byte at a time": iotest.OneByteReader(strings.NewReader(content)), "with the error": iotest.DataErrReader(strings.NewReader(content)), "in halves": iotest.HalfReader(strings.NewReader(content))} {
			if got := dump(content, r); got != whole {
				t.Errorf("%s:\n%s\nwant\n%s", name, got, whole)
			}
		}
	}
}

func FuzzGeoJSON(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
		f.Add(text + "\n" + text)
		f.Add(`{"type":"FeatureCollection","features":[` + text + `]}`)
	}
	f.Fuzz(func(t *testing.T, content string) {
		whole := dump(content, strings.NewReader(content))
		if got := dump(content, iotest.OneByteReader(strings.NewReader(content))); got != whole {
			t.Errorf("byte by byte:\n%s\nwhole:\n%s", got, whole)
		}
	})
}

// dump reads GeoJSON to its end. A small first buffer makes the window move.
func dump(head string, r io.Reader) string {
	s := &geoJSON{window: &window{r: r, buf: make([]byte, 0, 64), line: 1}}
	s.sep, s.place = packing([]byte(head[:min(len(head), headSize)]), "a.json")
	var out strings.Builder
	for range 10_000 {
		rec, err := s.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintln(&out, err)
			}
			return out.String()
		}
		fmt.Fprintln(&out, rec.Place, rec.ID, rec.Geometry, rec.Properties, rec.Err)
	}
	return "endless"
}

func FuzzRows(f *testing.F) {
	f.Add("a,b\n\"x\"\"y\",2\n")
	f.Add("\"\n\"\"")
	f.Fuzz(func(t *testing.T, content string) {
		read := func(r io.Reader) string {
			rows := rowReader{window: &window{r: r, buf: make([]byte, 0, 16), line: 1}, delimiter: ','}
			var out strings.Builder
			for range len(content) + 2 {
				fields, err := rows.next()
				if errors.Is(err, io.EOF) {
					return out.String()
				}
				fmt.Fprintf(&out, "%q %v\n", fields, err)
			}
			return "endless"
		}
		whole := read(strings.NewReader(content))
		if got := read(iotest.OneByteReader(strings.NewReader(content))); got != whole || whole == "endless" {
			t.Errorf("byte by byte:\n%s\nwhole:\n%s", got, whole)
		}
	})
}

func FuzzShapeText(f *testing.F) {
	for _, s := range []string{"POINT(1 2)", "SRID=4326;POLYGON Z((0 0 1,1 0 1,1 1 1,0 0 1),(0 0 0))", "MULTIPOINT((1 2),(3 4))", "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))", "POINT EMPTY"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if g, _, err := parseShapeText(s); err == nil && g == nil {
			t.Error("neither geometry nor error")
		}
	})
}

func FuzzWKB(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x40"))
	f.Add([]byte("\x01\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, _, err := parseWKB(b); err == nil && g == nil {
			t.Error("neither geometry nor error")
		}
	})
}

func FuzzShapefile(f *testing.F) {
	head := append([]byte{0, 0, 0x27, 0x0a}, make([]byte, 96)...)
	f.Add(append(head, "\x00\x00\x00\x01\x00\x00\x00\x0a\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x40"...), []byte(nil))
	f.Add(append(head, "\x00\x00\x00\x01\x00\x00\x00\x02\x05\x00\x00\x00"...), make([]byte, 65))
	f.Fuzz(func(t *testing.T, shapes, table []byte) {
		if s, err := openSHP(bytes.NewReader(shapes), nil); err == nil {
			for range len(shapes) {
				var bad shpError
				if _, _, err := s.next(); err != nil && !errors.As(err, &bad) {
					break
				}
			}
		}
		if d, err := openDBF(bytes.NewReader(table), ""); err == nil {
			for range len(table) {
				var bad dbfError
				if _, err := d.next(); err != nil && !errors.As(err, &bad) {
					break
				}
			}
		}
	})
}
