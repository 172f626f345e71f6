package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// A Tracker is the only writer of a picture. It gathers what came in at the same time into one entry of the
// journal, and acknowledges it when the entry is durable, the picture shows it and its events are in the outbox.
// While the events of one entry are written, the next is applied and the one behind it goes to the journal. What devices that are not registered send, and officers off duty, is counted and goes nowhere. All
// methods are safe for concurrent use.
type Tracker struct {
	picture *Picture
	journal Journal
	outbox  Outbox
	recent  *Recent
	o       TrackerOptions

	asked   chan *request
	ended   chan struct{}           // closed when Run has ended
	refused [verdicts]atomic.Uint64 // reports of which nothing was kept
	entries atomic.Uint64           // written since the start

	last    uint64          // number of the newest entry that was applied; owned by the applier
	now     spatial.Instant // of the newest entry; owned by the writer of the journal
	unsaved int             // entries since the last snapshot; owned by the applier
	telling sync.WaitGroup  // entries that were applied and whose events are not in the outbox yet
	broken  bool            // the picture is ahead of the outbox for good; set before telling is done
	saved   time.Time       // when it was begun
	saving  sync.WaitGroup  // the snapshot that is being written
	busy    atomic.Bool     // while it is
}

// TrackerOptions tune a Tracker. Zero values get the default in brackets.
type TrackerOptions struct {
	Snapshot      string        // file of the picture's state, so that a start need not read the whole journal; "" keeps none
	SnapshotEvery time.Duration // how often it is written when there is news (30 s)
	Most          int           // reports in one entry (20,000)
	Tick          time.Duration // how often time passes when nothing comes in (200 ms)
	Recent        int           // newest events kept in memory for readers (65,536)
	Clock         func() time.Time
	Log           *slog.Logger
}

// request is one call that waits for its entry.
type request struct {
	entry    Entry
	verdicts []Verdict
	answer   chan error
}

// ErrEnded is the answer to who comes when the tracker has stopped.
var ErrEnded = errors.New("the tracker of positions has stopped")

// NewTracker makes the writer of a picture that nobody else writes. Recover and Run must follow.
func NewTracker(p *Picture, j Journal, out Outbox, o TrackerOptions) *Tracker {
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = 30 * time.Second
	}
	if o.Most == 0 {
		o.Most = 20_000
	}
	if o.Tick == 0 {
		o.Tick = 200 * time.Millisecond
	}
	if o.Recent == 0 {
		o.Recent = 1 << 16
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Tracker{picture: p, journal: j, outbox: out, o: o, recent: NewRecent(o.Recent), asked: make(chan *request, 64), ended: make(chan struct{})}
}

// Picture is what the tracker writes, to be read.
func (t *Tracker) Picture() *Picture { return t.picture }

// Recent is the newest events, as soon as they are in the outbox.
func (t *Tracker) Recent() *Recent { return t.recent }

// Refused is how many reports nothing was kept of since the start, by what became of them: they came from devices
// that are not registered, or from officers off duty.
func (t *Tracker) Refused() map[Verdict]uint64 {
	out := map[Verdict]uint64{}
	for v := range t.refused {
		if n := t.refused[v].Load(); n > 0 {
			out[Verdict(v)] = n
		}
	}
	return out
}

// Entries is how many entries of the journal were written since the start.
func (t *Tracker) Entries() uint64 { return t.entries.Load() }

// Submit makes reports durable, brings them into the picture and says what became of each. When it returns an
// error nothing is known of them: send them again, a second time does no harm. Who waits for his answer slows
// nobody else. The reports must not be changed before Submit returns.
func (t *Tracker) Submit(ctx context.Context, rs []Report) ([]Verdict, error) {
	if len(rs) > t.o.Most {
		return nil, fmt.Errorf("%d reports at once are too many: send at most %d", len(rs), t.o.Most)
	}
	if len(rs) == 0 {
		return nil, nil
	}
	r := &request{entry: Entry{Reports: rs}, answer: make(chan error, 1)}
	if err := t.ask(ctx, r); err != nil {
		return nil, err
	}
	return r.verdicts, nil
}

// Apply brings units, fences and states into the picture, durably. Reports and Now of the entry are not used.
func (t *Tracker) Apply(ctx context.Context, e Entry) error {
	e.Reports = nil
	r := &request{entry: e, answer: make(chan error, 1)}
	return t.ask(ctx, r)
}

// ask waits for the answer even when ctx has ended: the entry is under way, and who asks must know of it.
func (t *Tracker) ask(ctx context.Context, r *request) error {
	select {
	case t.asked <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-t.ended:
		return ErrEnded
	}
	select {
	case err := <-r.answer:
		return err
	case <-t.ended:
		return ErrEnded
	}
}

// A batch is one entry on its way: gathered, written, applied, answered.
type batch struct {
	entry    Entry
	number   uint64
	data     []byte
	requests []*request
	events   []Event
	verdicts []Verdict
	wrong    error // what the picture refused of it
}

// underWay is how many batches there are: one is written, one applied, and the events of one told.
const underWay = 3

// Run works until ctx ends or the picture can no longer be kept true. Requests that it has taken are answered.
func (t *Tracker) Run(ctx context.Context) error {
	defer close(t.ended)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	written, applied, free := make(chan *batch), make(chan *batch), make(chan *batch, underWay)
	for range underWay {
		free <- new(batch)
	}
	var work sync.WaitGroup
	var failed error // why events do not reach the outbox; known when work is done
	work.Go(func() {
		defer close(applied)
		for b := range written {
			t.save() // what was applied before
			t.apply(b)
			t.telling.Add(1)
			applied <- b
		}
	})
	work.Go(func() {
		for b := range applied {
			if failed == nil {
				failed = t.publish(ctx, b.events, b.number)
			}
			if failed != nil {
				t.broken, b.wrong = true, failed
				stop()
			}
			t.telling.Done()
			t.answer(b, b.wrong)
			free <- b
		}
	})
	err := t.write(ctx, written, free)
	close(written)
	work.Wait()
	t.saving.Wait()
	return errors.Join(err, failed)
}

