package live_test

import (
	"fmt"
	"testing"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestNamesComeBack(t *testing.T) {
	names := func(n int, name func(int) string, parse func(string) (int, error)) {
		t.Helper()
		for i := range n {
			if got, err := parse(name(i)); got != i || err != nil {
				t.Errorf("%q is %d, want %d: %v", name(i), got, i, err)
			}
		}
		if _, err := parse(name(n)); err == nil {
			t.Errorf("%q is taken", name(n))
		}
		if _, err := parse(""); err == nil {
			t.Error("the empty name is taken")
		}
	}
	names(int(live.InEmergency)+1, stringOf[live.State], parsed(live.ParseState))
	names(int(live.OffShift)+1, stringOf[live.Verdict], parsed(live.ParseVerdict))
	names(int(live.DeadReckoning)+1, stringOf[live.Source], parsed(live.ParseSource))
	names(int(live.ExpiredFix)+1, stringOf[live.Freshness], parsed(live.ParseFreshness))
	names(int(live.BD09)+1, stringOf[live.Datum], parsed(live.ParseDatum))
}

func stringOf[T interface {
	~uint8
	fmt.Stringer
}](i int) string {
	return T(i).String()
}

func parsed[T ~uint8](parse func(string) (T, error)) func(string) (int, error) {
	return func(name string) (int, error) {
		v, err := parse(name)
		return int(v), err
	}
}

func TestTheNamesOfStatesAreInTheOrderOfTheirCodes(t *testing.T) {
	for state, want := range map[live.State]string{
		live.StateUnknown: "unknown", live.Available: "available", live.Dispatched: "dispatched", live.OnScene: "on_scene", live.OutOfService: "out_of_service", live.InEmergency: "emergency",
	} {
		if state.String() != want {
			t.Errorf("state %d is called %s, not %s", state, state, want)
		}
	}
	if last := int(live.InEmergency); len(spatial.UnitStates) != last+1 {
		t.Errorf("%d names for %d states", len(spatial.UnitStates), last+1)
	}
}
