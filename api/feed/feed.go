// Package feed tells open maps what changed: a bounded ring of small events that every subscriber reads at its
// own pace. Publishing never blocks and costs the same with no subscriber as with ten thousand. Changes are
// gathered for a moment and sent as one event of boxes per layer. A subscriber that falls behind the ring, or
// comes back after the server was started anew, gets a gap and has to ask for the state again. The package
// owns the wire form of the events (text/event-stream) and knows no HTTP.
package feed

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// Size of the ring in events, Delay of gathering, and how many boxes one event names per layer at most.
const (
	Size     = 4096
	Delay    = 50 * time.Millisecond
	MaxBoxes = 64
)

// A Hub gathers changes and keeps the latest events. The zero Hub is not usable: see NewHub. Safe for
// concurrent use. It runs no goroutine while nothing happens.
type Hub struct {
	version string
	boot    string
	size    int
	delay   time.Duration

	mu      sync.Mutex // guards all below
	ring    []event    // of the numbers newest-len(ring)+1 to newest, at number modulo size
	newest  uint64
	pending map[string][]orb.Bound
	edited  map[string]uint64 // how often something of a layer was published
	renamed map[string]bool   // layers whose definitions changed
	timer   *time.Timer       // runs while something is pending
	news    chan struct{}     // closed and replaced with every event
	closed  bool
}

type event struct {
	name string
	data []byte // JSON
	of   scoped // what data tells; nil for a gap
}

// NewHub makes a hub. version is that of the program and part of the first message.
func NewHub(version string) *Hub { return newHub(version, Size, Delay) }

func newHub(version string, size int, delay time.Duration) *Hub {
	return &Hub{
		version: version, boot: strings.ToLower(rand.Text()[:10]), size: size, delay: delay,
		pending: map[string][]orb.Bound{}, edited: map[string]uint64{}, renamed: map[string]bool{}, news: make(chan struct{}),
	}
}

// Observe publishes changes of features. It is a layers.Observer.
func (h *Hub) Observe(changes []layers.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range changes {
		h.add(c.Layer, c.Touched())
	}
}

// Publish says that the tiles of a layer inside the boxes are new.
func (h *Hub) Publish(layer string, boxes ...orb.Bound) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(layer, boxes)
}

// PublishAll says that all tiles of a layer are new.
func (h *Hub) PublishAll(layer string) {
	h.Publish(layer, orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}})
}

// PublishLayers says that definitions changed.
func (h *Hub) PublishLayers(ids ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		h.renamed[id] = true
	}
	h.schedule()
}

// Revision grows whenever something of a layer is published, before the publisher goes on.
func (h *Hub) Revision(layer string) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.edited[layer]
}

// Close ends all subscriptions. What is published later is lost.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	close(h.news)
}

// add is called with the lock held.
func (h *Hub) add(layer string, boxes []orb.Bound) {
	h.edited[layer]++
	for _, b := range boxes {
		if !b.IsEmpty() {
			h.pending[layer] = Merge(h.pending[layer], b)
		}
	}
	if len(h.pending) > 0 {
		h.schedule()
	}
}

func (h *Hub) schedule() {
	if h.timer == nil && !h.closed {
		h.timer = time.AfterFunc(h.delay, h.flush)
	}
}

// flush makes events of what was gathered.
func (h *Hub) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = nil
	if h.closed {
		return
	}
	if len(h.renamed) > 0 {
		ids := slices.Sorted(maps.Keys(h.renamed))
		h.append("layers", layersData{Layers: ids})
		clear(h.renamed)
	}
	if len(h.pending) > 0 {
		boxes := make(map[string][][4]float64, len(h.pending))
		for layer, bs := range h.pending {
			for _, b := range bs {
				boxes[layer] = append(boxes[layer], [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]})
			}
		}
		h.append("change", changeData{Layers: boxes})
		clear(h.pending)
	}
	close(h.news)
	h.news = make(chan struct{})
}

type changeData struct {
	Seq    uint64                  `json:"seq"`
	Layers map[string][][4]float64 `json:"layers"`
}

type layersData struct {
	Seq    uint64   `json:"seq"`
	Layers []string `json:"layers"`
}

func (h *Hub) append(name string, data scoped) {
	h.newest++
	data = data.numbered(h.newest)
	text, err := json.Marshal(data)
	if err != nil { // a box that is not finite; whoever reads the event asks for everything
		name, text, data = "gap", fmt.Appendf(nil, `{"seq":%d}`, h.newest), nil
	}
	e := event{name, text, data}
	if len(h.ring) < h.size {
		h.ring = append(h.ring, e)
	} else {
		h.ring[(h.newest-1)%uint64(h.size)] = e
	}
}

// oldest is the number of the oldest event in the ring, newest+1 when there is none.
func (h *Hub) oldest() uint64 { return h.newest + 1 - uint64(len(h.ring)) }
