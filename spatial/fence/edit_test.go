package fence_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func TestFencesComeAndGo(t *testing.T) {
	tellStories(t, []story{
		{
			name: "put over units that are there", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "0 van 60,60", "0 bus 300,50", "10 put yard", "20 car 51,50"},
			want:   []string{"10 enter yard car (created)", "10 enter yard van (created)"},
		},
		{
			name: "removed", fences: []*fence.Fence{yard()},
			script: []string{"0 put yard", "5 car 50,50", "10 remove yard", "10 remove yard", "15 car -50,50"},
			want:   []string{"5 enter yard car", "10 exit yard car (removed) for 5s"},
		},
		{
			name: "put again is no event", fences: []*fence.Fence{yard()},
			script: []string{"0 put yard", "5 car 50,50", "10 put yard", "15 car -50,50"},
			want:   []string{"5 enter yard car", "15 exit yard car for 10s"},
		},
		{
			name: "put over a unit hardly inside, which then goes", fences: []*fence.Fence{yard()},
			script: []string{"0 car 2,50", "1 put yard", "5 car -40,50"}, want: nil,
		},
	})
}

func TestEdits(t *testing.T) {
	s := newScene(t)
	put := func(now string, edit func(f *fence.Fence)) []string {
		f := yard()
		edit(f)
		s.fences["yard"] = f
		return s.run(now + " put yard")
	}
	s.run("0 west 50,50", "0 middle 150,50", "0 east 250,50")
	steps := []struct {
		name string
		now  string
		edit func(f *fence.Fence)
		want []string
	}{
		{"new", "10", func(*fence.Fence) {}, []string{"10 enter yard west (created)", "10 enter yard middle (created)"}},
		{
			"moved east: only differences are told", "20", func(f *fence.Fence) { f.Area = square(100, 0, 300, 200) },
			[]string{"20 exit yard west (edited) for 10s", "20 enter yard east (edited)"},
		},
		{
			"concerns one unit only", "30", func(f *fence.Fence) { f.Area, f.Units = square(0, 0, 300, 200), []string{"middle", "west"} },
			[]string{"30 exit yard east (edited) for 10s", "30 enter yard west (edited)"},
		},
		{
			"holds at another time", "40", func(f *fence.Fence) { f.Schedule = parse(t, "Fri") },
			[]string{"40 exit yard west (edited) for 10s", "40 exit yard middle (edited) for 30s"},
		},
		{
			"holds again", "50", func(*fence.Fence) {},
			[]string{"50 enter yard west (edited)", "50 enter yard middle (edited)"},
		},
		{
			"becomes a line", "60", func(f *fence.Fence) { f.Area, f.Line = line(0, 0, 0, 100), true },
			[]string{"60 exit yard west (edited) for 10s", "60 exit yard middle (edited) for 10s"},
		},
		{"and an area with dwell", "70", func(f *fence.Fence) { f.Dwell = 20 * time.Second }, []string{"70 enter yard west (edited)", "70 enter yard middle (edited)"}},
		{"with a longer one", "80", func(f *fence.Fence) { f.Dwell = 40 * time.Second }, nil},
		{"for all but these", "85", func(f *fence.Fence) { f.Dwell, f.Classes = 15*time.Second, spatial.ClassesOf(spatial.Vehicle) }, []string{
			"85 dwell yard west (edited) for 15s", "85 dwell yard middle (edited) for 15s"}},
	}
	for _, step := range steps {
		if got := put(step.now, step.edit); !slices.Equal(got, append([]string{}, step.want...)) {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
	if got := s.run("200 advance"); len(got) > 0 {
		t.Errorf("who has dwelt does not dwell again: got %q", got)
	}
}

func TestCheck(t *testing.T) {
	bow := square(0, 0, 100, 100)
	flat := square(0, 0, 100, 0)
	tests := []struct {
		name, want string
		fence      fence.Fence
	}{
		{"no ID", "needs an ID", fence.Fence{Area: bow}},
		{"nothing", "either an area or a circle around a unit", fence.Fence{ID: "f"}},
		{"both", "either an area or a circle around a unit", fence.Fence{ID: "f", Area: bow, Around: "u"}},
		{"a point without radius", "a point is no area: give a radius", fence.Fence{ID: "f", Area: xy(0, 0)}},
		{"a line without radius", "give a radius, or make it a line to cross", fence.Fence{ID: "f", Area: line(0, 0, 1, 1)}},
		{"a polygon with radius", "takes no radius", fence.Fence{ID: "f", Area: bow, Radius: 5}},
		{"a polygon to cross", "LineString", fence.Fence{ID: "f", Area: bow, Line: true}},
		{"a flat polygon", "has no inside, near lon 118.79", fence.Fence{ID: "f", Area: flat}},
		{"a side of an area", "only lines to cross have a side", fence.Fence{ID: "f", Area: bow, Side: fence.LeftToRight}},
		{"dwell on a line", "nobody is inside of a line", fence.Fence{ID: "f", Area: line(0, 0, 1, 1), Line: true, Dwell: 1}},
		{"a route of an area", "only corridors have a route", fence.Fence{ID: "f", Area: bow, Events: fence.KindsOf(fence.OffRoute)}},
		{"heights upside down", "no height is from 9 m to less than 3 m", fence.Fence{ID: "f", Area: bow, Low: 9, High: 3}},
		{"a radius of half the earth", "is not in 0 to", fence.Fence{ID: "f", Area: xy(0, 0), Radius: 2e7}},
		{"an unclosed ring", "is not closed", fence.Fence{ID: "f", Area: bowOpen()}},
		{"over the antimeridian", "it spans the antimeridian: cut it in two", fence.Fence{ID: "f", Area: box(179, 0, -179, 1)}},
		{"a circle over the antimeridian", "it spans the antimeridian", fence.Fence{ID: "f", Area: box(179.999, 0, 0, 0)[0][0], Radius: 1000}},
		{"at the pole", "nearer to a pole than 85", fence.Fence{ID: "f", Area: box(0, 84, 1, 86)}},
		{"negative", "a duration is negative", fence.Fence{ID: "f", Area: bow, Stay: -1}},
	}
	for _, test := range tests {
		err := test.fence.Check()
		if err == nil || !contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.name, err, test.want)
		}
		e := fence.NewEngine(nil)
		if _, again := e.Put(&test.fence, begin, nil); again == nil || again.Error() != err.Error() || e.Len() != 0 {
			t.Errorf("%s: Put says %v, Check says %v", test.name, again, err)
		}
	}
}

