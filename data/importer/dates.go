package importer

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func newConverter(o Options) (converter, error) {
	c := converter{dates: o.Dates}
	switch o.Dates {
	case "", "dmy", "mdy", "epoch-s", "epoch-ms":
	default:
		return c, fmt.Errorf("the order of dates %q is none of dmy, mdy, epoch-s, epoch-ms", o.Dates)
	}
	if o.Zone == "" {
		return c, nil
	}
	if t, err := time.Parse("-07:00", o.Zone); err == nil {
		c.zone = t.Location()
		return c, nil
	}
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return c, fmt.Errorf("the time zone %q is unknown: write it as Asia/Shanghai or +08:00", o.Zone)
	}
	c.zone = zone
	return c, nil
}

var (
	yearFirst = regexp.MustCompile(`^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)|(\d{2})(\d{2}))$`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4})$`)
	clock     = regexp.MustCompile(`^(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:[.,](\d{1,9}))?秒?)?分?\s*(am|pm|AM|PM)?\s*(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$`)
	worded    = []string{"2 January 2006", "January 2 2006", "January 2, 2006", "2 Jan 2006", "Jan 2 2006", "Jan 2, 2006", "2-Jan-2006", "02-Jan-2006", "January 02 2006"}
)

// A stamp is a date, perhaps with a time of day, as it was written.
type stamp struct {
	year, day int
	month     time.Month
	clock     time.Duration
	timed     bool           // a time of day was written
	zone      *time.Location // nil when none was written
}

// date converts to "2006-01-02". A time of day is cut off with a note, unless it is midnight.
func (c converter) date(v any) (string, string, error) {
	s, err := c.stamp(v)
	if err != nil {
		return "", "", err
	}
	note := ""
	if s.timed && s.clock != 0 {
		note = "the time of day of a date was left out"
	}
	return fmt.Sprintf("%04d-%02d-%02d", s.year, s.month, s.day), note, nil
}

// moment converts to a point in time.
func (c converter) moment(v any) (time.Time, error) {
	s, err := c.stamp(v)
	if err != nil {
		return time.Time{}, err
	}
	zone := s.zone
	if zone == nil {
		zone = c.zone
	}
	if zone == nil {
		return time.Time{}, fmt.Errorf("%v names no time zone: declare it with --zone, for example Asia/Shanghai", v)
	}
	return time.Date(s.year, s.month, s.day, 0, 0, int(s.clock/time.Second), int(s.clock%time.Second), zone), nil
}

func (c converter) stamp(v any) (stamp, error) {
	switch v := v.(type) {
	case int64:
		return c.epoch(float64(v), v)
	case float64:
		return c.epoch(v, v)
	case string:
		return c.written(strings.TrimSpace(v))
	}
	return stamp{}, fmt.Errorf("%v is no date", v)
}

// epoch reads numbers: a declared count since 1970, or a date like 20261124.
func (c converter) epoch(n float64, v any) (stamp, error) {
	unit := map[string]float64{"epoch-s": 1, "epoch-ms": 1000}[c.dates]
	switch {
	case unit > 0 && math.Abs(n) < 1e15:
		t := time.UnixMilli(int64(n / unit * 1000)).UTC()
		y, m, d := t.Date()
		return stamp{y, d, m, t.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)), true, time.UTC}, nil
	case n >= 1e7 && n < 1e8 && n == math.Trunc(n):
		return c.written(strconv.Itoa(int(n)))
	}
	return stamp{}, fmt.Errorf("the number %v is no date; declare --dates epoch-s or epoch-ms when it counts from 1970", textOf(v))
}

func (c converter) written(s string) (stamp, error) {
	day, rest := s, ""
	if i := strings.IndexAny(s, "T日"); i > 0 && s[0] >= '0' && s[0] <= '9' {
		if cut := strings.TrimPrefix(s[i:], "日"); cut != s[i:] {
			day, rest = s[:i]+"日", cut
		} else if _, known := monthWord(s); !known {
			day, rest = s[:i], s[i+1:]
		}
	} else if i := strings.IndexByte(s, ' '); i > 0 && strings.ContainsAny(s[i:], ":时") {
		day, rest = s[:i], s[i+1:]
		if _, known := monthWord(s); known {
			colon := strings.IndexByte(s, ':')
			if cut := strings.LastIndexByte(s[:colon], ' '); cut > 0 {
				day, rest = s[:cut], s[cut+1:]
			}
		}
	}
	out, err := c.day(day)
	if err != nil {
		return out, err
	}
	if rest = strings.TrimSpace(rest); rest == "" {
		return out, nil
	}
	return out, out.addClock(rest, s)
}

func monthWord(s string) (time.Month, bool) {
	lower := strings.ToLower(s)
	for m := time.January; m <= time.December; m++ {
		if strings.Contains(lower, strings.ToLower(m.String()[:3])) {
			return m, true
		}
	}
	return 0, false
}

// day reads the date alone.
func (c converter) day(s string) (stamp, error) {
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		month, day := m[2], m[3]
		if m[4] != "" {
			month, day = m[4], m[5]
		}
		return newDay(s, m[1], month, day)
	}
	if m := yearLast.FindStringSubmatch(s); m != nil {
		first, second := atoi(m[1]), atoi(m[3])
		switch {
		case m[2] != m[4]:
		case c.dates == "dmy", c.dates == "" && first > 12:
			return newDay(s, m[5], m[3], m[1])
		case c.dates == "mdy", c.dates == "" && (second > 12 || first == second):
			return newDay(s, m[5], m[1], m[3])
		default:
			return stamp{}, fmt.Errorf("%q may be day or month first: declare --dates dmy or mdy", s)
		}
	}
	for _, layout := range worded {
		if t, err := time.Parse(layout, s); err == nil {
			return stamp{year: t.Year(), month: t.Month(), day: t.Day()}, nil
		}
	}
	return stamp{}, fmt.Errorf("%.40q is no date that is understood: write it as 2026-11-24", s)
}

func newDay(s, year, month, day string) (stamp, error) {
	out := stamp{year: atoi(year), month: time.Month(atoi(month)), day: atoi(day)}
	y, m, d := time.Date(out.year, out.month, out.day, 0, 0, 0, 0, time.UTC).Date()
	if y != out.year || m != out.month || d != out.day || y < 1 {
		return out, fmt.Errorf("%q is no day of the calendar", s)
	}
	return out, nil
}

// addClock reads a time of day with its zone.
func (s *stamp) addClock(text, whole string) error {
	m := clock.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%.40q has no time of day that is understood: write it as 2026-11-24T03:04:05Z", whole)
	}
	hour, minute, second := atoi(m[1]), atoi(m[2]), atoi(m[3])
	if half := strings.ToLower(m[5]); half != "" {
		if hour < 1 || hour > 12 {
			return fmt.Errorf("%q has no such hour", whole)
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 || second > 59 {
		return fmt.Errorf("%q has no such time of day", whole)
	}
	fraction := atoi((m[4] + "000000000")[:9])
	s.timed = true
	s.clock = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(fraction)
	switch zone := m[6]; zone {
	case "":
	case "Z", "UTC":
		s.zone = time.UTC
	default:
		digits := strings.ReplaceAll(zone[1:], ":", "") + "00"
		seconds := atoi(digits[:2])*3600 + atoi(digits[2:4])*60
		if zone[0] == '-' {
			seconds = -seconds
		}
		s.zone = time.FixedZone("", seconds)
	}
	return nil
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
