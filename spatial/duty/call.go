package duty

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
)

// A Point is a place where a unit must call.
type Point struct {
	ID     string
	At     orb.Point
	Radius float64         // metres
	Dwell  time.Duration   // the shortest stay; 0: one fix is enough
	Window *fence.Schedule // when; nil is all day
}

// An Outcome is what became of a call that was due.
type Outcome uint8

const (
	Done        Outcome = iota + 1
	Unconfirmed         // done, if fixes are believed that are doubtful
	Late                // done after the window, and before the shift ended or the next window began
	Short               // stayed for less than it must
	Missed
)

var outcomes = [...]string{"", "done", "unconfirmed", "late", "short", "missed"}

func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return ""
}

// A Reason is why a call was missed.
type Reason uint8

const (
	NoReason   Reason = iota
	Unheard           // no fix at all in the window: where the unit was is not known
	Elsewhere         // never near it
	TooEarly          // there before the window only
	OtherUnit         // another unit called, which was not the assigned one
	TooInexact        // the place lay within a fix's accuracy, but the accuracy is too poor to prove it
)

var reasons = [...]string{"", "unheard", "elsewhere", "too-early", "other-unit", "too-inexact"}

func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return ""
}

// A Call is one visit that was due: in one window of one point.
type Call struct {
	Point    string
	From, To time.Time // the window, as far as it lies in the shift
	Outcome  Outcome
	Reason   Reason        // of Missed
	Doubt    Doubt         // of Unconfirmed
	At       time.Time     // when the visit began that counts; zero when there was none
	Stayed   time.Duration // how long it was, as far as it counts
}

// A Track is the fixes of one unit.
type Track struct {
	Unit  string
	Fixes []Fix
}

// mostInexact is the accuracy up to which a fix helps a unit to be within the radius, in metres. Beyond, it would be
// everywhere.
const mostInexact = 50

// near tells whether a fix proves that the unit was at a point, and whether it might have been.
func (p *Point) near(f *Fix) (proved, possible bool) {
	d := index.Meters(p.At, f.At)
	return d <= p.Radius+min(f.Accuracy, mostInexact), d <= p.Radius+f.Accuracy
}

// A visit is a run of fixes at a point, none further from the next than the stale limit.
type visit struct{ first, last time.Time }

// visits are the stays at a point by the fixes that are believed.
func (p *Point) visits(fixes []Fix, believed func(i int) bool, stale time.Duration) (out []visit) {
	here := false
	for i := range fixes {
		if !believed(i) {
			continue
		}
		f := &fixes[i]
		proved, _ := p.near(f)
		if !proved {
			here = false
			continue
		}
		if n := len(out); here && f.Time.Sub(out[n-1].last) <= stale {
			out[n-1].last = f.Time
			continue
		}
		out, here = append(out, visit{f.Time, f.Time}), true
	}
	return out
}

// longest is the longest part of a visit that lies in [from, to).
func longest(visits []visit, from, to time.Time) (begin time.Time, stayed time.Duration, any bool) {
	for _, v := range visits {
		if v.last.Before(from) || !v.first.Before(to) {
			continue
		}
		first, last := later(v.first, from), earlier(v.last, to)
		if d := last.Sub(first); !any || d > stayed {
			begin, stayed, any = first, d, true
		}
	}
	return begin, stayed, any
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
