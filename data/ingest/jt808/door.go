package jt808

import (
	"context"
	"crypto/rand"
	"net"
	"time"

	"github.com/wardmap/wardmap/data/ingest"
)

// Options are what a Door needs. Zero values get the default in brackets.
type Options struct {
	Submit   ingest.Submit
	Known    ingest.Known  // by the number of the terminal, without leading zeros
	Key      []byte        // codes of terminals follow from it: keep it, and keep it secret (a new one: all must register again)
	Idle     time.Duration // without a byte, until a connection is closed (5 min)
	Patience time.Duration // without a packet, until the missing ones of a message are asked for (5 s)
	Most     int           // connections at once (10,000)
}

// A Door lets terminals in. Its methods are safe for concurrent use.
type Door struct {
	o     Options
	tally ingest.Tally
}

// New makes a door that is closed until Serve.
func New(o Options) *Door {
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	if o.Most == 0 {
		o.Most = 10_000
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		rand.Read(o.Key) // never fails
	}
	d := &Door{o: o}
	d.o.Submit = d.tally.Of(o.Submit)
	return d
}

// Serve speaks with the terminals that l brings until ctx ends, and returns when the last connection is closed.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	return d.tally.Accept(ctx, l, d.o.Most, func(ctx context.Context, c net.Conn) {
		newSession(d, c).run(ctx)
	})
}

// Counts are what the door has seen.
func (d *Door) Counts() ingest.Counts { return d.tally.Counts() }
