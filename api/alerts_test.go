package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// happen adds n events behind the newest.
func (y *city) happen(n int, change ...func(e *live.Event)) {
	events := make([]live.Event, n)
	for i := range events {
		e := live.Event{Seq: y.recent.Newest() + uint64(i) + 1, Kind: fence.Enter, Fence: "beats/B1", Unit: "car1", Class: spatial.Vehicle, Time: spatial.InstantOf(began), At: center}
		for _, f := range change {
			f(&e)
		}
		events[i] = e
	}
	y.recent.Add(events)
}

// follow opens the stream of alerts; headers are pairs of name and value.
func follow(t testing.TB, url string, headers ...string) *eventStream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := bare.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("answer is %d %v", res.StatusCode, res.Header)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return newEventStream(t, res)
}

// alert is the next event, without signs of life.
func (e *eventStream) alert() (id, name, data string) {
	for {
		if id, name, data = e.next(); !strings.HasPrefix(name, ":") {
			return id, name, data
		}
	}
}

// TestAlerts: what happens in the picture comes as events whose id is their number.
func TestAlerts(t *testing.T) {
	r, y := newLiveRig(t)
	y.fence(&fence.Fence{ID: "beats/B1", Name: "First beat", Area: block(-2, -2, 2, 2)})
	stream := follow(t, r.url+"/alerts")
	y.place(live.Unit{ID: "car1"}, off(0, 0))
	for range 20 { // until the fence believes it
		y.pass(10 * time.Second)
		y.move("car1", off(5, 0))
	}
	var seen []string
	for last := uint64(0); last < y.recent.Newest(); {
		id, name, data := stream.alert()
		var e live.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil || id != fmt.Sprint(e.Seq) || e.Kind.String() != name || e.Seq != last+1 || e.Unit != "car1" || e.Name != "First beat" {
			t.Fatalf("after %d comes %s %s %s: %v", last, id, name, data, err)
		}
		last, seen = e.Seq, append(seen, name)
	}
	if got := strings.Join(seen, " "); got != "enter exit" {
		t.Errorf("there were %s", got)
	}
}

// TestAlertsResume: a reader that is cut off again and again while things happen sees each of them once, in order.
func TestAlertsResume(t *testing.T) {
	r, y := newLiveRig(t)
	const all = 3000
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		for range all / 10 {
			y.happen(10)
			time.Sleep(300 * time.Microsecond)
		}
	})
	last, cuts := "0", 0
	for seen := 0; seen < all; cuts++ {
		stream := follow(t, r.url+"/alerts?after=0", "Last-Event-ID", last)
		for range 1 + cuts*7%230 {
			id, name, _ := stream.alert()
			if seen++; id != fmt.Sprint(seen) || name != "enter" {
				t.Fatalf("after %s comes %s %s", last, name, id)
			}
			if last = id; seen == all {
				break
			}
		}
		_ = stream.res.Body.Close()
	}
	if cuts < 10 {
		t.Errorf("it was cut off %d times only", cuts)
	}
}

func TestAlertsFilter(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 100 * time.Millisecond })
	y.happen(1)
	y.happen(1, func(e *live.Event) { e.Kind = fence.Exit })
	y.happen(1, func(e *live.Event) { e.Fence = "roads/R1" })
	y.happen(1, func(e *live.Event) { e.Class = spatial.Officer })
	y.happen(1, func(e *live.Event) { e.Kind, e.Fence = fence.Emergency, "" })
	y.happen(1, func(e *live.Event) { e.Fence = "tracks/secret" })
	tests := []struct{ query, want string }{
		{"", "1 2 3 4 5"},
		{"kind=exit,emergency", "2 5"},
		{"layer=beats", "1 2 4"},
		{"layer=beats,roads", "1 2 3 4"},
		{"class=officer", "4"},
		{"kind=exit&class=officer", ""},
		{"after=3", "4 5"},
		{"after=0&limit=2", "1 2"},
	}
	for _, tt := range tests {
		var page struct {
			Events []live.Event
			Next   uint64
			Newest uint64
		}
		if err := json.Unmarshal(r.get("/alerts/log?"+tt.query).want(t, 200).body, &page); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range page.Events {
			got = append(got, fmt.Sprint(e.Seq))
		}
		if strings.Join(got, " ") != tt.want || page.Newest != 6 || !strings.Contains(tt.query, "limit") && page.Next != 6 {
			t.Errorf("%s: the log says %v, next %d, newest %d, want %s", tt.query, got, page.Next, page.Newest, tt.want)
		}
		if strings.Contains(tt.query, "limit") {
			continue
		}
		first := "0"
		if after, is := strings.CutPrefix(tt.query, "after="); is {
			first = after
		}
		stream := follow(t, r.url+"/alerts?"+tt.query, "Last-Event-ID", first)
		for _, want := range got {
			if id, _, _ := stream.alert(); id != want {
				t.Errorf("%s: the stream says %s, want %s", tt.query, id, want)
			}
		}
	}
	for query, says := range map[string]string{"kind=boom": "kind", "kind=": "kind", "layer=nix": "layer", "layer=tracks": "layer", "class=x": "class", "after=-1": "after", "after=x": "after", "x=1": "x"} {
		for _, path := range []string{"/alerts", "/alerts/log", "/alerts/stream"} {
			if a := r.get(path+"?"+query).want(t, 400); !strings.Contains(string(a.body), says) {
				t.Errorf("%s?%s: %s does not say %q", path, query, a.body, says)
			}
		}
	}
	r.get("/alerts", "Last-Event-ID", "boot-7").want(t, 400)
	r.get("/alerts", "Accept", "application/json").want(t, 406)
	r.do("HEAD", "/alerts", "").want(t, 200)
}

