package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/spatial"
)

func (s State) String() string { return nameOf("state", spatial.UnitStates, uint8(s)) }

// ParseState reads a state by its name. Who does not know a name takes StateUnknown, never Available.
func ParseState(name string) (State, error) { return parse[State]("state", spatial.UnitStates, name) }

var verdictNames = [verdicts]string{
	Accepted: "accepted", Late: "late", Duplicate: "duplicate", Jump: "jump", NullIsland: "null_island", Future: "future",
	Impossible: "impossible", Heard: "heard", Unregistered: "unregistered", OffShift: "off_shift",
}

func (v Verdict) String() string { return nameOf("verdict", verdictNames[:], uint8(v)) }

// ParseVerdict reads a verdict by its name.
func ParseVerdict(name string) (Verdict, error) {
	return parse[Verdict]("verdict", verdictNames[:], name)
}

var sourceNames = []string{
	Unknown: "unknown", GNSS: "gnss", BeiDou: "beidou", Cell: "cell", Manual: "manual", DeadReckoning: "dead_reckoning",
}

func (s Source) String() string { return nameOf("source", sourceNames, uint8(s)) }

// ParseSource reads a source by its name.
func ParseSource(name string) (Source, error) { return parse[Source]("source", sourceNames, name) }

var freshnessNames = []string{NeverSeen: "never", Fresh: "fresh", StaleFix: "stale", ExpiredFix: "expired"}

func (f Freshness) String() string { return nameOf("freshness", freshnessNames, uint8(f)) }

// ParseFreshness reads a freshness by its name.
func ParseFreshness(name string) (Freshness, error) {
	return parse[Freshness]("freshness", freshnessNames, name)
}

func nameOf(what string, names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", what, i)
}

func parse[T ~uint8](what string, names []string, name string) (T, error) {
	if i := slices.Index(names, name); i >= 0 {
		return T(i), nil
	}
	return 0, fmt.Errorf("%q is no %s: take one of %s", name, what, strings.Join(names, ", "))
}
