package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial/live"
)

const (
	jsonType    = "application/json"
	compactType = "application/vnd.wardmap.positions"
)

// taken is what the door answers.
type taken struct {
	Received, Accepted int
	Verdicts           map[string]int
	Refused            []struct {
		Index           int
		Verdict, Device string
	}
}

func readTaken(t testing.TB, body []byte) taken {
	t.Helper()
	var v taken
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	return v
}

func TestPositionsByJSON(t *testing.T) {
	r, y := newLiveRig(t)
	y.register(live.Unit{ID: "c1", Devices: []string{"serial-1"}}, live.Unit{ID: "c2"})
	one := `{"device":"serial-1","time":"2026-11-24T02:59:58Z","lon":105.72,"lat":34.58,"speed":3.5,"course":90,"emergency":false}`
	if got := readTaken(t, r.do("POST", "/positions", one, "Content-Type", jsonType).want(t, 200).body); got.Received != 1 || got.Accepted != 1 || len(got.Refused) != 0 {
		t.Errorf("one report: %+v", got)
	}
	if v, _ := y.picture.Unit("c1"); v.Point != center || v.Speed != 3.5 {
		t.Errorf("the unit is seen as %+v", v)
	}
	many := `[` + one + `,{"device":"c2","time":1795489199000,"lon":105.73,"lat":34.58},{"device":"c2","time":"2026-11-24T02:59:00Z","lon":105.73,"lat":34.58},
		{"device":"nobody","time":"2026-11-24T02:59:00Z","lon":105.73,"lat":34.58},{"device":"c2","time":"2026-11-24T02:59:59.5Z","lon":0,"lat":0}]`
	got := readTaken(t, r.do("POST", "/positions", many, "Content-Type", jsonType).want(t, 200).body)
	want := map[string]int{"duplicate": 1, "late": 1, "unregistered": 1, "null_island": 1}
	if got.Received != 5 || got.Accepted != 1 || !reflect.DeepEqual(got.Verdicts, want) {
		t.Errorf("five reports: %+v", got)
	}
	var refused []string
	for _, one := range got.Refused {
		refused = append(refused, fmt.Sprint(one.Index, " ", one.Device, " ", one.Verdict))
	}
	if want := []string{"0 serial-1 duplicate", "2 c2 late", "3 nobody unregistered", "4 c2 null_island"}; !slices.Equal(refused, want) {
		t.Errorf("refused are %q, want %q", refused, want)
	}
}

func TestPositionsInCompactForm(t *testing.T) {
	r, y := newLiveRig(t)
	rs := make([]live.Report, 25_000)
	for i := range rs {
		rs[i] = y.report("nobody", center)
	}
	y.register(live.Unit{ID: "c1"})
	rs[24_999] = y.report("c1", off(1, 1))
	got := readTaken(t, r.do("POST", "/positions", string(live.AppendReports(nil, rs)), "Content-Type", compactType).want(t, 200).body)
	if got.Received != 25_000 || got.Accepted != 1 || got.Verdicts["unregistered"] != 24_999 || len(got.Refused) != 100 {
		t.Errorf("25,000 reports: %d, %d, %v, %d named", got.Received, got.Accepted, got.Verdicts, len(got.Refused))
	}
	if !slices.Equal(y.batches, []int{10_000, 10_000, 5_000}) {
		t.Errorf("they were submitted as %v", y.batches)
	}
	if v, _ := y.picture.Unit("c1"); v.Point != off(1, 1) {
		t.Errorf("the unit is seen at %v", v.Point)
	}
}

