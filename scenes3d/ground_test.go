package scenes3d

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
)

type ground = func(lon, lat float64) (float64, bool)

func plateau(float64, float64) (float64, bool) { return 1000, true }

// hillside rises from 1100 m at home by 0.3 m per metre to the east.
func hillside(lon, lat float64) (float64, bool) {
	dx, _ := metres(homeLat)
	return 1100 + 0.3*(lon-homeLon)*dx, true
}

// hills are 40 m high and 300 m apart.
func hills(lon, lat float64) (float64, bool) {
	dx, dy := metres(homeLat)
	return 1200 + 20*math.Sin((lon-homeLon)*dx*2*math.Pi/300) + 20*math.Cos((lat-homeLat)*dy*2*math.Pi/300), true
}

func on(g ground) Spec {
	s := city
	s.Ground = g
	return s
}

func TestABodyOnASlopeStands(t *testing.T) {
	tests := []struct {
		name             string
		properties       map[string]any
		base, top, space float64 // m, m3
		hangs            bool
	}{
		{"a box of 20 x 10 m, 3 m above its lowest ground in the middle", map[string]any{"height": 12.0}, 1100, 1115, 200 * 15, false},
		{"on stilts", map[string]any{"height": 12.0, "min_height": 4.0}, 1107, 1115, 200 * 8, true},
		{"with a cellar", map[string]any{"height": 12.0, "min_height": -5.0}, 1098, 1115, 200 * 17, false},
		{"a pyramid that is all roof", map[string]any{"height": 2.0, "roof": "pyramidal", "roof_height": 30.0}, 1100, 1105, 200*3 + 200*2/3.0, false},
		{"lower than the slope", map[string]any{"height": 1.0}, 1100, 1104, 200 * 4, false},
	}
	for _, test := range tests {
		spec := on(hillside)
		f := building("b", square(homeLon, homeLat, 20, 10), test.properties)
		b, err := newBody(&spec, &f)
		if err != nil {
			t.Fatal(err)
		}
		m := &mesh{}
		m.reset(frameAt(homeLon, homeLat))
		if err := m.add(b); err != nil {
			t.Fatal(err)
		}
		if math.Abs(b.base-test.base) > 1e-6 || math.Abs(b.top-test.top) > 1e-6 || b.hangs != test.hangs || b.box.low != b.base || b.box.high != b.top {
			t.Errorf("%s: from %v to %v m, hangs %v; want %v to %v", test.name, b.base, b.top, b.hangs, test.base, test.top)
		}
		if got := meshVolume(m, b.base); math.Abs(got/test.space-1) > 1e-3 { // a place is larger 1100 m higher
			t.Errorf("%s: %v m3, want %v", test.name, got, test.space)
		}
		checkFaces(t, test.name, m)
	}
}

// The ground is looked at along edges, too: a wall over a gully reaches down into it.
func TestNothingFloats(t *testing.T) {
	gully := func(lon, lat float64) (float64, bool) {
		dx, _ := metres(homeLat)
		return 500 - 8*math.Exp(-math.Pow(((lon-homeLon)*dx-100)/20, 2)), true
	}
	long := building("long", square(homeLon, homeLat, 200, 10), map[string]any{"height": 6.0})
	spec := on(gully)
	b, err := newBody(&spec, &long)
	if err != nil || b.base > 492.5 || b.base < 492 {
		t.Errorf("over a gully of 8 m it reaches down to %v, %v", b.base, err)
	}
	for _, g := range []ground{hillside, hills} {
		s := New(on(g), noon)
		s.Put(noon, around(800, 3)...)
		for id, h := range s.held {
			b := h.body
			if b.hangs {
				continue
			}
			height := 0.0
			for i := 0; i < len(b.coords); i += 2 {
				under, _ := g(b.coords[i], b.coords[i+1])
				height += under
				if b.base > under+1e-9 {
					t.Fatalf("%s floats %v m over the ground", id, b.base-under)
				}
			}
			if mean := height / float64(len(b.coords)/2); math.Abs(b.top-b.tall-mean) > 1 {
				t.Fatalf("%s: its top is %v m over the mean of its corners and not %v", id, b.top-mean, b.tall)
			}
		}
	}
}

// around is n buildings with all roofs around home.
func around(n int, seed uint64) []spatial.Feature {
	all, roofs := town(n, seed), []string{"flat", "gabled", "hipped", "pyramidal"}
	for i := range all {
		all[i].Properties["roof"] = roofs[i%4]
		if i%9 == 0 {
			all[i].Properties["min_height"] = 1.5
		}
		all[i].Geometry = shifted(all[i].Geometry.(orb.Polygon), homeLon-105.6, homeLat-34.5)
	}
	return all
}

func shifted(p orb.Polygon, lon, lat float64) orb.Polygon {
	p = p.Clone()
	for _, r := range p {
		for i := range r {
			r[i][0], r[i][1] = r[i][0]+lon, r[i][1]+lat
		}
	}
	return p
}

