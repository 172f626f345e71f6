package gpkg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

var places = storetest.Layer("places", layers.PointKind)

// synced is a new store with the layer places.
func synced(t testing.TB) *Store {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "w.gpkg"))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Sync(context.Background(), []layers.Layer{places}); err != nil {
		t.Fatal(err)
	}
	return s
}

func place(id string, lon, lat float64) spatial.Feature {
	return spatial.Feature{ID: id, Geometry: orb.Point{lon, lat}, Properties: map[string]any{"name": "place " + id}}
}

func put(layer string, fs ...spatial.Feature) []layers.Edit { return edits(layers.Put, layer, fs) }

// run runs SQL as another program would, that knows the ST_ functions but nothing of Wardmap.
func run(t testing.TB, path string, sql ...string) {
	t.Helper()
	p := newPool(path, 1)
	defer p.close()
	c, err := p.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.give(c)
	for _, q := range sql {
		if err := c.script(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sqlite := func(name string, sql ...string) string {
		run(t, filepath.Join(dir, name), sql...)
		return filepath.Join(dir, name)
	}
	tests := []struct{ name, path, want string }{
		{"a text file", file("a.txt", strings.Repeat("hello ", 100)), "no GeoPackage"},
		{"a short file", file("b.txt", "x"), "no GeoPackage"},
		{"another SQLite file", sqlite("c.db", "CREATE TABLE people (name TEXT)"), "Wardmap did not make"},
		{"the file of a marked program", sqlite("d.db", "PRAGMA application_id=1234", "CREATE TABLE x (y)"), "another program"},
		{"a GeoPackage of others", sqlite("e.gpkg", "PRAGMA application_id=1196444487", "CREATE TABLE gpkg_contents (x)"), "Wardmap did not make"},
		{"a damaged file", file("f.gpkg", "SQLite format 3\x00"+strings.Repeat("\xff", 84)), "another program"},
		{"a damaged GeoPackage", file("g.gpkg", "SQLite format 3\x00"+strings.Repeat("\x07", 52)+"GPKG"+strings.Repeat("\x07", 5000)), "damaged"},
		{"a folder", dir, "is a folder"},
		{"a folder that is missing", filepath.Join(dir, "no", "x.gpkg"), "folder"},
	}
	for _, tt := range tests {
		before, _ := os.ReadFile(tt.path)
		s, err := Open(t.Context(), tt.path)
		if err == nil {
			s.Close()
			t.Errorf("%s is taken", tt.name)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
			t.Errorf("%s: error %q does not say %q and the path", tt.name, err, tt.want)
		}
		if after, _ := os.ReadFile(tt.path); string(before) != string(after) {
			t.Errorf("%s: the file was changed", tt.name)
		}
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.gpkg")
	open(t, path).Close()
	run(t, path, "UPDATE wardmap_store SET schema=99")
	if s, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "newer Wardmap") {
		t.Errorf("got %v, error %v", s, err)
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.gpkg")
	errs := make(chan error)
	const n = 6
	for i := range n {
		go func() {
			s, err := Open(context.Background(), path)
			if err == nil {
				err = errors.Join(s.Sync(context.Background(), []layers.Layer{places}), func() error {
					_, err := s.Apply(context.Background(), put("places", place(fmt.Sprint(i), 1, 1)))
					return err
				}(), s.Close())
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	s := open(t, path)
	defer s.Close()
	if st, err := s.Stat(t.Context(), "places"); err != nil || st.Count != n {
		t.Errorf("stat %+v, error %v, want %d features", st, err, n)
	}
}

func TestLayerNamesThatTheFileNeeds(t *testing.T) {
	s := synced(t)
	for _, id := range []string{"gpkg_contents", "rtree_places_geom", "wardmap_changes", "sqlite_sequence"} {
		if err := s.Sync(t.Context(), []layers.Layer{storetest.Layer(id, layers.PointKind)}); err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("layer %s: error %v", id, err)
		}
	}
	run(t, s.path, `CREATE TABLE notes (x)`)
	if err := s.Sync(t.Context(), []layers.Layer{storetest.Layer("notes", layers.PointKind)}); err == nil || !strings.Contains(err.Error(), "notes") {
		t.Errorf("a table of others: error %v", err)
	}
	for _, id := range []string{"order", "table", "t", "r", "select"} {
		l := storetest.Layer(id, layers.AnyKind)
		if err := s.Sync(t.Context(), []layers.Layer{l}); err != nil {
			t.Errorf("layer %s: %v", id, err)
		}
		if _, err := s.Apply(t.Context(), put(id, place("a", 1, 1))); err != nil {
			t.Errorf("layer %s: %v", id, err)
		}
		q := layers.Query{Bounds: []orb.Bound{{Min: orb.Point{0, 0}, Max: orb.Point{2, 2}}}}
		if page, err := s.Features(t.Context(), id, q); err != nil || page.Matched != 1 {
			t.Errorf("layer %s: %+v, error %v", id, page, err)
		}
	}
}

// A full disk is played by a limit on the file's pages.
func TestAFullDiskLosesNothing(t *testing.T) {
	s := synced(t)
	if _, err := s.Apply(t.Context(), put("places", place("a", 1, 1))); err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		c, err := s.writer.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.writer.give(c)
		if err := c.script(t.Context(), "PRAGMA max_page_count="+pages); err != nil {
			t.Fatal(err)
		}
	}
	var many []spatial.Feature
	for i := range 3000 {
		many = append(many, place(fmt.Sprint("x", i), 1, 1))
	}
	limit("100")
	if cs, err := s.Apply(t.Context(), put("places", many...)); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("got %d changes, error %v", len(cs), err)
	}
	if st, err := s.Stat(t.Context(), "places"); err != nil || st.Count != 1 {
		t.Errorf("stat %+v, error %v, want 1 feature", st, err)
	}
	limit("1000000")
	if _, err := s.Apply(t.Context(), put("places", many...)); err != nil {
		t.Errorf("after there is room again: %v", err)
	}
	checkFileIsSound(t, s.path, "places")
}

func TestTheLogIsCut(t *testing.T) {
	s := synced(t)
	s.keep = 100
	var cursors []layers.Cursor
	for i := range 500 {
		head, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cursors = append(cursors, head)
		if _, err := s.Apply(t.Context(), put("places", place(fmt.Sprint(i%7), float64(i%90), 1))); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range append(cursors, "") {
		cs, _, err := s.Changes(t.Context(), c, 1000)
		switch {
		case i >= 400 && i < 500 && (err != nil || len(cs) != 500-i):
			t.Errorf("cursor %d: %d changes, error %v, want %d", i, len(cs), err, 500-i)
		case (i < 390 || i == 500) && !errors.Is(err, layers.ErrGone):
			t.Errorf("cursor %d: %d changes, error %v, want ErrGone", i, len(cs), err)
		}
	}
	if _, _, err := s.Changes(t.Context(), "501", 1); !errors.Is(err, layers.ErrGone) {
		t.Errorf("a cursor of the future: error %v, want ErrGone", err)
	}
	run(t, s.path, "DELETE FROM wardmap_changes")
	cs, err := s.Apply(t.Context(), put("places", place("new", 1, 1)))
	if err != nil || cs[0].Version != 501 {
		t.Errorf("after the log was emptied: %+v, error %v, want version 501", cs, err)
	}
}
