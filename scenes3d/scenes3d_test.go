package scenes3d

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

var (
	noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	city = Spec{
		Fields: []Field{{Name: "height", Kind: Number}, {Name: "name"}, {Name: "class", Values: []string{"house", "school"}}, {Name: "heated", Kind: Boolean}},
		Rise: Rise{
			Top: "height", Base: "min_height", Levels: "levels", Roof: "roof", RoofHeight: "roof_height", Solid: "solid",
			Class: "class", Defaults: map[string]float64{"school": 15}, Default: 6, Level: 3,
		},
	}
)

// square is a footprint of so many metres east and north from a corner.
func square(lon, lat, east, north float64) orb.Polygon {
	dx, dy := metres(lat)
	x, y := east/dx, north/dy
	return orb.Polygon{{{lon, lat}, {lon + x, lat}, {lon + x, lat + y}, {lon, lat + y}, {lon, lat}}}
}

// metres are the lengths of a degree of longitude and of latitude on the ellipsoid at a latitude.
func metres(lat float64) (lon, north float64) {
	sin, cos := math.Sincos(lat * math.Pi / 180)
	w := math.Sqrt(1 - eccentricity*sin*sin)
	return semiMajor / w * cos * math.Pi / 180, semiMajor * (1 - eccentricity) / (w * w * w) * math.Pi / 180
}

func building(id string, g orb.Geometry, properties map[string]any) spatial.Feature {
	return spatial.Feature{ID: id, Version: 1, Geometry: g, Properties: properties}
}

// volume of a mesh closed by the plane z = base, by the divergence theorem.
func meshVolume(m *mesh, base float64) float64 {
	sum := 0.0
	for i := 0; i+2 < len(m.indices); i += 3 {
		a, b, c := m.vertices[m.indices[i]].at, m.vertices[m.indices[i+1]].at, m.vertices[m.indices[i+2]].at
		down := vec{0, 0, base}
		sum += a.sub(down).dot(b.sub(down).cross(c.sub(down))) / 6
	}
	return sum
}

func build(t *testing.T, f spatial.Feature) (*body, *mesh) {
	t.Helper()
	b, err := newBody(&city, &f)
	if err != nil {
		t.Fatal(err)
	}
	m := &mesh{}
	m.reset(frameAt((b.box.west+b.box.east)/2, (b.box.south+b.box.north)/2))
	if err := m.add(b); err != nil {
		t.Fatal(err)
	}
	return b, m
}

func TestECEFIsThatOfPROJ(t *testing.T) {
	// echo lon lat h | cct -d 4 +proj=cart +ellps=WGS84
	tests := []struct{ lon, lat, height, x, y, z float64 }{
		{0, 0, 0, 6378137, 0, 0},
		{0, 90, 0, 0, 0, 6356752.3142},
		{90, 0, 100, 0, 6378237, 0},
		{-180, 0, 0, -6378137, 0, 0},
	}
	for _, test := range tests {
		got := ECEF(test.lon, test.lat, test.height)
		for i, want := range []float64{test.x, test.y, test.z} {
			if math.Abs(got[i]-want) > 1e-4 {
				t.Errorf("ECEF(%v, %v, %v) = %.4f, want %v", test.lon, test.lat, test.height, got, want)
			}
		}
	}
}

func TestVolumesOfRoofs(t *testing.T) {
	place := square(105.72, 34.58, 20, 10)
	tests := []struct {
		name       string
		properties map[string]any
		want       float64 // m3
	}{
		{"flat", map[string]any{"height": 12.0}, 20 * 10 * 12},
		{"on stilts", map[string]any{"height": 12.0, "min_height": 4.0}, 20 * 10 * 8},
		{"levels", map[string]any{"levels": int64(4)}, 20 * 10 * 12},
		{"a school without a height", map[string]any{"class": "school"}, 20 * 10 * 15},
		{"anything without a height", nil, 20 * 10 * 6},
		{"gabled", map[string]any{"height": 12.0, "roof": "gabled", "roof_height": 4.0}, 20*10*8 + 20*10*4/2},
		{"pyramidal", map[string]any{"height": 12.0, "roof": "pyramidal", "roof_height": 3.0}, 20*10*9 + 20*10*3/3},
		{"hipped", map[string]any{"height": 12.0, "roof": "hipped", "roof_height": 4.0}, 20*10*8 + 4*10*(2*20+10)/6.0}, // ridge of 10 m
		{"gabled by slope", map[string]any{"height": 12.0, "roof": "gabled"}, 20*10*(12-10/2*slope) + 20*10*(10/2*slope)/2},
		{"a roof higher than the body", map[string]any{"height": 2.0, "roof": "pyramidal", "roof_height": 30.0}, 20 * 10 * 2 / 3.0},
		{"an unknown roof is flat", map[string]any{"height": 12.0, "roof": "onion"}, 20 * 10 * 12},
	}
	for _, test := range tests {
		for _, turned := range []bool{false, true} {
			p := place.Clone()
			if turned {
				p[0].Reverse()
			}
			b, m := build(t, building("b", p, test.properties))
			if got := meshVolume(m, b.base); math.Abs(got/test.want-1) > 1e-5 {
				t.Errorf("%s (turned %v): %.4f m3, want %.4f", test.name, turned, got, test.want)
			}
			checkFaces(t, test.name, m)
		}
	}
}

