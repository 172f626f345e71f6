package pmtiles

import (
	"container/list"
	"sync"
)

// maxCached is how many entries of leaf directories are kept: 12 MB.
const maxCached = 1 << 19

// directories keeps the leaf directories that were used last. The zero value is ready.
type directories struct {
	mu    sync.Mutex // guards all below
	known map[uint64]*list.Element
	order list.List // of *leaf, most recently used in front
	held  int       // entries
}

type leaf struct {
	at  uint64
	dir []entry
}

func (d *directories) get(at uint64) ([]entry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.known[at]
	if !ok {
		return nil, false
	}
	d.order.MoveToFront(e)
	return e.Value.(*leaf).dir, true
}

func (d *directories) put(at uint64, dir []entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.known[at]; known || len(dir) > maxCached {
		return
	}
	if d.known == nil {
		d.known = map[uint64]*list.Element{}
	}
	d.known[at] = d.order.PushFront(&leaf{at, dir})
	for d.held += len(dir); d.held > maxCached; {
		old := d.order.Remove(d.order.Back()).(*leaf)
		delete(d.known, old.at)
		d.held -= len(old.dir)
	}
}
