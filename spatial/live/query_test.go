package live_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/live"
)

// squad fills a picture with n units of all kinds around a place, some of them stale, expired or never seen.
func squad(t testing.TB, r *rand.Rand, n int, around orb.Point) *live.Picture {
	t.Helper()
	p := live.NewPicture(live.Options{})
	skills := []string{"dog", "drone", "firearms", "medic"}
	var rs []live.Report
	for i := range n {
		u := live.Unit{
			ID: fmt.Sprintf("u%04d", i), Class: spatial.Class(1 + r.IntN(7)), Kind: []string{"foot", "car"}[r.IntN(2)],
			Org: []string{"62050101", "62050102", "62050301"}[r.IntN(3)], State: live.State(r.IntN(int(live.InEmergency))),
		}
		for _, s := range skills {
			if r.IntN(2) == 0 {
				u.Skills = append(u.Skills, s)
			}
		}
		p.PutUnit(u, noon, nil)
		if r.IntN(10) > 0 {
			at := orb.Point{around[0] + r.NormFloat64()/20, min(90, max(-90, around[1]+r.NormFloat64()/20))}
			rs = append(rs, live.Report{Device: u.ID, Fix: noon - spatial.Instant(r.ExpFloat64()*100e3), Point: at, Speed: unknown, Course: unknown, Accuracy: 5, Battery: unknown, Altitude: unknown})
		}
	}
	for _, f := range []*fence.Fence{{ID: "beats/1", Area: around, Radius: 3000}} {
		if _, err := p.PutFence(f, noon, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.Report(noon, rs, nil, nil)
	return p
}

func randomFilter(r *rand.Rand) (f live.Filter) {
	if r.IntN(2) == 0 {
		f.Classes = spatial.ClassSet(r.IntN(256))
	}
	if r.IntN(2) == 0 {
		f.States = live.StateSet(r.IntN(1 << 13))
	}
	if r.IntN(3) == 0 {
		f.Skills = []string{"firearms", "medic"}[:1+r.IntN(2)]
	}
	if r.IntN(4) == 0 {
		f.Kinds = []string{"foot"}
	}
	if r.IntN(4) == 0 {
		f.Orgs = []string{"620501", "9"}
	}
	if r.IntN(4) == 0 {
		f.MaxAge = time.Duration(r.IntN(200)) * time.Second
	}
	if r.IntN(3) == 0 {
		f.At = noon.Add(time.Duration(r.IntN(600)) * time.Second)
	}
	if r.IntN(5) == 0 {
		f.Fence = "beats/1"
	}
	f.StaleToo = r.IntN(3) == 0
	return f
}

// admits is the filter again, on what everybody sees of a unit.
func admits(f live.Filter, s live.Sight) bool {
	at := cmp.Or(f.At, noon)
	limit := map[spatial.Class][2]time.Duration{
		spatial.Officer: {300, 1800}, spatial.Vehicle: {120, 1800}, spatial.Bus: {90, 1800}, spatial.Drone: {30, 600},
		spatial.Camera: {900, 86400}, spatial.Terminal: {900, 86400}, spatial.Sensor: {900, 86400},
	}[s.Unit.Class]
	seen := s.Fix
	if !s.Unit.Class.Moves() {
		seen = s.Heard
	}
	age := at.Sub(seen)
	return s.Known && age < limit[1]*time.Second && (f.StaleToo || age < limit[0]*time.Second) && (f.MaxAge == 0 || age <= f.MaxAge) &&
		(f.Classes.Has(s.Unit.Class) && f.Classes != 0 || f.Classes == 0 && s.Unit.Class.Moves()) && f.States.Has(s.Unit.State) &&
		!slices.ContainsFunc(f.Skills, func(skill string) bool { return !slices.Contains(s.Unit.Skills, skill) }) &&
		(f.Kinds == nil || slices.Contains(f.Kinds, s.Unit.Kind)) &&
		(f.Orgs == nil || slices.ContainsFunc(f.Orgs, func(org string) bool { return strings.HasPrefix(s.Unit.Org, org) })) &&
		(f.Fence == "" || slices.Contains(s.Inside, f.Fence))
}

func all(p *live.Picture) (sights []live.Sight) {
	p.Units(func(s live.Sight) bool { sights = append(sights, s); return true })
	return sights
}

func TestNearestEqualsSortingAll(t *testing.T) {
	for _, lat := range []float64{0, 34.6, 60, 80} {
		const seed = 31
		r := rand.New(rand.NewPCG(seed, uint64(lat)))
		p := squad(t, r, 500, orb.Point{105.7, lat})
		sights := all(p)
		for round := range 100 {
			q := live.Search{Point: orb.Point{105.7 + r.NormFloat64()/10, lat + r.NormFloat64()/10}, K: r.IntN(20), Filter: randomFilter(r)}
			if r.IntN(3) == 0 {
				q.Within = r.ExpFloat64() * 5000
			}
			var want []string
			slices.SortFunc(sights, func(a, b live.Sight) int {
				return cmp.Compare(index.Meters(q.Point, a.Point), index.Meters(q.Point, b.Point))
			})
			for _, s := range sights {
				if d := index.Meters(q.Point, s.Point); admits(q.Filter, s) && (q.Within == 0 || d <= q.Within) && len(want) < cmp.Or(q.K, 10) {
					want = append(want, fmt.Sprintf("%s %.3f", s.Unit.ID, d))
				}
			}
			var got []string
			for _, n := range p.Nearest(q) {
				got = append(got, fmt.Sprintf("%s %.3f", n.Unit.ID, n.Meters))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, latitude %g, round %d: the nearest for %+v are\n%v, want\n%v", seed, lat, round, q, got, want)
			}
		}
	}
}

func TestWithinAndExplainEqualLookingAtAll(t *testing.T) {
	const seed = 32
	r := rand.New(rand.NewPCG(seed, 0))
	p := squad(t, r, 800, orb.Point{105.7, 34.6})
	sights := all(p)
	for round := range 100 {
		f := randomFilter(r)
		box := orb.MultiPoint{{105.7 + r.NormFloat64()/10, 34.6 + r.NormFloat64()/10}, {105.7 + r.NormFloat64()/10, 34.6 + r.NormFloat64()/10}}.Bound()
		found := map[string]bool{}
		p.Within(box, f, func(s live.Sight) bool { found[s.Unit.ID] = true; return true })
		for _, s := range sights {
			admitted := admits(f, s)
			if found[s.Unit.ID] != (admitted && box.Contains(s.Point)) {
				t.Fatalf("seed %d, round %d: %+v in %v by %+v: found is %v", seed, round, s, box, f, found[s.Unit.ID])
			}
			if why := p.Explain(s.Unit.ID, f); (why == "") != admitted {
				t.Fatalf("seed %d, round %d: %+v by %+v is explained by %q", seed, round, s, f, why)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	p := live.NewPicture(live.Options{})
	p.PutUnit(live.Unit{ID: "u", Class: spatial.Vehicle, Kind: "car", Org: "620501", Skills: []string{"medic"}, State: live.OnScene}, noon, nil)
	p.PutUnit(live.Unit{ID: "new", Class: spatial.Vehicle}, noon, nil)
	p.PutUnit(live.Unit{ID: "bus", Class: spatial.Bus}, noon, nil)
	p.Report(noon, []live.Report{said{now: 0}.report()}, nil, nil)
	at := func(d time.Duration, f live.Filter) live.Filter { f.At = noon.Add(d); return f }
	tests := []struct {
		unit string
		f    live.Filter
		want string
	}{
		{"u", live.Filter{}, ""},
		{"u", live.Filter{Skills: []string{"medic"}, Kinds: []string{"car"}, Orgs: []string{"6205"}, MaxAge: time.Second}, ""},
		{"nobody", live.Filter{}, "not registered"},
		{"new", live.Filter{}, "has never reported a position"},
		{"bus", live.Filter{Classes: spatial.ClassesOf(spatial.Vehicle)}, "class bus"},
		{"u", live.Filter{States: live.Recommended}, "state on_scene"},
		{"u", live.Filter{Skills: []string{"medic", "firearms"}}, "lacks skill firearms"},
		{"u", live.Filter{Kinds: []string{"foot"}}, "kind car"},
		{"bus", live.Filter{Orgs: []string{"6"}}, "organisation not known"},
		{"u", at(time.Minute, live.Filter{MaxAge: 30 * time.Second}), "too old: last fix 60 s ago"},
		{"u", at(7*time.Minute, live.Filter{}), "stale: last fix 7 min ago"},
		{"u", at(7*time.Minute, live.Filter{StaleToo: true}), ""},
		{"u", at(3*time.Hour, live.Filter{StaleToo: true}), "expired: last fix 3 h ago"},
		{"u", at(30*24*time.Hour, live.Filter{}), "expired: last fix 30 d ago"},
		{"u", live.Filter{Fence: "beats/1"}, "outside of beats/1"},
	}
	for _, test := range tests {
		if got := p.Explain(test.unit, test.f); got != test.want {
			t.Errorf("%s by %+v: %q, want %q", test.unit, test.f, got, test.want)
		}
	}
}

func TestWhoseStateIsNotKnownIsNotRecommended(t *testing.T) {
	for s := live.StateUnknown; s <= live.InEmergency; s++ {
		if want := s == live.Available || s == live.AvailableDelayed; live.Recommended.Has(s) != want {
			t.Errorf("%s is recommended: %v", s, !want)
		}
	}
}

func TestDevicesThatStandAreAtHome(t *testing.T) {
	p := live.NewPicture(live.Options{})
	p.PutUnit(live.Unit{ID: "cam", Class: spatial.Camera, Home: east(50)}, noon, nil)
	cameras := live.Search{Point: east(0), Filter: live.Filter{Classes: spatial.ClassesOf(spatial.Camera)}}
	if got := p.Nearest(cameras); len(got) != 0 {
		t.Errorf("a camera that never called is %v", got)
	}
	cameras.Filter.StaleToo = true
	if got := p.Nearest(cameras); len(got) != 1 || got[0].Freshness != live.NeverSeen || got[0].Meters < 49 || got[0].Meters > 51 {
		t.Errorf("the nearest cameras are %+v", got)
	}
	p.Report(noon, []live.Report{{Device: "cam", Flags: live.NoFix}}, nil, nil)
	cameras.Filter.StaleToo = false
	if got := p.Nearest(cameras); len(got) != 1 || got[0].Freshness != live.Fresh {
		t.Errorf("the nearest cameras are %+v", got)
	}
}

// mirror is what a reader of Changes has on its wall.
type mirror struct {
	version uint64
	units   map[string]live.Moved
}

func (m *mirror) follow(p *live.Picture) (changed int) {
	m.version = p.Changes(m.version, func(one live.Moved) bool {
		changed++
		if delete(m.units, one.ID); !one.Gone {
			m.units[one.ID] = one
		}
		return true
	})
	return changed
}

func TestChangesBringAReaderUpToDate(t *testing.T) {
	const seed = 33
	r := rand.New(rand.NewPCG(seed, 0))
	p := live.NewPicture(live.Options{})
	walls := make([]mirror, 5)
	for i := range walls {
		walls[i].units = map[string]live.Moved{}
	}
	now := noon
	for round := range 4000 {
		now = now.Add(time.Duration(r.IntN(3)) * time.Second)
		stir(r, p, now, nil)
		i := r.IntN(1000)
		if i >= len(walls) {
			continue
		}
		walls[i].follow(p)
		var want mirror
		want.units = map[string]live.Moved{}
		want.follow(p)
		if got, want := fmt.Sprint(walls[i].units), fmt.Sprint(want.units); got != want {
			t.Fatalf("seed %d, round %d: wall %d shows\n%s, want\n%s", seed, round, i, got, want)
		}
		if n := walls[i].follow(p); n != 0 {
			t.Fatalf("seed %d, round %d: %d changes without any", seed, round, n)
		}
		for id, m := range want.units {
			if s, ok := p.Unit(id); !ok || s.Version != m.Version || s.Unit.State != m.State || s.Freshness != m.Freshness || s.Known && s.Point != m.Point {
				t.Fatalf("seed %d, round %d: %+v moved as %+v", seed, round, s, m)
			}
		}
	}
}
