package safety_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/layers/safety"
)

var now = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// good is an order that nothing is wrong with.
func good(ground safety.Ground) safety.Order {
	return safety.Order{
		Ground: ground, Case: "A6205020000002026110001", Subject: "subject-17", Purpose: "患有走失史的老人，家属申请", Document: strings.Repeat("ab", 32), Notice: true,
		Device: "SAFE-0001", Start: now, End: now.Add(48 * time.Hour), Review: now.Add(24 * time.Hour), Viewers: []string{"p-1", "p-2"},
		Zones:     []safety.Zone{{Name: "家", Center: orb.Point{105.72, 34.58}, Radius: 300}, {Name: "河边", Danger: true, Center: orb.Point{105.73, 34.57}, Radius: 100}},
		Requester: safety.Party{ID: "p-1", Org: "620502520000"},
	}
}

func TestWhatAnOrderMustSay(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name   string
		ground safety.Ground
		change func(o *safety.Order)
		place  string
	}{
		{"all of it", safety.Consent, func(*safety.Order) {}, ""},
		{"all of it, missing", safety.Missing, func(*safety.Order) {}, ""},
		{"another ground", "suspicion", func(*safety.Order) {}, "ground"},
		{"no ground", "", func(*safety.Order) {}, "ground"},
		{"no case", safety.Consent, func(o *safety.Order) { o.Case = "" }, "case"},
		{"no person", safety.Consent, func(o *safety.Order) { o.Subject = " " }, "subject"},
		{"a person by number", safety.Consent, func(o *safety.Order) { o.Subject = "11010519491231002X" }, "subject"},
		{"no purpose", safety.Consent, func(o *safety.Order) { o.Purpose = "" }, "purpose"},
		{"no document", safety.Consent, func(o *safety.Order) { o.Document = "" }, "document"},
		{"a document that is no hash", safety.Missing, func(o *safety.Order) { o.Document = "consent.pdf" }, "document"},
		{"without telling", safety.Consent, func(o *safety.Order) { o.Notice = false }, "notice"},
		{"who is missing cannot be told", safety.Missing, func(o *safety.Order) { o.Notice = false }, ""},
		{"no device", safety.Consent, func(o *safety.Order) { o.Device = "" }, "device"},
		{"a phone as the device", safety.Consent, func(o *safety.Order) { o.Device = "13812345678" }, "device"},
		{"no start", safety.Consent, func(o *safety.Order) { o.Start = time.Time{} }, "end"},
		{"91 days", safety.Consent, func(o *safety.Order) { o.End = now.Add(91 * day) }, "end"},
		{"90 days", safety.Consent, func(o *safety.Order) { o.End = now.Add(90 * day) }, ""},
		{"73 hours", safety.Missing, func(o *safety.Order) { o.End = now.Add(73 * time.Hour) }, "end"},
		{"until 2099", safety.Consent, func(o *safety.Order) { o.End = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }, "end"},
		{"past", safety.Consent, func(o *safety.Order) { o.Start, o.End = now.Add(-2*day), now.Add(-day); o.Review = o.End }, "end"},
		{"far ahead", safety.Consent, func(o *safety.Order) { o.Start, o.End = now.Add(8*day), now.Add(9*day); o.Review = o.End }, "start"},
		{"no review", safety.Consent, func(o *safety.Order) { o.Review = time.Time{} }, "review"},
		{"no viewer", safety.Consent, func(o *safety.Order) { o.Viewers = nil }, "viewers"},
		{"no zone", safety.Consent, func(o *safety.Order) { o.Zones = nil }, "zones"},
		{"a zone of a metre", safety.Consent, func(o *safety.Order) { o.Zones[0].Radius = 1 }, "zones[0]"},
		{"a zone of no place", safety.Consent, func(o *safety.Order) { o.Zones[1] = safety.Zone{Name: "x"} }, "zones[1]"},
		{"a ring that is open", safety.Consent, func(o *safety.Order) {
			o.Zones[1] = safety.Zone{Name: "x", Area: orb.Polygon{{{1, 1}, {2, 2}, {3, 1}, {2, 0}}}}
		}, "zones[1]"},
		{"nobody who asks", safety.Consent, func(o *safety.Order) { o.Requester.ID = "" }, "requester"},
		{"for nobody", safety.Consent, func(o *safety.Order) { o.Requester.Org = "" }, "requester.org"},
	}
	for _, tt := range tests {
		o := good(tt.ground)
		tt.change(&o)
		ps := o.Check(now)
		if (len(ps) == 0) != (tt.place == "") || len(ps) > 0 && ps[0].Place != tt.place {
			t.Errorf("%s: %v", tt.name, ps)
		}
	}
}

