package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// features of a page, by id.
func (a answer) features(t testing.TB) (ids []string, doc map[string]any) {
	t.Helper()
	doc = a.json(t)
	for _, f := range doc["features"].([]any) {
		ids = append(ids, f.(map[string]any)["id"].(string))
	}
	return ids, doc
}

func linkTo(doc map[string]any, rel string) string {
	for _, l := range doc["links"].([]any) {
		if one := l.(map[string]any); one["rel"] == rel {
			return one["href"].(string)
		}
	}
	return ""
}

func TestPagingVisitsEveryFeatureOnce(t *testing.T) {
	r := newRig(t)
	r.fill("cameras", 250)
	for _, start := range []string{"/collections/cameras/items?limit=33", "/collections/cameras/items?offset=0&limit=100", "/collections/cameras/items"} {
		var all []string
		for path, pages := start, 0; path != ""; pages++ {
			ids, doc := r.get(path).want(t, 200).features(t)
			if doc["numberMatched"] != 250.0 || doc["numberReturned"] != float64(len(ids)) || doc["timeStamp"] == "" {
				t.Fatalf("%s: matched %v, returned %v of %d", path, doc["numberMatched"], doc["numberReturned"], len(ids))
			}
			all = append(all, ids...)
			path = strings.TrimPrefix(linkTo(doc, "next"), r.url)
			if pages > 10 {
				t.Fatal("the pages do not end")
			}
		}
		if len(all) != 250 || !slices.IsSorted(all) || len(slices.Compact(all)) != 250 {
			t.Errorf("%s: visited %d features", start, len(all))
		}
	}
	ids, _ := r.get("/collections/cameras/items?offset=248").want(t, 200).features(t)
	if !slices.Equal(ids, []string{"00248", "00249"}) {
		t.Errorf("offset 248 gives %v", ids)
	}
}

func TestFilters(t *testing.T) {
	r := newRig(t)
	at := func(id string, lon, lat float64, properties map[string]any) spatial.Feature {
		return spatial.Feature{ID: id, Geometry: orb.Point{lon, lat}, Properties: properties}
	}
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	old, future := at("old", 10, 10, nil), at("future", 10, 10, nil)
	old.Effective.To, future.Effective.From = day(10), day(20)
	r.put("cameras",
		at("fiji", 179.5, -17, map[string]any{"name": "Fiji", "number": int64(9007199254740993), "grade": "a", "active": true}),
		at("samoa", -179.5, -17, map[string]any{"name": "Samoa & Co", "height": 0.1, "grade": "b", "since": "2026-11-24", "seen": "2026-11-24T01:02:03Z"}),
		at("zero", 0, 0, map[string]any{"name": "秦州", "number": int64(-1), "active": false}), old, future)
	tests := []struct {
		name, query string
		want        []string
	}{
		{"all", "", []string{"fiji", "future", "old", "samoa", "zero"}},
		{"a box", "bbox=-1,-1,1,1", []string{"zero"}},
		{"a box that only touches", "bbox=0,0,1,1", []string{"zero"}},
		{"a box with heights", "bbox=-1,-1,0,1,1,100", []string{"zero"}},
		{"across the antimeridian", "bbox=179,-20,-179,-10", []string{"fiji", "samoa"}},
		{"beyond the world", "bbox=-400,-100,400,100", []string{"fiji", "future", "old", "samoa", "zero"}},
		{"beside the world", "bbox=200,0,210,10", nil},
		{"an instant", "datetime=2026-01-15T00:00:00Z", []string{"fiji", "samoa", "zero"}},
		{"an instant in another zone", "datetime=2026-01-20T08:00:00%2B08:00", []string{"fiji", "future", "samoa", "zero"}},
		{"a day", "datetime=2026-01-09", []string{"fiji", "old", "samoa", "zero"}},
		{"until", "datetime=../2026-01-05T00:00:00Z", []string{"fiji", "old", "samoa", "zero"}},
		{"from", "datetime=2026-01-15T00:00:00Z/", []string{"fiji", "future", "samoa", "zero"}},
		{"between", "datetime=2026-01-05/2026-01-25", []string{"fiji", "future", "old", "samoa", "zero"}},
		{"always", "datetime=../..", []string{"fiji", "future", "old", "samoa", "zero"}},
		{"a text", "name=" + url.QueryEscape("Samoa & Co"), []string{"samoa"}},
		{"a Chinese text", "name=" + url.QueryEscape("秦州"), []string{"zero"}},
		{"a whole number beyond 2^53", "number=9007199254740993", []string{"fiji"}},
		{"its neighbour", "number=9007199254740992", nil},
		{"a number", "height=1e-1", []string{"samoa"}},
		{"true", "active=true", []string{"fiji"}},
		{"an enumeration", "grade=b", []string{"samoa"}},
		{"a date", "since=2026-11-24", []string{"samoa"}},
		{"a time in another zone", "seen=2026-11-24T09:02:03%2B08:00", []string{"samoa"}},
		{"two filters", "grade=a&active=false", nil},
		{"a filter, a box and a page", "active=false&bbox=-1,-1,1,1&limit=1", []string{"zero"}},
		{"a page of more than the most", "limit=20000&active=true", []string{"fiji"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "a page of more than the most" {
				r = &rig{t: t, url: r.url, client: bare} // the document says at most 10,000, and the server stands more
			}
			ids, doc := r.get("/collections/cameras/items?"+tt.query).want(t, 200).features(t)
			if !slices.Equal(ids, tt.want) || doc["numberMatched"] != float64(len(tt.want)) {
				t.Errorf("got %v (%v matched), want %v", ids, doc["numberMatched"], tt.want)
			}
		})
	}
}

