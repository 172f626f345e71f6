package duty

import (
	"cmp"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial/fence"
)

// Report says what became of every call that was due in a shift, in order of time. Only the fixes of the shift's own
// unit count; those of other units tell whether one of them called instead.
func Report(s Shift, points []Point, l Limits, tracks ...Track) []Call {
	l = l.orDefault()
	var own []Fix
	var others [][]Fix
	for _, t := range tracks {
		if t.Unit == s.Unit {
			own = append(own, t.Fixes...)
		} else {
			others = append(others, inOrder(t.Fixes))
		}
	}
	own = inOrder(own)
	r := reporter{shift: s, limits: l, own: own, doubts: doubts(own, l), others: others}
	var out []Call
	for i := range points {
		out = append(out, r.calls(&points[i])...)
	}
	slices.SortStableFunc(out, func(a, b Call) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Point, b.Point)) })
	return out
}

type reporter struct {
	shift  Shift
	limits Limits
	own    []Fix
	doubts []Doubt // of own
	others [][]Fix
}

// calls are all that were due at a point.
func (r *reporter) calls(p *Point) (out []Call) {
	clean := p.visits(r.own, func(i int) bool { return r.doubts[i] == NoDoubt }, r.limits.Stale)
	all := p.visits(r.own, func(int) bool { return true }, r.limits.Stale)
	windows := windowsOf(p.Window, r.shift)
	for i, w := range windows {
		end := r.shift.To // until when a late call counts
		if i+1 < len(windows) {
			end = windows[i+1].from
		}
		since := r.shift.From // from when on an early call would have been for this window
		if i > 0 {
			since = windows[i-1].to
		}
		c := Call{Point: p.ID, From: w.from, To: w.to}
		if r.judge(p, &c, clean, all, end); c.Outcome == Missed {
			c.Reason = r.why(p, &c, all, since)
		}
		out = append(out, c)
	}
	return out
}

// judge decides about one call, from the best that can be proved to the worst.
func (r *reporter) judge(p *Point, c *Call, clean, all []visit, end time.Time) {
	for _, try := range []struct {
		visits   []visit
		from, to time.Time
		outcome  Outcome
	}{
		{clean, c.From, c.To, Done}, {all, c.From, c.To, Unconfirmed},
		{clean, c.From, end, Late}, {all, c.From, end, Unconfirmed},
	} {
		at, stayed, any := longest(try.visits, try.from, try.to)
		if any && stayed >= p.Dwell {
			c.Outcome, c.At, c.Stayed = try.outcome, at, stayed
			if try.outcome == Unconfirmed {
				c.Doubt = r.doubtIn(at, at.Add(stayed))
			}
			return
		}
	}
	if at, stayed, any := longest(all, c.From, c.To); any {
		c.Outcome, c.At, c.Stayed = Short, at, stayed
		return
	}
	c.Outcome = Missed
}

// doubtIn is the gravest doubt about fixes in [from, to].
func (r *reporter) doubtIn(from, to time.Time) (worst Doubt) {
	for i := range r.own {
		if t := r.own[i].Time; t.Before(from) || t.After(to) || r.doubts[i] == NoDoubt {
			continue
		}
		if worst == NoDoubt || r.doubts[i] < worst {
			worst = r.doubts[i]
		}
	}
	return worst
}

// why says why a call was missed.
func (r *reporter) why(p *Point, c *Call, all []visit, since time.Time) Reason {
	for _, fixes := range r.others {
		visits := p.visits(fixes, func(int) bool { return true }, r.limits.Stale)
		if _, stayed, any := longest(visits, c.From, c.To); any && stayed >= p.Dwell {
			return OtherUnit
		}
	}
	heard, possible := false, false
	for i := range r.own {
		if t := r.own[i].Time; !t.Before(c.From) && t.Before(c.To) {
			_, might := p.near(&r.own[i])
			heard, possible = true, possible || might
		}
	}
	_, _, early := longest(all, since, c.From)
	switch {
	case possible:
		return TooInexact
	case early:
		return TooEarly
	case heard:
		return Elsewhere
	}
	return Unheard
}

// A window is a stretch of time [from, to) in which a call is due.
type window struct{ from, to time.Time }

// mostWindows bounds the windows of one point in a shift.
const mostWindows = 1000

// windowsOf are the windows of a schedule as far as they lie in a shift.
func windowsOf(s *fence.Schedule, shift Shift) (out []window) {
	if !shift.From.Before(shift.To) {
		return nil
	}
	if s == nil {
		return []window{{shift.From, shift.To}}
	}
	for t := shift.From; t.Before(shift.To) && len(out) < mostWindows; {
		next := s.Next(t)
		if next.IsZero() || next.After(shift.To) {
			next = shift.To
		}
		if s.Holds(t) {
			out = append(out, window{t, next})
		}
		t = next
	}
	return out
}
