package gather

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const day = 24 * time.Hour

// UnmarshalYAML reads a span, also in days.
func (s *Span) UnmarshalYAML(n *yaml.Node) error {
	d, err := parseSpan(n.Value) // of what is no scalar it is ""
	if n.Kind != yaml.ScalarNode || err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", n.Line, err)}}
	}
	*s = Span(d)
	return nil
}

func parseSpan(text string) (time.Duration, error) {
	if days, is := strings.CutSuffix(text, "d"); is {
		n, err := strconv.ParseUint(days, 10, 16)
		if err == nil {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%.40q 不是时长，请写作 90s、15m、36h 或 30d / %.40q is no span of time: write it as 90s, 15m, 36h or 30d", text, text)
	}
	return d, nil
}

// String writes a span as it is read, in days where it is whole days.
func (s Span) String() string {
	if d := s.D(); d >= 2*day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := s.D().String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
