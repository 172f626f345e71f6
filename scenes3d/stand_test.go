package scenes3d

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
)

// watch is the spec of cameras among buildings.
func watch(buildings *Set) Spec {
	s := Spec{Fields: []Field{{Name: "name"}}, Color: [3]float64{0.1, 0.6, 0.9}, Alpha: 0.2, Stand: Stand{
		Model: "camera", Facing: "azimuth", Mount: "mount_height", Height: 4, Angle: "view_angle", Distance: "view_distance",
	}}
	if buildings != nil {
		s.Stand.Clear = buildings.Clear
	}
	return s
}

func camera(id string, lon, lat float64, properties map[string]any) spatial.Feature {
	return spatial.Feature{ID: id, Version: 1, Geometry: orb.Point{lon, lat}, Properties: properties}
}

// cameras stand between the buildings of a town.
func cameras(n int, seed uint64) []spatial.Feature {
	random := rand.New(rand.NewPCG(seed, 5))
	var all []spatial.Feature
	for i := range n {
		p := map[string]any{"azimuth": 360 * random.Float64(), "mount_height": 3 + 9*random.Float64(), "name": "枪机"}
		if i%5 > 0 { // every fifth has no view
			p["view_angle"], p["view_distance"] = []float64{30, 60, 90, 360}[i%4], 20+100*random.Float64()
		}
		all = append(all, camera(fmt.Sprintf("cam-%03d", i), 105.6+0.01*random.Float64(), 34.5+0.01*random.Float64(), p))
	}
	return all
}

func TestAStrictClientFindsNothingWrongInCameras(t *testing.T) {
	buildings := New(city, noon)
	buildings.Put(noon, town(600, 3)...)
	s := New(watch(buildings), noon)
	s.Put(noon, cameras(200, 4)...)
	if a := s.Account(); a.Bodies != 200 || len(a.LeftOut) > 0 {
		t.Fatalf("%d bodies, left out %v", a.Bodies, a.LeftOut)
	}
	verified(t, s, verify.Options{})
}

func TestEveryKindOfModelStands(t *testing.T) {
	for _, name := range Models() {
		spec := watch(nil)
		spec.Stand.Model, spec.Stand.Angle, spec.Stand.Distance = name, "", ""
		s := New(spec, noon)
		s.Put(noon, cameras(20, 4)...)
		verified(t, s, verify.Options{})
	}
}

// What the volume holds is in sight: points between the ground and its crest are seen from the head.
func TestWhatStandsInTheVolumeIsInSight(t *testing.T) {
	buildings := New(city, noon)
	buildings.Put(noon, town(600, 3)...)
	s := New(watch(buildings), noon)
	s.Put(noon, cameras(120, 9)...)
	random := rand.New(rand.NewPCG(1, 2))
	asked, clipped := 0, 0
	for _, h := range s.held {
		b := h.body
		c := b.stand.cone
		if c.Distance == 0 {
			continue
		}
		n := max(int(math.Ceil(c.Angle/turn)), 1)
		away, err := buildings.Clear(b.stand.at, c, n)
		if err != nil {
			t.Fatal(err)
		}
		east, north := perDegree(b.stand.at.Lat)
		for i, d := range away {
			if d < c.Distance {
				clipped++
			}
			azimuth := (c.Azimuth - c.Angle/2 + c.Angle*float64(i)/float64(n)) * math.Pi / 180
			x := d * random.Float64() * 0.999
			height := b.stand.at.Height * (1 - x/c.Distance) * random.Float64()
			target := Place{b.stand.at.Lon + x*math.Sin(azimuth)/east, b.stand.at.Lat + x*math.Cos(azimuth)/north, height}
			sight, err := buildings.Sight(b.stand.at, target)
			if err != nil {
				t.Fatal(err)
			}
			if asked++; !sight.Clear {
				t.Fatalf("camera %s, %.1f m at %.1f°, height %.2f: hidden by %s", b.id, x, azimuth*180/math.Pi, height, sight.By)
			}
		}
	}
	if asked < 1000 || clipped < 200 {
		t.Errorf("%d points, %d directions clipped: too few to tell", asked, clipped)
	}
}

func TestANewBuildingClipsTheVolume(t *testing.T) {
	buildings := New(city, noon)
	s := New(watch(buildings), noon)
	dx, dy := metres(34.5)
	s.Put(noon, camera("a", 105.7, 34.5, map[string]any{"azimuth": 0.0, "view_angle": 60.0, "view_distance": 80.0}),
		camera("far", 105.8, 34.5, map[string]any{"azimuth": 0.0, "view_angle": 60.0, "view_distance": 80.0}))
	volume := func() float64 { return s.held["a"].body.faces.Volume() }
	open := volume()
	if want := 4 * 80 * 80 * math.Pi / 6 / 3; math.Abs(open-want) > 0.01*want { // a sixth of a cone
		t.Errorf("an open view holds %g m³, want %g", open, want)
	}
	wall := building("wall", square(105.7-50/dx, 34.5+40/dy, 100, 5), map[string]any{"height": 20.0})
	dirty := buildings.Put(noon, wall)
	got := s.Review(dirty...)
	if len(got) != 2 || !got[0].Contains(orb.Point{105.7, 34.5}) {
		t.Errorf("%d boxes differ: %v", len(got), got)
	}
	if half := volume(); half > 0.6*open || half < 0.2*open {
		t.Errorf("behind a wall at half the way it holds %g of %g m³", half, open)
	}
	buildings.Remove(noon, "wall", 2)
	if s.Review(dirty...); math.Abs(volume()-open) > 1e-9*open {
		t.Errorf("without the wall it holds %g of %g m³", volume(), open)
	}
}

func TestCamerasWithoutAHeadOrAViewHaveAReason(t *testing.T) {
	spec := watch(nil)
	spec.Stand.Model = ""
	s := New(spec, noon)
	s.Put(noon, camera("a", 105.7, 34.5, map[string]any{"azimuth": 5.0}))
	if a := s.Account(); a.Bodies != 0 || a.LeftOut["it is not known where it looks, how wide and how far"] != 1 {
		t.Errorf("%d bodies, left out %v", a.Bodies, a.LeftOut)
	}
}