func TestShapesThatAreHardlyAny(t *testing.T) {
	tiny := math.SmallestNonzeroFloat64
	for name, area := range map[string]orb.Geometry{
		"infinitely low":   orb.Polygon{{{0, 0}, {1, 0}, {1, tiny}, {0, 0}}},
		"of one place":     orb.Polygon{{{1, 1}, {1, 1}, {1, 1}, {1, 1}}},
		"a thread":         box(0, 0, 1, 1e-12),
		"a bow tie":        orb.Polygon{{xy(0, 0), xy(100, 100), xy(100, 0), xy(0, 100), xy(0, 0)}},
		"a line of no way": orb.LineString{{1, 1}, {1, 1}},
	} {
		for _, f := range []*fence.Fence{{ID: "f", Area: area}, {ID: "f", Area: area, Line: true}, {ID: "f", Area: area, Radius: 10}} {
			e := fence.NewEngine(nil)
			if _, err := e.Put(f, begin, nil); err != nil {
				continue
			}
			for i, p := range []orb.Point{{1, 1}, {0.5, tiny / 2}, {0, 0}, xy(20, 50), xy(50, 50), {2, 2}, {0.5, -1}, {0.5, 1}} {
				e.Move(fence.Move{ID: "u", Time: second(float64(i)), To: p}, nil)
				e.Containing(p, 0, begin.Time(), func(*fence.Fence) bool { return true })
			}
			if e.Remove("f", second(10), fence.Removed, nil); e.Len() != 0 {
				t.Errorf("%s is not removed", name)
			}
		}
	}
}

func TestWhenAFenceHolds(t *testing.T) {
	from, to := begin.Time().Add(30*time.Minute), begin.Time().Add(50*time.Hour)
	tests := []struct {
		name  string
		fence fence.Fence
		now   time.Time
		holds bool
		next  time.Time
	}{
		{"always", fence.Fence{}, from, true, time.Time{}},
		{"before it is valid", fence.Fence{Effective: spatial.Validity{From: from}}, begin.Time(), false, from},
		{"valid for ever", fence.Fence{Effective: spatial.Validity{From: from}}, from, true, time.Time{}},
		{"valid until", fence.Fence{Effective: spatial.Validity{To: to}}, from, true, to},
		{"no longer valid", fence.Fence{Effective: spatial.Validity{To: to}, Schedule: parse(t, "08:00-09:00")}, to, false, time.Time{}},
		{"in its window", fence.Fence{Schedule: parse(t, "08:00-09:00")}, begin.Time(), true, begin.Time().Add(time.Hour)},
		{
			"valid from within a window", fence.Fence{Effective: spatial.Validity{From: from}, Schedule: parse(t, "08:00-09:00")},
			begin.Time(), false, from,
		},
		{
			"valid from after a window", fence.Fence{Effective: spatial.Validity{From: from}, Schedule: parse(t, "08:00-08:10")},
			begin.Time(), false, begin.Time().Add(24 * time.Hour),
		},
		{
			"valid until within a window", fence.Fence{Effective: spatial.Validity{To: from}, Schedule: parse(t, "08:00-09:00")},
			begin.Time(), true, from,
		},
		{
			"valid until before the next window", fence.Fence{Effective: spatial.Validity{To: from}, Schedule: parse(t, "09:00-10:00")},
			begin.Time(), false, time.Time{},
		},
	}
	for _, test := range tests {
		if got := test.fence.Holds(test.now); got != test.holds {
			t.Errorf("%s: holds %v, want %v", test.name, got, test.holds)
		}
		if got := test.fence.Next(test.now); !got.Equal(test.next) {
			t.Errorf("%s: next is %v, want %v", test.name, got, test.next)
		}
	}
}
