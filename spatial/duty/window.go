package duty

import (
	"strings"

	"github.com/wardmap/wardmap/spatial/fence"
)

// ParseWindow reads when a point must be called at, in the form of fence.ParseSchedule: "07:00-09:00", over midnight
// "23:30-00:30", on some days "Mon-Fri 07:20-08:10". Nothing, 全天 or "all day" is all day: nil.
func ParseWindow(text string) (*fence.Schedule, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "全天", "all day":
		return nil, nil
	}
	return fence.ParseSchedule(text)
}
