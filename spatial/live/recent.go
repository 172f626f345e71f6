package live

import (
	"context"
	"fmt"
	"sync"
)

// Recent keeps the newest events in memory, for readers that follow. Each reader goes at its own pace; who falls
// behind what is kept gets a GapError and reads on from the outbox. Adding never waits for a reader. Safe for
// concurrent use.
type Recent struct {
	size int

	mu     sync.Mutex // guards all below
	ring   []Event    // numbers newest-len(ring)+1 to newest, at number modulo size
	newest uint64
	news   chan struct{} // closed and replaced when something is added
}

// A GapError says that events after the asked number are no longer kept here.
type GapError struct{ Oldest uint64 } // number of the oldest event that is

func (e *GapError) Error() string {
	return fmt.Sprintf("events before %d are no longer kept", e.Oldest)
}

// NewRecent keeps up to size events.
func NewRecent(size int) *Recent {
	return &Recent{size: max(1, size), news: make(chan struct{})}
}

// Start says which number the newest event has when none was added yet.
func (r *Recent) Start(newest uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) == 0 {
		r.newest = newest
	}
}

// Add takes events, in their order.
func (r *Recent) Add(events []Event) {
	if len(events) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if e.Seq != r.newest+1 { // after a start from the middle
			r.ring = r.ring[:0]
		}
		if len(r.ring) < r.size {
			if len(r.ring) == 0 {
				r.ring = make([]Event, 0, min(r.size, 1024))
			}
			r.newest = e.Seq
			r.place(e)
			continue
		}
		r.newest = e.Seq
		r.ring[e.Seq%uint64(r.size)] = e
	}
	close(r.news)
	r.news = make(chan struct{})
}

// place puts an event while the ring is not full: in order from the oldest; when it becomes full it is turned so
// that every event stands at its number modulo size.
func (r *Recent) place(e Event) {
	r.ring = append(r.ring, e)
	if len(r.ring) < r.size {
		return
	}
	turned := make([]Event, r.size)
	for _, one := range r.ring {
		turned[one.Seq%uint64(r.size)] = one
	}
	r.ring = turned
}

// Newest is the number of the newest event.
func (r *Recent) Newest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest
}

// Read returns up to most events after a number, as soon as there is one. It ends with ctx.
func (r *Recent) Read(ctx context.Context, after uint64, most int) ([]Event, error) {
	for {
		events, news, err := r.after(after, most)
		if err != nil || len(events) > 0 {
			return events, err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *Recent) after(after uint64, most int) ([]Event, <-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if after >= r.newest {
		return nil, r.news, nil
	}
	oldest := r.newest + 1 - uint64(len(r.ring))
	if after+1 < oldest {
		return nil, nil, &GapError{oldest}
	}
	n := min(uint64(max(1, most)), r.newest-after)
	out := make([]Event, 0, n)
	for seq := after + 1; seq <= after+n; seq++ {
		if len(r.ring) < r.size {
			out = append(out, r.ring[seq-oldest])
		} else {
			out = append(out, r.ring[seq%uint64(r.size)])
		}
	}
	return out, nil, nil
}
