package scenes3d

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// files reads the documents of a set as a client does.
func files(s *Set, look Look) verify.Fetch {
	return func(uri string) ([]byte, error) {
		if uri == "tileset.json" {
			return s.Tileset(nil)
		}
		var id tiles.ID
		var kind string
		if n, err := fmt.Sscanf(uri, "%d/%d/%d.%s", &id.Z, &id.X, &id.Y, &kind); n != 4 {
			return nil, fmt.Errorf("%q is no address: %w", uri, err)
		}
		if kind == "json" {
			return s.Page(nil, id)
		}
		return s.Content(nil, id, look)
	}
}

// verified fails the test by everything that a strict client finds wrong.
func verified(t *testing.T, s *Set, o verify.Options) {
	t.Helper()
	for _, look := range []Look{{}, {Plain: true}} {
		report, err := verify.Tileset(t.Context(), "tileset.json", files(s, look), o)
		if err != nil {
			t.Fatal(err)
		}
		codes := map[string]int{}
		for _, p := range report.Problems {
			if codes[p.Code]++; codes[p.Code] <= 3 {
				t.Errorf("plain %v: %v", look.Plain, p)
			}
		}
		if want := s.Account().Bodies; report.Features != want {
			t.Errorf("plain %v: %d features, want %d", look.Plain, report.Features, want)
		}
		t.Logf("plain %v: %d tiles, %d features, %d triangles, %d bytes, problems %v", look.Plain, report.Tiles, report.Features, report.Triangles, report.Bytes, codes)
	}
}

// sums are what buildings with flat roofs measure by their source: the area on a sphere, which is the ellipsoid's within
// 0.4 %, and as volume that times the height.
func sums(s *Set, all []spatial.Feature) map[string]verify.Sum {
	out := map[string]verify.Sum{}
	for _, f := range all {
		b := s.held[f.ID].body
		if b == nil {
			continue
		}
		sum := verify.Sum{}
		height, _ := f.Properties["height"].(float64)
		if low, _ := f.Properties["min_height"].(float64); height > low && b.roof == nil {
			sum.Area = geo.Area(f.Geometry)
			sum.Volume, sum.MinHeight, sum.MaxHeight = sum.Area*(height-low), low, height
		}
		out[f.ID] = sum
	}
	return out
}

func TestAStrictClientFindsNothingWrong(t *testing.T) {
	roofs := strings.Fields("flat gabled hipped pyramidal")
	all := town(2000, 7)
	for i := range all {
		all[i].Properties["roof"] = roofs[i%4]
	}
	s := New(city, noon)
	s.Put(noon, all...)
	verified(t, s, verify.Options{Sums: sums(s, all)})
}

func TestAStrictClientFindsNothingWrongInNewYork(t *testing.T) {
	all := newYork(t)
	if os.Getenv("WARDMAP_SOAK") == "" {
		all = all[:len(all)/8]
	}
	s := New(city, noon)
	s.Put(noon, all...)
	verified(t, s, verify.Options{Sums: sums(s, all)})
}
