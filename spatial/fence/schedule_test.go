package fence_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/wardmap/wardmap/spatial/fence"
)

func parse(t testing.TB, text string) *fence.Schedule {
	t.Helper()
	s, err := fence.ParseSchedule(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(t testing.TB, zone, clock string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", clock, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestScheduleHolds(t *testing.T) {
	const shanghai, berlin = "Asia/Shanghai", "Europe/Berlin"
	school := "school: Mon-Fri 07:20-08:10,16:30-17:40; except 2026-10-01..2026-10-08; also 2026-10-10, 2026-10-11 as Fri"
	tests := []struct {
		name, text, zone string
		holds            []string
		not              []string
	}{
		{
			name: "school days, with holidays and make-up days", text: school, zone: shanghai,
			holds: []string{"2026-09-30 07:20", "2026-09-30 17:39", "2026-10-09 08:00", "2026-10-10 08:00", "2026-10-11 16:30"},
			not:   []string{"2026-09-30 07:19", "2026-09-30 08:10", "2026-10-01 08:00", "2026-10-08 08:00", "2026-10-17 08:00"},
		},
		{
			name: "the same in Chinese", zone: shanghai,
			text:  "上学：周一至周五 07:20-08:10，16:30～17:40；除 2026-10-01至2026-10-08；加 2026-10-10、2026-10-11 按周五",
			holds: []string{"2026-09-30 07:20", "2026-10-10 08:00", "2026-10-11 16:30"},
			not:   []string{"2026-10-01 08:00", "2026-10-03 08:00"},
		},
		{
			name: "a night shift belongs to the day it begins on", text: "Fri 22:00-06:00; except 2026-10-10", zone: shanghai,
			holds: []string{"2026-10-09 22:00", "2026-10-10 05:59"},
			not:   []string{"2026-10-09 05:00", "2026-10-10 06:00", "2026-10-10 22:00"},
		},
		{
			name: "every day", text: "22:00-06:00", zone: shanghai,
			holds: []string{"2026-10-09 22:00", "2026-10-09 05:59"}, not: []string{"2026-10-09 06:00"},
		},
		{
			name: "days over the weekend", text: "Sat-Mon; Wed 08:00-24:00", zone: shanghai,
			holds: []string{"2026-10-10 00:00", "2026-10-12 23:59", "2026-10-14 23:59"},
			not:   []string{"2026-10-13 00:00", "2026-10-15 00:00"},
		},
		{
			name: "one-off windows are not touched by except", zone: shanghai,
			text:  "Mon-Fri 09:00-17:00; 2026-10-01..2026-10-02 18:00-02:00; except 2026-10-01..2026-10-08",
			holds: []string{"2026-10-01 18:00", "2026-10-03 01:59"}, not: []string{"2026-10-01 10:00", "2026-10-03 02:00"},
		},
		{
			name: "one stretch over days", text: "2026-10-01 18:00..2026-10-03 06:00", zone: shanghai,
			holds: []string{"2026-10-01 18:00", "2026-10-02 12:00", "2026-10-03 05:59"},
			not:   []string{"2026-10-01 17:59", "2026-10-03 06:00"},
		},
		{
			name: "a make-up day with hours that its own weekday has not", zone: shanghai,
			text:  "Mon-Fri 08:00-09:00; Sat 10:00-11:00; also 2026-10-10 as Mon",
			holds: []string{"2026-10-10 08:30", "2026-10-17 10:30"}, not: []string{"2026-10-10 10:30"},
		},
		{
			name: "another zone", text: "zone Europe/Berlin; Mon-Fri 07:20-08:10", zone: berlin,
			holds: []string{"2026-07-01 07:20", "2026-12-01 08:09"}, not: []string{"2026-07-01 08:10"},
		},
		{
			name: "the hour that does not exist", text: "zone Europe/Berlin; Sun 02:00-03:00", zone: berlin,
			holds: []string{"2026-03-22 02:30"}, not: []string{"2026-03-29 01:59", "2026-03-29 03:00"},
		},
	}
	for _, test := range tests {
		s := parse(t, test.text)
		for _, when := range test.holds {
			if !s.Holds(at(t, test.zone, when)) {
				t.Errorf("%s: %q does not hold at %s", test.name, test.text, when)
			}
		}
		for _, when := range test.not {
			if s.Holds(at(t, test.zone, when)) {
				t.Errorf("%s: %q holds at %s", test.name, test.text, when)
			}
		}
	}
}

func TestScheduleNext(t *testing.T) {
	tests := []struct {
		name, text, zone, from string
		want                   []string
	}{
		{
			name: "windows of a week", text: "Mon-Fri 07:20-08:10", zone: "Asia/Shanghai", from: "2026-10-08 12:00",
			want: []string{"2026-10-09 07:20", "2026-10-09 08:10", "2026-10-12 07:20"},
		},
		{
			name: "windows that touch are one", text: "Mon 08:00-24:00; Tue 00:00-09:00", zone: "Asia/Shanghai", from: "2026-10-12 09:00",
			want: []string{"2026-10-13 09:00", "2026-10-19 08:00"},
		},
		{name: "never a change", text: "daily", zone: "Asia/Shanghai", from: "2026-10-12 09:00"},
		{
			name: "always but for one day", text: "daily; except 2031-01-01", zone: "Asia/Shanghai", from: "2026-10-12 09:00",
			want: []string{"2031-01-01 00:00", "2031-01-02 00:00", ""},
		},
		{
			name: "one date far away", text: "2090-05-01 08:00-09:00", zone: "Asia/Shanghai", from: "2026-10-12 09:00",
			want: []string{"2090-05-01 08:00", "2090-05-01 09:00", ""},
		},
		{
			name: "a long holiday", text: "Mon 08:00-09:00; except 2026-10-12..2027-10-12", zone: "Asia/Shanghai", from: "2026-10-12 08:30",
			want: []string{"2027-10-18 08:00"},
		},
		{
			name: "clocks go forward", text: "zone Europe/Berlin; Sat 22:00-06:00", zone: "Europe/Berlin", from: "2026-03-28 12:00",
			want: []string{"2026-03-28 22:00", "2026-03-29 06:00"},
		},
		{
			name: "the hour that does not exist is left out", text: "zone Europe/Berlin; Sun 02:00-03:00", zone: "Europe/Berlin", from: "2026-03-22 04:00",
			want: []string{"2026-04-05 02:00"},
		},
	}
	for _, test := range tests {
		s, now := parse(t, test.text), at(t, test.zone, test.from)
		for _, want := range test.want {
			now = s.Next(now)
			if want == "" && now.IsZero() {
				break
			}
			if want == "" || !now.Equal(at(t, test.zone, want)) {
				t.Errorf("%s: next is %v, want %q", test.name, now, want)
			}
		}
		if len(test.want) == 0 && !s.Next(now).IsZero() {
			t.Errorf("%s: next is %v", test.name, s.Next(now))
		}
	}
}

func TestNightsWhenClocksChange(t *testing.T) {
	s := parse(t, "zone Europe/Berlin; 22:00-06:00")
	for night, hours := range map[string]float64{"2026-03-28 22:00": 7, "2026-10-24 22:00": 9, "2026-06-01 22:00": 8} {
		from := at(t, "Europe/Berlin", night)
		if got := s.Next(from).Sub(from).Hours(); got != hours {
			t.Errorf("the night of %s has %v hours, want %v", night, got, hours)
		}
	}
}

func TestScheduleErrorsNameThePlace(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "ends after character 0: a clause begins with"},
		{"Mon-Fri 25:00-26:00", `at character 9, "25:00": no time of day`},
		{"Mon-Fri 07:20", "ends after character 13: here should be a dash"},
		{"Mon-Fri 07:20-", "ends after character 14: here should be the time of day at which"},
		{"Mon-Fri 24:00-01:00", `at character 9, "24:00": a window cannot begin`},
		{"Mon-Fri 07:20-08:10, Sat 09:00-10:00", `at character 22, "Sat": here should be a time of day, as 07:20; other days come after a semicolon`},
		{"Mon-Fri 07:20-08:10 Sat", `at character 21, "Sat": here should be a semicolon`},
		{"Funday 07:20-08:10", `at character 1, "Funday"`},
		{"Mon-2026-10-01", `at character 5, "2026-10-01": here should be a day`},
		{"2026-02-30 07:00-08:00", `at character 1, "2026-02-30": no such date`},
		{"2026-10-08..2026-10-01", `at character 13, "2026-10-01": the dates end before`},
		{"2026-10-08 10:00..2026-10-08 09:00", `at character 19, "2026-10-08": the stretch ends`},
		{"zone Europe/Nowhere; daily", `at character 6, "Europe/Nowhere": no such time zone`},
		{"zone Local; daily", `at character 6, "Local": no such time zone`},
		{"zone; daily", `at character 5, ";": here should be the name of a time zone`},
		{"zone UTC; zone UTC; daily", "given twice"},
		{"zone UTC", "never holds"},
		{"except 2026-10-01", "no days of the week"},
		{"周一至周五 7点", `at character 7, "7": no time of day`},
		{"school 07:00-08:00", `at character 8, "07:00": here should be a colon`},
		{"school:", "here should be days of the week"},
		{strings.Repeat("daily;", 1000), "longer than"},
	}
	for _, test := range tests {
		_, err := fence.ParseSchedule(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: error is %v, want %q", test.text, err, test.want)
		}
	}
}