func TestPositionsRefuse(t *testing.T) {
	r, y := newLiveRig(t)
	good := `{"device":"a","time":1795489199000,"lon":1,"lat":1}`
	tests := []struct {
		name, mediaType, body string
		status                int
		says                  string
	}{
		{"another type", "text/plain", good, 415, "application/vnd.wardmap.positions"},
		{"GeoJSON", "application/geo+json", good, 415, "send application/json"},
		{"nothing", jsonType, " ", 400, "is missing"},
		{"no list of reports", jsonType, "[]", 422, "no report"},
		{"broken JSON", jsonType, `[{"device":"a"`, 400, "report 0"},
		{"no device", jsonType, `{"time":1,"lon":1,"lat":1}`, 400, "device: it is missing"},
		{"no time", jsonType, `[` + good + `,{"device":"a","lon":1,"lat":1}]`, 400, "report 1, time"},
		{"a latitude alone", jsonType, `{"device":"a","time":1795489199000,"lat":1}`, 400, "lon: it is missing"},
		{"another datum", jsonType, `{"device":"a","time":1795489199000,"lon":1,"lat":1,"datum":"beijing54"}`, 400, "datum"},
		{"no compact form", compactType, "WMP2....", 400, "reports"},
		{"cut compact form", compactType, string(live.AppendReports(nil, []live.Report{y.report("a", center)})[:30]), 400, "report"},
		{"too many", jsonType, "[" + strings.Repeat(`{"device":"a","time":1},`, 100_000) + `{"device":"a","time":1}]`, 413, "at most 100000"},
		{"too large", jsonType, strings.Repeat(" ", 8<<20) + good, 413, "more than 8388608 bytes"},
	}
	big := &rig{t: t, url: r.url, client: bare} // holding megabytes against the OpenAPI document takes a while
	for _, tt := range tests {
		ask := r
		if len(tt.body) > 1<<20 {
			ask = big
		}
		a := ask.do("POST", "/positions", tt.body, "Content-Type", tt.mediaType)
		if a.StatusCode != tt.status || !strings.Contains(string(a.body), tt.says) {
			t.Errorf("%s: %d %.300s, want %d that says %q", tt.name, a.StatusCode, a.body, tt.status, tt.says)
		}
	}
	if len(y.batches) > 0 {
		t.Errorf("something was submitted: %v", y.batches)
	}
	r.do("POST", "/positions?x=1", good, "Content-Type", jsonType).want(t, 400)
	y.broken = errDisk
	a := r.do("POST", "/positions", good, "Content-Type", jsonType).want(t, 503)
	if a.Header.Get("Retry-After") == "" || strings.Contains(string(a.body), errDisk.Error()) || !strings.Contains(r.log.String(), errDisk.Error()) {
		t.Errorf("a full disk is answered with %v %s, the log says %s", a.Header, a.body, r.log)
	}
}

func TestNothingIsLive(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/units", "/units/nearest", "/units/1", "/fences", "/alerts", "/alerts/stream", "/live", "/live/counts", "/route", "/cordon", "/subscribers", "/roads/1/closure"} {
		if a := r.get(path).want(t, 404); !strings.Contains(string(a.body), "keeps no live positions") {
			t.Errorf("%s says %s", path, a.body)
		}
	}
	r.get("/tiles/units/4/1/1.mvt").want(t, 404)
	c := r.config
	c.Live = &api.Live{Picture: live.NewPicture(live.Options{})}
	if _, err := api.New(c); err == nil {
		t.Error("a server with half a live part was made")
	}
}

// dial opens a WebSocket; headers are pairs of name and value.
func dial(t testing.TB, r *rig, path string, headers ...string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	o := &websocket.DialOptions{HTTPHeader: map[string][]string{}}
	for i := 0; i < len(headers); i += 2 {
		o.HTTPHeader.Set(headers[i], headers[i+1])
	}
	ws, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+path, o)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	ws.SetReadLimit(64 << 20)
	return ws
}

func hear(t testing.TB, ws *websocket.Conn) (websocket.MessageType, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	kind, data, err := ws.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return kind, data
}

func say(t testing.TB, ws *websocket.Conn, kind websocket.MessageType, data []byte) {
	t.Helper()
	if err := ws.Write(t.Context(), kind, data); err != nil {
		t.Fatal(err)
	}
}