func TestAStrictClientFindsNothingWrongOnTerrain(t *testing.T) {
	for _, g := range []ground{plateau, hillside, hills} {
		s := New(on(g), noon)
		s.Put(noon, around(1500, 7)...)
		verified(t, s, verify.Options{})
	}
}

func TestAStrictClientFindsNothingWrongInFacesAndCamerasOnTerrain(t *testing.T) {
	s := New(on(hills), noon)
	for i, f := range around(200, 7) {
		at := f.Geometry.(orb.Polygon)[0][0]
		s.Put(noon, house(string(rune('A'+i)), at[0], at[1]))
	}
	if a := s.Account(); a.Bodies != 200 {
		t.Fatalf("%+v", a)
	}
	verified(t, s, verify.Options{})

	buildings := New(on(hills), noon)
	buildings.Put(noon, town(600, 3)...)
	spec := watch(buildings)
	spec.Ground = hills
	c := New(spec, noon)
	c.Put(noon, cameras(200, 4)...)
	if a := c.Account(); a.Bodies != 200 || a.Low < 1155 {
		t.Fatalf("%+v", a)
	}
	verified(t, c, verify.Options{})
}

// house is a box of 10 x 10 x 5 m by its faces.
func house(id string, lon, lat float64) spatial.Feature {
	p := square(lon, lat, 10, 10)
	return building(id, p, map[string]any{"solid": prism(p, 0, 5, 1).WKT()})
}

func TestFacesGoDownToTheLowestGround(t *testing.T) {
	spec := on(hillside)
	f := house("h", homeLon, homeLat)
	b, err := newBody(&spec, &f)
	if err != nil {
		t.Fatal(err)
	}
	low, high := b.faces.Box()
	if math.Abs(low[2]-1100) > 0.01 || math.Abs(high[2]-1106.5) > 0.01 || b.base != low[2] || math.Abs(b.faces.Volume()-650) > 3 {
		t.Errorf("from %v to %v m, %v m3; want 1100 to 1106.5, 650", low[2], high[2], b.faces.Volume())
	}
}

func TestWithoutTerrainUnderItABodyIsLeftOut(t *testing.T) {
	west := func(lon, lat float64) (float64, bool) { return 700, lon < homeLon }
	s := New(on(west), noon)
	dx, _ := metres(homeLat)
	s.Put(noon, building("in", square(homeLon-50/dx, homeLat, 20, 10), nil), building("half", square(homeLon-40/dx, homeLat, 60, 10), nil),
		building("out", square(homeLon+50/dx, homeLat, 20, 10), nil))
	if a := s.Account(); a.Bodies != 2 || a.LeftOut["no terrain lies under it"] != 1 || math.Abs(a.Low-700) > 1 {
		t.Errorf("%+v", a)
	}
}

// An edit on terrain: the body moves up the slope, and back again, and the tiles are what they were.
func TestEditsOnTerrain(t *testing.T) {
	all := around(300, 5)
	a, b := New(on(hills), noon), New(on(hills), noon)
	a.Put(noon, all...)
	for _, f := range all {
		moved := f
		moved.Version, moved.Geometry = 0, shifted(f.Geometry.(orb.Polygon), 0.001, 0.0005)
		b.Put(noon, moved)
		b.Put(noon, f)
	}
	one, _ := a.Tileset(nil)
	if other, _ := b.Tileset(nil); string(one) != string(other) {
		t.Error("the tilesets differ")
	}
	for id := range a.tree.cells {
		x, _ := a.Content(nil, id, Look{})
		if y, _ := b.Content(nil, id, Look{}); string(x) != string(y) {
			t.Errorf("tile %v differs", id)
		}
	}
}

