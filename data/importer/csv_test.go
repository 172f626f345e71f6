package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wardmap/wardmap/data/importer"
)

// records reads a file to its end and writes each record on a line.
func records(t testing.TB, path string, o importer.Options) (string, error) {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		return "", err
	}
	defer src.Close()
	var out strings.Builder
	for {
		r, err := src.Next()
		if err != nil {
			if err.Error() == "EOF" {
				return out.String(), nil
			}
			return out.String(), err
		}
		if r.Err != nil {
			fmt.Fprintf(&out, "%s: rejected: %v\n", r.Place, r.Err)
			continue
		}
		fmt.Fprintf(&out, "%s: %s %v %v", r.Place, r.ID, r.Geometry, r.Properties)
		if r.Heights > 0 {
			fmt.Fprintf(&out, " heights %d", r.Heights)
		}
		out.WriteString("\n")
	}
}

func TestTables(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("名称,经度,纬度\n秦州区,105.72,34.58\n")
	if err != nil {
		t.Fatal(err)
	}
	wgs := importer.Options{CRS: "WGS84"}
	tests := []struct {
		name, file, content string
		o                   importer.Options
		want                string
	}{
		{name: "lon and lat", content: "name,lon,lat\nA,105.7,34.5\n", o: wgs, want: "row 2:  [105.7 34.5] map[name:A]\n"},
		{name: "without a newline at the end, Windows line ends, byte order mark", content: "\ufeffname,Longitude,LATITUDE\r\nA,105.7,34.5\r\nB,1,2", o: wgs, want: "row 2:  [105.7 34.5] map[name:A]\nrow 3:  [1 2] map[name:B]\n"},
		{name: "quoted newlines, delimiters and quotes", content: "name,lon,lat\n\"A,\n\"\"x\"\"\",105.7,34.5\nB,1,2\n", o: wgs, want: "row 2:  [105.7 34.5] map[name:A,\n\"x\"]\nrow 3:  [1 2] map[name:B]\n"},
		{name: "a ragged row", content: "name,lon,lat\nA,105.7\nB,1,2,3\nC,1,2\n", o: wgs, want: "row 2: rejected: it has 2 fields, the header has 3\nrow 3: rejected: it has 4 fields, the header has 3\nrow 4:  [1 2] map[name:C]\n"},
		{name: "a quote that is never closed costs one row", content: "name,lon,lat\nA,1,2\n\"B,1,2\nC,1,2\n", o: wgs, want: "row 2:  [1 2] map[name:A]\nrow 3: rejected: a quote that opens on line 3 is never closed\nrow 4:  [1 2] map[name:C]\n"},
		{name: "text behind a quote", content: "name,lon,lat\n\"A\"x,1,2\nC,1,2\n", o: wgs, want: "row 2: rejected: on line 2 a quote stands within or behind a field: fields with quotes are written \"so \"\"quoted\"\"\"\nrow 3:  [1 2] map[name:C]\n"},
		{name: "semicolons", content: "name;lon;lat\nA,B;1;2\n", o: wgs, want: "row 2:  [1 2] map[name:A,B]\n"},
		{name: "tabs", file: "a.tsv", content: "name\tlon\tlat\nA\t1\t2\n", o: wgs, want: "row 2:  [1 2] map[name:A]\n"},
		{name: "decimal commas", content: "name;lon;lat\nA;1,5;2\n", o: wgs, want: "row 2: rejected: column lon: \"1,5\" is no number: decimal commas and thousands separators are not read, write a point and no separators\n"},
		{name: "degrees and minutes", content: "name,lon,lat\nA,105°43'E,2\n", o: wgs, want: "row 2: rejected: column lon: \"105°43'E\" is in degrees and minutes: write decimal degrees\n"},
		{name: "no coordinate in a row", content: "name,lon,lat\nA,,2\n", o: wgs, want: "row 2: rejected: column lon: the coordinate is missing\n"},
		{name: "swapped", content: "name,lon,lat\nA,34.5,105.7\n", o: wgs, want: "row 2: rejected: point 1: lon 34.5, lat 105.7 is not on the earth: are lat and lon swapped?\n"},
		{name: "well-known text", content: "wkt,n\n\"POLYGON((0 0,1 0,1 1,0 0))\",7\n\"POINT Z (1 2 3)\",8\nMULTIPOINT(1 2),9\nPOINT EMPTY,10\n", o: wgs,
			want: "row 2:  [[[0 0] [1 0] [1 1] [0 0]]] map[n:7]\nrow 3:  [1 2] map[n:8] heights 1\nrow 4:  [[1 2]] map[n:9]\nrow 5: rejected: column wkt: well-known text: the geometry is empty at character 12, \"\" is there\n"},
		{name: "columns by flag", content: "x,y,n\n35569000,3828000,a\n", o: importer.Options{CRS: "EPSG:4523", Lon: "x", Lat: "y"}, want: "row 2:  [105.75199731"},
		{name: "GBK is found out", content: gbk, o: wgs, want: "row 2:  [105.72 34.58] map[名称:秦州区]\n"},
		{name: "GBK is declared", content: gbk, o: importer.Options{CRS: "WGS84", Encoding: "gbk"}, want: "row 2:  [105.72 34.58] map[名称:秦州区]\n"},
		{name: "UTF-16 with mark", content: "\xff\xfel\x00o\x00n\x00,\x00l\x00a\x00t\x00\n\x001\x00,\x002\x00\n\x00", o: wgs, want: "row 2:  [1 2] map[]\n"},
		{name: "empty lines", content: "lon,lat\n\n1,2\n\n", o: wgs, want: "row 3:  [1 2] map[]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := test.file
			if name == "" {
				name = "a.csv"
			}
			got, err := records(t, file(t, name, test.content), test.o)
			if err != nil || !strings.HasPrefix(got, test.want) || !strings.HasSuffix(test.want, "\n") == (got == test.want) {
				t.Errorf("%v\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	tests := []struct {
		name, content string
		o             importer.Options
		says          string
	}{
		{"no coordinate system", "lon,lat\n1,2\n", importer.Options{}, "--crs WGS84"},
		{"x and y may be anything", "x,y\n1,2\n", importer.Options{CRS: "WGS84"}, "name them with --lon and --lat"},
		{"no coordinates", "a,b\n1,2\n", importer.Options{CRS: "WGS84"}, "no columns with coordinates: none of a, b"},
		{"no such column", "lon,lat\n1,2\n", importer.Options{CRS: "WGS84", Lon: "x", Lat: "lat"}, `--lon: the table has no column "x"; it has lon, lat`},
		{"half of a place", "lon,lat\n1,2\n", importer.Options{CRS: "WGS84", Lon: "lon"}, "--lon and --lat together"},
		{"two columns of one name", "lon,lat,a,a\n", importer.Options{CRS: "WGS84"}, `two columns are named "a"`},
		{"an unknown system", "lon,lat\n", importer.Options{CRS: "EPSG:2154"}, "known are WGS84"},
		{"an unknown encoding", "lon,lat\n", importer.Options{CRS: "WGS84", Encoding: "klingon"}, "klingon"},
		{"nothing", "", importer.Options{CRS: "WGS84"}, "no rows"},
	}
	for _, test := range tests {
		_, err := records(t, file(t, "a.csv", test.content), test.o)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: the error is %v, it should say %q", test.name, err, test.says)
		}
	}
}

func TestATableOfDogsWithoutPlacesIsRefused(t *testing.T) {
	_, err := records(t, realData(t, "07_dogs_cameras/seattle_pet_licenses_2019.csv.gz"), importer.Options{CRS: "WGS84"})
	if err == nil || !strings.Contains(err.Error(), "no columns with coordinates: none of License Issue Date, License Number") {
		t.Errorf("the error is %v", err)
	}
}

func TestARealTableOfBuses(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 45,386 rows")
	}
	path := realData(t, "03_tracks/capmetro_2017-03-21_original-order.csv.gz")
	r, err := run(t, accept{}, anything, path, importer.Options{CRS: "WGS84", Key: []string{"vehicle_id", "timestamp"}})
	if err != nil || r.Read != 45386 || r.Created != r.Read-r.Duplicates || r.Rejected != 0 {
		t.Errorf("%s, %v", summary(r), err)
	}
}
