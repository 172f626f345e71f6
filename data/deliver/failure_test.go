package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestFortyFiveSecondsOfFailureLoseNothing(t *testing.T) {
	out := newOutbox(0)
	d := &desk{}
	r := newReceiver(t, nil)
	ready := make(chan struct{})
	var began time.Time
	r.answer = func(n int) (int, map[string]string) {
		<-ready
		if d.clock.Now().Sub(began) < 45*time.Second {
			return http.StatusServiceUnavailable, nil
		}
		return http.StatusOK, nil
	}
	d = work(t, out, newKeep(), loopback(t))
	began = d.clock.Now()
	close(ready)
	d.put(t, r.subscriber("desk"))
	for range 40 {
		out.grow(50)
		d.of(t, "desk")
	}
	s := d.settled(t, "desk")
	if !slices.Equal(r.got(), wanted(0, 2000, everything)) || s.Delivered != 2000 || s.Dead+s.Lost+s.Skipped != 0 || s.Problem != "" {
		t.Errorf("%d events came: %+v", len(r.got()), s)
	}
	if r.asked() < 8 || r.asked() > 100 {
		t.Errorf("%d requests in 45 s of failure", r.asked())
	}
}

func TestARetryIsTheSameDelivery(t *testing.T) {
	out := newOutbox(0)
	r := newReceiver(t, func(n int) (int, map[string]string) {
		if n%4 != 0 {
			return http.StatusBadGateway, nil
		}
		return http.StatusOK, nil
	})
	d := work(t, out, newKeep(), loopback(t))
	d.put(t, r.subscriber("desk"))
	out.grow(1)
	d.settled(t, "desk")
	out.grow(3)
	d.settled(t, "desk")
	ids := map[string]int{}
	for i, req := range r.requests {
		ids[req.Header.Get("Wardmap-Delivery")]++
		if string(r.bodies[i]) != string(r.bodies[i/4*4]) {
			t.Errorf("attempt %d has another body than the one before", i)
		}
	}
	if len(ids) != len(r.requests)/4 {
		t.Errorf("%d requests with %d ids: %v", len(r.requests), len(ids), ids)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	out := newOutbox(0)
	r := newReceiver(t, func(n int) (int, map[string]string) {
		switch n {
		case 1:
			return http.StatusTooManyRequests, map[string]string{"Retry-After": "3600"}
		case 2:
			return http.StatusServiceUnavailable, map[string]string{"Retry-After": "86400000"}
		}
		return http.StatusOK, nil
	})
	d := work(t, out, newKeep(), loopback(t))
	began := d.clock.Now()
	d.put(t, r.subscriber("desk"))
	out.grow(1)
	d.settled(t, "desk")
	if took := d.clock.Now().Sub(began); took < 25*time.Hour || took > 26*time.Hour {
		t.Errorf("it took %v, want the hour that was asked for and then the 24 hours that are the limit", took)
	}
}

func TestAGapIsCounted(t *testing.T) {
	out, k := newOutbox(100), newKeep()
	r := newReceiver(t, always(http.StatusOK))
	d := work(t, out, k, loopback(t))
	d.put(t, r.subscriber("desk"))
	out.grow(10)
	d.settled(t, "desk")
	d.stop()
	out.grow(1990)
	if s := d.of(t, "desk"); s.Produced != 2000 || s.Pending != 1990 { // Run is not needed to count
		t.Errorf("before the gap: %+v", s.Counters)
	}
	before := len(r.got())
	out.discard(2001)
	if s := d.of(t, "desk"); s.Produced != 2000 || s.Lost != 0 {
		t.Errorf("what was counted once: %+v", s.Counters)
	}
	var aloud atomic.Int64
	o := loopback(t)
	o.Warn = func(message string, args ...any) {
		if strings.Contains(message, "discarded before") {
			aloud.Add(1)
		}
	}
	d = work(t, out, k, o)
	s := d.settled(t, "desk")
	if want := wanted(2000, 2100, everything); !slices.Equal(r.got()[before:], want) || s.Lost != 1890 || aloud.Load() != 1 {
		t.Errorf("%d came, %+v, said %d times", len(r.got())-before, s.Counters, aloud.Load())
	}
}

func TestAnOutboxThatBeganAnew(t *testing.T) {
	k := newKeep()
	r := newReceiver(t, always(http.StatusOK))
	d := work(t, newOutbox(500), k, loopback(t))
	d.put(t, r.subscriber("desk"))
	d.out.grow(100)
	d.settled(t, "desk")
	d.stop()
	out := newOutbox(20)
	d = work(t, out, k, loopback(t))
	until(t, "the cursor is back", func() bool { return d.of(t, "desk").Cursor == 20 })
	out.grow(5)
	s := d.settled(t, "desk")
	if got := r.got(); !slices.Equal(got[100:], []uint64{21, 22, 23, 24, 25}) || s.Delivered != 105 {
		t.Errorf("got %v, %+v", got[100:], s)
	}
}

func TestASlowSubscriberDelaysNobody(t *testing.T) {
	out := newOutbox(0)
	hangs := make(chan struct{})
	slow := newReceiver(t, func(int) (int, map[string]string) { <-hangs; return http.StatusOK, nil })
	failing := newReceiver(t, always(http.StatusInternalServerError))
	quick := newReceiver(t, always(http.StatusOK))
	t.Cleanup(func() { close(hangs) })
	o := loopback(t)
	o.Now = time.Now // real time
	d := work(t, out, newKeep(), o)
	d.put(t, slow.subscriber("slow"))
	d.put(t, failing.subscriber("failing"))
	d.put(t, quick.subscriber("quick"))
	worst := time.Duration(0)
	for i := range 20 {
		began := time.Now()
		out.grow(1)
		until(t, "the event is there", func() bool { return len(quick.got()) == i+1 })
		worst = max(worst, time.Since(began))
	}
	if worst > 2*time.Second {
		t.Errorf("the longest delay beside a subscriber that hangs was %v", worst)
	}
	if s := d.of(t, "slow"); s.Pending != 20 || s.Delivered != 0 {
		t.Errorf("slow: %+v", s)
	}
}

func TestOwnTroubleIsNotTheReceivers(t *testing.T) {
	out, k := newOutbox(0), newKeep()
	r := newReceiver(t, okFrom(3))
	d := work(t, out, k, loopback(t))
	d.put(t, r.subscriber("desk"))
	k.fail(true)
	out.grow(10)
	until(t, "it has tried for two days", func() bool { return d.clock.Now().Sub(newClock().now) > 48*time.Hour })
	if s := d.of(t, "desk"); len(r.got()) > 0 || s.Pending != 10 || !strings.Contains(s.Problem, "note how far") {
		t.Errorf("with a keep that fails %d events came: %+v", len(r.got()), s)
	}
	k.fail(false)
	if s := d.settled(t, "desk"); s.Delivered != 10 || s.Dead != 0 || s.Failures != 0 {
		t.Errorf("after that: %+v", s)
	}
}

// okFrom fails until the n-th request.
func okFrom(n int) func(int) (int, map[string]string) {
	return func(i int) (int, map[string]string) {
		if i < n {
			return http.StatusServiceUnavailable, nil
		}
		return http.StatusOK, nil
	}
}

func TestABatchThatWasUnderWayComesAgainAsItWas(t *testing.T) {
	out, k := newOutbox(0), newKeep()
	r := newReceiver(t, nil)
	asked, answer := make(chan bool), make(chan bool)
	r.answer = func(n int) (int, map[string]string) {
		if n == 1 {
			asked <- true
			<-answer
		}
		return http.StatusOK, nil
	}
	d := work(t, out, k, loopback(t))
	s := r.subscriber("desk")
	s.Layers = []string{"beats"}
	d.put(t, s)
	out.grow(40)
	<-asked
	k = k.survivor() // it is killed while the receiver works
	close(answer)
	d.stop()
	out.grow(400)
	d = work(t, out, k, loopback(t))
	d.settled(t, "desk")
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.bodies) < 3 || string(r.bodies[0]) != string(r.bodies[1]) || r.deliveries[0] != r.deliveries[1] || r.deliveries[1] == r.deliveries[2] {
		t.Errorf("deliveries %q", r.deliveries)
	}
	want := wanted(0, 440, func(e live.Event) bool { return strings.HasPrefix(e.Fence, "beats/") })
	if got := slices.Compact(slices.Sorted(slices.Values(r.seqs))); !slices.Equal(got, want) {
		t.Errorf("%d events arrived, want %d", len(got), len(want))
	}
}