func TestTheGroundIsInTheMetadata(t *testing.T) {
	f := building("b", square(homeLon, homeLat, 20, 10), map[string]any{"height": 12.0})
	for _, test := range []struct {
		spec Spec
		want bool
	}{{city, false}, {on(hillside), true}} {
		s := New(test.spec, noon)
		s.Put(noon, f)
		data, err := s.Content(nil, s.held["b"].body.cell, Look{Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		value := binary.LittleEndian.AppendUint64(nil, math.Float64bits(s.held["b"].body.ground))
		if got := strings.Contains(string(data), groundName); got != test.want || test.want && !strings.Contains(string(data), string(value)) {
			t.Errorf("the column is there: %v", got)
		}
	}
}

// On a plateau everything is as it is without terrain.
func TestSightOnAPlateauIsThatOfThePlain(t *testing.T) {
	fs := []spatial.Feature{block("wall", -50, 40, 100, 10, 0, 12), block("bridge", -50, -50, 100, 10, 6, 9), block("tower", -10, 90, 20, 10, 0, 40)}
	plain, high := sceneOf(fs...), New(on(plateau), noon)
	high.Put(noon, fs...)
	random := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		eye, target := at(0, 0, 1+20*random.Float64()), at(200*random.Float64()-100, 200*random.Float64()-100, 20*random.Float64())
		a, errA := plain.Sight(eye, target)
		b, errB := high.Sight(eye, target)
		if errA != nil || errB != nil || a.Clear != b.Clear || a.By != b.By || math.Abs(a.At.Height-b.At.Height) > 1e-6 {
			t.Fatalf("%v to %v: %+v and %+v", eye, target, a, b)
		}
	}
	_, a, _ := plain.Viewshed(at(0, 0, 10), Cone{0, 360, 150})
	_, b, err := high.Viewshed(at(0, 0, 10), Cone{0, 360, 150})
	if err != nil || math.Abs(a-b) > 0.01 {
		t.Errorf("%v and %v of the ground are seen, %v", a, b, err)
	}
	x, _ := plain.Overlook(at(0, 0, 1.5), 200)
	y, err := high.Overlook(at(0, 0, 1.5), 200)
	if err != nil || len(x) != len(y) || len(x) == 0 {
		t.Fatalf("%v and %v, %v", x, y, err)
	}
	for i := range x {
		if x[i].ID != y[i].ID || x[i].Windows != y[i].Windows || math.Abs(x[i].Lowest-y[i].Lowest) > 1e-6 {
			t.Errorf("%+v and %+v", x[i], y[i])
		}
	}
}

func TestHillsHide(t *testing.T) {
	ridge := func(lon, lat float64) (float64, bool) { // 20 m high, 50 m north of home
		_, dy := metres(homeLat)
		return 800 + max(0, 20-math.Abs((lat-homeLat)*dy-50)), true
	}
	s := New(on(ridge), noon)
	s.Put(noon, block("behind", -10, 90, 20, 10, 0, 60), block("before", -10, 10, 5, 5, 0, 3))
	tests := []struct {
		name        string
		eye, target Place
		clear       bool
	}{
		{"through the ridge", at(20, 0, 2), at(20, 100, 2), false},
		{"over the ridge", at(20, 0, 2), at(20, 100, 45), true},
		{"from the ridge", at(20, 50, 2), at(20, 100, 2), true},
		{"up to the ridge", at(20, 0, 2), at(20, 50, 0), true},
		{"along the foot", at(20, 0, 2), at(90, 0, 0), true},
	}
	for _, test := range tests {
		got, err := s.Sight(test.eye, test.target)
		if err != nil || got.Clear != test.clear || got.By != "" {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
		if !got.Clear && (distance(test.eye, got.At) < 29 || distance(test.eye, got.At) > 38) { // the ridge begins at 30 m
			t.Errorf("%s: met at %v m", test.name, distance(test.eye, got.At))
		}
	}
	shed, _, err := s.Viewshed(at(20, 0, 2), Cone{0, 10, 150})
	if err != nil {
		t.Fatal(err)
	}
	for north, want := range map[float64]bool{20: true, 45: true, 55: false, 80: false, 140: false} {
		if got := planar.MultiPolygonContains(shed, point(at(20, north, 0))); got != want {
			t.Errorf("%v m to the north: seen %v", north, got)
		}
	}
	// Over the ridge, 22 m per 50 m: at 90 m, what is higher than 2 + 18 * 90/50 = 34.4 m.
	got, err := s.Overlook(at(0, 0, 2), 150)
	i := slices.IndexFunc(got, func(f Facade) bool { return f.ID == "behind" })
	if err != nil || i < 0 || got[i].Lowest < 33 || got[i].Lowest > 38 || got[i].Highest != 58.5 {
		t.Errorf("%+v, %v", got, err)
	}
	nowhere := New(on(func(float64, float64) (float64, bool) { return 0, false }), noon)
	if _, err := nowhere.Sight(at(0, 0, 1), at(0, 5, 1)); err == nil || !strings.Contains(err.Error(), "no terrain at") {
		t.Errorf("without terrain: %v", err)
	}
}

// What the viewshed says of the hills, lines of sight say too.
func TestTheViewshedOfHillsAgreesWithLinesOfSight(t *testing.T) {
	s := New(on(hills), noon)
	s.Put(noon, block("A", 30, 40, 30, 20, 0, 15), block("B", -80, -40, 30, 20, 5, 9))
	eye := at(0, 0, 5)
	shed, share, err := s.Viewshed(eye, Cone{0, 360, 400})
	if err != nil || math.Abs(geo.Area(shed)/(math.Pi*400*400)-share) > 0.01 {
		t.Fatalf("%v, %v", share, err)
	}
	random := rand.New(rand.NewPCG(6, 6))
	wrong, seen := 0, 0
	for range 2000 {
		turn, away := random.Float64()*2*math.Pi, 400*math.Sqrt(random.Float64())
		target := at(away*math.Sin(turn), away*math.Cos(turn), 0)
		got, err := s.Sight(eye, target)
		if err != nil {
			t.Fatal(err)
		}
		in := planar.MultiPolygonContains(shed, point(target))
		if in {
			seen++
		}
		if in != got.Clear {
			wrong++
		}
	}
	if t.Logf("%d of 2000 seen, %d differ", seen, wrong); wrong > 60 || seen < 300 || seen > 1700 {
		t.Errorf("%d of 2000 places differ, %d are seen", wrong, seen)
	}
}
