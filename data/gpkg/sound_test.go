package gpkg

import (
	"database/sql/driver"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
)

// checkFileIsSound holds the file against SQLite's own checks, and the spatial index against the table.
func checkFileIsSound(t testing.TB, path string, tables ...string) {
	t.Helper()
	p := newPool(path, 1)
	defer p.close()
	c, err := p.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.give(c)
	read := func(sql string, visit func(row []driver.Value)) {
		t.Helper()
		if err := c.query(t.Context(), sql, nil, func(row []driver.Value) error { visit(row); return nil }); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	ok := func(row []driver.Value) {
		t.Helper()
		if row[0] != "ok" {
			t.Errorf("check of %s: %v", path, row[0])
		}
	}
	read("PRAGMA integrity_check", ok)
	read("SELECT writing FROM wardmap_store", func(row []driver.Value) {
		if row[0] != int64(0) {
			t.Error("the store is marked as writing")
		}
	})
	for _, table := range tables {
		read("SELECT rtreecheck('rtree_"+table+"_geom')", ok)
		boxes := map[int64]orb.Bound{}
		read("SELECT fid, geom FROM "+quote(table)+" WHERE geom NOTNULL", func(row []driver.Value) {
			b, err := boundOf(row[1])
			if err != nil {
				t.Fatal(err)
			}
			boxes[row[0].(int64)] = *b
		})
		read("SELECT id, minx, maxx, miny, maxy FROM "+quote("rtree_"+table+"_geom"), func(row []driver.Value) {
			b, ok := boxes[row[0].(int64)]
			delete(boxes, row[0].(int64))
			got := orb.Bound{Min: orb.Point{asFloat(row[1]), asFloat(row[3])}, Max: orb.Point{asFloat(row[2]), asFloat(row[4])}}
			if !ok || !contains(got, b) || math.Abs(got.Min[0]-b.Min[0])+math.Abs(got.Max[1]-b.Max[1]) > 1e-4 {
				t.Errorf("%s: the index has %v for row %v, the table %v", table, got, row[0], b)
			}
		})
		if len(boxes) > 0 {
			t.Errorf("%s: the index misses %s", table, fmt.Sprint(boxes))
		}
	}
}
