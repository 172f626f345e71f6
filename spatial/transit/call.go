package transit

import (
	"math"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// A Call is a bus at a stop. The zero value is a bus between two stops.
type Call struct {
	Here  bool
	Stop  int             // index in Pattern.Stops
	Since spatial.Instant // of the first fix there
	Last  spatial.Instant // of the last fix there
}

// Dwell is how long the bus was seen at the stop.
func (c Call) Dwell() time.Duration { return c.Last.Sub(c.Since) }

// Metres beyond which a bus that stood at a stop has left it, along the line; and beside the line.
const (
	leave  = reach + 20
	beside = 50.0
)

// Call takes the progress of one more fix: the call as it is now, and the one that ended by it, if one did. A bus is at
// the nearest stop within reach along its line, as long as it is not beside the line.
func (p *Pattern) Call(was Call, is Progress) (now, ended Call) {
	onLine := is.Deviation <= beside
	if was.Here && onLine && math.Abs(is.Along-p.Stops[was.Stop].Along) <= leave {
		if i, there := p.stopAt(is.Along); !there || i == was.Stop {
			was.Last = is.Time
			return was, Call{}
		}
	}
	if i, there := p.stopAt(is.Along); there && onLine && is.Known() {
		now = Call{Here: true, Stop: i, Since: is.Time, Last: is.Time}
	}
	if was.Here {
		ended = was
	}
	return now, ended
}

// stopAt is the nearest stop within reach.
func (p *Pattern) stopAt(along float64) (stop int, there bool) {
	first, _ := p.Next(along)
	best := reach
	for i := first; i < len(p.Stops) && p.Stops[i].Along <= along+reach; i++ {
		if d := math.Abs(p.Stops[i].Along - along); d <= best && (d < best || !there) {
			best, stop, there = d, i, true
		}
	}
	return stop, there
}
