package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// A town is a tileset that a test can change.
type town struct {
	sets map[string]tree
	glbs map[string]*glb
}

var (
	hall    = building{id: "hall", x: 10, y: 10, w: 60, d: 40, h: 30, kind: 1, lit: true, listed: 1}
	school  = building{id: "school", x: 100, y: 20, w: 30, d: 20, h: 12, kind: 2, listed: 9}
	shed    = building{id: "shed", x: 150, y: 60, w: 8, d: 5, h: 3, floor: true, kind: 1, listed: 0}
	kiosk   = building{id: "kiosk", x: 5, y: 90, w: 4, d: 4, h: 3, kind: 1, lit: true, listed: 9}
	allSums = map[string]verify.Sum{}
)

func init() {
	for _, b := range []building{hall, school, shed, kiosk} {
		allSums[b.id] = verify.Sum{Volume: b.w * b.d * b.h, Area: b.w * b.d}
	}
}

// area is a region around the place, so many metres wide each way.
func area(meters float64) string {
	d := meters / radius
	return fmt.Sprintf(`{"region": [%v, %v, %v, %v, %v, %v]}`, lon0-d, lat0-d, lon0+d, lat0+d, ground-5, ground+100)
}

func newTown() *town {
	return &town{
		sets: map[string]tree{
			"tileset.json": parse(`{"asset": {"version": "1.1"}, "geometricError": 100, "root": {"boundingVolume": %s, "refine": "ADD",
				"geometricError": 50, "content": {"uri": "0.glb"}, "children": [
				{"boundingVolume": %s, "geometricError": 0, "content": {"uri": "1/1.glb?v=2"}},
				{"boundingVolume": %s, "geometricError": 20, "content": {"uri": "sub/page.json"}}]}}`, area(900), area(500), area(500)),
			"sub/page.json": parse(`{"asset": {"version": "1.1"}, "geometricError": 20, "root": {"boundingVolume": %s, "refine": "ADD",
				"geometricError": 0, "content": {"uri": "../2.glb"}}}`, area(400)),
		},
		glbs: map[string]*glb{
			"0.glb":       plain([]building{hall}),
			"1/1.glb?v=2": packed([]building{school, shed}),
			"2.glb":       plain([]building{kiosk}),
		},
	}
}

func (t *town) fetch(uri string) ([]byte, error) {
	if s, ok := t.sets[uri]; ok {
		return json.Marshal(s)
	}
	if g, ok := t.glbs[uri]; ok {
		return g.bytes(), nil
	}
	return nil, fmt.Errorf("%s: not found", uri)
}

func (t *town) verify(tb testing.TB) verify.Report {
	tb.Helper()
	r, err := verify.Tileset(context.Background(), "tileset.json", t.fetch, verify.Options{Sums: allSums})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func codes(r verify.Report) []string {
	all := map[string]bool{}
	for _, p := range r.Problems {
		all[p.Code] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func TestAGoodTilesetHasNoProblems(t *testing.T) {
	r := newTown().verify(t)
	for _, p := range r.Problems {
		t.Error(p)
	}
	if r.Tiles != 4 || r.Contents != 3 || r.Features != 4 || r.Triangles != 42 || r.Vertices != 84 {
		t.Errorf("counts %d tiles, %d contents, %d features, %d triangles, %d vertices", r.Tiles, r.Contents, r.Features, r.Triangles, r.Vertices)
	}
}

func TestWhatIsMeasured(t *testing.T) {
	r := newTown().verify(t)
	for _, b := range []building{hall, school, shed, kiosk} {
		s := r.Seen[b.id]
		// A degree of latitude at 34.58° is 110 929 m.
		north := (s.Lat*math.Pi/180 - lat0) * 180 / math.Pi * 110929
		if math.Abs(s.Volume-b.w*b.d*b.h) > 0.001*b.w*b.d*b.h || math.Abs(s.Area-b.w*b.d) > 0.001*b.w*b.d ||
			math.Abs(s.MinHeight-ground) > 0.02 || math.Abs(s.MaxHeight-ground-b.h) > 0.02 || math.Abs(north-b.y-b.d/2) > 0.05 {
			t.Errorf("%s: %+v", b.id, s)
		}
		answer := map[uint8]any{0: "no", 1: "yes", 9: nil}[b.listed]
		if p := s.Properties; p["id"] != b.id || p["height"] != b.h || p["lit"] != b.lit || p["listed"] != answer {
			t.Errorf("%s: properties %v", b.id, p)
		}
	}
}
