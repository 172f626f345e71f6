package jt808

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"time"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

const (
	mostReports  = 1000             // that wait before they are submitted, give or take one message
	mostRefusals = 5                // then the connection is closed
	writeLimit   = 10 * time.Second // for answers to a terminal that does not read
	proofLimit   = 30 * time.Second // without a byte, until a terminal is sent away that has not proved itself
)

// A session is one connection. Everything that has come in when it gets to reading becomes one submission: a
// terminal that sends without waiting is not slowed by one write to disk per message.
type session struct {
	door *Door
	conn net.Conn
	in   *ingest.Pieces
	out  []byte // answers that are not written yet

	terminal Number // who has proved itself; zero when nobody has
	device   string // its name in reports
	refusals int
	serial   uint16 // of the next message to the terminal
	heard    time.Time
	packets  assemblies

	reports []live.Report
	waiting []receipt // what is answered when reports are durable, in their order
}

// A receipt is a message that is answered when its reports are durable.
type receipt struct {
	message
	reports int
}

func newSession(d *Door, c net.Conn) *session {
	return &session{door: d, conn: c, in: newFrames(c), heard: time.Now()}
}

func (s *session) run(ctx context.Context) {
	for s.refusals < mostRefusals {
		if err := s.read(); err != nil {
			return
		}
		for frame, ok := s.in.Next(); ok && s.refusals < mostRefusals; frame, ok = s.in.Next() {
			s.take(frame)
			if len(s.reports) >= mostReports && s.commit(ctx) != nil {
				return
			}
		}
		if s.commit(ctx) != nil || s.flush() != nil {
			return // without an answer: the terminal keeps what it sent
		}
	}
}

// read waits for bytes. Meanwhile it asks for packets that are missing.
func (s *session) read() error {
	for {
		idle := s.door.o.Idle
		if s.device == "" {
			idle = min(idle, proofLimit)
		}
		until := s.heard.Add(idle)
		if due := s.packets.due(s.door.o.Patience); !due.IsZero() && due.Before(until) {
			until = due
		}
		if err := s.conn.SetReadDeadline(until); err != nil {
			return err
		}
		err := s.in.Fill()
		now := time.Now()
		if err == nil {
			s.heard = now
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || now.Sub(s.heard) >= idle {
			return err
		}
		requests, lost := s.packets.remind(now, s.door.o.Patience)
		for range lost {
			s.door.tally.Bad()
		}
		for _, r := range requests {
			s.send(r)
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
}

// take reads one frame and does what it says.
func (s *session) take(frame []byte) {
	data, err := unframe(frame)
	if err != nil {
		s.door.tally.Bad() // whose it was is not sure: nobody is answered, and the terminal will send it again
		return
	}
	m, err := parseMessage(data)
	if err != nil {
		s.door.tally.Bad()
		return
	}
	switch {
	case m.ID == idTerminalAnswer:
	case m.Encrypted:
		s.answer(m, Unsupported)
	case m.ID == idRegister:
		s.register(m)
	case m.ID == idAuthenticate:
		s.authenticate(m)
	case m.Terminal != s.terminal:
		s.refuse()
		s.answer(m, Failed)
	default:
		s.proven(m)
	}
}

// proven does what a terminal says that has proved itself.
func (s *session) proven(m message) {
	switch m.ID {
	case idHeartbeat:
		s.answer(m, Done)
	case idDeregister:
		s.terminal, s.device, s.packets = Number{}, "", nil
		s.answer(m, Done)
	case idLocation, idBatch:
		if m.Total > 0 {
			whole, complete, err := s.packets.add(m, time.Now())
			if err != nil {
				s.door.tally.Bad()
				s.answer(m, Malformed)
			}
			if err != nil || !complete {
				return
			}
			m = whole
		}
		s.positions(m)
	default:
		s.answer(m, Unsupported)
	}
}

// positions takes the reports of a message in; it is answered by commit.
func (s *session) positions(m message) {
	before, err := len(s.reports), error(nil)
	if m.ID == idBatch {
		s.reports, err = parseBatch(m.Body, s.reports)
	} else {
		var r live.Report
		if r, err = parseLocation(m.Body); err == nil {
			s.reports = append(s.reports, r)
		}
	}
	if err != nil {
		s.door.tally.Bad()
		s.answerAll(m, Malformed)
		return
	}
	for i := range s.reports[before:] {
		s.reports[before+i].Device = s.device
	}
	m.Body = nil // it is overwritten by what comes next
	s.waiting = append(s.waiting, receipt{m, len(s.reports) - before})
}

// commit makes what was taken in durable and answers it. After an error nobody must be answered.
func (s *session) commit(ctx context.Context) error {
	var verdicts []live.Verdict
	if len(s.reports) > 0 {
		var err error
		if verdicts, err = s.door.o.Submit(ctx, s.reports); err != nil {
			return err
		}
	}
	for _, w := range s.waiting {
		own := verdicts[:w.reports]
		verdicts = verdicts[w.reports:]
		if ingest.Unregistered(own) {
			s.answerAll(w.message, Failed)
			continue
		}
		s.answerAll(w.message, Done)
	}
	s.reports, s.waiting = s.reports[:0], s.waiting[:0]
	return nil
}

func (s *session) register(m message) {
	body := binary.BigEndian.AppendUint16(nil, m.Serial)
	switch {
	case m.Total > 1 || checkRegistration(m.Edition, m.Body) != nil:
		s.door.tally.Bad()
		s.answer(m, Malformed)
		return
	case !s.door.o.Known(m.Terminal.String()):
		s.refuse()
		body = append(body, byte(NoSuchTerminal))
	default:
		body = append(append(body, byte(Done)), code(s.door.o.Key, m.Terminal)...)
	}
	s.send(m.answer(idRegisterAnswer, 0, body))
}

func (s *session) authenticate(m message) {
	said, err := parseAuthentication(m.Edition, m.Body)
	if err != nil || m.Total > 1 {
		s.door.tally.Bad()
		s.answer(m, Malformed)
		return
	}
	device := m.Terminal.String()
	right := subtle.ConstantTimeCompare([]byte(said), []byte(code(s.door.o.Key, m.Terminal))) == 1
	if !right || !s.door.o.Known(device) {
		s.refuse()
		s.answer(m, Failed)
		return
	}
	s.terminal, s.device, s.packets = m.Terminal, device, nil
	s.answer(m, Done)
}

func (s *session) refuse() {
	s.door.tally.Stranger()
	s.refusals++
}

// answerAll answers a message of one or of many packets: each packet has its serial number.
func (s *session) answerAll(m message, r Result) {
	for range max(1, m.Total) {
		s.answer(m, r)
		m.Serial++
	}
}

// answer says 0x8001: serial number and name of the message that is answered, and the result.
func (s *session) answer(m message, r Result) {
	body := binary.BigEndian.AppendUint16(nil, m.Serial)
	body = binary.BigEndian.AppendUint16(body, m.ID)
	s.send(m.answer(idAnswer, 0, append(body, byte(r))))
}

func (s *session) send(m message) {
	m.Serial = s.serial
	s.serial++
	s.out = m.append(s.out)
}

func (s *session) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}
