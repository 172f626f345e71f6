package fence

import (
	"iter"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Neighbors visits who is within meters of a place now.
type Neighbors func(center orb.Point, meters float64, visit func(u Handle, at orb.Point, class spatial.Class))

// An Engine holds fences and decides.
type Engine struct{ near Neighbors }

// NewEngine makes an engine without fences. near may be nil when there are no moving circles.
func NewEngine(near Neighbors) *Engine { return &Engine{near: near} }

// Check says what is wrong with a fence.
func (f *Fence) Check() error { return nil }

// Put takes a new fence, or one instead of that of the same ID.
func (e *Engine) Put(f *Fence, now spatial.Instant, out []Event) ([]Event, error) { return out, nil }

// Remove takes a fence out.
func (e *Engine) Remove(id string, now spatial.Instant, why Reason, out []Event) []Event { return out }

// Move decides on one fix.
func (e *Engine) Move(m Move, out []Event) []Event { return out }

// Lost tells that a unit has gone stale.
func (e *Engine) Lost(u Handle, now spatial.Instant, out []Event) []Event { return out }

// Forget tells that a unit is no more.
func (e *Engine) Forget(u Handle, now spatial.Instant, why Reason, out []Event) []Event { return out }

// Advance lets time pass up to now.
func (e *Engine) Advance(now spatial.Instant, out []Event) []Event { return out }

// Fence is the fence of that ID, nil when there is none.
func (e *Engine) Fence(id string) *Fence { return nil }

// Len is how many fences there are.
func (e *Engine) Len() int { return 0 }

// Fences are all fences in order of ID.
func (e *Engine) Fences() iter.Seq[*Fence] { return func(func(*Fence) bool) {} }

// Containing visits the areas, circles and corridors that hold p then, in order of ID.
func (e *Engine) Containing(p orb.Point, altitude float64, at time.Time, visit func(f *Fence) bool) {}

// Inside are the fences that a unit is in, since when.
func (e *Engine) Inside(u Handle) iter.Seq2[*Fence, spatial.Instant] {
	return func(func(*Fence, spatial.Instant) bool) {}
}

// Occupants is how many units are in a fence.
func (e *Engine) Occupants(id string) int { return 0 }

// AppendState writes what is known of units.
func (e *Engine) AppendState(dst []byte) []byte { return dst }

// ReadState reads what AppendState wrote. The same fences must have been put before.
func (e *Engine) ReadState(data []byte) error { return nil }
