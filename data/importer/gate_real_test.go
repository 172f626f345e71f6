package importer_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers/limits"
)

// TestTheGateLetsRealPlacesPass: files about places, roads, schools, cameras and dogs that others made hold nothing
// that is refused, neither columns nor lists nor values.
func TestTheGateLetsRealPlacesPass(t *testing.T) {
	folder := filepath.Dir(filepath.Dir(realData(t, "06_cn_admin/gansu_town_codes.csv")))
	files, values := 0, 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "09_hostile") {
			return err
		}
		var n int
		switch name := strings.TrimSuffix(entry.Name(), ".gz"); filepath.Ext(name) {
		case ".csv":
			n, err = harmlessTable(path)
		case ".geojson", ".geojsonl", ".pbf":
			n, err = harmlessFeatures(path)
		default:
			return nil
		}
		if err != nil {
			t.Errorf("%s: %v", entry.Name(), err)
		}
		files, values = files+1, values+n
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files: %v", files, err)
	}
	t.Logf("%d values in %d files", values, files)
}

func harmlessFeatures(path string) (n int, err error) {
	o := importer.Options{}
	if filepath.Ext(path) == ".pbf" {
		o.Theme = "pois-all"
	}
	if _, err := importer.Infer(path, o); errors.Is(err, importer.ErrForbidden) {
		return 0, err
	}
	src, err := importer.Open(path, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	for {
		rec, err := src.Next()
		if err != nil {
			return n, nil // what is wrong with the end is for other tests
		}
		for name, v := range rec.Properties {
			n++
			if b := limits.Of(name, v); b != nil {
				return n, fmt.Errorf("%s: %s = %v: %w", rec.Place, name, v, b)
			}
		}
	}
}

// harmlessTable reads tables without places, too.
func harmlessTable(path string) (n int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	r := io.Reader(file)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return 0, err
		}
	}
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	header, err := rows.Read()
	if err != nil {
		return 0, err
	}
	for _, name := range header {
		if b := limits.Name(name); b != nil {
			return 0, b
		}
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		for i, v := range row {
			n++
			if b := limits.Value(v); b != nil {
				return n, fmt.Errorf("column %s, %q: %w", header[min(i, len(header)-1)], v, b)
			}
		}
	}
}
