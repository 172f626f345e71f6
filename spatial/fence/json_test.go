package fence_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

func TestAFenceIsTheSameAfterJSON(t *testing.T) {
	from := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	tests := []fence.Fence{
		{ID: "beats/1", Area: orb.Polygon{{{105.1234567891, 34}, {106, 34}, {106, 35}, {105.1234567891, 34}}}},
		{ID: "a/2", Name: "学校", Area: orb.Point{105.7, 34.6}, Radius: 120.5, Classes: spatial.ClassesOf(spatial.Officer), Units: []string{"u1"},
			Events: 6, Dwell: time.Minute, Absent: 5 * time.Minute, Needs: 2, Speed: 8.3, Confirm: 3, Stay: time.Second,
			Effective: spatial.Validity{From: from, To: from.Add(time.Hour)}},
		{ID: "a/3", Around: "car 7", Radius: 500, Low: 3, High: 6},
		{ID: "a/4", Area: orb.MultiLineString{{{105, 34}, {105.1, 34}}}, Line: true, Side: fence.RightToLeft},
	}
	for _, f := range tests {
		data, err := json.Marshal(&f)
		if err != nil {
			t.Fatal(err)
		}
		var got fence.Fence
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if !reflect.DeepEqual(f, got) || !fence.Same(&f, &got) {
			t.Errorf("%s became\n%+v, want\n%+v", data, got, f)
		}
		got.Radius++
		if fence.Same(&f, &got) {
			t.Errorf("%s is the same with another radius", f.ID)
		}
	}
}
