// Package mqtt is the door for devices that speak MQTT 3.1.1 or 5, over TCP or WebSocket, with an embedded broker.
// A device publishes under its own name only:
//
//	wardmap/positions/<device>        one JSON report, an array of them, or the compact form (WMP1)
//	wardmap/positions/<device>/nmea   lines of NMEA 0183
//
// and hears PUBACK (PUBREC at QoS 2) only when its positions are durable. Who may read events subscribes below
// wardmap/events/. Nothing else goes through the broker: positions are not passed on, wills and retained messages
// of clients are ignored.
package mqtt

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	broker "github.com/mochi-mqtt/server/v2"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

const (
	positions = "wardmap/positions/"
	events    = "wardmap/events/"
)

// A Login is how a client presents itself.
type Login struct {
	Client   string // identifier of its session
	User     string // "" when it gives none
	Password []byte
	Address  string
}

// Rights are what a client may do. The zero Rights are refused at the door.
type Rights struct {
	Device string          // whose positions it may publish, as registered; "" for none
	Events bool            // it may subscribe to events
	Gone   <-chan struct{} // when closed, the client is sent away; nil is never
}

// Options are what a Door needs. Zero values get the default in brackets.
type Options struct {
	Submit    ingest.Submit
	Authorise func(Login) Rights                                      // safe for concurrent use
	NMEA      func(device string, body []byte) ([]live.Report, error) // reads the bodies of …/nmea; nil: nobody may send them

	Packet  int           // bytes of the longest packet (128 KiB)
	Pending int           // messages of one client that wait to become durable; then it is read no further (128)
	Quiet   time.Duration // longest keep-alive of MQTT 5, and of clients that ask for none (10 min)
	Queue   int           // events that wait for one slow reader; then it loses new ones (512)
	Absence time.Duration // how long subscriptions of who is gone are kept for it (10 min)
	Most    int           // connections at once (20,000)
}

// Counts are what the door has seen, and how many events slow readers lost.
type Counts struct {
	ingest.Counts
	Published uint64 // events
	Lost      uint64 // events times readers
}

// A Door lets devices in and events out. Its methods are safe for concurrent use.
type Door struct {
	o         Options
	tally     ingest.Tally
	broker    *broker.Server
	published atomic.Uint64
}

// New makes a door that is closed until Serve.
func New(o Options) *Door {
	orInt(&o.Packet, 128<<10)
	orInt(&o.Pending, 128)
	orInt(&o.Queue, 512)
	orInt(&o.Most, 20_000)
	orDuration(&o.Quiet, 10*time.Minute)
	orDuration(&o.Absence, 10*time.Minute)
	d := &Door{o: o}
	d.o.Submit = d.tally.Of(o.Submit)
	c := broker.NewDefaultServerCapabilities()
	c.MaximumPacketSize = uint32(o.Packet)
	c.ReceiveMaximum = uint16(min(o.Pending, math.MaxUint16))
	c.MaximumInflight = uint16(min(o.Queue, math.MaxUint16))
	c.MaximumClientWritesPending = int32(o.Queue)
	c.MaximumSessionExpiryInterval = uint32(o.Absence.Seconds())
	c.TopicAliasMaximum = 0 // rights are told by the topic, so each message names it
	c.SharedSubAvailable = 0
	c.MinimumProtocolVersion = 4
	c.Compatibilities.NoInheritedPropertiesOnAck = true
	d.broker = broker.New(&broker.Options{
		Capabilities: c, InlineClient: true, Logger: slog.New(slog.DiscardHandler),
		SysTopicResendInterval: int64((24 * time.Hour).Seconds()), // nobody may read them
	})
	if err := d.broker.AddHook(&hook{door: d}, nil); err != nil {
		panic(err) // the hook has no settings that could be wrong
	}
	return d
}

func orInt(v *int, other int) {
	if *v == 0 {
		*v = other
	}
}

func orDuration(v *time.Duration, other time.Duration) {
	if *v == 0 {
		*v = other
	}
}

// Serve speaks with the clients that tcp and websocket bring until ctx ends, and returns when the last connection
// is closed. Either may be nil. A door serves once.
func (d *Door) Serve(ctx context.Context, tcp, websocket net.Listener) error {
	if err := d.broker.Serve(); err != nil {
		return fmt.Errorf("mqtt: %w", err)
	}
	defer d.broker.Close()
	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // ends when clients have heard why
	defer context.AfterFunc(ctx, func() {
		d.sayGoodbye()
		stop()
	})()
	defer stop()
	var open sync.WaitGroup
	var errs [2]error
	if tcp != nil {
		open.Go(func() {
			errs[0] = d.tally.Accept(serving, tcp, d.o.Most, d.talk)
			stop()
		})
	}
	if websocket != nil {
		open.Go(func() {
			errs[1] = d.serveWebSocket(serving, websocket)
			stop()
		})
	}
	open.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("mqtt: %w", err)
		}
	}
	return nil
}

// Publish sends an event to who has subscribed, at least once to who asked for that and reads fast enough. Retained
// events are also for who subscribes later, within a day. The topic lies below wardmap/events/.
func (d *Door) Publish(topic string, payload []byte, retain bool) error {
	if !strings.HasPrefix(topic, events) || strings.ContainsAny(topic, "+#\x00") {
		return fmt.Errorf("%q is no topic below %s", topic, events)
	}
	d.published.Add(1)
	return d.broker.Publish(topic, payload, retain, 1)
}

// Counts are what the door has seen.
func (d *Door) Counts() Counts {
	info := d.broker.Info
	lost := atomic.LoadInt64(&info.MessagesDropped) + atomic.LoadInt64(&info.InflightDropped)
	return Counts{Counts: d.tally.Counts(), Published: d.published.Load(), Lost: uint64(lost)}
}
