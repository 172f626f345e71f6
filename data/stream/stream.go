// Package stream keeps the durable logs of positions and events, and small named blobs, in NATS JetStream: a
// server inside the process by default, or an outside cluster by its address. What it acknowledges is on the disk:
// every write is synced and every publish waits for its acknowledgement. A log has one writer; a second one is
// refused, so that two can never interleave. It knows nothing of what the messages mean.
package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
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

	Patience time.Duration                     // how long an Append or a Put asks a server that does not answer; 0 is 30 s
	Warn     func(message string, args ...any) // hears what the server complains of, as slog.Logger.Warn does; nil is nobody
}

// A Retention says when the oldest messages of a log are discarded. The zero value keeps everything.
type Retention struct {
	Age   time.Duration
	Bytes int64
}

// MaxMessage is how many bytes a message may have, headers included.
const MaxMessage = 8 << 20

var (
	// ErrTooLarge is the answer to a message of more than MaxMessage bytes, or more than the outside server takes.
	ErrTooLarge = errors.New("the message is too large for the log")
	// ErrUsed says that another process has the folder, or writes to the same log.
	ErrUsed = errors.New("another process writes here")
	// ErrUnsure says that a message may or may not be in the log: the server did not answer. The next call of Append,
	// Replay or Last brings it in before it does its own work.
	ErrUnsure = errors.New("the log did not answer, the message may be in it or not")
	// ErrDamaged says that messages which had been acknowledged cannot be read.
	ErrDamaged = errors.New("the log is damaged")
)

// A Stream is both logs, the cursors and the way out to other systems. It is safe for concurrent use.
type Stream struct {
	options   Options
	server    *server.Server // nil with an outside one
	conn      *nats.Conn
	js        jetstream.JetStream
	positions *Log
	events    *Log
	cursors   *Cursors
}

// A Message is one entry of a log.
type Message struct {
	Seq     uint64 // grows by one
	At      time.Time
	Data    []byte
	Headers map[string]string
}

// A Log is an append-only sequence of messages. It is safe for concurrent use.
type Log struct{ name string }

// Cursors are small named blobs that survive as the logs do. They are safe for concurrent use.
type Cursors struct{ kv jetstream.KeyValue }

// Open starts the server or connects to it, and makes the logs where they are missing. Close must follow.
func Open(ctx context.Context, o Options) (*Stream, error) { return nil, errors.ErrUnsupported }

// Positions is the log of positions.
func (s *Stream) Positions() *Log { return s.positions }

// Events is the log of events.
func (s *Stream) Events() *Log { return s.events }

// Cursors are the named blobs.
func (s *Stream) Cursors() *Cursors { return s.cursors }

// Publish tells other systems. Who is not connected misses it: the log of events is the truth.
func (s *Stream) Publish(subject string, data []byte) error { return errors.ErrUnsupported }

// Close ends what waits, and returns when everything is on the disk.
func (s *Stream) Close() error { return errors.ErrUnsupported }

// Append returns when the message is on the disk. Numbers grow by one from call to call.
func (l *Log) Append(ctx context.Context, data []byte, headers map[string]string) (seq uint64, err error) {
	return 0, errors.ErrUnsupported
}

// Replay visits the messages from a number on, up to the end as it was at the call. What has been discarded is
// left out. The message is the visitor's only until it returns.
func (l *Log) Replay(ctx context.Context, from uint64, visit func(Message) error) error {
	return errors.ErrUnsupported
}

// ReplaySince visits the messages that were written at a time or later, as Replay does.
func (l *Log) ReplaySince(ctx context.Context, from time.Time, visit func(Message) error) error {
	return errors.ErrUnsupported
}

// Follow visits the messages from a number on, and then each new one, until ctx ends or visit returns an error.
func (l *Log) Follow(ctx context.Context, from uint64, visit func(Message) error) error {
	return errors.ErrUnsupported
}

// Last is the newest message; ok is false when the log is empty.
func (l *Log) Last(ctx context.Context) (m Message, ok bool, err error) {
	return Message{}, false, errors.ErrUnsupported
}

// First is the number of the oldest message that is kept; of an empty log that of the message to come.
func (l *Log) First(ctx context.Context) (uint64, error) { return 0, errors.ErrUnsupported }

// Get returns the blob of a name; ok is false when there is none.
func (c *Cursors) Get(ctx context.Context, name string) (value []byte, ok bool, err error) {
	return nil, false, errors.ErrUnsupported
}

// Put returns when the blob is on the disk.
func (c *Cursors) Put(ctx context.Context, name string, value []byte) error {
	return errors.ErrUnsupported
}

// Delete removes a blob; it is no error when there is none.
func (c *Cursors) Delete(ctx context.Context, name string) error { return errors.ErrUnsupported }

// List returns the names that begin with a prefix, sorted.
func (c *Cursors) List(ctx context.Context, prefix string) ([]string, error) {
	return nil, errors.ErrUnsupported
}
