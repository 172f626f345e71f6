package atlas_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
	"github.com/wardmap/wardmap/tiles/mvt"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	spec = atlas.Spec{Name: "units", MinZoom: 4, MaxZoom: 14, Fields: []atlas.Field{
		{Name: "kind", Kind: atlas.Text}, {Name: "speed", Kind: atlas.Number}, {Name: "crew", Kind: atlas.Integer}, {Name: "free", Kind: atlas.Boolean},
	}}
	tianshui = orb.Point{105.72, 34.58}
)

func unit(id string, version int64, at orb.Geometry, props map[string]any) spatial.Feature {
	return spatial.Feature{ID: id, Version: version, Geometry: at, Properties: props}
}

// decode cuts a tile and reads it.
func decode(t testing.TB, l *atlas.Layer, id tiles.ID) []mvt.Feature {
	t.Helper()
	data := l.Cut(nil, id, nil)
	if err := mvt.Check(data); err != nil {
		t.Fatalf("tile %v: %v", id, err)
	}
	layers, err := mvt.Decode(data)
	if err != nil {
		t.Fatalf("tile %v: %v", id, err)
	}
	if len(layers) == 0 {
		return nil
	}
	return layers[0].Features
}

func TestAPointComesOutAsItWentIn(t *testing.T) {
	l := atlas.New(spec, noon)
	dirty := l.Put(noon, unit("12", 1, tianshui, map[string]any{"kind": "car", "speed": 40.0, "crew": int64(2), "free": true, "secret": "x"}))
	if len(dirty) != 1 || !dirty[0].Contains(tianshui) {
		t.Fatalf("dirty is %v", dirty)
	}
	id := tiles.Project(tianshui).At(10)
	got := decode(t, l, id)
	if len(got) != 1 || got[0].ID != 12 || fmt.Sprint(got[0].Properties) != "map[crew:2 free:true kind:car speed:40]" {
		t.Fatalf("got %+v", got)
	}
	if _, isFloat := got[0].Properties["speed"].(float64); !isFloat {
		t.Fatalf("speed is a %T", got[0].Properties["speed"])
	}
	w := tiles.Project(tianshui)
	want := [2]int32{int32(w.X>>10 - id.X<<12), int32(w.Y>>10 - id.Y<<12)}
	if got[0].Parts[0][0] != want {
		t.Fatalf("it lies at %v, want %v", got[0].Parts[0], want)
	}
	if len(l.Cut(nil, tiles.ID{Z: 3, X: 6, Y: 3}, nil)) != 0 {
		t.Fatal("it shows below the first zoom")
	}
}

func TestNewsInAnyOrderGiveTheLastState(t *testing.T) {
	old, young := unit("a-1", 1, tianshui, map[string]any{"kind": "car"}), unit("a-1", 3, tianshui, map[string]any{"kind": "van"})
	id := tiles.Project(tianshui).At(12)
	tests := []struct {
		name string
		do   func(l *atlas.Layer)
		want []string
	}{
		{"young wins", func(l *atlas.Layer) { l.Put(noon, old); l.Put(noon, young) }, []string{"van"}},
		{"late news are not believed", func(l *atlas.Layer) { l.Put(noon, young); l.Put(noon, old) }, []string{"van"}},
		{"removed", func(l *atlas.Layer) { l.Put(noon, old); l.Remove("a-1", 2) }, nil},
		{"removed before it came", func(l *atlas.Layer) { l.Remove("a-1", 2); l.Put(noon, old) }, nil},
		{"removed and made again", func(l *atlas.Layer) { l.Put(noon, old); l.Remove("a-1", 2); l.Put(noon, young) }, []string{"van"}},
		{"late removal", func(l *atlas.Layer) { l.Put(noon, young); l.Remove("a-1", 2) }, []string{"van"}},
		{"loaded beside", func(l *atlas.Layer) {
			l.Put(noon, young)
			l.Load(slices.Values([]spatial.Feature{old}))
		}, []string{"van"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := atlas.New(spec, noon)
			tt.do(l)
			var got []string
			for _, f := range decode(t, l, id) {
				got = append(got, f.Properties["kind"].(string))
				if f.Properties["id"] != "a-1" {
					t.Errorf("the text id is %v", f.Properties["id"])
				}
			}
			if !slices.Equal(got, tt.want) || l.Count() != len(tt.want) {
				t.Fatalf("got %v, want %v; count %d", got, tt.want, l.Count())
			}
		})
	}
}

