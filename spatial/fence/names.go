package fence

import "fmt"

var kindNames = [kinds]string{
	Enter: "enter", Exit: "exit", Cross: "cross", Dwell: "dwell", Absent: "absent", Staffed: "staffed", Speed: "speed",
	OffRoute: "off_route", OnRoute: "on_route", Approach: "approach", Part: "part", Lost: "lost", Stale: "stale",
	Expired: "expired", Returned: "returned", Silent: "silent", Emergency: "emergency",
}

func (k Kind) String() string {
	if k > 0 && k < kinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// ParseKind reads a kind by its name, as String gives it.
func ParseKind(name string) (Kind, error) {
	for k := Enter; k < kinds; k++ {
		if kindNames[k] == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%q is no kind of event: take one like enter, exit, cross or dwell", name)
}

var reasonNames = [reasons]string{
	Moved: "moved", Created: "created", Edited: "edited", Removed: "removed", Began: "began", Ended: "ended",
	WentStale: "went_stale", HasExpired: "has_expired", CameBack: "came_back", Reclassed: "reclassed", TimePassed: "time_passed",
}

func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// ParseReason reads a reason by its name, as String gives it.
func ParseReason(name string) (Reason, error) {
	for r := range reasons {
		if reasonNames[r] == name {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%q is no reason of an event: take one like moved, created or went_stale", name)
}

var sideNames = [...]string{EitherSide: "either", LeftToRight: "left_to_right", RightToLeft: "right_to_left"}

func (s Side) String() string {
	if int(s) < len(sideNames) {
		return sideNames[s]
	}
	return fmt.Sprintf("side %d", uint8(s))
}

// ParseSide reads the direction of a crossing by its name, as String gives it; "" is EitherSide.
func ParseSide(name string) (Side, error) {
	for s, n := range sideNames {
		if n == name || name == "" {
			return Side(s), nil
		}
	}
	return 0, fmt.Errorf("%q is no side: take either, left_to_right or right_to_left", name)
}
