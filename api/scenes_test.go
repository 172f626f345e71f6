package api_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/scenes3d"
	"github.com/wardmap/wardmap/spatial"
)

// sceneRig serves the beats in 3D, from tiles that say what was asked.
func sceneRig(t *testing.T, ground api.Ground) *rig {
	return newRig(t, func(c *api.Config) {
		c.Ground = ground
		all := c.Catalogue().Groups()
		for i := range all {
			list := append([]layers.Layer(nil), all[i].Layers...)
			for j := range list {
				if list[j].ID == "beats" || list[j].ID == "tracks" {
					list[j].Scene = &layers.Scene{}
					list[j].Kind = layers.PolygonKind
				}
			}
			all[i].Layers = list
		}
		defs, ps := layers.NewCatalogue(all...)
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		c.Catalogue = func() *layers.Catalogue { return defs }
		c.Scenes = func(layer string, plain bool) (api.Scene, error) {
			kind := map[bool]string{true: "plain", false: "coded"}[plain]
			return api.Scene{
				Tileset: &fakeTiles{names: []string{layer, kind, "tileset"}}, Page: &fakeTiles{names: []string{layer, kind, "page"}},
				Content: &fakeTiles{names: []string{layer, kind, "content"}},
				Implicit: api.ImplicitScene{
					Tileset: &fakeTiles{names: []string{layer, "implicit", "tileset"}}, Subtree: &fakeTiles{names: []string{layer, "subtree"}},
					Content: &fakeTiles{names: []string{layer, "implicit", "content"}},
				},
				Bodies: func(string) (*scenes3d.Set, error) {
					spec := scenes3d.Spec{Rise: scenes3d.Rise{Top: "height"}}
					if ground.Terrain != "" {
						spec.Ground = dike
					}
					s := scenes3d.New(spec, time.Now())
					s.Put(time.Now(), spatial.Feature{ID: "wall", Geometry: orb.Polygon{{{1, 2.0005}, {1.002, 2.0005}, {1.002, 2.0006}, {1, 2.0006}, {1, 2.0005}}}, Properties: map[string]any{"height": 9.0}})
					return s, nil
				},
				Account: func(string) (scenes3d.Account, error) {
					return scenes3d.Account{Bodies: 2, LeftOut: map[string]int{"its footprint has no area": 1}, FlatRoofs: map[string]int{}, Bound: orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}, High: 9}, nil
				},
			}, nil
		}
	})
}

// dike is a ground with a dike in the south of the wall, 30 m high.
func dike(lon, lat float64) (float64, bool) {
	return 400 + max(0, 30-math.Abs(lat-2.0003)*1e6), true
}

func TestScenesSayWhatTheyStandOn(t *testing.T) {
	tests := []struct {
		ground                 api.Ground
		scenes, sight, clearly string
	}{
		{api.Ground{}, `"ground":"No terrain is configured`, "trees, terrain and what", `"hidden_by":"wall"`},
		{api.Ground{Terrain: "city.pmtiles"}, `"ground":"The ground is that of city.pmtiles. No geoid is configured`, "and so does the terrain", `"clear":false,"distance"`},
		{api.Ground{Terrain: "city.pmtiles", Geoid: "egm.gtx"}, `by the geoid egm.gtx.","terrain":true`, "and so does the terrain", `"clear":false,"distance"`},
	}
	for _, test := range tests {
		r := sceneRig(t, test.ground)
		if a := r.get("/scenes").want(t, 200); !strings.Contains(string(a.body), test.scenes) {
			t.Errorf("%+v: %s", test.ground, a.body)
		}
		a := string(r.get("/scenes/beats/sight?from=1.001,2,2&to=1.001,2.001,2").want(t, 200).body)
		if !strings.Contains(a, test.sight) || !strings.Contains(a, test.clearly) {
			t.Errorf("%+v: %s", test.ground, a)
		}
	}
}

