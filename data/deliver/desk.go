package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Where things lie in the keep.
const (
	booksPrefix  = "deliver/books/"  // and the name of the subscriber: its ledger
	letterPrefix = "deliver/letter/" // and the id of the delivery: a dead letter
)

// A Desk delivers to all subscribers. It is safe for concurrent use.
type Desk struct {
	o      Options
	client *http.Client

	changing chan struct{} // holds one token: who takes it may add, change and remove subscribers

	mu       sync.RWMutex // guards all below
	couriers map[string]*courier
	start    func(*courier) // lets a courier work; nil while Run does not
}

// Open reads the subscribers that are kept. Sinks and subscribers that are new hear what happens from now on.
func Open(ctx context.Context, o Options, sinks ...Sink) (*Desk, error) {
	o = o.withDefaults()
	d := &Desk{o: o, client: Guarded(o.Allow), changing: make(chan struct{}, 1), couriers: map[string]*courier{}}
	d.changing <- struct{}{}
	all, err := d.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the desk of subscribers: %w", err)
	}
	for _, s := range sinks {
		if err := d.sink(ctx, s, all[s.Name]); err != nil {
			return nil, fmt.Errorf("open sink %s: %w", s.Name, err)
		}
	}
	for name, books := range all {
		if books.Subscriber.URL != "" && d.couriers[name] == nil {
			d.couriers[name] = newCourier(d, *books, d.webhook)
		}
	}
	return d, nil
}

// read returns all ledgers that are kept, and clears away letters that no ledger knows.
func (d *Desk) read(ctx context.Context) (map[string]*ledger, error) {
	names, err := d.o.Keep.List(ctx, booksPrefix)
	if err != nil {
		return nil, err
	}
	all, letters := map[string]*ledger{}, map[string]bool{}
	for _, name := range names {
		data, ok, err := d.o.Keep.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		books := new(ledger)
		if err := json.Unmarshal(data, books); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[strings.TrimPrefix(name, booksPrefix)] = books
		for _, e := range books.Letters {
			letters[e.Delivery] = true
		}
	}
	found, err := d.o.Keep.List(ctx, letterPrefix)
	if err != nil {
		return nil, err
	}
	for _, name := range found {
		if !letters[strings.TrimPrefix(name, letterPrefix)] {
			if err := d.o.Keep.Delete(ctx, name); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// sink takes up the ledger of a sink, or begins one.
func (d *Desk) sink(ctx context.Context, s Sink, books *ledger) error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	if d.couriers[s.Name] != nil || books != nil && books.Subscriber.URL != "" {
		return fmt.Errorf("%w: the name %s is taken", ErrInvalid, s.Name)
	}
	subscriber := s.subscriber()
	send := func(ctx context.Context, _ *Subscriber, b *batch) error { return s.Send(ctx, b.events) }
	if books == nil {
		c := newCourier(d, d.begin(subscriber), send)
		d.couriers[s.Name] = c
		return c.save(ctx)
	}
	books.change(subscriber)
	d.couriers[s.Name] = newCourier(d, *books, send)
	return nil
}

// begin opens books at the newest event.
func (d *Desk) begin(s Subscriber) ledger {
	s.Created = d.o.Now().UTC()
	newest := d.o.Outbox.Newest()
	return ledger{Subscriber: s, Since: newest, Cursor: newest}
}

// Run delivers until ctx ends, and returns when nothing is under way any more.
func (d *Desk) Run(ctx context.Context) error {
	var work sync.WaitGroup
	d.mu.Lock()
	if d.start != nil {
		d.mu.Unlock()
		return errors.New("the desk of subscribers runs already")
	}
	d.start = func(c *courier) {
		ctx, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		c.halt = func() { stop(); <-ended }
		work.Go(func() {
			defer close(ended)
			defer stop()
			c.run(ctx)
		})
	}
	for _, c := range d.couriers {
		d.start(c)
	}
	d.mu.Unlock()

	<-ctx.Done()
	d.mu.Lock()
	d.start = nil
	d.mu.Unlock()
	work.Wait()
	d.client.CloseIdleConnections()
	return nil
}

// Put adds a subscriber, or changes the one of that name, which goes on at its cursor.
func (d *Desk) Put(ctx context.Context, s Subscriber) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := d.begins(ctx); err != nil {
		return err
	}
	defer d.ends()
	c := d.courier(s.Name)
	if c == nil {
		c = newCourier(d, d.begin(s), d.webhook)
		if err := c.save(ctx); err != nil {
			return fmt.Errorf("add subscriber %s: %w", s.Name, err)
		}
		d.mu.Lock()
		d.couriers[s.Name] = c
		d.mu.Unlock()
		d.resume(c)
		return nil
	}
	if c.isSink() {
		return fmt.Errorf("%w: the name %s is taken", ErrInvalid, s.Name)
	}
	c.halt()
	defer d.resume(c)
	if err := c.change(ctx, s); err != nil {
		return fmt.Errorf("change subscriber %s: %w", s.Name, err)
	}
	return nil
}

// Remove forgets a subscriber and its dead letters.
func (d *Desk) Remove(ctx context.Context, name string) error {
	if err := d.begins(ctx); err != nil {
		return err
	}
	defer d.ends()
	c := d.courier(name)
	if c == nil || c.isSink() {
		return fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	c.halt()
	if err := d.o.Keep.Delete(ctx, booksPrefix+name); err != nil {
		d.resume(c)
		return fmt.Errorf("remove subscriber %s: %w", name, err)
	}
	d.mu.Lock()
	delete(d.couriers, name)
	d.mu.Unlock()
	for _, e := range c.letters() { // what stays here is cleared away by the next Open
		if err := d.o.Keep.Delete(ctx, letterPrefix+e.Delivery); err != nil {
			d.o.Warn("a dead letter of a removed subscriber is not deleted yet", "subscriber", name, "error", err)
		}
	}
	return nil
}

func (d *Desk) courier(name string) *courier {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.couriers[name]
}

// resume lets a courier work if Run does.
func (d *Desk) resume(c *courier) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.start != nil {
		d.start(c)
	}
}

// begins waits for the turn to change subscribers.
func (d *Desk) begins(ctx context.Context) error {
	select {
	case <-d.changing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Desk) ends() { d.changing <- struct{}{} }
