package mvt_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/tiles/mvt"
)

// realFile opens a file of the real data, or skips the test.
func realFile(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		root, _ := os.Getwd()
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == "/" {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "../shared/data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no real data: set WARDMAP_REALDATA to its folder (%v)", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fixtures is the content of mapbox/mvt-fixtures by folder and file.
func fixtures(t testing.TB) map[string]map[string][]byte {
	t.Helper()
	z, err := gzip.NewReader(realFile(t, "09_hostile/mvt-fixtures.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		dir, file := path.Split(h.Name)
		if data, err := io.ReadAll(r); err == nil && strings.Contains(dir, "/fixtures/") && file != "" {
			id := path.Base(dir)
			if out[id] == nil {
				out[id] = map[string][]byte{}
			}
			out[id][file] = data
		}
	}
}

// TestFixturesAreJudgedAsTheirAuthorsDo reads the test tiles of the format's authors: Decode takes what is
// valid, and Check refuses what is not.
func TestFixturesAreJudgedAsTheirAuthorsDo(t *testing.T) {
	exceptions := map[string]string{
		"057": "info.json calls it valid, but its MoveTo says 536,870,911 points and there is one",
		"061": "valid in version 1 only, and it does not say its version, for which fixture 024 is invalid",
	}
	n := 0
	for id, files := range fixtures(t) {
		var info struct {
			Description string
			Validity    struct{ V1, V2 bool }
		}
		if files["tile.mvt"] == nil || exceptions[id] != "" {
			continue
		}
		if err := json.Unmarshal(files["info.json"], &info); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		n++
		valid := info.Validity.V1 || info.Validity.V2
		_, decoded := mvt.Decode(files["tile.mvt"])
		if valid && decoded != nil {
			t.Errorf("fixture %s (%s) is valid, Decode says %v", id, info.Description, decoded)
		}
		if !valid && mvt.Check(files["tile.mvt"]) == nil {
			t.Errorf("fixture %s (%s) is not valid, Check says nothing", id, info.Description)
		}
	}
	if n != 72 {
		t.Errorf("%d fixtures were judged, not 72", n)
	}
}
