package duty_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial/duty"
)

// metres east of the place (0, 0); a degree of longitude has 91,777 m there.
func east(after time.Duration, metres float64) duty.Fix {
	f := fix(after, 0, 0)
	f.At[0] += metres / 91_777
	return f
}

// stay is fixes every 20 seconds, as a receiver gives them: never twice the same.
func stay(from, to time.Duration, metres float64) (out []duty.Fix) {
	for at := from; at <= to; at += 20 * time.Second {
		out = append(out, east(at, metres+float64(at%(60*time.Second))/1e11))
	}
	return out
}

func said(calls []duty.Call) string {
	var out []string
	for _, c := range calls {
		words := []string{c.Point, c.Outcome.String()}
		if c.Reason != duty.NoReason {
			words = append(words, c.Reason.String())
		}
		if c.Doubt != duty.NoDoubt {
			words = append(words, c.Doubt.String())
		}
		if !c.At.IsZero() {
			words = append(words, c.At.Sub(eight).String(), c.Stayed.String())
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, "; ")
}

func TestReport(t *testing.T) {
	const minute, hour = time.Minute, time.Hour
	join := func(parts ...[]duty.Fix) (out []duty.Fix) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	change := func(fixes []duty.Fix, how func(i int, f *duty.Fix)) []duty.Fix {
		for i := range fixes {
			how(i, &fixes[i])
		}
		return fixes
	}
	frozen := func(from, to time.Duration) []duty.Fix {
		return change(stay(from, to, 10), func(_ int, f *duty.Fix) { f.At = east(0, 10).At })
	}
	mock := func(_ int, f *duty.Fix) { f.Mock = true }
	tests := []struct {
		name   string
		window string // Shanghai: the shift is from 08:00 to 16:00
		fixes  []duty.Fix
		want   string
	}{
		{"long enough, at the place", "", stay(hour, hour+2*minute, 10), "C done 1h0m0s 2m0s"},
		{"gone after forty seconds", "", stay(hour, hour+40*time.Second, 10), "C short 1h0m0s 40s"},
		{"at the edge of the radius and the accuracy", "", stay(hour, hour+minute, 34.5), "C done 1h0m0s 1m0s"},
		{"beyond radius and accuracy", "", stay(hour, hour+minute, 35.5), "C missed elsewhere"},
		{"an accuracy of a kilometre proves nothing", "", change(stay(hour, hour+minute, 500), func(_ int, f *duty.Fix) { f.Accuracy = 1000 }), "C missed too-inexact"},
		{"an accuracy of 50 m helps by 50 m", "", change(stay(hour, hour+minute, 79), func(_ int, f *duty.Fix) { f.Accuracy = 50 }), "C done 1h0m0s 1m0s"},
		{"two short visits are no long one", "", join(stay(hour, hour+40*time.Second, 10), stay(hour+60*time.Second, hour+80*time.Second, 400), stay(hour+100*time.Second, hour+120*time.Second, 10)), "C short 1h0m0s 40s"},
		{"a pause of reports within the stale limit is a stay", "", []duty.Fix{east(hour, 10), east(hour+4*minute, 11)}, "C done 1h0m0s 4m0s"},
		{"a pause beyond it is not", "", []duty.Fix{east(hour, 10), east(hour+6*minute, 11)}, "C short 1h0m0s 0s"},
		{"nothing heard", "", nil, "C missed unheard"},
		{"in the window", "10:00-11:00", stay(2*hour+10*minute, 2*hour+12*minute, 10), "C done 2h10m0s 2m0s"},
		{"there before the window only", "10:00-11:00", join(stay(hour, hour+5*minute, 10), stay(2*hour+10*minute, 2*hour+12*minute, 900)), "C missed too-early"},
		{"there when the window begins, and for long enough after", "10:00-11:00", stay(2*hour-minute, 2*hour+minute, 10), "C done 2h0m0s 1m0s"},
		{"gone too soon after the window began", "10:00-11:00", stay(2*hour-5*minute, 2*hour+20*time.Second, 10), "C short 2h0m0s 20s"},
		{"after the window", "10:00-11:00", stay(3*hour+10*minute, 3*hour+12*minute, 10), "C late 3h10m0s 2m0s"},
		{"begun in the window and ended after it", "10:00-11:00", stay(3*hour-40*time.Second, 3*hour+minute, 10), "C late 2h59m20s 1m40s"},
		{"two windows, the second missed", "09:00-10:00, 14:00-15:00", join(stay(hour+minute, hour+3*minute, 10), stay(6*hour, 6*hour+minute, 900)), "C done 1h1m0s 2m0s; C missed elsewhere"},
		{"a call for the second window is late for the first", "09:00-10:00, 14:00-15:00", stay(5*hour, 5*hour+2*minute, 10), "C late 5h0m0s 2m0s; C missed too-early"},
		{"a call in the second window is no late one of the first", "09:00-10:00, 14:00-15:00", stay(6*hour+minute, 6*hour+3*minute, 10), "C missed unheard; C done 6h1m0s 2m0s"},
		{"a window that the shift cuts", "06:00-08:30", stay(5*minute, 7*minute, 10), "C done 5m0s 2m0s"},
		{"no window in the shift", "20:00-23:00", stay(hour, 2*hour, 10), ""},
		{"a window of another day of the week", "Sat 09:00-10:00", stay(hour, 2*hour, 10), ""},
		{"a device that says its position is made up", "", change(stay(hour, hour+2*minute, 10), mock), "C unconfirmed made-up 1h0m0s 2m0s"},
		{"the same place to the last digit for twelve minutes", "", frozen(hour, hour+12*minute), "C unconfirmed frozen 1h0m0s 12m0s"},
		{"the same for five minutes is believed", "", frozen(hour, hour+5*minute), "C done 1h0m0s 5m0s"},
		{"there in no time from 100 km away, and back", "", join([]duty.Fix{east(hour-time.Second, 100_000)}, []duty.Fix{east(hour, 10), east(hour+minute, 11)}, []duty.Fix{east(hour+61*time.Second, 100_000)}), "C unconfirmed too-fast 1h0m0s 1m0s"},
		{"one jump in a stay does not spoil it", "", join(stay(hour, hour+2*minute, 10), []duty.Fix{east(hour+70*time.Second, 90_000)}), "C done 1h0m0s 2m0s"},
		{"in doubt in time, sure later", "10:00-11:00", join(change(stay(2*hour, 2*hour+2*minute, 10), mock), stay(4*hour, 4*hour+2*minute, 10)), "C unconfirmed made-up 2h0m0s 2m0s"},
	}
	for _, test := range tests {
		window, err := duty.ParseWindow(test.window)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		point := duty.Point{ID: "C", At: place(0, 0), Radius: 30, Dwell: minute, Window: window}
		shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(8 * hour)}
		if got := said(duty.Report(shift, []duty.Point{point}, duty.Limits{}, duty.Track{Unit: "P1", Fixes: test.fixes})); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestOnlyTheAssignedUnitCounts(t *testing.T) {
	shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(8 * time.Hour)}
	points := []duty.Point{{ID: "C", At: place(0, 0), Radius: 30, Dwell: time.Minute}}
	other := duty.Track{Unit: "P2", Fixes: stay(time.Hour, 2*time.Hour, 10)}
	if got := said(duty.Report(shift, points, duty.Limits{}, other)); got != "C missed other-unit" {
		t.Errorf("another unit: %q", got)
	}
	own := duty.Track{Unit: "P1", Fixes: stay(3*time.Hour, 3*time.Hour+time.Minute, 10)}
	if got := said(duty.Report(shift, points, duty.Limits{}, other, own)); got != "C done 3h0m0s 1m0s" {
		t.Errorf("both: %q", got)
	}
}

// A shift from 22:00 to 06:00, a window over midnight, and a night in which clocks go back.
func TestWindowsFollowTheClocksOfTheCity(t *testing.T) {
	day := time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC) // 22:00 in Shanghai
	tests := []struct {
		name, window string
		from         time.Time
		length       time.Duration
		want         string
	}{
		{"over midnight", "23:30-00:30", day, 8 * time.Hour, "15:30-16:30"},
		{"twice in a long shift", "23:30-00:30", day, 30 * time.Hour, "15:30-16:30 15:30-16:30"},
		{"all day is all of the shift", "全天", day, 8 * time.Hour, "14:00-22:00"},
		{"begun before the shift", "daily 21:00-23:00", day, 8 * time.Hour, "14:00-15:00"},
		{"an hour longer when clocks go back", "zone Europe/Berlin; daily 01:00-04:00", time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), 12 * time.Hour, "23:00-03:00"},
		{"no shift", "全天", day, 0, ""},
	}
	for _, test := range tests {
		window, err := duty.ParseWindow(test.window)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range duty.Report(duty.Shift{From: test.from, To: test.from.Add(test.length)}, []duty.Point{{ID: "C", Window: window}}, duty.Limits{}) {
			got = append(got, c.From.UTC().Format("15:04")+"-"+c.To.UTC().Format("15:04"))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

// More fixes of the unit at a place never make a call worse, and what is done lies in its window.
func TestCallsOfRandomTracks(t *testing.T) {
	window, err := duty.ParseWindow("08:30-09:15, 10:00-11:00, 15:45-16:30")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[duty.Outcome]int{}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 10))
		shift := duty.Shift{Unit: "P1", From: eight, To: eight.Add(8 * time.Hour)}
		point := duty.Point{ID: "C", At: place(.5, .5), Radius: 250, Dwell: 2 * time.Minute, Window: window}
		calls := duty.Report(shift, []duty.Point{point}, duty.Limits{}, duty.Track{Unit: "P1", Fixes: wander(random, shift)})
		if len(calls) != 3 {
			t.Fatalf("seed %d: %d calls", seed, len(calls))
		}
		for _, c := range calls {
			outcomes[c.Outcome]++
			end := c.At.Add(c.Stayed)
			switch {
			case c.From.Before(shift.From) || c.To.After(shift.To):
				t.Errorf("seed %d: a window beyond the shift: %+v", seed, c)
			case c.Outcome == duty.Done && (c.At.Before(c.From) || end.After(c.To) || c.Stayed < point.Dwell):
				t.Errorf("seed %d: done outside of its window or not long enough: %+v", seed, c)
			case c.Outcome == duty.Late && (!end.After(c.To) || c.Stayed < point.Dwell):
				t.Errorf("seed %d: late though it ended in time: %+v", seed, c)
			case (c.Outcome == duty.Missed) != (c.Reason != duty.NoReason) || (c.Outcome == duty.Unconfirmed) != (c.Doubt != duty.NoDoubt):
				t.Errorf("seed %d: no reason, or one too many: %+v", seed, c)
			}
		}
	}
	if len(outcomes) < 4 {
		t.Errorf("the tracks prove little: %v", outcomes)
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, s := range []string{"", "全天", "07:00-09:00", "23:30-00:30", "Mon-Fri 07:20-08:10; except 2026-10-01", "07:00", "zone X"} {
		f.Add(s)
	}
	shift := duty.Shift{From: eight, To: eight.Add(24 * time.Hour)}
	f.Fuzz(func(t *testing.T, text string) {
		window, err := duty.ParseWindow(text)
		if err != nil {
			return
		}
		last := shift.From
		for _, c := range duty.Report(shift, []duty.Point{{Window: window}}, duty.Limits{}) {
			if c.From.Before(last) || !c.From.Before(c.To) || c.To.After(shift.To) {
				t.Fatal(fmt.Sprintf("%q: windows are out of order", text), c)
			}
			last = c.To
		}
	})
}