// checkFaces wants every triangle to face as its normal says.
func checkFaces(t *testing.T, name string, m *mesh) {
	t.Helper()
	for i := 0; i+2 < len(m.indices); i += 3 {
		a, b, c := m.vertices[m.indices[i]].at, m.vertices[m.indices[i+1]].at, m.vertices[m.indices[i+2]].at
		n := m.vertices[m.indices[i]].normal
		if b.sub(a).cross(c.sub(a)).dot(vec{float64(n[0]), float64(n[1]), float64(n[2])}) < 0 {
			t.Errorf("%s: triangle %d faces away from its normal %v", name, i/3, n)
		}
	}
}

func TestVolumeIsAreaTimesHeight(t *testing.T) {
	p := square(105.72, 34.58, 60, 40)
	hole := square(105.7202, 34.5801, 10, 12)[0]
	withHole := orb.Polygon{p[0], hole}
	b, m := build(t, building("b", withHole, map[string]any{"height": 30.0}))
	area := 0.0
	flat := func(r orb.Ring) (sum float64) { // in the frame of the body, at its base
		for i := range r[:len(r)-1] {
			a, c := m.frame.place(ECEF(r[i][0], r[i][1], 0)), m.frame.place(ECEF(r[i+1][0], r[i+1][1], 0))
			sum += (a[0]*c[1] - c[0]*a[1]) / 2
		}
		return math.Abs(sum)
	}
	area = flat(p[0]) - flat(hole)
	// heights spread the walls: the section at height h has area (1 + h/R)^2 as large
	want := 0.0
	for i := range 300 {
		h := (float64(i) + .5) / 10
		want += area * (1 + h/6371000) * (1 + h/6371000) / 10
	}
	if got := meshVolume(m, b.base); math.Abs(got/want-1) > 1e-6 {
		t.Errorf("%.6f m3, want %.6f", got, want)
	}
	if math.Abs(area/(60*40-10*12)-1) > 1e-4 {
		t.Errorf("the footprint has %v m2", area)
	}
}

func TestWhatIsLeftOutHasAReason(t *testing.T) {
	at := orb.Point{105.72, 34.58}
	tests := []struct {
		name string
		f    spatial.Feature
		want string
	}{
		{"a point", building("a", at, nil), "it is no polygon"},
		{"no area", building("b", orb.Polygon{{at, at, at, at}}, nil), "its footprint has no area"},
		{"a spike", building("c", orb.Polygon{{at, {105.73, 34.59}, at, {105.73, 34.59}, at}}, nil), "its footprint has no area"},
		{"a negative height", building("d", square(105.72, 34.58, 10, 10), map[string]any{"height": 3.0, "min_height": 9.0}), "its top (3 m) is not above its base (9 m)"},
		{"around the world", building("e", orb.MultiPolygon{square(-179.9, 10, 10, 10), square(179.9, 10, 10, 10)}, nil), "it spans the antimeridian"},
	}
	for _, test := range tests {
		s := New(city, noon)
		s.Put(noon, test.f)
		a := s.Account()
		if a.Bodies != 0 || a.LeftOut[test.want] != 1 {
			t.Errorf("%s: %+v, want %q", test.name, a, test.want)
		}
		s.Remove(noon, test.f.ID, 2)
		if a := s.Account(); len(a.LeftOut) != 0 {
			t.Errorf("%s: removed, and still counted: %v", test.name, a.LeftOut)
		}
	}
}

