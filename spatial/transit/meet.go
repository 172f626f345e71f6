package transit

import (
	"cmp"
	"slices"
	"time"
)

// An Arrival is when a bus will be at a stop.
type Arrival struct {
	Stop int // index in Pattern.Stops
	In   time.Duration
}

// Arrivals tells when a bus comes to the stops ahead, at a speed between stops in m/s and with a time at each. The stop
// that it is at, if any, is the first, in no time.
func (p *Pattern) Arrivals(is Progress, speed float64, dwell time.Duration) []Arrival {
	first, more := p.Next(is.Along)
	if !more || !is.Known() || !(speed > 0) {
		return nil
	}
	out := make([]Arrival, 0, len(p.Stops)-first)
	for i, s := range p.Stops[first:] {
		drive := time.Duration(max(0, s.Along-is.Along) / speed * float64(time.Second))
		out = append(out, Arrival{first + i, drive + time.Duration(i)*dwell})
	}
	return out
}

// A Meeting is some stops in a row at each of which a unit is before a bus.
type Meeting struct {
	Unit        string
	First, Last int           // indices in Pattern.Stops, both within
	Unhurried   time.Duration // how much earlier than the bus the unit is at the first one
	Bus         time.Duration // when the bus is at the first one
}

// Meet gives the stops where units are before a bus by at least some time: for each unit the runs of stops in the order
// of the way, soonest first; at the same stop, who waits longest first. A unit between two stops of a run finds the bus
// between them. travel tells how long a unit takes to a stop, and false when it cannot come there.
func Meet(bus []Arrival, units []string, travel func(unit string, stop int) (time.Duration, bool), margin time.Duration) []Meeting {
	var out []Meeting
	for _, unit := range units {
		begin := len(out)
		for _, a := range bus {
			takes, can := travel(unit, a.Stop)
			if !can || takes+margin > a.In {
				continue
			}
			if n := len(out); n > begin && out[n-1].Last == a.Stop-1 {
				out[n-1].Last = a.Stop
				continue
			}
			out = append(out, Meeting{Unit: unit, First: a.Stop, Last: a.Stop, Unhurried: a.In - takes, Bus: a.In})
		}
	}
	slices.SortStableFunc(out, func(a, b Meeting) int {
		return cmp.Or(cmp.Compare(a.Bus, b.Bus), cmp.Compare(b.Unhurried, a.Unhurried), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}
