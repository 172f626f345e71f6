package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/data/ingest/gtfsrt"
	"github.com/wardmap/wardmap/data/ingest/jt808"
	"github.com/wardmap/wardmap/data/ingest/mqtt"
	"github.com/wardmap/wardmap/data/ingest/nmea"
	"github.com/wardmap/wardmap/data/stream"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/access"
	"github.com/wardmap/wardmap/spatial/live"
)

// doors are the ways in for devices besides HTTP. Those that the configuration does not open are nil.
type doors struct {
	log  *slog.Logger
	mqtt *mqtt.Door
	all  []door
}

// A door is open while run works.
type door struct {
	name   string
	listen net.Listener // nil for a door that asks itself
	run    func(ctx context.Context, l net.Listener) error
	counts func() ingest.Counts
}

// openDoors takes the addresses of all doors, so that a taken one is said at once.
func openDoors(ctx context.Context, c config, gate *gate, desk *desk, log *slog.Logger) (d *doors, err error) {
	d = &doors{log: log}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	submit, known := ingest.Submit(desk.submit), desk.knows
	if c.MQTT != "" {
		d.mqtt = mqttDoor(ctx, submit, known, gate)
		serve := func(ctx context.Context, l net.Listener) error { return d.mqtt.Serve(ctx, l, nil) }
		if err := d.add("mqtt", c.MQTT, serve, func() ingest.Counts { return d.mqtt.Counts().Counts }); err != nil {
			return nil, err
		}
	}
	if c.JT808 != "" {
		key, err := secret(ctx, desk.stream.Cursors(), "jt808.key")
		if err != nil {
			return nil, err
		}
		one := jt808.New(jt808.Options{Key: key,
			Known: func(number string) bool { return known(terminal(number)) },
			Submit: func(ctx context.Context, rs []live.Report) ([]live.Verdict, error) {
				for i := range rs {
					rs[i].Device = terminal(rs[i].Device)
				}
				return submit(ctx, rs)
			},
		})
		if err := d.add("jt808", c.JT808, one.Serve, one.Counts); err != nil {
			return nil, err
		}
	}
	if c.NMEA != "" {
		one := nmea.New(nmea.Options{Submit: submit, Known: known})
		if err := d.add("nmea", c.NMEA, one.Serve, one.Counts); err != nil {
			return nil, err
		}
	}
	if c.GTFSRT != "" {
		one, err := gtfsrt.New(gtfsrt.Options{Submit: submit, URL: c.GTFSRT})
		if err != nil {
			return nil, fmt.Errorf("--gtfsrt %s: %w", c.GTFSRT, err)
		}
		serve := func(ctx context.Context, _ net.Listener) error { return one.Serve(ctx) }
		d.all = append(d.all, door{"gtfsrt", nil, serve, func() ingest.Counts { return one.Counts().Counts }})
	}
	return d, nil
}

// terminal is the serial number under which a terminal is registered: its number without leading zeros, but one of
// eleven digits with the zero that the protocol sends before it. Many are called by the number of their card; written so
// it is the number of a terminal of the organisation, and no telephone's, which nobody can register.
func terminal(number string) string {
	if len(number) == 11 {
		return "0" + number
	}
	return number
}

// mqttDoor lets registered devices in under their own name. Where there are accounts, each shows its token as the
// password, and programs their key.
func mqttDoor(ctx context.Context, submit ingest.Submit, known ingest.Known, gate *gate) *mqtt.Door {
	return mqtt.New(mqtt.Options{Submit: submit, NMEA: nmea.Parse, Authorise: func(l mqtt.Login) mqtt.Rights {
		if gate.store != nil {
			return gate.byMQTT(ctx, l, known)
		}
		switch {
		case known(l.User):
			return mqtt.Rights{Device: l.User, Events: true}
		case l.User == "" && known(l.Client):
			return mqtt.Rights{Device: l.Client, Events: true}
		case l.User == "":
			return mqtt.Rights{Events: true}
		}
		return mqtt.Rights{}
	}})
}

// byMQTT is what a client may that shows a token as its password. A device hears no events.
func (g *gate) byMQTT(ctx context.Context, l mqtt.Login, known ingest.Known) mqtt.Rights {
	p, err := g.store.Token(ctx, string(l.Password))
	if err != nil || p.Kind == access.Person {
		return mqtt.Rights{}
	}
	rights := mqtt.Rights{Events: p.Rights.May(access.ReadLive)}
	switch {
	case !p.Rights.May(access.ReportPositions):
	case p.Kind == access.Device && p.Name == l.User && known(l.User), p.Kind == access.Client && known(l.User):
		rights.Device = l.User
	}
	if rights != (mqtt.Rights{}) {
		rights.Gone = p.Gone
	}
	return rights
}

func (d *doors) add(name, address string, run func(context.Context, net.Listener) error, counts func() ingest.Counts) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("--%s %s: %w", name, address, err)
	}
	d.all = append(d.all, door{name, l, run, counts})
	return nil
}

// secret is a random key that is the same in every life of the server.
func secret(ctx context.Context, keep *stream.Cursors, name string) ([]byte, error) {
	key, ok, err := keep.Get(ctx, name)
	if err != nil || ok {
		return key, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key, keep.Put(ctx, name, key)
}

// run keeps the doors open until ctx ends.
func (d *doors) run(ctx context.Context) {
	var open sync.WaitGroup
	for _, one := range d.all {
		open.Go(func() {
			if err := one.run(ctx, one.listen); err != nil && ctx.Err() == nil {
				d.log.Error("a door for positions is closed", "door", one.name, "error", err)
			}
		})
	}
	open.Wait()
}

func (d *doors) close() {
	for _, one := range d.all {
		if one.listen != nil {
			one.listen.Close()
		}
	}
}

// counts are what the doors have seen, by name.
func (d *doors) counts() map[string]map[string]uint64 {
	out := map[string]map[string]uint64{}
	for _, one := range d.all {
		c := one.counts()
		out[one.name] = map[string]uint64{
			"received": c.Received, "accepted": c.Accepted, "failed": c.Failed, "bad": c.Bad, "strangers": c.Strangers,
			"full": c.Full, "open": uint64(max(0, c.Open)),
		}
	}
	return out
}

// events tells readers of MQTT: wardmap/events/<layer>/<feature>/<kind>, "-" where there is no fence.
func (d *doors) events() []deliver.Sink {
	if d.mqtt == nil {
		return nil
	}
	return []deliver.Sink{{Name: "mqtt", Send: func(_ context.Context, events []live.Event) error {
		var failed error
		for _, e := range events {
			layer, feature := layers.SplitFence(e.Fence)
			if layer == "" {
				layer, feature = "-", "-"
			}
			failed = errors.Join(failed, d.mqtt.Publish("wardmap/events/"+layer+"/"+feature+"/"+e.Kind.String(), e.AppendJSON(nil), false))
		}
		return failed
	}}}
}
