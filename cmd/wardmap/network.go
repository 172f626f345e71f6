package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
)

// A network is the road graph of a line layer and of the turns that another layer forbids there, made anew a moment
// after one of them changed. Closures are kept beside it and hold on every graph.
type network struct {
	layer, turns string
	log          *slog.Logger
	keep         keeper // of closures
	graph        atomic.Pointer[road.Graph]
	dirty        atomic.Bool

	closing sync.Mutex // one closure is changed at a time; locked before mu
	mu      sync.Mutex // guards closed, and keeps closures and new graphs in order
	closed  map[string]closure
}

func newNetwork(layer, turns string, keep keeper, log *slog.Logger) *network {
	return &network{layer: layer, turns: turns, keep: keep, log: log, closed: map[string]closure{}}
}

// Graph is the graph of the moment, nil when there is none.
func (n *network) Graph() *road.Graph { return n.graph.Load() }

// mostSaid bounds the lines of one build in the log.
const mostSaid = 20

// load builds the graph from the store. A store without the layer has none.
func (n *network) load(ctx context.Context, defs *layers.Catalogue, store layers.Reader) error {
	l, known := defs.Layer(n.layer)
	if !known || !l.IsManaged() {
		n.graph.Store(nil)
		return nil
	}
	var all []road.Segment
	cars := road.Cars()
	if err := store.Scan(ctx, n.layer, func(f spatial.Feature) error {
		all = append(all, cars.Segments(f)...)
		return nil
	}); err != nil {
		return fmt.Errorf("read the roads of layer %s: %w", n.layer, err)
	}
	slices.SortFunc(all, func(a, b road.Segment) int { return strings.Compare(a.ID, b.ID) })
	turns, err := n.restrictions(ctx, defs, store)
	if err != nil {
		return err
	}
	g := road.Build(slices.Values(all), road.Options{Restrictions: turns})
	for i, d := range g.Report().Dropped {
		if i == mostSaid {
			n.log.Warn("the road network leaves out more", "count", len(g.Report().Dropped)-i)
			break
		}
		n.log.Warn("the road network leaves something out", "what", d.ID, "why", d.Reason)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.renew(g); err != nil {
		return fmt.Errorf("close the roads of layer %s that are closed: %w", n.layer, err)
	}
	n.graph.Store(g)
	return nil
}

// restrictions are the turns that a layer forbids, none when there is no such layer.
func (n *network) restrictions(ctx context.Context, defs *layers.Catalogue, store layers.Reader) (all []road.Restriction, err error) {
	if l, known := defs.Layer(n.turns); !known || !l.IsManaged() {
		return nil, nil
	}
	err = store.Scan(ctx, n.turns, func(f spatial.Feature) error {
		r, ok := road.RestrictionOf(f)
		if !ok {
			n.log.Warn("the road network leaves a turn restriction out: it needs a point, from, to and a kind of no or only", "feature", n.turns+"/"+f.ID)
			return nil
		}
		all = append(all, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the turn restrictions of layer %s: %w", n.turns, err)
	}
	return all, nil
}

// follow builds the graph again a moment after its layer has changed.
func (n *network) follow(ctx context.Context, w *world) {
	for sleep(ctx, 2*time.Second) {
		if !n.dirty.CompareAndSwap(true, false) {
			continue
		}
		if err := n.load(ctx, w.catalogue(), w.store); err != nil && ctx.Err() == nil {
			n.dirty.Store(true)
			w.log.Warn("the road network is not the newest", "error", err)
		}
	}
}

// touch says that features changed.
func (n *network) touch(cs []layers.Change) {
	for _, c := range cs {
		if c.Layer == n.layer || c.Layer == n.turns {
			n.dirty.Store(true)
			return
		}
	}
}
