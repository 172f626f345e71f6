package live_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestRegistration(t *testing.T) {
	p := live.NewPicture(live.Options{})
	unit := live.Unit{
		ID: "u", Name: "Tianshui 12", Class: spatial.Vehicle, Kind: "car", Org: "620501", Skills: []string{"medic", "dog"}, Equipment: []string{"aed"},
		Devices: []string{"radio", "tablet"}, Home: east(10), State: live.Available,
	}
	p.PutUnit(unit, noon, nil)
	s, _ := p.Unit("u")
	if want := []string{"dog", "medic"}; !slices.Equal(s.Unit.Skills, want) || s.Unit.Name != unit.Name || s.Unit.Home != unit.Home || s.StateAt != noon {
		t.Errorf("it is registered as %+v", s)
	}
	version := s.Version
	unit.State = live.StateUnknown
	p.PutUnit(unit, after(5), nil)
	if s, _ = p.Unit("u"); s.Version != version || s.Unit.State != live.Available {
		t.Errorf("the same again made it %+v", s)
	}
	unit.Name, unit.Devices = "Tianshui 13", []string{"tablet"}
	p.PutUnit(unit, after(6), nil)
	if s, _ = p.Unit("u"); s.Version == version || s.Unit.State != live.Available || s.StateAt != noon || s.Unit.Name != "Tianshui 13" {
		t.Errorf("another name made it %+v", s)
	}
	if _, ok := p.Speaks("radio"); ok {
		t.Error("a device that was taken away still speaks")
	}
	if err := p.SetState("u", live.EnRoute, after(7)); err != nil {
		t.Error(err)
	}
	if s, _ = p.Unit("u"); s.Unit.State != live.EnRoute || s.StateAt != after(7) {
		t.Errorf("its state is %+v", s)
	}
	if err := p.SetState("nobody", live.EnRoute, after(7)); !errors.Is(err, live.ErrUnknownUnit) {
		t.Errorf("the state of nobody: %v", err)
	}
	p.RemoveUnit("u", after(8), nil)
	if _, ok := p.Unit("u"); ok {
		t.Error("it is still there")
	}
	if _, ok := p.Speaks("tablet"); ok {
		t.Error("its device still speaks")
	}
}

func TestWhoADeviceSpeaksFor(t *testing.T) {
	p := live.NewPicture(live.Options{})
	put := func(id string, devices ...string) {
		p.PutUnit(live.Unit{ID: id, Class: spatial.Vehicle, Devices: devices}, noon, nil)
	}
	speaks := func(device, want string) {
		t.Helper()
		if got, _ := p.Speaks(device); got != want {
			t.Errorf("%s speaks for %q, want %q", device, got, want)
		}
	}
	put("a", "radio", "b")
	speaks("a", "a")
	speaks("radio", "a")
	speaks("b", "a")
	put("b")
	speaks("b", "b") // an id goes before a serial number
	put("c", "radio")
	speaks("radio", "c") // handed over
	p.RemoveUnit("a", noon, nil)
	speaks("radio", "c") // not taken along by who had it before
	p.RemoveUnit("c", noon, nil)
	speaks("radio", "")
}

// TestHandlesAreUsedAgain lets units come and go: a wall that goes by handles shows the right ones, and the events
// are those of the right ones, also after a save.
func TestHandlesAreUsedAgain(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, live.Options{})
	wall, handles := map[int32]string{}, map[int32]bool{}
	version := uint64(0)
	for i := range 1500 {
		id := fmt.Sprintf("x%d", i)
		p.PutUnit(live.Unit{ID: id, Class: spatial.Vehicle, Devices: []string{"d" + id}}, after(float64(i)), nil)
		_, came := p.Report(after(float64(i)), []live.Report{said{now: float64(i), device: "d" + id}.report()}, nil, nil)
		went := p.RemoveUnit(fmt.Sprintf("x%d", i-3), after(float64(i)), nil)
		if len(came) != 1 || came[0].Unit != id || i >= 3 && (len(went) != 1 || went[0].Unit != fmt.Sprintf("x%d", i-3)) {
			t.Fatalf("round %d: %v came and %v went", i, came, went)
		}
		if i == 700 {
			p = reborn(t, p, live.Options{})
		}
		version = p.Changes(version, func(m live.Moved) bool {
			handles[m.Handle] = true
			if delete(wall, m.Handle); !m.Gone {
				wall[m.Handle] = m.ID
			}
			return true
		})
	}
	want := map[int32]string{}
	for _, s := range all(p) {
		want[s.Handle] = s.Unit.ID
	}
	if fmt.Sprint(wall) != fmt.Sprint(want) || len(want) != 4 || len(handles) > 300 {
		t.Errorf("the wall shows %v, want %v; %d handles were used", wall, want, len(handles))
	}
	if n := p.Nearest(live.Search{Point: orb.Point{105.7, 34.58}}); len(n) != 3 {
		t.Errorf("the nearest are %v", n)
	}
}
