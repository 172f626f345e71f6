package live

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Filter says which units are meant. The zero Filter means every unit that moves and has a fresh position.
type Filter struct {
	Classes spatial.ClassSet // empty is all that move
	States  StateSet         // empty is any
	Skills  []string         // it must have all of them
	Kinds   []string         // one of them; empty is any
	Orgs    []string         // its organisation's code must begin with one of them; empty is any
	Under   string           // its organisation is this one or below it, see spatial.Under; "" is any
	MaxAge  time.Duration    // its fix is not older than that at At; 0 is any age that is fresh
	At      spatial.Instant  // now; 0 is the time of the picture
	Fence   string           // it is inside the fence of this ID; "" is anywhere
	// StaleToo lets in units whose fix is stale, and devices that stand at home without having reported. Expired
	// ones stay out.
	StaleToo bool
}

// A StateSet is a set of states, one bit each. The empty set stands for all.
type StateSet uint16

// Recommended is the states of units that are offered for a task when nothing else is asked.
const Recommended StateSet = 1<<Available | 1<<AvailableDelayed

// StatesOf is the set of the given states.
func StatesOf(states ...State) (s StateSet) {
	for _, one := range states {
		s |= 1 << one
	}
	return s
}

// Has tells whether the state is in the set, or the set is empty.
func (s StateSet) Has(one State) bool { return s == 0 || s&(1<<one) != 0 }

// A Search asks for the units nearest to a point.
type Search struct {
	Point  orb.Point
	K      int // how many; 0 is 10
	Filter Filter
	Within float64 // metres; 0 is any distance
}

// A Near is a unit with its distance. The fences it is Inside of are left out.
type Near struct {
	Sight
	Meters float64
}
