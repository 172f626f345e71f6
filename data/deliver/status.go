package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Status is how a subscriber or sink is doing.
type Status struct {
	Subscriber // of a sink: its name and what it hears; never with the secret
	Counters
	Cursor   uint64    // number of the newest event that is settled
	Failures int       // attempts that failed since the last one that did not
	Problem  string    // why the last attempt failed
	Next     time.Time // when it is tried again
}

func (c *courier) status(ctx context.Context) (Status, error) {
	err := c.count(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{
		Subscriber: c.books.Subscriber, Counters: c.books.counters(), Cursor: c.books.Cursor,
		Failures: c.trouble.failures, Problem: c.trouble.problem, Next: c.trouble.next,
	}
	s.Secret, s.Layers = "", slices.Clone(s.Layers)
	return s, err
}

// count brings the tail up to the newest event.
func (c *courier) count(ctx context.Context) error {
	for {
		c.mu.Lock()
		seen := c.books.tail.seen
		c.mu.Unlock()
		if seen >= c.d.o.Outbox.Newest() {
			return nil
		}
		events, err := c.d.o.Outbox.Read(ctx, seen, readEvents)
		gap := (*GapError)(nil)
		if err != nil && !errors.As(err, &gap) {
			return err
		}
		c.mu.Lock()
		if gap != nil {
			c.books.miss(gap.Oldest)
		} else {
			c.books.see(events)
		}
		stuck := c.books.tail.seen <= seen && c.books.Cursor <= seen
		c.mu.Unlock()
		if stuck {
			return fmt.Errorf("the outbox does not continue behind %d", seen)
		}
	}
}

// Status returns how all are doing, sorted by name. It counts up to the newest event.
func (d *Desk) Status(ctx context.Context) ([]Status, error) {
	d.mu.RLock()
	all := make([]*courier, 0, len(d.couriers))
	for _, name := range slices.Sorted(maps.Keys(d.couriers)) {
		all = append(all, d.couriers[name])
	}
	d.mu.RUnlock()
	out := make([]Status, 0, len(all))
	for _, c := range all {
		s, err := c.status(ctx)
		if err != nil {
			return nil, fmt.Errorf("count the events of %s: %w", s.Name, err)
		}
		out = append(out, s)
	}
	return out, nil
}
