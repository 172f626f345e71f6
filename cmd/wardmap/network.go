package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
)

// A network is the road graph of a line layer, made anew a moment after the layer changed. Closures are kept
// beside it and hold on every graph.
type network struct {
	layer string
	graph atomic.Pointer[road.Graph]
	dirty atomic.Bool

	mu     sync.Mutex // guards closed, and keeps closures and new graphs in order
	closed map[string]closure
}

func newNetwork(layer string) *network { return &network{layer: layer, closed: map[string]closure{}} }

// Graph is the graph of the moment, nil when there is none.
func (n *network) Graph() *road.Graph { return n.graph.Load() }

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
	g := road.Build(slices.Values(all), road.Options{})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.renew(g)
	n.graph.Store(g)
	return nil
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
		if c.Layer == n.layer {
			n.dirty.Store(true)
			return
		}
	}
}
