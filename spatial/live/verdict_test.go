package live_test

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestVerdicts(t *testing.T) {
	null, nan, off := orb.Point{}, orb.Point{math.NaN(), 3}, orb.Point{190, 3}
	tests := []struct {
		name  string
		class spatial.Class
		story []said
		want  []string
	}{
		{"a fix after another", spatial.Vehicle, []said{{now: 1}, {now: 2, east: 20}}, []string{"accepted", "accepted"}},
		{"by the serial number of a device", spatial.Vehicle, []said{{now: 1, device: "radio"}}, []string{"accepted"}},
		{"of nobody's device", spatial.Vehicle, []said{{now: 1, device: "stranger"}}, []string{"unregistered"}},
		{"an older fix", spatial.Vehicle, []said{{now: 10}, {now: 11, fix: 9}}, []string{"accepted", "late"}},
		{"the same fix twice", spatial.Vehicle, []said{{now: 10, east: 5}, {now: 11, fix: 10, east: 5}}, []string{"accepted", "duplicate"}},
		{"two places at one time", spatial.Vehicle, []said{{now: 10}, {now: 11, fix: 10, east: 9}}, []string{"accepted", "late"}},
		{"at 0,0", spatial.Vehicle, []said{{now: 1, at: &null}}, []string{"null_island"}},
		{"no number", spatial.Vehicle, []said{{now: 1, at: &nan}}, []string{"impossible"}},
		{"off the earth", spatial.Vehicle, []said{{now: 1, at: &off}}, []string{"impossible"}},
		{"no time", spatial.Vehicle, []said{{now: 1, fix: -float64(noon) / 1000}}, []string{"impossible"}},
		{"a clock that is two minutes fast", spatial.Vehicle, []said{{now: 1, fix: 121}}, []string{"accepted"}},
		{"a clock that is faster", spatial.Vehicle, []said{{now: 1, fix: 121.001}}, []string{"future"}},
		{"no position", spatial.Vehicle, []said{{now: 1, flags: live.NoFix, at: &nan}}, []string{"heard"}},
		{"a vehicle at 85 m/s", spatial.Vehicle, []said{{now: 0}, {now: 10, east: 850}}, []string{"accepted", "accepted"}},
		{"a vehicle at 120 m/s", spatial.Vehicle, []said{{now: 0}, {now: 10, east: 1200}}, []string{"accepted", "jump"}},
		{"a bus at 85 m/s", spatial.Bus, []said{{now: 0}, {now: 10, east: 850}}, []string{"accepted", "jump"}},
		{"noise of a moment is no jump", spatial.Officer, []said{{now: 0}, {now: .1, east: 20}}, []string{"accepted", "accepted"}},
		{"a cell position may be far off", spatial.Vehicle, []said{{now: 0}, {now: 1, east: 900, accuracy: 400}}, []string{"accepted", "accepted"}},
		{
			"one jump, and back", spatial.Vehicle,
			[]said{{now: 0}, {now: 10, east: 30_000}, {now: 20, east: 20}, {now: 30, east: 30_000}},
			[]string{"accepted", "jump", "accepted", "jump"},
		},
		{
			"three in a row at the new place are believed", spatial.Vehicle,
			[]said{{now: 0}, {now: 10, east: 30_000}, {now: 20, east: 30_050}, {now: 30, east: 30_100}, {now: 40, east: 30_150}},
			[]string{"accepted", "jump", "jump", "accepted", "accepted"},
		},
		{
			"one repeated is not three in a row", spatial.Vehicle,
			[]said{{now: 0}, {now: 10, east: 30_000}, {now: 11, fix: 10, east: 30_000}, {now: 12, fix: 10, east: 30_000}},
			[]string{"accepted", "jump", "jump", "jump"},
		},
		{
			"who jumps about is believed after the stale limit", spatial.Vehicle,
			[]said{{now: 0}, {now: 10, east: 90_000}, {now: 50, east: -90_000}, {now: 90, east: 90_000}, {now: 130, east: -90_000}},
			[]string{"accepted", "jump", "jump", "jump", "accepted"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := pictureOf(t, test.class, live.Options{})
			got, _ := play(t, p, test.story)
			if !slices.Equal(got, test.want) {
				t.Errorf("verdicts %v, want %v", got, test.want)
			}
			counts, n := p.Counts(), uint64(0)
			for _, one := range counts.Verdict {
				n += one
			}
			if n != uint64(len(test.story)) || counts.Reports != n {
				t.Errorf("counted %v", counts)
			}
		})
	}
}

func TestWhatCannotBeIsNotBelieved(t *testing.T) {
	p := pictureOf(t, spatial.Bus, live.Options{})
	r := said{now: 1}.report()
	r.Speed, r.Course, r.Accuracy, r.Battery = 114, 400, -1, 101 // 114 m/s is what a bus in Austin once said
	p.Report(after(1), []live.Report{r}, nil, nil)
	s, _ := p.Unit("u")
	for name, v := range map[string]float32{"speed": s.Speed, "course": s.Course, "accuracy": s.Accuracy, "battery": s.Battery} {
		if v == v {
			t.Errorf("the %s is %v", name, v)
		}
	}
	r.Fix, r.Speed, r.Course, r.Battery = after(2), 14, 360, 55
	p.Report(after(2), []live.Report{r}, nil, nil)
	if s, _ = p.Unit("u"); s.Speed != 14 || s.Course != 0 || s.Battery != 55 {
		t.Errorf("speed, course and battery are %v, %v, %v", s.Speed, s.Course, s.Battery)
	}
}

func TestAnOfficerOffDutyIsNotKept(t *testing.T) {
	p := pictureOf(t, spatial.Officer, live.Options{})
	if err := p.SetState("u", live.OffDuty, noon); err != nil {
		t.Fatal(err)
	}
	verdicts, events := play(t, p, []said{{now: 1}, {now: 2, flags: live.EmergencyFlag, device: "radio"}, {now: 3, east: 5, device: "radio"}, {now: 4, device: "radio"}})
	if want := []string{"off_shift", "accepted", "accepted", "off_shift"}; !slices.Equal(verdicts, want) {
		t.Errorf("verdicts %v, want %v", verdicts, want)
	}
	if want := []string{"emergency at 2", "enter yards/depot at 2"}; !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	if s, _ := p.Unit("u"); s.Heard != after(3) || s.Fix != after(3) {
		t.Errorf("heard at %v", s.Heard.Time())
	}
}
