package live

import (
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// agenda is a heap of moments at which a unit needs attention, the earliest first, then the lowest handle. Entries
// are not taken out when plans change: who takes one asks whether it is still valid.
type agenda []entry

type entry struct {
	at   spatial.Instant
	unit fence.Handle
}

func (e entry) before(other entry) bool {
	return e.at < other.at || e.at == other.at && e.unit < other.unit
}

func (a *agenda) add(e entry) {
	h := append(roomy(*a), e)
	*a = h
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

// next is the first entry, when it is not after now.
func (a agenda) next(now spatial.Instant) (entry, bool) {
	if len(a) == 0 || a[0].at > now {
		return entry{}, false
	}
	return a[0], true
}

// drop takes the first entry out.
func (a *agenda) drop() {
	h := *a
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	*a = h
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return
		}
		if down+1 < last && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(h[i]) {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}
