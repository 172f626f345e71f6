package safety_test

import (
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers/safety"
)

func TestWhoRenewsIsOfAnotherBody(t *testing.T) {
	o, err := good(safety.Missing).Approve(safety.Party{ID: "p-9", Org: "6205"}, now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(40 * time.Hour)
	for _, by := range []safety.Party{{ID: "p-8"}, {ID: "p-8", Org: o.Requester.Org}} {
		if _, err := o.Renew(by, later.Add(70*time.Hour), later); err == nil {
			t.Errorf("%+v renews", by)
		}
	}
}

func TestAnAreaIsNoSpot(t *testing.T) {
	o := good(safety.Consent)
	o.Zones[0] = safety.Zone{Name: "x", Area: orb.Polygon{{{105, 34}, {105.00001, 34}, {105.00001, 34.00001}, {105, 34}}}}
	if ps := o.Check(now); len(ps) == 0 {
		t.Error("a polygon of half a square metre is a zone")
	}
}

func TestAFixIsNoMoreExactThanItSays(t *testing.T) {
	o := good(safety.Consent)
	var w safety.Watch
	w.Keep(&o, safety.Fix{At: now, Point: o.Zones[0].Center, Accuracy: 10})
	for i := range 2 {
		k := w.Keep(&o, safety.Fix{At: now.Add(time.Minute), Point: orb.Point{105.725, 34.58}, Accuracy: 3000})
		if k.Event != "" {
			t.Errorf("fix %d of 3 km accuracy, 460 m from the middle of 300 m: %+v", i, k)
		}
	}
}

func TestALateFixCrossesNothing(t *testing.T) {
	o := good(safety.Consent)
	var w safety.Watch
	w.Keep(&o, safety.Fix{At: now.Add(time.Hour), Point: o.Zones[0].Center})
	for range 2 {
		if k := w.Keep(&o, safety.Fix{At: now, Point: orb.Point{105.8, 34.58}}); k.Event != "" {
			t.Errorf("fixes of an hour before the latest: %+v", k)
		}
	}
}

func TestAnAlarmHidesNoBorder(t *testing.T) {
	o := good(safety.Consent)
	var w safety.Watch
	away := orb.Point{105.8, 34.58}
	for i, tt := range []struct {
		at    orb.Point
		alarm bool
		want  string
	}{{o.Zones[0].Center, false, ""}, {away, false, ""}, {away, true, "alarm"}, {away, false, "left"}, {away, false, ""}} {
		if k := w.Keep(&o, safety.Fix{At: now, Point: tt.at, Alarm: tt.alarm}); k.Event != tt.want {
			t.Errorf("fix %d: %+v, not %q", i, k, tt.want)
		}
	}
}

// A polygon is judged by its border in metres: 100 m east of a square is out by 50 m of accuracy, not by 150.
func TestTheBorderOfAnAreaIsInMetres(t *testing.T) {
	o := good(safety.Consent)
	o.Zones = []safety.Zone{{Name: "x", Area: orb.Polygon{{{105, 34}, {105.01, 34}, {105.01, 34.01}, {105, 34.01}, {105, 34}}}}}
	p := orb.Point{105.01 + 100/(111319.5*0.829), 34.005} // cos 34.005° = 0.829
	for _, tt := range []struct {
		accuracy float64
		want     string
	}{{0, "left"}, {50, "left"}, {99, "left"}, {101, ""}, {150, ""}} {
		var w safety.Watch
		w.Keep(&o, safety.Fix{At: now, Point: p, Accuracy: tt.accuracy})
		if k := w.Keep(&o, safety.Fix{At: now, Point: p, Accuracy: tt.accuracy}); k.Event != tt.want {
			t.Errorf("%v m: %q, not %q", tt.accuracy, k.Event, tt.want)
		}
	}
}

func TestWhatIsAdmitted(t *testing.T) {
	o, err := good(safety.Missing).Approve(safety.Party{ID: "p-9", Org: "6205"}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	at, home := now.Add(2*time.Hour), orb.Point{105, 34}
	tests := []struct {
		name string
		fix  safety.Fix
		now  time.Time
		ok   bool
	}{
		{"now", safety.Fix{At: at, Point: home}, at, true},
		{"saved up since the approval", safety.Fix{At: now.Add(time.Hour), Point: home}, at, true},
		{"saved up before the approval", safety.Fix{At: now.Add(30 * time.Minute), Point: home}, at, false},
		{"of tomorrow", safety.Fix{At: at.Add(24 * time.Hour), Point: home}, at, false},
		{"no place", safety.Fix{At: at, Point: orb.Point{200, 100}}, at, false},
		{"a second before the end", safety.Fix{At: o.End.Add(-time.Second), Point: home}, o.End.Add(-time.Second), true},
		{"of after the end, by a clock that is ahead", safety.Fix{At: o.End, Point: home}, o.End.Add(-time.Second), false},
		{"at the end", safety.Fix{At: o.End, Point: home}, o.End, false},
	}
	for _, tt := range tests {
		if why := o.Admit(tt.fix, tt.now); (why == "") != tt.ok {
			t.Errorf("%s: %q", tt.name, why)
		}
	}
}
