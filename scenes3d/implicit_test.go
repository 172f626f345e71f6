package scenes3d

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/scenes3d/verify"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// implicitFiles reads the documents of the implicit tileset as a client does.
func implicitFiles(s *Set) verify.Fetch {
	return func(uri string) ([]byte, error) {
		if uri == "tileset.json" {
			return s.ImplicitTileset(nil)
		}
		id, kind, err := parseCellURI(uri)
		if err != nil {
			return nil, err
		}
		if kind == "subtree" {
			return s.Subtree(nil, id)
		}
		return s.ImplicitContent(nil, id, Look{})
	}
}

func parseCellURI(uri string) (id tiles.ID, kind string, err error) {
	path, kind, _ := strings.Cut(uri, ".")
	parts := strings.Split(path, "/")
	if len(parts) != 4 {
		return id, kind, fmt.Errorf("%q is no address", uri)
	}
	id, err = ParseCell(parts[0], parts[1], parts[2], parts[3])
	return id, kind, err
}

// implicitRoot is the root of an implicit tileset as its document says.
func implicitRoot(t *testing.T, s *Set) (root tiles.ID, d implicitDocument) {
	t.Helper()
	text, err := s.ImplicitTileset(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if n, err := fmt.Sscanf(d.Root.Content.URI, "%d-%d-%d/", &root.Z, &root.X, &root.Y); n != 3 {
		t.Fatalf("content at %q: %v", d.Root.Content.URI, err)
	}
	return root, d
}

// verifiedImplicit fails the test by everything that a strict client finds wrong, and by what the explicit set says otherwise.
func verifiedImplicit(t *testing.T, s *Set, o verify.Options) {
	t.Helper()
	report, err := verify.Tileset(t.Context(), "tileset.json", implicitFiles(s), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range report.Problems {
		if i < 8 {
			t.Error(p)
		}
	}
	explicit, err := verify.Tileset(t.Context(), "tileset.json", files(s, Look{}), o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Features != s.Account().Bodies || report.Features != explicit.Features || report.Triangles != explicit.Triangles {
		t.Errorf("%d features of %d triangles, explicitly %d of %d, bodies %d", report.Features, report.Triangles, explicit.Features, explicit.Triangles, s.Account().Bodies)
	}
	if a, b := slices.Sorted(maps.Keys(report.Seen)), slices.Sorted(maps.Keys(explicit.Seen)); !slices.Equal(a, b) {
		t.Errorf("%d ids are seen, explicitly %d", len(a), len(b))
	}
	t.Logf("%d tiles, %d contents, %d bytes; explicitly %d, %d, %d", report.Tiles, report.Contents, report.Bytes, explicit.Tiles, explicit.Contents, explicit.Bytes)
}

func TestAStrictClientFindsNothingWrongImplicitly(t *testing.T) {
	roofs := strings.Fields("flat gabled hipped pyramidal")
	all := town(2000, 7)
	for i := range all {
		all[i].Properties["roof"] = roofs[i%4]
	}
	s := New(city, noon)
	s.Put(noon, all...)
	verifiedImplicit(t, s, verify.Options{Sums: sums(s, all)})
}

func TestAStrictClientFindsNothingWrongInNewYorkImplicitly(t *testing.T) {
	all := newYork(t)
	if os.Getenv("WARDMAP_SOAK") == "" {
		all = all[:len(all)/8]
	}
	s := New(city, noon)
	s.Put(noon, all...)
	verifiedImplicit(t, s, verify.Options{Sums: sums(s, all)})
}

// TestWhatACrossedBorderCosts says how many bodies stand on coarser cells than their size asks for.
func TestWhatACrossedBorderCosts(t *testing.T) {
	all := newYork(t)
	s := New(city, noon)
	s.Put(noon, all...)
	tree, unlock := s.readEven()
	defer unlock()
	raised := map[int]int{}
	bodies := 0
	for id, c := range tree.cells {
		for _, b := range c.bodies {
			sized := min(max(math.Floor(math.Log2(cellHeight(0)/(cellsPerBody*b.size))), 0), deepestCell)
			raised[int(sized)-int(id.Z)]++
			bodies++
		}
	}
	if raised[0]+raised[1] < bodies*9/10 {
		t.Errorf("of %d bodies stand so many levels up: %v", bodies, raised)
	}
	t.Logf("%d bodies on %d cells, by levels up: %v", bodies, len(tree.cells), raised)
}

// TestImpliedVolumesHoldTheirBodies halves the root's region as a client does that knows nothing of metadata.
func TestImpliedVolumesHoldTheirBodies(t *testing.T) {
	s := New(city, noon)
	s.Put(noon, town(3000, 7)...)
	s.Put(noon, building("tower", square(105.605, 34.505, 300, 300), map[string]any{"height": 500.0}))
	root, d := implicitRoot(t, s)
	for id, c := range s.even.cells {
		if id.Z < root.Z {
			continue
		}
		region := d.Root.BoundingVolume.Region
		implied := d.Root.GeometricError
		for z := root.Z + 1; z <= id.Z; z++ {
			implied /= 2
			halve(&region, 0, id.X>>(id.Z-z)&1)
			halve(&region, 1, id.Y>>(id.Z-z)&1)
		}
		if missing := exaggeration * s.even.missing(id); implied < missing {
			t.Errorf("cell %v: the implied error %v is less than the true %v", id, implied, missing)
		}
		for _, b := range c.bodies {
			v := b.box.padded(0.03).volume().Region
			if v[0] < region[0] || v[1] < region[1] || v[2] > region[2] || v[3] > region[3] || v[4]+0.03 < region[4] || v[5]-0.03 > region[5] {
				t.Errorf("cell %v: body %s in %v sticks out of %v", id, b.id, v, region)
			}
		}
	}
}

// halve takes the lower or upper half of a region along an axis.
func halve(region *[6]float64, axis int, upper uint32) {
	middle := (region[axis] + region[axis+2]) / 2
	if upper == 1 {
		region[axis] = middle
	} else {
		region[axis+2] = middle
	}
}

func TestWhereBodiesStand(t *testing.T) {
	tests := []struct {
		name  string
		place orb.Polygon
		want  tiles.ID
	}{
		{"a house in the middle of a cell", square(105.72, 34.58, 20, 10), tiles.ID{Z: 15, X: 26006, Y: 22679}},
		{"across the meridian of Greenwich", square(-0.0001, 51.5, 20, 10), tiles.ID{}},
		{"across the equator", square(9.45, -0.00005, 20, 20), tiles.ID{}},
		{"across 22.5 north, in Shenzhen", square(114.06, 22.49995, 20, 20), tiles.ID{Z: 2, X: 3, Y: 2}},
		{"a hand from the border", square(112.4998, 30, 19.2, 10), tiles.ID{Z: 15, X: 26623, Y: 21845}},
		{"at the antimeridian", square(179.9997, 10, 20, 10), tiles.ID{Z: 15, X: 32767, Y: 18204}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, _ := build(t, building("b", test.place, map[string]any{"height": 10.0}))
			id, space := evenly(b)
			if id != test.want {
				t.Errorf("it stands on %v, want %v", id, test.want)
			}
			if e := extent(id, space.low, space.high); e.union(space) != e {
				t.Errorf("its space %v is not within %v", space, e)
			}
		})
	}
}

func TestTheImplicitRoot(t *testing.T) {
	s := New(city, noon)
	if text, err := s.ImplicitTileset(nil); err != nil || string(text) != noTileset {
		t.Errorf("of nothing: %s, %v", text, err)
	}
	if _, err := s.Subtree(nil, tiles.ID{}); !errors.Is(err, ErrNone) {
		t.Errorf("a subtree of nothing: %v", err)
	}
	s.Put(noon, building("a", square(105.72, 34.58, 20, 10), nil))
	if root, _ := implicitRoot(t, s); root.Z != deepestRoot {
		t.Errorf("the root of one house is %v", root)
	}
	s.Put(noon, building("b", square(-73.99, 40.7, 20, 10), nil))
	root, d := implicitRoot(t, s)
	if want := [6]float64{-math.Pi, -math.Pi / 2, math.Pi, math.Pi / 2, d.Root.BoundingVolume.Region[4], d.Root.BoundingVolume.Region[5]}; root != (tiles.ID{}) || d.Root.BoundingVolume.Region != want {
		t.Errorf("the root of two continents is %v, %v", root, d.Root.BoundingVolume)
	}
	verifiedImplicit(t, s, verify.Options{})
	s.Remove(noon, "a", 2)
	if root, _ := implicitRoot(t, s); root.Z != deepestRoot {
		t.Errorf("the root of the other house is %v", root)
	}
}

func TestAnEditChangesOnlyItsWayUpImplicitly(t *testing.T) {
	all := town(3000, 5)
	s := New(city, noon)
	s.Put(noon, all...)
	documents := func() map[string]string {
		out := map[string]string{}
		text, _ := s.ImplicitTileset(nil)
		out["tileset"] = string(text)
		for id := range s.even.cells {
			text, _ := s.Subtree(nil, id)
			out["subtree "+id.String()] = string(text)
			glb, _ := s.ImplicitContent(nil, id, Look{})
			out["content "+id.String()] = string(glb)
		}
		return out
	}
	before := documents()
	edited := all[1234]
	way := map[string]bool{"tileset": true}
	mark := func() {
		id, _ := evenly(s.held[edited.ID].body)
		way["content "+id.String()] = true
		for ; ; id = id.Parent() {
			way["subtree "+id.String()] = true
			if id.Z == 0 {
				return
			}
		}
	}
	mark()
	edited.Version, edited.Properties = 2, map[string]any{"height": 31.5, "name": "新楼"}
	s.Put(noon, edited)
	mark()
	after := documents()
	changed := 0
	for name := range after {
		before[name] += ""
	}
	for name, text := range before {
		if after[name] == text {
			continue
		}
		if changed++; !way[name] {
			t.Errorf("%s changed, which is not on the way of %s", name, edited.ID)
		}
	}
	if changed == 0 {
		t.Error("nothing changed")
	}
}

func TestTheImplicitTreeFollowsEdits(t *testing.T) {
	all := town(400, 3)
	a, b := New(city, noon), New(city, noon)
	_, unlock := b.readEven() // there before all edits
	unlock()
	random := rand.New(rand.NewPCG(1, 2))
	for _, i := range random.Perm(len(all)) {
		moved := all[i]
		moved.Version, moved.Geometry = 0, square(105.9, 34.9, 40, 40)
		b.Put(noon, moved)
		b.Put(noon, all[i])
	}
	b.Put(noon, building("gone", square(105.61, 34.51, 500, 500), map[string]any{"height": 90.0}))
	b.Remove(noon, "gone", 2)
	a.Put(noon, all...)
	_, unlock = a.readEven()
	unlock()
	if len(a.even.cells) != len(b.even.cells) {
		t.Fatalf("%d and %d cells", len(a.even.cells), len(b.even.cells))
	}
	for id, c := range a.even.cells {
		if o := b.even.cells[id]; c.all != o.all || c.own != o.own {
			t.Errorf("cell %v: %+v and %+v", id, c.all, o.all)
		}
		x, _ := a.ImplicitContent(nil, id, Look{})
		y, _ := b.ImplicitContent(nil, id, Look{})
		if string(x) != string(y) {
			t.Errorf("content %v differs", id)
		}
	}
}

func TestImplicitDocumentsAreReadWhileBodiesAreEdited(t *testing.T) {
	all := town(300, 4)
	s := New(city, noon)
	s.Put(noon, all...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for _, make := range []func() ([]byte, error){
					func() ([]byte, error) { return s.ImplicitTileset(nil) },
					func() ([]byte, error) { return s.Subtree(nil, tiles.ID{}) },
					func() ([]byte, error) { return s.ImplicitContent(nil, tiles.ID{}, Look{}) },
				} {
					if _, err := make(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for i := range all {
		all[i].Version = 2
		s.Put(noon, all[i])
	}
	wg.Wait()
	verifiedImplicit(t, s, verify.Options{})
}

func TestSquaresCoverTheirCell(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for range 20000 {
		z := uint8(random.IntN(deepestCell + 1))
		p := orb.Point{360*random.Float64() - 180, 180*random.Float64() - 90}
		up := deepestCell - z
		id := tiles.ID{Z: z, X: step(p[0], 360) >> up, Y: step(p[1], 180) >> up}
		squares := slices.Collect(Squares(id))
		if !slices.Contains(squares, tiles.Project(p).At(z)) {
			t.Fatalf("%v of cell %v is on %v, not among %v", p, id, tiles.Project(p).At(z), squares)
		}
		if len(squares) > 8 {
			t.Fatalf("cell %v has %d squares", id, len(squares))
		}
	}
}

func TestParseCell(t *testing.T) {
	tests := []struct {
		name, address string
		want          tiles.ID
		wrong         string
	}{
		{"the world", "0-0-0/0/0/0", tiles.ID{}, ""},
		{"a root", "9-406-343/0/0/0", tiles.ID{Z: 9, X: 406, Y: 343}, ""},
		{"below a root", "9-406-343/3/7/2", tiles.ID{Z: 12, X: 3255, Y: 2746}, ""},
		{"the deepest", "20-1048575-0/0/0/0", tiles.ID{Z: 20, X: 1048575}, ""},
		{"too deep", "20-0-0/1/0/0", tiles.ID{}, "deeper than 20"},
		{"far too deep", "22-0-0/22/0/0", tiles.ID{}, "deeper than 20"},
		{"beside the root", "9-406-343/3/8/2", tiles.ID{}, "column"},
		{"a root that is none", "9-512-343/3/7/2", tiles.ID{}, "root 9-512-343"},
		{"a part of a root", "9-406/3/7/2", tiles.ID{}, "is not level-column-row"},
		{"no number", "0-0-x/3/7/2", tiles.ID{}, "row"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := strings.Split(test.address, "/")
			id, err := ParseCell(p[0], p[1], p[2], p[3])
			if id != test.want || (err != nil) != (test.wrong != "") || err != nil && (!errors.Is(err, tiles.ErrID) || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("it is %v, %v; want %v, %q", id, err, test.want, test.wrong)
			}
		})
	}
}

func TestOneSeesAPartImplicitly(t *testing.T) {
	spec := city
	spec.Marks = []string{"label"}
	s := New(spec, noon)
	s.Put(noon,
		building("open", square(105.72, 34.58, 20, 10), map[string]any{"label": "public", "name": "open"}),
		building("secret", square(105.72, 34.59, 20, 10), map[string]any{"label": "restricted", "name": "geheim"}))
	part := s.Seen(func(marks []string) bool { return marks[0] == "public" })
	alone := New(spec, noon)
	alone.Put(noon, spatial.Feature{ID: "open", Version: 1, Geometry: square(105.72, 34.58, 20, 10), Properties: map[string]any{"label": "public", "name": "open"}})
	for name, make := range map[string]func(s *Set) ([]byte, error){
		"tileset": func(s *Set) ([]byte, error) { return s.ImplicitTileset(nil) },
		"subtree": func(s *Set) ([]byte, error) { return s.Subtree(nil, tiles.ID{}) },
	} {
		got, err := make(part)
		want, _ := make(alone)
		if err != nil || string(got) != string(want) {
			t.Errorf("the %s of a part tells of the rest: %q, want %q; %v", name, got, want, err)
		}
	}
}

func TestAStrictClientFindsNothingWrongInCamerasImplicitly(t *testing.T) {
	buildings := New(city, noon)
	buildings.Put(noon, town(600, 3)...)
	s := New(watch(buildings), noon)
	s.Put(noon, cameras(200, 4)...)
	verifiedImplicit(t, s, verify.Options{})
	dirty := buildings.Put(noon, building("wall", square(105.602, 34.505, 500, 5), map[string]any{"height": 40.0}))
	if len(s.Review(dirty...)) == 0 {
		t.Fatal("the wall hides nothing")
	}
	verifiedImplicit(t, s, verify.Options{})
	if got, want := s.even.cells[tiles.ID{}].all, s.tree.cells[tiles.ID{}].all; got.count != want.count || got.largest != want.largest {
		t.Errorf("%d bodies, the largest %g m; explicitly %d, %g m", got.count, got.largest, want.count, want.largest)
	}
}
