package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

// header is a guard that believes what the request's header X-May says: permissions, separated by spaces; "" is nobody.
type header struct{}

func (header) Who(r *http.Request) (*api.Asker, error) {
	text, given := r.Header.Get("X-May"), len(r.Header["X-May"]) > 0
	switch {
	case !given:
		return &api.Asker{View: layers.View{Level: layers.Public}}, nil
	case text == "expired":
		return nil, fmt.Errorf("%w: the key has expired", api.ErrStranger)
	case text == "locked":
		return nil, api.ErrLocked
	}
	may := strings.Fields(text)
	level := layers.Internal
	if slices.Contains(may, "read.restricted") {
		level = layers.Restricted
	}
	return &api.Asker{
		ID: "a1", Kind: "person", Roles: []string{"tester"}, Cookie: r.Header.Get("Cookie") != "", View: layers.View{Level: level, Live: slices.Contains(may, "read.live")},
		May: func(p string) bool { return slices.Contains(may, p) },
	}, nil
}

// trail is an audit log in memory, whose disk may be full.
type trail struct {
	mu    sync.Mutex // guards all below
	deeds []api.Deed
	full  bool
}

func (t *trail) Append(_ context.Context, deeds ...api.Deed) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full {
		return errors.New("the disk is full")
	}
	t.deeds = append(t.deeds, deeds...)
	return nil
}

// since is what is on record from a number on.
func (t *trail) since(n int) []api.Deed {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.deeds[n:])
}

func (t *trail) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.deeds)
}

// rights is what is right: the permission of every route, "open" for those that need none. A route that is not here
// fails the test.
var rights = map[string]string{
	"GET /": "open", "GET /api.html": "open", "GET /healthz": "open", "GET /readyz": "open", "GET /assets/*": "open", "GET /favicon.svg": "open",
	"GET /sign-in/elsewhere": "open", "GET /sign-in/back": "open",
	"GET /sign-in": "open", "POST /sign-in": "open", "POST /sign-out": "open", "GET /me": "self", "POST /me/password": "self", "POST /me/second-factor": "self",
	"GET /audit":   "read.audit",
	"GET /sources": "read.internal", "GET /sources/:name": "read.internal", "POST /sources/:name/run": "admin.system", "GET /sources/:name/quarantine": "edit.features",
	"PUT /sources/:name/quarantine/:id": "edit.features", "POST /sources/:name/replay": "edit.features",
	"POST /safety-tracks": "safety.request", "GET /safety-tracks/:id": "safety.read", "POST /safety-tracks/:id/approval": "safety.approve",
	"POST /safety-tracks/:id/renewal": "safety.approve", "POST /safety-tracks/:id/withdrawal": "safety.request",
	"GET /api": "open", "GET /conformance": "read.public",
	"GET /collections": "read.public", "GET /collections/:layer": "read.public", "GET /collections/:layer/schema": "read.public", "GET /collections/:layer/queryables": "read.public",
	"GET /collections/:layer/counts": "read.public", "GET /collections/:layer/findings": "read.public", "GET /collections/:layer/uptime": "read.public", "GET /collections/:layer/items": "read.public", "GET /collections/:layer/items/:id": "read.public",
	"POST /collections/:layer/items": "edit.features", "PUT /collections/:layer/items/:id": "edit.features", "PATCH /collections/:layer/items/:id": "edit.features",
	"DELETE /collections/:layer/items/:id": "edit.features", "POST /edits": "edit.features",
	"GET /layers": "read.public", "GET /layers/:layer": "read.public", "GET /style.json": "read.public", "GET /tiles/:layers": "read.public", "GET /tiles/:layers/:z/:x/:y": "read.public",
	"GET /scenes": "read.public", "GET /scenes/:layers/tileset.json": "read.public", "GET /scenes/:layers/plain/tileset.json": "read.public",
	"GET /scenes/:layers/:z/:x/:y": "read.public", "GET /scenes/:layers/plain/:z/:x/:y": "read.public",
	"GET /scenes/:layers/implicit/tileset.json": "read.public", "GET /scenes/:layers/implicit/:root/:level/:x/:y": "read.public",
	"GET /scenes/:layers/sight": "read.public", "GET /scenes/:layers/viewshed": "read.public", "GET /scenes/:layers/overlook": "read.public", "GET /scenes/:layers/watching": "read.public",
	"GET /search": "read.public", "GET /events": "read.public",
	"POST /positions": "report.positions", "GET /positions/stream": "report.positions",
	"GET /units": "read.live", "GET /units/:id": "read.live", "GET /live": "read.live", "GET /live/counts": "read.live",
	"GET /units/nearest": "read.nearest", "GET /units/recommended": "read.nearest", "PUT /units/:id/state": "dispatch", "GET /units/:id/track": "read.track-history", "GET /units/:id/duty": "read.track-history",
	"GET /fences": "read.public", "GET /fences/contains": "read.public", "POST /fences/match": "read.public",
	"GET /alerts": "read.live", "GET /alerts/stream": "read.live", "GET /alerts/log": "read.live",
	"GET /subscribers": "admin.system", "POST /subscribers": "admin.system", "GET /subscribers/:name": "admin.system", "DELETE /subscribers/:name": "admin.system",
	"GET /subscribers/:name/dead": "admin.system", "POST /subscribers/:name/retry": "admin.system",
	"GET /route": "read.public", "GET /reach": "read.public", "GET /cordon": "dispatch", "POST /matrix": "read.public",
	"GET /roads/:id/closure": "read.public", "PUT /roads/:id/closure": "dispatch", "DELETE /roads/:id/closure": "dispatch",
}

