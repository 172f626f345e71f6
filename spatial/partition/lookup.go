package partition

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Of tells which part a place belongs to at a moment. Borders belong to the parts on both sides; of several parts that
// hold the place it is the one with the lowest id. So every place that is covered has exactly one answer, always the
// same, whatever the order of the parts.
func Of(parts []Part, place orb.Point, at time.Time) (Part, bool) {
	best := -1
	for i := range parts {
		p := &parts[i]
		if best >= 0 && p.ID >= parts[best].ID || !p.Effective.Holds(at) {
			continue
		}
		if spatial.Intersects(orb.Bound{Min: place, Max: place}, polygonsOf(p.Area)) {
			best = i
		}
	}
	if best < 0 {
		return Part{}, false
	}
	return parts[best], true
}
