package importer_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial/transit"
)

// A feed is the files of a GTFS feed by their names.
type feed map[string]string

// line12 is a feed of one route there and back, with a stop that only some trips call at.
var line12 = feed{
	"agency.txt":     "agency_id,agency_name,agency_url,agency_timezone\nA,天水公交,http://a,Asia/Shanghai\n",
	"routes.txt":     "route_id,agency_id,route_short_name,route_long_name,route_type\nR12,A,12,火车站 — 市政府,3\n",
	"stops.txt":      "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nS1,火车站,34.5,105.7,0,HUB\nS2,\"南门, 西\",34.51,105.71,,\nS3,市政府,34.52,105.72,0,\nHUB,客运站,34.5,105.7,1,\nE1,出口,34.5,105.7,2,HUB\n",
	"trips.txt":      "route_id,service_id,trip_id,direction_id,shape_id\nR12,W,T1,0,out\nR12,W,T2,0,out\nR12,W,T3,0,out\nR12,W,T4,1,back\n",
	"stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,07:00:00,07:00:00,S1,1\nT1,07:10:00,07:10:00,S3,9\nT1,07:05:00,07:05:00,S2,5\nT2,07:12:00,07:12:00,S1,1\nT2,,,S2,5\nT2,07:22:00,07:22:00,S3,9\nT3,7:36:00,7:36:00,S1,1\nT3,07:46:00,07:46:00,S3,9\nT4,24:10:00,24:10:00,S3,1\nT4,24:20:00,24:20:00,S1,2\n",
	"shapes.txt":     "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nout,34.52,105.72,3\nout,34.5,105.7,1\nout,34.505,105.712,2\nback,34.52,105.72,1\nback,34.5,105.7,2\n",
	"calendar.txt":   "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nW,1,1,1,1,1,0,0,20260101,20261231\n",
}

// with is the feed with other files; an empty content takes a file out.
func (f feed) with(changes feed) feed {
	out := maps.Clone(f)
	for name, content := range changes {
		if out[name] = content; content == "" {
			delete(out, name)
		}
	}
	return out
}

