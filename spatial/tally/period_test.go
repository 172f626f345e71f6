package tally_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial/tally"
)

var (
	beijing = time.FixedZone("UTC+8", 8*3600)
	now     = time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC) // a Friday; in Beijing it is Saturday
	weeks   = tally.Calendar{Days: 7, Zone: beijing}
)

func days(t *testing.T, text string) (p tally.Period) {
	t.Helper()
	from, to, _ := strings.Cut(text, "/")
	var err error
	if p.From, err = time.ParseInLocation(time.DateOnly, from, beijing); err != nil {
		t.Fatal(err)
	}
	if p.To, err = time.ParseInLocation(time.DateOnly, to, beijing); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPeriodsOfACalendar(t *testing.T) {
	for _, test := range []struct {
		days       int
		last, past string
	}{
		{7, "2026-11-16/2026-11-23", "2026-11-09/2026-11-16"}, // Mondays
		{28, "2026-10-26/2026-11-23", "2026-09-28/2026-10-26"},
		{0, "2026-11-16/2026-11-23", "2026-11-09/2026-11-16"},
	} {
		last := tally.Calendar{Days: test.days, Zone: beijing}.Last(now)
		if last.String() != test.last || last.Before().String() != test.past {
			t.Errorf("%d days: the last period is %v and the one before %v, want %s and %s", test.days, last, last.Before(), test.last, test.past)
		}
	}
}

func TestNoTwoPeriodsOfACalendarOverlap(t *testing.T) {
	for _, n := range []int{7, 10, 28, 91} {
		c := tally.Calendar{Days: n, Zone: beijing}
		before := c.At(time.Date(1969, 1, 1, 0, 0, 0, 0, beijing))
		for at := before.To; at.Year() < 1972; at = at.Add(13 * time.Hour) {
			p := c.At(at)
			if !p.Holds(at) || p.Days() != n || p != before && !p.From.Equal(before.To) {
				t.Fatalf("%v is in %v, after %v", at, p, before)
			}
			before = p
		}
	}
}

func TestWhichPeriodsAreRefused(t *testing.T) {
	tests := []struct {
		name, period, want string
		free               bool
	}{
		{"the last week", "2026-11-16/2026-11-23", "", false},
		{"a week of last year", "2025-01-06/2025-01-13", "", false},
		{"a week of long ago", "2020-01-06/2020-01-13", "more than 2 years ago", false},
		{"a week of long ago, freely", "2020-01-06/2020-01-13", "", true},
		{"shifted by a day", "2026-11-17/2026-11-24", "none of the fixed periods", false},
		{"one day longer", "2026-11-16/2026-11-24", "none of the fixed periods", false},
		{"two weeks", "2026-11-09/2026-11-23", "none of the fixed periods", false},
		{"the running week", "2026-11-23/2026-11-30", "has not ended", false},
		{"a week to come", "2026-12-07/2026-12-14", "has not ended", false},
		{"upside down", "2026-11-23/2026-11-16", "none of the fixed periods", false},
		{"shifted by a day, freely", "2026-11-17/2026-11-24", "", true},
		{"today is the last day", "2026-11-20/2026-11-29", "", true},
		{"tomorrow", "2026-11-20/2026-11-30", "the future", true},
		{"six days", "2026-11-16/2026-11-22", "at least 7", true},
		{"two years", "2024-11-16/2026-11-16", "at most 366", true},
	}
	for _, test := range tests {
		p := days(t, test.period)
		err := weeks.Check(p, now)
		if test.free {
			err = tally.CheckFree(p, now)
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
