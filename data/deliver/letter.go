package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial/live"
)

// A Letter is a batch that could not be delivered.
type Letter struct {
	Delivery string // its id, the same in every attempt
	Events   []live.Event
	Died     time.Time
	Why      string
	Again    bool // it is being sent again
}

// remains is a letter as it is kept.
type remains struct {
	Died   time.Time
	Why    string
	Events []byte // as live.AppendEvents writes them
}

// bury makes a batch a dead letter. It returns false when that cannot be kept: then the batch must not be let go.
func (c *courier) bury(ctx context.Context, b *batch, cause error) bool {
	data, err := json.Marshal(remains{c.d.o.Now().UTC(), cause.Error(), live.AppendEvents(nil, b.events)})
	if err == nil {
		err = c.d.o.Keep.Put(ctx, letterPrefix+b.delivery, data)
	}
	name := c.subscriber().Name
	if err != nil {
		c.d.o.Warn("a dead letter cannot be kept; it stays pending", "subscriber", name, "delivery", b.delivery, "error", err)
		return false
	}
	c.mu.Lock()
	if !b.letter {
		c.books.pass(b.last(), uint64(len(b.events)))
		c.books.Flight = 0
	}
	dropped := c.books.bury(b.delivery, uint64(len(b.events)), c.d.o.Letters)
	c.unsaved = true
	c.mu.Unlock()
	c.d.o.Warn("events become a dead letter", "subscriber", name, "delivery", b.delivery, "events", len(b.events), "error", cause)
	if err := c.saveIf(ctx, false); err == nil && dropped != "" {
		c.d.o.Warn("the oldest dead letter is dropped: there are too many", "subscriber", name, "delivery", dropped)
		_ = c.d.o.Keep.Delete(ctx, letterPrefix+dropped) // else the next Open clears it away
	}
	return true
}

// reread brings a dead letter back as a batch. One that is gone is dropped from the books.
func (c *courier) reread(ctx context.Context, delivery string) (*batch, error) {
	l, ok, err := c.d.letter(ctx, delivery)
	if err != nil {
		return nil, err
	}
	if ok {
		b := &batch{delivery: delivery, letter: true, events: l.Events}
		b.write()
		return b, nil
	}
	c.mu.Lock()
	if i := c.books.letter(delivery); i >= 0 {
		c.books.drop(i)
	}
	c.unsaved = true
	name := c.books.Subscriber.Name
	c.mu.Unlock()
	c.d.o.Warn("a dead letter is no longer there", "subscriber", name, "delivery", delivery)
	return nil, c.saveIf(ctx, false)
}

// letter reads a dead letter from the keep.
func (d *Desk) letter(ctx context.Context, delivery string) (l Letter, ok bool, err error) {
	data, ok, err := d.o.Keep.Get(ctx, letterPrefix+delivery)
	if err != nil || !ok {
		return Letter{}, false, err
	}
	var r remains
	if err := json.Unmarshal(data, &r); err != nil {
		return Letter{}, false, fmt.Errorf("dead letter %s: %w", delivery, err)
	}
	events, err := live.DecodeEvents(r.Events, nil)
	if err == nil && len(events) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return Letter{}, false, fmt.Errorf("dead letter %s: %w", delivery, err)
	}
	return Letter{Delivery: delivery, Events: events, Died: r.Died, Why: r.Why}, true, nil
}

func (c *courier) letters() []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.books.Letters)
}

// Dead returns dead letters of a subscriber or sink, oldest first.
func (d *Desk) Dead(ctx context.Context, name string, limit int) ([]Letter, error) {
	c := d.courier(name)
	if c == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	var out []Letter
	for _, e := range c.letters() {
		if len(out) >= limit {
			break
		}
		l, ok, err := d.letter(ctx, e.Delivery)
		if err != nil {
			return nil, fmt.Errorf("dead letters of %s: %w", name, err)
		}
		if ok { // else it was delivered or discarded meanwhile
			l.Again = e.Again
			out = append(out, l)
		}
	}
	return out, nil
}

// Retry sends dead letters again, those with the given ids or all, and returns how many. A receiver that is waited
// for is tried at once.
func (d *Desk) Retry(ctx context.Context, name string, deliveries ...string) (int, error) {
	c := d.courier(name)
	if c == nil {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	n := 0
	c.mu.Lock()
	for i := range c.books.Letters {
		e := &c.books.Letters[i]
		if !e.Again && (len(deliveries) == 0 || slices.Contains(deliveries, e.Delivery)) {
			e.Again = true
			n++
		}
	}
	c.unsaved = c.unsaved || n > 0
	c.books.Failing = time.Time{} // who asks for it believes in the receiver
	poke := c.poke
	c.mu.Unlock()
	err := c.saveIf(ctx, false)
	poke()
	if err != nil {
		return n, fmt.Errorf("retry: %w", err)
	}
	return n, nil
}

// Discard removes dead letters, those with the given ids or all, and returns how many. What is being sent again stays.
func (d *Desk) Discard(ctx context.Context, name string, deliveries ...string) (int, error) {
	c := d.courier(name)
	if c == nil {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	var gone []string
	c.mu.Lock()
	for i := len(c.books.Letters) - 1; i >= 0; i-- {
		e := c.books.Letters[i]
		if !e.Again && (len(deliveries) == 0 || slices.Contains(deliveries, e.Delivery)) {
			gone = append(gone, e.Delivery)
			c.books.drop(i)
		}
	}
	c.unsaved = c.unsaved || len(gone) > 0
	c.mu.Unlock()
	if err := c.saveIf(ctx, false); err != nil {
		return len(gone), fmt.Errorf("discard dead letters: %w", err)
	}
	for _, delivery := range gone {
		_ = d.o.Keep.Delete(ctx, letterPrefix+delivery) // else the next Open clears it away
	}
	return len(gone), nil
}