func TestBadParameters(t *testing.T) {
	r := newRig(t)
	tests := []struct{ query, place, says string }{
		{"foo=1", "foo", "known are bbox, datetime, limit, after, offset, f, name"},
		{"keyword=x", "keyword", "no such parameter"},
		{"limit=0", "limit", "at least 1"},
		{"limit=ten", "limit", "whole number"},
		{"limit=", "limit", "whole number"},
		{"limit=1&limit=2", "limit", "2 times"},
		{"offset=-1", "offset", "at least 0"},
		{"offset=1&after=x", "offset", "either"},
		{"bbox=", "bbox", "empty"},
		{"bbox=1,2,3", "bbox", "3 numbers"},
		{"bbox=1,2,3,x", "bbox", "finite number"},
		{"bbox=1,2,3,NaN", "bbox", "finite number"},
		{"bbox=1,2,3,1e309", "bbox", "finite number"},
		{"bbox=0,10,1,0", "bbox", "south is north"},
		{"bbox=0,0,9,1,1,1", "bbox", "lower height"},
		{"bbox=300,0,200,1", "bbox", "within -180"},
		{"datetime=", "datetime", "give a time"},
		{"datetime=now", "datetime", "RFC 3339"},
		{"datetime=2026-13-01T00:00:00Z", "datetime", "RFC 3339"},
		{"datetime=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "datetime", "ends before"},
		{"datetime=a/b/c", "datetime", "RFC 3339"},
		{"number=1.5", "number", "whole number"},
		{"number=9223372036854775808", "number", "whole number"},
		{"height=tall", "height", "no number"},
		{"height=Inf", "height", "no number"},
		{"active=yes", "active", "neither true nor false"},
		{"grade=z", "grade", "none of a, b"},
		{"since=yesterday", "since", "no date"},
		{"seen=2026-01-01", "seen", "no time"},
		{"f=xml", "f", "json nor html"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			doc := r.get("/collections/cameras/items?"+tt.query).want(t, 400).json(t)
			e := doc["errors"].([]any)[0].(map[string]any)
			if e["place"] != tt.place || !strings.Contains(e["message"].(string), tt.says) {
				t.Errorf("got %v, want %s: …%s…", e, tt.place, tt.says)
			}
		})
	}
	for _, query := range []string{"bbox=%zz", "%zz=1", "a;b"} {
		r.get("/collections/cameras/items?"+query).want(t, 400)
	}
}

