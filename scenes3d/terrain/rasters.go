package terrain

import (
	"container/list"
	"sync"

	"github.com/wardmap/wardmap/tiles"
)

// rasters keeps the tiles that were used last, also that there are none.
type rasters struct {
	room int // bytes

	mu    sync.Mutex // guards all below
	known map[tiles.ID]*list.Element
	order list.List // of *kept, most recently used in front
	held  int       // bytes
}

type kept struct {
	id  tiles.ID
	one *raster // nil is none
}

// size is what a tile takes, with what it takes to keep it.
func (k *kept) size() int {
	const frame = 256
	if k.one == nil {
		return frame
	}
	return frame + 4*len(k.one.heights)
}

func (r *rasters) get(id tiles.ID) (one *raster, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, known := r.known[id]
	if !known {
		return nil, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*kept).one, true
}

func (r *rasters) put(id tiles.ID, one *raster) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.known[id]; known { // somebody read it at the same time
		return
	}
	if r.known == nil {
		r.known = map[tiles.ID]*list.Element{}
	}
	k := &kept{id, one}
	r.known[id] = r.order.PushFront(k)
	for r.held += k.size(); r.held > r.room && r.order.Len() > 1; {
		old := r.order.Remove(r.order.Back()).(*kept)
		delete(r.known, old.id)
		r.held -= old.size()
	}
}
