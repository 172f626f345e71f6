package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
)

// patrolled is a rig whose beats cover ground each once, by the beats of an organisation in "note".
func patrolled(t *testing.T) *rig {
	defs := definitions(t)
	groups := defs.Groups()
	for i := range groups[0].Layers {
		if l := &groups[0].Layers[i]; l.ID == "beats" {
			l.Partition, l.Jurisdiction = &layers.Partition{}, "note"
		}
	}
	defs, ps := layers.NewCatalogue(groups...)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	return newRig(t, func(c *api.Config) { c.Catalogue = func() *layers.Catalogue { return defs } })
}

// beatBody is a beat from corner to corner, in thousandths of a degree.
func beatBody(id, org string, w, s, e, n float64, more ...orb.Ring) string {
	at := func(x, y float64) orb.Point { return orb.Point{105 + x/1000, 34 + y/1000} }
	p := orb.Polygon{{at(w, s), at(e, s), at(e, n), at(w, n), at(w, s)}}
	f := geojson.NewFeature(append(p, more...))
	f.ID, f.Properties = id, geojson.Properties{"note": org}
	body, err := f.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestWhoGivesGroundToTwoBeatsIsTold(t *testing.T) {
	r := patrolled(t)
	items := "/collections/beats/items"
	if a := r.do("POST", items, beatBody("A", "620502", 0, 0, 10, 10)).want(t, 201); a.json(t)["findings"] != nil {
		t.Errorf("alone: %s", a.body)
	}
	if a := r.do("POST", items, beatBody("B", "620503", 10, 0, 20, 10)).want(t, 201); a.json(t)["findings"] != nil {
		t.Errorf("a neighbour: %s", a.body)
	}
	a := r.do("PUT", items+"/A?strict=true", beatBody("A", "620502", 0, 0, 12, 10)).want(t, 422)
	if says := "layer beats: A and B would hold the same ground, 204939.0 m² at lon 105.011000, lat 34.005000"; !strings.Contains(string(a.body), says) {
		t.Errorf("strict says %s, not %q", a.body, says)
	}
	a = r.do("PUT", items+"/A", beatBody("A", "620502", 0, 0, 12, 10)).want(t, 200)
	found, _ := a.json(t)["findings"].([]any)
	if len(found) != 1 || fmt.Sprint(found[0].(map[string]any)["kind"], found[0].(map[string]any)["parts"]) != "overlap[A B]" {
		t.Errorf("an overlap: %s", a.body)
	}
	if a = r.do("PATCH", items+"/A?strict=true", `{"properties":{"name":"甲"}}`, "Content-Type", "application/merge-patch+json").want(t, 200); a.json(t)["findings"] != nil {
		t.Errorf("a name alone: %s", a.body)
	}
	r.do("PUT", items+"/A?strict=maybe", beatBody("A", "620502", 0, 0, 12, 10)).want(t, 400)
	batch := `[{"op":"put","layer":"beats","id":"A","feature":` + beatBody("A", "620502", 0, 0, 8, 10) + `},{"op":"put","layer":"beats","id":"B","feature":` + beatBody("B", "620503", 8, 0, 20, 10) + `}]`
	if a = r.do("POST", "/edits?strict=true", batch, "Content-Type", "application/json").want(t, 200); a.json(t)["findings"] != nil {
		t.Errorf("a border that moves: %s", a.body)
	}
	hole := orb.Ring{{105.002, 34.002}, {105.002, 34.004}, {105.004, 34.004}, {105.004, 34.002}, {105.002, 34.002}}
	batch = `[{"op":"put","layer":"beats","id":"A","feature":` + beatBody("A", "620502", 0, 0, 8, 10, hole) + `},{"op":"create","layer":"beats","feature":` + beatBody("", "620503", 19, 0, 30, 10) + `}]`
	a = r.do("POST", "/edits", strings.Replace(batch, `"id":"",`, "", 1), "Content-Type", "application/json").want(t, 200)
	if found, _ = a.json(t)["findings"].([]any); len(found) != 2 || found[1].(map[string]any)["kind"] != "gap" {
		t.Errorf("a gap and an overlap with a new one: %s", a.body)
	}
	r.do("PUT", items+"/A", strings.Replace(beatBody("A", "620502", 0, 0, 8, 10), "[105.008,34.01]", "[105,34.005]", 1)).want(t, 422) // the editor's matter
}

func TestFindings(t *testing.T) {
	r := patrolled(t)
	items := "/collections/beats/items"
	hole := orb.Ring{{105.002, 34.002}, {105.002, 34.004}, {105.004, 34.004}, {105.004, 34.002}, {105.002, 34.002}}
	r.do("POST", items, beatBody("A", "620502", 0, 0, 10, 10, hole)).want(t, 201)
	r.do("POST", items, beatBody("B", "620503", 9, 0, 20, 10)).want(t, 201)
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	r.do("POST", items, strings.Replace(beatBody("C", "620503", 2, 2, 4, 4), `"type":"Feature"`, `"type":"Feature","common":{"effective_from":"`+soon+`"}`, 1)).want(t, 201)
	listed := func(path string) string {
		doc := r.get(path).want(t, 200).json(t)
		var out []string
		for _, f := range doc["features"].([]any) {
			p := f.(map[string]any)["properties"].(map[string]any)
			out = append(out, fmt.Sprintf("%v %v %v", p["kind"], p["parts"], p["area_m2"]))
		}
		return strings.Join(out, "; ") + fmt.Sprint(" of ", doc["parts"])
	}
	if got := listed("/collections/beats/findings"); got != "overlap [A B] 102469.5; gap [A] 40988.7 of 2" {
		t.Errorf("now: %s", got)
	}
	if got := listed("/collections/beats/findings?at=" + soon); got != "overlap [A B] 102469.5 of 3" {
		t.Errorf("in an hour: %s", got)
	}
	if got := listed("/collections/beats/findings?at=2020-01-01T00:00:00Z"); !strings.HasSuffix(got, "of 2") {
		t.Errorf("long ago: %s", got)
	}
	r.get("/collections/roads/findings").want(t, 404)
	r.get("/collections/nothing/findings").want(t, 404)
	r.get("/collections/beats/findings?at=noon").want(t, 400)
	r.get("/collections/beats/findings?bbox=1,2,3,4").want(t, 400)
}

// Who sees the beats of one organisation hears of nothing that tells of others.
func TestFindingsAreTheViewsOwn(t *testing.T) {
	r := patrolled(t)
	items := "/collections/beats/items"
	hole := func(x float64) orb.Ring {
		return orb.Ring{{x, 34.002}, {x, 34.004}, {x + .002, 34.004}, {x + .002, 34.002}, {x, 34.002}}
	}
	for _, f := range []string{beatBody("A", "620502", 0, 0, 10, 10, hole(105.002)), beatBody("A2", "620502", 5, 0, 6, 10), beatBody("B", "620503", 9, 0, 20, 10, hole(105.015))} {
		r.do("POST", items, f).want(t, 201)
	}
	own := newRig(t, func(c *api.Config) {
		config := r.config
		config.View.Org = "620502"
		*c = config
	})
	doc := own.get("/collections/beats/findings").want(t, 200).json(t)
	if got := fmt.Sprint(doc["numberReturned"], doc["parts"]); got != "2 <nil>" {
		t.Errorf("%s: %v", got, doc)
	}
	for _, f := range doc["features"].([]any) {
		if p := f.(map[string]any)["properties"].(map[string]any); strings.Contains(fmt.Sprint(p["parts"]), "B") {
			t.Errorf("it tells of another's: %v", p)
		}
	}
	a := own.do("PUT", items+"/A2", beatBody("A2", "620502", 5, 0, 12, 10)).want(t, 200)
	if found, _ := a.json(t)["findings"].([]any); len(found) != 1 || strings.Contains(fmt.Sprint(found), "B") {
		t.Errorf("an edit tells of another's: %s", a.body)
	}
}
