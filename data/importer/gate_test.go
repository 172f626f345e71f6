package importer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// whatever is a layer that takes most.
var whatever = layers.Layer{ID: "points", Title: layers.Text{Zh: "点", En: "Points"}, Kind: layers.PointKind, Properties: []layers.Property{
	{Name: "name", Title: layers.Text{Zh: "名称", En: "Name"}, Type: layers.TextType}, {Name: "remark", Title: layers.Text{Zh: "备注", En: "Remark"}, Type: layers.TextType},
	{Name: "number", Title: layers.Text{Zh: "数", En: "Number"}, Type: layers.IntegerType}, {Name: "kind", Title: layers.Text{Zh: "类别", En: "Kind"}, Type: layers.TextType},
}}

// TestMisuse: what the product must not be used for, as people would try it. Nothing comes in, and the message names
// the column or field and what it is, and never a number of a person.
func TestMisuse(t *testing.T) {
	const id = "11010519491231002X"
	many := func(line func(i int) string) string {
		var b strings.Builder
		for i := range 400 {
			b.WriteString(line(i))
		}
		return b.String()
	}
	ethnic := []string{"汉族", "回族", "藏族"}
	tests := []struct {
		name, file, content string
		o                   importer.Options
		says                string
		rejected            int64 // rows, where the file as a whole passes
	}{
		{name: "a list of petitioners", file: "list.csv", content: "姓名,身份证号,上访次数,lon,lat\n某某," + id + ",3,105.7,34.6\n", says: `column "`},
		{name: "the same with the columns left out on purpose", file: "list.csv", content: "姓名,上访次数,lon,lat\n某某,3,105.7,34.6\n",
			o: importer.Options{Map: map[string]string{"上访次数": ""}}, says: "petitioning"},
		{name: "the same called something else", file: "list.csv", content: "姓名,xinfang_cishu,lon,lat\n某某,3,105.7,34.6\n", o: importer.Options{Map: map[string]string{"xinfang_cishu": "number"}}, says: "petitioning"},
		{name: "a column that is empty in the first row", file: "list.csv", content: "name,minzu,lon,lat\n某某,,105.7,34.6\n", says: "ethnicity"},
		{name: "people as points, with their numbers in a remark", file: "people.geojson", rejected: 2,
			content: `{"type":"FeatureCollection","features":[` + someone(`"remark":"身份证`+id+`"`) + "," + someone(`"name":"某某","remark":"13812345678"`) + "," + someone(`"name":"路灯"`) + `]}`},
		{name: "numbers as numbers", file: "people.geojson", rejected: 1, content: `{"type":"FeatureCollection","features":[` + someone(`"number":13812345678`) + "," + someone(`"number":5`) + `]}`},
		{name: "a number in a field that the layer does not have", file: "people.geojson", rejected: 1, content: `{"type":"FeatureCollection","features":[` + someone(`"x1":"`+id+`"`) + "," + someone(`"name":"路灯"`) + `]}`},
		{name: "a number as the id", file: "people.geojson", rejected: 1,
			content: `{"type":"FeatureCollection","features":[{"type":"Feature","id":"` + id + `","geometry":{"type":"Point","coordinates":[105.7,34.6]},"properties":{}},` + someone(`"name":"路灯"`) + `]}`},
		{name: "ethnic groups under another name", file: "list.csv", content: "name,kind,lon,lat\n" + many(func(i int) string { return fmt.Sprintf("某%d,%s,105.7,34.6\n", i, ethnic[i%3]) }), says: `column "kind"`},
		{name: "ethnic groups in a short file", file: "list.csv", content: "name,kind,lon,lat\n一,汉族,105.7,34.6\n二,回族,105.7,34.6\n", says: "ethnicity"},
		{name: "cars of people", file: "cars.csv", content: "name,remark,lon,lat\n车一,甘E12345,105.7,34.6\n警车,甘E1234警,105.7,34.6\n", rejected: 1},
		{name: "people as points with a forbidden field in one", file: "people.geojson", says: `feature 2: column "身份证号"`,
			content: `{"type":"FeatureCollection","features":[` + someone(`"name":"某某"`) + "," + someone(`"身份证号":""`) + `]}`},
		{name: "a number as the name of a field", file: "people.geojson", says: "identity numbers", content: `{"type":"FeatureCollection","features":[` + someone(`"`+id+`":1`) + `]}`},
		{name: "a member of a list inside of a field", file: "people.geojson", rejected: 1,
			content: `{"type":"FeatureCollection","features":[` + someone(`"remark":{"who":["13812345678"]}`) + "," + someone(`"name":"路灯"`) + `]}`},
		{name: "one ethnic group, as all others are not said", file: "list.csv", content: "name,kind,lon,lat\n一,回族,105.7,34.6\n二,其他,105.7,34.6\n", says: "ethnicity"},
		{name: "religion of people beside their house", file: "list.csv", content: "name,信仰,building,lon,lat\n一,无,3,105.7,34.6\n", says: "religion"},
		{name: "the telephone of an office", file: "offices.csv", content: "name,duty_phone,值班电话,lon,lat\n清真寺,0938-8213456,110,105.7,34.6\n"},
		{name: "phones", file: "phones.csv", content: "imei,lon,lat\n1,105.7,34.6\n", says: "phone and radio"},
	}
	for _, tt := range tests {
		tt.o.CRS = "WGS84"
		path := filepath.Join(t.TempDir(), tt.file)
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		m := memory(t, whatever)
		r, err := run(t, m, whatever, path, tt.o)
		said := fmt.Sprint(err)
		for _, one := range r.Rejects {
			said += "\n" + one.Place + one.ID + one.Reason
		}
		switch {
		case tt.says != "" && (!errors.Is(err, importer.ErrForbidden) || !strings.Contains(said, tt.says) || r.Created > 0):
			t.Errorf("%s: %d came in: %s", tt.name, r.Created, said)
		case tt.says == "" && (err != nil || r.Rejected != tt.rejected || r.Created != r.Read-tt.rejected):
			t.Errorf("%s: %s: %s", tt.name, summary(r), said)
		}
		for _, secret := range []string{id, "13812345678", "甘E12345"} {
			if strings.Contains(said, secret) {
				t.Errorf("%s: the message repeats %s: %s", tt.name, secret, said)
			}
		}
		if tt.says == "" {
			continue
		}
		if p, err := importer.Infer(path, tt.o); err == nil {
			t.Errorf("%s: a layer is proposed for it: %v", tt.name, p.Layer.Properties)
		}
	}
}