func TestRoofsThatAreNotBuiltAreCounted(t *testing.T) {
	s := New(city, noon)
	outline := square(105.72, 34.58, 20, 10)
	s.Put(noon, building("a", outline, map[string]any{"roof": "Sawtooth"}), building("b", outline, map[string]any{"roof": "gabled"}),
		building("c", orb.Polygon{{{105.7, 34.5}, {105.701, 34.5}, {105.7, 34.501}, {105.7, 34.5}}}, map[string]any{"roof": "hipped"}))
	want := map[string]int{`"sawtooth" is none of the shapes that are built`: 1, "hipped: the footprint has more or fewer than 4 corners": 1}
	if a := s.Account(); a.Bodies != 3 || !maps.Equal(a.FlatRoofs, want) {
		t.Errorf("%+v, want 3 bodies and %v", a, want)
	}
	s.Remove(noon, "a", 2)
	s.Remove(noon, "c", 2)
	if a := s.Account(); len(a.FlatRoofs) > 0 {
		t.Errorf("removed, and still counted: %v", a.FlatRoofs)
	}
}

// town is n buildings on a grid, some of them large.
func town(n int, seed uint64) []spatial.Feature {
	random := rand.New(rand.NewPCG(seed, 1))
	side := int(math.Ceil(math.Sqrt(float64(n))))
	var all []spatial.Feature
	for i := range n {
		lon, lat := 105.6+float64(i%side)*0.0004, 34.5+float64(i/side)*0.0004
		size := 8 + 20*random.Float64()
		height := 3 + 10*random.ExpFloat64()
		all = append(all, building(strings.Repeat("b", 1+i%3)+string(rune('a'+i%26))+time.Duration(i).String(), square(lon, lat, size, size), map[string]any{"height": height, "name": "楼"}))
	}
	return all
}

// walk visits every tile of a tileset, pages included.
func walk(t *testing.T, s *Set, visit func(page tiles.ID, one tile, parent *tile)) {
	t.Helper()
	text, err := s.Tileset(nil)
	if err != nil {
		t.Fatal(err)
	}
	var open func(text []byte, parent *tile)
	var down func(one tile, parent *tile)
	down = func(one tile, parent *tile) {
		visit(tiles.ID{}, one, parent)
		if c := one.Content; c != nil && strings.HasSuffix(c.URI, ".json") {
			text, err := s.Page(nil, parseURI(t, c.URI))
			if err != nil {
				t.Fatal(err)
			}
			open(text, &one)
		}
		for _, child := range one.Children {
			down(child, &one)
		}
	}
	open = func(text []byte, parent *tile) {
		var d document
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		down(d.Root, parent)
	}
	open(text, nil)
}

func parseURI(t *testing.T, uri string) tiles.ID {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(uri, "../../"), "/")
	row, _, _ := strings.Cut(parts[2], ".")
	id, err := tiles.ParseID(parts[0], parts[1], row)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestEachBodyStandsOnOneTileWithinAllVolumes(t *testing.T) {
	s := New(city, noon)
	all := town(3000, 7)
	all = append(all, building("tower", square(105.605, 34.505, 300, 300), map[string]any{"height": 500.0}))
	s.Put(noon, all...)
	seen, contents, pages := 0, 0, 0
	walk(t, s, func(_ tiles.ID, one tile, parent *tile) {
		if parent != nil {
			p, c := parent.BoundingVolume.Region, one.BoundingVolume.Region
			if c[0] < p[0] || c[1] < p[1] || c[2] > p[2] || c[3] > p[3] || c[4] < p[4] || c[5] > p[5] {
				t.Errorf("the volume %v is not within %v", c, p)
			}
			if one.GeometricError > parent.GeometricError {
				t.Errorf("the error %v is larger than the parent's %v", one.GeometricError, parent.GeometricError)
			}
		}
		if one.Content == nil {
			return
		}
		if strings.HasSuffix(one.Content.URI, ".json") {
			pages++
			return
		}
		contents++
		seen += len(s.tree.cells[parseURI(t, one.Content.URI)].bodies)
	})
	if seen != len(all) || contents < 4 {
		t.Errorf("%d bodies on %d tiles and %d pages, want %d bodies", seen, contents, pages, len(all))
	}
}

