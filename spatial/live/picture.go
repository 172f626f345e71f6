package live

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Picture is where everything is now, and what it is in. Any number of readers may ask at once; changes come
// from one goroutine, in the order of a log. A visitor is called while the picture stands still: it must be quick
// and must not call the picture.
type Picture struct {
	mu sync.RWMutex // guards w
	w  *world
}

// ErrUnknownUnit is the answer about a unit that is not registered.
var ErrUnknownUnit = errors.New("no such unit")

// NewPicture makes a picture of nothing.
func NewPicture(o Options) *Picture { return &Picture{w: newWorld(o)} }

// PutUnit registers a unit, or changes its registration. A State of StateUnknown keeps the state it has.
func (p *Picture) PutUnit(u Unit, now spatial.Instant, out []Event) []Event { return out }

// RemoveUnit takes a unit off: it leaves its fences, and its devices are nobody's.
func (p *Picture) RemoveUnit(id string, now spatial.Instant, out []Event) []Event { return out }

// SetState tells what a unit is doing.
func (p *Picture) SetState(id string, s State, now spatial.Instant) error { return nil }

// PutFence takes a new fence, or one instead of that of the same ID. The same rule again changes nothing.
func (p *Picture) PutFence(f *fence.Fence, now spatial.Instant, out []Event) ([]Event, error) {
	return out, nil
}

// RemoveFence takes a fence out.
func (p *Picture) RemoveFence(id string, now spatial.Instant, out []Event) []Event { return out }

// Report takes reports that arrived at now, and appends one verdict for each, and the events.
func (p *Picture) Report(now spatial.Instant, rs []Report, verdicts []Verdict, out []Event) ([]Verdict, []Event) {
	return verdicts, out
}

// Advance lets time pass up to now.
func (p *Picture) Advance(now spatial.Instant, out []Event) []Event { return out }

// Flush takes the fixes that still wait for late ones before them, at the end of a replay, and lets time pass.
func (p *Picture) Flush(now spatial.Instant, out []Event) []Event { return out }

// Due is when Advance will have something to do; 0 is never.
func (p *Picture) Due() spatial.Instant { return 0 }

// Now is the newest time that the picture was told.
func (p *Picture) Now() spatial.Instant { return 0 }

// Seq is the number of the last event.
func (p *Picture) Seq() uint64 { return 0 }

// Unit is a unit by its id.
func (p *Picture) Unit(id string) (Sight, bool) { return Sight{}, false }

// Units visits all units, those without a position too, until visit returns false.
func (p *Picture) Units(visit func(Sight) bool) {}

// Speaks is the id of the unit that a device speaks for.
func (p *Picture) Speaks(device string) (unit string, ok bool) { return "", false }

// Nearest are the units nearest to a point, the nearest first.
func (p *Picture) Nearest(q Search) []Near { return nil }

// Explain says why the filter leaves a unit out, for people: "" when it does not.
func (p *Picture) Explain(id string, f Filter) string { return "" }

// Within visits the units in a box until visit returns false.
func (p *Picture) Within(box orb.Bound, f Filter, visit func(Sight) bool) {}

// Changes visits the units that changed after a version, the latest first, until visit returns false, and returns
// the newest version: what to ask with next time. Since 0 means everything that is there.
func (p *Picture) Changes(since uint64, visit func(Moved) bool) (newest uint64) { return 0 }

// Containing visits the fences that hold a place at a time, in order of ID.
func (p *Picture) Containing(pt orb.Point, altitude float64, at time.Time, visit func(*fence.Fence) bool) {
}

// Fence is the fence of an ID.
func (p *Picture) Fence(id string) (*fence.Fence, bool) { return nil, false }

// Fences visits all fences in order of ID, until visit returns false.
func (p *Picture) Fences(visit func(*fence.Fence) bool) {}

// Occupants is how many units are in a fence.
func (p *Picture) Occupants(id string) int { return 0 }

// FenceCount is how many fences there are.
func (p *Picture) FenceCount() int { return 0 }

// Counts are the counters.
func (p *Picture) Counts() Counts { return Counts{} }

// WriteState writes everything that a fresh picture needs to go on as this one.
func (p *Picture) WriteState(w io.Writer) error { return nil }

// ReadState takes what WriteState wrote instead of everything the picture knows. On an error it knows what it did.
func (p *Picture) ReadState(r io.Reader) error { return nil }

// reset forgets everything.
func (p *Picture) reset() {}

// countFrom makes the next event the one after seq, unless the picture is beyond it.
func (p *Picture) countFrom(seq uint64) {}

// admit says which reports come from registered devices: the verdict of the others is Unregistered.
func (p *Picture) admit(rs []Report, verdicts []Verdict) (unregistered int) { return 0 }
