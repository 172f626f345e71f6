// Package arch holds the house to its plan: which package may import which. It reads the sources and not the
// build, so that nothing hides behind build tags or the test cache.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/wardmap/wardmap/"

// floors are the levels of the house; a package may import what stands lower, and its own subpackages.
// Packages of one floor never import each other, except as said in within.
var floors = []struct {
	prefix string
	level  int
}{
	{"data/lockfile", 0}, {"data/wholefile", 0}, // leaves that several packages of data stand on
	{"cmd", 4}, {"api", 3}, {"data", 3}, {"scenes3d", 2}, {"tiles", 1}, {"layers", 1}, {"spatial/live", 1}, {"spatial", 0},
}

// only names who may import a library, tests included.
var only = map[string][]string{
	"github.com/labstack/echo":             {"api"},
	"github.com/jackc/pgx":                 {"data/postgis"},
	"github.com/twpayne/go-geom":           {"data/postgis", "scenes3d"},
	"github.com/tidwall/rtree":             {"spatial"},
	"github.com/golang/geo":                {"spatial"},
	"golang.org/x/image":                   {"scenes3d/terrain"},
	"github.com/nats-io":                   {"data/stream"},
	"github.com/mochi-mqtt":                {"data/ingest"},
	"github.com/coder/websocket":           {"api", "data/ingest"},
	"modernc.org/sqlite":                   {"data/gpkg", "data/importer", "data/accounts"},
	"github.com/paulmach/osm":              {"data/importer"},
	"github.com/paulmach/orb/encoding/mvt": {}, // production code has its own encoder
	"github.com/peterstace/simplefeatures": {}, // an oracle of tests
	"github.com/getkin/kin-openapi":        {}, // an oracle of tests
}

func TestImportsFollowThePlan(t *testing.T) {
	root := "../.."
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "node_modules" || d.Name() == "var") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		files++
		from, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		checkFile(t, path, filepath.ToSlash(from))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d Go files were found below %s", files, root)
	}
}

func checkFile(t *testing.T, path, from string) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(from, "test")
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if why := forbidden(from, imported, test); why != "" {
			t.Errorf("%s imports %s: %s", path, imported, why)
		}
	}
}

// forbidden says why a package may not import another, or "" when it may.
func forbidden(from, imported string, test bool) string {
	for library, users := range only {
		if !strings.HasPrefix(imported, library) || (test && len(users) == 0) {
			continue
		}
		if !slices.ContainsFunc(users, func(u string) bool { return within(from, u) }) && !test {
			return "only " + strings.Join(users, ", ") + " may"
		}
	}
	to, ours := strings.CutPrefix(imported, module)
	if !ours || test {
		return ""
	}
	switch a, b := floor(from), floor(to); {
	case b > a:
		return "it stands higher"
	case b == a && a > 0 && house(from) != house(to):
		return "packages of one floor do not know each other"
	case house(from) == "data" && a == b && !within(to, from) && !within(from, to):
		return "the packages of data do not know each other"
	}
	return ""
}

func floor(pkg string) int {
	for _, f := range floors {
		if within(pkg, f.prefix) {
			return f.level
		}
	}
	return 5
}

func within(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

// house is the folder at the top, except that live stands apart from the rest of spatial.
func house(pkg string) string {
	if within(pkg, "spatial/live") {
		return "spatial/live"
	}
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

func TestThePlanItself(t *testing.T) {
	tests := []struct {
		from, to string
		test     bool
		allowed  bool
	}{
		{"api", "github.com/labstack/echo/v4", false, true},
		{"cmd/wardmap", "github.com/labstack/echo/v4", false, false},
		{"data/postgis", "github.com/jackc/pgx/v5/pgxpool", false, true},
		{"layers", "github.com/jackc/pgx/v5", false, false},
		{"tiles/mvt", "github.com/paulmach/orb/encoding/mvt", false, false},
		{"tiles/mvt", "github.com/paulmach/orb/encoding/mvt", true, true},
		{"tiles", module + "layers", false, false},
		{"layers", module + "tiles", false, false},
		{"tiles/atlas", module + "tiles/mvt", false, true},
		{"tiles/atlas", module + "spatial/index", false, true},
		{"spatial", module + "tiles", false, false},
		{"spatial/live", module + "spatial", false, true},
		{"spatial/live", module + "spatial/fence", false, true},
		{"spatial/fence", module + "spatial/live", false, false},
		{"layers", module + "spatial/live", false, false},
		{"data/ingest/mqtt", module + "data/ingest", false, true},
		{"data/deliver", module + "data/stream", false, false},
		{"api", "github.com/nats-io/nats.go", false, false},
		{"spatial", module + "spatial/live", false, false},
		{"scenes3d", module + "tiles", false, true},
		{"scenes3d/terrain", module + "tiles/pmtiles", false, true},
		{"tiles", module + "scenes3d", false, false},
		{"api", module + "data/gpkg", false, false},
		{"api", module + "data/gpkg", true, true},
		{"data/gpkg", module + "data/postgis", false, false},
		{"data/catalogue/demo", module + "data/catalogue", false, true},
		{"data/importer", module + "spatial/shape", false, true},
		{"cmd/wardmap", module + "api", false, true},
		{"api", module + "cmd/wardmap", false, false},
	}
	for _, test := range tests {
		if why := forbidden(test.from, test.to, test.test); (why == "") != test.allowed {
			t.Errorf("%s imports %s (test %v): allowed %v, want %v (%s)", test.from, test.to, test.test, why == "", test.allowed, why)
		}
	}
}
