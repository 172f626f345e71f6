package deliver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// Whatever receivers and processes do, at every moment the books balance and say what an oracle counts; in the end
// each event has arrived.
func TestBooksBalance(t *testing.T) {
	runs := 6
	if os.Getenv("WARDMAP_SOAK") != "" {
		runs = 200
	}
	for seed := range runs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			balance(t, uint64(seed))
		})
	}
}

// A party is a subscriber, its receiver and what it should hear.
type party struct {
	subscriber deliver.Subscriber
	receiver   *receiver
	wants      func(e live.Event) bool
}

// parties are some whose receivers have moods, until they are calm.
func parties(t *testing.T, rng *rand.Rand, calm *atomic.Bool) []party {
	var mu sync.Mutex // guards rng, which several receivers draw from
	moody := func(int) (int, map[string]string) {
		mu.Lock()
		defer mu.Unlock()
		switch n := rng.IntN(20); {
		case calm.Load():
			return http.StatusOK, nil
		case n < 11:
			return http.StatusOK, nil
		case n < 14:
			return http.StatusServiceUnavailable, nil
		case n < 15:
			return http.StatusTooManyRequests, map[string]string{"Retry-After": fmt.Sprint(rng.IntN(100))}
		case n < 16:
			return http.StatusFound, nil
		default:
			return http.StatusGone, nil
		}
	}
	all := []party{
		{receiver: newReceiver(t, moody), wants: everything},
		{receiver: newReceiver(t, moody), wants: func(e live.Event) bool { return strings.HasPrefix(e.Fence, "beats/") }},
		{receiver: newReceiver(t, moody), wants: func(e live.Event) bool { return e.Kind == fence.Exit }},
		{receiver: newReceiver(t, always(http.StatusOK)), wants: func(e live.Event) bool { return e.Kind == fence.Emergency }},
	}
	for i := range all {
		all[i].subscriber = all[i].receiver.subscriber(fmt.Sprint("p", i))
	}
	all[1].subscriber.Layers = []string{"beats"}
	all[2].subscriber.Kinds = fence.KindsOf(fence.Exit)
	all[3].subscriber.Kinds = fence.KindsOf(fence.Emergency)
	return all
}

func balance(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	var calm atomic.Bool
	all := parties(t, rand.New(rand.NewPCG(seed, 4)), &calm)
	start := uint64(rng.IntN(1000))
	out, k := newOutbox(start), newKeep()
	o := loopback(t)
	o.Letters, o.Warn = 1_000_000, nil
	d := work(t, out, k, o)
	for _, p := range all {
		d.put(t, p.subscriber)
	}
	for range 100 {
		name := fmt.Sprint("p", rng.IntN(len(all)))
		switch n := rng.IntN(20); {
		case n < 10:
			out.grow(uint64(1 + rng.IntN(60)))
		case n == 10:
			out.grow(uint64(1 + rng.IntN(3000)))
		case n < 13:
			if _, err := d.Retry(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		case n == 13: // stopped and started
			d.stop()
			d = work(t, out, k, o)
		case n == 14: // killed
			k = k.survivor()
			d.stop()
			d = work(t, out, k, o)
		case n == 15: // put once more, with the same wishes
			d.put(t, all[rng.IntN(len(all))].subscriber)
		}
		for i, p := range all {
			audit(t, d.of(t, fmt.Sprint("p", i)), p, start, out)
		}
	}
	calm.Store(true)
	for i, p := range all {
		finish(t, d, fmt.Sprint("p", i), p, start)
	}
}

// audit compares the books with what was produced and with what arrived.
func audit(t *testing.T, s deliver.Status, p party, start uint64, out *outbox) {
	t.Helper()
	if want := uint64(len(wanted(start, s.Seen, p.wants))); s.Produced != want || s.Seen != out.Newest() {
		t.Fatalf("%s: produced %d of %d up to %d, %d would be right: %+v", s.Name, s.Produced, s.Seen-start, out.Newest(), want, s)
	}
	arrived := p.receiver.got()
	slices.Sort(arrived)
	if n := uint64(len(slices.Compact(arrived))); s.Delivered > n {
		t.Fatalf("%s: %d are delivered, and %d have arrived", s.Name, s.Delivered, n)
	}
}

// finish sends all dead letters again, and compares what arrived with what should.
func finish(t *testing.T, d *desk, name string, p party, start uint64) {
	t.Helper()
	d.settled(t, name) // what was under way may still die
	if _, err := d.Retry(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	s := d.settled(t, name)
	want := wanted(start, s.Seen, p.wants)
	arrived := p.receiver.got()
	slices.Sort(arrived)
	if arrived = slices.Compact(arrived); !slices.Equal(arrived, want) || s.Delivered != uint64(len(want)) || s.Lost+s.Dead+s.Pending != 0 {
		t.Errorf("%s: %d of %d arrived in the end: %+v", name, len(arrived), len(want), s)
	}
	if left, err := d.keep.List(t.Context(), "deliver/letter/"+name+"-"); err != nil || len(left) > 0 {
		t.Errorf("%s: %q are left, %v", name, left, err)
	}
}