func someone(properties string) string {
	return `{"type":"Feature","geometry":{"type":"Point","coordinates":[105.7,34.6]},"properties":{` + properties + `}}`
}

// TestALateColumnRefusesTheFile: also where it comes after many batches, and columns are known by reading only.
func TestALateColumnRefusesTheFile(t *testing.T) {
	var features []string
	for i := range 12_000 {
		features = append(features, someone(fmt.Sprintf(`"name":"%d","kind":"%s"`, i, []string{"路灯", "井盖"}[i%2])))
	}
	late := append(slices.Clone(features), someone(`"name":"x","zzmm":"群众"`))
	short := late[len(late)-31:]
	tests := []struct {
		name, file, content, says string
		o                         importer.Options
	}{
		{name: "lines", file: "late.geojsonl", content: strings.Join(late, "\n"), says: "line 12001"},
		{name: "a few lines", file: "late.geojsonl", content: strings.Join(short, "\n"), says: "line 31"},
		{name: "a collection", file: "late.geojson", content: `{"type":"FeatureCollection","features":[` + strings.Join(late, ",\n") + "]}", says: "feature 12001"},
		{name: "parts that are merged", file: "late.geojsonl", content: strings.Join(late, "\n"), says: "zzmm", o: importer.Options{Merge: true, Key: []string{"name"}}},
		{name: "a broken end", file: "late.geojsonl", content: strings.Join(late, "\n") + "\n{", says: "line 12001"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), tt.file)
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := run(t, memory(t, whatever), whatever, path, tt.o)
		if !errors.Is(err, importer.ErrForbidden) || r.Created != 0 || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %s: %v", tt.name, summary(r), err)
		}
	}
}

// TestNoLayerIsProposedForAName: what a file is called says what it is, before its columns do.
func TestNoLayerIsProposedForAName(t *testing.T) {
	for name, refused := range map[string]bool{"上访人员.csv": true, "zdry-points.csv": true, "petitioners_2026.csv": true, "信访局.csv": false, "dogs.csv": false} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("name,lon,lat\n某,105.7,34.6\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := importer.Infer(path, importer.Options{CRS: "WGS84"}); errors.Is(err, importer.ErrForbidden) != refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
