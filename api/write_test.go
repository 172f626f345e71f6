package api_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

const point = `"type":"Feature","geometry":{"type":"Point","coordinates":[105.5,34.25]}`

func TestCreateReplacePatchDelete(t *testing.T) {
	r := newRig(t)
	items := "/collections/cameras/items"
	a := r.do("POST", items, `{`+point+`,"properties":{"name":"秦州","number":5.0,"note":null},"common":{"owner":"秦州分局","effective_from":"2026-01-01T08:00:00+08:00"}}`).want(t, 201)
	path := strings.TrimPrefix(a.Header.Get("Location"), r.url)
	first := a.Header.Get("Etag")
	doc := r.get(path).want(t, 200).json(t)
	if got := fmt.Sprint(doc["properties"]); got != "map[name:秦州 number:5]" {
		t.Errorf("properties are %s", got)
	}
	if common := doc["common"].(map[string]any); common["owner"] != "秦州分局" || common["effective_from"] != "2026-01-01T00:00:00Z" {
		t.Errorf("common is %v", common)
	}

	a = r.do("PUT", path, `{`+point+`,"properties":{"name":"two"}}`, "If-Match", first).want(t, 200)
	second := a.Header.Get("Etag")
	doc = a.json(t)
	if first == second || fmt.Sprint(doc["properties"]) != "map[name:two]" || doc["common"].(map[string]any)["owner"] != "秦州分局" {
		t.Errorf("after PUT: %s, was %s: %v", second, first, doc)
	}
	r.do("PUT", path, `{`+point+`,"properties":{"name":"three"}}`, "If-Match", first).want(t, 412)
	r.do("PATCH", path, `{"properties":{"name":"three"}}`, "If-Match", first).want(t, 412)
	r.do("DELETE", path, "", "If-Match", first).want(t, 412)
	r.do("DELETE", path, "", "If-Match", `W/`+second).want(t, 412)
	r.do("DELETE", path, "", "If-None-Match", `*`).want(t, 412)

	zipped := strings.TrimSuffix(second, `"`) + `-gzip"`
	a = r.do("PATCH", path, `{"properties":{"note":"n","name":null},"geometry":{"type":"Point","coordinates":[1,2,3]},"common":{"effective_to":"2026-12-01T00:00:00Z","owner":null}}`,
		"Content-Type", "application/merge-patch+json", "If-Match", `"x", `+zipped).want(t, 200)
	doc = a.json(t)
	common := doc["common"].(map[string]any)
	if fmt.Sprint(doc["properties"], doc["geometry"]) != "map[note:n] map[coordinates:[1 2] type:Point]" || common["owner"] != nil ||
		common["effective_from"] != "2026-01-01T00:00:00Z" || common["effective_to"] != "2026-12-01T00:00:00Z" {
		t.Errorf("after PATCH: %v", doc)
	}
	same := r.do("PATCH", path, `{}`, "Content-Type", "application/merge-patch+json").want(t, 200)
	if got := same.json(t)["properties"]; fmt.Sprint(got) != "map[note:n]" {
		t.Errorf("after an empty PATCH: %v", got)
	}

	r.do("DELETE", path, "", "If-Match", "*").want(t, 204)
	r.get(path).want(t, 404)
	r.do("DELETE", path, "").want(t, 404)
	r.do("PUT", path, `{`+point+`,"properties":{}}`).want(t, 404)
	r.do("PATCH", path, `{}`).want(t, 404)

	r.do("POST", items, `{`+point+`,"id":"x","properties":{}}`).want(t, 201)
	r.do("POST", items, `{`+point+`,"id":"x","properties":{}}`).want(t, 409)
}