// TestPositionsByWebSocket: messages of both forms are answered in their order, and nonsense does not end it.
func TestPositionsByWebSocket(t *testing.T) {
	r, y := newLiveRig(t)
	y.register(live.Unit{ID: "c1"})
	ws := dial(t, r, "/positions/stream")
	for i := range 20 {
		y.pass(time.Second)
		say(t, ws, websocket.MessageBinary, live.AppendReports(nil, slices.Repeat([]live.Report{y.report("nobody", center)}, i+1)))
	}
	say(t, ws, websocket.MessageText, []byte(`{"device":"c1","time":"2026-11-24T03:00:10Z","lon":105.73,"lat":34.58}`))
	say(t, ws, websocket.MessageText, []byte(`nonsense`))
	say(t, ws, websocket.MessageBinary, []byte(`nonsense`))
	say(t, ws, websocket.MessageText, []byte(`{"device":"c1","time":"2026-11-24T03:00:11Z","lon":105.731,"lat":34.58}`))
	for i := range 20 {
		kind, data := hear(t, ws)
		if got := readTaken(t, data); kind != websocket.MessageText || got.Received != i+1 || got.Accepted != 0 {
			t.Fatalf("answer %d is %s", i, data)
		}
	}
	for i, want := range []string{`"accepted":1`, `"status":400`, `"status":400`, `"accepted":1`} {
		if _, data := hear(t, ws); !bytes.Contains(data, []byte(want)) {
			t.Errorf("answer %d is %s, want %s", i, data, want)
		}
	}
	y.mu.Lock()
	y.broken = errDisk
	y.mu.Unlock()
	say(t, ws, websocket.MessageText, []byte(`{"device":"c1","time":"2026-11-24T03:00:12Z","lon":105.731,"lat":34.58}`))
	if _, data := hear(t, ws); !bytes.Contains(data, []byte(`"status":503`)) || !bytes.Contains(data, []byte(`"request_id"`)) {
		t.Errorf("a full disk is answered with %s", data)
	}
	if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("the close was answered with %v", err)
	}
}

func TestTooLargeMessageEndsTheStream(t *testing.T) {
	r, _ := newLiveRig(t)
	ws := dial(t, r, "/positions/stream")
	_ = ws.Write(t.Context(), websocket.MessageBinary, make([]byte, 8<<20+1))
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("it ends with %v", err)
	}
}

// TestWebSocketHandshake: who asks otherwise gets a problem, and pages of other origins no WebSocket.
func TestWebSocketHandshake(t *testing.T) {
	r, _ := newLiveRig(t, func(c *api.Config) { c.Origins = []string{"https://wall.example"} })
	for _, path := range []string{"/positions/stream", "/alerts/stream", "/live"} {
		if a := r.get(path).want(t, 426); a.Header.Get("Upgrade") != "websocket" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	up := []string{"Connection", "keep-alive, Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="}
	changed := func(name, value string) []string { return append(slices.Clone(up), name, value) }
	r.get("/live", changed("Sec-WebSocket-Version", "12")...).want(t, 400)
	r.get("/live", changed("Sec-WebSocket-Key", "short")...).want(t, 400)
	r.get("/live?rate=99", up...).want(t, 400)
	tests := []struct {
		origin       string
		reads, write bool
	}{
		{"https://wall.example", true, true},
		{r.url, true, true},
		{"http://localhost:5173", true, false},
		{"https://evil.example", false, false},
		{"null", false, false},
	}
	for _, tt := range tests {
		for path, may := range map[string]bool{"/live": tt.reads, "/alerts/stream": tt.reads, "/positions/stream": tt.write} {
			if !may {
				r.get(path, changed("Origin", tt.origin)...).want(t, 403)
				continue
			}
			_ = dial(t, r, path, "Origin", tt.origin).CloseNow()
		}
	}
}
