package deliver

import (
	"context"
	"errors"
	"fmt"

	"github.com/wardmap/wardmap/spatial/live"
)

const (
	readEvents  = 1000   // asked of the outbox at once
	readsAtMost = 20     // for one batch once it has an event
	skipAtMost  = 10_000 // events that nobody wants may be read again after a restart
)

// A round is the gathering of one batch.
type round struct {
	subscriber Subscriber
	after      uint64 // number of the newest event that was looked at
	until      uint64 // the last one that may be taken: of a batch that was under way before; 0 is no limit
	full       bool
	batch      batch
}

// gather reads what is behind the cursor until there is a batch. Reading ends with waiting; the books are saved
// before it has to wait. The batch is nil when there was only what the subscriber does not want.
func (c *courier) gather(ctx, waiting context.Context) (*batch, error) {
	r := c.round()
	for reads := 0; !r.full; reads++ {
		if r.after >= c.d.o.Outbox.Newest() || reads >= readsAtMost {
			if len(r.batch.events) > 0 {
				break
			}
			if err := c.skip(ctx, r.after); err != nil {
				return nil, err
			}
		}
		events, err := c.d.o.Outbox.Read(waiting, r.after, readEvents)
		if gap := (*GapError)(nil); errors.As(err, &gap) && len(r.batch.events) == 0 {
			return nil, c.lose(ctx, gap.Oldest)
		} else if gap != nil {
			break
		}
		if err == nil {
			err = r.take(events)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(r.batch.events) == 0 {
		return nil, c.skip(ctx, r.after)
	}
	return &r.batch, nil
}

// round begins at the cursor.
func (c *courier) round() *round {
	newest := c.d.o.Outbox.Newest()
	c.mu.Lock()
	cursor, name := c.books.Cursor, c.books.Subscriber.Name
	if newest < cursor {
		c.books.rewind(newest)
		c.unsaved = true
	}
	r := &round{subscriber: c.books.Subscriber, after: c.books.Cursor, until: c.books.Flight}
	c.mu.Unlock()
	r.batch.bare = r.subscriber.URL == ""
	if newest < cursor {
		c.d.o.Warn("the outbox has begun anew; the subscriber goes on at its end", "subscriber", name, "cursor", cursor, "newest", newest)
	}
	return r
}

// take puts events into the batch until it is full.
func (r *round) take(events []live.Event) error {
	for i := range events {
		e := &events[i]
		if e.Seq != r.after+1 {
			return fmt.Errorf("the outbox has event %d behind %d", e.Seq, r.after)
		}
		if r.until != 0 && e.Seq > r.until || r.subscriber.wants(e) && !r.batch.add(*e) {
			r.full = true
			return nil
		}
		r.after = e.Seq
	}
	r.full = r.until != 0 && r.after >= r.until
	return nil
}

// skip moves the cursor over events that the subscriber does not want. That alone is saved now and then; what was
// delivered before and is not saved yet, is.
func (c *courier) skip(ctx context.Context, to uint64) error {
	c.mu.Lock()
	before := c.books.Cursor
	c.books.pass(to, 0)
	c.books.Flight = 0
	if to/skipAtMost > before/skipAtMost {
		c.unsaved = true
	}
	c.mu.Unlock()
	return c.saveIf(ctx, false)
}

// lose goes on at the oldest event that is kept.
func (c *courier) lose(ctx context.Context, oldest uint64) error {
	c.mu.Lock()
	n := c.books.lose(oldest)
	c.unsaved = true
	name := c.books.Subscriber.Name
	c.mu.Unlock()
	c.d.o.Warn("events were discarded before a subscriber could be told", "subscriber", name, "lost", n, "oldest", oldest)
	return c.saveIf(ctx, false)
}
