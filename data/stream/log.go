package stream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Message is one entry of a log.
type Message struct {
	Seq     uint64 // grows by one
	At      time.Time
	Data    []byte
	Headers map[string]string
}

// A Log is an append-only sequence of messages. It is safe for concurrent use; appends wait for each other.
type Log struct {
	name     string // for messages to people
	subject  string
	js       jetstream.JetStream
	handle   jetstream.Stream
	patience time.Duration
	limit    int    // bytes of a message with its headers
	writer   string // who this log is, in the mark of each message
	tails    *tails // nil with an outside server
	warn     func(string, ...any)

	turn  chan struct{}                // holds one token: who takes it may write and use what follows
	last  uint64                       // number of the newest message
	count uint64                       // of marks given out
	doubt atomic.Pointer[undetermined] // read by all, changed in turn
}

// undetermined is a message that may be in the log or not.
type undetermined struct {
	msg  *nats.Msg
	mark string
}

// markHeader names the append that a message came from, so that an append whose answer was lost is recognised.
const markHeader = "Wardmap-Append"

// log takes up the log of a name, or makes it.
func (s *Stream) log(ctx context.Context, o Options, name string, keep Retention) (*Log, error) {
	l := &Log{
		name: name, subject: "wardmap.log." + name, js: s.js, patience: o.Patience, warn: o.Warn,
		limit: int(min(MaxMessage, s.conn.MaxPayload())), writer: rand.Text()[:12], turn: make(chan struct{}, 1),
	}
	config := jetstream.StreamConfig{
		Name: "wardmap-" + name, Subjects: []string{l.subject}, Storage: jetstream.FileStorage, Replicas: max(1, o.Replicas),
		Discard: jetstream.DiscardOld, MaxAge: keep.Age, MaxBytes: -1, MaxMsgs: -1,
	}
	if keep.Bytes > 0 {
		config.MaxBytes = keep.Bytes
	}
	if keep.Age > 0 {
		config.Duplicates = min(keep.Age, time.Minute) // unused, but it may not be longer than the age
	}
	err := s.take(ctx, config.Name, func(had Retention) (err error) {
		if l.handle, err = s.js.CreateOrUpdateStream(ctx, config); err != nil {
			return err
		}
		return l.inspect(s.node, keep, had)
	})
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	l.turn <- struct{}{}
	return l, nil
}

// take makes or changes what lies under a name, unless the server has passed over what is there already. had is
// how long it kept messages until now.
func (s *Stream) take(ctx context.Context, name string, change func(had Retention) error) error {
	there, err := s.js.Stream(ctx, name)
	switch {
	case err == nil:
		c := there.CachedInfo().Config
		return change(Retention{Age: c.MaxAge, Bytes: max(0, c.MaxBytes)})
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return err
	case s.node != nil && s.node.holds(name):
		return fmt.Errorf("%w: the server cannot read what is in %s", ErrDamaged, s.node.dir)
	}
	return change(Retention{})
}

// inspect looks whether all is there that must be: a log loses messages at its beginning only, and only by its
// retention, that of now or that until now.
func (l *Log) inspect(n *node, keep, had Retention) error {
	state := l.handle.CachedInfo().State
	has := spanOf(state)
	l.last = has.Last
	if gone := has.Last + 1 - has.First - has.Count; gone > 0 {
		return fmt.Errorf("%w: of messages %d to %d, %d are gone", ErrDamaged, has.First, has.Last, gone)
	}
	if n == nil {
		return nil
	}
	aged := keep.Age > 0 || had.Age > 0
	mayBegin := aged || keep.Bytes > 0 || had.Bytes > 0
	if has.Count == 0 { // only age empties a log
		mayBegin = aged && time.Since(state.LastTime) >= min(keep.Age, had.Age)
	}
	l.tails = n.tails
	return l.tails.open(l.name, has, mayBegin)
}

func spanOf(s jetstream.StreamState) span {
	if s.Msgs == 0 {
		s.FirstSeq = s.LastSeq + 1
	}
	return span{First: s.FirstSeq, Last: s.LastSeq, Count: s.Msgs}
}

// Append returns when the message is on the disk. Its number is one more than that of the message before. After
// ErrUnsure the message gets into the log with the next Append, Replay or Last if it is not there already; any other
// error means that it never will. Data may be used again when Append has returned.
func (l *Log) Append(ctx context.Context, data []byte, headers map[string]string) (uint64, error) {
	seq, err := l.append(ctx, data, headers)
	if err != nil {
		return 0, fmt.Errorf("append to the log of %s: %w", l.name, err)
	}
	return seq, nil
}