// filled is an address of a route.
func filled(path string) string {
	return strings.NewReplacer(":layers", "beats", ":layer", "beats", ":id", "1", ":name", "n", ":z", "0", ":x", "0", ":y", "0.mvt", "*", "app-1a2b.js").Replace(path)
}

// TestEveryRouteNeedsWhatItMust asks every route with nothing, with its permission alone, and with all others.
func TestEveryRouteNeedsWhatItMust(t *testing.T) {
	log := &trail{}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard, c.Trail = header{}, log })
	var permissions []string
	for _, p := range rights {
		if p != "open" && p != "self" && !slices.Contains(permissions, p) {
			permissions = append(permissions, p)
		}
	}
	seen := 0
	for _, route := range r.server.Routes() {
		if route.Method == http.MethodOptions || route.Method == http.MethodHead {
			continue
		}
		name := route.Method + " " + route.Path
		need, known := rights[name]
		if !known {
			t.Errorf("the table of rights says nothing of %s", name)
			continue
		}
		seen++
		others := strings.Join(slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return p == need }), " ")
		before := log.count()
		for _, one := range []struct {
			who, may string
			want     func(int) bool
		}{
			{"nobody", "", func(status int) bool { return (status == 401) == (need != "open") }},
			{"somebody with " + need, need, func(status int) bool { return status != 401 && status != 403 }},
			{"somebody with all others", others, func(status int) bool { return (status == 403) == (need != "open" && need != "self") && status != 401 }},
			{"an expired key", "expired", func(status int) bool { return (status == 401) == (need != "open") }},
			{"one who is locked out", "locked", func(status int) bool { return (status == 429) == (need != "open") }},
		} {
			if status := knock(t, r, route.Method, filled(route.Path), one.may); !one.want(status) {
				t.Errorf("%s by %s: %d", name, one.who, status)
			}
		}
		if need != "open" && need != "self" && log.count() == before {
			t.Errorf("%s: the refusal is not on record", name)
		}
	}
	if seen != len(rights) {
		t.Errorf("of %d rights %d are of routes that there are", len(rights), seen)
	}
}