func TestTheOrderOfEditsDoesNotShow(t *testing.T) {
	all := town(400, 3)
	a, b := New(city, noon), New(city, noon)
	a.Put(noon, all...)
	random := rand.New(rand.NewPCG(1, 2))
	for _, i := range random.Perm(len(all)) {
		moved := all[i]
		moved.Version, moved.Geometry = 0, square(105.9, 34.9, 40, 40)
		b.Put(noon, moved)
		b.Put(noon, all[i])
	}
	gone := building("gone", square(105.61, 34.51, 500, 500), map[string]any{"height": 90.0})
	b.Put(noon, gone)
	b.Remove(noon, "gone", 2)
	b.Put(noon, gone) // older than its end
	if len(a.tree.cells) != len(b.tree.cells) {
		t.Fatalf("%d and %d cells", len(a.tree.cells), len(b.tree.cells))
	}
	for id, c := range a.tree.cells {
		if c.all != b.tree.cells[id].all {
			t.Errorf("cell %v: %+v and %+v", id, c.all, b.tree.cells[id].all)
		}
		x, err := a.Content(nil, id, Look{})
		if err != nil {
			t.Fatal(err)
		}
		y, _ := b.Content(nil, id, Look{})
		if string(x) != string(y) {
			t.Errorf("tile %v differs", id)
		}
	}
	text, _ := a.Tileset(nil)
	if other, _ := b.Tileset(nil); string(text) != string(other) {
		t.Error("the tilesets differ")
	}
}

func TestAnEditChangesAtMostItsWayUp(t *testing.T) {
	all := town(3000, 5)
	s := New(city, noon)
	s.Put(noon, all...)
	documents := func() map[string]string {
		out := map[string]string{}
		text, _ := s.Tileset(nil)
		out["tileset"] = string(text)
		for id := range s.tree.cells {
			text, _ := s.Page(nil, id)
			out["page "+id.String()] = string(text)
			glb, _ := s.Content(nil, id, Look{})
			out["tile "+id.String()] = string(glb)
		}
		return out
	}
	before := documents()
	edited := all[1234]
	edited.Version, edited.Properties = 2, map[string]any{"height": 31.5, "name": "新楼"}
	id := s.held[edited.ID].body.cell
	s.Put(noon, edited)
	contents := 0
	for name, text := range documents() {
		if before[name] != text && strings.HasPrefix(name, "tile") {
			contents++
		}
	}
	if contents == 0 || contents > 2 {
		t.Errorf("the edit of a body on %v changed %d contents", id, contents)
	}
}

func TestSomethingHoldsForATime(t *testing.T) {
	f := building("b", square(105.72, 34.58, 10, 10), nil)
	f.Effective = spatial.Validity{From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour)}
	s := New(city, noon)
	if dirty := s.Put(noon, f); len(dirty) != 0 || s.Account().Bodies != 0 {
		t.Error("it stands before its time")
	}
	if dirty := s.Advance(noon.Add(90 * time.Minute)); len(dirty) != 1 || s.Account().Bodies != 1 {
		t.Error("it does not stand in its time")
	}
	if dirty := s.Advance(noon.Add(3 * time.Hour)); len(dirty) != 1 || s.Account().Bodies != 0 {
		t.Error("it stands after its time")
	}
}

// parts takes a GLB apart.
func parts(t *testing.T, data []byte) (doc map[string]any, bin []byte) {
	t.Helper()
	word := func(at int) int { return int(binary.LittleEndian.Uint32(data[at:])) }
	if word(0) != magicGLB || word(4) != 2 || word(8) != len(data) {
		t.Fatalf("the header is %x of %d bytes", data[:12], len(data))
	}
	n := word(12)
	if err := json.Unmarshal(data[20:20+n], &doc); err != nil {
		t.Fatal(err)
	}
	return doc, data[28+n:]
}

