package road_test

import (
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
)

func TestSpeedsFromTags(t *testing.T) {
	taxi := road.Cars()
	delete(taxi.Classes, "track")
	taxi.Classes["busway"], taxi.OfLimit = 36, 1
	tests := []struct {
		name       string
		table      road.SpeedTable
		properties map[string]any
		want       string // km/h forward and backward, or "none"
	}{
		{"a class", road.Cars(), map[string]any{"class": "residential"}, "25 25"},
		{"a limit", road.Cars(), map[string]any{"class": "primary", "maxspeed": int64(60)}, "48 48"},
		{"a limit in text", road.Cars(), map[string]any{"highway": "primary", "maxspeed": "50"}, "40 40"},
		{"a limit that is none", road.Cars(), map[string]any{"highway": "primary", "maxspeed": "walk"}, "50 50"},
		{"one-way of a layer", road.Cars(), map[string]any{"class": "residential", "oneway": true}, "25 0"},
		{"not one-way", road.Cars(), map[string]any{"class": "motorway", "oneway": false}, "90 90"},
		{"a motorway is one-way", road.Cars(), map[string]any{"class": "motorway"}, "90 0"},
		{"one-way against the line", road.Cars(), map[string]any{"highway": "tertiary", "oneway": "-1"}, "0 35"},
		{"one-way as Geofabrik writes it", road.Cars(), map[string]any{"fclass": "tertiary", "oneway": "T"}, "0 35"},
		{"both ways as Geofabrik writes it", road.Cars(), map[string]any{"fclass": "motorway", "oneway": "B"}, "90 90"},
		{"a roundabout", road.Cars(), map[string]any{"highway": "tertiary", "junction": "roundabout"}, "35 0"},
		{"a path", road.Cars(), map[string]any{"class": "path", "maxspeed": int64(30)}, "none"},
		{"no class", road.Cars(), map[string]any{"name": "a wall"}, "none"},
		{"another table", taxi, map[string]any{"class": "busway"}, "36 36"},
		{"another table's share of a limit", taxi, map[string]any{"class": "busway", "maxspeed": 50.0}, "50 50"},
		{"not in another table", taxi, map[string]any{"class": "track"}, "none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.properties["name"] = "Ring Road"
			f := spatial.Feature{ID: "r1", Geometry: orb.MultiLineString{{{0, 0}, {1, 1}}, {{2, 2}, {3, 3}}}, Properties: test.properties}
			got := "none"
			if all := test.table.Segments(f); len(all) > 0 {
				got = fmt.Sprintf("%.4g %.4g", all[1].Forward*3.6, all[1].Backward*3.6)
				if len(all) != 2 || all[1].ID != "r1" || all[1].Name != "Ring Road" || all[1].Line[0] != (orb.Point{2, 2}) {
					t.Errorf("segments %+v", all)
				}
			}
			if got != test.want {
				t.Errorf("%s km/h, want %s", got, test.want)
			}
		})
	}
}
