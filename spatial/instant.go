package spatial

import "time"

// An Instant is a moment in milliseconds since 1970, UTC. Positions come by the hundred thousand a second: an
// Instant costs eight bytes and one comparison. 0 means "not known".
type Instant int64

// InstantOf is the instant of t, cut to the millisecond; the zero time is the zero instant.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time is the instant as a time in UTC; the zero instant is the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// Add is the instant d later, to the millisecond.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// Sub is how long after j this instant is.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Millisecond }