func TestScenes(t *testing.T) {
	r := sceneRig(t, api.Ground{})
	r.client.Transport = &http.Transport{DisableCompression: true} // the fake tiles are no tilesets
	tests := []struct {
		name, path string
		status     int
		says       string
	}{
		{"the list", "/scenes", 200, `"bodies":2,"bounds":[1,2,3,4],"heights":[0,9],"left_out":{"its footprint has no area":1},"flat_roofs":{},"opacity":1,"ground":"No terrain`},
		{"a tileset", "/scenes/beats/tileset.json", 200, "beats+coded+tileset 0/0/0"},
		{"a plain tileset", "/scenes/beats/plain/tileset.json", 200, "beats+plain+tileset 0/0/0"},
		{"a tile", "/scenes/beats/4/1/2.glb", 200, "beats+coded+content 4/1/2"},
		{"a plain tile", "/scenes/beats/plain/4/1/2.glb", 200, "beats+plain+content 4/1/2"},
		{"a page", "/scenes/beats/4/1/2.json", 200, "beats+coded+page 4/1/2"},
		{"an implicit tileset", "/scenes/beats/implicit/tileset.json", 200, "beats+implicit+tileset 0/0/0"},
		{"a subtree", "/scenes/beats/implicit/9-406-354/3/7/2.subtree", 200, "beats+subtree 12/3255/2834"},
		{"a content of a cell", "/scenes/beats/implicit/0-0-0/4/1/2.glb", 200, "beats+implicit+content 4/1/2"},
		{"a cell without anything", "/scenes/beats/implicit/1-1-1/0/0/0.glb", 404, "nothing stands on tile 1/1/1"},
		{"a page of an implicit tileset", "/scenes/beats/implicit/0-0-0/4/1/2.json", 404, ".glb and subtrees at"},
		{"a root that is none", "/scenes/beats/implicit/9-406/4/1/2.glb", 404, "is not level-column-row"},
		{"a cell beside its root", "/scenes/beats/implicit/9-406-354/3/8/2.glb", 404, "column"},
		{"a cell too deep", "/scenes/beats/implicit/9-406-354/12/0/0.subtree", 404, "deeper than 20"},
		{"an implicit tileset of a hidden layer", "/scenes/tracks/implicit/tileset.json", 404, `there is no scene \"tracks\"`},
		{"a tile without anything", "/scenes/beats/1/1/1.glb", 404, "nothing stands on tile 1/1/1"},
		{"a layer that is not in 3D", "/scenes/cameras/tileset.json", 404, `there is no scene \"cameras\"`},
		{"a layer that is hidden", "/scenes/tracks/tileset.json", 404, `there is no scene \"tracks\"`},
		{"no layer", "/scenes/nowhere/4/1/2.glb", 404, `there is no scene \"nowhere\"`},
		{"another suffix", "/scenes/beats/4/1/2.b3dm", 404, ".glb and pages at"},
		{"no tile", "/scenes/beats/4/99/2.glb", 404, "column"},
		{"a hidden place", "/scenes/beats/sight?from=1.001,2,2&to=1.001,2.001,2", 200, `"clear":false`},
		{"what hides it", "/scenes/beats/sight?from=1.001,2,2&to=1.001,2.001,2", 200, `"hidden_by":"wall"`},
		{"over the wall", "/scenes/beats/sight?from=1.001,2,12&to=1.001,2.001,12", 200, `"clear":true`},
		{"too far", "/scenes/beats/sight?from=1,2,2&to=1.1,2,2", 400, "one can look 2000 m"},
		{"no place", "/scenes/beats/sight?from=1,2&to=1,2,2", 400, "lon,lat,height"},
		{"no number", "/scenes/beats/sight?from=1,2,3&to=1,2,NaN", 400, "is not a finite number"},
		{"no layer in 3D", "/scenes/cameras/sight?from=1,2,3&to=1,2,3", 404, "there is no scene"},
		{"seen ground", "/scenes/beats/viewshed?at=1.001,2,6&distance=100", 200, `"type":"MultiPolygon"`},
		{"its share", "/scenes/beats/viewshed?at=1.001,2,6&distance=50&azimuth=180&angle=90", 200, `"share":1}`},
		{"too wide", "/scenes/beats/viewshed?at=1,2,6&angle=400", 400, "is not a number of 0.1 to 360"},
		{"no angle", "/scenes/beats/viewshed?at=1,2,6&angle=wide", 400, "is not a number of"},
		{"from below the ground", "/scenes/beats/viewshed?at=1,2,0", 400, "sees no ground"},
		{"who overlooks", "/scenes/beats/overlook?at=1.001,2,1.5", 200, `"id":"wall"`},
		{"nobody overlooks", "/scenes/beats/overlook?at=1.001,2,1.5&radius=10", 200, `"features":[]`},
		{"too far around", "/scenes/beats/overlook?at=1.001,2,1.5&radius=5000", 400, "is not a number of 0 to 2000"},
		{"an unknown parameter", "/scenes/beats/tileset.json?x=1", 400, "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if a := r.get(test.path).want(t, test.status); !strings.Contains(string(a.body), test.says) {
				t.Errorf("%s says %s, want %s", test.path, a.body, test.says)
			}
		})
	}
	if a := r.get("/scenes").want(t, 200); strings.Contains(string(a.body), "tracks") {
		t.Errorf("the list tells of a layer that is hidden: %s", a.body)
	}
}

func TestSceneTilesAreNotSentTwice(t *testing.T) {
	r := sceneRig(t, api.Ground{})
	r.client.Transport = &http.Transport{DisableCompression: true} // the fake tiles are no tilesets
	for _, path := range []string{"/scenes/beats/tileset.json", "/scenes/beats/4/1/2.glb", "/scenes/beats/4/1/2.json", "/scenes/beats/implicit/tileset.json", "/scenes/beats/implicit/0-0-0/4/1/2.subtree"} {
		tag := r.get(path).want(t, 200).Header.Get("Etag")
		r.get(path, "If-None-Match", tag).want(t, 304)
		gz := r.get(path, "Accept-Encoding", "gzip").want(t, 200)
		if gz.Header.Get("Content-Encoding") != "gzip" || gz.Header.Get("Etag") == tag {
			t.Errorf("%s: %v", path, fmt.Sprint(gz.Header))
		}
	}
}
