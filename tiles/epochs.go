package tiles

import (
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"
)

// clock numbers all touches of the process, so that the epochs of a layer that was built anew go on above
// those of the old one and no cache key comes back.
var clock atomic.Uint64

// touchedCells bounds how many squares one Touch marks at its finest zoom, and knownCells how many an Epochs
// remembers before it forgets places and says that everything changed.
const (
	touchedCells = 16
	knownCells   = 1 << 20
)

// Epochs remembers, for one layer, when each part of the world changed last. The epoch of a tile is part of
// its cache key: a tile whose content may differ has another key, so nothing needs to be purged and nothing
// old can be served. Who reads the epoch before the data can only err to the fresh side.
//
// A touch marks the squares that cover it at the deepest zoom where they are few ("all below here changed")
// and their ancestors ("something below changed"). Safe for concurrent use.
type Epochs struct {
	mu    sync.RWMutex // guards cells and all
	cells map[ID]marks
	all   uint64 // every tile is at least this new
}

// marks are epochs: whole counts for the square and all below it, part for the square itself only.
type marks struct{ whole, part uint64 }

// NewEpochs starts an epoch of its own for the whole world.
func NewEpochs() *Epochs { return &Epochs{cells: map[ID]marks{}, all: clock.Add(1)} }

// At is the epoch of a tile, its buffer included.
func (e *Epochs) At(id ID) uint64 {
	e.mu.RLock()
	defer e.mu.RUnlock()
	newest := max(e.all, e.cells[id].part)
	for {
		newest = max(newest, e.cells[id].whole)
		if id.Z == 0 {
			return newest
		}
		id = id.Parent()
	}
}

// Touch says that the content inside the boxes may have changed. Empty boxes touch nothing.
func (e *Epochs) Touch(boxes ...orb.Bound) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range boxes {
		if !b.IsEmpty() {
			e.touch(b, clock.Add(1))
		}
	}
}

// TouchAll says that everything may have changed.
func (e *Epochs) TouchAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = clock.Add(1)
	clear(e.cells)
}

func (e *Epochs) touch(b orb.Bound, now uint64) {
	if len(e.cells) > knownCells {
		e.all = now
		clear(e.cells)
		return
	}
	deepest := uint8(0)
	for z := uint8(1); z <= MaxZoom && Cover(b, z).Count() <= touchedCells; z++ {
		deepest = z
	}
	for z := uint8(0); z < deepest; z++ {
		for id := range Cover(b, z).IDs() {
			m := e.cells[id]
			m.part = now
			e.cells[id] = m
		}
	}
	for id := range Cover(b, deepest).IDs() {
		e.cells[id] = marks{whole: now, part: now}
	}
}