func TestPlacesComeBackFromTheTile(t *testing.T) {
	s := New(city, noon)
	s.Put(noon, building("b", square(105.72, 34.58, 20, 10), map[string]any{"height": 12.0, "name": "甲楼", "heated": true, "class": "school"}))
	for id, c := range s.tree.cells {
		if len(c.bodies) == 0 {
			continue
		}
		data, err := s.Content(nil, id, Look{Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		doc, bin := parts(t, data)
		matrix := doc["nodes"].([]any)[0].(map[string]any)["matrix"].([]any)
		view := doc["bufferViews"].([]any)[0].(map[string]any)
		at, stride := int(view["byteOffset"].(float64)), int(view["byteStride"].(float64))
		count := int(view["byteLength"].(float64)) / stride
		want := ECEF(105.72, 34.58, 0)
		nearest := math.Inf(1)
		for i := range count {
			var q, p vec
			for j := range q {
				q[j] = float64(binary.LittleEndian.Uint16(bin[at+i*stride+2*j:]))
			}
			for j := range p {
				p[j] = matrix[12+j].(float64)
				for k := range q {
					p[j] += matrix[4*k+j].(float64) * q[k]
				}
			}
			ecef := vec{p[0], -p[2], p[1]} // y up to z up
			nearest = min(nearest, ecef.sub(want).length())
		}
		if nearest > 0.02 {
			t.Errorf("no corner lies nearer than %.3f m to where it shall", nearest)
		}
		for _, text := range []string{"甲楼", "b"} {
			if !strings.Contains(string(bin), text) {
				t.Errorf("the metadata do not say %q", text)
			}
		}
	}
}

func TestOneSeesAPart(t *testing.T) {
	spec := city
	spec.Marks = []string{"label"}
	s := New(spec, noon)
	s.Put(noon,
		building("open", square(105.72, 34.58, 20, 10), map[string]any{"label": "public", "name": "open"}),
		building("secret", square(105.72, 34.59, 20, 10), map[string]any{"label": "restricted", "name": "geheim"}))
	part := s.Seen(func(marks []string) bool { return marks[0] == "public" })
	if a := part.Account(); a.Bodies != 1 || a.Bound.Max[1] > 34.585 {
		t.Errorf("the part is %+v", a)
	}
	for id := range s.tree.cells {
		data, _ := part.Content(nil, id, Look{Plain: true, Fields: []bool{true, false, true, true}})
		if strings.Contains(string(data), "secret") || strings.Contains(string(data), "geheim") || strings.Contains(string(data), `"name":{`) {
			t.Errorf("tile %v tells too much", id)
		}
	}
}

func FuzzPut(f *testing.F) {
	f.Add(105.72, 34.58, 20.0, 10.0, 0.0, 12.0, uint8(0), uint8(4))
	f.Add(180.0, 90.0, 1e-9, 10.0, -5.0, 1e9, uint8(3), uint8(9))
	f.Fuzz(func(t *testing.T, lon, lat, w, h, base, top float64, roof, points uint8) {
		var ring orb.Ring
		for i := range int(points) {
			sin, cos := math.Sincos(float64(i*i) + w)
			ring = append(ring, orb.Point{lon + w*cos, lat + h*sin})
		}
		if len(ring) > 0 {
			ring = append(ring, ring[0])
		}
		feature := building("x", orb.Polygon{ring}, map[string]any{"height": top, "min_height": base, "roof": []string{"flat", "gabled", "hipped", "pyramidal"}[roof%4]})
		if spatial.CheckGeometry(feature.Geometry) != nil {
			t.Skip()
		}
		s := New(city, noon)
		s.Put(noon, feature)
		a := s.Account()
		if left := len(a.LeftOut); a.Bodies+left != 1 {
			t.Fatalf("%+v", a)
		}
		for id, c := range s.tree.cells {
			data, err := s.Content(nil, id, Look{Plain: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(c.bodies) > 0 && len(data) == 0 {
				t.Fatalf("tile %v is empty", id)
			}
			if _, err := s.Page(nil, id); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// PROJ itself, where it is installed, on places all over the earth.
func TestECEFIsThatOfCCT(t *testing.T) {
	cct, err := exec.LookPath("cct")
	if err != nil {
		t.Skip("PROJ's cct is not installed: make deps does it")
	}
	random := rand.New(rand.NewPCG(5, 5))
	var in strings.Builder
	var want [][3]float64
	for range 1000 {
		lon, lat, height := 360*random.Float64()-180, 180*random.Float64()-90, 3000*random.Float64()-400
		fmt.Fprintf(&in, "%.12f %.12f %.6f\n", lon, lat, height)
		want = append(want, ECEF(lon, lat, height))
	}
	cmd := exec.CommandContext(t.Context(), cct, "-d", "6", "+proj=cart", "+ellps=WGS84")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		var got vec
		if n, err := fmt.Sscan(line, &got[0], &got[1], &got[2]); n != 3 {
			t.Fatalf("%q: %v", line, err)
		}
		if got.sub(want[i]).length() > 1e-5 {
			t.Errorf("line %d: PROJ says %v, we say %v", i, got, want[i])
		}
	}
}

func TestVicinityIsUpright(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for range 10000 {
		lon, lat := 360*random.Float64()-180, 180*random.Float64()-90
		near := vicinityOf(lon, lat)
		lon, lat = lon+0.2*random.Float64()-0.1, min(max(lat+0.2*random.Float64()-0.1, -90), 90)
		foot, up := upright(lon, lat)
		gotFoot, gotUp := near.upright(lon, lat)
		if gotFoot.sub(foot).length() > 1e-8 || gotUp.sub(up).length() > 1e-15 {
			t.Fatalf("at %v, %v: %v m, and %v", lon, lat, gotFoot.sub(foot).length(), gotUp.sub(up).length())
		}
	}
}
