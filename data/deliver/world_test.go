package deliver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// city is the first events, made once.
var city = sync.OnceValue(func() (events []live.Event) {
	for seq := range uint64(30_000) {
		events = append(events, happening(seq))
	}
	return events
})

// event is event number seq of a city in which every kind, layer and class has its turn.
func event(seq uint64) live.Event {
	if events := city(); seq < uint64(len(events)) {
		return events[seq]
	}
	return happening(seq)
}

func happening(seq uint64) live.Event {
	rng := rand.New(rand.NewPCG(seq, 7))
	e := live.Event{
		Seq: seq, Kind: fence.Kind(1 + rng.IntN(int(fence.Emergency))), Unit: fmt.Sprintf("unit-%d", rng.IntN(500)),
		Class: spatial.Officer + spatial.Class(rng.IntN(4)), Time: spatial.Instant(1_700_000_000_000 + seq*100),
		At: orb.Point{121.47 + rng.Float64(), 31.23 + rng.Float64()},
	}
	if rng.IntN(5) > 0 {
		e.Fence, e.Name = []string{"beats", "schools", "posts"}[rng.IntN(3)]+fmt.Sprintf("/F%d", rng.IntN(100)), "围栏 \"7\""
	}
	return e
}

// An outbox is events 1 to newest in memory, from oldest on.
type outbox struct {
	mu             sync.Mutex
	oldest, newest uint64
	news           chan struct{}
}

func newOutbox(newest uint64) *outbox {
	return &outbox{oldest: 1, newest: newest, news: make(chan struct{})}
}

func (o *outbox) grow(n uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.newest += n
	close(o.news)
	o.news = make(chan struct{})
}

func (o *outbox) discard(before uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.oldest = before
}

func (o *outbox) Newest() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.newest
}

func (o *outbox) Read(ctx context.Context, after uint64, most int) ([]live.Event, error) {
	for {
		o.mu.Lock()
		oldest, newest, news := o.oldest, o.newest, o.news
		o.mu.Unlock()
		switch {
		case after+1 < oldest:
			return nil, &deliver.GapError{Oldest: oldest}
		case after < newest:
			var out []live.Event
			for seq := after + 1; seq <= newest && len(out) < most; seq++ {
				out = append(out, event(seq))
			}
			return out, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// A keep is blobs in memory. It dies when told to: then nothing more gets in, as after kill -9.
type keep struct {
	mu    sync.Mutex
	blobs map[string][]byte
	dead  bool
	puts  int
}

func newKeep() *keep { return &keep{blobs: map[string][]byte{}} }

var errDead = errors.New("the process is dead")

// fail makes it take nothing in, until it is told otherwise.
func (k *keep) fail(is bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = is
}

// survivor is what the next process finds.
func (k *keep) survivor() *keep {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = true
	return &keep{blobs: maps.Clone(k.blobs)}
}

func (k *keep) Get(_ context.Context, name string) ([]byte, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.blobs[name]
	return v, ok, nil
}

func (k *keep) Put(_ context.Context, name string, value []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errDead
	}
	k.puts++
	k.blobs[name] = slices.Clone(value)
	return nil
}

func (k *keep) Delete(_ context.Context, name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errDead
	}
	delete(k.blobs, name)
	return nil
}

func (k *keep) List(_ context.Context, prefix string) (names []string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name := range k.blobs {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// A clock whose sleepers wake at once, having moved it on by what they slept.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	slept  []time.Duration
	little time.Duration // real time that a sleep takes
}

func newClock() *clock {
	return &clock{now: time.Unix(1_700_000_000, 0), little: 50 * time.Microsecond}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	c.mu.Unlock()
	time.Sleep(c.little)
	return ctx.Err()
}

// A receiver keeps what it was sent, and answers as it is told to.
type receiver struct {
	*httptest.Server
	answer func(n int) (code int, headers map[string]string) // to the n-th request, from 1

	mu         sync.Mutex
	requests   []*http.Request
	bodies     [][]byte
	deliveries []string // accepted ones, in their order
	seqs       []uint64 // of accepted events
}

func newReceiver(t testing.TB, answer func(n int) (int, map[string]string)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func always(code int) func(int) (int, map[string]string) {
	return func(int) (int, map[string]string) { return code, nil }
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests, r.bodies = append(r.requests, req), append(r.bodies, body)
	code, headers := r.answer(len(r.requests))
	for k, v := range headers {
		w.Header().Set(k, v)
	}
	if code < 300 {
		var b struct{ Events []struct{ Seq uint64 } }
		if err := json.Unmarshal(body, &b); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.deliveries = append(r.deliveries, req.Header.Get("Wardmap-Delivery"))
		for _, e := range b.Events {
			r.seqs = append(r.seqs, e.Seq)
		}
	}
	w.WriteHeader(code)
}

func (r *receiver) got() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seqs)
}

func (r *receiver) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.requests)
}

