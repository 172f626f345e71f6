package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/tiles"
)

func TestTiles(t *testing.T) {
	r := newRig(t)
	tests := []struct {
		name, path string
		headers    []string
		status     int
		body       string // begins so, after decoding
		header     [2]string
	}{
		{name: "one layer", path: "/tiles/cameras/4/1/2.mvt", status: 200, body: "cameras 4/1/2", header: [2]string{"Content-Type", "application/vnd.mapbox-vector-tile"}},
		{name: "several layers in drawing order", path: "/tiles/cameras,beats/4/1/2.mvt", status: 200, body: "beats+cameras 4/1/2"},
		{name: "an empty tile", path: "/tiles/cameras/1/1/1.mvt", status: 204, header: [2]string{"Content-Length", ""}},
		{name: "gzip", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"Accept-Encoding", "gzip, deflate, br"}, status: 200, header: [2]string{"Etag", `"t-gzip"`}},
		{name: "zstd before gzip", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"Accept-Encoding", "gzip, deflate, br, zstd"}, status: 200, header: [2]string{"Etag", `"t-zstd"`}},
		{name: "by weight", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"Accept-Encoding", "gzip;q=0.9, zstd;q=0.1"}, status: 200, header: [2]string{"Content-Encoding", "gzip"}},
		{name: "no coding is acceptable", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"Accept-Encoding", "br, identity;q=0"}, status: 406},
		{name: "the same state", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"If-None-Match", `"x", W/"t-"`}, status: 304, header: [2]string{"Vary", "Origin, Accept-Encoding"}},
		{name: "the same state of another coding", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"If-None-Match", `"t-gzip"`}, status: 200},
		{name: "any state", path: "/tiles/cameras/4/1/2.mvt", headers: []string{"If-None-Match", "*"}, status: 304, header: [2]string{"Cache-Control", "no-cache"}},
		{name: "an unknown layer", path: "/tiles/cameras,nix/4/1/2.mvt", status: 404, body: `there is no layer "nix"; known are beats, roads, cameras, foreign, world`},
		{name: "a restricted layer does not exist", path: "/tiles/tracks/4/1/2.mvt", status: 404},
		{name: "a layer twice", path: "/tiles/cameras,cameras/4/1/2.mvt", status: 400, body: "cameras stands there twice"},
		{name: "no layer", path: "/tiles/,/4/1/2.mvt", status: 404},
		{name: "beyond the zoom", path: "/tiles/cameras/4/16/2.mvt", status: 404, body: "no such tile"},
		{name: "not a number", path: "/tiles/cameras/4/x/2.mvt", status: 404},
		{name: "another suffix", path: "/tiles/cameras/4/1/2.png", status: 404},
		{name: "an unknown parameter", path: "/tiles/cameras/4/1/2.mvt?x=1", status: 400},
		{name: "a source that fails shows nothing of the inside", path: "/tiles/cameras/2/1/2.mvt", status: 500, body: "request_id"},
		{name: "a source that panics", path: "/tiles/cameras/3/1/2.mvt", status: 500, body: "request_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.t = t
			for _, method := range []string{"GET", "HEAD"} {
				a := r.do(method, tt.path, "", tt.headers...).want(t, tt.status)
				if tt.header[0] != "" && a.Header.Get(tt.header[0]) != tt.header[1] {
					t.Errorf("%s: %s is %q, want %q", method, tt.header[0], a.Header.Get(tt.header[0]), tt.header[1])
				}
				if method == "GET" && !strings.Contains(strings.ReplaceAll(string(a.body), `\"`, `"`), tt.body) {
					t.Errorf("%q does not contain %q", a.body, tt.body)
				}
				if method == "HEAD" && len(a.body) > 0 {
					t.Errorf("HEAD has a body: %q", a.body)
				}
				if bytes.Contains(a.body, []byte("fire")) || bytes.Contains(a.body, []byte("goroutine")) {
					t.Errorf("the inside shows: %s", a.body)
				}
			}
		})
	}
	if log := r.log.String(); !strings.Contains(log, "the disk is on fire") || !strings.Contains(log, "a tile panics") {
		t.Errorf("the log does not say why: %s", log)
	}
}

// TestTilesByTheOtherSuffix: GDAL and others ask for .pbf below a folder of tiles, without looking at the template.
func TestTilesByTheOtherSuffix(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]int{"/tiles/cameras/4/1/2.pbf": 200, "/tiles/cameras/4/1/2": 404, "/tiles/cameras/4/1/2.pbf.mvt": 404} {
		res, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s gives %d, want %d", path, res.StatusCode, want)
		}
	}
}

// TestSmallTileForWhoRefusesIdentity: a source may give less coding than was asked for, a client may not stand that.
func TestSmallTileForWhoRefusesIdentity(t *testing.T) {
	plain := tiles.Tile{Data: []byte("small"), Type: tiles.MediaType, ETag: `"abc"`}
	r := newRig(t, func(c *api.Config) {
		c.Tiles = func([]string) (tiles.Source, error) { return fixed(plain), nil }
	})
	if a := r.get("/tiles/cameras/4/1/2.mvt", "Accept-Encoding", "gzip").want(t, 200); string(a.body) != "small" || a.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %q as %q", a.body, a.Header.Get("Content-Encoding"))
	}
	a := r.get("/tiles/cameras/4/1/2.mvt", "Accept-Encoding", "gzip, identity;q=0").want(t, 200)
	data, err := decode(a.Header.Get("Content-Encoding"), a.body)
	if err != nil || string(data) != "small" || a.Header.Get("Etag") != `"abc-gzip"` || a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %q, %v, %v", data, err, a.Header)
	}
}

func TestTileJSON(t *testing.T) {
	r := newRig(t)
	if got := r.get("/tiles/cameras.json").want(t, 200).json(t)["bounds"].([]any); got[0] != -180.0 {
		t.Errorf("bounds of an empty layer are %v, want those of the world", got)
	}
	r.put("cameras", camera("1", [2]float64{105.5, 34.25}), camera("2", [2]float64{106, 35}))
	doc := r.get("/tiles/cameras,beats.json").want(t, 200).json(t)
	if got := doc["bounds"].([]any); got[0] != 105.5 || got[1] != 34.25 || got[2] != 106.0 || got[3] != 35.0 {
		t.Errorf("bounds are %v", got)
	}
	if got := doc["tiles"].([]any)[0]; got != r.url+"/tiles/beats,cameras/{z}/{x}/{y}.mvt" {
		t.Errorf("tiles are at %v", got)
	}
	layer := doc["vector_layers"].([]any)[1].(map[string]any)
	fields := layer["fields"].(map[string]any)
	if layer["id"] != "cameras" || fields["height"] != "number (m): 高度 / height" || fields["keyword"] != nil {
		t.Errorf("vector layer is %v", layer)
	}
	r.get("/tiles/nix.json").want(t, 404)
	r.get("/tiles/cameras").want(t, 404)
}

func TestAddressBehindProxy(t *testing.T) {
	headers := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "map.example.org", "X-Forwarded-Prefix", "/wm/"}
	for _, trust := range []bool{false, true} {
		r := newRig(t, func(c *api.Config) { c.TrustProxy = trust })
		want := r.url
		if trust {
			want = "https://map.example.org/wm"
		}
		got := r.get("/tiles/cameras.json", headers...).want(t, 200).json(t)["tiles"].([]any)[0]
		if got != want+"/tiles/cameras/{z}/{x}/{y}.mvt" {
			t.Errorf("trust %v: tiles are at %v", trust, got)
		}
	}
}