func TestKilledDesksRepeatAtMostOneBatch(t *testing.T) {
	out, k := newOutbox(0), newKeep()
	r := newReceiver(t, always(http.StatusOK))
	d := work(t, out, k, loopback(t))
	d.put(t, r.subscriber("desk"))
	lives := 12
	for life := range lives {
		for range 5 + life {
			out.grow(uint64(1 + life*7%40))
		}
		want := 3 * (life + 1)
		until(t, "some were told", func() bool { return len(r.got()) > want })
		k = k.survivor() // kill -9: what is noted later is lost
		d.stop()
		d = work(t, out, k, loopback(t))
	}
	s := d.settled(t, "desk")
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, twice := map[string]bool{}, 0
	for _, id := range r.deliveries {
		if seen[id] {
			twice++
		}
		seen[id] = true
	}
	last := uint64(0)
	for _, seq := range r.seqs {
		if seq > last+1 {
			t.Fatalf("event %d came behind %d", seq, last)
		}
		last = max(last, seq)
	}
	if twice > lives || s.Delivered != out.newest || last != out.newest {
		t.Errorf("%d of %d deliveries came twice in %d lives; %+v of %d", twice, len(r.deliveries), lives, s.Counters, out.newest)
	}
	// events that came twice came in deliveries that came twice: else an id would have changed
	distinct := 0
	for id := range seen {
		var first, to int
		parts := strings.Split(id, "-")
		if _, err := fmt.Sscan(parts[len(parts)-2]+" "+parts[len(parts)-1], &first, &to); err != nil {
			t.Fatal(err)
		}
		distinct += to - first + 1
	}
	if uint64(distinct) != out.newest {
		t.Errorf("deliveries of different ids hold %d events, of %d", distinct, out.newest)
	}
}

