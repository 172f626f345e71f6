package api

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/tiles"
)

func TestCodingByAcceptEncoding(t *testing.T) {
	tests := []struct {
		header string
		want   tiles.Encoding
		plain  bool
		fails  bool
	}{
		{header: "", want: "", plain: true},
		{header: "gzip", want: "gzip", plain: true},
		{header: "GZIP", want: "gzip", plain: true},
		{header: "x-gzip", want: "gzip", plain: true},
		{header: "gzip, deflate, br, zstd", want: "zstd", plain: true},
		{header: "gzip;q=1.0, zstd;q=0.5", want: "gzip", plain: true},
		{header: "gzip; q=0.5, identity", want: "", plain: true},
		{header: "gzip;q=0", want: "", plain: true},
		{header: "gzip;q=0.000, *", want: "zstd", plain: true},
		{header: "*", want: "zstd", plain: true},
		{header: "*;q=0", fails: true},
		{header: "*;q=0, identity", want: "", plain: true},
		{header: "identity;q=0", fails: true},
		{header: "br, identity;q=0", fails: true},
		{header: "gzip, identity;q=0", want: "gzip", plain: false},
		{header: "gzip, *;q=0", want: "gzip", plain: false},
		{header: "br", want: "", plain: true},
		{header: "gzip;q=nonsense", want: "gzip", plain: true},
		{header: ",,;q=1", want: "", plain: true},
	}
	for _, tt := range tests {
		r := &http.Request{Header: http.Header{}}
		if tt.header != "" {
			r.Header.Set("Accept-Encoding", tt.header)
		}
		got, plain, err := coding(r)
		if got != tt.want || plain != tt.plain || (err != nil) != tt.fails {
			t.Errorf("%q gives %q, plain %v, %v; want %q, %v", tt.header, got, plain, err, tt.want, tt.plain)
		}
	}
}

func TestTypeByAccept(t *testing.T) {
	tests := []struct{ header, want string }{
		{"", "application/geo+json"},
		{"*/*", "application/geo+json"},
		{"application/*", "application/geo+json"},
		{"application/json", "application/json"},
		{"text/html, */*;q=0.1", "text/html; charset=utf-8"},
		{"text/html;level=1", "text/html; charset=utf-8"},
		{"application/geo+json;q=0, */*", "application/json"},
		{"image/png", ""},
		{"*/*;q=0", ""},
	}
	for _, tt := range tests {
		if got := accepted(tt.header, typeGeoJSON, typeJSON, typeHTML); got != tt.want {
			t.Errorf("%q gives %q, want %q", tt.header, got, tt.want)
		}
	}
}

func TestIfNoneMatch(t *testing.T) {
	tests := []struct {
		header string
		want   bool
	}{
		{`"a"`, true}, {`W/"a"`, true}, {`"b", "a"`, true}, {`*`, true}, {`"b"`, false}, {`a`, false}, {`"a-gzip"`, false}, {``, false},
	}
	for _, tt := range tests {
		if got := matches(tt.header, `"a"`); got != tt.want {
			t.Errorf("%q gives %v", tt.header, got)
		}
	}
}

// TestAppendFeatureAgainstEncodingJSON: the writer without reflection says what encoding/json and orb read back.
func TestAppendFeatureAgainstEncodingJSON(t *testing.T) {
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, seed))
	for _, kind := range []layers.Kind{layers.PointKind, layers.LineKind, layers.PolygonKind, layers.AnyKind} {
		l := storetest.Layer("x", kind)
		for _, f := range storetest.RandomFeatures(rng, l, 200) {
			data := appendFeature(nil, l.Properties, &f, "")
			got, err := geojson.UnmarshalFeature(data)
			if err != nil {
				t.Fatalf("seed %d: %s: %v", seed, data, err)
			}
			want, _ := json.Marshal(geojson.NewGeometry(f.Geometry))
			have, _ := json.Marshal(geojson.NewGeometry(got.Geometry))
			if string(want) != string(have) || got.ID != f.ID || len(got.Properties) != len(f.Properties) {
				t.Fatalf("seed %d: %s\nwant %s", seed, data, want)
			}
		}
	}
}

func TestNumbersReadBackAsTheSame(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 0.1, 105.72431012345, 1e-7, 1e-320, 1e21, 123456789012345678, math.MaxFloat64, -math.SmallestNonzeroFloat64, 1e15, 999999999999999} {
		for _, text := range []string{string(appendFloat(nil, v)), string(appendValue(nil, v))} {
			got, err := strconv.ParseFloat(text, 64)
			if err != nil || got != v || !json.Valid([]byte(text)) {
				t.Errorf("%v is written %s", v, text)
			}
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(appendValue(nil, v)); got != "null" {
			t.Errorf("%v is written %s", v, got)
		}
	}
	if got := string(appendValue(nil, 4.0)); got != "4.0" {
		t.Errorf("a number of a float is written %s", got)
	}
}

// FuzzString: what is written is JSON and reads back as the text, with U+FFFD for what is no UTF-8.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\n\r\t\x00\x1f\x7f", "秦州", "\xff\xfe", "\u2028<script>&", "a\xc3", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		data := appendString(nil, s)
		var got string
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%q is written %s: %v", s, data, err)
		}
		want := string([]rune(s)) // each byte that is no UTF-8 becomes one U+FFFD
		if got != want {
			t.Fatalf("%q is read back as %q", s, got)
		}
	})
}

// FuzzPage: whatever features say, a page runs nothing.
func FuzzPage(f *testing.F) {
	f.Add(`{"a":["<script>alert(1)</script>","https://x/\"><b>",1,true,null],"<i>":{}}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return
		}
		out, err := page("<title>", []byte(body))
		if err != nil {
			return // nested too deep, for example
		}
		for _, bad := range []string{"<script", "<b>", "<i>", "<img", "javascript:\""} {
			if strings.Contains(string(out), bad) {
				t.Fatalf("%s becomes %s", body, out)
			}
		}
	})
}
