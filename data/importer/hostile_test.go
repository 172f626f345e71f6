package importer_test

import (
	"archive/tar"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// anything is a layer that holds all geometries and no properties.
var anything = layers.Layer{ID: "anything", Title: title, Kind: layers.AnyKind, MaxZoom: 14}

// hostile visits the GeoJSON files of the archive.
func hostile(t testing.TB, visit func(name string, content []byte)) {
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
	files := tar.NewReader(unpacked)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(h.Name) != ".geojson" {
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		visit(h.Name, content)
	}
}

// Files that others call bad and that come in without a word, with the reason.
var harmless = map[string]string{
	"bad/bad-polygon-interiorring-rhr.geojson":            "winding is brought in order silently",
	"bad/polygon_winding_order.geojson":                   "winding is brought in order silently",
	"invalid_geometries/invalid_exterior_not_ccw.geojson": "winding is brought in order silently",
	"invalid_geometries/invalid_interior_not_cw.geojson":  "winding is brought in order silently",
	"bad/excessive_precision_truncated.geojson":           "many digits are only a waste",
	"bad/geometrycollection_nested.geojson":               "RFC 7946 advises against nesting and allows it",
	"bad/geometrycollection_single.geojson":               "RFC 7946 advises against single members and allows them",
}

// Files that others call good and whose features cannot stand on a map.
var placeless = map[string]string{
	"good/issue82.geojson":                                             "lat -107 is not on the earth",
	"good/nullgeometry.geojson":                                        "it has no place",
	"valid/valid_feature_null_geometry.geojson":                        "it has no place",
	"valid/valid_geometry_geometrycollection_empty_geometries.geojson": "it has no place",
	"valid/valid_featurecollection_empty_features.geojson":             "it has no features",
}

func TestHostileGeoJSON(t *testing.T) {
	files := 0
	hostile(t, func(name string, content []byte) {
		files++
		short := path.Base(path.Dir(name)) + "/" + path.Base(name)
		r, err := run(t, memory(t, anything), anything, file(t, "a.geojson", string(content)), importer.Options{})
		in := r.Created + r.Updated + r.Unchanged + r.Duplicates
		silent := err == nil && r.Rejected == 0 && r.Repaired == 0 && r.Heights == 0 && len(r.Notes) == 0
		switch kind := path.Base(path.Dir(name)); {
		case kind == "good" || kind == "valid":
			want := countFeatures(content)
			if reason, ok := placeless[short]; ok {
				if in != 0 {
					t.Errorf("%s came in though %s", short, reason)
				}
			} else if err != nil || in != want || r.Rejected > 0 {
				t.Errorf("%s: %s, %v, %+v, want %d features", short, summary(r), err, r.Rejects, want)
			}
		case strings.HasPrefix(kind, "problematic"):
			// whatever becomes of them is fine as long as nothing is lost without a word: run checks the sums
		case silent && harmless[short] == "":
			t.Errorf("%s passes silently: %s", short, summary(r))
		case !silent && harmless[short] != "":
			t.Errorf("%s does not pass silently though %s: %v, %v", short, harmless[short], err, r)
		}
	})
	if files != 136 {
		t.Errorf("%d files, want 136", files)
	}
}

// countFeatures asks encoding/json how many features a document has.
func countFeatures(content []byte) int64 {
	var doc struct {
		Type     string
		Features []json.RawMessage
	}
	if json.Unmarshal(content, &doc) != nil {
		return -1
	}
	if doc.Type == "FeatureCollection" {
		return int64(len(doc.Features))
	}
	return 1
}

// geoPackage writes a GeoPackage with one table of geometry blobs.
func geoPackage(t testing.TB, srs int, blobs ...[]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.gpkg")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT)`,
		`CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT)`,
		`INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, '')`,
		`CREATE TABLE "it's ""a"" table" (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT, open BOOLEAN, built DATE, seen DATETIME, photo BLOB, nr INTEGER)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`INSERT INTO gpkg_geometry_columns VALUES ('it''s "a" table', 'geom', 'GEOMETRY', ?, 0, 0)`, srs); err != nil {
		t.Fatal(err)
	}
	for i, b := range blobs {
		if _, err := db.Exec(`INSERT INTO "it's ""a"" table" (geom, name, open, built, seen, photo, nr) VALUES (?, '名', 1, '2003-04-19', '2003-04-19T08:00:00.000Z', x'00ff', ?)`, b, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

var blobHead = []byte{'G', 'P', 0, 1, 0xe6, 0x10, 0, 0}

func blob(wkb ...byte) []byte { return append(append([]byte(nil), blobHead...), wkb...) }

func TestGeoPackages(t *testing.T) {
	at := append(append([]byte{1}, ints(1)...), floats(105.7, 34.5)...)
	high := append(append([]byte{1}, ints(1001)...), floats(105.7, 34.5, 1200)...)
	ewkb := append(append([]byte{1}, ints(1|0x20000000|0x80000000, 4326)...), floats(105.7, 34.5, 1200)...)
	huge := append([]byte{1}, ints(2, 1<<31)...)
	nested := []byte{}
	for range 100 {
		nested = append(append(nested, 1), ints(7, 1)...)
	}
	path := geoPackage(t, 4326, blob(at...), blob(high...), blob(ewkb...), nil, []byte("GPxx"), blob(huge...), blob(nested...), blob(at[:10]...), blob(append(at, 0)...), []byte{'G', 'P', 0, 0x11, 0, 0, 0, 0}, blob(append([]byte{1}, ints(8, 0)...)...))
	got, err := records(t, path, importer.Options{})
	want := `row 1:  [105.7 34.5] map[built:2003-04-19 fid:1 name:名 nr:0 open:true seen:2003-04-19T08:00:00Z]
row 2:  [105.7 34.5] map[built:2003-04-19 fid:2 name:名 nr:1 open:true seen:2003-04-19T08:00:00Z] heights 1
row 3:  [105.7 34.5] map[built:2003-04-19 fid:3 name:名 nr:2 open:true seen:2003-04-19T08:00:00Z] heights 1
row 4: rejected: it has no place: its geometry is null
row 5: rejected: its geometry is no GeoPackage geometry
row 6: rejected: well-known binary: it tells of 2147483648 parts, for which it has too few bytes
row 7: rejected: well-known binary: collections are nested too deep
row 8: rejected: well-known binary: it ends too early
row 9: rejected: well-known binary: 1 bytes stand behind the geometry
row 10: rejected: the geometry is empty
row 11: rejected: well-known binary: geometry type 8 (a curve or surface) is not supported
`
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	for srs, says := range map[int]string{0: "declare it with --crs", 99: "declare with --crs"} {
		if _, err := records(t, geoPackage(t, srs), importer.Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("srs %d: the error is %v", srs, err)
		}
	}
	if _, err := records(t, file(t, "a.gpkg", "SQLite format 3\x00 and nothing more"), importer.Options{}); err == nil {
		t.Error("a broken file opens")
	}
}

func TestHostileWKB(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(realData(t, "09_hostile/planetiler_wkb"), "*.wkb"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, system := range []string{"", "EPSG:3857"} { // three of them are in units of a tile: metres will do
			r, err := run(t, memory(t, anything), anything, geoPackage(t, 4326, blob(content...)), importer.Options{CRS: system})
			if err != nil || r.Created+r.Rejected != 1 {
				t.Errorf("%s: %s, %v", filepath.Base(name), summary(r), err)
			}
			for _, reject := range r.Rejects {
				t.Logf("%s %s: rejected: %s", filepath.Base(name), system, reject.Reason)
			}
			for note := range r.Notes {
				t.Logf("%s %s: %s", filepath.Base(name), system, note)
			}
		}
	}
}
