package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
)

func TestOptionsAndAllow(t *testing.T) {
	r := newRig(t)
	tests := []struct{ path, allow string }{
		{"/", "GET, HEAD, OPTIONS"},
		{"/collections/cameras/items", "GET, HEAD, POST, OPTIONS"},
		{"/collections/cameras/items/1", "DELETE, GET, HEAD, PATCH, PUT, OPTIONS"},
		{"/collections/foreign/items", "GET, HEAD, OPTIONS"},
		{"/collections/foreign/items/1", "GET, HEAD, OPTIONS"},
		{"/edits", "POST, OPTIONS"},
		{"/tiles/cameras/1/1/1.mvt", "GET, HEAD, OPTIONS"},
		{"/events", "GET, HEAD, OPTIONS"},
	}
	for _, tt := range tests {
		if got := r.do("OPTIONS", tt.path, "").want(t, 204).Header.Get("Allow"); got != tt.allow {
			t.Errorf("%s allows %q, want %q", tt.path, got, tt.allow)
		}
	}
	r.do("OPTIONS", "/collections/nix/items", "").want(t, 404)
	for _, method := range []string{"DELETE", "PROPFIND", "BREW"} {
		a := r.do(method, "/collections", "").want(t, 405)
		for _, m := range []string{"GET", "HEAD", "OPTIONS"} {
			if !strings.Contains(a.Header.Get("Allow"), m) {
				t.Errorf("%s: Allow is %q", method, a.Header.Get("Allow"))
			}
		}
	}
	r.get("/edits").want(t, 405)
}

func TestProblemsSpeakTheReadersLanguage(t *testing.T) {
	r := newRig(t)
	for language, title := range map[string]string{"": "There is no such thing", "en-US,en": "There is no such thing", "zh-CN,zh;q=0.9,en;q=0.8": "资源不存在"} {
		a := r.get("/nix", "Accept-Language", language).want(t, 404)
		doc := a.json(t)
		if doc["title"] != title || doc["instance"] != "/nix" || doc["type"] != "/api.html#not-found" || doc["request_id"] != a.Header.Get("X-Request-Id") {
			t.Errorf("in %q: %v", language, doc)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	r := newRig(t)
	first, second := r.get("/healthz").Header.Get("X-Request-Id"), r.get("/healthz").Header.Get("X-Request-Id")
	if first == second || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-z]+$`).MatchString(first) {
		t.Errorf("ids are %q and %q", first, second)
	}
	if got := r.get("/healthz", "X-Request-Id", "trace-7.A_b").Header.Get("X-Request-Id"); got != "trace-7.A_b" {
		t.Errorf("a harmless id became %q", got)
	}
	for _, bad := range []string{"a b", `x"y`, strings.Repeat("a", 65)} {
		if got := r.get("/healthz", "X-Request-Id", bad).Header.Get("X-Request-Id"); got == bad {
			t.Errorf("the id %q was taken over", bad)
		}
	}
}

func TestOtherOrigins(t *testing.T) {
	r := newRig(t)
	if got := r.get("/layers", "Origin", "https://a.example").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("without configuration %q is allowed", got)
	}
	for origin, ours := range map[string]bool{
		"http://127.0.0.1:5173": true, "http://localhost:3000": true, "https://[::1]": true, "http://localhost": true,
		"http://127.0.0.1.evil.example": false, "http://localhost.evil.example": false, "http://10.0.0.1": false, "null": false,
		"file://localhost": false, "http://user@127.0.0.1": false, "http://127.0.0.1/x": false, "http://127.0.0.1:x": false,
	} {
		if got := r.get("/layers", "Origin", origin).Header.Get("Access-Control-Allow-Origin"); (got == origin) != ours || !ours && got != "" {
			t.Errorf("reading from a page of %s gets %q", origin, got)
		}
		for method, allowed := range map[string]bool{"GET": ours, "PUT": false, "DELETE": false} {
			a := r.do("OPTIONS", "/collections/cameras/items/1", "", "Origin", origin, "Access-Control-Request-Method", method).want(t, 204)
			if got := a.Header.Get("Access-Control-Allow-Methods"); (got != "") != allowed || strings.Contains(got, "PUT") {
				t.Errorf("a page of %s may %s: %q", origin, method, got)
			}
		}
	}
	r = newRig(t, func(c *api.Config) { c.Origins = []string{"https://a.example"} })
	for origin, want := range map[string]string{"https://a.example": "https://a.example", "https://b.example": "", "": ""} {
		a := r.get("/tiles/cameras/4/1/1.mvt", "Origin", origin).want(t, 200)
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%q gets %q", origin, got)
		}
		if got := a.Header.Get("Vary"); got != "Origin, Accept-Encoding" {
			t.Errorf("Vary is %q", got)
		}
	}
	a := r.do("OPTIONS", "/collections/cameras/items/1", "", "Origin", "https://a.example", "Access-Control-Request-Method", "PUT").want(t, 204)
	if !strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), "PUT") || !strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "If-Match") {
		t.Errorf("preflight says %v", a.Header)
	}
}

