package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/live"
)

// ofBody is a guard that believes which body somebody is of.
type ofBody struct{}

func (ofBody) Who(r *http.Request) (*api.Asker, error) {
	return &api.Asker{ID: "a", View: layers.View{Level: layers.Internal, Org: r.Header.Get("X-Org"), Live: true}, May: func(string) bool { return true }}, nil
}

// TestAWallDrawsTheUnitsOfItsBodyOnly, also when one changes its body, or moves between those of others.
func TestAWallDrawsTheUnitsOfItsBodyOnly(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Guard = ofBody{} })
	orgs := map[string]string{"a": "620502", "b": "620502520000", "c": "620503", "d": ""}
	at := orb.Point{105.72, 34.58}
	for id, org := range orgs {
		y.place(live.Unit{ID: id, Org: org}, at)
	}
	walls := map[string]*screen{"": {}, "620502": {}, "620502520000": {}, "620503": {}, "6201": {}}
	draw := func() {
		t.Helper()
		for org, s := range walls {
			*s = screen{}
			ws := dial(t, r, "/live?rate=20", "X-Org", org)
			for deadline := time.Now().Add(5 * time.Second); s.marks == nil; {
				_, frame := hear(t, ws)
				if _, err := s.show(frame); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(deadline) {
					t.Fatal("no picture")
				}
			}
			_ = ws.CloseNow()
			var drawn []string
			for _, m := range s.marks {
				drawn = append(drawn, m.id)
			}
			slices.Sort(drawn)
			var want []string
			for id, of := range orgs {
				if org == "" || of != "" && strings.HasPrefix(of, org) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			if !slices.Equal(drawn, want) {
				t.Errorf("the wall of %q draws %v, not %v", org, drawn, want)
			}
		}
	}
	draw()
	orgs["b"] = "620503110000"
	y.register(live.Unit{ID: "b", Org: "620503110000"})
	y.pass(time.Second)
	y.move("b", orb.Point{105.7201, 34.58})
	draw()
}

// TestAnOpenWallForgetsWhoIsNoLongerOfItsBody: it is told that the unit is gone, and nothing of it afterwards.
func TestAnOpenWallForgetsWhoIsNoLongerOfItsBody(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Guard = ofBody{} })
	y.place(live.Unit{ID: "b", Org: "620502"}, orb.Point{105.72, 34.58})
	y.place(live.Unit{ID: "z", Org: "620502"}, orb.Point{105.72, 34.58})
	ws := dial(t, r, "/live?rate=20", "X-Org", "620502")
	var s screen
	see := func(holds func() bool) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); !holds(); {
			if time.Now().After(end) {
				t.Fatalf("it never came: %v", s.marks)
			}
			_, frame := hear(t, ws)
			if _, err := s.show(frame); err != nil {
				t.Fatal(err)
			}
		}
	}
	see(func() bool { return len(s.marks) == 2 })
	y.register(live.Unit{ID: "b", Org: "620503"})
	y.pass(time.Second)
	y.move("b", orb.Point{105.7201, 34.58})
	y.move("z", orb.Point{105.7202, 34.58})
	see(func() bool { return len(s.marks) == 1 })
}
