package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/scenes3d/verify"
)

// tower is a building of so many metres height as an edit.
func tower(id string, east int, height float64) map[string]any {
	x, y := 105.72+.0004*float64(east), 34.58
	ring := [][2]float64{{x, y}, {x + .0002, y}, {x + .0002, y + .0002}, {x, y + .0002}, {x, y}}
	return map[string]any{"op": "put", "layer": "buildings", "id": id, "feature": map[string]any{
		"type": "Feature", "properties": map[string]any{"height": height, "name": "楼" + id},
		"geometry": map[string]any{"type": "Polygon", "coordinates": []any{ring}},
	}}
}

// sceneFiles fetches a tileset with all its pages and contents, by address.
func sceneFiles(t *testing.T, tileset string) map[string]string {
	t.Helper()
	files := map[string]string{}
	type node struct {
		Content  *struct{ URI string }
		Children []json.RawMessage
	}
	var fetch func(address string)
	var walk func(at *url.URL, text []byte)
	walk = func(at *url.URL, text []byte) {
		var n node
		if err := json.Unmarshal(text, &n); err != nil {
			t.Fatal(err)
		}
		if n.Content != nil {
			next, err := at.Parse(n.Content.URI)
			if err != nil {
				t.Fatal(err)
			}
			fetch(next.String())
		}
		for _, child := range n.Children {
			walk(at, child)
		}
	}
	fetch = func(address string) {
		if _, again := files[address]; again {
			t.Fatalf("%s is addressed twice", address)
		}
		text := get(t, address)
		files[address] = string(text)
		if !strings.HasSuffix(address, ".json") {
			return
		}
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Root json.RawMessage }
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		walk(at, doc.Root)
	}
	fetch(tileset)
	return files
}

// count says how many files of a scene hold a text.
func count(files map[string]string, text string) (n int) {
	for _, data := range files {
		if strings.Contains(data, text) {
			n++
		}
	}
	return n
}

func TestAnEditedBuildingIsNewIn3DOnTheNextRequest(t *testing.T) {
	var stores []map[string]string
	onBothStores(t, func(t *testing.T, args []string) {
		base := start(t, args...).base
		var all []map[string]any
		for i := range 300 {
			all = append(all, tower(fmt.Sprintf("t%03d", i), i, 10+float64(i%40)))
		}
		edit(t, base, all)
		at := base + "/scenes/buildings/plain/tileset.json"
		before := sceneFiles(t, at)
		if n := count(before, "楼t123"); n != 1 {
			t.Fatalf("the building stands on %d tiles", n)
		}
		edit(t, base, []map[string]any{tower("t123", 123, 12.5)})
		after := sceneFiles(t, at)
		changed := 0
		for address, text := range after {
			if before[address] != text {
				changed++
			}
		}
		if changed == 0 || changed > 5 {
			t.Errorf("one edit changed %d of %d files", changed, len(after))
		}
		edit(t, base, []map[string]any{{"op": "delete", "layer": "buildings", "id": "t123"}})
		gone := sceneFiles(t, at)
		if n := count(gone, "楼t123"); n != 0 {
			t.Errorf("the deleted building stands on %d tiles", n)
		}
		same := map[string]string{}
		for address, text := range gone {
			same[strings.TrimPrefix(address, base)] = text
		}
		for address, text := range sceneFiles(t, base+"/scenes/buildings/tileset.json") {
			same[strings.TrimPrefix(address, base)] = text
		}
		stores = append(stores, same)
	})
	if len(stores) != 2 {
		t.Skip("one of the stores did not run")
	}
	if len(stores[0]) != len(stores[1]) {
		t.Errorf("the stores give %d and %d files", len(stores[0]), len(stores[1]))
	}
	for address, text := range stores[0] {
		if stores[1][address] != text {
			t.Errorf("%s differs between the stores", address)
		}
	}
}

