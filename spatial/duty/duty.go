// Package duty says what a unit's fixes prove of a shift: how long it was in its beat, and at which of the places where
// it had to call it did call. What they do not prove is unknown, unconfirmed or missed, and never guessed. It answers
// about units, never about persons, reads no clock, and gives totals and calls, no tracks.
package duty

import (
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// A Fix is where a unit was at a moment, as its device says.
type Fix struct {
	Time     time.Time
	At       orb.Point
	Accuracy float64 // metres, one sigma; 0 when unknown
	Mock     bool    // the device says that the position is made up
}

// A Shift is a unit's time of duty [From, To).
type Shift struct {
	Unit     string
	From, To time.Time
}

// Length is how long the shift is; nothing when it ends before it begins.
func (s Shift) Length() time.Duration { return max(s.To.Sub(s.From), 0) }

// inOrder are fixes in the order of time; of several at one time the first as given.
func inOrder(fixes []Fix) []Fix {
	out := slices.Clone(fixes)
	slices.SortStableFunc(out, func(a, b Fix) int { return a.Time.Compare(b.Time) })
	return slices.CompactFunc(out, func(a, b Fix) bool { return a.Time.Equal(b.Time) })
}