func TestRoundTripOfEveryKind(t *testing.T) {
	r := newRig(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, layer := range []string{"beats", "roads", "cameras"} {
		l, _ := r.config.Catalogue().Layer(layer)
		for _, f := range storetest.RandomFeatures(rng, l, 30) {
			delete(f.Properties, "keyword")
			r.put(layer, f)
			stored, err := r.store.Feature(t.Context(), layer, f.ID)
			if err != nil {
				t.Fatal(err)
			}
			path := "/collections/" + layer + "/items/" + f.ID
			body := string(r.get(path).want(t, 200).body)
			r.do("PUT", path, body).want(t, 200)
			again, err := r.store.Feature(t.Context(), layer, f.ID)
			if err != nil || !spatial.SameContent(stored, again) {
				t.Fatalf("seed 3,4: %s: what was read and written is not the same:\n%+v\n%+v %v", path, stored, again, err)
			}
		}
	}
}

func TestRestrictedPropertiesStay(t *testing.T) {
	r := newRig(t)
	f := camera("1", orb.Point{1, 1})
	f.Properties["keyword"] = "swordfish"
	r.put("cameras", f)
	path := "/collections/cameras/items/1"
	for _, body := range []string{string(r.get(path).body), string(r.get("/collections/cameras/items").body), string(r.get("/api").body)} {
		if strings.Contains(body, "swordfish") || strings.Contains(body, "keyword") {
			t.Errorf("it shows: %s", body)
		}
	}
	r.do("PUT", path, `{`+point+`,"properties":{}}`).want(t, 200)
	r.do("PATCH", path, `{"properties":{"note":"x"}}`).want(t, 200)
	r.do("PATCH", path, `{"properties":{"keyword":"mine"}}`).want(t, 422)
	r.do("PUT", path, `{`+point+`,"properties":{"keyword":null}}`).want(t, 422)
	if f, _ := r.store.Feature(t.Context(), "cameras", "1"); f.Properties["keyword"] != "swordfish" {
		t.Errorf("it is %v now", f.Properties)
	}
}

func TestBadBodies(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{1, 1}))
	items, item := "/collections/cameras/items", "/collections/cameras/items/1"
	tests := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"not JSON", "POST", items, "{\n  \"type\": Feature}", nil, 400, "line 2, column 11"},
		{"cut off", "POST", items, `{"type":`, nil, 400, "line 1"},
		{"more after it", "POST", items, `{} {}`, nil, 400, "more after"},
		{"a list", "POST", items, `[]`, nil, 422, "a list of 0"},
		{"another type", "POST", items, `{"type":"FeatureCollection","features":[]}`, nil, 422, "FeatureCollection"},
		{"plain text", "POST", items, `x`, []string{"Content-Type", "text/plain"}, 415, "application/geo+json or application/json"},
		{"a form", "POST", items, `a=b`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, ""},
		{"compressed", "POST", items, `x`, []string{"Content-Encoding", "br"}, 415, "gzip"},
		{"another coordinate system in the header", "POST", items, `{}`, []string{"Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/3857>"}, 415, "3857"},
		{"another coordinate system in the body", "POST", items, `{"crs":{"type":"name","properties":{"name":"EPSG:3857"}},` + point + `}`, nil, 422, "crs"},
		{"no geometry", "POST", items, `{"type":"Feature","geometry":null,"properties":{}}`, nil, 422, "geometry"},
		{"another kind of geometry", "POST", items, `{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{}}`, nil, 422, "point"},
		{"an unknown geometry", "POST", items, `{"type":"Feature","geometry":{"type":"Circle"},"properties":{}}`, nil, 422, "Circle"},
		{"a text as coordinate", "POST", items, `{"type":"Feature","geometry":{"type":"Point","coordinates":["1",2]},"properties":{}}`, nil, 422, "geometry.coordinates"},
		{"a coordinate off the earth", "POST", items, `{"type":"Feature","geometry":{"type":"Point","coordinates":[500000,4649776]},"properties":{}}`, nil, 422, "coordinate system"},
		{"a coordinate beyond all numbers", "POST", items, `{"type":"Feature","geometry":{"type":"Point","coordinates":[1e400,1]},"properties":{}}`, nil, 422, "geometry.coordinates"},
		{"an unknown property", "POST", items, `{` + point + `,"properties":{"nix":1}}`, nil, 422, "properties.nix"},
		{"a value of another type", "POST", items, `{` + point + `,"properties":{"number":"many"}}`, nil, 422, "properties.number"},
		{"a value that is an object", "POST", items, `{` + point + `,"properties":{"name":{"a":1}}}`, nil, 422, "properties.name"},
		{"a value out of its enumeration", "POST", items, `{` + point + `,"properties":{"grade":"z"}}`, nil, 422, "none of a, b"},
		{"a number beyond all numbers", "POST", items, `{` + point + `,"properties":{"height":1e999}}`, nil, 422, "properties.height"},
		{"an unknown column", "POST", items, `{` + point + `,"properties":{},"common":{"weight":1}}`, nil, 422, "common.weight"},
		{"a time without zone", "POST", items, `{` + point + `,"properties":{},"common":{"effective_from":"2026-01-01"}}`, nil, 422, "common.effective_from"},
		{"an id of spaces", "POST", items, `{` + point + `,"id":" ","properties":{}}`, nil, 422, "id"},
		{"an id that is a list", "POST", items, `{` + point + `,"id":[1],"properties":{}}`, nil, 422, "id"},
		{"another id than the address", "PUT", item, `{` + point + `,"id":"2","properties":{}}`, nil, 422, "ids do not change"},
		{"a patch that takes the geometry", "PATCH", item, `{"geometry":null}`, nil, 422, "geometry"},
		{"a patch of an unknown property", "PATCH", item, `{"properties":{"nix":1}}`, nil, 422, "properties.nix"},
		{"a parameter", "POST", items + "?x=1", `{}`, nil, 400, "x"},
		{"a foreign table", "POST", "/collections/foreign/items", `{` + point + `}`, nil, 405, "gis.foreign"},
		{"too large", "POST", items, `{"a":"` + strings.Repeat("a", 11<<20) + `"}`, nil, 413, "10485760"},
		{"several things", "POST", items, `{` + point + `,"properties":{"number":"x","height":"y"}}`, nil, 422, "2 things"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(tt.method, tt.path, tt.body, tt.headers...).want(t, tt.status)
			if !strings.Contains(string(a.body), tt.says) {
				t.Errorf("%s does not say %q", a.body, tt.says)
			}
		})
	}
	if a := r.do("POST", "/collections/foreign/items", `{}`); a.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow is %q", a.Header.Get("Allow"))
	}
}

