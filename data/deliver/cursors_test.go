package deliver_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/stream"
)

var _ deliver.Keep = (*stream.Cursors)(nil)

// The books lie in a real stream, which is closed and opened between.
func TestBooksInAStream(t *testing.T) {
	dir, out := t.TempDir(), newOutbox(0)
	code := http.StatusOK
	r := newReceiver(t, func(int) (int, map[string]string) { return code, nil })
	for life := range 3 {
		s, err := stream.Open(t.Context(), stream.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		o := loopback(t)
		o.Outbox, o.Keep = out, s.Cursors()
		d := run(t, out, o)
		if life == 0 {
			d.put(t, r.subscriber("desk"))
		}
		if life == 1 {
			code = http.StatusGone
		}
		out.grow(1200)
		st := d.settled(t, "desk")
		if life == 2 {
			code = http.StatusOK
			if _, err := d.Retry(t.Context(), "desk"); err != nil {
				t.Fatal(err)
			}
			if st = d.settled(t, "desk"); st.Delivered != 3600 || st.Produced != 3600 {
				t.Errorf("in the end: %+v", st)
			}
		}
		d.stop()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.got(); len(got) != 3600 || !slices.Equal(slices.Compact(slices.Sorted(slices.Values(got))), wanted(0, 3600, everything)) {
		t.Errorf("%d events arrived", len(got))
	}
}
