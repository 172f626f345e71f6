package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// nasty are values that have broken servers.
var nasty = []string{"", "0", "-1", "1e309", "NaN", "null", "9223372036854775808", "\x00", "\xff", "' OR 1=1--", "../../etc/passwd", "{{7*7}}",
	"-180,-90,180", "180,90,-180,-90", "nan,nan,nan,nan", "0,0,0,0,0,0,0", "2026-13-01T00:00:00Z", "../..", "..", ".", "/",
	"2026-01-01T00:00:00Z/2025-01-01T00:00:00Z", "\u202e", strings.Repeat("a", 5000), "%", "%zz", "a,b,c", ",", "-0", "1e-400", "true", "0x10", "１２"}

func hostile(rng *rand.Rand) string {
	switch rng.IntN(6) {
	case 0:
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = byte(rng.UintN(256))
		}
		return string(b)
	case 1:
		return strconv.FormatFloat((rng.Float64()-.5)*1e12, 'g', -1, 64)
	case 2:
		n := make([]string, rng.IntN(8))
		for i := range n {
			n[i] = strconv.FormatFloat((rng.Float64()-.5)*500, 'f', 3, 64)
		}
		return strings.Join(n, ",")
	case 3:
		return time.Unix(rng.Int64N(1<<36)-1<<35, 0).UTC().Format(time.RFC3339)
	}
	return nasty[rng.IntN(len(nasty))]
}

// TestHostileParameters asks every documented path with hostile values: nothing fails inside, nothing hangs,
// every refusal is a problem.
func TestHostileParameters(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	r := newRig(t)
	r.fill("cameras", 50)
	r.get("/healthz")
	codes := map[int]int{}
	for path, item := range r.client.Transport.(*contract).doc.Paths.Map() {
		if item.Get == nil || path == "/events" {
			continue
		}
		names := []string{"zzUnknown"}
		for _, p := range item.Get.Parameters {
			if p.Value.In == "query" {
				names = append(names, p.Value.Name)
			}
		}
		for range 60 {
			address := path
			for strings.Contains(address, "{") {
				before, rest, _ := strings.Cut(address, "{")
				_, after, _ := strings.Cut(rest, "}")
				value := []string{"cameras", "beats", "00001", "4", "tracks"}[rng.IntN(5)]
				if rng.IntN(3) == 0 {
					value = hostile(rng)
				}
				address = before + strings.ReplaceAll(url.PathEscape(value), "{", "%7B") + after
			}
			q := url.Values{}
			for range rng.IntN(4) {
				q.Add(names[rng.IntN(len(names))], hostile(rng))
			}
			if strings.HasPrefix(address, "/tiles/") && (strings.Contains(address, "/2/") || strings.Contains(address, "/3/")) {
				continue // the fake source fails there
			}
			codes[r.safe(seed, address, q.Encode())]++
		}
	}
	t.Logf("answers by status: %v", codes)
	if codes[200] == 0 || codes[400] == 0 || codes[404] == 0 {
		t.Errorf("the values are not mixed well: %v", codes)
	}
}

func (r *rig) safe(seed int, path, query string) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.url+path+"?"+query, nil)
	if err != nil {
		return 0
	}
	start := time.Now()
	res, err := bare.Do(req)
	if err != nil {
		r.t.Errorf("seed %d: GET %s?%s: %v", seed, path, query, err)
		return 0
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 500 || time.Since(start) > 2*time.Second {
		r.t.Errorf("seed %d: GET %s?%s: %d after %v, %v\n%s", seed, path, query, res.StatusCode, time.Since(start), err, body)
	}
	if res.StatusCode >= 400 && (res.Header.Get("Content-Type") != "application/problem+json" || !json.Valid(body)) {
		r.t.Errorf("seed %d: GET %s?%s: %d is no problem: %s", seed, path, query, res.StatusCode, body)
	}
	return res.StatusCode
}

// FuzzWrite: no body breaks the server, and what it takes, it gives back.
func FuzzWrite(f *testing.F) {
	f.Add(`{` + point + `,"properties":{"name":"x","number":1e3,"height":-0.0}}`)
	f.Add(`{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]},"properties":null,"common":{"accuracy_m":1}}`)
	f.Add(`{"id":7,"geometry":{"type":"MultiPoint","coordinates":[[1,2],[3,4,5]]},"crs":null}`)
	f.Add(`[{"op":"put","layer":"cameras","id":"1","feature":{}}]`)
	f.Add("{\"id\":\"\xff\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[179.99999999999999,1e-320]}}")
	r := newRig(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := &rig{t: t, url: r.url, client: bare, store: r.store, config: r.config}
		if a := r.do("POST", "/collections/cameras/items", body); a.StatusCode == 201 {
			path := strings.TrimPrefix(a.Header.Get("Location"), r.url)
			doc := r.get(path).want(t, 200).json(t)
			if !json.Valid(a.body) || doc["geometry"] == nil {
				t.Fatalf("%q became %s", body, a.body)
			}
			r.do("PUT", path, body).want(t, 200)
			r.do("DELETE", path, "").want(t, 204)
		} else if a.StatusCode >= 500 {
			t.Fatalf("%q: %d %s", body, a.StatusCode, a.body)
		}
		for _, write := range [][3]string{{"POST", "/edits", "application/json"}, {"PATCH", "/collections/cameras/items/nix", "application/merge-patch+json"}} {
			if a := r.do(write[0], write[1], body, "Content-Type", write[2]); a.StatusCode >= 500 {
				t.Fatalf("%s %q: %d %s", write[0], body, a.StatusCode, a.body)
			}
		}
	})
}

// TestEveryIDHasAnAddress: every id that is admitted can be addressed.
func TestEveryIDHasAnAddress(t *testing.T) {
	r := newRig(t)
	for i, id := range []string{"a/b", "a%2Fb", "秦州 1", "a?b=c&d", "a#b", "a+b", `q"uote`, "%", "a;b", "a:b*", "ä", "..a", "{id}", "@", "&"} {
		r.put("cameras", camera(id, orb.Point{float64(i), 1}))
		page := r.get(fmt.Sprintf("/collections/cameras/items?bbox=%d,1,%d,1", i, i)).want(t, 200)
		ids, _ := page.features(t)
		if !slices.Equal(ids, []string{id}) {
			t.Errorf("the page has %q, want %q", ids, id)
		}
		doc := r.get("/collections/cameras/items/"+url.PathEscape(id)).want(t, 200).json(t)
		if self := strings.TrimPrefix(linkTo(doc, "self"), r.url); doc["id"] != id || string(r.get(self).want(t, 200).body) == "" {
			t.Errorf("%q is %v at %s", id, doc["id"], self)
		}
	}
}