func TestFeaturesShowWhileTheyHold(t *testing.T) {
	l := atlas.New(spec, noon)
	f := unit("7", 1, tianshui, nil)
	f.Effective = spatial.Validity{From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour)}
	area := unit("8", 2, orb.Polygon{{{105.7, 34.5}, {105.8, 34.5}, {105.8, 34.6}, {105.7, 34.5}}}, nil)
	area.Effective = f.Effective
	if dirty := l.Put(noon, f, area); len(dirty) != 0 || l.Count() != 2 || !l.Bound().IsEmpty() {
		t.Fatalf("features of the future: dirty %v, count %d, bound %v", dirty, l.Count(), l.Bound())
	}
	id := tiles.Project(tianshui).At(10)
	steps := []struct {
		after time.Duration
		shown int
		dirty int
	}{{30 * time.Minute, 0, 0}, {time.Hour, 2, 2}, {time.Hour, 2, 0}, {90 * time.Minute, 2, 0}, {2 * time.Hour, 0, 2}, {time.Minute, 0, 0}}
	for _, s := range steps {
		dirty := l.Advance(noon.Add(s.after))
		if got := len(decode(t, l, id)); got != s.shown || len(dirty) != s.dirty {
			t.Fatalf("after %v: %d shown, want %d; dirty %v", s.after, got, s.shown, dirty)
		}
	}
	if !l.Bound().IsEmpty() {
		t.Fatalf("nothing is shown, but the bound is %v", l.Bound())
	}
}

func TestRemovedFeaturesAreForgottenAfterAWhile(t *testing.T) {
	l := atlas.New(spec, noon)
	l.Put(noon, unit("7", 1, tianshui, nil))
	if dirty := l.Remove("7", 5); len(dirty) != 1 || !dirty[0].Contains(tianshui) {
		t.Fatalf("dirty is %v", dirty)
	}
	l.Advance(noon.Add(time.Minute))
	if l.Put(noon, unit("7", 4, tianshui, nil)); l.Count() != 0 {
		t.Fatal("late news brought it back")
	}
	l.Advance(noon.Add(time.Hour))
	if l.Put(noon, unit("7", 4, tianshui, nil)); l.Count() != 1 {
		t.Fatal("the grave is still there after an hour")
	}
}

func TestEveryMemberOfACollectionIsKept(t *testing.T) {
	l := atlas.New(spec, noon)
	at := func(dx, dy float64) orb.Point { return orb.Point{tianshui[0] + dx, tianshui[1] + dy} }
	l.Put(noon, unit("5", 1, orb.Collection{
		at(0, 0), orb.LineString{at(0, 0), at(.01, .01)}, orb.MultiPoint{at(.02, 0), at(.03, 0)},
		orb.Polygon{{at(0, 0), at(.01, 0), at(.01, .01), at(0, 0)}}, orb.Collection{orb.MultiLineString{{at(.01, 0), at(.02, .01)}}},
		orb.MultiPolygon{{{at(.05, 0), at(.06, 0), at(.06, .01), at(.05, 0)}}},
	}, map[string]any{"kind": "site"}))
	var got []string
	for _, f := range decode(t, l, tiles.Project(tianshui).At(10)) {
		got = append(got, fmt.Sprint(f.Type, len(f.Parts), len(f.Parts[0]), f.HasID, f.ID, f.Properties))
	}
	want := []string{
		"polygon 2 3 true 5 map[kind:site]",
		"linestring 2 2 false 0 map[id:5 kind:site]",
		"point 1 3 false 0 map[id:5 kind:site]",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q", got)
	}
}

func TestPropertiesThatTilesCannotTellAreLeftOut(t *testing.T) {
	l := atlas.New(spec, noon)
	l.Put(noon, unit("1", 1, tianshui, map[string]any{"speed": math.NaN(), "crew": 3.0, "free": nil}))
	l.Put(noon, unit("2", 2, tianshui, map[string]any{"speed": int64(3), "crew": int64(-3), "kind": ""}))
	got := fmt.Sprint(decode(t, l, tiles.Project(tianshui).At(10)))
	if want := "[{1 true point map[crew:3] [[[2927 241]]]} {2 true point map[crew:-3 kind: speed:3] [[[2927 241]]]}]"; got != want {
		t.Fatalf("got %s", got)
	}
}

func TestShapesWithoutVerticesAreHeldButNotShown(t *testing.T) {
	for _, simplify := range []atlas.Simplify{atlas.Shared, atlas.Each, atlas.None} {
		l := load("odd", simplify, []spatial.Feature{unit("1", 1, nil, nil), unit("2", 2, orb.Polygon{{}}, nil)})
		odd := []orb.Geometry{nil, orb.Collection{}, orb.LineString{}, orb.LineString{tianshui}, orb.MultiPolygon{{}, nil}, orb.MultiPoint{},
			orb.Ring{tianshui}, orb.Polygon{{tianshui, tianshui, tianshui, tianshui}}, orb.LineString{{math.NaN(), 0}, {math.Inf(1), -90}}}
		for i, g := range odd {
			if dirty := l.Put(noon, unit(fmt.Sprint(i), int64(i+3), g, nil)); len(dirty) > 1 {
				t.Errorf("%v: dirty is %v", g, dirty)
			}
			decode(t, l, tiles.Project(tianshui).At(14))
			decode(t, l, tiles.ID{})
		}
		for i := range odd {
			l.Remove(fmt.Sprint(i), 100)
		}
		if l.Count() != 0 || !l.Bound().IsEmpty() {
			t.Errorf("%v: %d features are left at %v", simplify, l.Count(), l.Bound())
		}
	}
}