// implicitFiles fetches an implicit tileset as a strict client does, who finds nothing wrong with it, by name.
func implicitFiles(t *testing.T, tileset string, features int) map[string]string {
	t.Helper()
	root, fetch, err := openScene(t.Context(), tileset, "")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	report, err := verify.Tileset(t.Context(), root, func(name string) ([]byte, error) {
		data, err := fetch(name)
		files[name] = string(data)
		return data, err
	}, verify.Options{})
	if err != nil || len(report.Problems) > 0 || report.Features != features {
		t.Fatalf("%d features, want %d; %v, %v", report.Features, features, report.Problems, err)
	}
	return files
}

func TestAnEditedBuildingIsNewImplicitlyOnTheNextRequest(t *testing.T) {
	base := start(t, "--data", t.TempDir()).base
	var all []map[string]any
	for i := range 300 {
		all = append(all, tower(fmt.Sprintf("t%03d", i), i, 10+float64(i%40)))
	}
	edit(t, base, all)
	at := base + "/scenes/buildings/implicit/tileset.json"
	before := implicitFiles(t, at, 300)
	if n := count(before, "楼t123"); n != 1 {
		t.Fatalf("the building stands on %d cells", n)
	}
	tags := map[string]string{}
	ask := func(name string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/scenes/buildings/implicit/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tags[name])
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		tags[name] = res.Header.Get("ETag")
		return res.StatusCode
	}
	for name := range before {
		if got := []int{ask(name), ask(name)}; !slices.Equal(got, []int{200, 304}) {
			t.Errorf("%s is answered %v", name, got)
		}
	}
	edit(t, base, []map[string]any{tower("t123", 123, 12.5)})
	changed := 0
	for name := range before {
		if ask(name) == 200 {
			changed++
		}
	}
	if changed == 0 || changed > 6 { // the tileset, the subtrees on the way, and a content or two
		t.Errorf("one edit changed %d of %d files", changed, len(before))
	}
	after := implicitFiles(t, at, 300)
	edit(t, base, []map[string]any{{"op": "delete", "layer": "buildings", "id": "t123"}})
	gone := implicitFiles(t, at, 299)
	if count(after, "楼t123") != 1 || count(gone, "楼t123") != 0 {
		t.Errorf("the building stands on %d cells, the deleted one on %d", count(after, "楼t123"), count(gone, "楼t123"))
	}
}

func TestScenesVerifyAndExport(t *testing.T) {
	base := start(t, "--data", t.TempDir()).base
	var all []map[string]any
	for i := range 300 {
		all = append(all, tower(fmt.Sprintf("t%03d", i), i, 10+float64(i%40)))
	}
	edit(t, base, all)
	says := func(want string, args ...string) {
		t.Helper()
		var out strings.Builder
		err := run(t.Context(), append([]string{"scenes"}, args...), &out)
		if text := fmt.Sprint(out.String(), err); !strings.Contains(text, want) {
			t.Errorf("scenes %s says %s, want %s", args, text, want)
		}
	}
	at, dir := base+"/scenes/buildings", filepath.Join(t.TempDir(), "city")
	says("300 features, 3000 triangles", "verify", at)
	says("nothing is wrong with it\n<nil>", "verify", at+"/plain/tileset.json")
	says("nothing is wrong with it\n<nil>", "verify", at+"/implicit/tileset.json")
	says("is an implicit tileset", "export", at+"/implicit", filepath.Join(t.TempDir(), "implicit"))
	says("0 removed", "export", at, dir)
	says("nothing is wrong with it\n<nil>", "verify", dir)
	edit(t, base, []map[string]any{{"op": "delete", "layer": "buildings", "id": "t123"}})
	says("0 removed", "export", at, dir)
	says("299 features", "verify", filepath.Join(dir, "tileset.json"))
	says("an export of "+at, "export", at+"/plain", dir)
	says(`404 Not Found: there is no scene "moon"`, "verify", base+"/scenes/moon")
	says("is no address", "export", "ftp://127.0.0.1/", dir)
	says("say what to do", "sing")

	broken := 0
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".glb" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		broken++
		return os.WriteFile(name, data[:len(data)-8], 0o644)
	})
	if err != nil || broken == 0 {
		t.Fatal(broken, err)
	}
	says("problems, listed above", "verify", dir)
}

