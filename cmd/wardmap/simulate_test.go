package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// A simulated city lives by the server's own doors: incidents are dispatched, reached and closed, devices fail and are mended.
func TestASimulatedCityLives(t *testing.T) {
	if underRace {
		t.Skip("starts and scenes of a whole city take ten times as long; make test does it without the detector")
	}
	s := start(t, "--demo", "--data", t.TempDir(), "--device-silent", "4s")
	ctx, stop := context.WithCancel(t.Context())
	out := &shared{to: new(strings.Builder)}
	ended := make(chan error, 1)
	go func() {
		ended <- simulate(ctx, []string{"--server", s.base, "--units", "500", "--speed", "100", "--incidents", "120", "--faults", "30", "--device-calls", "1s"}, out)
	}()
	defer func() {
		stop()
		<-ended
		if t.Failed() {
			t.Log(out.to)
		}
	}()
	count := func(path string) (n int) {
		var page struct{ NumberMatched int }
		if err := json.Unmarshal(get(t, s.base+path), &page); err != nil {
			t.Fatal(err)
		}
		return page.NumberMatched
	}
	within := func(what string, holds func() bool) {
		t.Helper()
		for end := time.Now().Add(90 * time.Second); !holds(); time.Sleep(time.Second) {
			if time.Now().After(end) {
				t.Fatalf("in vain: %s", what)
			}
		}
	}
	before := count("/collections/incidents/items?state=closed&limit=1")
	within("ten incidents are closed", func() bool { return count("/collections/incidents/items?state=closed&limit=1") >= before+10 })
	within("one that the simulation reported is closed, with who was there and when", func() bool {
		var page struct {
			Features []struct {
				ID         string
				Properties map[string]any
			}
		}
		if err := json.Unmarshal(get(t, s.base+"/collections/incidents/items?state=closed&limit=1000"), &page); err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Features {
			if p := f.Properties; strings.HasPrefix(f.ID, "sim-") {
				return p["units"] != nil && p["outcome"] != nil && fmt.Sprint(p["dispatched_at"]) <= fmt.Sprint(p["arrived_at"]) && fmt.Sprint(p["arrived_at"]) <= fmt.Sprint(p["closed_at"])
			}
		}
		return false
	})
	within("patrols are on duty in their beats, and their time there adds up", func() bool {
		begun := time.Now().Add(-9 * time.Hour).UTC().Format(time.RFC3339)
		var duty struct {
			Shifts []struct {
				Begins, Until time.Time
				Time          *struct{ Inside, Outside, Unknown float64 }
			}
		}
		if err := json.Unmarshal(get(t, s.base+"/units/p010/duty?reason=test+of+the+demo&from="+begun), &duty); err != nil {
			t.Fatal(err)
		}
		if len(duty.Shifts) == 0 || duty.Shifts[0].Time == nil {
			return false
		}
		one := duty.Shifts[0]
		if sum := one.Time.Inside + one.Time.Outside + one.Time.Unknown; math.Abs(sum-one.Until.Sub(one.Begins).Seconds()) > 1e-6 {
			t.Fatalf("%v seconds of a shift of %v", sum, one.Until.Sub(one.Begins))
		}
		return one.Time.Inside+one.Time.Outside > 0
	})
	within("a fault is mended, verified and closed with evidence", func() bool {
		for _, all := range orders(t, s.base) {
			for _, o := range all {
				if o["state"] == "closed" && o["mended_at"] != nil && o["verified_at"] != nil && o["evidence"] != nil {
					return true
				}
			}
		}
		return false
	})
}
