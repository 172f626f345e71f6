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

	"github.com/wardmap/wardmap/spatial/live"
)

// An Outbox keeps events for those who read them later. Implementations are safe for concurrent use.
type Outbox interface {
	// Read returns up to max events after a number, without gaps between them, as soon as there is one. It ends
	// with ctx. When events after the number are no longer kept the error is a GapError.
	Read(ctx context.Context, after uint64, max int) ([]live.Event, error)
	// Newest is the number of the newest event that Read returns; 0 when there was none. It is known before the
	// desk is opened.
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

// Options say how a Desk works. Zero values take the default in brackets.
type Options struct {
	Outbox  Outbox
	Keep    Keep
	Allow   func(host string, addr netip.Addr) bool // whether webhooks may go there, asked as the connection is made (nowhere)
	Timeout time.Duration                           // of one attempt (10 s)
	GiveUp  time.Duration                           // how long a receiver may fail until its batches become dead letters (24 h)
	Letters int                                     // dead letters that are kept for each subscriber (1000)
	Warn    func(message string, args ...any)       // hears of dead letters and gaps, as slog.Logger.Warn does (nobody)

	Now   func() time.Time                                 // (time.Now)
	Sleep func(ctx context.Context, d time.Duration) error // returns after d, or the error of ctx (by timer)
}

func (o Options) withDefaults() Options {
	if o.Allow == nil {
		o.Allow = func(string, netip.Addr) bool { return false }
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.GiveUp <= 0 {
		o.GiveUp = 24 * time.Hour
	}
	if o.Letters <= 0 {
		o.Letters = 1000
	}
	if o.Warn == nil {
		o.Warn = func(string, ...any) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var (
	// ErrUnknown is the answer to the name of nobody.
	ErrUnknown = errors.New("no subscriber has that name")
	// ErrInvalid is the answer to a subscriber that cannot be one.
	ErrInvalid = errors.New("the subscriber is not valid")
)