func TestABuildingInFrontOfACameraClipsWhatItSees(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		base := start(t, args...).base
		camera := map[string]any{"op": "put", "layer": "cameras", "id": "c1", "feature": map[string]any{
			"type": "Feature", "properties": map[string]any{"name": "枪机", "azimuth": 0.0, "view_angle": 60.0, "view_distance": 120.0, "mount_height": 6.0},
			"geometry": map[string]any{"type": "Point", "coordinates": []any{105.7201, 34.5795}},
		}}
		edit(t, base, []map[string]any{camera})
		open := sceneFiles(t, base+"/scenes/cameras/plain/tileset.json")
		edit(t, base, []map[string]any{tower("t000", 0, 30)}) // 55 m to the north
		clipped := sceneFiles(t, base+"/scenes/cameras/plain/tileset.json")
		if maps.Equal(open, clipped) {
			t.Error("the volume is as it was before the building")
		}
		edit(t, base, []map[string]any{{"op": "delete", "layer": "buildings", "id": "t000"}})
		if again := sceneFiles(t, base+"/scenes/cameras/plain/tileset.json"); !maps.Equal(open, again) {
			t.Error("without the building the volume is another than before it")
		}
	})
}

// The city model of Delft, from the file to a strict client.
func TestRealCityModelStandsWhole(t *testing.T) {
	file := realData(t, "02_3d/delft_3dfier.city.json.gz")
	dir := t.TempDir()
	var out strings.Builder
	if err := run(t.Context(), []string{"import", file, "--layer", "delft", "--create", "--data", dir}, &out); err != nil || !strings.Contains(out.String(), "570 created") {
		t.Fatalf("%s, %v", out.String(), err)
	}
	base := start(t, "--data", dir).base
	for _, at := range []string{"/scenes/delft/tileset.json", "/scenes/delft/plain/tileset.json"} {
		out.Reset()
		err := run(t.Context(), []string{"scenes", "verify", base + at}, &out)
		if err != nil || !strings.Contains(out.String(), "160 features") {
			t.Errorf("%s: %s, %v", at, out.String(), err)
		}
	}
}

