package duty

import (
	"time"

	"github.com/wardmap/wardmap/spatial/index"
)

// A Doubt is why a fix may not be where the unit was.
type Doubt uint8

const (
	NoDoubt Doubt = iota
	MadeUp        // the device says so
	Frozen        // the same place to the last digit for longer than a receiver that works ever gives
	TooFast       // nobody moves as fast as from the fix before, or to the one after
)

func (d Doubt) String() string {
	switch d {
	case MadeUp:
		return "made-up"
	case Frozen:
		return "frozen"
	case TooFast:
		return "too-fast"
	}
	return ""
}

// Limits are what a fix must keep to be believed. The zero value of a field is its default.
type Limits struct {
	Stale  time.Duration // without a fix for longer, where the unit was is not known; 5 min
	Frozen time.Duration // at exactly the same place for that long is no measurement; 10 min
	Speed  float64       // m/s; 60
}

func (l Limits) orDefault() Limits {
	if l.Stale == 0 {
		l.Stale = 5 * time.Minute
	}
	if l.Frozen == 0 {
		l.Frozen = 10 * time.Minute
	}
	if l.Speed == 0 {
		l.Speed = 60
	}
	return l
}

// frozenFixes is how many fixes in a row must be the same to look frozen: two fixes far apart in time may agree by chance.
const frozenFixes = 4

// doubts says of each fix whether it is to be doubted. The fixes are in order of time.
func doubts(fixes []Fix, l Limits) []Doubt {
	out := make([]Doubt, len(fixes))
	first := 0
	for i := range fixes {
		if fixes[i].At != fixes[first].At {
			first = i
		}
		if i-first+1 >= frozenFixes && fixes[i].Time.Sub(fixes[first].Time) >= l.Frozen {
			for k := i; k >= first && out[k] != Frozen; k-- {
				out[k] = Frozen
			}
		}
	}
	for i := 1; i < len(fixes); i++ {
		a, b := &fixes[i-1], &fixes[i]
		reach := l.Speed*b.Time.Sub(a.Time).Seconds() + 3*(a.Accuracy+b.Accuracy)
		if index.Meters(a.At, b.At) > reach {
			out[i-1], out[i] = TooFast, TooFast
		}
	}
	for i := range fixes {
		if fixes[i].Mock {
			out[i] = MadeUp
		}
	}
	return out
}
