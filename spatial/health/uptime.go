package health

import (
	"slices"
	"time"
)

// A Span is a piece of time; a zero End has not come yet.
type Span struct{ Begin, End time.Time }

// Uptime is for how long a device was due between two moments, and for how long of that it was there: online rate is
// up / due. Planned outages are not due; where an outage and a plan fall together, the plan counts. Spans may overlap
// and come in any order.
func Uptime(from, to time.Time, outages, planned []Span) (up, due time.Duration) {
	if !from.Before(to) {
		return 0, 0
	}
	plans := union(from, to, planned)
	due = to.Sub(from) - length(plans)
	down := union(from, to, outages)
	return due - (length(down) - length(both(down, plans))), due
}

// union is the spans within a window, in order and apart.
func union(from, to time.Time, spans []Span) []Span {
	var all []Span
	for _, s := range spans {
		if s.End.IsZero() || s.End.After(to) {
			s.End = to
		}
		if s.Begin.Before(from) {
			s.Begin = from
		}
		if s.Begin.Before(s.End) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Span) int { return a.Begin.Compare(b.Begin) })
	var out []Span
	for _, s := range all {
		if n := len(out); n > 0 && !s.Begin.After(out[n-1].End) {
			if s.End.After(out[n-1].End) {
				out[n-1].End = s.End
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// both is where two lists in order have a span each.
func both(a, b []Span) (out []Span) {
	for len(a) > 0 && len(b) > 0 {
		s := Span{later(a[0].Begin, b[0].Begin), a[0].End}
		if b[0].End.Before(s.End) {
			s.End = b[0].End
		}
		if s.Begin.Before(s.End) {
			out = append(out, s)
		}
		if a[0].End.Before(b[0].End) {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

func length(spans []Span) (sum time.Duration) {
	for _, s := range spans {
		sum += s.End.Sub(s.Begin)
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
