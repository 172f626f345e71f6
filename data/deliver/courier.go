package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A courier works for one subscriber. Run is its only goroutine; all other methods may be called meanwhile.
type courier struct {
	d    *Desk
	send transport
	halt func() // ends Run and waits for it; who holds Desk.changing may call it, and Desk.start sets it

	writing chan struct{} // holds one token: who takes it may write the books

	mu      sync.Mutex // guards all below
	books   ledger
	unsaved bool // the books say more than those in the keep
	trouble trouble
	poke    context.CancelFunc // ends what Run waits for
}

// trouble is what is known of attempts that failed.
type trouble struct {
	failures int
	problem  string
	next     time.Time
}

func newCourier(d *Desk, books ledger, send transport) *courier {
	books.open()
	c := &courier{d: d, send: send, books: books, halt: func() {}, poke: func() {}, writing: make(chan struct{}, 1)}
	c.writing <- struct{}{}
	return c
}

func (c *courier) isSink() bool { return c.subscriber().URL == "" }

func (c *courier) subscriber() Subscriber {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.books.Subscriber
}

// breath is how long a courier gathers what comes in before the next batch, when the last one was not full.
const breath = 25 * time.Millisecond

// run delivers one batch after the other until ctx ends.
func (c *courier) run(ctx context.Context) {
	defer c.leave(ctx)
	for ctx.Err() == nil {
		b, err := c.next(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			_ = c.wait(ctx, c.failed(err, false))
		case b != nil:
			c.bring(ctx, b)
		}
	}
}

// leave saves what is not saved yet.
func (c *courier) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := c.saveIf(ctx, false); err != nil {
		c.d.o.Warn("the last delivery is not noted; it will come again", "subscriber", c.subscriber().Name, "error", err)
	}
}

// next is the batch to bring: a dead letter that is to be sent again, or what the outbox has. It is nil when the
// courier was poked, or there was nothing in what it read.
func (c *courier) next(ctx context.Context) (*batch, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	c.poke = stop
	i := slices.IndexFunc(c.books.Letters, func(e entry) bool { return e.Again })
	var delivery string
	if i >= 0 {
		delivery = c.books.Letters[i].Delivery
	}
	c.mu.Unlock()
	if delivery != "" {
		return c.reread(ctx, delivery)
	}
	b, err := c.gather(ctx, waiting)
	if err != nil && waiting.Err() != nil {
		return nil, nil
	}
	if b == nil || err != nil {
		return nil, err
	}
	return b, c.depart(ctx, b)
}

// depart notes which events are under way, before they are: after kill -9 the same batch must come again.
func (c *courier) depart(ctx context.Context, b *batch) error {
	c.mu.Lock()
	b.name(&c.books.Subscriber)
	noted := c.books.Flight == b.last() && !c.unsaved
	c.books.Flight = b.last()
	c.mu.Unlock()
	if noted {
		return nil
	}
	return c.save(ctx)
}

// bring tries until the batch is delivered, dead, or ctx ends.
func (c *courier) bring(ctx context.Context, b *batch) {
	for {
		err := c.attempt(ctx, b)
		if err == nil {
			c.delivered(ctx, b)
			return
		}
		if ctx.Err() != nil {
			return
		}
		pause := c.failed(err, true)
		dead := c.hopeless(err) && c.bury(ctx, b, err)
		if c.wait(ctx, pause) != nil || dead {
			return
		}
	}
}

func (c *courier) attempt(ctx context.Context, b *batch) error {
	ctx, cancel := context.WithTimeout(ctx, c.d.o.Timeout)
	defer cancel()
	s := c.subscriber()
	return c.send(ctx, &s, b)
}

// failed notes a failure, which is the receiver's or our own, and returns how long to wait.
func (c *courier) failed(err error, receivers bool) time.Duration {
	c.mu.Lock()
	now := c.d.o.Now()
	if receivers && c.books.Failing.IsZero() {
		c.books.Failing, c.unsaved = now, true
	}
	c.trouble.failures++
	first := c.trouble.failures == 1
	d := pause(c.trouble.failures, err, c.d.o.GiveUp)
	c.trouble.problem, c.trouble.next = err.Error(), now.Add(d)
	name := c.books.Subscriber.Name
	c.mu.Unlock()
	if first {
		c.d.o.Warn("a subscriber cannot be told; it is tried again", "subscriber", name, "error", err)
	}
	return d
}

// hopeless tells whether another attempt makes no sense, or the time for it is over.
func (c *courier) hopeless(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := c.books.Failing // zero when somebody has asked for another try meanwhile
	return isFinal(err) || !since.IsZero() && c.d.o.Now().Sub(since) >= c.d.o.GiveUp
}

// wait lets time pass, until it is over or the courier is poked. Meanwhile the books are safe.
func (c *courier) wait(ctx context.Context, d time.Duration) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	c.poke = stop
	c.mu.Unlock()
	_ = c.saveIf(ctx, false) // the failure; it is tried again
	_ = c.d.o.Sleep(waiting, d)
	return ctx.Err()
}

// delivered settles a batch that has arrived.
func (c *courier) delivered(ctx context.Context, b *batch) {
	c.mu.Lock()
	if b.letter {
		c.books.revive(b.delivery)
	} else {
		c.books.pass(b.last(), uint64(len(b.events)))
		c.books.Delivered += uint64(len(b.events))
		c.books.Flight = 0
	}
	c.books.Failing, c.trouble, c.unsaved = time.Time{}, trouble{}, true
	more := c.d.o.Outbox.Newest() > c.books.Cursor
	c.mu.Unlock()
	if !more || b.letter { // else the next departure saves
		if err := c.saveIf(ctx, false); err == nil && b.letter {
			_ = c.d.o.Keep.Delete(ctx, letterPrefix+b.delivery) // else the next Open clears it away
		}
	}
	if len(b.events) < batchEvents/2 {
		_ = c.d.o.Sleep(ctx, breath)
	}
}

// save writes the books.
func (c *courier) save(ctx context.Context) error { return c.saveIf(ctx, true) }

// saveIf writes the books when they say more than those in the keep, or anyway.
func (c *courier) saveIf(ctx context.Context, anyway bool) error {
	select {
	case <-c.writing:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { c.writing <- struct{}{} }()
	c.mu.Lock()
	if !c.unsaved && !anyway {
		c.mu.Unlock()
		return nil
	}
	data, err := json.Marshal(&c.books)
	c.unsaved = false
	name := c.books.Subscriber.Name
	c.mu.Unlock()
	if err == nil {
		err = c.d.o.Keep.Put(ctx, booksPrefix+name, data)
	}
	if err != nil {
		c.mu.Lock()
		c.unsaved = true
		c.mu.Unlock()
		return fmt.Errorf("note how far %s is: %w", name, err)
	}
	return nil
}

// change makes it another subscriber, at the same cursor. The courier must be halted.
func (c *courier) change(ctx context.Context, s Subscriber) error {
	c.mu.Lock()
	before := c.books.Subscriber
	c.books.change(s)
	c.books.Failing, c.trouble = time.Time{}, trouble{}
	c.mu.Unlock()
	err := c.save(ctx)
	if err != nil {
		c.mu.Lock()
		c.books.change(before)
		c.mu.Unlock()
	}
	return err
}
