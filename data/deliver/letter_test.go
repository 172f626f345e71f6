package deliver_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

func TestWhatIsNotDelivered(t *testing.T) {
	tests := []struct {
		name   string
		answer func(n int) (int, map[string]string)
		dead   bool
		tries  int // at least, before it is dead
	}{
		{"gone", always(http.StatusGone), true, 1},
		{"not found", always(http.StatusNotFound), true, 1},
		{"unauthorized", always(http.StatusUnauthorized), true, 1},
		{"down for longer than a day", always(http.StatusInternalServerError), true, 200},
		{"redirects for longer than a day", func(int) (int, map[string]string) {
			return http.StatusTemporaryRedirect, map[string]string{"Location": "http://127.0.0.1:1/"}
		}, true, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := newOutbox(0)
			r := newReceiver(t, test.answer)
			o := loopback(t)
			o.Warn = nil
			d := work(t, out, newKeep(), o)
			d.clock.little = 0
			d.put(t, r.subscriber("desk"))
			out.grow(3)
			s := d.settled(t, "desk")
			if s.Dead != 3 || s.Delivered != 0 || r.asked() < test.tries || test.tries == 1 && r.asked() > 3 {
				t.Errorf("after %d requests: %+v", r.asked(), s)
			}
			letters, err := d.Dead(t.Context(), "desk", 10)
			if err != nil || len(letters) == 0 || letters[0].Events[0].Unit != event(1).Unit || letters[0].Why == "" || letters[0].Died.IsZero() {
				t.Errorf("letters %+v, %v", letters, err)
			}
		})
	}
}

func TestDeadLettersAreSentAgain(t *testing.T) {
	out, k := newOutbox(0), newKeep()
	var code atomic.Int64
	code.Store(http.StatusGone)
	r := newReceiver(t, func(int) (int, map[string]string) { return int(code.Load()), nil })
	d := work(t, out, k, loopback(t))
	d.put(t, r.subscriber("desk"))
	for range 4 {
		out.grow(100)
		d.settled(t, "desk")
	}
	letters, _ := d.Dead(t.Context(), "desk", 100)
	n := len(letters)
	if s := d.of(t, "desk"); s.Dead != 400 || n < 4 {
		t.Fatalf("%d letters, %+v", n, s)
	}
	if few, err := d.Dead(t.Context(), "desk", 2); len(few) != 2 || few[0].Delivery != letters[0].Delivery || err != nil {
		t.Errorf("two of the letters: %v %v", few, err)
	}

	d.stop() // they survive
	d = work(t, out, k, loopback(t))
	again := func(ids ...string) int {
		t.Helper()
		n, err := d.Retry(t.Context(), "desk", ids...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := again(letters[1].Delivery); got != 1 {
		t.Errorf("%d are sent again", got)
	}
	if s := d.settled(t, "desk"); s.Dead != 400 || s.Delivered != 0 {
		t.Errorf("dead again: %+v", s)
	}
	code.Store(http.StatusOK)
	again(letters[1].Delivery)
	if s := d.settled(t, "desk"); s.Delivered != uint64(len(letters[1].Events)) || s.Dead != 400-s.Delivered {
		t.Errorf("one came through: %+v", s)
	}
	r.mu.Lock()
	if last := r.deliveries[len(r.deliveries)-1]; last != letters[1].Delivery {
		t.Errorf("a letter is delivered as %s, it was %s", last, letters[1].Delivery)
	}
	r.mu.Unlock()

	if n, err := d.Discard(t.Context(), "desk", letters[0].Delivery, "unknown"); n != 1 || err != nil {
		t.Errorf("%d were discarded, %v", n, err)
	}
	if got := again(); got != n-2 {
		t.Errorf("%d are sent again, want %d", got, n-2)
	}
	s := d.settled(t, "desk")
	if want := uint64(len(letters[0].Events)); s.Dead != want || s.Dropped != want || s.Delivered != 400-want {
		t.Errorf("all the others: %+v", s)
	}
	if left, _ := k.List(t.Context(), "deliver/letter/"); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

func TestTooManyDeadLettersAreDroppedAloud(t *testing.T) {
	out := newOutbox(0)
	o := loopback(t)
	o.Letters = 3
	var dropped atomic.Int64
	o.Warn = func(message string, _ ...any) {
		if strings.Contains(message, "dropped") {
			dropped.Add(1)
		}
	}
	d := work(t, out, newKeep(), o)
	d.put(t, newReceiver(t, always(http.StatusGone)).subscriber("desk"))
	for range 8 {
		out.grow(10)
		d.settled(t, "desk")
	}
	s := d.of(t, "desk")
	letters, err := d.Dead(t.Context(), "desk", 100)
	kept := 0
	for _, l := range letters {
		kept += len(l.Events)
	}
	if err != nil || len(letters) != 3 || s.Dead != 80 || s.Dropped != uint64(80-kept) || letters[2].Events[len(letters[2].Events)-1].Seq != 80 {
		t.Errorf("%d letters of %d events, %+v, %v", len(letters), kept, s.Counters, err)
	}
	if dropped.Load() < 5 {
		t.Errorf("it was said %d times that letters are dropped", dropped.Load())
	}
	if left, _ := d.keep.List(t.Context(), "deliver/letter/"); len(left) != 3 {
		t.Errorf("%q are kept", left)
	}
}

func TestWhoAsksForARetryIsGivenTime(t *testing.T) {
	out := newOutbox(0)
	const down = 1000 // requests
	r := newReceiver(t, okFrom(down))
	o := loopback(t)
	o.Warn = nil
	d := work(t, out, newKeep(), o)
	d.clock.little = 0
	d.put(t, r.subscriber("desk"))
	out.grow(1)
	if s := d.settled(t, "desk"); s.Dead != 1 {
		t.Fatalf("after a day: %+v", s)
	}
	r.mu.Lock()
	r.answer = okFrom(len(r.requests) + 5)
	r.mu.Unlock()
	if n, err := d.Retry(t.Context(), "desk"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if s := d.settled(t, "desk"); s.Delivered != 1 || s.Dead != 0 {
		t.Errorf("after a retry whose first attempts fail: %+v", s)
	}
}