func (f feed) bytes(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		one, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := one.Write([]byte(f[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (f feed) file(t testing.TB) string {
	t.Helper()
	return file(t, "feed.zip", string(f.bytes(t)))
}

// catalogued is a layer of the catalogue.
func catalogued(t testing.TB, id string) layers.Layer {
	t.Helper()
	c, problems := layers.Load(catalogue.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	l, ok := c.Layer(id)
	if !ok {
		t.Fatalf("there is no layer %s", id)
	}
	return l
}

const (
	routes = `R12/0/out [[105.7 34.5] [105.712 34.505] [105.72 34.52]] first:火车站 headway:12 kind:local last:市政府 name:火车站 — 市政府 operator:天水公交 ref:12
R12/1/back [[105.72 34.52] [105.7 34.5]] first:市政府 kind:local last:火车站 name:火车站 — 市政府 operator:天水公交 ref:12
`
	stops = `S1 [105.7 34.5] kind:terminal name:火车站 routes:12
S2 [105.71 34.51] kind:stop name:南门, 西 routes:12
S3 [105.72 34.52] kind:terminal name:市政府 routes:12
HUB [105.7 34.5] kind:station name:客运站 routes:12
`
)

// gtfsRecords dumps the records of a theme.
func gtfsRecords(t testing.TB, path string, o importer.Options) (string, error) {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		return "", err
	}
	defer src.Close()
	return dumpRecords(src)
}

func dumpRecords(src importer.Source) (string, error) {
	var b strings.Builder
	for {
		r, err := src.Next()
		switch {
		case errors.Is(err, io.EOF):
			return b.String(), nil
		case err != nil:
			return b.String(), err
		case r.Err != nil:
			fmt.Fprintf(&b, "%s rejected: %v\n", r.Place, r.Err)
			continue
		}
		fmt.Fprint(&b, r.ID, " ", r.Geometry)
		for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
			if name != "stops" {
				fmt.Fprintf(&b, " %s:%v", name, r.Properties[name])
			}
		}
		b.WriteByte('\n')
	}
}

func TestGTFSRoutesAndStops(t *testing.T) {
	crlf, marked := feed{}, feed{}
	inside := feed{"读我.txt": "x"}
	for name, content := range line12 {
		crlf[name] = strings.ReplaceAll(content, "\n", "\r\n")
		marked[name] = "\ufeff" + content
		inside["市区/"+strings.ToUpper(name)] = content
	}
	shuffled := line12.with(feed{"stop_times.txt": "stop_id , trip_id,stop_sequence,departure_time,note\n" +
		"S3,T4,1,24:10:00,\"a \"\"quoted\"\" one, with\nline end\"\nS1,T1,1,07:00:00,\nS1,T2,1,07:12:00,\nS1,T3,1,7:36:00,\nS3,T1,9,,\nS3,T2,9,,\nS2,T2,5,,\nS2,T1,5,,\nS3,T3,9,,\n\n S1 , T4 , 2,,"})
	for _, tt := range []struct {
		name string
		feed feed
	}{{"plain", line12}, {"CRLF", crlf}, {"byte order marks", marked}, {"in a folder, in capitals", inside}, {"stop times in any order, with columns in any order", shuffled}} {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.feed.file(t)
			for theme, want := range map[string]string{"routes": routes, "bus_routes": routes, "stops": stops, "bus_stops": stops} {
				got, err := gtfsRecords(t, path, importer.Options{Theme: theme})
				if err != nil || got != want {
					t.Errorf("%s: %v\n%swant\n%s", theme, err, got, want)
				}
			}
		})
	}
}

func TestGTFSFitsTheCatalogue(t *testing.T) {
	for id, want := range map[string]string{
		"bus_routes": "read 2, created 2, updated 0, unchanged 0, rejected 0, duplicates 0, merged 0",
		"bus_stops":  "read 4, created 4, updated 0, unchanged 0, rejected 0, duplicates 0, merged 0",
	} {
		l := catalogued(t, id)
		r, err := run(t, memory(t, l), l, line12.file(t), importer.Options{Theme: id})
		if err != nil || summary(r) != want || len(r.LeftOut) > 0 {
			t.Errorf("%s: %v, %s, %v %v", id, err, summary(r), r.LeftOut, r.Rejects)
		}
	}
}

// Counts that another program (Python's csv) gives for the real feeds, and the headways that it finds by writing down
// every departure of each way's busiest day: minutes and on how many ways. On two ways that program counts more: windows
// of 360 s and 236 s overlap, which is a bus every 143 s, but it lets both start at the same moment.
func TestRealFeeds(t *testing.T) {
	for _, tt := range []struct {
		file            string
		routes, stops   int64
		kinds, headways string
		turned          int64 // shapes
	}{
		{"04_gtfs/cdmx_mexico_city.zip", 345, 6021, "rail:28 local:317", "2:12 3:13 4:37 5:32 6:20 7:14 8:5 9:8 10:14 11:5 12:6 13:10 14:2 15:13 16:2 18:2 19:2 21:2 22:6 23:5 24:2 25:6 26:6 27:2 28:4 29:4 30:16 31:4 32:8 33:10 34:6 35:6 36:2 37:2 38:4 39:3 40:2 41:2 42:5 43:4 44:2 45:10 46:2 47:5 52:4 53:2 56:2 58:2 65:2 72:2 82:2 85:2", 4},
		{"04_gtfs/vbb_berlin_subset.zip", 27, 211, "local:27", "60:11 85:1 100:1 119:1 120:4 166:1", 0},
	} {
		t.Run(filepath.Base(tt.file), func(t *testing.T) {
			path := realData(t, tt.file)
			for id, want := range map[string]int64{"bus_routes": tt.routes, "bus_stops": tt.stops} {
				l := catalogued(t, id)
				m := memory(t, l)
				r, err := run(t, m, l, path, importer.Options{Theme: id})
				if err != nil || r.Created != want || r.Read != want || len(r.LeftOut) > 0 {
					t.Errorf("%s: %v, %s, %v, want %d", id, err, summary(r), r.LeftOut, want)
				}
				again, err := run(t, m, l, path, importer.Options{Theme: id})
				if err != nil || again.Unchanged != want {
					t.Errorf("%s again: %v, %s", id, err, summary(again))
				}
				if id == "bus_stops" {
					continue
				}
				checkPatterns(t, m)
				if got := r.Notes["shapes that run against their stops were turned round"]; got != tt.turned {
					t.Errorf("%d shapes were turned, want %d: %v", got, tt.turned, r.Notes)
				}
				if got := census(t, m, "kind"); got != tt.kinds {
					t.Errorf("kinds are %s, want %s", got, tt.kinds)
				}
				if got := census(t, m, "headway"); got != tt.headways {
					t.Errorf("headways are %s, want %s", got, tt.headways)
				}
			}
		})
	}
}

// checkPatterns makes a pattern of each route, whose stops lie along most of it.
func checkPatterns(t testing.TB, m *storetest.Memory) {
	t.Helper()
	page, err := m.Features(context.Background(), "bus_routes", layers.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Features {
		p, err := transit.Of(f)
		if err != nil || len(p.Stops) < 2 || p.Stops[len(p.Stops)-1].Along-p.Stops[0].Along < p.Length()/2 {
			t.Errorf("%s: %v, %v", f.ID, f.Properties["stops"], err)
		}
	}
}

// What the routes say of their stops: the trip that calls nowhere else than most others counts.
func TestGTFSStopsAlongTheLine(t *testing.T) {
	src, err := importer.Open(line12.file(t), importer.Options{Theme: "routes"})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var got []string
	for {
		r, err := src.Next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprint(r.ID, ": ", r.Properties["stops"]))
	}
	want := []string{"R12/0/out: S1@0; S2@1667; S3@3053", "R12/1/back: S3@0; S1@2880"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	phones := line12.with(feed{
		"stops.txt":      strings.ReplaceAll(line12["stops.txt"], "S2,", "13812345678,"),
		"stop_times.txt": strings.ReplaceAll(line12["stop_times.txt"], "S2,", "13812345678,"),
	})
	l := catalogued(t, "bus_routes")
	r, err := run(t, memory(t, l), l, phones.file(t), importer.Options{Theme: "routes"})
	if err != nil || r.Created != 2 || len(r.Notes) == 0 {
		t.Errorf("stops whose ids look like phones: %v, %s, %v %v", err, summary(r), r.Notes, r.Rejects)
	}
}

// census counts the values of a property of routes, the smallest first.
func census(t testing.TB, m *storetest.Memory, property string) string {
	t.Helper()
	page, err := m.Features(context.Background(), "bus_routes", layers.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, f := range page.Features {
		if v := f.Properties[property]; v != nil {
			n[fmt.Sprint(v)]++
		}
	}
	var out []string
	for _, v := range slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) {
		out = append(out, fmt.Sprint(v, ":", n[v]))
	}
	return strings.Join(out, " ")
}
