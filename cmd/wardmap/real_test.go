package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

const osmExtract = "01_osm/liechtenstein-2019-11-18.osm.pbf"

// realPatterns are the files that must come in whole, by their names in the statistics of the real data.
var realPatterns = []string{
	"05_geofence/dc_*", "07_dogs_cameras/dc_*", "10_poi/dc_*", "01_osm/athens_*",
	"02_3d/nyc_south_buildings_heights.geojsonl.gz", "06_cn_admin/*.geojson*",
}

// A realFile is one import of real data into a layer of its own.
type realFile struct {
	file    string
	layer   string
	theme   string            // of an OSM file
	counted string            // the file whose count in the statistics holds
	more    map[string]string // ids that the statistics do not count -> why we take them
	rejects map[string]string // place -> a part of the reason
}

// osmThemes are imports of the OSM extract. The statistics count what GDAL made of it, without our rejects.
var osmThemes = []realFile{
	{theme: "buildings", counted: "buildings", rejects: map[string]string{
		"relation 5164739": "its type is ",
	}},
	{theme: "roads", counted: "roads", more: map[string]string{
		"w456121910": "a closed raceway with sport=karting: a road to us, an area to GDAL, which sees sport first",
	}},
	{theme: "pois", counted: "poi_points"},
	{theme: "sites", counted: "site_polygons"},
	{theme: "boundaries", counted: "admin", rejects: map[string]string{
		"relation 16239":   "773 of its 795 ways are not in the extract",
		"relation 51701":   "616 of its 638 ways are not in the extract",
		"relation 74804":   "45 of its 55 ways are not in the extract",
		"relation 74942":   "78 of its 100 ways are not in the extract",
		"relation 75152":   "22 of its 40 ways are not in the extract",
		"relation 75155":   "9 of its 18 ways are not in the extract",
		"relation 75164":   "5 of its 13 ways are not in the extract",
		"relation 76682":   "7 of its 19 ways are not in the extract",
		"relation 1683857": "9 of its 12 ways are not in the extract",
		"relation 1683869": "2 of its 7 ways are not in the extract",
		"relation 1683931": "1 of its 4 ways are not in the extract",
		"relation 1683938": "3 of its 8 ways are not in the extract",
		"relation 1683939": "2 of its 6 ways are not in the extract",
		"relation 1683961": "3 of its 7 ways are not in the extract",
		"relation 1684081": "4 of its 9 ways are not in the extract",
		"relation 1684110": "7 of its 15 ways are not in the extract",
		"relation 1686631": "165 of its 174 ways are not in the extract",
		"relation 1687006": "156 of its 171 ways are not in the extract",
		"relation 1687101": "36 of its 40 ways are not in the extract",
		"relation 1687214": "25 of its 28 ways are not in the extract",
		"relation 1687219": "10 of its 22 ways are not in the extract",
		"relation 2018280": "21 of its 30 ways are not in the extract",
		"relation 5418967": "2 of its 9 ways are not in the extract",
		"relation 5418968": "2 of its 4 ways are not in the extract",
		"relation 5418969": "2 of its 6 ways are not in the extract",
	}},
	{theme: "landuse", counted: "landuse", more: map[string]string{
		"w671138492": "grassland that is also the outline of farmland: two uses to us, GDAL leaves out outlines",
		"w671138495": "likewise",
	}, rejects: map[string]string{
		"relation 2698607": "382 of its 386 ways are not in the extract",
		"relation 3995692": "its type is ",
	}},
}

// realFiles lists the imports, and how many features the statistics count for each.
func realFiles(t *testing.T) (files []realFile, counts map[string]int64) {
	counts = map[string]int64{}
	table, err := os.ReadFile(realData(t, "STATS.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		var n int64
		cols := strings.Split(line, "\t")
		if len(cols) < 3 {
			continue
		}
		if _, err := fmt.Sscanf(cols[2], "%d features", &n); err == nil {
			counts[cols[0]] = n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if slices.ContainsFunc(realPatterns, func(p string) bool { ok, _ := path.Match(p, name); return ok }) {
			base, _, _ := strings.Cut(path.Base(name), ".")
			files = append(files, realFile{file: name, layer: "real_" + importer.Sanitise(base), counted: name})
		}
	}
	for _, one := range osmThemes {
		one.file, one.layer, one.counted = osmExtract, one.theme, "01_osm/liechtenstein_"+one.counted+".geojsonl.gz"
		files = append(files, one)
	}
	return files, counts
}

// Every real file comes into both stores with all its features; importing it again changes nothing; and the
// tiles of all layers are sound and show each feature of the store.
func TestRealFilesFromImportToTile(t *testing.T) {
	files, counts := realFiles(t)
	if len(files) < 40 {
		t.Fatalf("only %d files: is STATS.tsv whole?", len(files))
	}
	sizes := map[string]int64{"geopackage": 100_000, "postgis": 1_000}
	if underRace {
		sizes = map[string]int64{"geopackage": 300, "postgis": 50} // make test takes all of them without the detector, too
	}
	test := func(name string, args func(t *testing.T) []string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			some := slices.Clone(files)
			some = slices.DeleteFunc(some, func(f realFile) bool { return counts[f.counted] > sizes[name] })
			t.Logf("%d of %d imports: those of at most %d features", len(some), len(files), sizes[name])
			r := rig{args: args(t), counts: counts}
			r.open(t)
			for _, f := range some {
				t.Run(f.layer, func(t *testing.T) { r.imports(t, f) })
			}
			r.tiles(t, some)
		})
	}
	test("geopackage", func(t *testing.T) []string { return []string{"--data", t.TempDir()} })
	test("postgis", func(t *testing.T) []string { return []string{"--data", t.TempDir(), "--store", pgtest.URL(t)} })
}