// knock asks without a body and returns the status.
func knock(t *testing.T, r *rig, method, path, may string) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context()) // streams end with it
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if may != "" {
		req.Header.Set("X-May", may)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestHeadersOfRefusals(t *testing.T) {
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard = header{} })
	a := r.do("GET", "/collections", "", "Accept", "application/json").want(t, 401)
	if a.Header.Get("WWW-Authenticate") == "" || !strings.Contains(string(a.body), "sign in") {
		t.Errorf("%v %s", a.Header, a.body)
	}
	if a := r.do("GET", "/collections", "", "X-May", "locked").want(t, 429); a.Header.Get("Retry-After") == "" {
		t.Errorf("%v", a.Header)
	}
}

// TestPagesOfOthersCannotActForWhoIsSignedIn: a cookie alone changes nothing.
func TestPagesOfOthersCannotActForWhoIsSignedIn(t *testing.T) {
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard = header{} })
	body := `[{"op":"put","layer":"beats","id":"9","feature":{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]},"properties":{"name":"x"}}}]`
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"a program with a token", nil, 200},
		{"a page of this server", []string{"Cookie", "c=1", "Sec-Fetch-Site", "same-origin"}, 200},
		{"an old browser", []string{"Cookie", "c=1", "Origin", r.url}, 200},
		{"a page of another", []string{"Cookie", "c=1", "Sec-Fetch-Site", "cross-site"}, 403},
		{"a page of a neighbour", []string{"Cookie", "c=1", "Sec-Fetch-Site", "same-site"}, 403},
		{"an old browser on another page", []string{"Cookie", "c=1", "Origin", "https://evil.example"}, 403},
		{"a browser that says nothing", []string{"Cookie", "c=1"}, 403},
	} {
		a := r.do("POST", "/edits", body, append([]string{"Content-Type", jsonType, "X-May", "edit.features"}, tt.headers...)...)
		if a.StatusCode != tt.status {
			t.Errorf("%s: %d %s", tt.name, a.StatusCode, a.body)
		}
	}
	r.do("GET", "/collections", "", "X-May", "read.public", "Cookie", "c=1", "Sec-Fetch-Site", "cross-site").want(t, 200)
}

