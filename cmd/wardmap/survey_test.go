package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnImportOfBeatsSaysWhereTheyOverlap(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "beats.geojson")
	bring := func(eastOfA string) string {
		content := `{"type":"FeatureCollection","features":[
{"type":"Feature","id":"A","properties":{"name":"甲","level":"beat"},"geometry":{"type":"Polygon","coordinates":[[[105.7,34.5],[` + eastOfA + `,34.5],[` + eastOfA + `,34.51],[105.7,34.51],[105.7,34.5]]]}},
{"type":"Feature","id":"B","properties":{"name":"乙","level":"beat"},"geometry":{"type":"Polygon","coordinates":[[[105.71,34.5],[105.72,34.5],[105.72,34.51],[105.71,34.51],[105.71,34.5]]]}},
{"type":"Feature","id":"S","properties":{"name":"片","level":"sector"},"geometry":{"type":"Polygon","coordinates":[[[105.7,34.5],[105.72,34.5],[105.72,34.51],[105.7,34.51],[105.7,34.5]]]}}]}`
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := run(t.Context(), []string{"import", file, "--layer", "beats", "--quiet", "--data", filepath.Join(dir, "data")}, &out); err != nil {
			t.Fatalf("%v: %s", err, out.String())
		}
		return out.String()
	}
	tests := []struct{ east, says string }{
		{"105.712", "warning: overlap of A, B, 203746.8 m² at lon 105.711000, lat 34.505000\n"},
		{"105.710001", "1 pieces of ground are held by two features or by none, but too narrow to matter\n"},
		{"105.71", ""},
	}
	for _, test := range tests {
		out := bring(test.east)
		if warned := strings.Contains(out, "warning") || strings.Contains(out, "pieces of ground"); warned != (test.says != "") || !strings.Contains(out, test.says) {
			t.Errorf("A up to %s: %s", test.east, out)
		}
	}
}
