package api_test

import (
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
)

// countingRig is a server of cameras that are counted by beats, of which there are two: 12 lie in the first, 3 in the
// second and 6 in none. In the period before, it is 7 in the first.
func countingRig(t *testing.T) *rig {
	cameras, beats := storetest.Layer("cameras", layers.PointKind), storetest.Layer("beats", layers.PolygonKind)
	cameras.Sensitivity = layers.Restricted
	cameras.Properties = append(cameras.Properties, layers.Property{Name: "grade", Type: layers.TextType, Values: []layers.Value{{Value: "a", Title: layers.Text{Zh: "甲", En: "A"}}}}, layers.Property{Name: "built", Type: layers.TimeType})
	cameras.Counts = &layers.Counts{By: []string{"beats"}, Cells: 8, Of: []string{"grade"}, Time: "built", Period: 7, K: 5}
	defs, _ := layers.NewCatalogue(layers.Group{ID: "samples", Layers: []layers.Layer{beats, cameras}})
	areas := []spatial.Feature{
		{ID: "north", Geometry: orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{1, 1}}.ToPolygon(), Properties: map[string]any{"name": "=北"}},
		{ID: "south", Geometry: orb.Bound{Min: orb.Point{0, -1}, Max: orb.Point{1, 0}}.ToPolygon()},
	}
	last := cameras.Counts.Calendar().Last(time.Now())
	return newRig(t, func(c *api.Config) {
		c.Catalogue = func() *layers.Catalogue { return defs }
		c.View = layers.View{Level: layers.Public}
		c.Counts = func(_ context.Context, q api.CountsQuestion) (api.Counted, error) {
			var things []tally.Thing
			put := func(n int, area int32, y uint32) {
				for range n {
					things = append(things, tally.Thing{Area: [2]int32{area, tally.Outside}, Square: tally.SquareAt(1<<31, y), Classes: []int32{0}})
				}
			}
			if q.Period == last {
				put(12, 0, 0)
				put(3, 1, 1<<31)
				put(6, tally.Outside, 1<<31)
			} else {
				put(7, 0, 0)
			}
			return api.Counted{
				All:   tally.Of(tally.Plan{K: 5, Areas: []int{2}, Zoom: 8, Classes: []int{2}}, things),
				Areas: [][]spatial.Feature{areas}, Classes: [][]string{{"a", ""}}, Made: q.Now, Tag: "t",
			}, nil
		}
	})
}

func TestCountsHoldTheirContract(t *testing.T) {
	r := countingRig(t)
	for query, want := range map[string]string{
		"":                                  `"count":12`,
		"?by=beats&of=grade":                `"class_totals":{"":0,"a":21}`,
		"?compare=previous":                 `"change":5`,
		"?by=cells&zoom=3":                  `"cell":"3/4/0"`,
		"?by=cells":                         `"cell":"8/128/0"`,
		"?by=cells&f=json":                  `"suppressed":true`,
		"?by=cells&zoom=0&compare=previous": `"previous":7`,
	} {
		body := string(r.get("/collections/cameras/counts"+query).want(t, 200).body)
		if !strings.Contains(body, want) {
			t.Errorf("%s: no %s in %s", query, want, body)
		}
		if !strings.Contains(body, "不代表风险") || !strings.Contains(body, "not risk") {
			t.Errorf("%s does not say what it is", query)
		}
	}
	for query, place := range map[string]string{
		"?by=roads": "by", "?zoom=3": "zoom", "?by=cells&zoom=-1": "zoom", "?of=height": "of", "?by=cells&of=grade": "of", "?compare=next": "compare", "?f=xml": "f",
		"?from=2026-01-05": "from", "?from=5&to=6": "from", "?bbox=0,0,1,1": "bbox", "?grade=a": "grade", "?from=2999-01-07&to=2999-01-14": "from",
	} {
		body := string(r.get("/collections/cameras/counts"+query).want(t, 400).body)
		if !strings.Contains(body, `"`+place+`"`) {
			t.Errorf("%s: the problem does not name %s: %s", query, place, body)
		}
	}
	r.get("/collections/beats/counts").want(t, 404)
	r.get("/collections/cameras").want(t, 404)
	r.get("/collections/cameras/counts", "Accept", "image/png").want(t, 406)
	tag := r.get("/collections/cameras/counts").Header.Get("Etag")
	r.get("/collections/cameras/counts", "If-None-Match", tag).want(t, 304)
}

func TestCountsAsATable(t *testing.T) {
	r := countingRig(t)
	got := r.get("/collections/cameras/counts?of=grade&compare=previous", "Accept", "text/csv").want(t, 200)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(got.body), "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 4 {
		t.Fatalf("%v: %s", err, got.body)
	}
	column := map[string]int{}
	for i, name := range lines[0] {
		column[name] = i
	}
	for _, test := range []struct {
		line         int
		column, want string
	}{
		{1, "area", "north"}, {1, "name", "'=北"}, {1, "count", "12"}, {1, "previous", "7"}, {1, "grade:a", "12"}, {2, "area", "south"}, {2, "count", ""},
		{2, "suppressed", "true"}, {2, "previous", "0"}, {3, "area", ""}, {3, "suppressed", "true"}, {2, "note", ""},
	} {
		if got := lines[test.line][column[test.column]]; got != test.want {
			t.Errorf("line %d, %s: %q, want %q", test.line, test.column, got, test.want)
		}
	}
	if note := lines[1][column["note"]]; !strings.Contains(note, "not risk") {
		t.Errorf("the note is %q", note)
	}
}