func TestTwoRunsAreRefused(t *testing.T) {
	r := newReceiver(t, always(http.StatusOK))
	d := work(t, newOutbox(0), newKeep(), loopback(t))
	d.put(t, r.subscriber("desk"))
	d.out.grow(1)
	d.settled(t, "desk")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Run(ctx); err == nil {
		t.Error("two may run")
	}
}

func TestOpenTellsWhatIsBroken(t *testing.T) {
	k := newKeep()
	k.blobs["deliver/books/desk"] = []byte("{")
	if _, err := deliver.Open(t.Context(), deliver.Options{Outbox: newOutbox(0), Keep: k}); err == nil || !strings.Contains(err.Error(), "deliver/books/desk") {
		t.Errorf("broken books: %v", err)
	}
	send := func(context.Context, []live.Event) error { return nil }
	for _, names := range [][]string{{"a", "a"}, {"a b"}, {""}} {
		var sinks []deliver.Sink
		for _, name := range names {
			sinks = append(sinks, deliver.Sink{Name: name, Send: send})
		}
		if _, err := deliver.Open(t.Context(), deliver.Options{Outbox: newOutbox(0), Keep: newKeep()}, sinks...); !errors.Is(err, deliver.ErrInvalid) {
			t.Errorf("sinks %q: %v", names, err)
		}
	}
}
