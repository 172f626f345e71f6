package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
)

// TestRejectsCarryTheirRecord looks at what a reject tells of its record: all of it, and nothing of what no layer may hold.
func TestRejectsCarryTheirRecord(t *testing.T) {
	feature := func(code, n, at string) string {
		return fmt.Sprintf(`{"type":"Feature","id":"own-%s","properties":{"code":%q,"n":%s},"geometry":{"type":"Point","coordinates":%s}}`, code, code, n, at)
	}
	text := strings.Join([]string{
		feature("1", `1`, `[1,2]`), feature("2", `"x"`, `[1,2]`), feature("3", `3`, `[1]`), feature("4", `"11010519491231002X"`, `[1,2]`), feature("1", `1`, `[1,2]`),
	}, "\n")
	var got []string
	o := importer.Options{
		Key: []string{"code"}, Map: map[string]string{"n": "height"}, Records: true,
		Report: func(r importer.Reject) error {
			said := "nothing"
			if r.Record != nil {
				said = fmt.Sprint(r.Record.Properties, r.Record.Geometry)
			}
			got = append(got, fmt.Sprintf("%s %v: %s", r.ID, r.Duplicate, said))
			return nil
		},
		Each: func(rec importer.Record) importer.Record {
			changed := map[string]any{"code": "c" + rec.Properties["code"].(string), "n": rec.Properties["n"]}
			rec.Properties = changed
			return rec
		},
	}
	r, err := run(t, memory(t, sites), sites, file(t, "a.geojsonl", text), o)
	if err != nil || r.Created != 1 {
		t.Fatal(r, err)
	}
	want := []string{"c2 false: map[code:2 n:x] [1 2]", "c3 false: map[code:3 n:3] <nil>", " false: nothing", "c1 true: nothing"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, one := range r.Rejects {
		if one.Record != nil {
			t.Errorf("the result holds the record of %s", one.Place)
		}
	}
}