func TestHealth(t *testing.T) {
	r := newRig(t)
	if got := r.get("/healthz").want(t, 200).json(t)["status"]; got != "alive" {
		t.Errorf("status is %v", got)
	}
	r.get("/readyz").want(t, 200)
	why := "database is locked"
	r.ready.Store(&why)
	if got := r.get("/readyz").want(t, 503).json(t)["detail"]; !strings.Contains(got.(string), why) {
		t.Errorf("detail is %v", got)
	}
	r.get("/healthz").want(t, 200)
}

func TestWallAndAssets(t *testing.T) {
	r := newRig(t)
	a := r.get("/?lang=en", "Accept", "text/html").want(t, 200)
	if !strings.Contains(string(a.body), "wall") || !strings.Contains(a.Header.Get("Content-Security-Policy"), "worker-src 'self' blob:") || a.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the wall is %s with %v", a.body, a.Header)
	}
	tags := map[string]bool{}
	for _, how := range []string{"", "gzip", "zstd"} {
		a := r.get("/assets/app-1a2b.js", "Accept-Encoding", how).want(t, 200)
		data, err := decode(a.Header.Get("Content-Encoding"), a.body)
		if err != nil || !strings.HasPrefix(string(data), "console.log") || a.Header.Get("Content-Encoding") != how {
			t.Errorf("%q: %v, %v, %.20s", how, err, a.Header, data)
		}
		if a.Header.Get("Vary") != "Origin, Accept-Encoding" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%q: %v", how, a.Header)
		}
		tags[a.Header.Get("Etag")] = true
		r.get("/assets/app-1a2b.js", "Accept-Encoding", how, "If-None-Match", a.Header.Get("Etag")).want(t, 304)
	}
	if len(tags) != 3 {
		t.Errorf("entity tags are %v", tags)
	}
	r.get("/favicon.svg").want(t, 200)
	r.get("/assets/nix.js").want(t, 404)
	r.get("/assets/..%2findex.html").want(t, 404)
	r.get("/index.html").want(t, 404)

	r = newRig(t, func(c *api.Config) { c.Web = fstest.MapFS{".keep": {}} })
	if a := r.get("/", "Accept", "text/html").want(t, 200); !strings.Contains(string(a.body), "make web") {
		t.Errorf("a server without client says %s", a.body)
	}
}

// TestCodedAnswers: every JSON answer is the same in every coding, and its entity tags differ.
func TestCodedAnswers(t *testing.T) {
	r := newRig(t)
	fs := r.fill("cameras", 300)
	for _, path := range []string{"/api", "/layers", "/collections", "/collections/cameras/schema", "/tiles/cameras.json", "/collections/cameras/items/" + fs[0].ID, "/collections/cameras/items?limit=300"} {
		plain := r.get(path)
		for _, how := range []string{"gzip", "zstd"} {
			a := r.get(path, "Accept-Encoding", how).want(t, 200)
			data, err := decode(a.Header.Get("Content-Encoding"), a.body)
			if err != nil || path != "/collections/cameras/items?limit=300" && string(data) != string(plain.body) {
				t.Errorf("%s in %s is not the same: %v", path, how, err)
			}
			if tag := a.Header.Get("Etag"); tag != "" && a.Header.Get("Content-Encoding") == how {
				if tag == plain.Header.Get("Etag") {
					t.Errorf("%s has the entity tag %s in %s and without", path, tag, how)
				}
				r.get(path, "Accept-Encoding", how, "If-None-Match", tag).want(t, 304)
			}
			if !strings.Contains(a.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%s varies by %q", path, a.Header.Get("Vary"))
			}
		}
	}
}

// TestOneLineInTheLog per request that is not plain reading.
func TestOneLineInTheLog(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{1, 1}))
	r.get("/collections/cameras/items/1").want(t, 200)
	if r.log.Len() > 0 {
		t.Errorf("reading is logged at level info: %s", r.log)
	}
	r.do(http.MethodDelete, "/collections/cameras/items/1", "").want(t, 204)
	if got := r.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "method=DELETE path=/collections/cameras/items/1 status=204") {
		t.Errorf("the log says %s", got)
	}
}
