// Package deliver tells subscribers of events: webhooks over HTTP, and sinks whose transport is a func. Each reads
// the outbox at its own pace behind its own cursor, is tried again with growing pauses, and loses nothing while the
// outbox reaches back; what cannot be delivered becomes a dead letter that can be sent again. Counters balance per
// subscriber: produced = delivered + pending + dead. A subscriber that fails or is slow costs nobody else anything.
// It knows neither how the outbox is kept nor where cursors lie.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// An Outbox keeps events for those who read them later. Implementations are safe for concurrent use.
type Outbox interface {
	// Read returns up to max events after a number, without gaps between them, as soon as there is one. It ends
	// with ctx. When events after the number are no longer kept the error is a GapError.
	Read(ctx context.Context, after uint64, max int) ([]live.Event, error)
	// Newest is the number of the newest event that Read returns; 0 when there was none.
	Newest() uint64
}

// A GapError says that the outbox no longer reaches back as far as was asked.
type GapError struct{ Oldest uint64 } // number of the oldest event that is kept

func (e *GapError) Error() string {
	return fmt.Sprintf("the outbox no longer keeps events before %d", e.Oldest)
}

// A Keep holds small named blobs that survive a restart. Implementations are safe for concurrent use; Put returns
// when the blob is durable. Delete of what is not there is no error. List returns names by their prefix, sorted.
type Keep interface {
	Get(ctx context.Context, name string) (value []byte, ok bool, err error)
	Put(ctx context.Context, name string, value []byte) error
	Delete(ctx context.Context, name string) error
	List(ctx context.Context, prefix string) ([]string, error)
}

// A Subscriber is a receiver of webhooks and what it wants to hear. Empty sets and lists stand for all.
type Subscriber struct {
	Name    string // letters, digits, "-" and "_"
	URL     string
	Secret  string           // signs each delivery; at least 16 bytes
	Kinds   fence.KindSet    //
	Layers  []string         // of the fences; events without a fence are left out when there are any
	Classes spatial.ClassSet // of the unit; events without a unit are told anyhow
	Created time.Time        // it hears what happens later; set by the desk
}

// A Sink is a receiver whose transport is a func.
type Sink struct {
	Name    string
	Kinds   fence.KindSet
	Layers  []string
	Classes spatial.ClassSet
	Send    func(ctx context.Context, events []live.Event) error // returns when the events are out; the same may come again
}

// Options say how a Desk works. Zero values take the default in brackets.
type Options struct {
	Outbox  Outbox
	Keep    Keep
	Allow   func(host string, addr netip.Addr) bool // whether webhooks may go there, asked as the connection is made (nowhere)
	Timeout time.Duration                           // of one attempt (10 s)
	GiveUp  time.Duration                           // how long a batch is tried (24 h)
	Letters int                                     // dead letters that are kept for each subscriber (1000)
	Warn    func(message string, args ...any)       // hears of dead letters and gaps, as slog.Logger.Warn does (nobody)
	Now     func() time.Time                        // (time.Now)
	Sleep   func(ctx context.Context, d time.Duration) error
}

// Counters balance: Produced = Delivered + Pending + Dead, and every number up to Seen is in Produced, Skipped or Lost.
type Counters struct {
	Produced  uint64 // events that the subscriber wants
	Delivered uint64
	Pending   uint64 // not delivered yet, dead letters that are sent again included
	Dead      uint64 // given up, dropped ones included
	Dropped   uint64 // of Dead: no longer kept, because there were too many
	Skipped   uint64 // events that it does not want
	Lost      uint64 // events that the outbox no longer kept when they were due
	Seen      uint64 // number of the newest event that is counted here
}

// A Status is how a subscriber or sink is doing.
type Status struct {
	Subscriber // of a sink: its name and what it hears; never with the secret
	Counters
	Cursor   uint64    // number of the newest event that is settled
	Failures int       // attempts that failed since the last one that did not
	Problem  string    // why the last attempt failed
	Next     time.Time // when it is tried again
}

// A Letter is a batch that could not be delivered.
type Letter struct {
	Delivery string // its id, the same in every attempt
	Events   []live.Event
	Died     time.Time
	Why      string
	Again    bool // it is being sent again
}

// ErrUnknown is the answer to the name of nobody.
var ErrUnknown = errors.New("no subscriber has that name")

// A Desk delivers to all subscribers. It is safe for concurrent use.
type Desk struct{ options Options }

// Open reads the subscribers that are kept. New sinks hear what happens from now on.
func Open(ctx context.Context, o Options, sinks ...Sink) (*Desk, error) {
	return nil, errors.ErrUnsupported
}

// Run delivers until ctx ends, and returns when nothing is under way any more.
func (d *Desk) Run(ctx context.Context) error { return errors.ErrUnsupported }

// Put adds a subscriber, or changes the one of that name, which goes on at its cursor.
func (d *Desk) Put(ctx context.Context, s Subscriber) error { return errors.ErrUnsupported }

// Remove forgets a subscriber and its dead letters.
func (d *Desk) Remove(ctx context.Context, name string) error { return errors.ErrUnsupported }

// Status returns how all are doing, sorted by name. It counts up to the newest event.
func (d *Desk) Status(ctx context.Context) ([]Status, error) { return nil, errors.ErrUnsupported }

// Dead returns dead letters of a subscriber, oldest first.
func (d *Desk) Dead(ctx context.Context, name string, limit int) ([]Letter, error) {
	return nil, errors.ErrUnsupported
}

// Retry sends dead letters again, those with the given delivery ids or all, and returns how many.
func (d *Desk) Retry(ctx context.Context, name string, deliveries ...string) (int, error) {
	return 0, errors.ErrUnsupported
}

// Discard removes dead letters, those with the given delivery ids or all, and returns how many.
func (d *Desk) Discard(ctx context.Context, name string, deliveries ...string) (int, error) {
	return 0, errors.ErrUnsupported
}