// TestAlertsKeepTheirPlace: who wants little learns with signs of life how far the numbers have come.
func TestAlertsKeepTheirPlace(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 50 * time.Millisecond })
	stream := follow(t, r.url+"/alerts?kind=exit")
	if id, name, _ := stream.next(); id != "0" || name != ":alive" {
		t.Fatalf("first comes %s %s", name, id)
	}
	y.happen(100)
	for {
		if id, name, _ := stream.next(); name != ":alive" {
			t.Fatalf("nobody asked for %s", name)
		} else if id == "100" {
			break
		}
	}
}

// TestAlertsGap: what is no longer kept is said, and the rest follows.
func TestAlertsGap(t *testing.T) {
	r, y := newLiveRig(t)
	y.happen(5000) // 4096 are kept
	stream := follow(t, r.url+"/alerts?after=10")
	if id, name, data := stream.alert(); name != "gap" || id != "904" || data != `{"kind":"gap","after":10,"seq":904}` {
		t.Errorf("first comes %s %s %s", name, id, data)
	}
	if id, name, _ := stream.alert(); name != "enter" || id != "905" {
		t.Errorf("then comes %s %s", name, id)
	}
	ws := dial(t, r, "/alerts/stream?after=10")
	if _, data := hear(t, ws); string(data) != `{"kind":"gap","after":10,"seq":904}` {
		t.Errorf("by WebSocket first comes %s", data)
	}
	ahead := follow(t, r.url+"/alerts?after=9000") // of another server
	if id, name, _ := ahead.alert(); name != "gap" || id != "5000" {
		t.Errorf("who is ahead hears %s %s", name, id)
	}
	y.happen(1)
	if id, name, _ := ahead.alert(); name != "enter" || id != "5001" {
		t.Errorf("then comes %s %s", name, id)
	}
	if doc := r.get("/alerts/log?after=10&limit=1").want(t, 200).json(t); fmt.Sprint(doc["next"], doc["newest"]) != "906 5001" {
		t.Errorf("the log says next %v, newest %v", doc["next"], doc["newest"])
	}
}

func TestAlertsByWebSocket(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 30 * time.Millisecond })
	y.happen(1200)
	ws := dial(t, r, "/alerts/stream?after=0")
	for want := uint64(1); want <= 1201; want++ {
		if want == 1201 {
			time.Sleep(100 * time.Millisecond) // it is asked for signs of life meanwhile
			y.happen(1)
		}
		var e live.Event
		if kind, data := hear(t, ws); json.Unmarshal(data, &e) != nil || kind != websocket.MessageText || e.Seq != want {
			t.Fatalf("%d is %s", want, data)
		}
	}
	if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}

// TestStreamsEndWithTheServer, all of them, and Serve waits for them.
func TestStreamsEndWithTheServer(t *testing.T) {
	r, _ := newLiveRig(t)
	addr, end := serve(t, r.server)
	r = &rig{t: t, url: "http://" + addr}
	stream := follow(t, r.url+"/alerts")
	var sockets []*websocket.Conn
	for _, path := range []string{"/alerts/stream", "/live", "/positions/stream"} {
		sockets = append(sockets, dial(t, r, path))
	}
	var all sync.WaitGroup
	for _, ws := range sockets {
		all.Go(func() {
			for {
				if _, _, err := ws.Read(t.Context()); err != nil {
					if websocket.CloseStatus(err) != websocket.StatusGoingAway {
						t.Errorf("a WebSocket ends with %v", err)
					}
					return
				}
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	if err := end(); err != nil || time.Since(start) > 4*time.Second {
		t.Errorf("the server ended after %v with %v", time.Since(start), err)
	}
	all.Wait()
	if _, name, _ := stream.alert(); name != "end" {
		t.Errorf("after the end of the server comes %s", name)
	}
}

// TestStreamsAreCounted: more than the limit of a kind are refused, until one has ended.
func TestStreamsAreCounted(t *testing.T) {
	r, _ := newLiveRig(t, func(c *api.Config) { c.Live.Streams = 2 })
	first := dial(t, r, "/live")
	_ = dial(t, r, "/live")
	up := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="}
	if a := r.get("/live", up...).want(t, 503); a.Header.Get("Retry-After") == "" {
		t.Errorf("the header is %v", a.Header)
	}
	_ = dial(t, r, "/positions/stream") // another kind
	_ = follow(t, r.url+"/alerts")
	_ = dial(t, r, "/alerts/stream")
	r.get("/alerts").want(t, 503)
	_ = first.CloseNow()
	for try := 0; ; try++ {
		if doc := r.get("/live/counts").want(t, 200).json(t)["streams"].(map[string]any); doc["walls"] == 1. {
			break
		} else if try == 100 {
			t.Fatalf("open are %v", doc)
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = dial(t, r, "/live")
}

// TestDeadListenerHoldsNobodyUp: one asks for everything and never reads.
func TestDeadListenerHoldsNobodyUp(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Write = 300 * time.Millisecond })
	addr := strings.TrimPrefix(r.url, "http://")
	dead, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	if _, err := io.WriteString(dead, "GET /alerts?after=0 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	stream := follow(t, r.url+"/alerts?after=0")
	start := time.Now()
	for range 40 {
		y.happen(1000, func(e *live.Event) { e.Name = strings.Repeat("秦州", 40) })
		for range 1000 {
			stream.alert()
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("40,000 events took %v", took)
	}
	for try := 0; ; try++ {
		if doc := r.get("/live/counts").want(t, 200).json(t)["streams"].(map[string]any); doc["alerts"] == 1. {
			break
		} else if try == 200 {
			t.Fatalf("the dead one is still there: %v", doc)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