// write gathers requests and writes them to the journal until ctx ends.
func (t *Tracker) write(ctx context.Context, written chan<- *batch, free chan *batch) error {
	tick := time.NewTicker(t.o.Tick)
	defer tick.Stop()
	var next *request // taken, and too much for the batch before
	for {
		b := <-free
		if next == nil {
			select {
			case next = <-t.asked:
			case <-tick.C:
				if due := t.picture.Due(); due == 0 || due > spatial.InstantOf(t.o.Clock()) {
					free <- b
					continue
				}
			case <-ctx.Done():
				return nil
			}
		}
		next = t.gather(b, next)
		if err := t.record(ctx, b); err != nil {
			t.o.Log.Error("positions are not acknowledged", "error", err)
			t.answer(b, err)
			free <- b
			if err := alone(free, func() error { return t.catchUp(ctx) }); err != nil {
				return err
			}
			continue
		}
		rules := b.entry.Reports == nil
		written <- b
		if rules { // who may report is another question now: nobody is admitted before it is applied
			_ = alone(free, func() error { return nil })
		}
	}
}

// alone does something when no batch is under way.
func alone(free chan *batch, do func() error) error {
	var all [underWay]*batch
	for i := range all {
		all[i] = <-free
	}
	err := do()
	for _, b := range all {
		free <- b
	}
	return err
}

// gather fills a batch with the first request and all that wait behind it, as far as they fit, and returns the
// request that did not. Units, fences and states come alone, so that their order is kept.
func (t *Tracker) gather(b *batch, first *request) (next *request) {
	*b = batch{entry: Entry{Reports: b.entry.Reports[:0]}, data: b.data[:0], requests: b.requests[:0], events: b.events[:0], verdicts: b.verdicts[:0]}
	if first != nil && first.entry.Reports == nil {
		b.entry, b.requests = first.entry, append(b.requests, first)
		return nil
	}
	for r := first; r != nil; {
		if r.entry.Reports == nil || len(b.entry.Reports)+len(r.entry.Reports) > t.o.Most && len(b.requests) > 0 {
			return r
		}
		b.requests = append(b.requests, r)
		t.admit(b, r)
		select {
		case r = <-t.asked:
		default:
			r = nil
		}
	}
	return nil
}

// admit takes the reports that may be kept into the entry.
func (t *Tracker) admit(b *batch, r *request) {
	r.verdicts = make([]Verdict, len(r.entry.Reports))
	if t.picture.admit(r.entry.Reports, r.verdicts) == 0 {
		b.entry.Reports = append(b.entry.Reports, r.entry.Reports...)
		return
	}
	for i, v := range r.verdicts {
		if v == Accepted {
			b.entry.Reports = append(b.entry.Reports, r.entry.Reports[i])
			continue
		}
		t.refused[v].Add(1)
	}
}

// record writes a batch to the journal. A batch without anything to keep is not written.
func (t *Tracker) record(ctx context.Context, b *batch) (err error) {
	if len(b.requests) > 0 && b.entry.empty() {
		return nil
	}
	t.now = max(t.now, spatial.InstantOf(t.o.Clock()))
	b.entry.Now = t.now
	if b.data, err = appendEntry(b.data, &b.entry); err != nil {
		return err
	}
	if b.number, err = t.journal.Append(context.WithoutCancel(ctx), b.data); err != nil {
		return fmt.Errorf("write positions to the journal: %w", err)
	}
	t.entries.Add(1)
	return nil
}

func (e *Entry) empty() bool {
	return len(e.Reports)+len(e.Units)+len(e.UnitsGone)+len(e.Fences)+len(e.FencesGone)+len(e.States) == 0
}

// apply brings a batch into the picture.
func (t *Tracker) apply(b *batch) {
	if b.number == 0 {
		return
	}
	b.verdicts, b.events, b.wrong = t.picture.take(&b.entry, b.verdicts, b.events)
	t.last = b.number
	t.unsaved++
}

// publish brings events into the outbox, however long that takes: as long as it does not work, nothing more is
// acknowledged.
func (t *Tracker) publish(ctx context.Context, events []Event, through uint64) error {
	if len(events) == 0 {
		return nil
	}
	newest := events[len(events)-1].Seq
	err := retry(ctx, func(again bool) error {
		if again {
			if seq, _, err := t.outbox.Last(ctx); err == nil && seq >= newest {
				return nil // it had been written, only the answer was lost
			}
		}
		err := t.outbox.Append(context.WithoutCancel(ctx), events, through)
		if err != nil {
			t.o.Log.Error("events do not reach the outbox; it is tried again", "error", err)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("write events to the outbox: %w", err)
	}
	t.recent.Add(events)
	return nil
}

// retry calls do until it works or ctx ends, at growing intervals of up to 2 s.
func retry(ctx context.Context, do func(again bool) error) error {
	pause := 20 * time.Millisecond
	for again := false; ; again = true {
		err := do(again)
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// answer tells everybody in a batch what became of it.
func (t *Tracker) answer(b *batch, err error) {
	n := 0
	for _, r := range b.requests {
		for i, v := range r.verdicts {
			if v == Accepted && n < len(b.verdicts) {
				r.verdicts[i] = b.verdicts[n]
				n++
			}
		}
		r.answer <- err
	}
	clear(b.requests)
}