func TestScheduleString(t *testing.T) {
	tests := []struct{ text, want string }{
		{"周一-周五 7:20-8:10", "Mon-Fri 07:20-08:10"},
		{"MONDAY,wed,Sat-Sun;", "Mon,Wed,Sat-Sun"},
		{"07:00-08:00;zone UTC", "zone UTC; daily 07:00-08:00"},
		{"Sat-Mon 22:00-06:00", "Mon,Sat-Sun 22:00-06:00"},
		{"2026-10-01 - 2026-10-02", "2026-10-01..2026-10-02"},
		{"2026-10-01 18:00..2026-10-03 06:00", "2026-10-01 18:00..2026-10-03 06:00"},
		{"school: Mon-Fri; except 2026-10-01..2026-10-08; also 2026-10-10", "Mon-Fri; except 2026-10-01..2026-10-08; also 2026-10-10"},
		{"Mon 00:00-24:00", "Mon"},
		{"Mon 08:00-08:00", "Mon 08:00-08:00"},
	}
	for _, test := range tests {
		if got := parse(t, test.text).String(); got != test.want {
			t.Errorf("%q is written %q, want %q", test.text, got, test.want)
		}
	}
}

// The oracle of Next is Holds, minute by minute.
func TestNextIsWhereHoldsChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{
		"Mon-Fri 07:20-08:10,16:30-17:40; except 2026-10-01..2026-10-08; also 2026-10-10",
		"zone Europe/Berlin; 22:00-06:00; Sun 01:30-02:30", "zone America/New_York; Sat,Sun; 2026-10-05..2026-10-09 23:00-01:00",
		"2026-09-28 18:00..2026-10-03 06:00; Fri 06:00-05:00", "zone Australia/Lord_Howe; daily 01:45-02:15",
	}
	for _, text := range texts {
		s := parse(t, text)
		start := time.Date(2026, 9, 25, 0, 0, 0, 0, time.UTC)
		for range 50 {
			from := start.Add(time.Duration(r.IntN(14*24*60)) * time.Minute)
			next, want := s.Next(from), from
			for s.Holds(want) == s.Holds(from) && want.Sub(from) < 10*24*time.Hour {
				want = want.Add(time.Minute)
			}
			if !next.Equal(want) {
				t.Errorf("%q: after %v comes %v, want %v", text, from, next, want)
			}
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, text := range []string{
		"Mon-Fri 07:20-08:10,16:30-17:40", "22:00-06:00", "school: Mon-Fri; except 2026-10-01..2026-10-08; also 2026-10-10 as Fri",
		"zone Europe/Berlin; Sat-Mon; 2026-10-01 18:00..2026-10-03 06:00", "周一至周五 07:20-08:10；除 2026-10-01；加 2026-10-10", "9999-12-31;0000-01-01",
	} {
		f.Add(text, int64(1_790_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		s, err := fence.ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := fence.ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is written %q, which is read as %v: %v", text, s, again, err)
		}
		now := time.Unix(unix%8_000_000_000, 0)
		if s.Holds(now) != again.Holds(now) || !s.Next(now).Equal(again.Next(now)) {
			t.Fatalf("%q is another schedule than %q", text, s)
		}
		next := s.Next(now)
		if !next.IsZero() && (!next.After(now) || s.Holds(next) == s.Holds(now) || s.Holds(next.Add(-time.Nanosecond)) != s.Holds(now)) {
			t.Fatalf("%q: after %v comes %v", text, now, next)
		}
	})
}