func TestEdits(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{1, 1}))
	post := func(body string, status int) answer {
		t.Helper()
		return r.do("POST", "/edits", body, "Content-Type", "application/json").want(t, status)
	}
	doc := post(`[{"op":"put","layer":"cameras","id":"2","feature":{`+point+`,"properties":{"name":"two"}}},
		{"op":"create","layer":"roads","feature":{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{}}},
		{"op":"delete","layer":"cameras","id":"1"}]`, 200).json(t)
	if got := len(doc["changes"].([]any)); got != 3 {
		t.Fatalf("%d changes: %v", got, doc)
	}
	r.get("/collections/cameras/items/1").want(t, 404)
	version := int64(r.get("/collections/cameras/items/2").want(t, 200).json(t)["common"].(map[string]any)["version"].(float64))
	if doc := post(`[{"op":"put","layer":"cameras","id":"2","feature":{`+point+`,"properties":{"name":"two"}}}]`, 200).json(t); len(doc["changes"].([]any)) != 0 {
		t.Errorf("putting the same changed %v", doc)
	}
	tests := []struct {
		name, body string
		status     int
		place      string
	}{
		{"one of two is missing", `[{"op":"delete","layer":"cameras","id":"2"},{"op":"delete","layer":"cameras","id":"nix"}]`, 404, "[1]"},
		{"one exists", `[{"op":"delete","layer":"cameras","id":"2"},{"op":"create","layer":"cameras","id":"3","feature":{` + point + `}},{"op":"create","layer":"cameras","id":"3","feature":{` + point + `}}]`, 409, "[2]"},
		{"another version", fmt.Sprintf(`[{"op":"delete","layer":"cameras","id":"2","if":%d}]`, version+1), 409, "[0]"},
		{"not valid", `[{"op":"put","layer":"cameras","id":"9","feature":{` + point + `,"properties":{"number":"x"}}}]`, 422, "[0].feature.properties.number"},
		{"not readable", `[{"op":"put","layer":"cameras","id":"9","feature":{"geometry":{"type":"Point","coordinates":[]}}}]`, 422, "[0].feature.geometry.coordinates"},
		{"no feature", `[{"op":"put","layer":"cameras","id":"9"}]`, 422, "[0].feature"},
		{"an unknown operation", `[{"op":"upsert","layer":"cameras","id":"9","feature":{` + point + `}}]`, 422, "[0].op"},
		{"an unknown layer", `[{"op":"delete","layer":"tracks","id":"9"}]`, 422, "[0].layer"},
		{"a read-only layer", `[{"op":"delete","layer":"foreign","id":"9"}]`, 422, "[0].layer"},
		{"an unknown member", `[{"op":"delete","layer":"cameras","id":"2","force":true}]`, 422, "[0].force"},
		{"two ids", `[{"op":"put","layer":"cameras","id":"8","feature":{"id":"9",` + point + `}}]`, 422, "[0].feature.id"},
		{"a version of text", `[{"op":"delete","layer":"cameras","id":"2","if":"v1"}]`, 422, "[0].if"},
		{"nothing", `[]`, 422, "body"},
		{"an object", `{}`, 422, "body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := post(tt.body, tt.status).json(t)
			if e := doc["errors"].([]any)[0].(map[string]any); e["place"] != tt.place {
				t.Errorf("the place is %v, want %s", e, tt.place)
			}
			r.get("/collections/cameras/items/2").want(t, 200) // nothing was done
		})
	}
	post(fmt.Sprintf(`[{"op":"delete","layer":"cameras","id":"2","if":%d}]`, version), 200)
}

// TestConcurrentPatches: no patch is lost, with If-Match or without.
func TestConcurrentPatches(t *testing.T) {
	r := newRig(t)
	f := camera("1", orb.Point{1, 1})
	f.Properties = map[string]any{"name": "", "note": "", "number": int64(0)}
	r.put("cameras", f)
	var all sync.WaitGroup
	for _, property := range []string{"name", "note"} {
		all.Go(func() {
			for i := range 10 {
				r.do("PATCH", "/collections/cameras/items/1", fmt.Sprintf(`{"properties":{%q:"%d"}}`, property, i+1)).want(t, 200)
			}
		})
	}
	for range 3 {
		all.Go(func() {
			for done := 0; done < 5; {
				a := r.get("/collections/cameras/items/1")
				n := a.json(t)["properties"].(map[string]any)["number"].(float64)
				a = r.do("PATCH", "/collections/cameras/items/1", fmt.Sprintf(`{"properties":{"number":%v}}`, n+1), "If-Match", a.Header.Get("Etag"))
				if a.StatusCode == 200 {
					done++
				} else if a.StatusCode != 412 {
					t.Errorf("status %d: %s", a.StatusCode, a.body)
					return
				}
			}
		})
	}
	all.Wait()
	if got := fmt.Sprint(r.get("/collections/cameras/items/1").json(t)["properties"]); got != "map[name:10 note:10 number:15]" {
		t.Errorf("in the end it is %s", got)
	}
}