// A rig is a store with what was imported into it.
type rig struct {
	args   []string // that choose the store
	counts map[string]int64
	store  layers.Store
}

// open opens the store for the test, beside the commands that open it for themselves.
func (r *rig) open(t *testing.T) {
	t.Helper()
	var err error
	if _, r.store, err = open(t.Context(), r.config(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// config is the configuration that the arguments make.
func (r rig) config(t testing.TB) config {
	t.Helper()
	var c config
	f := flags("import")
	c.options(f)
	if _, err := parse(f, r.args); err != nil {
		t.Fatal(err)
	}
	return c
}

// imported is what the import command says that it did.
type imported struct {
	read, created, updated, unchanged, rejected int64
	rejects                                     []importer.Reject
}

var summaryLine = regexp.MustCompile(`(?m)^\d+ features read into .*$`)

func (r rig) load(t testing.TB, file, layer string, more ...string) (got imported, err error) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "rejects.jsonl")
	args := slices.Concat([]string{"import", file, "--layer", layer, "--quiet", "--report", report}, more, r.args)
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil && !errors.Is(err, errNothing) {
		return got, err
	}
	line := summaryLine.FindString(out.String())
	if _, err := fmt.Sscanf(line[strings.LastIndex(line, ": ")+2:], "%d created, %d updated, %d unchanged, %d rejected",
		&got.created, &got.updated, &got.unchanged, &got.rejected); err != nil {
		t.Fatalf("the summary cannot be read: %v:\n%s", err, out.String())
	}
	if _, err := fmt.Sscan(line, &got.read); err != nil {
		t.Fatal(err)
	}
	got.rejects = readReport(t, report)
	return got, nil
}

func readReport(t testing.TB, name string) (all []importer.Reject) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one importer.Reject
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// imports imports a file twice.
func (r rig) imports(t *testing.T, f realFile) {
	options := []string{"--create"}
	if f.theme != "" {
		options = append(options, "--theme", f.theme)
	}
	got, err := r.load(t, realData(t, f.file), f.layer, options...)
	if err != nil {
		t.Fatal(err)
	}
	f.compareRejects(t, got.rejects)
	r.sync(t)
	want := r.counts[f.counted] + int64(len(f.more))
	if f.theme == "" {
		want -= int64(len(f.rejects))
	}
	ids, head := r.stored(t, f.layer)
	if int64(len(ids)) != want || got.created != want || got.read != want+got.rejected && f.theme != "" {
		t.Errorf("the store has %d features, want %d: %+v", len(ids), want, got)
	}
	for id, why := range f.more {
		if !ids[id] {
			t.Errorf("%s is missing (%s)", id, why)
		}
	}
	again, err := r.load(t, realData(t, f.file), f.layer, options...)
	if err != nil || again.unchanged != want || again.created+again.updated > 0 || again.rejected != got.rejected {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, now := r.stored(t, f.layer); now != head {
		t.Errorf("the second import moved the store from %q to %q", head, now)
	}
}

func (f realFile) compareRejects(t *testing.T, got []importer.Reject) {
	t.Helper()
	missing := maps.Clone(f.rejects)
	for _, one := range got {
		reason, known := f.rejects[one.Place]
		if !known || !strings.Contains(one.Reason, reason) {
			t.Errorf("rejected without an explanation here: %q: %q", one.Place, one.Reason)
		}
		delete(missing, one.Place)
	}
	for place, reason := range missing {
		t.Errorf("%s was not rejected (%s)", place, reason)
	}
}

// sync tells the test's own store of layers that the commands have made.
func (r rig) sync(t *testing.T) *layers.Catalogue {
	t.Helper()
	c := r.config(t)
	defs, err := load(c.catalogueFolder())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.Sync(t.Context(), defs.Managed()); err != nil {
		t.Fatal(err)
	}
	return defs
}

// stored reads the ids of a layer and the store's head.
func (r rig) stored(t *testing.T, layer string) (map[string]bool, layers.Cursor) {
	t.Helper()
	head, err := r.store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return idsOf(t, r.store, layer), head
}

func idsOf(t *testing.T, store layers.Store, layer string) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	err := store.Scan(context.Background(), layer, func(f spatial.Feature) error {
		if ids[f.ID] {
			return fmt.Errorf("%s stands there twice", f.ID)
		}
		ids[f.ID] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
