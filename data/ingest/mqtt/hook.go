package mqtt

import (
	"math"
	"strings"

	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook is what the broker asks. Its methods are called in the goroutine that reads the client's packets, so that
// what waits here holds up nobody else.
type hook struct {
	broker.HookBase
	door *Door
}

func (*hook) ID() string { return "wardmap" }

func (*hook) Provides(b byte) bool {
	return b == broker.OnConnect || b == broker.OnConnectAuthenticate || b == broker.OnACLCheck || b == broker.OnPublish
}

// OnConnect lets a client in or refuses it. The broker itself could only refuse it for its password.
func (h *hook) OnConnect(cl *broker.Client, pk packets.Packet) error {
	s := cl.Net.Conn.(*session)
	s.client = cl
	s.rights = h.door.o.Authorise(Login{
		Client: pk.Connect.ClientIdentifier, User: string(pk.Connect.Username), Password: pk.Connect.Password, Address: cl.Net.Remote,
	})
	if s.rights == (Rights{}) {
		h.door.tally.Stranger()
		code := packets.ErrNotAuthorized
		if cl.Properties.ProtocolVersion < 5 {
			code = packets.Err3NotAuthorized
		}
		_ = h.door.broker.SendConnack(cl, code, false, nil) // it is sent away in any case
		return code
	}
	s.whileMay()
	// Identifiers are the clients' own choice: within one right holder they tell sessions apart, and nobody takes
	// over the session of another one.
	name := s.rights.Device
	if name == "" {
		name = "reader " + string(pk.Connect.Username)
	}
	cl.ID = name + "/" + cl.ID
	cl.Properties.Will = broker.Will{}
	if cl.Properties.ProtocolVersion < 5 {
		cl.State.Inflight.ResetReceiveQuota(math.MaxUint16) // it cannot know of a limit, and room holds it anyway
	}
	quiet := uint16(min(h.door.o.Quiet.Seconds(), 1<<15))
	if asked := cl.State.Keepalive; asked == 0 || asked > quiet && cl.Properties.ProtocolVersion == 5 {
		cl.State.Keepalive, cl.State.ServerKeepalive = quiet, true
	}
	return nil
}

func (*hook) OnConnectAuthenticate(*broker.Client, packets.Packet) bool { return true } // OnConnect has decided

// OnACLCheck decides over topics that are written, and over filters that are subscribed.
func (h *hook) OnACLCheck(cl *broker.Client, topic string, write bool) bool {
	s, ok := cl.Net.Conn.(*session)
	if !ok {
		return false
	}
	if !write {
		return s.rights.Events && strings.HasPrefix(topic, events)
	}
	device, ok := strings.CutPrefix(topic, positions)
	if ok && s.rights.Device != "" && (device == s.rights.Device || s.isNMEA(topic)) {
		return true
	}
	h.door.tally.Stranger()
	return false
}

// OnPublish takes positions from the broker: it passes nothing on, and the session acknowledges. Only at QoS 2 the
// broker does, because it must remember the message until PUBREL; so there the client is held until the positions
// are durable.
func (h *hook) OnPublish(cl *broker.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil // an event on its way out
	}
	s := cl.Net.Conn.(*session)
	wait := s.take(pk)
	if pk.FixedHeader.Qos < 2 {
		return pk, packets.ErrRejectPacket
	}
	if durable := <-wait; !durable {
		return pk, packets.ErrRejectPacket
	}
	return pk, packets.CodeSuccessIgnore
}
