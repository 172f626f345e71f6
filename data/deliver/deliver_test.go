package deliver_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestADelivery(t *testing.T) {
	out := newOutbox(10)
	r := newReceiver(t, always(http.StatusNoContent))
	d := work(t, out, newKeep(), loopback(t))
	d.put(t, r.subscriber("desk"))
	out.grow(3)
	s := d.settled(t, "desk")
	if !slices.Equal(r.got(), []uint64{11, 12, 13}) || s.Delivered != 3 || s.Since != 10 || s.Cursor != 13 || s.Secret != "" {
		t.Errorf("got %v, %+v", r.got(), s)
	}

	req, body := r.requests[0], r.bodies[0]
	stamp, signed, _ := strings.Cut(strings.TrimPrefix(req.Header.Get("Wardmap-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", stamp, body)
	if want := hex.EncodeToString(mac.Sum(nil)); signed != want || stamp != "1700000000" {
		t.Errorf("signature %q of time %q, want %q", signed, stamp, want)
	}
	if id := req.Header.Get("Wardmap-Delivery"); id == "" || id != req.Header.Get("Idempotency-Key") || !strings.HasPrefix(id, "desk-") {
		t.Errorf("delivery id %q, idempotency key %q", id, req.Header.Get("Idempotency-Key"))
	}
	if req.Method != http.MethodPost || req.URL.Path != "/hook" || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
	var got struct {
		Subscriber  string
		First, Last uint64
		Events      []live.Event
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Subscriber != "desk" || got.First != 11 || got.Last != uint64(10+len(got.Events)) || got.Events[0].Unit != event(11).Unit {
		t.Errorf("body %s", body)
	}
}

func TestBatchesKeepTheirOrderAndSize(t *testing.T) {
	const n = 3000
	out := newOutbox(0)
	r := newReceiver(t, always(http.StatusOK))
	d := work(t, out, newKeep(), loopback(t))
	d.put(t, r.subscriber("desk"))
	out.grow(n)
	d.settled(t, "desk")
	if want := wanted(0, n, everything); !slices.Equal(r.got(), want) {
		t.Errorf("%d events came, or not in order", len(r.got()))
	}
	if len(r.bodies) > n/250 {
		t.Errorf("%d deliveries for %d events", len(r.bodies), n)
	}
	for i, body := range r.bodies {
		var b struct{ Events []json.RawMessage }
		if err := json.Unmarshal(body, &b); err != nil || len(b.Events) > 500 || len(body) > 256<<10 {
			t.Errorf("delivery %d has %d events and %d bytes, %v", i, len(b.Events), len(body), err)
		}
	}
}

func TestFilters(t *testing.T) {
	tests := []struct {
		name  string
		give  func(s *deliver.Subscriber)
		wants func(e live.Event) bool
	}{
		{"everything", func(*deliver.Subscriber) {}, everything},
		{"kinds", func(s *deliver.Subscriber) { s.Kinds = fence.KindsOf(fence.Enter, fence.Emergency) },
			func(e live.Event) bool { return e.Kind == fence.Enter || e.Kind == fence.Emergency }},
		{"layers", func(s *deliver.Subscriber) { s.Layers = []string{"beats", "posts"} },
			func(e live.Event) bool {
				return strings.HasPrefix(e.Fence, "beats/") || strings.HasPrefix(e.Fence, "posts/")
			}},
		{"a layer of a longer name", func(s *deliver.Subscriber) { s.Layers = []string{"beat"} }, func(live.Event) bool { return false }},
		{"classes", func(s *deliver.Subscriber) { s.Classes = spatial.ClassesOf(spatial.Drone) },
			func(e live.Event) bool { return e.Class == spatial.Drone }},
		{"all at once", func(s *deliver.Subscriber) {
			s.Kinds, s.Layers, s.Classes = fence.KindsOf(fence.Exit), []string{"schools"}, spatial.ClassesOf(spatial.Bus, spatial.Officer)
		}, func(e live.Event) bool {
			return e.Kind == fence.Exit && strings.HasPrefix(e.Fence, "schools/") && (e.Class == spatial.Bus || e.Class == spatial.Officer)
		}},
	}
	const n = 5000
	out := newOutbox(7)
	d := work(t, out, newKeep(), loopback(t))
	var receivers []*receiver
	for i, test := range tests {
		r := newReceiver(t, always(http.StatusOK))
		s := r.subscriber(fmt.Sprint("s", i))
		test.give(&s)
		d.put(t, s)
		receivers = append(receivers, r)
	}
	out.grow(n)
	for i, test := range tests {
		want := wanted(7, 7+n, test.wants)
		s := d.settled(t, fmt.Sprint("s", i))
		if !slices.Equal(receivers[i].got(), want) {
			t.Errorf("%s: %d events came, want %d", test.name, len(receivers[i].got()), len(want))
		}
		if s.Produced != uint64(len(want)) || s.Delivered != s.Produced || s.Skipped != n-s.Produced || s.Seen != 7+n {
			t.Errorf("%s: %+v", test.name, s.Counters)
		}
	}
}

func TestEventsWithoutUnitsPassTheClasses(t *testing.T) {
	got := make(chan live.Event, 10)
	out := &fixed{events: []live.Event{
		{Seq: 1, Kind: fence.Absent, Fence: "posts/P1"}, {Seq: 2, Kind: fence.Enter, Fence: "posts/P1", Unit: "d", Class: spatial.Drone},
	}}
	d, err := deliver.Open(t.Context(), deliver.Options{Outbox: out, Keep: newKeep()}, deliver.Sink{
		Name: "s", Classes: spatial.ClassesOf(spatial.Officer),
		Send: func(_ context.Context, events []live.Event) error { got <- events[0]; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	out.open = true
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	if e := <-got; e.Kind != fence.Absent {
		t.Errorf("got %v", e)
	}
	cancel()
	if err := <-ended; err != nil || len(got) > 0 {
		t.Error(err, "or more events than one")
	}
}

// fixed is an outbox of given events, which are there when it is opened.
type fixed struct {
	events []live.Event
	open   bool
}

func (f *fixed) Newest() uint64 {
	if !f.open {
		return 0
	}
	return uint64(len(f.events))
}

func (f *fixed) Read(ctx context.Context, after uint64, _ int) ([]live.Event, error) {
	if after < f.Newest() {
		return f.events[after:], nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSubscribersThatCannotBe(t *testing.T) {
	good := deliver.Subscriber{Name: "desk", URL: "https://hooks.example.org/x", Secret: secret}
	tests := []struct {
		name string
		harm func(s *deliver.Subscriber)
	}{
		{"no name", func(s *deliver.Subscriber) { s.Name = "" }},
		{"a name with a slash", func(s *deliver.Subscriber) { s.Name = "a/b" }},
		{"a long name", func(s *deliver.Subscriber) { s.Name = strings.Repeat("a", 65) }},
		{"the name of a sink", func(s *deliver.Subscriber) { s.Name = "nats" }},
		{"no URL", func(s *deliver.Subscriber) { s.URL = "" }},
		{"a file", func(s *deliver.Subscriber) { s.URL = "file:///etc/passwd" }},
		{"no host", func(s *deliver.Subscriber) { s.URL = "http:///x" }},
		{"a password in the URL", func(s *deliver.Subscriber) { s.URL = "https://a:b@example.org" }},
		{"no URL at all", func(s *deliver.Subscriber) { s.URL = "http://[::1" }},
		{"a short secret", func(s *deliver.Subscriber) { s.Secret = "short" }},
		{"a layer without a name", func(s *deliver.Subscriber) { s.Layers = []string{"beats", ""} }},
	}
	sink := deliver.Sink{Name: "nats", Send: func(context.Context, []live.Event) error { return nil }}
	d := work(t, newOutbox(0), newKeep(), loopback(t), sink)
	for _, test := range tests {
		s := good
		test.harm(&s)
		if err := d.Put(t.Context(), s); !errors.Is(err, deliver.ErrInvalid) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	d.put(t, good)
	for _, name := range []string{"nobody", "nats"} {
		if err := d.Remove(t.Context(), name); !errors.Is(err, deliver.ErrUnknown) {
			t.Errorf("remove %s: %v", name, err)
		}
	}
	_, err1 := d.Dead(t.Context(), "nobody", 1)
	_, err2 := d.Retry(t.Context(), "nobody")
	_, err3 := d.Discard(t.Context(), "nobody")
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, deliver.ErrUnknown) {
			t.Errorf("letters of nobody: %v", err)
		}
	}
}

func TestASubscriberChangesAndGoes(t *testing.T) {
	out := newOutbox(0)
	first, second := newReceiver(t, always(http.StatusOK)), newReceiver(t, always(http.StatusOK))
	d := work(t, out, newKeep(), loopback(t))
	d.put(t, first.subscriber("desk"))
	out.grow(10)
	created := d.settled(t, "desk").Created

	changed := second.subscriber("desk")
	changed.Kinds = fence.KindsOf(fence.Exit)
	d.put(t, changed)
	out.grow(100)
	s := d.settled(t, "desk")
	want := wanted(10, 110, func(e live.Event) bool { return e.Kind == fence.Exit })
	if !slices.Equal(second.got(), want) || len(first.got()) != 10 || s.Delivered != uint64(10+len(want)) || s.Created != created {
		t.Errorf("first got %v, second %v, want %v: %+v", first.got(), second.got(), want, s)
	}

	if err := d.Remove(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	out.grow(100)
	if all, err := d.Status(t.Context()); len(all) != 0 || err != nil {
		t.Errorf("after it was removed: %v, %v", all, err)
	}
	if left, _ := d.keep.List(t.Context(), ""); len(left) > 0 {
		t.Errorf("%q is left of it", left)
	}
	d.put(t, first.subscriber("desk"))
	if s := d.of(t, "desk"); s.Since != 210 || s.Produced != 0 {
		t.Errorf("one of the same name begins with %+v", s.Counters)
	}
}

func TestSinks(t *testing.T) {
	out, k := newOutbox(5), newKeep()
	var got []uint64
	sink := deliver.Sink{Name: "mqtt", Layers: []string{"beats"}, Send: func(_ context.Context, events []live.Event) error {
		for _, e := range events {
			got = append(got, e.Seq)
		}
		if len(got)%3 == 1 {
			return errors.New("no broker")
		}
		return nil
	}}
	wants := func(e live.Event) bool { return strings.HasPrefix(e.Fence, "beats/") }
	d := work(t, out, k, loopback(t), sink)
	out.grow(2000)
	s := d.settled(t, "mqtt")
	d.stop()
	want := wanted(5, 2005, wants)
	if slices.Sort(got); !slices.Equal(slices.Compact(got), want) || s.Delivered != uint64(len(want)) {
		t.Errorf("%d events of %d, %+v", len(got), len(want), s.Counters)
	}
	got = nil
	d = work(t, out, k, loopback(t), sink)
	out.grow(200)
	s = d.settled(t, "mqtt")
	d.stop()
	if slices.Sort(got); !slices.Equal(slices.Compact(got), wanted(2005, 2205, wants)) || s.Since != 5 {
		t.Errorf("after a restart: %v, %+v", got, s.Counters)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	out := newOutbox(0)
	hangs := make(chan struct{})
	r := newReceiver(t, always(http.StatusOK))
	slow := newReceiver(t, func(int) (int, map[string]string) { <-hangs; return http.StatusOK, nil })
	t.Cleanup(func() { close(hangs) }) // before the server waits for its last answer
	o := loopback(t)
	o.Now = time.Now // real sleeps
	d := work(t, out, newKeep(), o)
	d.put(t, r.subscriber("quick"))
	d.put(t, slow.subscriber("slow"))
	down := newReceiver(t, always(http.StatusServiceUnavailable))
	d.put(t, down.subscriber("down"))
	out.grow(10)
	until(t, "all were asked", func() bool { return len(r.got()) == 10 && down.asked() > 0 })
	began := time.Now()
	d.stop()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Run took %v to end", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Run(ctx); err != nil {
		t.Errorf("Run once more: %v", err)
	}
}
