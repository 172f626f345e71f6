package atlas

import (
	"container/heap"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// dates is a heap of the moments at which features begin or cease to hold.
type dates []date

type date struct {
	at      time.Time
	n       uint32
	version int64 // of the feature when it was noted; another version has notes of its own
}

func (d dates) Len() int           { return len(d) }
func (d dates) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dates) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dates) Push(x any)        { *d = append(*d, x.(date)) }
func (d *dates) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}

// add notes the ends of a span that lie ahead.
func (d *dates) add(v spatial.Validity, now time.Time, n uint32, version int64) {
	for _, at := range []time.Time{v.From, v.To} {
		if !at.IsZero() && at.After(now) {
			heap.Push(d, date{at, n, version})
		}
	}
}

// note notes when a feature will begin or cease to hold, and forgets old notes when they get many.
func (l *Layer) note(n uint32) {
	l.due.add(l.spans[n], l.now, n, l.feats[n].version)
	if len(l.due) > 64+4*len(l.spans) {
		l.due = l.due[:0]
		for n, v := range l.spans {
			l.due.add(v, l.now, n, l.feats[n].version)
		}
	}
}

// tick moves the layer's time on; it never goes back.
func (l *Layer) tick(now time.Time) {
	if now.After(l.now) {
		l.now = now
	}
}

// Advance shows and hides what began or ceased to hold since the last call and returns where. It also forgets
// features that were removed long ago. Call it every second or so.
func (l *Layer) Advance(now time.Time) (dirty []orb.Bound) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick(now)
	for id, g := range l.graves {
		if l.now.Sub(g.at) > graveTime {
			delete(l.graves, id)
		}
	}
	for len(l.due) > 0 && !l.due[0].at.After(l.now) {
		d := heap.Pop(&l.due).(date)
		f := l.feats[d.n]
		if f.state&used == 0 || f.version != d.version || f.state&pending != 0 {
			continue
		}
		if is := f.state&shown != 0; is != l.holds(d.n) {
			dirty = append(dirty, l.box(d.n).degrees())
			if is {
				l.hide(d.n)
			} else {
				l.show(d.n)
			}
		}
	}
	return dirty
}
