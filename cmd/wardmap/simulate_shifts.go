package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// shift is how long a shift of a simulated patrol lasts; they begin at 0, 8 and 16 h.
const shift = 8 * time.Hour

// plan writes down for the patrols of a simulation which beat they are on duty in now: the one that their station stands in.
func (c *caller) plan(ctx context.Context, crew []*mover, now time.Time) (int, error) {
	type beat struct {
		area          orb.Geometry
		code, station string
	}
	var beats []beat
	err := c.collection(ctx, "beats", "", func(f *geojson.Feature) {
		beats = append(beats, beat{f.Geometry, f.Properties.MustString("code", ""), f.Properties.MustString("station", "")})
	})
	if err != nil || len(beats) == 0 {
		return 0, err
	}
	day := now.In(layers.CountsZone)
	begins := time.Date(day.Year(), day.Month(), day.Day(), day.Hour()/8*8, 0, 0, 0, layers.CountsZone)
	var edits []map[string]any
	for _, m := range crew {
		if m.unit.class != spatial.Officer && m.unit.class != spatial.Vehicle {
			continue
		}
		for _, b := range beats {
			if b.code == "" || !spatial.Intersects(m.unit.home.Bound(), b.area) {
				continue
			}
			edits = append(edits, map[string]any{
				"op": "put", "layer": "shifts", "id": "sim-" + m.unit.id + begins.UTC().Format("-20060102T15"), "feature": map[string]any{
					"type": "Feature", "geometry": geojson.NewGeometry(m.unit.home), "properties": map[string]any{
						"unit": m.unit.id, "beat": b.code, "station": b.station, "begins": begins.UTC().Format(time.RFC3339), "ends": begins.Add(shift).UTC().Format(time.RFC3339),
					},
				},
			})
			break
		}
	}
	if len(edits) == 0 {
		return 0, nil
	}
	body, err := json.Marshal(edits)
	if err != nil {
		return 0, err
	}
	status, err := c.do(ctx, http.MethodPost, "/edits", "application/json", body, nil)
	if err != nil {
		return 0, fmt.Errorf("plan shifts: %d: %w", status, err)
	}
	return len(edits), nil
}
