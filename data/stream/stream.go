// Package stream keeps the durable logs of positions and events, and small named blobs, in NATS JetStream: a
// server inside the process by default, or an outside cluster by its address. What it acknowledges is on the disk:
// every write is synced and every publish waits for its acknowledgement. A log has one writer; a second one is
// refused, so that two can never interleave. It knows nothing of what the messages mean.
package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say where the logs are and how long they are kept.
type Options struct {
	Dir       string    // folder of the server inside the process; not used with URL
	URL       string    // of an outside server or cluster, which must sync always itself
	Replicas  int       // of each log on an outside cluster; 0 is 1
	Positions Retention // of the log of positions
	Events    Retention // of the log of events
	Listen    string    // host:port where other systems may subscribe to what Publish sends; "" is nowhere

	Patience time.Duration                     // how long a call asks a server that does not answer; 0 is 30 s
	Warn     func(message string, args ...any) // hears what goes wrong behind the calls, as slog.Logger.Warn; nil is nobody
}

// A Retention says when the oldest messages of a log are discarded. The zero value keeps everything.
type Retention struct {
	Age   time.Duration
	Bytes int64
}

// MaxMessage is how many bytes a message may have, headers included.
const MaxMessage = 8 << 20

// Outside is the beginning of the subjects that Publish may use and other systems may hear.
const Outside = "wardmap.events."

var (
	// ErrTooLarge is the answer to a message of more than MaxMessage bytes, or more than an outside server takes.
	ErrTooLarge = errors.New("the message is too large for the log")
	// ErrUsed says that another process has the folder or writes to the same log.
	ErrUsed = errors.New("another process writes here")
	// ErrUnsure says that a message may be in the log or not: the server did not answer, or could not say. The next
	// Append, Replay or Last of the same Log puts it in before it does its own work.
	ErrUnsure = errors.New("whether the message is in the log is not known")
	// ErrDamaged says that messages which had been acknowledged cannot be read.
	ErrDamaged = errors.New("the log is damaged")
)

// A Stream is both logs, the cursors and the way out to other systems. It is safe for concurrent use.
type Stream struct {
	node      *node // nil with an outside server
	conn      *nats.Conn
	js        jetstream.JetStream
	positions *Log
	events    *Log
	cursors   *Cursors
}

// Open starts the server or connects to it, and makes the logs where they are missing. Close must follow.
func Open(ctx context.Context, o Options) (s *Stream, err error) {
	if o.Patience <= 0 {
		o.Patience = 30 * time.Second
	}
	if o.Warn == nil {
		o.Warn = func(string, ...any) {}
	}
	s = new(Stream)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if o.URL == "" {
		if s.node, err = start(o); err != nil {
			return s, fmt.Errorf("open the logs in %s: %w", o.Dir, err)
		}
		s.conn, err = s.node.connect(o)
	} else {
		s.conn, err = nats.Connect(o.URL, connection(o)...)
	}
	if err != nil {
		return s, fmt.Errorf("connect to the logs: %w", err)
	}
	if err = s.logs(ctx, o); err != nil {
		return s, fmt.Errorf("open the logs in %s: %w", o.Dir+o.URL, err)
	}
	return s, nil
}

// logs makes or takes up what the stream consists of.
func (s *Stream) logs(ctx context.Context, o Options) (err error) {
	if s.js, err = jetstream.New(s.conn); err != nil {
		return err
	}
	if s.positions, err = s.log(ctx, o, "positions", o.Positions); err != nil {
		return err
	}
	if s.events, err = s.log(ctx, o, "events", o.Events); err != nil {
		return err
	}
	if s.cursors, err = s.blobs(ctx, o); err != nil || s.node == nil {
		return err
	}
	return s.node.tails.write(true)
}

// connection is how every client of this package talks to a server. Nothing is kept back while it is away: a
// publish that cannot be sent fails at once, and who publishes decides.
func connection(o Options) []nats.Option {
	return []nats.Option{
		nats.Name("wardmap"), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond), nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Warn("the connection to the logs broke; it is made again", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			o.Warn("the connection to the logs has a problem", "error", err)
		}),
	}
}

// Positions is the log of positions.
func (s *Stream) Positions() *Log { return s.positions }

// Events is the log of events.
func (s *Stream) Events() *Log { return s.events }

// Cursors are the named blobs.
func (s *Stream) Cursors() *Cursors { return s.cursors }

// Address is where other systems connect to, "" when they cannot. They may hear what Publish sends and nothing else.
func (s *Stream) Address() string {
	if s.node == nil || s.node.server.Addr() == nil {
		return ""
	}
	return s.node.server.Addr().String()
}

// Publish tells other systems, on a subject that begins with Outside. Who is not connected misses it: the log of
// events is the truth.
func (s *Stream) Publish(subject string, data []byte) error {
	if !strings.HasPrefix(subject, Outside) {
		return fmt.Errorf("publish on %q: only subjects that begin with %s are for other systems", subject, Outside)
	}
	if err := s.conn.Publish(subject, data); err != nil {
		return fmt.Errorf("publish on %q: %w", subject, err)
	}
	return nil
}

// Close ends what waits, and returns when everything is on the disk.
func (s *Stream) Close() error {
	if s.node != nil && s.cursors != nil && !s.conn.IsClosed() {
		s.rest()
	}
	if s.conn != nil {
		s.conn.Close()
	}
	if s.node == nil {
		return nil
	}
	return s.node.stop()
}

// rest notes what the streams hold, so that the next Open sees whether it is still there. It is no harm if it fails.
func (s *Stream) rest() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for name, of := range map[string]jetstream.Stream{
		s.positions.name: s.positions.handle, s.events.name: s.events.handle, bucket: s.cursors.under,
	} {
		if info, err := of.Info(ctx); err == nil {
			s.node.tails.rest(name, spanOf(info.State))
		}
	}
}
