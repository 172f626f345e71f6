package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// First is the number of the oldest message that is kept; of an empty log that of the message to come.
func (l *Log) First(ctx context.Context) (uint64, error) {
	state, err := l.state(ctx)
	return state.FirstSeq, err
}

// Last is the newest message. ok is false when the log keeps none; Seq is then that of the newest one it had.
func (l *Log) Last(ctx context.Context) (m Message, ok bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("last message of the log of %s: %w", l.name, err)
		}
	}()
	if err := l.settled(ctx); err != nil {
		return Message{}, false, err
	}
	state, err := l.state(ctx)
	if err != nil || state.Msgs == 0 {
		return Message{Seq: state.LastSeq}, false, err
	}
	m, ok, err = l.next(ctx, state.LastSeq)
	if err == nil && !ok { // discarded meanwhile
		m.Seq = state.LastSeq
	}
	return m, ok, err
}

// Next is the oldest message that is kept and has at least that number. ok is false when there is none yet. For a
// few messages it is much cheaper than Replay, which asks for many ahead.
func (l *Log) Next(ctx context.Context, from uint64) (m Message, ok bool, err error) {
	if err = l.settled(ctx); err == nil {
		m, ok, err = l.next(ctx, from)
	}
	if err != nil {
		err = fmt.Errorf("message %d of the log of %s: %w", from, l.name, err)
	}
	return m, ok, err
}

func (l *Log) next(ctx context.Context, from uint64) (m Message, ok bool, err error) {
	from = max(1, from)
	if m, ok, err = l.get(ctx, from); err != nil {
		return m, ok, err
	}
	last := m.Seq - 1
	if !ok { // is there none, or can none be read?
		state, err := l.state(ctx)
		if err != nil || state.LastSeq < from {
			return m, ok, err
		}
		if m, ok, err = l.get(ctx, from); err != nil || ok {
			return m, ok, err
		}
		last = state.LastSeq
	}
	if last >= from {
		err = l.missing(ctx, from, last)
	}
	return m, ok && err == nil, err
}

// get asks for the first message that is there from a number on.
func (l *Log) get(ctx context.Context, from uint64) (m Message, ok bool, err error) {
	err = persist(ctx, l.patience, func(ctx context.Context) error {
		raw, err := l.handle.GetMsg(ctx, from, jetstream.WithGetMsgSubject(l.subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err == nil {
			m, ok = Message{raw.Sequence, raw.Time, raw.Data, given(raw.Header)}, true
		}
		return err
	})
	return m, ok, err
}

// state asks how far the log reaches. FirstSeq of an empty log is one more than LastSeq.
func (l *Log) state(ctx context.Context) (jetstream.StreamState, error) {
	var state jetstream.StreamState
	err := persist(ctx, l.patience, func(ctx context.Context) error {
		info, err := l.handle.Info(ctx)
		if err == nil {
			state = info.State
		}
		return err
	})
	if err != nil {
		return state, fmt.Errorf("state of the log of %s: %w", l.name, err)
	}
	if state.Msgs == 0 {
		state.FirstSeq = state.LastSeq + 1
	}
	return state, nil
}

// Replay visits the messages from a number on, up to the end as it was at the call. What has been discarded is
// left out; that messages are missing otherwise is ErrDamaged. The message is the visitor's only until it returns.
func (l *Log) Replay(ctx context.Context, from uint64, visit func(Message) error) error {
	r := &reader{log: l, next: max(1, from), visit: visit}
	return r.done(r.toEnd(ctx))
}

// ReplaySince visits the messages that were written at a time or later, as Replay does.
func (l *Log) ReplaySince(ctx context.Context, from time.Time, visit func(Message) error) error {
	r := &reader{log: l, since: from, visit: visit}
	return r.done(r.toEnd(ctx))
}

// Follow visits the messages from a number on, and then each new one, until ctx ends or visit returns an error.
// It goes on where it was when the server has been away.
func (l *Log) Follow(ctx context.Context, from uint64, visit func(Message) error) error {
	r := &reader{log: l, next: max(1, from), last: math.MaxUint64, visit: visit}
	return r.done(r.persist(ctx, math.MaxInt64))
}

// missing says whether messages that are not there were discarded, or are damaged.
func (l *Log) missing(ctx context.Context, from, to uint64) error {
	first, err := l.First(ctx)
	if err != nil || first > to {
		return err
	}
	return fmt.Errorf("%w: messages %d to %d cannot be read", ErrDamaged, max(first, from), to)
}
