package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// quiet is after how long without a message a reader looks whether there should be one.
const quiet = 2 * time.Second

// What a reader asks for ahead.
const (
	aheadMessages = 1000
	aheadBytes    = 2 * MaxMessage
)

// A reader brings the messages of a log to a visitor, in their order, each once.
type reader struct {
	log   *Log
	next  uint64    // number that the next message must have; 0 when only since is known
	since time.Time //
	last  uint64    // where to stop
	visit func(Message) error
}

// interrupted is why reading stopped when it may go on.
type interrupted struct{ error }

func (i interrupted) Unwrap() error { return i.error }

func (r *reader) done(err error) error {
	if err != nil {
		return fmt.Errorf("read the log of %s: %w", r.log.name, err)
	}
	return nil
}

// toEnd reads to the end of the log as it is now.
func (r *reader) toEnd(ctx context.Context) error {
	if err := r.log.settled(ctx); err != nil {
		return err
	}
	state, err := r.log.state(ctx)
	if err != nil {
		return err
	}
	r.last = state.LastSeq
	if state.Msgs == 0 || r.next > r.last || r.next == 0 && state.LastTime.Before(r.since) {
		return nil
	}
	return r.persist(ctx, r.log.patience)
}

// persist reads, and begins again where it was interrupted unless it makes no progress for longer than the patience.
func (r *reader) persist(ctx context.Context, patience time.Duration) error {
	progress := time.Now()
	for {
		from := r.next
		err := r.read(ctx)
		var i interrupted
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.As(err, &i) {
			return err
		}
		if r.next != from {
			progress = time.Now()
		}
		if time.Since(progress) > patience {
			return err
		}
		r.log.warn("reading a log is interrupted; it goes on", "log", r.log.name, "from", r.next, "error", err)
		select {
		case <-time.After(quiet / 8):
		case <-ctx.Done():
		}
	}
}

// read visits messages until the last, ctx ends, the visitor does not want more or something interrupts.
func (r *reader) read(ctx context.Context) error {
	consumer, err := r.log.handle.OrderedConsumer(ctx, r.start())
	if err != nil {
		return interrupted{err}
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(aheadMessages, aheadBytes))
	if err != nil {
		return interrupted{err}
	}
	defer r.dismiss(consumer)
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for r.next <= r.last {
		msg, err := r.wait(ctx, messages)
		if err != nil {
			return err
		}
		if msg == nil {
			err = r.overdue(ctx)
		} else {
			err = r.take(ctx, msg)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dismiss takes the consumer off the server, which admits so many and would keep each for its InactiveThreshold.
func (r *reader) dismiss(c jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if about := c.CachedInfo(); about != nil && r.log.js.Conn().IsConnected() {
		_ = r.log.handle.DeleteConsumer(ctx, about.Name) // else the server does it, later
	}
}

func (r *reader) start() jetstream.OrderedConsumerConfig {
	c := jetstream.OrderedConsumerConfig{MaxResetAttempts: 1, InactiveThreshold: time.Minute}
	if r.next == 0 {
		c.DeliverPolicy, c.OptStartTime = jetstream.DeliverByStartTimePolicy, &r.since
	} else {
		c.DeliverPolicy, c.OptStartSeq = jetstream.DeliverByStartSequencePolicy, r.next
	}
	return c
}

// wait returns the next message, or nil when none came for a while.
func (r *reader) wait(ctx context.Context, messages jetstream.MessagesContext) (jetstream.Msg, error) {
	msg, err := messages.Next(jetstream.NextMaxWait(quiet))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, nats.ErrTimeout):
		return nil, nil
	case errors.Is(err, nats.ErrConnectionClosed):
		return nil, err
	case err != nil:
		return nil, interrupted{err}
	}
	return msg, nil
}

func (r *reader) take(ctx context.Context, msg jetstream.Msg) error {
	about, err := msg.Metadata()
	if err != nil {
		return err
	}
	seq := about.Sequence.Stream
	if r.next != 0 && seq > r.next {
		if err := r.log.missing(ctx, r.next, seq-1); err != nil {
			return err
		}
	}
	r.next = seq + 1
	if seq > r.last { // all that was asked for has been discarded meanwhile
		return nil
	}
	return r.visit(Message{seq, about.Timestamp, msg.Data(), given(msg.Headers())})
}

// overdue looks why no message comes: because there is none, or because it cannot be read.
func (r *reader) overdue(ctx context.Context) error {
	state, err := r.log.state(ctx)
	if err != nil {
		return interrupted{err}
	}
	next := max(r.next, state.FirstSeq)
	if next > state.LastSeq {
		r.next = max(r.next, min(next, r.last+1)) // what was asked for has been discarded
		return nil
	}
	_, err = r.log.handle.GetMsg(ctx, next)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		if err := r.log.missing(ctx, next, next); err != nil {
			return err
		}
	}
	return interrupted{errors.New("a message does not come")}
}