const secret = "sixteen bytes or more"

func (r *receiver) subscriber(name string) deliver.Subscriber {
	return deliver.Subscriber{Name: name, URL: r.URL + "/hook", Secret: secret}
}

// A desk at work, whose clock does not wait.
type desk struct {
	*deliver.Desk
	out   *outbox
	keep  *keep
	clock *clock
	stop  func() // and wait
}

func loopback(t testing.TB) deliver.Options {
	t.Helper()
	allow, err := deliver.Hosts("loopback")
	if err != nil {
		t.Fatal(err)
	}
	return deliver.Options{Allow: allow, Warn: func(m string, args ...any) { t.Logf("%s %v", m, args) }}
}

func work(t testing.TB, out *outbox, k *keep, o deliver.Options, sinks ...deliver.Sink) *desk {
	t.Helper()
	o.Outbox, o.Keep = out, k
	d := run(t, out, o, sinks...)
	d.keep = k
	return d
}

// run lets a desk work that has its outbox and its keep.
func run(t testing.TB, out *outbox, o deliver.Options, sinks ...deliver.Sink) *desk {
	t.Helper()
	d := &desk{out: out, clock: newClock()}
	if o.Now == nil {
		o.Now, o.Sleep = d.clock.Now, d.clock.Sleep
	}
	var err error
	if d.Desk, err = deliver.Open(t.Context(), o, sinks...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(d.stop)
	return d
}

func (d *desk) put(t testing.TB, s deliver.Subscriber) {
	t.Helper()
	if err := d.Put(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// of is the status of one subscriber, whose books must balance.
func (d *desk) of(t testing.TB, name string) deliver.Status {
	t.Helper()
	all, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == name {
			balanced(t, s)
			return s
		}
	}
	t.Fatalf("%s is not among %v", name, all)
	return deliver.Status{}
}

func balanced(t testing.TB, s deliver.Status) {
	t.Helper()
	if s.Produced != s.Delivered+s.Pending+s.Dead || s.Seen-s.Since != s.Produced+s.Skipped+s.Lost || s.Dropped > s.Dead || s.Cursor > s.Seen {
		t.Errorf("the books do not balance: %+v", s.Counters)
	}
}

// until waits for something that must come.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// settled waits until nothing is pending.
func (d *desk) settled(t testing.TB, name string) deliver.Status {
	t.Helper()
	until(t, name+" is settled", func() bool { return d.of(t, name).Pending == 0 })
	return d.of(t, name)
}

// wanted is the numbers of events (from, to] that a filter lets through, by an oracle.
func wanted(from, to uint64, wants func(e live.Event) bool) (seqs []uint64) {
	for seq := from + 1; seq <= to; seq++ {
		if wants(event(seq)) {
			seqs = append(seqs, seq)
		}
	}
	return seqs
}

func everything(live.Event) bool { return true }
