package fence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Schedule says at which times something holds: windows of the days of a week, with days left out and days added,
// and single dates. Windows are half-open, go over midnight when they end before they begin, and then belong to the
// day on which they begin. They follow the clocks on the wall of their time zone: in the night when clocks go
// forward a window is an hour shorter.
type Schedule struct {
	zone   *time.Location
	weekly []weekly
	once   []once
	spans  []span
	except []dates
	also   []also
}

// weekly is windows on some days of every week.
type weekly struct {
	days    daySet
	windows []window
}

// once is windows on each of some dates.
type once struct {
	dates
	windows []window
}

// A span is one stretch of time over days.
type span struct{ from, to moment }

// also is dates that count as another day of the week: make-up days.
type also struct {
	dates
	as day
}

type day int8

// firstClause says that a make-up day has the windows of the first clause, whatever day that is for.
const firstClause day = -1

type daySet uint8

func (s daySet) has(d day) bool { return s&(1<<d) != 0 }

const everyDay daySet = 1<<7 - 1

// A window is from one minute of a day up to another, which may be on the next day: then it is beyond 24:00.
type window struct{ from, to int }

const midnight = 24 * 60

// A date is a day since 1970-01-01, of the calendar and not of a time zone.
type date int32

type dates struct{ first, last date }

func (d dates) has(day date) bool { return d.first <= day && day <= d.last }

type moment struct {
	date   date
	minute int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d date) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }
func (d date) weekday() day   { return day(time.Unix(int64(d)*86400, 0).UTC().Weekday()) }
func (s *Schedule) at(m moment) time.Time {
	y, month, d := time.Unix(int64(m.date)*86400, 0).UTC().Date()
	return time.Date(y, month, d, 0, m.minute, 0, 0, s.zone)
}

// visit visits the windows that begin on a date, until visit returns false.
func (s *Schedule) visit(d date, visit func(from, to time.Time) bool) bool {
	all := func(windows []window) bool {
		for _, w := range windows {
			if !visit(s.at(moment{d, w.from}), s.at(moment{d, w.to})) {
				return false
			}
		}
		return true
	}
	as, made := s.countsAs(d)
	for i, w := range s.weekly {
		if made && as == firstClause && i == 0 || as >= 0 && w.days.has(as) {
			if !all(w.windows) {
				return false
			}
		}
	}
	for _, o := range s.once {
		if o.has(d) && !all(o.windows) {
			return false
		}
	}
	return true
}

// countsAs is the day of the week whose windows a date has: its own, that which also says, or none. made is true for
// a date that also names.
func (s *Schedule) countsAs(d date) (as day, made bool) {
	for _, a := range s.also {
		if a.has(d) {
			return a.as, true
		}
	}
	for _, e := range s.except {
		if e.has(d) {
			return firstClause, false
		}
	}
	return d.weekday(), false
}

// Holds tells whether the schedule holds at t.
func (s *Schedule) Holds(t time.Time) bool {
	for _, sp := range s.spans {
		if !t.Before(s.at(sp.from)) && t.Before(s.at(sp.to)) {
			return true
		}
	}
	outside := func(from, to time.Time) bool { return t.Before(from) || !t.Before(to) }
	today := dateOf(t.In(s.zone))
	return !s.visit(today-1, outside) || !s.visit(today, outside)
}

// quietDays is how many days without a change prove that none comes until the next date that the schedule names: two
// weeks, because a window may fall into the hour that is left out when clocks go forward.
const quietDays = 15

// Next is when Holds changes for the first time after t, the zero time when it never does.
func (s *Schedule) Next(t time.Time) time.Time {
	was := s.Holds(t)
	named := s.named()
	first := dateOf(t.In(s.zone))
	for d, quiet := first, 0; ; d++ {
		for _, b := range s.bounds(d) {
			if b.After(t) && s.Holds(b) != was {
				return b
			}
		}
		if quiet++; quiet > quietDays {
			i, _ := slices.BinarySearch(named, d+2)
			if i == len(named) {
				return time.Time{}
			}
			d, quiet = named[i]-2, 0
		}
	}
}

// bounds are the times on a date at which a window or a span begins or ends, in order.
func (s *Schedule) bounds(d date) (out []time.Time) {
	begin, end := s.at(moment{d, 0}), s.at(moment{d + 1, 0})
	add := func(from, to time.Time) bool {
		for _, t := range [2]time.Time{from, to} {
			if !t.Before(begin) && t.Before(end) {
				out = append(out, t)
			}
		}
		return true
	}
	s.visit(d-1, add)
	s.visit(d, add)
	for _, sp := range s.spans {
		add(s.at(sp.from), s.at(sp.to))
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// named are the dates from which on a week may be another than before, in order.
func (s *Schedule) named() (out []date) {
	add := func(d dates) { out = append(out, d.first, d.last+1) }
	for _, o := range s.once {
		add(o.dates)
	}
	for _, e := range s.except {
		add(e)
	}
	for _, a := range s.also {
		add(a.dates)
	}
	for _, sp := range s.spans {
		add(dates{sp.from.date, sp.to.date})
	}
	slices.Sort(out)
	return out
}

// String is the schedule in the form that ParseSchedule reads.
func (s *Schedule) String() string {
	var clauses []string
	if name := s.zone.String(); name != usualZone {
		clauses = append(clauses, "zone "+name)
	}
	for _, w := range s.weekly {
		clauses = append(clauses, strings.TrimSpace(w.days.String()+" "+listOf(w.windows)))
	}
	for _, o := range s.once {
		clauses = append(clauses, strings.TrimSpace(o.dates.String()+" "+listOf(o.windows)))
	}
	for _, sp := range s.spans {
		clauses = append(clauses, sp.from.String()+".."+sp.to.String())
	}
	if len(s.except) > 0 {
		clauses = append(clauses, "except "+commas(s.except))
	}
	if len(s.also) > 0 {
		clauses = append(clauses, "also "+commas(s.also))
	}
	return strings.Join(clauses, "; ")
}

var dayNames = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// String writes runs of days from Monday on: "Mon-Fri", "Mon,Wed", "daily".
func (s daySet) String() string {
	if s == everyDay {
		return "daily"
	}
	var runs []string
	for i := 1; i <= 7; i++ {
		last := i
		for last <= 7 && s.has(day(last%7)) {
			last++
		}
		switch last - i {
		case 0:
		case 1:
			runs = append(runs, dayNames[i%7])
		default:
			runs = append(runs, dayNames[i%7]+"-"+dayNames[(last-1)%7])
		}
		i = max(i, last-1)
	}
	return strings.Join(runs, ",")
}

// listOf writes windows; those of a whole day are not written.
func listOf(ws []window) string {
	if len(ws) == 1 && ws[0] == (window{0, midnight}) {
		return ""
	}
	return commas(ws)
}

func (w window) String() string { return clock(w.from) + "-" + clock(w.until()) }

// until is the minute at which the window ends as it is written.
func (w window) until() int {
	if w.to > midnight {
		return w.to - midnight
	}
	return w.to
}

func clock(minute int) string   { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
func (m moment) String() string { return m.date.String() + " " + clock(m.minute) }
func (d dates) String() string {
	if d.first == d.last {
		return d.first.String()
	}
	return d.first.String() + ".." + d.last.String()
}

func (a also) String() string {
	if a.as == firstClause {
		return a.dates.String()
	}
	return a.dates.String() + " as " + dayNames[a.as]
}

func commas[T fmt.Stringer](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = v.String()
	}
	return strings.Join(words, ",")
}
