package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

// define writes a file of definitions into a data folder.
func define(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "catalogue", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const archiveLayer = `group: kept
title: {zh-CN: 存档, en: Kept}
order: 100
layers:
  - id: kept
    title: {zh-CN: 存档, en: Kept}
    geometry: point
    source: {type: archive, archive: kept.pmtiles, layer: marks}
    properties:
      - {name: n, title: {zh-CN: 数, en: Number}, type: integer, tile: true}
`

func TestAnArchiveOfTilesIsALayer(t *testing.T) {
	dir := dataFolder(t)
	s := start(t, "--data", dir)
	for i := range 5 {
		if err := put(s.base, "marks", i, 10+i); err != nil {
			t.Fatal(err)
		}
	}
	writeArchive(t, filepath.Join(dir, "kept.pmtiles"), s.base)
	define(t, dir, "kept.yaml", archiveLayer)
	eventually(t, "the layer is there", func() bool { return layerExists(s.base, "kept") })
	want := drawn(t, s.base, "marks")
	if got := drawn(t, s.base, "kept"); len(got) != 5 || !maps.Equal(got, want) {
		t.Errorf("the archive shows %v, want %v", got, want)
	}
	if err := put(s.base, "marks", 9, 99); err != nil {
		t.Fatal(err)
	}
	both := drawn(t, s.base, "kept,marks") // the later layer of the two wins where both have an id
	if len(both) != 6 || len(drawn(t, s.base, "kept")) != 5 {
		t.Errorf("together they show %v", both)
	}
	res, err := client.Get(s.base + "/tiles/kept/12/0/0.mvt")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("a tile that the archive does not have: %s", res.Status)
	}
	get(t, s.base+"/tiles/kept.json")
	get(t, s.base+"/style.json")
	second, err := wardmap(t.Context(), "serve", "--listen", "127.0.0.1:0", "--data", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(second), "--live=false") {
		t.Errorf("a second server that would write the same positions: %v: %s", err, second)
	}
	again := start(t, "--data", dir, "--live=false", "--audit", filepath.Join(t.TempDir(), "audit"))
	if got := drawn(t, again.base, "kept"); !maps.Equal(got, want) {
		t.Errorf("a new server shows %v, want %v", got, want)
	}
}

