package gather

import (
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	moment := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	daily := Definition{At: []string{"18:30", "06:30"}, Zone: "Asia/Shanghai"}
	often := Definition{Every: Span(15 * time.Minute)}
	berlin := Definition{At: []string{"02:30"}, Zone: "Europe/Berlin"}
	tests := []struct {
		name     string
		def      Definition
		last     string
		failures int
		want     string
	}{
		{"before the morning", daily, "2026-11-24T06:00:00+08:00", 0, "2026-11-24T06:30:00+08:00"},
		{"at the very moment", daily, "2026-11-24T06:30:00+08:00", 0, "2026-11-24T18:30:00+08:00"},
		{"in the evening", daily, "2026-11-24T20:00:00+08:00", 0, "2026-11-25T06:30:00+08:00"},
		{"at the end of the year, said in UTC", daily, "2026-12-31T15:00:00Z", 0, "2027-01-01T06:30:00+08:00"},
		{"every quarter of an hour", often, "2026-11-24T06:00:00Z", 0, "2026-11-24T06:15:00Z"},
		{"after a failure", often, "2026-11-24T06:00:00Z", 1, "2026-11-24T06:01:00Z"},
		{"after three", often, "2026-11-24T06:00:00Z", 3, "2026-11-24T06:04:00Z"},
		{"after many", often, "2026-11-24T06:00:00Z", 300, "2026-11-24T06:15:00Z"},
		{"a failure of the morning", daily, "2026-11-24T06:30:00+08:00", 1, "2026-11-24T06:31:00+08:00"},
		{"the tenth", daily, "2026-11-24T06:30:00+08:00", 10, "2026-11-24T07:30:00+08:00"},
		{"an hour that the clocks leave out", berlin, "2026-03-28T12:00:00Z", 0, "2026-03-29T01:30:00Z"},
	}
	for _, tt := range tests {
		if got := tt.def.due(moment(tt.last), tt.failures); !got.Equal(moment(tt.want)) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
	if got := often.due(time.Time{}, 0); !got.IsZero() {
		t.Errorf("what was never asked is due at %v", got)
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]string{"30d": "30d", "720h": "30d", "24h": "24h", "90m": "1h30m", "15m": "15m", "10s": "10s", "1d": "24h", "2h": "2h"} {
		d, err := parseSpan(text)
		if err != nil || Span(d).String() != want {
			t.Errorf("%s is %s (%v), want %s", text, Span(d), err, want)
		}
	}
	for _, text := range []string{"", "-1h", "d", "1.5d", "70000d", "1w"} {
		if d, err := parseSpan(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
}
