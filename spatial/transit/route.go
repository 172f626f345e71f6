package transit

import (
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// A Rule is when a bus counts as off its route. Zero fields take the values of DefaultRule.
type Rule struct {
	Meters float64       // beside the line
	Sigmas float64       // or so many sigmas of the fix, whichever is more
	Fixes  int           // in a row that must agree, for being off and for being back
	Stay   time.Duration // for longer than this it must be off
}

// DefaultRule holds against the correlated noise of urban fixes: a corridor of 50 m or 3 sigmas, three fixes in a row,
// more than a minute.
var DefaultRule = Rule{Meters: 50, Sigmas: 3, Fixes: 3, Stay: time.Minute}

// returned is the share of the corridor within which a bus is back: noise at its border would end the alarm and give it
// again.
const returned = 0.7

func (r Rule) whole() Rule {
	if r.Meters <= 0 {
		r.Meters = DefaultRule.Meters
	}
	if r.Sigmas <= 0 {
		r.Sigmas = DefaultRule.Sigmas
	}
	if r.Fixes <= 0 {
		r.Fixes = DefaultRule.Fixes
	}
	if r.Stay <= 0 {
		r.Stay = DefaultRule.Stay
	}
	return r
}

// A Detour lets buses of a pattern leave a part of it for a time. From and To are metres along; zero moments are open.
type Detour struct {
	From, To   float64
	Begin, End spatial.Instant
}

// Mutes tells whether a bus may be off its route: within the part and somewhat beyond, where buses turn off.
func (d Detour) Mutes(is Progress) bool {
	return is.Along >= d.From-backslide && is.Along <= d.To+backslide &&
		is.Time >= d.Begin && (d.End == 0 || is.Time < d.End)
}

// A Watch is what is kept of a bus for the rule. The zero value is a bus on its route.
type Watch struct {
	Off   bool            // the alarm was given
	Since spatial.Instant // of the first of the fixes that say otherwise, or that gave the alarm
	count int             // fixes in a row that say otherwise
}

// A Turn is what a fix changes.
type Turn uint8

// What a fix may change.
const (
	Stays Turn = iota // as it was
	Left              // off its route: give the alarm
	Back              // on its route again
	Muted             // still off, but a detour allows it now: the alarm ends
)

// Judge takes the progress of one more fix, its sigma, and the detours of the pattern.
func (r Rule) Judge(was Watch, is Progress, sigma float64, detours ...Detour) (Watch, Turn) {
	for _, d := range detours {
		if !d.Mutes(is) {
			continue
		}
		if was.Off {
			return Watch{}, Muted
		}
		return Watch{}, Stays
	}
	r = r.whole()
	corridor := r.Meters
	if sigma*r.Sigmas > corridor {
		corridor = sigma * r.Sigmas
	}
	if was.Off {
		corridor *= returned
	}
	off := is.Deviation > corridor
	if off == was.Off {
		if was.count = 0; !off {
			was.Since = 0
		}
		return was, Stays
	}
	now := was
	if now.count++; !was.Off && now.count == 1 {
		now.Since = is.Time
	}
	switch {
	case now.count < r.Fixes:
	case was.Off:
		return Watch{}, Back
	case is.Time.Sub(now.Since) > r.Stay:
		return Watch{Off: true, Since: now.Since}, Left
	}
	return now, Stays
}
