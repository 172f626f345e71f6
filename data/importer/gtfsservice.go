package importer

import (
	"cmp"
	"slices"
	"time"
)

// A gtfsService is on which days trips run. Days count from 1970.
type gtfsService struct {
	week           uint8 // bit n: on weekday n, 0 is Sunday
	from, to       int32
	added, removed []int32 // sorted
}

func (s *gtfsService) runs(day int32) bool {
	if _, no := slices.BinarySearch(s.removed, day); no {
		return false
	}
	if day >= s.from && day <= s.to && s.week>>((day+4)%7)&1 == 1 {
		return true
	}
	_, yes := slices.BinarySearch(s.added, day)
	return yes
}

// candidates adds the days on which it could be that most services of a pattern run: those of its first four weeks, and
// those that are added one by one.
func (s *gtfsService) candidates(days []int32) []int32 {
	for day := s.from; s.week != 0 && day <= min(s.to, s.from+27); day++ {
		if s.runs(day) {
			days = append(days, day)
		}
	}
	return append(days, s.added[:min(len(s.added), 400)]...)
}

// day is a field with a date, YYYYMMDD.
func (t *gtfsTable) day(column int) (int32, error) {
	b := t.raw(column)
	when, err := time.Parse("20060102", string(b))
	if err != nil || when.Year() < 1970 {
		return 0, t.wrong(column, "%s is no date: write it as 20260131", said(b))
	}
	return int32(when.Unix() / 86400), nil
}

// readServices reads the calendars; known tells whether there are any.
func (f *gtfsFeed) readServices() (known bool, err error) {
	for name, read := range map[string]func() error{"calendar.txt": f.readCalendar, "calendar_dates.txt": f.readDates} {
		if f.zip.files[name] == nil {
			continue
		}
		known = true
		if err := read(); err != nil {
			return known, err
		}
	}
	if !known {
		f.note("the feed holds neither calendar.txt nor calendar_dates.txt: headways are those of all trips on one day")
	}
	for i := range f.services.all {
		s := &f.services.all[i]
		slices.Sort(s.added)
		slices.Sort(s.removed)
	}
	return known, nil
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (f *gtfsFeed) readCalendar() error {
	t, err := f.table("calendar.txt", append([]string{"service_id", "start_date", "end_date"}, weekdays...)...)
	if err != nil {
		return err
	}
	id, from, to := t.column("service_id"), t.column("start_date"), t.column("end_date")
	for t.next() {
		n, known := f.services.find(t.raw(id))
		if !known {
			continue // no trip has it
		}
		begins, err1 := t.day(from)
		ends, err2 := t.day(to)
		err := cmp.Or(err1, err2)
		week := uint8(0)
		for i, name := range weekdays {
			on, err3 := t.whole(t.column(name), 1)
			week |= uint8(on) << i
			err = cmp.Or(err, err3)
		}
		if err != nil {
			t.reject(err)
			continue
		}
		s := &f.services.all[n]
		s.week, s.from, s.to = week, begins, ends
	}
	return t.end()
}

func (f *gtfsFeed) readDates() error {
	t, err := f.table("calendar_dates.txt", "service_id", "date", "exception_type")
	if err != nil {
		return err
	}
	id, date, kind := t.column("service_id"), t.column("date"), t.column("exception_type")
	for n := 0; t.next(); n++ {
		service, known := f.services.find(t.raw(id))
		if !known {
			continue // no trip has it
		}
		day, err1 := t.day(date)
		what, err2 := t.whole(kind, 2)
		if err2 == nil && what == 0 {
			err2 = t.wrong(kind, "0 is neither 1 (added) nor 2 (removed)")
		}
		if err := cmp.Or(err1, err2); err != nil {
			t.reject(err)
			continue
		}
		if n >= mostDates {
			t.err = errTooManyDates
			break
		}
		s := &f.services.all[service]
		if what == 1 {
			s.added = append(s.added, day)
		} else {
			s.removed = append(s.removed, day)
		}
	}
	return t.end()
}
