package gpkg

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// point is a blob literal in SQL.
func point(t testing.TB, lon, lat float64) string {
	return fmt.Sprintf("x'%x'", blobOf(t, orb.Point{lon, lat}))
}

// since reads the changes after a cursor.
func since(t testing.TB, s *Store, after layers.Cursor) ([]layers.Change, layers.Cursor) {
	t.Helper()
	cs, next, err := s.Changes(t.Context(), after, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return cs, next
}

// tell writes changes in short: "create a -> 1 2".
func tell(cs []layers.Change) string {
	var out []string
	for _, c := range cs {
		line := fmt.Sprintf("%s %s", c.Op, c.ID)
		if !c.Before.IsEmpty() {
			line += fmt.Sprintf(" from %v", c.Before.Min)
		}
		if !c.After.IsEmpty() {
			line += fmt.Sprintf(" to %v", c.After.Min)
		}
		if c.Feature != nil {
			line += " now " + fmt.Sprint(c.Feature.Properties["name"])
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

func TestEditsOfOtherProgramsReachTheFeed(t *testing.T) {
	s := synced(t)
	if _, err := s.Apply(t.Context(), put("places", place("a", 1, 2), place("b", 3, 4))); err != nil {
		t.Fatal(err)
	}
	head, _ := s.Head(t.Context())
	steps := []struct{ name, sql, want string }{
		{"update of a value", `UPDATE places SET name='new' WHERE id='a'`, "replace a from [1 2] to [1 2] now new"},
		{"move", `UPDATE places SET geom=` + point(t, 5, 6) + ` WHERE id='a'`, "replace a from [1 2] to [5 6] now new"},
		{"insert", `INSERT INTO places (id, geom, name) VALUES ('c', ` + point(t, 7, 8) + `, 'c')`, "create c to [7 8] now c"},
		{"insert with a version of long ago", `INSERT INTO places (id, geom, name, version) VALUES ('d', ` + point(t, 9, 9) + `, 'd', 1)`, "create d to [9 9] now d"},
		{"tampering with a version", `UPDATE places SET version=1 WHERE id='d'`, "replace d from [9 9] to [9 9] now d"},
		{"another id", `UPDATE places SET id='e' WHERE id='d'`, "delete d from [9 9]; create e from [9 9] to [9 9] now d"},
		{"an id taken away", `UPDATE places SET id='' WHERE id='e'`, "replace e from [9 9] to [9 9] now d"},
		{"another fid", `UPDATE places SET fid=1000 WHERE id='e'`, "replace e from [9 9] to [9 9] now d"},
		{"a geometry taken away", `UPDATE places SET geom=NULL WHERE id='e'`, "replace e from [9 9]"},
		{"a geometry given back", `UPDATE places SET geom=` + point(t, 9, 9) + ` WHERE id='e'`, "replace e to [9 9] now d"},
		{"delete", `DELETE FROM places WHERE id IN ('e', 'b')`, "delete b from [3 4]; delete e from [9 9]"},
		{"several rows", `UPDATE places SET name=id || '!'`, "replace a from [5 6] to [5 6] now a!; replace c from [7 8] to [7 8] now c!"},
		{"nothing", `UPDATE places SET name='x' WHERE id='nobody'`, ""},
	}
	last := int64(2)
	for _, step := range steps {
		run(t, s.path, step.sql)
		var cs []layers.Change
		cs, head = since(t, s, head)
		if got := tell(cs); got != step.want {
			t.Errorf("%s: the feed says %q, want %q", step.name, got, step.want)
		}
		for _, c := range cs {
			if c.Version != last+1 {
				t.Errorf("%s: version %d after %d", step.name, c.Version, last)
			}
			if last = c.Version; c.Feature != nil && (c.Feature.Version < c.Version || time.Since(c.Feature.Updated) > time.Minute) {
				t.Errorf("%s: change %d has feature %+v", step.name, c.Version, c.Feature)
			}
		}
		checkFileIsSound(t, s.path, "places")
	}
	cs, err := s.Apply(t.Context(), put("places", place("a", 1, 1)))
	if err != nil || len(cs) != 1 || cs[0].Version != last+1 {
		t.Errorf("our own edit after theirs: %+v, error %v, want version %d", cs, err, last+1)
	}
}

func TestRowsWithoutIDAreGivenOne(t *testing.T) {
	s := synced(t)
	p := point(t, 1, 2)
	run(t, s.path, `INSERT INTO places (geom) VALUES (`+p+`), (`+p+`)`, `INSERT INTO places (geom, id) VALUES (`+p+`, NULL), (`+p+`, '')`,
		`INSERT INTO places (name) VALUES ('without geometry')`)
	ids := map[string]bool{}
	err := s.Scan(t.Context(), "places", func(f spatial.Feature) error {
		ids[f.ID] = len(f.ID) == 32
		return nil
	})
	if err != nil || len(ids) != 4 {
		t.Errorf("ids %v, error %v", ids, err)
	}
	for id, ok := range ids {
		if f, err := s.Feature(t.Context(), "places", id); err != nil || !ok || f.Version == 0 {
			t.Errorf("id %q: %+v, error %v", id, f, err)
		}
	}
	cs, _ := since(t, s, "")
	if len(cs) != 5 {
		t.Errorf("the feed says %q", tell(cs))
	}
	if st, err := s.Stat(t.Context(), "places"); err != nil || st.Count != 4 {
		t.Errorf("stat %+v, error %v: a row without geometry is not on the map", st, err)
	}
}

func TestValuesOfOtherPrograms(t *testing.T) {
	s := synced(t)
	run(t, s.path, `INSERT INTO places (id, geom, seen, height, effective_from, effective_to) VALUES
		('a', `+point(t, 1, 2)+`, '2026-11-24T03:04:05.000Z', 7, '2026-11-24', '2026-11-25T08:00:00+08:00')`)
	f, err := s.Feature(t.Context(), "places", "a")
	if err != nil {
		t.Fatal(err)
	}
	if f.Properties["seen"] != "2026-11-24T03:04:05Z" || f.Properties["height"] != 7.0 {
		t.Errorf("properties %v", f.Properties)
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if f.Effective != (spatial.Validity{From: day, To: day.AddDate(0, 0, 1)}) {
		t.Errorf("effective %v", f.Effective)
	}
	for _, q := range []layers.Query{{Where: map[string]any{"seen": "2026-11-24T03:04:05Z"}}, {At: day}} {
		if page, err := s.Features(t.Context(), "places", q); err != nil || page.Matched != 1 {
			t.Errorf("query %+v: matched %d, error %v", q, page.Matched, err)
		}
	}
}

func TestDamagedRowsAreNamed(t *testing.T) {
	for name, sql := range map[string]string{
		"a cut geometry":     `UPDATE places SET geom=x'4750000100000000' WHERE id='b'`,
		"text as geometry":   `UPDATE places SET geom='POINT(1 2)' WHERE id='b'`,
		"text as integer":    `UPDATE places SET number='many' WHERE id='b'`,
		"a time like no one": `UPDATE places SET effective_from='soon' WHERE id='b'`,
	} {
		s := synced(t)
		if _, err := s.Apply(t.Context(), put("places", place("a", 1, 2), place("b", 3, 4))); err != nil {
			t.Fatal(err)
		}
		run(t, s.path, `DROP TRIGGER wardmap_places_update; DROP TRIGGER rtree_places_geom_update1; DROP TRIGGER rtree_places_geom_update2;
			DROP TRIGGER rtree_places_geom_update3; DROP TRIGGER rtree_places_geom_update4`, sql)
		_, one := s.Feature(t.Context(), "places", "b")
		_, page := s.Features(t.Context(), "places", layers.Query{})
		scan := s.Scan(t.Context(), "places", func(spatial.Feature) error { return nil })
		for what, err := range map[string]error{"feature": one, "features": page, "scan": scan} {
			if err == nil || !strings.Contains(err.Error(), "places/b") {
				t.Errorf("%s, %s: error %v does not name places/b", name, what, err)
			}
		}
		if _, err := s.Feature(t.Context(), "places", "a"); err != nil {
			t.Errorf("%s: its neighbour: %v", name, err)
		}
		if _, err := s.Apply(t.Context(), edits(layers.Replace, "places", []spatial.Feature{place("b", 5, 6)})); err != nil {
			t.Errorf("%s: it cannot be replaced: %v", name, err)
		}
		if f, err := s.Feature(t.Context(), "places", "b"); err != nil || f.Geometry != (orb.Point{5, 6}) {
			t.Errorf("%s: replaced by %+v, error %v", name, f, err)
		}
	}
}

// What another process does in between is seen: a new layer, a new property.
func TestTwoProcessesWithDifferentDefinitions(t *testing.T) {
	s := synced(t)
	other := open(t, s.path)
	defer other.Close()
	more := places
	more.Properties = append(more.Properties[:len(more.Properties):len(more.Properties)], layers.Property{Name: "phone", Type: layers.TextType})
	roads := places
	roads.ID = "roads"
	if err := other.Sync(t.Context(), []layers.Layer{more, roads}); err != nil {
		t.Fatal(err)
	}
	f := place("a", 1, 2)
	f.Properties["phone"] = "0938"
	if _, err := other.Apply(t.Context(), append(put("places", f), put("roads", place("r", 1, 2))...)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Feature(t.Context(), "roads", "r"); err != nil {
		t.Errorf("a layer made by another process: %v", err)
	}
	plain := place("a", 5, 6)
	if _, err := s.Apply(t.Context(), put("places", plain)); err != nil {
		t.Fatal(err)
	}
	got, err := other.Feature(t.Context(), "places", "a")
	if err != nil || got.Properties["phone"] != "0938" || got.Geometry != (orb.Point{5, 6}) {
		t.Errorf("a property that this process does not know was lost: %+v, error %v", got, err)
	}
	if _, err := s.Apply(t.Context(), put("places", f)); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("a property that this process does not know: error %v, want ErrInvalid", err)
	}
}
