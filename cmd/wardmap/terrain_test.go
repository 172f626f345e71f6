package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d/terrain/terraintest"
)

// plateau writes terrain that lies at 1120 m above the sea around the towers of the tests, and a geoid 34.5 m below the
// ellipsoid.
func plateau(t *testing.T, unsaid bool) (land, geoid string) {
	t.Helper()
	dir := t.TempDir()
	land, geoid = filepath.Join(dir, "tianshui.pmtiles"), filepath.Join(dir, "egm.gtx")
	err := terraintest.Write(land, terraintest.Archive{
		Encoding: "mapbox", Unsaid: unsaid, Zoom: 12, Side: 32, Bound: orb.Bound{Min: orb.Point{105.6, 34.5}, Max: orb.Point{105.9, 34.7}},
		Surface: func(lon, lat float64) float64 { return 1120 },
	})
	if err != nil {
		t.Fatal(err)
	}
	grid := terraintest.GTX(30, 100, 0.25, 0.25, 41, 41, func(lon, lat float64) float64 { return -34.5 })
	if err := os.WriteFile(geoid, grid, 0o600); err != nil {
		t.Fatal(err)
	}
	return land, geoid
}

func TestScenesStandOnTerrain(t *testing.T) {
	land, geoid := plateau(t, true)
	tests := []struct {
		name, says string
		args       []string
		ground     float64
	}{
		{"nothing", "No terrain is configured", nil, 0},
		{"terrain", "The ground is that of tianshui.pmtiles. No geoid is configured", []string{"--terrain", land, "--terrain-encoding", "mapbox"}, 1120},
		{"terrain and geoid", "The ground is that of tianshui.pmtiles, whose heights above sea level are brought above the WGS84 ellipsoid by the geoid egm.gtx", []string{"--terrain", land, "--terrain-encoding", "mapbox", "--geoid", geoid}, 1085.5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := start(t, append([]string{"--data", t.TempDir()}, test.args...)...).base
			edit(t, base, []map[string]any{tower("a", 0, 12)})
			heights := func(want float64) {
				t.Helper()
				var list struct {
					Scenes []struct {
						ID, Ground string
						Terrain    bool
						Heights    [2]float64
					}
				}
				if err := json.Unmarshal(get(t, base+"/scenes"), &list); err != nil {
					t.Fatal(err)
				}
				for _, s := range list.Scenes {
					if !strings.Contains(s.Ground, test.says) || s.Terrain != (test.ground > 0) {
						t.Errorf("%s: %q, terrain %v", s.ID, s.Ground, s.Terrain)
					}
					if s.ID == "buildings" && (math.Abs(s.Heights[0]-test.ground) > 0.1 || math.Abs(s.Heights[1]-want) > 0.1) {
						t.Errorf("heights %v, want %v to %v", s.Heights, test.ground, want)
					}
				}
			}
			heights(test.ground + 12)
			var doc struct {
				Root struct{ BoundingVolume struct{ Region [6]float64 } }
			}
			if err := json.Unmarshal(get(t, base+"/scenes/buildings/tileset.json"), &doc); err != nil {
				t.Fatal(err)
			}
			if r := doc.Root.BoundingVolume.Region; math.Abs(r[4]-test.ground) > 0.1 || math.Abs(r[5]-test.ground-12) > 0.1 {
				t.Errorf("the region is %v", r)
			}
			edit(t, base, []map[string]any{tower("a", 0, 20)})
			heights(test.ground + 20)
			for _, kind := range []string{"", "/plain"} {
				var out strings.Builder
				if err := run(t.Context(), []string{"scenes", "verify", base + "/scenes/buildings" + kind + "/tileset.json"}, &out); err != nil {
					t.Errorf("%v: %s", err, out.String())
				}
			}
		})
	}
}

func TestBrokenTerrainEndsTheStart(t *testing.T) {
	land, geoid := plateau(t, true)
	short := filepath.Join(t.TempDir(), "short.gtx")
	if err := os.WriteFile(short, []byte("grid"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want string
		args []string
	}{
		{"nowhere.pmtiles", []string{"--terrain", "nowhere.pmtiles"}},
		{"egm.gtx", []string{"--terrain", geoid}},
		{"give --terrain-encoding", []string{"--terrain", land}},
		{"it is one of terrarium, mapbox", []string{"--terrain", land, "--terrain-encoding", "png"}},
		{"go with --terrain", []string{"--geoid", geoid}},
		{"short.gtx: it has 4 bytes", []string{"--terrain", land, "--terrain-encoding", "mapbox", "--geoid", short}},
	}
	for _, test := range tests {
		args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, test.args...)
		if out, err := wardmap(t.Context(), args...).CombinedOutput(); err == nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %s, %v", test.args, out, err)
		}
	}
}
