package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/stream"
	"github.com/wardmap/wardmap/spatial/live"
)

// A journal is the log of positions as the tracker wants it.
type journal struct{ log *stream.Log }

func (j journal) Append(ctx context.Context, entry []byte) (uint64, error) {
	return j.log.Append(ctx, entry, nil)
}

func (j journal) Replay(ctx context.Context, after uint64, visit func(number uint64, entry []byte) error) error {
	return j.log.Replay(ctx, after+1, func(m stream.Message) error { return visit(m.Seq, m.Data) })
}

// since visits the entries that were written at a time or later.
func (j journal) since(ctx context.Context, from time.Time, visit func(entry []byte) error) error {
	return j.log.ReplaySince(ctx, from, func(m stream.Message) error { return visit(m.Data) })
}

// Headers of the messages in the log of events.
const (
	firstHeader   = "First"    // number of the first event in it
	lastHeader    = "Last"     // and of the last
	throughHeader = "Position" // the entry of the journal that they came from
)

// An outbox is the log of events as the tracker writes it and readers read it: from memory what is new, else from
// the log.
type outbox struct {
	log    *stream.Log
	recent *live.Recent // set before anybody reads
}

func (o *outbox) Append(ctx context.Context, events []live.Event, through uint64) error {
	_, err := o.log.Append(ctx, live.AppendEvents(nil, events), map[string]string{
		firstHeader: fmt.Sprint(events[0].Seq), lastHeader: fmt.Sprint(events[len(events)-1].Seq), throughHeader: fmt.Sprint(through),
	})
	return err
}

func (o *outbox) Last(ctx context.Context) (seq, through uint64, err error) {
	m, ok, err := o.log.Last(ctx)
	if err != nil || !ok {
		return 0, 0, err
	}
	if seq, err = header(m, lastHeader); err == nil {
		through, err = header(m, throughHeader)
	}
	return seq, through, err
}

func header(m stream.Message, name string) (uint64, error) {
	n, err := strconv.ParseUint(m.Headers[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("message %d of the log of events has no number in its header %s: %w", m.Seq, name, err)
	}
	return n, nil
}

// Newest is the number of the newest event.
func (o *outbox) Newest() uint64 { return o.recent.Newest() }

// Read returns up to most events after a number, as soon as there is one.
func (o *outbox) Read(ctx context.Context, after uint64, most int) ([]live.Event, error) {
	events, err := o.recent.Read(ctx, after, most)
	var gap *live.GapError
	if !errors.As(err, &gap) {
		return events, err
	}
	events, err = o.old(ctx, after, most)
	if err == nil && len(events) == 0 { // the log does not reach back either
		return nil, gap
	}
	return events, err
}

// old reads events from the log.
func (o *outbox) old(ctx context.Context, after uint64, most int) (events []live.Event, err error) {
	from, err := o.find(ctx, after+1)
	if err != nil {
		return nil, err
	}
	for len(events) < most {
		m, ok, err := o.log.Next(ctx, from)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		all, err := live.DecodeEvents(m.Data, nil)
		if err != nil {
			return nil, fmt.Errorf("message %d of the log of events: %w", m.Seq, err)
		}
		for _, e := range all {
			if e.Seq > after && len(events) < most {
				events = append(events, e)
			}
		}
		from = m.Seq + 1
	}
	if len(events) > 0 && events[0].Seq != after+1 {
		return nil, &live.GapError{Oldest: events[0].Seq}
	}
	return events, nil
}

// find is the number of the message in which an event is, by halving; events grow from message to message.
func (o *outbox) find(ctx context.Context, seq uint64) (uint64, error) {
	low, err := o.log.First(ctx)
	if err != nil {
		return 0, err
	}
	last, ok, err := o.log.Last(ctx)
	if err != nil || !ok {
		return low, err
	}
	for high := last.Seq; low < high; {
		middle := low + (high-low)/2
		newest, err := o.newestIn(ctx, middle)
		if err != nil {
			return 0, err
		}
		if newest >= seq {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}

// newestIn is the number of the last event in the message, or in the next one that is kept.
func (o *outbox) newestIn(ctx context.Context, message uint64) (newest uint64, err error) {
	m, ok, err := o.log.Next(ctx, message)
	if err != nil || !ok {
		return math.MaxUint64, err // there is nothing beyond
	}
	return header(m, lastHeader)
}

// delivered is the outbox as the desk of subscribers reads it.
type delivered struct{ *outbox }

func (d delivered) Read(ctx context.Context, after uint64, most int) ([]live.Event, error) {
	events, err := d.outbox.Read(ctx, after, most)
	var gap *live.GapError
	if errors.As(err, &gap) {
		return nil, &deliver.GapError{Oldest: gap.Oldest}
	}
	return events, err
}