func TestNumbersKeepAllDigits(t *testing.T) {
	r := newRig(t)
	p := orb.Point{105.72431012345, -1e-9}
	r.put("cameras", spatial.Feature{ID: `a/b "ü"`, Geometry: p, Owner: "秦州分局", Accuracy: 0.1, Properties: map[string]any{
		"name": "line\nbreak \"quoted\" \\ \u0001 <b>", "number": int64(9007199254740993), "height": 3.0,
	}})
	for _, path := range []string{"/collections/cameras/items", "/collections/cameras/items/" + url.PathEscape(`a/b "ü"`)} {
		body := string(r.get(path).want(t, 200).body)
		for _, want := range []string{"[105.72431012345,-1e-09]", `"number":9007199254740993`, `"height":3.0`, `"accuracy_m":0.1`, `"name":"line\nbreak \"quoted\" \\ \u0001 <b>"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %s does not contain %s", path, body, want)
			}
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("%s is not JSON", body)
		}
	}
}

func TestOneFeature(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{105, 34}))
	a := r.get("/collections/cameras/items/1").want(t, 200)
	doc := a.json(t)
	version := doc["common"].(map[string]any)["version"]
	if got := a.Header.Get("Etag"); got != fmt.Sprintf(`"v%v"`, version) {
		t.Errorf("ETag is %s, the version %v", got, version)
	}
	if linkTo(doc, "self") != r.url+"/collections/cameras/items/1" || linkTo(doc, "collection") != r.url+"/collections/cameras" {
		t.Errorf("links are %v", doc["links"])
	}
	r.get("/collections/cameras/items/1", "If-None-Match", a.Header.Get("Etag")).want(t, 304)
	r.do("HEAD", "/collections/cameras/items/1", "").want(t, 200)
	r.get("/collections/cameras/items/2").want(t, 404)
	r.get("/collections/cameras/items/1?x=1").want(t, 400)
	r.get("/collections/nix/items/1").want(t, 404)
	r.get("/collections/tracks/items").want(t, 404)
	r.get("/collections/world/items").want(t, 404)
}

func TestForms(t *testing.T) {
	r := newRig(t)
	r.put("cameras", spatial.Feature{ID: "1", Geometry: orb.Point{105, 34}, Properties: map[string]any{"name": "<script>alert(1)</script>"}})
	tests := []struct {
		path, accept string
		status       int
		want         string
	}{
		{"/collections/cameras/items", "", 200, "application/geo+json"},
		{"/collections/cameras/items", "application/geo+json, application/json", 200, "application/geo+json"},
		{"/collections/cameras/items", "application/json", 200, "application/json"},
		{"/collections/cameras/items", "text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html; charset=utf-8"},
		{"/collections/cameras/items", "application/xml", 406, "application/problem+json"},
		{"/collections/cameras/items", "application/xml, */*;q=0.1", 200, "application/geo+json"},
		{"/collections/cameras/items?f=json", "text/html", 200, "application/geo+json"},
		{"/collections/cameras/items?f=html", "", 200, "text/html; charset=utf-8"},
		{"/collections/cameras/items/1?f=html", "", 200, "text/html; charset=utf-8"},
		{"/collections", "text/html", 200, "text/html; charset=utf-8"},
		{"/collections/cameras/schema", "", 200, "application/schema+json"},
		{"/collections/cameras/queryables", "application/json", 200, "application/json"},
		{"/", "*/*", 200, "application/json"},
		{"/", "text/html", 200, "text/html; charset=utf-8"},
		{"/?f=json", "text/html", 200, "application/json"},
		{"/?f=html", "", 200, "text/html; charset=utf-8"},
		{"/api", "", 200, "application/vnd.oai.openapi+json;version=3.0"},
		{"/api", "application/json", 200, "application/json"},
		{"/api", "text/html", 200, "text/html; charset=utf-8"},
		{"/api.html", "", 200, "text/html; charset=utf-8"},
	}
	for _, tt := range tests {
		a := r.get(tt.path, "Accept", tt.accept).want(t, tt.status)
		if got := a.Header.Get("Content-Type"); got != tt.want {
			t.Errorf("%s as %q is %s, want %s", tt.path, tt.accept, got, tt.want)
		}
		if strings.Contains(string(a.body), "<script>") && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s runs what features say: %s", tt.path, a.body)
		}
	}
}

func TestCollections(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{105.5, 34}), camera("2", orb.Point{106, 35.5}))
	all := r.get("/collections").want(t, 200).json(t)["collections"].([]any)
	var names []string
	for _, c := range all {
		one := c.(map[string]any)
		names = append(names, one["id"].(string))
		alone := r.get("/collections/"+one["id"].(string)).want(t, 200).json(t)
		if fmt.Sprint(alone) != fmt.Sprint(one) {
			t.Errorf("in /collections stands %v, alone %v", one, alone)
		}
	}
	if !slices.Equal(names, []string{"beats", "roads", "cameras", "foreign"}) {
		t.Errorf("collections are %v", names)
	}
	c := r.get("/collections/cameras").json(t)
	if got := fmt.Sprint(c["extent"], c["itemCount"]); got != "map[spatial:map[bbox:[[105.5 34 106 35.5]] crs:http://www.opengis.net/def/crs/OGC/1.3/CRS84]] 2" {
		t.Errorf("extent and count are %s", got)
	}
	if _, there := r.get("/collections/beats").json(t)["extent"]; there {
		t.Error("an empty layer has an extent")
	}
	schema := r.get("/collections/cameras/schema").want(t, 200).json(t)["properties"].(map[string]any)
	if schema["keyword"] != nil || schema["height"] == nil {
		t.Errorf("schema shows %v", schema)
	}
}

func TestDefinitions(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("1", orb.Point{105.5, 34}))
	doc := r.get("/layers").want(t, 200).json(t)
	var names []string
	for _, l := range doc["layers"].([]any) {
		names = append(names, l.(map[string]any)["id"].(string))
	}
	if !slices.Equal(names, []string{"beats", "roads", "cameras", "foreign", "world"}) || len(doc["groups"].([]any)) != 1 {
		t.Errorf("layers are %v, groups %v", names, doc["groups"])
	}
	one := r.get("/layers/cameras").want(t, 200).json(t)
	if one["count"] != 1.0 || fmt.Sprint(one["extent"]) != "[105.5 34 105.5 34]" || one["editable"] != true || one["label"] != "name" {
		t.Errorf("cameras is %v", one)
	}
	if strings.Contains(string(r.get("/layers/cameras").body), "keyword") {
		t.Error("the definition shows a restricted property")
	}
	r.get("/layers/tracks").want(t, 404)
	style := r.get("/style.json").want(t, 200)
	if strings.Contains(string(style.body), "tracks") || !strings.Contains(string(style.body), r.url+"/tiles/beats,roads,cameras,foreign,world/{z}/{x}/{y}.mvt") {
		t.Errorf("style is %s", style.body)
	}
	if strings.Contains(string(style.body), `\u00`) {
		t.Error("the style has escapes that gl-style-validate takes for other operators")
	}
	r.get("/style.json", "If-None-Match", style.Header.Get("Etag")).want(t, 304)
}

func TestSearch(t *testing.T) {
	r := newRig(t)
	r.put("cameras", camera("7", orb.Point{105.5, 34}), camera("77", orb.Point{10, 10}))
	ids, doc := r.get("/search?q=camera").want(t, 200).features(t)
	if !slices.Equal(ids, []string{"cameras/7", "cameras/77"}) {
		t.Errorf("found %v", ids)
	}
	first := doc["features"].([]any)[0].(map[string]any)["properties"].(map[string]any)
	if first["id"] != "7" || first["layer"] != "cameras" || first["label"] != "camera 7" {
		t.Errorf("the first is %v", first)
	}
	if ids, _ := r.get("/search?q=77&limit=1&bbox=9,9,11,11").want(t, 200).features(t); !slices.Equal(ids, []string{"cameras/77"}) {
		t.Errorf("found %v", ids)
	}
	for _, query := range []string{"", "q=", "q=%20", "q=a&limit=0", "q=a&bbox=1", "q=a&x=1", "q=" + strings.Repeat("a", 201)} {
		r.get("/search?"+query).want(t, 400)
	}
}

// TestCountsAreFresh after every edit, also of features that no map shows.
func TestCountsAreFresh(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		body := fmt.Sprintf(`{"type":"Feature","geometry":{"type":"Point","coordinates":[%d,1]},"properties":{},"common":{"effective_from":"2999-01-01T00:00:00Z"}}`, i)
		r.do("POST", "/collections/cameras/items", body).want(t, 201)
		doc := r.get("/collections/cameras").want(t, 200).json(t)
		if want := fmt.Sprintf("map[spatial:map[bbox:[[0 1 %d 1]] crs:http://www.opengis.net/def/crs/OGC/1.3/CRS84]]", i); doc["itemCount"] != float64(i+1) || fmt.Sprint(doc["extent"]) != want {
			t.Fatalf("after %d edits there are %v in %v", i+1, doc["itemCount"], doc["extent"])
		}
	}
	r.put("cameras", camera("other", orb.Point{50, 50})) // by somebody else, heard of by the feed
	if doc := r.get("/layers/cameras").want(t, 200).json(t); doc["count"] != 21.0 || fmt.Sprint(doc["extent"]) != "[0 1 50 50]" {
		t.Errorf("there are %v in %v", doc["count"], doc["extent"])
	}
}
