package fence

import (
	"fmt"
	"slices"
	"strings"
)

var kindNames = []string{
	Enter: "enter", Exit: "exit", Cross: "cross", Dwell: "dwell", Absent: "absent", Staffed: "staffed", Speed: "speed",
	OffRoute: "off_route", OnRoute: "on_route", Approach: "approach", Part: "part", Lost: "lost", Stale: "stale",
	Expired: "expired", Returned: "returned", Silent: "silent", Emergency: "emergency",
}

func (k Kind) String() string { return nameOf("kind", kindNames, uint8(k)) }

// ParseKind reads a kind by its name.
func ParseKind(name string) (Kind, error) { return parse[Kind]("kind of event", kindNames, name) }

var reasonNames = []string{
	Moved: "moved", Created: "created", Edited: "edited", Removed: "removed", Began: "began", Ended: "ended",
	WentStale: "went_stale", HasExpired: "expired", CameBack: "came_back", Reclassed: "reclassed", TimePassed: "time_passed",
}

func (r Reason) String() string { return nameOf("reason", reasonNames, uint8(r)) }

// ParseReason reads a reason by its name.
func ParseReason(name string) (Reason, error) { return parse[Reason]("reason", reasonNames, name) }

var sideNames = []string{EitherSide: "either", LeftToRight: "left_to_right", RightToLeft: "right_to_left"}

func (s Side) String() string { return nameOf("side", sideNames, uint8(s)) }

// ParseSide reads a side by its name.
func ParseSide(name string) (Side, error) { return parse[Side]("side", sideNames, name) }

func nameOf(what string, names []string, i uint8) string {
	if int(i) < len(names) && names[i] != "" {
		return names[i]
	}
	return fmt.Sprintf("%s %d", what, i)
}

func parse[T ~uint8](what string, names []string, name string) (T, error) {
	if i := slices.Index(names, name); i >= 0 && name != "" {
		return T(i), nil
	}
	return 0, fmt.Errorf("%q is no %s: take one of %s", name, what, strings.Join(slices.DeleteFunc(slices.Clone(names),
		func(s string) bool { return s == "" }), ", "))
}
