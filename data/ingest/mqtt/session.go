package mqtt

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

// greeting is how long a connection may take until it has presented itself.
const greeting = 10 * time.Second

// A session is one connection, as the broker sees it: reads and writes go through. What the client publishes
// gathers here while the gathering before becomes durable, so that a client which does not wait for each
// acknowledgement gets many with one write to disk.
type session struct {
	net.Conn
	door   *Door
	ctx    context.Context
	client *broker.Client // set when it connects, as rights
	rights Rights

	ended   chan struct{} // closed when the connection has
	room    chan struct{} // one place for each message that waits
	working sync.WaitGroup
	lost    bool // a submission failed, nothing is acknowledged any more; owned by work

	mu   sync.Mutex // guards what follows
	next gathering
	busy bool // work is going on
}

// A gathering is what is submitted at once.
type gathering struct {
	reports  []live.Report
	messages []message
}

// A message waits for its reports, in the order of the gathering.
type message struct {
	id      uint16
	qos     byte
	reports int
	reason  byte        // what PUBACK says of it if it is not 0
	durable chan<- bool // at QoS 2
}

// talk lets the broker speak with one connection.
func (d *Door) talk(ctx context.Context, c net.Conn) {
	s := &session{Conn: c, door: d, ctx: ctx, room: make(chan struct{}, d.o.Pending), ended: make(chan struct{})}
	defer s.working.Wait()
	defer close(s.ended)
	if c.SetDeadline(time.Now().Add(greeting)) != nil { // the broker sets another one when the client is in
		return
	}
	_ = d.broker.EstablishConnection("door", s) // how a client left is nobody's concern
}

// whileMay ends the connection when its client may no more what it might.
func (s *session) whileMay() {
	if s.rights.Gone == nil {
		return
	}
	s.working.Go(func() {
		select {
		case <-s.rights.Gone:
			_ = s.Close() // it may have ended already
		case <-s.ended:
		}
	})
}

// take brings a message into the next gathering, and waits when too many wait already. What it gives is heard at
// QoS 2 only: whether the message is durable.
func (s *session) take(pk packets.Packet) <-chan bool {
	m := message{id: pk.PacketID, qos: pk.FixedHeader.Qos}
	var durable chan bool
	if m.qos == 2 {
		durable = make(chan bool, 1)
		m.durable = durable
	}
	s.room <- struct{}{}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.next.reports)
	s.next.reports, m.reason = s.read(pk, s.next.reports)
	m.reports = len(s.next.reports) - before
	s.next.messages = append(s.next.messages, m)
	if !s.busy {
		s.busy = true
		s.working.Go(s.work)
	}
	return durable
}

// read appends the reports of a message. When they cannot be taken it appends none and gives the reason.
func (s *session) read(pk packets.Packet, into []live.Report) ([]live.Report, byte) {
	before := len(into)
	rs, err := s.decode(pk, into)
	if err != nil {
		s.door.tally.Bad()
		return into[:before], packets.ErrPayloadFormatInvalid.Code
	}
	for i := range rs[before:] {
		r := &rs[before+i]
		if r.Device == "" {
			r.Device = s.rights.Device
		}
		if r.Device != s.rights.Device {
			s.door.tally.Stranger()
			return into[:before], packets.ErrNotAuthorized.Code
		}
	}
	return rs, 0
}

func (s *session) decode(pk packets.Packet, into []live.Report) ([]live.Report, error) {
	switch {
	case s.isNMEA(pk.TopicName) && s.door.o.NMEA == nil:
		return nil, fmt.Errorf("NMEA is not read here")
	case s.isNMEA(pk.TopicName):
		rs, err := s.door.o.NMEA(s.rights.Device, pk.Payload)
		return append(into, rs...), err
	case bytes.HasPrefix(pk.Payload, []byte("WMP1")):
		return live.DecodeReports(pk.Payload, into)
	}
	return live.DecodeJSON(pk.Payload, s.rights.Device, into)
}

func (s *session) isNMEA(topic string) bool {
	return topic == positions+s.rights.Device+"/nmea"
}

// work submits gatherings until there is none.
func (s *session) work() {
	var spare gathering
	for {
		s.mu.Lock()
		g := s.next
		s.next = gathering{spare.reports[:0], spare.messages[:0]}
		s.busy = len(g.messages) > 0
		s.mu.Unlock()
		if len(g.messages) == 0 {
			return
		}
		s.submit(g)
		for range g.messages {
			<-s.room
		}
		spare = g
	}
}

// submit makes a gathering durable and acknowledges its messages. When that fails the client is sent away, because
// that is how it learns to send them again.
func (s *session) submit(g gathering) {
	var verdicts []live.Verdict
	if len(g.reports) > 0 && !s.lost {
		var err error
		if verdicts, err = s.door.o.Submit(s.ctx, g.reports); err != nil {
			s.lost = g.mustBeHeard()
			verdicts = nil
		}
	}
	if s.lost {
		s.dismiss(packets.ErrServerBusy)
		for _, m := range g.messages {
			if m.qos == 2 {
				m.durable <- false
			}
		}
		return
	}
	if acks := s.acknowledge(g.messages, verdicts); len(acks) > 0 {
		_, _ = s.Write(acks) // who does not hear it sends again
	}
}

// mustBeHeard tells whether somebody waits for an acknowledgement.
func (g gathering) mustBeHeard() bool {
	for _, m := range g.messages {
		if m.qos > 0 {
			return true
		}
	}
	return false
}

// acknowledge gives the PUBACKs of messages in their order. Verdicts are empty when nobody waits for them.
func (s *session) acknowledge(ms []message, verdicts []live.Verdict) (acks []byte) {
	for _, m := range ms {
		own := verdicts[:min(m.reports, len(verdicts))]
		verdicts = verdicts[len(own):]
		if m.reason == 0 && ingest.Unregistered(own) {
			m.reason = packets.ErrNotAuthorized.Code
		}
		switch {
		case m.qos == 0:
		case m.qos == 1:
			acks = s.append(acks, 0x40, m)
		case m.reason != 0 && s.client.Properties.ProtocolVersion == 5:
			acks = s.append(acks, 0x50, m)
			m.durable <- false // it was answered: the broker need not
		default:
			m.durable <- true
		}
	}
	return acks
}

// append writes a PUBACK or PUBREC. MQTT 3.1.1 knows no reasons: what was refused is acknowledged there as well, or
// the client would send it for ever.
func (s *session) append(dst []byte, kind byte, m message) []byte {
	if m.reason == 0 || s.client.Properties.ProtocolVersion < 5 {
		return append(dst, kind, 2, byte(m.id>>8), byte(m.id))
	}
	return append(dst, kind, 3, byte(m.id>>8), byte(m.id), m.reason)
}

// dismiss ends the connection, with a reason where MQTT has a word for it.
func (s *session) dismiss(why packets.Code) {
	if s.client.Properties.ProtocolVersion == 5 {
		_ = s.door.broker.DisconnectClient(s.client, why)
		return
	}
	s.client.Stop(why)
}

// sayGoodbye tells clients that the server stops.
func (d *Door) sayGoodbye() {
	for _, cl := range d.broker.Clients.GetAll() {
		if s, ok := cl.Net.Conn.(*session); ok && !cl.Closed() {
			s.dismiss(packets.ErrServerShuttingDown)
		}
	}
}