func (l *Log) append(ctx context.Context, data []byte, headers map[string]string) (uint64, error) {
	msg, err := l.message(data, headers)
	if err != nil {
		return 0, err
	}
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	defer l.end()
	if err := l.settle(ctx); err != nil {
		return 0, fmt.Errorf("a message before it is in doubt: %w", unsent{err})
	}
	l.count++
	mark := l.writer + "-" + strconv.FormatUint(l.count, 36)
	msg.Header.Set(markHeader, mark)
	err = l.publish(ctx, msg, mark)
	if errors.Is(err, ErrUnsure) {
		msg.Data = append([]byte(nil), data...)
		l.doubt.Store(&undetermined{msg, mark})
	}
	if err != nil {
		return 0, err
	}
	return l.last, nil
}

// begin waits for the turn to write.
func (l *Log) begin(ctx context.Context) error {
	select {
	case <-l.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Log) end() { l.turn <- struct{}{} }

// message builds what is published. Data is not copied.
func (l *Log) message(data []byte, headers map[string]string) (*nats.Msg, error) {
	msg := nats.NewMsg(l.subject)
	msg.Data = data
	size := len(data) + 256 // of our own headers
	for key, value := range headers {
		if key == "" || strings.ContainsAny(key, ": \r\n") || strings.ContainsAny(value, "\r\n") || strings.TrimSpace(value) != value {
			return nil, fmt.Errorf("header %q: %q cannot be written", key, value)
		}
		msg.Header[key] = []string{value}
		size += len(key) + len(value) + 4
	}
	if size > l.limit {
		return nil, fmt.Errorf("%w: %d bytes with its headers, at most %d", ErrTooLarge, size, l.limit)
	}
	return msg, nil
}

// settle finds out whether a message in doubt is in the log, by putting it there if it is not.
func (l *Log) settle(ctx context.Context) error {
	d := l.doubt.Load()
	if d == nil {
		return nil
	}
	if err := l.publish(ctx, d.msg, d.mark); err != nil {
		return err
	}
	l.doubt.Store(nil)
	return nil
}

// settled returns when no message is in doubt any more.
func (l *Log) settled(ctx context.Context) error {
	if l.doubt.Load() == nil {
		return nil
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	defer l.end()
	return l.settle(ctx)
}

// publish puts a message behind the last one, and asks again as long as the server does not answer and the
// patience lasts. That the message must stand behind the last one makes it safe to ask again: it cannot get in twice.
func (l *Log) publish(ctx context.Context, msg *nats.Msg, mark string) error {
	sent := false
	err := persist(ctx, l.patience, func(ctx context.Context) error {
		ack, err := l.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequence(l.last), jetstream.WithRetryAttempts(1))
		switch {
		case err == nil:
			l.arrived(ack.Sequence)
			return nil
		case wrongLast(err):
			return l.recognise(ctx, mark)
		}
		sent = sent || !errors.Is(err, nats.ErrReconnectBufExceeded) && !errors.Is(err, nats.ErrConnectionClosed)
		return err
	})
	switch {
	case err == nil || errors.Is(err, ErrUsed):
		return err
	case sent:
		return fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	return err
}

func (l *Log) arrived(seq uint64) {
	l.last = seq
	l.tails.note(l.name, seq)
}

// recognise looks whether the message that stands where ours should is ours: its acknowledgement was lost then.
func (l *Log) recognise(ctx context.Context, mark string) error {
	found, err := l.handle.GetMsg(ctx, l.last+1)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && found.Header.Get(markHeader) != mark {
		return final{fmt.Errorf("log of %s: %w", l.name, ErrUsed)}
	}
	if err != nil {
		return err
	}
	l.arrived(l.last + 1)
	return nil
}

func wrongLast(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// given is the headers of a message without those that are the server's and ours.
func given(h nats.Header) map[string]string {
	var out map[string]string
	for key := range maps.Keys(h) {
		if key == markHeader || strings.HasPrefix(key, "Nats-") {
			continue
		}
		if out == nil {
			out = make(map[string]string, len(h))
		}
		out[key] = h.Get(key)
	}
	return out
}
