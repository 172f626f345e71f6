package tally

import (
	"fmt"
	"time"
)

// LeastDays is the length of the shortest period.
const LeastDays = 7

// YearsBack is how old a fixed period may be. So there are so few that what was told of each can be kept.
const YearsBack = 2

// A Calendar cuts time into periods of equal length, one after the other, so that no two of them overlap: who asked for
// two that do would learn what happened on the days between.
type Calendar struct {
	Days int            // of a period, at least LeastDays; whole weeks begin on Mondays
	Zone *time.Location // whose midnights; nil is UTC
}

// A Period is the days from From to before To, both at midnight.
type Period struct{ From, To time.Time }

// Holds tells whether a moment lies in the period.
func (p Period) Holds(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// Days is the length of the period.
func (p Period) Days() int { return int(day(p.To) - day(p.From)) }

// Before is the period of equal length that ends where this one begins.
func (p Period) Before() Period { return Period{p.From.AddDate(0, 0, -p.Days()), p.From} }

func (p Period) String() string {
	return p.From.Format(time.DateOnly) + "/" + p.To.Format(time.DateOnly)
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// firstMonday is 1970-01-05, as a number of days since 1970.
const firstMonday = 4

// day is the number of days from 1970 to the date of a moment.
func day(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// At is the period that holds a moment.
func (c Calendar) At(t time.Time) Period {
	t = t.In(c.zone())
	n := int64(max(c.Days, LeastDays))
	since := ((day(t)-firstMonday)%n + n) % n
	y, m, d := t.Date()
	from := time.Date(y, m, d-int(since), 0, 0, 0, 0, c.zone())
	return Period{from, from.AddDate(0, 0, int(n))}
}

// Last is the last period that has ended.
func (c Calendar) Last(now time.Time) Period { return c.At(now).Before() }

// Check refuses what is no period of the calendar, and those that have not ended or are long gone.
func (c Calendar) Check(p Period, now time.Time) error {
	if own := c.At(p.From); !own.From.Equal(p.From) || !own.To.Equal(p.To) {
		return fmt.Errorf("%v is none of the fixed periods of %d days: ask for %v or %v", p, own.Days(), own, c.Last(now))
	}
	if p.To.After(now) {
		return fmt.Errorf("%v has not ended yet: the last that has is %v", p, c.Last(now))
	}
	if p.From.Before(now.AddDate(-YearsBack, 0, 0)) {
		return fmt.Errorf("%v is more than %d years ago: the last is %v", p, YearsBack, c.Last(now))
	}
	return nil
}

// CheckFree refuses what no period may be, whoever asks: less than LeastDays, more than a leap year, or days that have
// not come. The day of now may be the last.
func CheckFree(p Period, now time.Time) error {
	switch n := p.Days(); {
	case n < LeastDays:
		return fmt.Errorf("%v has %d days: a period has at least %d", p, n, LeastDays)
	case n > 366:
		return fmt.Errorf("%v has %d days: a period has at most 366", p, n)
	case p.To.After(now.In(p.To.Location()).AddDate(0, 0, 1)):
		return fmt.Errorf("%v reaches into the future: there are counts of what was recorded only", p)
	}
	return nil
}
