package fence

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial"
)

// record is a Fence as JSON: its journal form. Durations are in nanoseconds, the area is GeoJSON, the schedule
// its text.
type record struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Label    string            `json:"label,omitempty"`
	Org      string            `json:"org,omitempty"`
	Area     *geojson.Geometry `json:"area,omitempty"`
	Radius   float64           `json:"radius,omitempty"`
	Line     bool              `json:"line,omitempty"`
	Side     Side              `json:"side,omitempty"`
	Around   string            `json:"around,omitempty"`
	Low      float64           `json:"low,omitempty"`
	High     float64           `json:"high,omitempty"`
	Classes  spatial.ClassSet  `json:"classes,omitempty"`
	Units    []string          `json:"units,omitempty"`
	Events   KindSet           `json:"events,omitempty"`
	Dwell    time.Duration     `json:"dwell,omitempty"`
	Absent   time.Duration     `json:"absent,omitempty"`
	Needs    int               `json:"needs,omitempty"`
	Speed    float64           `json:"speed,omitempty"`
	Confirm  int               `json:"confirm,omitempty"`
	Stay     time.Duration     `json:"stay,omitempty"`
	Schedule string            `json:"schedule,omitempty"`
	From     *time.Time        `json:"from,omitempty"`
	To       *time.Time        `json:"to,omitempty"`
}

// MarshalJSON writes the fence so that UnmarshalJSON reads the same rule again.
func (f *Fence) MarshalJSON() ([]byte, error) {
	r := record{
		ID: f.ID, Name: f.Name, Label: f.Label, Org: f.Org, Radius: f.Radius, Line: f.Line, Side: f.Side, Around: f.Around, Low: f.Low, High: f.High,
		Classes: f.Classes, Units: f.Units, Events: f.Events, Dwell: f.Dwell, Absent: f.Absent, Needs: f.Needs, Speed: f.Speed,
		Confirm: f.Confirm, Stay: f.Stay, From: given(f.Effective.From), To: given(f.Effective.To),
	}
	if f.Area != nil {
		r.Area = geojson.NewGeometry(f.Area)
	}
	if f.Schedule != nil {
		r.Schedule = f.Schedule.String()
	}
	return json.Marshal(r)
}

// UnmarshalJSON reads what MarshalJSON wrote. It does not check the rule: Engine.Put does.
func (f *Fence) UnmarshalJSON(data []byte) error {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	*f = Fence{
		ID: r.ID, Name: r.Name, Label: r.Label, Org: r.Org, Radius: r.Radius, Line: r.Line, Side: r.Side, Around: r.Around, Low: r.Low, High: r.High,
		Classes: r.Classes, Units: r.Units, Events: r.Events, Dwell: r.Dwell, Absent: r.Absent, Needs: r.Needs, Speed: r.Speed,
		Confirm: r.Confirm, Stay: r.Stay, Effective: spatial.Validity{From: when(r.From), To: when(r.To)},
	}
	if r.Area != nil {
		f.Area = r.Area.Geometry()
	}
	if r.Schedule != "" {
		s, err := ParseSchedule(r.Schedule)
		if err != nil {
			return fmt.Errorf("fence %s: %w", r.ID, err)
		}
		f.Schedule = s
	}
	return nil
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Same tells whether two fences are the same rule about the same place.
func Same(a, b *Fence) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, err := a.MarshalJSON()
	y, other := b.MarshalJSON()
	return err == nil && other == nil && string(x) == string(y) && (a.Area == nil || orb.Equal(a.Area, b.Area))
}
