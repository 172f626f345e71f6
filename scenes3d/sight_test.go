package scenes3d

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/spatial"
)

const homeLon, homeLat = 105.72, 34.58

// at is the place so many metres east and north of home.
func at(east, north, height float64) Place {
	dx, dy := metres(homeLat)
	return Place{homeLon + east/dx, homeLat + north/dy, height}
}

// block is a building of so many metres, its south-west corner so far from home.
func block(id string, east, north, width, depth, low, high float64) spatial.Feature {
	p := at(east, north, 0)
	return building(id, square(p.Lon, p.Lat, width, depth), map[string]any{"height": high, "min_height": low})
}

func sceneOf(fs ...spatial.Feature) *Set {
	s := New(city, noon)
	s.Put(noon, fs...)
	return s
}

func TestSight(t *testing.T) {
	s := sceneOf(block("wall", -50, 40, 100, 10, 0, 12), block("bridge", -50, -50, 100, 10, 6, 9), block("home", -5, -5, 10, 10, 0, 30))
	tests := []struct {
		name        string
		eye, target Place
		by          string
		away        float64 // of the place where the line meets it
	}{
		{"through the wall", at(0, 0, 3), at(0, 100, 3), "wall", 40},
		{"over the wall", at(0, 0, 13), at(0, 100, 13), "", 0},
		{"down behind the wall", at(0, 0, 20), at(0, 60, 0), "wall", 40},
		{"far behind the wall", at(0, 0, 20), at(0, 126, 0), "", 0},
		{"down onto the roof", at(0, 0, 20), at(0, 55, 0), "wall", 40},
		{"before the wall", at(0, 0, 3), at(0, 39, 3), "", 0},
		{"beside the wall", at(60, 0, 3), at(60, 100, 3), "", 0},
		{"under the bridge", at(0, 0, 3), at(0, -100, 3), "", 0},
		{"into the bridge", at(0, 0, 7), at(0, -100, 7), "bridge", 40},
		{"up to the bridge", at(0, 0, 0), at(0, -90, 15), "bridge", 40},
		{"from a wall out", at(4.9, 0, 5), at(30, 0, 5), "", 0},
		{"into a house: who stands in it is seen at its edge", at(30, 0, 5), at(0, 0, 5), "", 0},
		{"nowhere", at(20, 20, 5), at(20, 20, 5), "", 0},
	}
	for _, test := range tests {
		got, err := s.Sight(test.eye, test.target)
		if err != nil || got.By != test.by || got.Clear != (test.by == "") {
			t.Errorf("%s: %+v, %v, want %q", test.name, got, err, test.by)
			continue
		}
		if test.by != "" && math.Abs(distance(test.eye, got.At)-test.away) > 0.6 {
			t.Errorf("%s: met at %.2f m, want %.2f", test.name, distance(test.eye, got.At), test.away)
		}
	}
	for _, bad := range []Place{{200, 0, 1}, {0, 89.5, 1}, {0, 0, 1e6}, {math.NaN(), 0, 1}, at(3000, 0, 1)} {
		if _, err := s.Sight(at(0, 0, 1), bad); bad.Lon < 180 && bad.Lat < 89 && bad.Height < 1e4 && err == nil {
			t.Errorf("%v is taken as a target", bad)
		}
		if _, _, err := s.Viewshed(bad, Cone{0, 360, 100}); distance(at(0, 0, 1), bad) > 1e5 && err == nil {
			t.Errorf("%v is taken as an eye", bad)
		}
	}
}

// hidden is the oracle: a line in many small steps, and whether one of them lies in a building.
func hidden(all []spatial.Feature, eye, target Place) bool {
	const steps = 1200
	for i := 1; i < steps; i++ {
		f := float64(i) / steps
		p, h := orb.Point{eye.Lon + (target.Lon-eye.Lon)*f, eye.Lat + (target.Lat-eye.Lat)*f}, eye.Height+(target.Height-eye.Height)*f
		for _, b := range all {
			if h > b.Properties["min_height"].(float64) && h < b.Properties["height"].(float64) && planar.PolygonContains(b.Geometry.(orb.Polygon), p) {
				return true
			}
		}
	}
	return false
}

func TestSightAndViewshedAgreeWithSmallSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	var all []spatial.Feature
	for i := range 60 {
		low := 0.0
		if i%7 == 0 {
			low = 5
		}
		all = append(all, block(string(rune('A'+i)), random.Float64()*300-150, random.Float64()*300-150, 5+random.Float64()*25, 5+random.Float64()*25, low, low+3+random.Float64()*30))
	}
	s := sceneOf(all...)
	eye := at(0, 0, 11)
	for hidden(all, at(0.01, 0, eye.Height), at(0.02, 0, eye.Height)) || hidden(all, at(0, 0, 0.1), at(0.01, 0, 0.1)) {
		eye = at(random.Float64()*10, random.Float64()*10, 11)
	}
	shed, share, err := s.Viewshed(eye, Cone{0, 360, 150})
	if err != nil {
		t.Fatal(err)
	}
	if got := geo.Area(shed) / (math.Pi * 150 * 150); math.Abs(got-share) > 0.01 {
		t.Errorf("%.3f of the ground is seen, and the polygons have %.3f", share, got)
	}
	wrong, wrongGround, n := 0, 0, 600
	for range n {
		turn, away := random.Float64()*2*math.Pi, 150*math.Sqrt(random.Float64())
		target := at(away*math.Sin(turn), away*math.Cos(turn), 0)
		target.Lon, target.Lat = target.Lon+eye.Lon-homeLon, target.Lat+eye.Lat-homeLat
		inside := false
		for _, b := range all {
			inside = inside || planar.PolygonContains(b.Geometry.(orb.Polygon), orb.Point{target.Lon, target.Lat})
		}
		if inside {
			continue
		}
		want := !hidden(all, eye, target)
		if got, err := s.Sight(eye, target); err != nil || got.Clear != want {
			wrong++
		}
		if planar.MultiPolygonContains(shed, orb.Point{target.Lon, target.Lat}) != want {
			wrongGround++
		}
	}
	if wrong > n/100 { // lines along walls, where a step may miss
		t.Errorf("%d of %d lines of sight differ from small steps", wrong, n)
	}
	if wrongGround > n/50 { // half a degree to each side of a ray
		t.Errorf("%d of %d places of the ground differ from small steps", wrongGround, n)
	}
}

func TestViewshed(t *testing.T) {
	eye := at(0, 0, 10)
	open, share, err := sceneOf().Viewshed(eye, Cone{90, 60, 100})
	if err != nil || math.Abs(share-1) > 1e-9 || len(open) != 1 {
		t.Fatalf("%v, %v, %v", open, share, err)
	}
	if got, want := geo.Area(open), math.Pi*100*100/6; math.Abs(got/want-1) > 0.01 {
		t.Errorf("%v m2, want %v", got, want)
	}
	if !planar.MultiPolygonContains(open, point(at(50, 0, 0))) || planar.MultiPolygonContains(open, point(at(-50, 0, 0))) {
		t.Error("it looks to another side than east")
	}
	// A wall of half the height, 20 to 30 m away, hides what lies behind it as far as 60 m.
	shed, _, err := sceneOf(block("wall", 20, -200, 10, 400, 0, 5)).Viewshed(eye, Cone{90, 20, 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		east float64
		seen bool
	}{{10, true}, {19, true}, {25, false}, {40, false}, {58, false}, {62, true}, {90, true}} {
		if got := planar.MultiPolygonContains(shed, point(at(test.east, 0, 0))); got != test.seen {
			t.Errorf("%v m away: seen %v", test.east, got)
		}
	}
	for _, c := range []Cone{{0, 0, 10}, {0, 361, 10}, {0, 90, 0}, {0, 90, MostSight + 1}, {0, math.NaN(), 10}} {
		if _, _, err := sceneOf().Viewshed(eye, c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func point(p Place) orb.Point { return orb.Point{p.Lon, p.Lat} }

func TestOverlook(t *testing.T) {
	s := sceneOf(block("tower", -10, 60, 20, 10, 0, 30), block("shed", -50, 20, 100, 5, 0, 5), block("far", -10, 400, 20, 10, 0, 60), block("behind", -10, 75, 20, 10, 0, 18))
	got, err := s.Overlook(at(0, 0, 1.5), 200)
	if err != nil || len(got) != 2 || got[0].ID != "shed" || got[1].ID != "tower" {
		t.Fatalf("%+v, %v", got, err)
	}
	// The shed hides from the place what lies below the line over its top: at 60 m, 1.5 + 3.5 * 60 / 20 = 12 m at least.
	tower := got[1]
	if math.Abs(tower.Distance-60) > 1.5 || tower.Lowest < 10 || tower.Lowest > 15 || tower.Highest != 28.5 || tower.Facing != 7*10 || tower.Windows >= tower.Facing {
		t.Errorf("the tower: %+v", tower)
	}
	if inside, err := s.Overlook(at(0, 65, 1.5), 100); err != nil || len(inside) > 0 && inside[0].ID == "tower" {
		t.Errorf("a place in the tower is overlooked by it: %+v, %v", inside, err)
	}
}

func BenchmarkSight(b *testing.B) {
	s := New(city, noon)
	s.Put(noon, newYork(b)...)
	box := s.Account().Bound.Center()
	place := Place{box[0], box[1], 8}
	b.Run("viewshed", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Viewshed(place, Cone{0, 360, 300}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("overlook", func(b *testing.B) {
		n := 0
		for b.Loop() {
			all, err := s.Overlook(place, 300)
			if err != nil {
				b.Fatal(err)
			}
			n = len(all)
		}
		b.ReportMetric(float64(n), "facades")
	})
}
