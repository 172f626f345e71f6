package duty

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// Time is a shift by where the unit was. The three together are the shift's length, to the nanosecond.
type Time struct {
	Inside, Outside time.Duration
	Unknown         time.Duration // no fix for longer than the stale limit, or none before or after
}

// InBeat divides a shift. Between two fixes not further apart than stale, the unit was inside when both are; otherwise
// it moved straight and evenly from one to the other, so that the time is cut where that way crosses the border. Fixes
// before and after the shift count as the ends of ways that reach into it. Those that are made up count as none.
func InBeat(fixes []Fix, beat orb.Geometry, s Shift, stale time.Duration) Time {
	out := Time{Unknown: s.Length()}
	ground := groundOf(beat)
	var last *Fix
	for _, f := range inOrder(fixes) {
		if f.Mock {
			continue
		}
		if last != nil && f.Time.Sub(last.Time) <= stale {
			inside, known := ground.spent(last, &f, s)
			out.Inside += inside
			out.Outside += known - inside
			out.Unknown -= known
		}
		last = &f
	}
	return out
}

// spent is how long the unit was inside on its way from a to b, and how long the way took, both within the shift.
func (g *ground) spent(a, b *Fix, s Shift) (inside, known time.Duration) {
	way := b.Time.Sub(a.Time)
	first, last := max(s.From.Sub(a.Time), 0), min(s.To.Sub(a.Time), way)
	if first >= last {
		return 0, 0
	}
	known = last - first
	if g.holds(a.At) && g.holds(b.At) {
		return known, known
	}
	began := time.Duration(0)
	cuts := append(g.crossings(a.At, b.At), 1)
	from := 0.0
	for _, t := range cuts {
		ended := time.Duration(math.Round(t * float64(way)))
		if t == 1 {
			ended = way
		}
		if middle := (from + t) / 2; g.holds(orb.Point{a.At[0] + middle*(b.At[0]-a.At[0]), a.At[1] + middle*(b.At[1]-a.At[1])}) {
			inside += max(min(ended, last)-max(began, first), 0)
		}
		began, from = ended, t
	}
	return inside, known
}
