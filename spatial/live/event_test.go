package live_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestEvents(t *testing.T) {
	remove := func(t *testing.T, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event {
		return p.RemoveUnit("u", now, out)
	}
	demote := func(t *testing.T, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event {
		return p.PutUnit(live.Unit{ID: "u", Class: spatial.Officer}, now, out)
	}
	lift := func(t *testing.T, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event {
		return p.RemoveFence("yards/depot", now, out)
	}
	again := func(t *testing.T, p *live.Picture, now spatial.Instant, out []live.Event) []live.Event {
		out, err := p.PutFence(depot(), now, out)
		if err != nil {
			t.Error(err)
		}
		return out
	}
	nofix := live.NoFix
	tests := []struct {
		name  string
		class spatial.Class
		story []said
		want  []string
	}{
		{"in and out", spatial.Vehicle, []said{{now: 0, east: 800}, {now: 20}, {now: 40, east: 800}}, []string{"enter yards/depot at 20", "exit yards/depot at 40"}},
		{
			"a late fix neither moves back nor fires", spatial.Vehicle,
			[]said{{now: 0}, {now: 20, east: 800}, {now: 21, fix: 10}, {now: 22, fix: 15}, {now: 30, east: 900}},
			[]string{"enter yards/depot at 0", "exit yards/depot at 20"},
		},
		{
			"expiry fires exit with its reason", spatial.Vehicle,
			[]said{{now: 0}, {now: 119, pass: true}, {now: 120, pass: true}, {now: 1799, pass: true}, {now: 1801, pass: true}},
			[]string{"enter yards/depot at 0", "stale by time_passed at 120", "lost yards/depot by went_stale at 120", "expired by time_passed at 1800", "exit yards/depot by expired at 1800"},
		},
		{
			"it is the same when nobody looks meanwhile", spatial.Vehicle, []said{{now: 0}, {now: 9000, pass: true}},
			[]string{"enter yards/depot at 0", "stale by time_passed at 120", "lost yards/depot by went_stale at 120", "expired by time_passed at 1800", "exit yards/depot by expired at 1800"},
		},
		{
			"and when the next thing is a fix", spatial.Vehicle, []said{{now: 0}, {now: 9000, east: 900}},
			[]string{"enter yards/depot at 0", "stale by time_passed at 120", "lost yards/depot by went_stale at 120", "expired by time_passed at 1800", "exit yards/depot by expired at 1800", "returned by came_back at 9000"},
		},
		{
			"who comes back from silence may have crossed", spatial.Vehicle, []said{{now: 0, east: -2000}, {now: 300, east: 2000}},
			[]string{"stale by time_passed at 120", "returned by came_back at 300", "cross yards/depot by came_back, possibly, at 127.5"},
		},
		{"fixes put staleness off", spatial.Vehicle, []said{{now: 0, east: 900}, {now: 100, east: 900}, {now: 150, pass: true}, {now: 219, pass: true}}, nil},
		{"staleness counts from the fix and not from its arrival", spatial.Vehicle, []said{{now: 100, fix: 1, east: 900}, {now: 121, pass: true}}, []string{"stale by time_passed at 121"}},
		{"a sign of life without a position does not make a vehicle fresh", spatial.Vehicle, []said{{now: 0, east: 900}, {now: 100, flags: nofix}, {now: 120, pass: true}}, []string{"stale by time_passed at 120"}},
		{
			"old fixes of a memory do not bring it back before they are fresh", spatial.Vehicle,
			[]said{{now: 0, east: 900}, {now: 310, pass: true}, {now: 310, fix: 100, east: 1000}, {now: 310.1, fix: 200, east: 1100}, {now: 311, fix: 300, east: 1200}},
			[]string{"stale by time_passed at 120", "returned by came_back at 200"},
		},
		{
			"a device that should call has not", spatial.Camera, []said{{now: 0, flags: nofix}, {now: 600, flags: nofix}, {now: 1499, pass: true}, {now: 1500, pass: true}, {now: 2000, flags: nofix}},
			[]string{"silent by time_passed at 1500", "returned by came_back at 2000"},
		},
		{
			"who is believed to have jumped has gone nobody knows which way", spatial.Vehicle,
			[]said{{now: 0}, {now: 10, east: 30_000}, {now: 20, east: 30_000}, {now: 30, east: 30_000}},
			[]string{"enter yards/depot at 0", "exit yards/depot, possibly, at 30"},
		},
		{"a unit that is removed leaves", spatial.Vehicle, []said{{now: 0}, {now: 5, do: remove}, {now: 6, east: 5}}, []string{"enter yards/depot at 0", "exit yards/depot by reclassed at 5"}},
		{"a fence that is removed is left", spatial.Vehicle, []said{{now: 0}, {now: 5, do: lift}}, []string{"enter yards/depot at 0", "exit yards/depot by removed at 5"}},
		{"a fence over who is there tells it", spatial.Vehicle, []said{{now: 0, do: lift}, {now: 0}, {now: 5, do: again}}, []string{"enter yards/depot by created at 5"}},
		{"the same fence again tells nothing", spatial.Vehicle, []said{{now: 0}, {now: 5, do: again}}, []string{"enter yards/depot at 0"}},
		{"of another class it leaves and comes", spatial.Vehicle, []said{{now: 0}, {now: 5, do: demote}}, []string{"enter yards/depot at 0", "exit yards/depot by reclassed at 5", "enter yards/depot at 0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got := play(t, pictureOf(t, test.class, live.Options{}), test.story)
			if !slices.Equal(got, test.want) {
				t.Errorf("events\n\t%q, want\n\t%q", got, test.want)
			}
		})
	}
}

func TestEmergency(t *testing.T) {
	const pressed = live.EmergencyFlag
	null := orb.Point{}
	tests := []struct {
		name  string
		story []said
		want  []string
		state live.State
	}{
		{"once, however often it is said", []said{{now: 1, flags: pressed}, {now: 2, flags: pressed}, {now: 2, flags: pressed}}, []string{"emergency at 1"}, live.InEmergency},
		{"until the button is released", []said{{now: 1, flags: pressed}, {now: 2}}, []string{"emergency at 1"}, live.Available},
		{"again when it is pressed again", []said{{now: 1, flags: pressed}, {now: 2}, {now: 3, flags: pressed}}, []string{"emergency at 1", "emergency at 3"}, live.InEmergency},
		{"without a position", []said{{now: 1, flags: pressed | live.NoFix}}, []string{"emergency at 1"}, live.InEmergency},
		{"at 0,0", []said{{now: 1, flags: pressed, at: &null}}, []string{"emergency at 1"}, live.InEmergency},
		{"at a place it cannot have come to", []said{{now: 1}, {now: 2, east: 1e6, flags: pressed}}, []string{"emergency at 2"}, live.InEmergency},
		{"with a clock that is an hour fast", []said{{now: 1, fix: 3600, flags: pressed}}, []string{"emergency at 1"}, live.InEmergency},
		{"with a position that is frozen", []said{{now: 1}, {now: 5, fix: 1, flags: pressed}}, []string{"emergency at 1"}, live.InEmergency},
		{"another device of the unit does not end it", []said{{now: 1, flags: pressed, device: "radio"}, {now: 2}}, []string{"emergency at 1"}, live.InEmergency},
		{"an older report does not end it", []said{{now: 5, flags: pressed}, {now: 6, fix: 4}}, []string{"emergency at 5"}, live.InEmergency},
		{"a repetition after its end is no news", []said{{now: 5, flags: pressed}, {now: 6}, {now: 7, fix: 5, flags: pressed}}, []string{"emergency at 5"}, live.Available},
		{"one that comes late is", []said{{now: 6}, {now: 7, fix: 5, flags: pressed}}, []string{"emergency at 5"}, live.InEmergency},
		{"one of yesterday is not", []said{{now: 6}, {now: 7, fix: -80000, flags: pressed}}, nil, live.Available},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := pictureOf(t, spatial.Officer, live.Options{})
			p.RemoveFence("yards/depot", noon, nil)
			_, got := play(t, p, test.story)
			if !slices.Equal(got, test.want) {
				t.Errorf("events %q, want %q", got, test.want)
			}
			s, _ := p.Unit("u")
			if s.Unit.State != test.state || (s.Flags&pressed != 0) != (test.state == live.InEmergency) {
				t.Errorf("it is %s with flags %b, want %s", s.Unit.State, s.Flags, test.state)
			}
		})
	}
}

func TestUnitsThatApproach(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, live.Options{})
	p.PutUnit(live.Unit{ID: "van", Class: spatial.Vehicle}, noon, nil)
	p.RemoveFence("yards/depot", noon, nil)
	convoy := &fence.Fence{ID: "rules/convoy", Around: "van", Radius: 200, Events: fence.KindsOf(fence.Approach, fence.Part)}
	if _, err := p.PutFence(convoy, noon, nil); err != nil {
		t.Fatal(err)
	}
	_, got := play(t, p, []said{
		{now: 0, device: "van"}, {now: 1, east: 1000}, {now: 20, east: 150}, {now: 30, device: "van", east: 100}, {now: 60, device: "van", east: 2000},
	})
	want := []string{"approach rules/convoy van at 20", "part rules/convoy van at 60"}
	if !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

func TestAnEventNamesWhatItIsAbout(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, live.Options{})
	_, events := p.Report(after(1), []live.Report{said{now: 1}.report()}, nil, nil)
	want := live.Event{
		Seq: 1, Kind: fence.Enter, Fence: "yards/depot", Name: "Depot", Unit: "u", Class: spatial.Vehicle, Time: after(1), At: east(0),
	}
	if len(events) != 1 || events[0] != want {
		t.Errorf("got %+v, want %+v", events, want)
	}
	if c := p.Counts(); c.Event[fence.Enter] != 1 || c.Seq != 1 || c.Fences != 1 || c.Units[spatial.Vehicle][live.Fresh] != 1 {
		t.Errorf("counted %+v", c)
	}
	if s, _ := p.Unit("u"); !slices.Equal(s.Inside, []string{"yards/depot"}) || p.Occupants("yards/depot") != 1 {
		t.Errorf("it is inside %v", s.Inside)
	}
}

func TestDueIsNeverTooLate(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, live.Options{Limits: map[spatial.Class]live.Limits{spatial.Vehicle: {Reorder: 5 * time.Second}}})
	if p.Due() != 0 {
		t.Errorf("nothing happened, and something is due at %v", p.Due().Time())
	}
	p.Report(after(1), []live.Report{said{now: 1}.report()}, nil, nil)
	events := 0
	for range 20 {
		due := p.Due()
		if due == 0 {
			break
		}
		events += len(p.Advance(due-1, nil)) * 100
		events += len(p.Advance(due, nil))
	}
	if events != 5 || p.Due() != 0 {
		t.Errorf("%d events came, or some too early; due is %v", events, p.Due())
	}
}
