package main

import (
	"archive/tar"
	"compress/gzip"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/tiles"
)

const hostileLayers = `group: hostile
title: {zh-CN: 坏, en: Hostile}
layers:
  - {id: hostile, title: {zh-CN: 坏, en: Hostile}, geometry: any, maxzoom: 14, simplify: shared}
`

// hostileRig is a store with a layer that takes all geometries.
func hostileRig(t *testing.T) rig {
	t.Helper()
	dir := dataFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "catalogue", "hostile.yaml"), []byte(hostileLayers), 0o644); err != nil {
		t.Fatal(err)
	}
	r := rig{args: []string{"--data", dir}}
	r.open(t)
	return r
}

// takes imports a file: features or rejects with a reason, else an error that says something.
func (r rig) takes(t *testing.T, name, file, layer string, more ...string) imported {
	t.Helper()
	got, err := r.load(t, file, layer, more...)
	if err != nil {
		if len(err.Error()) < 15 || strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: the message %q says nothing", name, err)
		}
		return got
	}
	if got.read == 0 && !strings.Contains(name, "empty_features") {
		t.Errorf("%s: nothing was read, without a word", name)
	}
	if sum := got.created + got.updated + got.unchanged + int64(len(got.rejects)); sum != got.read {
		t.Errorf("%s: %d features were read, %d are accounted for", name, got.read, sum)
	}
	for _, one := range got.rejects {
		if one.Place == "" || one.Reason == "" {
			t.Errorf("%s: a reject without place or reason: %+v", name, one)
		}
	}
	return got
}

// What is hostile to other programs ends in a message or in sound features: into a layer that is there, and into
// one that the file suggests. What came in makes sound tiles.
func TestHostileGeoJSONByCommand(t *testing.T) {
	r := hostileRig(t)
	files, came := 0, int64(0)
	hostileFiles(t, func(name string, content []byte) {
		files++
		if underRace && files%4 != 0 {
			return
		}
		file := filepath.Join(t.TempDir(), path.Base(name))
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		came += r.takes(t, name, file, "hostile").created
		if files%4 == 0 { // it takes time
			r.takes(t, name, file, "suggested", "--create")
			os.Remove(filepath.Join(r.args[1], "catalogue", "suggested.yaml")) // the next file makes its own; it may not be there
		}
	})
	t.Logf("%d files (each fourth of them under the race detector: %v), %d features came in", files, underRace, came)
	if files != 136 || came < 50 && !underRace {
		t.Errorf("%d files and %d features, want 136 and 50 or more", files, came)
	}
	r.wholeWorld(t, "hostile")
}

// wholeWorld checks the tiles of a layer at low zooms, and those around each feature.
func (r rig) wholeWorld(t *testing.T, layer string) {
	t.Helper()
	w := bareWorld(r.store, 1<<20)
	if err := w.define(t.Context(), r.sync(t)); err != nil {
		t.Fatal(err)
	}
	src, err := w.source([]string{layer})
	if err != nil {
		t.Fatal(err)
	}
	c := cutter{t: t, layer: layer, src: src}
	for zoom := range uint8(4) {
		for id := range (tiles.Range{Z: zoom, MaxX: 1<<zoom - 1, MaxY: 1<<zoom - 1}).IDs() {
			c.cut(id)
		}
	}
	page, err := r.store.Features(t.Context(), layer, layers.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Features {
		for zoom := uint8(6); zoom <= 14; zoom += 4 {
			for id := range around(f.Geometry.Bound().Center(), zoom).IDs() {
				c.cut(id)
			}
		}
	}
	t.Logf("%d tiles of %d features", c.tiles, len(page.Features))
}

func hostileFiles(t *testing.T, visit func(name string, content []byte)) {
	t.Helper()
	f, err := os.Open(realData(t, "09_hostile/geojson_bad_good.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(unpacked); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(h.Name) == ".geojson" {
			visit(h.Name, content)
		}
	}
}

// Polygons that broke an overlay engine come in as a GeoPackage, in degrees and in metres, or are rejected.
func TestHostileWKBByCommand(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(realData(t, "09_hostile/planetiler_wkb"), "*.wkb"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	r := hostileRig(t)
	for _, name := range files {
		wkb, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, crs := range []string{"WGS84", "EPSG:3857"} {
			got := r.takes(t, name, packageOf(t, wkb), "hostile", "--crs", crs)
			if got.read != 1 {
				t.Errorf("%s as %s: %+v", filepath.Base(name), crs, got)
			}
			t.Logf("%s as %s: %+v", filepath.Base(name), crs, got)
		}
	}
	r.wholeWorld(t, "hostile")
}

// packageOf writes a GeoPackage with one geometry.
func packageOf(t *testing.T, wkb []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "one.gpkg")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	blob := binary.LittleEndian.AppendUint32([]byte{'G', 'P', 0, 1}, 4326)
	for _, q := range []string{
		`CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT)`,
		`CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT)`,
		`INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, '')`,
		`CREATE TABLE one (fid INTEGER PRIMARY KEY, geom BLOB)`,
		`INSERT INTO gpkg_geometry_columns VALUES ('one', 'geom', 'GEOMETRY', 4326, 0, 0)`,
		fmt.Sprintf(`INSERT INTO one VALUES (1, x'%x')`, append(blob, wkb...)),
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// All files of the folder as they are, whatever they hold: archives, XML, bare WKB.
func TestHostileFilesAsTheyAre(t *testing.T) {
	r := hostileRig(t)
	files := 0
	err := filepath.WalkDir(realData(t, "09_hostile"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		for _, more := range [][]string{nil, {"--crs", "EPSG:3857"}, {"--theme", "buildings"}} {
			_, err := r.load(t, name, "hostile", more...)
			if err == nil || !strings.Contains(err.Error(), filepath.Base(name)) || len(err.Error()) > 1000 {
				t.Errorf("%s %v: the error is %v", filepath.Base(name), more, err)
			}
		}
		return nil
	})
	if err != nil || files < 8 {
		t.Errorf("%d files, %v", files, err)
	}
}
