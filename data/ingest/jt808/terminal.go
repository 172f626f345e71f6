package jt808

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"slices"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

// A Terminal is the vehicle's end of a connection: it asks, and waits for the answer. It belongs to one goroutine.
// After an error that is no Refusal it is of no use: dial again.
type Terminal struct {
	Number  Number
	Edition Edition

	conn   net.Conn
	in     *ingest.Pieces
	serial uint16
	sent   map[uint16]message // packets of the message that waits for its answer
}

// Dial connects a terminal.
func Dial(ctx context.Context, address string, n Number, e Edition) (*Terminal, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("terminal %s: %w", n, err)
	}
	return &Terminal{Number: n, Edition: e, conn: c, in: newFrames(c)}, nil
}

// Close hangs up.
func (t *Terminal) Close() error { return t.conn.Close() }

// Register asks for the code that Authenticate needs, once in the life of a terminal.
func (t *Terminal) Register(ctx context.Context, r Registration) (code string, err error) {
	answer, err := t.ask(ctx, idRegister, r.append(nil, t.Edition))
	if err != nil {
		return "", err
	}
	if answer.ID != idRegisterAnswer || len(answer.Body) < 3 {
		return "", result(idRegister, answer)
	}
	if r := Result(answer.Body[2]); r != Done {
		return "", Refusal{idRegister, r}
	}
	return string(answer.Body[3:]), nil
}

// Authenticate proves with a code who the terminal is. Only then may it say more.
func (t *Terminal) Authenticate(ctx context.Context, code string) error {
	return t.tell(ctx, idAuthenticate, appendAuthentication(nil, t.Edition, code, "", ""))
}

// Heartbeat keeps the connection open.
func (t *Terminal) Heartbeat(ctx context.Context) error { return t.tell(ctx, idHeartbeat, nil) }

// Deregister takes leave: the connection must authenticate again.
func (t *Terminal) Deregister(ctx context.Context) error { return t.tell(ctx, idDeregister, nil) }

// Report sends a position and returns when the platform has made it durable.
func (t *Terminal) Report(ctx context.Context, r live.Report) error {
	return t.tell(ctx, idLocation, appendLocation(nil, r))
}

// Upload sends positions that were kept, in one message of as many packets as it takes.
func (t *Terminal) Upload(ctx context.Context, rs []live.Report, late bool) error {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(rs)))
	body = append(body, 0)
	if late {
		body[2] = 1
	}
	for _, r := range rs {
		at := len(body)
		body = appendLocation(append(body, 0, 0), r)
		binary.BigEndian.PutUint16(body[at:], uint16(len(body)-at-2))
	}
	return t.tell(ctx, idBatch, body)
}

func (t *Terminal) tell(ctx context.Context, id uint16, body []byte) error {
	answer, err := t.ask(ctx, id, body)
	if err != nil {
		return err
	}
	return result(id, answer)
}

// result is what a general answer says.
func result(id uint16, answer message) error {
	if answer.ID != idAnswer || len(answer.Body) != 5 {
		return fmt.Errorf("message 0x%04x was answered by 0x%04x with %d bytes", id, answer.ID, len(answer.Body))
	}
	if r := Result(answer.Body[4]); r != Done {
		return Refusal{id, r}
	}
	return nil
}

// ask sends a message and gives the answer to its first packet, that of the whole when the platform answers once.
func (t *Terminal) ask(ctx context.Context, id uint16, body []byte) (message, error) {
	defer t.until(ctx)()
	first := t.serial
	if err := t.send(id, body); err != nil {
		return message{}, fmt.Errorf("terminal %s: %w", t.Number, err)
	}
	for {
		m, err := t.receive()
		if err != nil {
			return message{}, fmt.Errorf("terminal %s waits for the answer to 0x%04x: %w", t.Number, id, err)
		}
		if m.ID == idSendAgain {
			if err := t.sendAgain(m); err != nil {
				return message{}, fmt.Errorf("terminal %s: %w", t.Number, err)
			}
		} else if len(m.Body) >= 3 && binary.BigEndian.Uint16(m.Body) == first && m.ID&0x8000 != 0 {
			return m, nil
		}
	}
}

// until lets reads and writes end with ctx; the function it gives ends that.
func (t *Terminal) until(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() { t.conn.Close() })
}

// send writes a message in as many packets as it takes.
func (t *Terminal) send(id uint16, body []byte) error {
	var out []byte
	packets := slices.Collect(slices.Chunk(body, maxBody))
	if len(packets) == 0 {
		packets = [][]byte{nil}
	}
	t.sent = map[uint16]message{}
	for i, p := range packets {
		m := message{ID: id, Edition: t.Edition, Terminal: t.Number, Serial: t.serial, Body: p}
		if len(packets) > 1 {
			m.Total, m.Index = uint16(len(packets)), uint16(i+1)
			t.sent[m.Serial] = m
		}
		t.serial++
		out = m.append(out)
	}
	_, err := t.conn.Write(out)
	return err
}

// sendAgain repeats the packets that the platform misses.
func (t *Terminal) sendAgain(m message) error {
	first, packets, err := parseSendAgain(m.Edition, m.Body)
	if err != nil {
		return err
	}
	var out []byte
	for _, p := range packets {
		if m, ok := t.sent[first+p-1]; ok {
			out = m.append(out)
		}
	}
	_, err = t.conn.Write(out)
	return err
}

// receive reads the next message of the platform.
func (t *Terminal) receive() (message, error) {
	for {
		if frame, ok := t.in.Next(); ok {
			data, err := unframe(frame)
			if err != nil {
				return message{}, err
			}
			return parseMessage(data)
		}
		if err := t.in.Fill(); err != nil {
			return message{}, err
		}
	}
}