// writeArchive keeps the tiles of the marks as an archive.
func writeArchive(t *testing.T, path, base string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	content := func(yield func(pmtiles.Content, error) bool) {
		for id := range pmtiles.Tiles(10, 12, orb.Bound{Min: orb.Point{105.74, 34.56}, Max: orb.Point{105.77, 34.58}}) {
			if !yield(pmtiles.Content{ID: id, Data: get(t, fmt.Sprintf("%s/tiles/marks/%v.mvt", base, id))}, nil) {
				return
			}
		}
	}
	stats, err := pmtiles.Write(f, content, pmtiles.Metadata{Name: "kept"}, orb.Bound{Min: orb.Point{1, 1}})
	if err != nil || stats.Tiles < 3 {
		t.Fatalf("%+v, %v", stats, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnArchiveThatCannotBeReadIsNamed(t *testing.T) {
	for what, content := range map[string]string{"missing": "", "no archive": strings.Repeat("no archive ", 100)} {
		dir := dataFolder(t)
		define(t, dir, "kept.yaml", archiveLayer)
		if content != "" {
			if err := os.WriteFile(filepath.Join(dir, "kept.pmtiles"), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, err := wardmap(t.Context(), "serve", "--listen", "127.0.0.1:0", "--data", dir).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "layer kept") || !strings.Contains(string(out), "kept.pmtiles") {
			t.Errorf("%s: %v: %s", what, err, out)
		}
	}
}

func TestATableOfOthersIsALayerAndFollowsThem(t *testing.T) {
	db, dir := pgtest.URL(t), dataFolder(t)
	sql := func(text string) {
		t.Helper()
		if err := pgtest.Exec(db, text); err != nil {
			t.Fatal(err)
		}
	}
	sql(`CREATE SCHEMA gis; CREATE TABLE gis.hydrants (gid int PRIMARY KEY, name text, n int, effective_to timestamptz, geom geometry(Point, 4490));
		INSERT INTO gis.hydrants SELECT i, 'hydrant ' || i, i, NULL, ST_SetSRID(ST_Point(105.75 + i * 0.001, 34.575), 4490) FROM generate_series(1, 5) i`)
	out, err := wardmap(t.Context(), "check", "--discover", "--data", dir, "--store", db).Output()
	if err != nil || !strings.Contains(string(out), "gis.hydrants") {
		t.Fatalf("%v: %s", err, out)
	}
	s := start(t, "--data", dir, "--store", db)
	define(t, dir, "tables.yaml", strings.Replace(string(out), "table: gis.hydrants", "table: gis.hydrants\n        refresh: 1", 1))
	eventually(t, "the layer is there", func() bool { return layerExists(s.base, "hydrants") })
	if got := numbers(t, s.base); !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Fatalf("the tile shows %v", got)
	}
	heard := listen(t, s.base)
	item := s.base + "/collections/hydrants/items/1"
	tag := etag(t, item, "", http.StatusOK)
	sql(`UPDATE gis.hydrants SET name = 'spring', n = 11 WHERE gid = 1; DELETE FROM gis.hydrants WHERE gid = 2`)
	eventually(t, "the tile follows the table", func() bool { return slices.Equal(numbers(t, s.base), []int{3, 4, 5, 11}) })
	eventually(t, "open maps hear of it", func() bool { return strings.Contains(heard(), `"hydrants":[[-180`) })
	etag(t, item, tag, http.StatusOK)
	for q, want := range map[string]int{"spring": 1, "hydrant 1": 0, "hydrant 2": 0, "hydrant 3": 1} {
		eventually(t, "search knows "+q, func() bool { return hits(t, s.base, q) == want })
	}
	sql(`UPDATE gis.hydrants SET effective_to = now() + interval '3 seconds' WHERE gid = 3`)
	eventually(t, "what no longer holds vanishes", func() bool { return slices.Equal(numbers(t, s.base), []int{4, 5, 11}) })
	sql(`TRUNCATE gis.hydrants`)
	eventually(t, "the tile is empty", func() bool { return len(numbers(t, s.base)) == 0 })
	sql(`INSERT INTO gis.hydrants VALUES (7, 'seven', 7, NULL, ST_SetSRID(ST_Point(105.75, 34.575), 4490))`)
	eventually(t, "search finds what is new", func() bool { return hits(t, s.base, "seven") == 1 })
	sql(`DROP TABLE gis.hydrants`)
	refused, err := wardmap(t.Context(), "serve", "--listen", "127.0.0.1:0", "--data", dir, "--store", db, "--live=false").CombinedOutput()
	if err == nil || !strings.Contains(string(refused), "layer hydrants: table gis.hydrants: there is no such table") || strings.Contains(string(refused), "hydrants: layer") {
		t.Errorf("a table that is gone: %v: %s", err, refused)
	}
	if err := os.Remove(filepath.Join(dir, "catalogue", "tables.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the layer is gone, from search too", func() bool { return !layerExists(s.base, "hydrants") && hits(t, s.base, "seven") == 0 })
}

// numbers reads what the tile says of the hydrants.
func numbers(t *testing.T, base string) []int {
	t.Helper()
	at := tiles.Project(orb.Point{105.752, 34.575}).At(12)
	var out []int
	for _, f := range features(t, fmt.Sprintf("%s/tiles/hydrants/%v.mvt", base, at)) {
		n, _ := f.Properties["n"].(float64)
		out = append(out, int(n))
	}
	slices.Sort(out)
	return out
}

// etag asks with a tag that is known already, for a status, and gives the new one.
func etag(t *testing.T, url, known string, want int) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", known)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != want {
		t.Errorf("%s with %s: %s, want %d", url, known, res.Status, want)
	}
	return res.Header.Get("ETag")
}

// hits counts what search finds.
func hits(t *testing.T, base, q string) int {
	t.Helper()
	var found struct{ Features []any }
	if err := json.NewDecoder(bytes.NewReader(get(t, base+"/search?q="+url.QueryEscape(q)))).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return len(found.Features)
}