func TestTilesDoNotDependOnTheOrderOfNews(t *testing.T) {
	points, id := units(3000)
	all := append(points, grid(rand.New(rand.NewPCG(1, 1)), 5)...)
	for i := range all {
		all[i].ID = []string{"", "x"}[i%2] + all[i].ID // numbers and texts
	}
	want := load("mixed", atlas.Shared, all)
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got := load("mixed", atlas.Shared, all[:1500])
		for _, f := range all[1500:] {
			got.Put(noon, f)
		}
		for _, id := range []tiles.ID{{}, id, {Z: 11, X: 2 * id.X, Y: 2 * id.Y}, tiles.Project(orb.Point{105.73, 34.53}).At(13), tiles.Project(tianshui).At(16)} {
			if !bytes.Equal(got.Cut(nil, id, nil), want.Cut(nil, id, nil)) {
				t.Fatalf("seed %d: tile %v differs", seed, id)
			}
		}
	}
}

func TestPointTilesHoldWhatAScanFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	l := atlas.New(atlas.Spec{Name: "units"}, noon)
	now := map[uint64]tiles.World{}
	for version := range int64(20_000) {
		n := rng.Uint64N(4000)
		if rng.IntN(4) == 0 {
			delete(now, n)
			l.Remove(fmt.Sprint(n), version)
			continue
		}
		spread := []float64{300, 3, .01}[n%3]
		at := orb.Point{max(-180, min(180, tianshui[0]+(rng.Float64()-.5)*spread)), max(-85, min(85, tianshui[1]+(rng.Float64()-.5)*spread))}
		now[n] = tiles.Project(at)
		l.Put(noon, unit(fmt.Sprint(n), version, at, nil))
	}
	for range 400 {
		zoom := uint8(rng.IntN(23))
		id := tiles.Project(tianshui).At(zoom)
		for _, w := range now {
			id = w.At(zoom)
			break
		}
		var got, want []uint64
		for _, f := range decode(t, l, id) {
			got = append(got, f.ID)
		}
		for n, w := range now {
			x := int64(w.X)<<12>>(32-zoom) - int64(id.X)<<12
			y := int64(w.Y)<<12>>(32-zoom) - int64(id.Y)<<12
			if x >= -64 && x < 4160 && y >= -64 && y < 4160 {
				want = append(want, n)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("tile %v holds %d points, a scan finds %d", id, len(got), len(want))
		}
	}
}

func TestASmallCityKeepsItsGround(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var city []spatial.Feature
	const side = 0.0001
	for i := range 20_000 { // houses on a tenth of the ground of 0.45 by 0.45 degrees
		x, y := 105.5+rng.Float64()*.45, 34.4+rng.Float64()*.45
		city = append(city, unit(fmt.Sprint(i), int64(i+1), orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}, nil))
	}
	l := load("city", atlas.Shared, city)
	area := func(zoom uint8) (sum float64, features int) {
		low, high := tiles.Project(orb.Point{105.5, 34.85}).At(zoom), tiles.Project(orb.Point{105.95, 34.4}).At(zoom)
		for x := low.X; x <= high.X; x++ {
			for y := low.Y; y <= high.Y; y++ {
				for _, f := range decode(t, l, tiles.ID{Z: zoom, X: x, Y: y}) {
					features++
					sum += float64(f.Parts[0].Area2()) / 2
				}
			}
		}
		return sum * math.Pow(4, 16-float64(zoom)), features
	}
	full, _ := area(16)
	for _, zoom := range []uint8{9, 12} {
		got, features := area(zoom)
		if math.Abs(got/full-1) > 0.15 {
			t.Errorf("zoom %d: the houses cover %.2f of what they cover at zoom 16", zoom, got/full)
		}
		if zoom == 9 && features > 4000 {
			t.Errorf("zoom %d: %d features are left", zoom, features)
		}
	}
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	points, id := units(2000)
	l := load("mixed", atlas.Shared, points)
	board := grid(rand.New(rand.NewPCG(1, 1)), 5)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			var buf []byte
			for {
				select {
				case <-stop:
					return
				default:
				}
				buf = l.Cut(buf[:0], id, nil)
				if err := mvt.Check(buf); err != nil {
					t.Error(err)
					return
				}
				l.Bound()
				l.Bytes()
			}
		})
	}
	wg.Go(func() { l.Load(slices.Values(board)) })
	for i := range 400 {
		f := points[i]
		f.Version, f.Geometry = int64(10_000+i), points[(i*7)%len(points)].Geometry
		f.Effective.To = noon.Add(time.Duration(i) * time.Second)
		l.Put(noon, f)
		if i%5 == 0 {
			l.Remove(points[i+400].ID, int64(20_000+i))
			b := board[i%len(board)]
			b.Version = int64(i + 2)
			l.Put(noon, b)
			l.Advance(noon.Add(time.Duration(i/2) * time.Second))
		}
	}
	close(stop)
	wg.Wait()
}
