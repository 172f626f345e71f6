package api_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
)

// serve runs the server on a port of its own. end stops it and gives what Serve returned.
func serve(t *testing.T, s *api.Server) (addr string, end func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	end = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = end() })
	return ln.Addr().String(), end
}

func TestSlowHeaderDoesNotHoldTheSocket(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.Timeouts.ReadHeader = 200 * time.Millisecond })
	addr, _ := serve(t, r.server)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_ = conn.SetReadDeadline(start.Add(5 * time.Second))
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatalf("after %v the socket is still open: %v", time.Since(start), err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestSlowBodyDoesNotHoldTheSocket(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.Timeouts.Read = 300 * time.Millisecond })
	addr, _ := serve(t, r.server)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /edits HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n["); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 400 || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answer is %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

// An eventStream is read by a test.
type eventStream struct {
	t     testing.TB
	res   *http.Response
	lines *bufio.Scanner
}

func listen(t testing.TB, url, lastID string) *eventStream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := bare.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("answer is %d %v", res.StatusCode, res.Header)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return newEventStream(t, res)
}

func newEventStream(t testing.TB, res *http.Response) *eventStream {
	return &eventStream{t, res, bufio.NewScanner(res.Body)}
}

// next is the next event: id, name and data; a comment has only a name.
func (e *eventStream) next() (id, name, data string) {
	for e.lines.Scan() {
		field, value, _ := strings.Cut(e.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			data = value
		case "":
			if value != "" {
				name = ":" + value
			} else if name != "" {
				return id, name, data
			}
		}
	}
	return "", "end", ""
}

func TestEvents(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 150 * time.Millisecond })
	addr, end := serve(t, r.server)
	url := "http://" + addr
	stream := listen(t, url, "")
	hello, name, data := stream.next()
	if name != "hello" || !strings.HasSuffix(hello, "-0") || !strings.Contains(data, `"version":"test"`) {
		t.Fatalf("first comes %s %s %s", hello, name, data)
	}
	if _, name, _ := stream.next(); name != ":alive" {
		t.Errorf("an idle stream sends %s", name)
	}
	r.put("cameras", camera("1", orb.Point{105, 34}), camera("2", orb.Point{106, 35}))
	id, name, data := stream.next()
	for name == ":alive" {
		id, name, data = stream.next()
	}
	if name != "change" || data != `{"seq":1,"layers":{"cameras":[[105,34,105,34],[106,35,106,35]]}}` {
		t.Errorf("a change is %s %s", name, data)
	}
	r.hub.PublishLayers("beats", "cameras")
	for _, name, data = stream.next(); name == ":alive"; _, name, data = stream.next() {
	}
	if name != "layers" || data != `{"seq":2,"layers":["beats","cameras"]}` {
		t.Errorf("new definitions are %s %s", name, data)
	}
	again := listen(t, url, id)
	if at, name, _ := again.next(); name != "hello" || at != id {
		t.Errorf("who comes back with %s is greeted with %s %s", id, name, at)
	}
	if _, name, _ = again.next(); name != "layers" {
		t.Errorf("who comes back gets %s", name)
	}
	if at, name, _ := listen(t, url, "other-7").next(); name != "hello" || at != "" {
		t.Errorf("who comes from another start is greeted with %s %q", name, at)
	}
	if err := end(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	for _, name, _ = stream.next(); name == ":alive"; _, name, _ = stream.next() {
	}
	if name != "end" {
		t.Errorf("after the end of the server comes %s", name)
	}
}

// TestManyListeners: all see every change in order, a dead one holds nobody up, and no goroutine stays.
func TestManyListeners(t *testing.T) {
	before := runtime.NumGoroutine()
	r := newRig(t)
	addr, end := serve(t, r.server)
	const listeners, rounds = 40, 10
	dead, err := net.Dial("tcp", addr) // asks and never reads
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	if _, err := io.WriteString(dead, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range listeners {
		stream := listen(t, "http://"+addr, "")
		if _, name, _ := stream.next(); name != "hello" {
			t.Fatalf("first comes %s", name)
		}
		all.Go(func() {
			defer stream.res.Body.Close()
			last := ""
			for {
				id, name, data := stream.next()
				if name != "change" {
					t.Errorf("after %s comes %s %s", last, name, data)
					return
				}
				if last = id; strings.Contains(data, "[9,9,9,9]") {
					return
				}
			}
		})
	}
	for i := range rounds {
		r.hub.Publish("cameras", orb.Point{float64(i), 1}.Bound())
		time.Sleep(10 * time.Millisecond)
	}
	r.hub.Publish("cameras", orb.Point{9, 9}.Bound())
	all.Wait()
	if err := end(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	bare.CloseIdleConnections()
	for try := 0; ; try++ {
		if now := runtime.NumGoroutine(); now <= before+6 { // the rig's own server is still there
			break
		} else if try == 100 {
			t.Fatalf("%d goroutines before, %d after", before, now)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestEventsRefuse(t *testing.T) {
	r := newRig(t)
	r.get("/events?x=1").want(t, 400)
	r.get("/events", "Accept", "application/json").want(t, 406)
	r.do("HEAD", "/events", "").want(t, 200)
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	r := newRig(t, func(c *api.Config) {
		c.Ready = func(context.Context) error { close(started); <-release; return nil }
	})
	addr, end := serve(t, r.server)
	status := make(chan int, 1)
	go func() {
		res, err := bare.Get("http://" + addr + "/readyz")
		if err != nil {
			status <- 0
			return
		}
		_ = res.Body.Close()
		status <- res.StatusCode
	}()
	<-started
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	time.Sleep(50 * time.Millisecond)
	close(release)
	if got := <-status; got != 200 {
		t.Errorf("the request in flight got %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
