package transit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Marks that an id may hold are written as in addresses.
var (
	escape   = strings.NewReplacer("%", "%25", ";", "%3B")
	unescape = strings.NewReplacer("%25", "%", "%3B", ";")
)

// FormatStops writes stops as text for a property of a feature: id@metres, separated by "; ". Metres are whole.
func FormatStops(stops []Stop) string {
	var b strings.Builder
	for i, s := range stops {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s@%.0f", escape.Replace(s.ID), s.Along)
	}
	return b.String()
}

// ParseStops reads what FormatStops writes. An empty text is no stops.
func ParseStops(text string) ([]Stop, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	parts := strings.Split(text, ";")
	out := make([]Stop, len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		at := strings.LastIndexByte(part, '@')
		if at < 1 {
			return nil, fmt.Errorf("stop %d, %.60q: write it as id@metres, with ; between stops", i+1, part)
		}
		along, err := strconv.ParseFloat(part[at+1:], 64)
		if err != nil || !(along >= 0 && along < 1e7) {
			return nil, fmt.Errorf("stop %d, %.60q: %.20q is no number of metres along the line", i+1, part, part[at+1:])
		}
		out[i] = Stop{ID: unescape.Replace(part[:at]), Along: along}
	}
	return out, nil
}

// Of makes the pattern of a feature of a route: a line, with properties stops (see FormatStops) and headway (minutes),
// both of which may be missing.
func Of(f spatial.Feature) (*Pattern, error) {
	line, ok := f.Geometry.(orb.LineString)
	if !ok {
		return nil, fmt.Errorf("pattern %s: its geometry must be one line", f.ID)
	}
	text, _ := f.Properties["stops"].(string)
	stops, err := ParseStops(text)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", f.ID, err)
	}
	minutes, _ := f.Properties["headway"].(int64)
	return New(f.ID, line, stops, time.Duration(minutes)*time.Minute)
}