// TestWithoutARecordThereIsNoData: restricted data and changes are not to be had while the audit log takes nothing;
// public tiles go on.
func TestWithoutARecordThereIsNoData(t *testing.T) {
	log := &trail{}
	r, _ := newLiveRig(t, func(c *api.Config) { c.Guard, c.Trail = header{}, log })
	all := []string{"X-May", "read.public read.restricted edit.features dispatch read.live"}
	ask := func(method, path, body string) int {
		req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", jsonType)
		req.Header.Set(all[0], all[1])
		res, err := http.DefaultTransport.RoundTrip(req) // the document of nobody does not know what is restricted
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	put := `{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]},"properties":{"name":"x"}}`
	for _, full := range []bool{false, true} {
		tracks := map[bool]string{false: "/tiles/tracks/0/0/0.mvt", true: "/tiles/beats,tracks/0/0/0.mvt"}[full] // one record stands for the tiles of some minutes
		log.mu.Lock()
		log.full = full
		log.mu.Unlock()
		for _, tt := range []struct {
			method, path, body string
			guarded            bool
			action             string
		}{
			{"GET", "/collections/tracks/items", "", true, "read"},
			{"GET", "/collections/cameras/items", "", true, "read"}, // it has a restricted property
			{"GET", tracks, "", true, "read"},
			{"GET", "/search?q=x", "", true, "read"},
			{"POST", "/collections/beats/items", put, true, "edit"},
			{"GET", "/collections/beats/items", "", false, ""},
			{"GET", "/tiles/beats,cameras/0/0/0.mvt", "", false, ""},
			{"GET", "/layers", "", false, ""},
		} {
			before := log.count()
			status := ask(tt.method, tt.path, tt.body)
			if want := map[bool]int{true: 503, false: status}[full && tt.guarded]; status != want || !(full && tt.guarded) && status >= 300 {
				t.Errorf("%s %s with a log that is full (%v): %d", tt.method, tt.path, full, status)
			}
			if recorded := log.count() > before; recorded != (tt.guarded && !full) {
				t.Errorf("%s %s with a log that is full (%v): on record: %v", tt.method, tt.path, full, recorded)
			}
			if !tt.guarded || full {
				continue
			}
			deeds, ends := log.since(before), []string{"begun", "ok"}
			if tt.path == tracks {
				ends = ends[:1]
				if again := ask(tt.method, tt.path, ""); again >= 300 || log.count() != before+1 {
					t.Errorf("%s again: %d, %d records", tt.path, again, log.count()-before)
				}
			}
			for i, want := range ends {
				if d := deeds[i]; len(deeds) != len(ends) || d.Action != tt.action || d.Actor != "a1" || d.Outcome != want || d.Request == "" || d.From == "" {
					t.Errorf("%s %s: on record is %+v", tt.method, tt.path, d)
				}
			}
		}
	}
}

func TestWhoAsksTooOftenIsTurnedAway(t *testing.T) {
	left := 3
	r, _ := newLiveRig(t, func(c *api.Config) {
		c.Guard = header{}
		c.Pace = func(who *api.Asker, path string) bool {
			if who.ID == "a1" && path == "/units/nearest" {
				left--
			}
			return left >= 0
		}
	})
	for i := range 5 {
		a := r.do("GET", "/units/nearest?lon=1&lat=1", "", "X-May", "read.nearest")
		if want := map[bool]int{true: 200, false: 429}[i < 3]; a.StatusCode != want {
			t.Errorf("request %d: %d", i, a.StatusCode)
		}
	}
}

// TestALayerMayLetOthersEditIt: who dispatches changes incidents, and nothing else, alone or in a batch.
func TestALayerMayLetOthersEditIt(t *testing.T) {
	r, _ := newLiveRig(t, func(c *api.Config) {
		c.Guard = header{}
		defs := c.Catalogue()
		l := storetest.Layer("incidents", layers.PointKind)
		l.Edits = layers.ByDispatch
		more, problems := layers.NewCatalogue(append(slices.Clone(defs.Groups()), layers.Group{ID: "desk", Layers: []layers.Layer{l}})...)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Catalogue = func() *layers.Catalogue { return more }
	})
	put := func(layer string) string {
		return `{"op":"create","layer":"` + layer + `","feature":{"type":"Feature","geometry":{"type":"Point","coordinates":[1,1]},"properties":{"name":"x"}}}`
	}
	for _, tt := range []struct {
		name, method, path, body, may string
		refused                       bool
	}{
		{"an incident", "POST", "/edits", "[" + put("incidents") + "]", "dispatch", false},
		{"a camera", "POST", "/edits", "[" + put("cameras") + "]", "dispatch", true},
		{"a camera between incidents", "POST", "/edits", "[" + put("incidents") + "," + put("cameras") + "]", "dispatch", true},
		{"both, by an editor", "POST", "/edits", "[" + put("incidents") + "," + put("cameras") + "]", "edit.features", false},
		{"an incident, by somebody else", "POST", "/edits", "[" + put("incidents") + "]", "read.public", true},
		{"an incident by its address", "DELETE", "/collections/incidents/items/none", "", "dispatch", false},
		{"a camera by its address", "DELETE", "/collections/cameras/items/none", "", "dispatch", true},
	} {
		req, err := http.NewRequest(tt.method, r.url+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", jsonType)
		req.Header.Set("X-May", tt.may)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if (res.StatusCode == http.StatusForbidden) != tt.refused {
			t.Errorf("%s: %d", tt.name, res.StatusCode)
		}
	}
}
