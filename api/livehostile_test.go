package api_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// TestHostileLiveParameters asks everything live with hostile values, often several wrong ones at once.
func TestHostileLiveParameters(t *testing.T) {
	const seed = 8
	rng := rand.New(rand.NewPCG(seed, seed))
	d := &desk{all: map[string]api.Subscriber{"cad": {Name: "cad"}}}
	r, y := newLiveRig(t, func(c *api.Config) { c.Live.Subscribers = d })
	y.roads = road.Build(slices.Values(newMesh(rng, 5).list), road.Options{})
	for i := range 20 {
		y.place(live.Unit{ID: "c" + string(rune('a'+i))}, off(rng.Float64()*8, rng.Float64()*8))
	}
	r.get("/healthz")
	good := map[string]string{"lon": "105.72", "lat": "34.58", "from": "2026-11-24T03:00:00Z", "reason": "incident 7", "minutes": "3,5", "k": "3", "by": "road", "to": "105.721,34.581", "within": "500"}
	codes := map[int]int{}
	for path, item := range r.client.Transport.(*contract).doc.Paths.Map() {
		if item.Get == nil || path == "/alerts" || !isLive(path) {
			continue
		}
		names := []string{"zzUnknown"}
		for _, p := range item.Get.Parameters {
			if p.Value.In == "query" {
				names = append(names, p.Value.Name)
			}
		}
		for range 80 {
			address := path
			for _, name := range []string{"{id}", "{name}"} {
				address = strings.ReplaceAll(address, name, url.PathEscape([]string{"ca", "cad", "0-1", hostile(rng)}[rng.IntN(4)]))
			}
			q := url.Values{}
			for _, name := range names[1:] {
				if v, known := good[name]; known && rng.IntN(4) > 0 {
					q.Set(name, v)
				}
			}
			for range rng.IntN(3) {
				q.Set(names[rng.IntN(len(names))], hostile(rng))
			}
			codes[r.safe(seed, address, q.Encode())]++
		}
	}
	t.Logf("answers by status: %v", codes)
	if codes[200] == 0 || codes[400] == 0 || codes[404] == 0 || codes[426] == 0 {
		t.Errorf("the values are not mixed well: %v", codes)
	}
}

func isLive(path string) bool {
	for _, p := range []string{"/units", "/fences", "/alerts", "/live", "/subscribers", "/route", "/reach", "/cordon", "/roads"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// FuzzPositions: no body breaks the door, in either form, and what it takes it counts.
func FuzzPositions(f *testing.F) {
	r, y := newLiveRig(f)
	y.register(live.Unit{ID: "c1"})
	f.Add([]byte(`{"device":"c1","time":1795489199000,"lon":1,"lat":1}`), false)
	f.Add([]byte(`[{"device":"c1","time":"2026-11-24T02:59:59Z","lon":1e2,"lat":-0.0,"datum":"gcj02","speed":-1,"emergency":true},{"device":"\ud800","time":1}]`), false)
	f.Add(live.AppendReports(nil, []live.Report{y.report("c1", center), y.report("x", off(1, 1))}), true)
	f.Add([]byte("WMP1\xff\xff\xff\xff"), true)
	f.Fuzz(func(t *testing.T, body []byte, compact bool) {
		r := &rig{t: t, url: r.url, client: bare}
		mediaType := jsonType
		if compact {
			mediaType = compactType
		}
		if len(body) == 0 {
			return
		}
		a := r.do("POST", "/positions", string(body), "Content-Type", mediaType)
		switch a.StatusCode {
		case 200:
			got := readTaken(t, a.body)
			n := got.Accepted
			for _, v := range got.Verdicts {
				n += v
			}
			if n != got.Received || n == 0 {
				t.Fatalf("%q: %s", body, a.body)
			}
		case 400, 413, 422:
		default:
			t.Fatalf("%q: %d %s", body, a.StatusCode, a.body)
		}
	})
}

// FuzzPositionMessage: no message breaks a stream of positions; each is answered by one.
func FuzzPositionMessage(f *testing.F) {
	r, y := newLiveRig(f)
	y.register(live.Unit{ID: "c1"})
	ws := dial(f, r, "/positions/stream")
	f.Add([]byte(`{"device":"c1","time":1795489199000,"lon":1,"lat":1}`), false)
	f.Add([]byte(`[]`), false)
	f.Add(live.AppendReports(nil, []live.Report{y.report("c1", center)}), true)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, data []byte, compact bool) {
		kind := websocket.MessageText
		if compact {
			kind = websocket.MessageBinary
		}
		say(t, ws, kind, data)
		if kind, answer := hear(t, ws); kind != websocket.MessageText || !strings.HasPrefix(string(answer), "{") {
			t.Fatalf("%q is answered with %q", data, answer)
		}
	})
}

// FuzzWithin: no polygon breaks the question who is in it.
func FuzzWithin(f *testing.F) {
	r, y := newLiveRig(f)
	y.place(live.Unit{ID: "c1"}, center)
	f.Add("POLYGON((105 34,106 34,106 35,105 34))")
	f.Add("MULTIPOLYGON(((105 34,106 34,106 35,105 34)),EMPTY)")
	f.Add(`{"type":"MultiPolygon","coordinates":[[[[105,34],[106,34],[106,35],[105,34]]]]}`)
	f.Add("POLYGON EMPTY")
	f.Add("beats/1")
	f.Fuzz(func(t *testing.T, within string) {
		if len(within) > 10_000 {
			return
		}
		r := &rig{t: t, url: r.url, client: bare}
		if a := r.get("/units?within=" + url.QueryEscape(within)); a.StatusCode >= 500 {
			t.Fatalf("%q: %d %s", within, a.StatusCode, a.body)
		}
	})
}