// CesiumGS' own tools read what is exported: they join its pages into one, pack it into an archive and unpack it, and what
// comes out is the same set.
func TestToolsOfCesiumReadAnExport(t *testing.T) {
	tool, err := filepath.Abs("../../api/web/node_modules/.bin/3d-tiles-tools")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		t.Skip("3d-tiles-tools is not installed: run npm ci in api/web")
	}
	base := start(t, "--data", t.TempDir()).base
	var all []map[string]any
	for i := range 300 {
		all = append(all, tower(fmt.Sprintf("t%03d", i), i, 10+float64(i%40)))
	}
	edit(t, base, all)
	dir := t.TempDir()
	tools := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "node", append([]string{tool}, args...)...).CombinedOutput()
		if text := string(out); err != nil || strings.Contains(strings.ToLower(text), "error") {
			t.Fatalf("3d-tiles-tools %s: %v\n%s", args, err, text)
		}
		return string(out)
	}
	verified := func(where string) {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), []string{"scenes", "verify", where}, &out); err != nil || !strings.Contains(out.String(), "300 features") {
			t.Errorf("%s: %s, %v", where, out.String(), err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := run(t.Context(), []string{"scenes", "export", base + "/scenes/buildings", at("city")}, io.Discard); err != nil {
		t.Fatal(err)
	}
	tools("combine", "-i", at("city"), "-o", at("joined"))
	verified(at("joined"))
	tools("convert", "-i", at("city"), "-o", at("city.3tz"))
	tools("convert", "-i", at("city.3tz"), "-o", at("unpacked"))
	verified(at("unpacked"))
	glb := ""
	if err := filepath.WalkDir(at("city"), func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".glb" {
			glb = name
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	tools("analyze", "-i", glb, "-o", at("analysis"))
	if found, err := os.ReadDir(at("analysis")); err != nil || len(found) == 0 {
		t.Errorf("nothing was analysed: %v", err)
	}
}

func TestBothStoresGiveTheSameBytes(t *testing.T) {
	if underRace {
		t.Skip("starts and scenes of a whole city take ten times as long; make test does it without the detector")
	}
	given := map[string]map[string]string{}
	for name, store := range map[string][]string{"geopackage": nil, "postgis": {"--store", pgtest.URL(t)}} {
		base := start(t, append([]string{"--demo", "--data", dataFolder(t)}, store...)...).base
		files := map[string]string{}
		for _, id := range []string{"buildings", "floors", "cameras", "fences"} {
			for address, data := range sceneFiles(t, base+"/scenes/"+id+"/tileset.json") {
				files[strings.TrimPrefix(address, base)] = data
			}
		}
		given[name] = files
	}
	one, other := given["geopackage"], given["postgis"]
	if len(one) < 100 || len(one) != len(other) {
		t.Fatalf("%d files of one store, %d of the other", len(one), len(other))
	}
	for address, data := range one {
		if other[address] != data {
			t.Errorf("%s is another file", address)
		}
	}
}

func TestWhichCamerasSeeAPlace(t *testing.T) {
	s := start(t, "--data", dataFolder(t))
	x, y := 105.72, 34.58
	camera := func(id string, east, north float64, more map[string]any) map[string]any {
		values := map[string]any{"name": id, "status": "online", "mount_height": 6}
		maps.Copy(values, more)
		return feature("cameras", id, pointAt(orb.Point{x + east, y + north}), values)
	}
	field := func(azimuth, angle, distance float64) map[string]any {
		return map[string]any{"azimuth": azimuth, "view_angle": angle, "view_distance": distance}
	}
	edit(t, s.base, []map[string]any{
		tower("hides", 2, 30), // from 72 m to 90 m in the east
		camera("sees", -.0005, 0, field(90, 60, 100)),
		camera("farther", 0, -.0009, field(350, 40, 150)),
		camera("all around", .0003, .0003, map[string]any{"view_angle": 360, "view_distance": 80}),
		camera("by eight", 0, .0004, map[string]any{"direction": 3, "view_distance": 60}),
		camera("turned away", -.0002, 0, field(270, 60, 100)),
		camera("short", 0, .0008, field(180, 60, 50)),
		camera("behind", .0012, .0001, field(268, 60, 200)),
		camera("untold", .0001, 0, nil),
		camera("far", .01, 0, field(270, 60, 2000)),
	})
	var page struct {
		NumberMatched int
		Features      []struct {
			ID         string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(get(t, fmt.Sprintf("%s/scenes/cameras/watching?at=%v,%v,1.5", s.base, x, y+.0001)), &page); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range page.Features {
		p := f.Properties
		got = append(got, fmt.Sprint(f.ID, " ", p["covers"], " ", p["hidden_by"] != nil, " ", p["approximate"] == true))
	}
	want := []string{
		"by eight yes false true", "all around yes false false", "sees yes false false", "farther yes false false", "untold unknown false false",
		"turned away no false false", "short no false false", "behind no true false",
	}
	if !slices.Equal(got, want) || page.NumberMatched != 8 {
		t.Errorf("%d:\n%s\nwant\n%s", page.NumberMatched, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if status, text, err := send("GET", s.base+"/scenes/buildings/watching?at=105,34,1", "", nil); err != nil || status != http.StatusNotFound {
		t.Errorf("%d %s, %v", status, text, err)
	}
}
