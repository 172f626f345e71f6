package transit

import (
	"cmp"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// A Passing is when a bus was how far along its pattern.
type Passing struct {
	Time  spatial.Instant
	Along float64
}

// A Trail is where a bus came along, the oldest first, both in time and along the line.
type Trail []Passing

// Metres between two entries of a trail, and how many are kept.
const (
	pace      = 100.0
	mostTrail = 120
)

// Keep gives the trail with one more fix: some metres after the last one. A bus that was put back begins anew. It may use
// the memory of the trail.
func (t Trail) Keep(is Progress) Trail {
	if n := len(t); n > 0 {
		switch last := t[n-1]; {
		case is.Along < last.Along:
			t = t[:0]
		case is.Along < last.Along+pace || is.Time <= last.Time:
			return t
		}
	}
	if len(t) == mostTrail {
		t = t[:copy(t, t[1:])]
	}
	return append(t, Passing{is.Time, is.Along})
}

// When is the moment at which the bus came so far, between two entries in proportion; false when the trail does not
// reach there.
func (t Trail) When(along float64) (spatial.Instant, bool) {
	i, exact := slices.BinarySearchFunc(t, along, func(p Passing, along float64) int { return cmp.Compare(p.Along, along) })
	switch {
	case exact:
		return t[i].Time, true
	case i == 0 || i == len(t):
		return 0, false
	}
	a, b := t[i-1], t[i]
	return a.Time.Add(time.Duration(float64(b.Time.Sub(a.Time)) * (along - a.Along) / (b.Along - a.Along))), true
}

// A Bus is one on a pattern.
type Bus struct {
	ID string
	Progress
	Trail Trail // may be empty: then headways are guessed from metres
}

// A Bunch is two buses that follow each other too closely.
type Bunch struct {
	Ahead, Behind string
	Meters        float64       // between them, along the line
	Headway       time.Duration // how much later the one behind comes
	Guessed       bool          // from the metres, at usualSpeed: it is not known when the one ahead was there
}

const (
	usualSpeed = 5.0   // m/s, with stops
	terminal   = 150.0 // metres at both ends in which buses wait
	oldest     = 90 * time.Second
)

// Bunches gives the pairs of following buses of a pattern whose headway is below a share of the planned one, those at
// the end of the line first. A headway is the time between the moments at which both come to where the one behind is.
// Buses that wait at the ends, are beside the line, whose place is doubtful, or which have not been seen for 90 s, do not
// count. Without a planned headway there are no bunches.
func (p *Pattern) Bunches(buses []Bus, share float64, now spatial.Instant) []Bunch {
	limit := time.Duration(share * float64(p.Headway))
	if limit <= 0 {
		return nil
	}
	running := make([]*Bus, 0, len(buses))
	for i := range buses {
		b := &buses[i]
		if b.Known() && !b.Doubtful && b.Deviation <= beside && now.Sub(b.Time) <= oldest && b.Along >= terminal && b.Along <= p.Length()-terminal {
			running = append(running, b)
		}
	}
	slices.SortFunc(running, func(a, b *Bus) int { return cmp.Or(cmp.Compare(b.Along, a.Along), cmp.Compare(a.ID, b.ID)) })
	var out []Bunch
	for i := 1; i < len(running); i++ {
		one := headway(running[i-1], running[i])
		if one.Headway < limit {
			out = append(out, one)
		}
	}
	return out
}

func headway(ahead, behind *Bus) Bunch {
	b := Bunch{Ahead: ahead.ID, Behind: behind.ID, Meters: ahead.Along - behind.Along}
	if when, known := ahead.Trail.When(behind.Along); known {
		b.Headway = max(0, behind.Time.Sub(when))
		return b
	}
	b.Guessed = true
	b.Headway = time.Duration(b.Meters / usualSpeed * float64(time.Second))
	return b
}
