package live

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// nowhere is the place of an event that is not known.
var nowhere = orb.Point{math.NaN(), math.NaN()}

// tell numbers an event and appends it.
func (w *world) tell(e Event, out []Event) []Event {
	w.seq++
	e.Seq = w.seq
	if int(e.Kind) < len(w.events) {
		w.events[e.Kind]++
	}
	return append(out, e)
}

// tellOf tells of a unit alone, where it is judged to be.
func (w *world) tellOf(h fence.Handle, kind fence.Kind, why fence.Reason, at spatial.Instant, out []Event) []Event {
	u := &w.units[h]
	place, _ := u.at()
	if b := w.judged(h); b.fix != 0 {
		place = b.point
	}
	return w.tell(Event{Kind: kind, Reason: why, Unit: u.id(), Class: u.class, Time: at, At: place}, out)
}

// tellAll tells what the fences have decided, with names, and keeps the list for the next decisions.
func (w *world) tellAll(decided []fence.Event, out []Event) []Event {
	for i := range decided {
		d := &decided[i]
		e := Event{
			Kind: d.Kind, Reason: d.Reason, Possible: d.Possible, Side: d.Side, Time: d.Time, At: d.At, For: d.For, Value: d.Value,
		}
		if d.Fence != nil {
			e.Fence, e.Name = d.Fence.ID, d.Fence.Name
		}
		if d.Unit != fence.NoUnit {
			e.Unit, e.Class = w.units[d.Unit].id(), w.units[d.Unit].class
		}
		if d.Other != fence.NoUnit {
			e.Other = w.units[d.Other].id()
		}
		out = w.tell(e, out)
	}
	clear(decided)
	w.decided = decided[:0]
	return out
}
