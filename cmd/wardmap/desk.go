package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/stream"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A desk is the live side of the server: the durable logs, the picture and its writer, who may report, the road
// network, the doors that positions come in by, and the subscribers of events.
type desk struct {
	log      *slog.Logger
	stream   *stream.Stream
	picture  *live.Picture
	tracker  *live.Tracker
	outbox   *outbox
	registry *registry
	network  *network
	delivery *deliver.Desk
	safety   atomic.Pointer[tracks] // nil where nobody signs in
	doors    *doors
}

// openDesk opens the logs and rebuilds the picture from them.
func openDesk(ctx context.Context, c config, gate *gate, log *slog.Logger) (d *desk, err error) {
	s, err := stream.Open(ctx, stream.Options{
		Dir: filepath.Join(c.Data, "stream"), URL: c.NATS, Listen: c.NATSListen, Warn: log.Warn,
		Positions: stream.Retention{Age: c.KeepPositions, Bytes: int64(c.KeepMB) << 20},
		Events:    stream.Retention{Age: c.KeepEvents, Bytes: int64(c.KeepMB) << 20},
	})
	if errors.Is(err, stream.ErrUsed) {
		return nil, fmt.Errorf("%w: a second server on one data folder keeps no positions of its own: start it with --live=false, or with another --data", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	d = &desk{log: log, stream: s, outbox: &outbox{log: s.Events()}, network: newNetwork(c.Roads, c.Turns, s.Cursors(), log)}
	d.picture = live.NewPicture(live.Options{})
	d.tracker = live.NewTracker(d.picture, journal{s.Positions()}, d.outbox, live.TrackerOptions{
		Snapshot: filepath.Join(c.Data, "live.state"), Log: log,
	})
	d.outbox.recent = d.tracker.Recent()
	d.registry = newRegistry(d.tracker, log.Warn)
	if err := d.tracker.Recover(ctx); err != nil {
		return nil, err
	}
	if err := d.network.recall(ctx); err != nil {
		return nil, err
	}
	allow, err := c.webhooks(gate.store != nil)
	if err != nil {
		return nil, err
	}
	if d.doors, err = openDoors(ctx, c, gate, d, log); err != nil {
		return nil, err
	}
	d.delivery, err = deliver.Open(ctx, deliver.Options{
		Outbox: delivered{d.outbox}, Keep: s.Cursors(), Allow: allow, Warn: log.Warn,
	}, append(d.doors.events(), natsSink(s))...)
	if err != nil {
		d.doors.close()
	}
	return d, err
}

// natsSink tells other systems of events: wardmap.events.<layer>.<kind>, "-" for events without a fence.
func natsSink(s *stream.Stream) deliver.Sink {
	return deliver.Sink{Name: "nats", Send: func(_ context.Context, events []live.Event) error {
		for _, e := range events {
			layer, _ := layers.SplitFence(e.Fence)
			if layer == "" {
				layer = "-"
			}
			if err := s.Publish("wardmap.events."+layer+"."+e.Kind.String(), e.AppendJSON(nil)); err != nil {
				return err
			}
		}
		return nil
	}}
}

// run works until ctx ends, or the picture can no longer be kept true.
func (d *desk) run(ctx context.Context, w *world) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	work.Go(func() { ended <- d.tracker.Run(ctx) })
	work.Go(func() { d.network.follow(ctx, w) })
	work.Go(func() {
		if err := d.delivery.Run(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("events are no longer delivered", "error", err)
		}
	})
	work.Go(func() { d.doors.run(ctx) })
	err := <-ended
	stop()
	work.Wait()
	return errors.Join(err, d.tracker.Save())
}

// fill brings units, fences and roads to what the layers say. It is called before the server serves, with run
// under way, and again when definitions change.
func (d *desk) fill(ctx context.Context, defs *layers.Catalogue, store layers.Reader) error {
	if err := d.registry.load(ctx, defs, store); err != nil {
		return fmt.Errorf("bring the units and fences into the live picture: %w", err)
	}
	if d.network.Graph() != nil {
		d.network.dirty.Store(true) // only one may build at a time, or an old graph replaces a new one
		return nil
	}
	return d.network.load(ctx, defs, store)
}

// observe hears of every change of features.
func (d *desk) observe(defs *layers.Catalogue, cs []layers.Change) {
	d.registry.observe(defs, cs)
	d.network.touch(cs)
}

// open are the doors that listen, besides HTTP.
func (d *desk) open() (out []door) {
	if d == nil {
		return nil
	}
	for _, one := range d.doors.all {
		if one.listen != nil {
			out = append(out, one)
		}
	}
	return out
}

func (d *desk) close() error {
	d.doors.close()
	return d.stream.Close()
}

// api is the desk as HTTP asks for it.
func (d *desk) api() *api.Live {
	return &api.Live{
		Picture: d.picture, Submit: d.submit, SetState: d.setState, Track: d.track, Alerts: d.outbox,
		Subscribers: subscribers{d.delivery}, Roads: d.network.Graph, Closures: d.network, Refused: d.tracker.Refused, Doors: d.doors.counts,
	}
}

func (d *desk) setState(ctx context.Context, unit string, s live.State) error {
	if _, ok := d.picture.Unit(unit); !ok {
		return fmt.Errorf("unit %s: %w", unit, layers.ErrNotFound)
	}
	return d.tracker.Apply(ctx, live.Entry{States: map[string]live.State{unit: s}})
}

// track reads what a unit reported from the journal.
func (d *desk) track(ctx context.Context, unit string, from, to time.Time, visit api.TrackVisit) error {
	s, ok := d.picture.Unit(unit)
	if !ok {
		return fmt.Errorf("unit %s: %w", unit, layers.ErrNotFound)
	}
	return live.Track(s.Unit, live.Options{}, spatial.InstantOf(from), spatial.InstantOf(to), func(entry func([]byte) error) error {
		return journal{d.stream.Positions()}.since(ctx, from.Add(-time.Hour), entry) // for the fix before the first
	}, visit)
}
