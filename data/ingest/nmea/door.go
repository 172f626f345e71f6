package nmea

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

// Options are what a Door needs. Zero values get the default in brackets.
type Options struct {
	Submit ingest.Submit
	Known  ingest.Known  // by the serial number of the device
	Idle   time.Duration // without a byte, until a connection is closed (5 min)
	Settle time.Duration // without a byte, until a moment counts as told (300 ms)
	Most   int           // connections at once (10,000)
}

// A Door is a TCP server for lines. The first line says whose they are:
//
//	$PWMAP,<serial>*cs       a device that listens to nothing
//	$PWMAP,<serial>,ACK*cs   one that wants to know
//
// where cs is the checksum as in all sentences. Who wants to know hears $PWMAP,OK,<n>*cs as soon as n reports of
// the connection are durable. $PWMAP,NO,<why>*cs is said before the door hangs up. The methods are safe for
// concurrent use.
type Door struct {
	o     Options
	tally ingest.Tally
}

// New makes a door that is closed until Serve.
func New(o Options) *Door {
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Settle == 0 {
		o.Settle = 300 * time.Millisecond
	}
	if o.Most == 0 {
		o.Most = 10_000
	}
	d := &Door{o: o}
	d.o.Submit = d.tally.Of(o.Submit)
	return d
}

// Serve reads from the devices that l brings until ctx ends, and returns when the last connection is closed.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	return d.tally.Accept(ctx, l, d.o.Most, func(ctx context.Context, c net.Conn) {
		s := session{door: d, conn: c, in: ingest.NewPieces(c, '\n', longest)}
		s.run(ctx)
	})
}

// Counts are what the door has seen.
func (d *Door) Counts() ingest.Counts { return d.tally.Counts() }

const (
	proofLimit = 30 * time.Second // until a connection has said whose it is
	writeLimit = 10 * time.Second // for answers to a device that does not read
)

// A session is one connection.
type session struct {
	door    *Door
	conn    net.Conn
	in      *ingest.Pieces
	reader  Reader
	acks    bool
	durable uint64 // reports
	reports []live.Report
}

func (s *session) run(ctx context.Context) {
	if !s.introduce() {
		return
	}
	for heard := time.Now(); ; {
		s.takeAll()
		if len(s.reports) > 0 && !s.commit(ctx) {
			return
		}
		until := heard.Add(s.door.o.Idle)
		if s.reader.Waiting() {
			until = time.Now().Add(s.door.o.Settle)
		}
		err := s.read(until)
		switch {
		case err == nil:
			heard = time.Now()
		case errors.Is(err, os.ErrDeadlineExceeded) && s.reader.Waiting():
			s.count(s.reader.Flush(s.reports))
		default:
			s.count(s.reader.Flush(s.reports)) // what was told is told
			if len(s.reports) > 0 {
				s.commit(ctx)
			}
			return
		}
	}
}

// takeAll reads the lines that have arrived.
func (s *session) takeAll() {
	for line, ok := s.in.Next(); ok; line, ok = s.in.Next() {
		s.count(s.reader.Line(line, s.reports))
	}
}

// count keeps the reports, and counts the error of a line.
func (s *session) count(rs []live.Report, err error) {
	if s.reports = rs; err != nil {
		s.door.tally.Bad()
	}
}

// introduce reads the first line and lets known devices in.
func (s *session) introduce() bool {
	until := time.Now().Add(min(proofLimit, s.door.o.Idle))
	for {
		if line, ok := s.in.Next(); ok {
			return s.admit(line)
		}
		if s.read(until) != nil {
			return false
		}
	}
}

func (s *session) admit(line []byte) bool {
	first, err := parseSentence(line)
	device := string(first.field(0))
	switch {
	case err != nil || first.kind != "PWMAP" || device == "":
		s.door.tally.Bad()
		s.say("NO", "the first line must be $PWMAP and a serial number")
	case !s.door.o.Known(device):
		s.door.tally.Stranger()
		s.say("NO", "unknown device")
	default:
		s.reader.Device = device
		s.acks = string(first.field(1)) == "ACK"
		return true
	}
	return false
}

// commit makes the reports durable. Without that nothing is acknowledged, and the connection ends.
func (s *session) commit(ctx context.Context) bool {
	verdicts, err := s.door.o.Submit(ctx, s.reports)
	if err != nil {
		return false
	}
	if ingest.Unregistered(verdicts) {
		s.say("NO", "unregistered device")
		return false
	}
	s.durable += uint64(len(s.reports))
	s.reports = s.reports[:0]
	return !s.acks || s.say("OK", strconv.FormatUint(s.durable, 10))
}

func (s *session) say(words ...string) bool {
	if s.conn.SetWriteDeadline(time.Now().Add(writeLimit)) != nil {
		return false
	}
	_, err := s.conn.Write([]byte(Sentence("PWMAP," + strings.Join(words, ","))))
	return err == nil
}

func (s *session) read(until time.Time) error {
	if err := s.conn.SetReadDeadline(until); err != nil {
		return err
	}
	return s.in.Fill()
}
