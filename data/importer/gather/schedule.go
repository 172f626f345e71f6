package gather

import (
	"fmt"
	"slices"
	"time"
)

// due tells when a source is to be asked next, after it was asked last; the zero time is at once. A source that fails
// is asked again after a minute, then two, four, up to an hour, though not later than its schedule says.
func (d *Definition) due(last time.Time, failures int) time.Time {
	if last.IsZero() {
		return time.Time{}
	}
	next := d.next(last)
	if failures == 0 {
		return next
	}
	again := last.Add(min(time.Minute<<min(failures-1, 10), time.Hour))
	if d.Every > 0 && d.Every.D() < again.Sub(last) {
		return next
	}
	if again.Before(next) {
		return again
	}
	return next
}

// next is the first time of the schedule after a moment.
func (d *Definition) next(after time.Time) time.Time {
	if d.Every > 0 {
		return after.Add(d.Every.D())
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC // Parse has seen to it that this cannot be
	}
	local := after.In(zone)
	for days := range 3 { // an hour of a day may be missing, once a year
		var times []time.Time
		for _, at := range d.At {
			if hour, minute, err := clock(at); err == nil {
				times = append(times, time.Date(local.Year(), local.Month(), local.Day()+days, hour, minute, 0, 0, zone))
			}
		}
		slices.SortFunc(times, time.Time.Compare)
		for _, t := range times {
			if t.After(after) {
				return t
			}
		}
	}
	return after.Add(24 * time.Hour)
}

// clock reads a time of the day.
func clock(text string) (hour, minute int, err error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, 0, fmt.Errorf("%q is no time of the day", text)
	}
	return t.Hour(), t.Minute(), nil
}
