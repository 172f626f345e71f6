package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// way is the roads that a route goes by, "" when there is none yet.
func way(t *testing.T, base string, from, to orb.Point) string {
	t.Helper()
	status, text, err := send("GET", fmt.Sprintf("%s/route?from=%f,%f&to=%f,%f", base, from[0], from[1], to[0], to[1]), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Properties struct{ Steps []struct{ Segment string } }
	}
	if status != 200 || json.Unmarshal(text, &f) != nil {
		return ""
	}
	var ids []string
	for _, s := range f.Properties.Steps {
		ids = append(ids, s.Segment)
	}
	return strings.Join(ids, " ")
}

func waitForWay(t *testing.T, base, why string, from, to orb.Point, want string) {
	t.Helper()
	got := ""
	for end := time.Now().Add(15 * time.Second); got != want; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: the way is %q, want %q", why, got, want)
		}
		got = way(t, base, from, to)
	}
}

// TestClosuresAndTurnsHoldOverARestart: a triangle of roads; the short one is closed, or a turn is forbidden.
func TestClosuresAndTurnsHoldOverARestart(t *testing.T) {
	args := []string{"--data", dataFolder(t)}
	s := start(t, args...)
	a, b, c := orb.Point{105.700, 34.580}, orb.Point{105.710, 34.580}, orb.Point{105.705, 34.588}
	d := orb.Point{105.720, 34.580}
	line := func(id string, ps ...orb.Point) map[string]any {
		return feature("roads", id, map[string]any{"type": "LineString", "coordinates": ps}, map[string]any{"class": "primary"})
	}
	roads := []map[string]any{line("short", a, b), line("up", a, c), line("down", c, b), line("on", b, d)}
	edit(t, s.base, roads)
	waitForWay(t, s.base, "at first", a, d, "short on")

	if status, text, err := send("PUT", s.base+"/roads/short/closure", "application/json", []byte(`{"forward":true}`)); status != 200 || err != nil {
		t.Fatal(status, string(text), err)
	}
	if got := way(t, s.base, a, d); got != "up down on" {
		t.Errorf("closed, the way is %q", got)
	}
	s.kill()
	s = start(t, args...)
	if got := way(t, s.base, a, d); got != "up down on" {
		t.Errorf("closed, after kill -9 the way is %q", got)
	}
	// The road is taken away and comes back: nobody has opened it.
	edit(t, s.base, []map[string]any{{"op": "delete", "layer": "roads", "id": "short"}})
	waitForWay(t, s.base, "without it", b, a, "down up")
	edit(t, s.base, roads[:1])
	waitForWay(t, s.base, "with it again", b, a, "short")
	if got := way(t, s.base, a, d); got != "up down on" {
		t.Errorf("closed, and come back, the way is %q", got)
	}
	if status, text, err := send("DELETE", s.base+"/roads/short/closure", "", nil); status != 204 || err != nil {
		t.Fatal(status, string(text), err)
	}
	s.kill()
	s = start(t, args...)
	if got := way(t, s.base, a, d); got != "short on" {
		t.Errorf("opened, after kill -9 the way is %q", got)
	}

	edit(t, s.base, []map[string]any{feature("turns", "t1", pointAt(b), map[string]any{"from": "short", "to": "on", "kind": "no"})})
	waitForWay(t, s.base, "without the turn", a, d, "up down on")
	s.kill()
	s = start(t, args...)
	if got := way(t, s.base, a, d); got != "up down on" {
		t.Errorf("without the turn, after kill -9 the way is %q", got)
	}
}