func TestASecondPersonOfAnotherBodyDecides(t *testing.T) {
	tests := []struct {
		name string
		by   safety.Party
		ok   bool
	}{
		{"a second person of another body", safety.Party{ID: "p-9", Org: "620502000000"}, true},
		{"who asked", safety.Party{ID: "p-1", Org: "620502000000"}, false},
		{"the same body", safety.Party{ID: "p-9", Org: "620502520000"}, false},
		{"of no body", safety.Party{ID: "p-9"}, false},
		{"an administrator", safety.Party{ID: "p-9", Org: "620502000000", Admin: true}, false},
		{"nobody", safety.Party{}, false},
	}
	for _, tt := range tests {
		o, err := good(safety.Consent).Approve(tt.by, now)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, safety.ErrRefused) || tt.ok && o.State(now) != safety.Active {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	o := good(safety.Consent)
	if _, err := o.Approve(safety.Party{ID: "p-9", Org: "6205"}, o.End); !errors.Is(err, safety.ErrRefused) {
		t.Errorf("after its end: %v", err)
	}
}

func TestRenewals(t *testing.T) {
	second, third := safety.Party{ID: "p-9", Org: "6205"}, safety.Party{ID: "p-8", Org: "6205"}
	o, err := good(safety.Missing).Approve(second, now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(40 * time.Hour)
	for name, tt := range map[string]struct {
		by    safety.Party
		until time.Time
	}{
		"who approved":             {second, later.Add(70 * time.Hour)},
		"who asked":                {o.Requester, later.Add(70 * time.Hour)},
		"an administrator":         {safety.Party{ID: "p-7", Org: "6205", Admin: true}, later.Add(70 * time.Hour)},
		"for more than 72 hours":   {third, later.Add(73 * time.Hour)},
		"to an end that is sooner": {third, o.End.Add(-time.Hour)},
	} {
		if _, err := o.Renew(tt.by, tt.until, later); !errors.Is(err, safety.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	once, err := o.Renew(third, later.Add(72*time.Hour), later)
	if err != nil || once.State(later.Add(71*time.Hour)) != safety.Active || len(o.Renewals) != 0 {
		t.Fatal(err)
	}
	if _, err := once.Renew(third, once.End.Add(time.Hour), once.End.Add(-time.Hour)); !errors.Is(err, safety.ErrRefused) {
		t.Errorf("the same twice in a row: %v", err)
	}
	consent, err := good(safety.Consent).Approve(second, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := consent.Renew(third, consent.End.Add(time.Hour), later); !errors.Is(err, safety.ErrRefused) {
		t.Errorf("a consent is renewed: %v", err)
	}
}

func TestStatesInTheCourseOfTime(t *testing.T) {
	o := good(safety.Consent)
	o.Start = now.Add(time.Hour)
	if o.State(now) != safety.Proposed {
		t.Error(o.State(now))
	}
	o, err := o.Approve(safety.Party{ID: "p-9", Org: "6205"}, now)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := o.Withdraw("consent withdrawn", now.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		o    safety.Order
		at   time.Time
		want safety.State
	}{
		{o, now, safety.Waiting}, {o, o.Start, safety.Active}, {o, o.End.Add(-time.Second), safety.Active}, {o, o.End, safety.Over},
		{gone, now.Add(2*time.Hour - time.Second), safety.Active}, {gone, now.Add(2 * time.Hour), safety.Over},
	} {
		if got := tt.o.State(tt.at); got != tt.want {
			t.Errorf("at %v: %s, not %s", tt.at, got, tt.want)
		}
	}
	if o.MayRead("p-3", o.Start) || !o.MayRead("p-2", o.Start) || o.MayRead("p-2", now) || o.MayRead("p-2", o.End) || o.MayRead("", o.Start) {
		t.Error("who may read")
	}
}

// TestWhatIsKeptOfAFix: with consent the cell only, except when something happens; of who is missing, the place.
func TestWhatIsKeptOfAFix(t *testing.T) {
	home, away, river := orb.Point{105.72, 34.58}, orb.Point{105.76, 34.60}, orb.Point{105.73, 34.57}
	type fix struct {
		at    orb.Point
		alarm bool
		want  string // event zone, "cell" or "place"
	}
	run := func(ground safety.Ground, fixes ...fix) {
		t.Helper()
		o := good(ground)
		var w safety.Watch
		for i, f := range fixes {
			k := w.Keep(&o, safety.Fix{At: now, Point: f.at, Accuracy: 10, Alarm: f.alarm})
			got := "place"
			if k.Cell {
				got = "cell"
			}
			if k.Event != "" {
				got = strings.TrimSpace(k.Event + " " + k.Zone)
			}
			if got != f.want || k.Cell == (k.Point == f.at) {
				t.Errorf("%s, fix %d: %+v, want %s", ground, i, k, f.want)
			}
		}
	}
	run(safety.Consent, fix{home, false, "cell"}, fix{home, false, "cell"}, fix{away, false, "cell"}, fix{away, false, "left 家"}, fix{away, false, "cell"},
		fix{river, false, "cell"}, fix{river, false, "entered 河边"}, fix{river, true, "alarm"}, fix{home, false, "cell"}, fix{home, false, "cell"})
	run(safety.Consent, fix{away, false, "cell"}, fix{home, false, "cell"}, fix{away, false, "cell"}, fix{home, false, "cell"}) // errors of single fixes
	run(safety.Missing, fix{home, false, "place"}, fix{away, false, "place"}, fix{away, false, "left 家"})
}

// TestCellsAreAKilometreWide everywhere where people live, and tell nothing more.
func TestCellsAreAKilometreWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		p := orb.Point{rng.Float64()*360 - 180, rng.Float64()*140 - 70}
		c := safety.Cell(p)
		if safety.Cell(c) != c {
			t.Fatalf("the middle of the cell of %v is in another one", p)
		}
		if d := geo.DistanceHaversine(p, c); d > 1400 {
			t.Fatalf("%v is %.0f m from the middle of its cell", p, d)
		}
		// The four edges, a metre inside, are of the same cell: it is no smaller than a kilometre.
		for _, step := range []orb.Point{{499, 0}, {-499, 0}, {0, 499}, {0, -499}} {
			q := orb.Point{c[0] + step[0]/(111195*math.Cos((math.Abs(c[1])+0.005)*math.Pi/180)), c[1] + step[1]/111195}
			if safety.Cell(q) != c {
				t.Fatalf("seed 1,2: the cell of %v is less than 1 km wide", p)
			}
		}
	}
	for _, p := range []orb.Point{{180, 90}, {-180, -90}, {180, 0}, {-180, 0}, {0, 89.999}} {
		if c := safety.Cell(p); math.Abs(c[0]) > 180 || math.Abs(c[1]) > 90 || math.IsNaN(c[0]) {
			t.Errorf("the cell of %v is at %v", p, c)
		}
	}
}
