package importer_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers/limits"
)

func TestGTFSFeedsThatAreRefused(t *testing.T) {
	two := feed{}
	for name, content := range line12 {
		two["a/"+name], two["b/"+name] = content, content
	}
	for _, tt := range []struct {
		name  string
		feed  feed
		o     importer.Options
		error string
	}{
		{"a file is missing", line12.with(feed{"trips.txt": ""}), importer.Options{Theme: "routes"}, "holds no trips.txt"},
		{"a column is missing", line12.with(feed{"stop_times.txt": "trip_id,stop_id\nT1,S1\n"}), importer.Options{Theme: "stops"}, "stop_times.txt: line 1: there is no column stop_sequence"},
		{"a column is there twice", line12.with(feed{"stops.txt": "stop_id,stop_id\n"}), importer.Options{Theme: "stops"}, `stops.txt: line 1: two columns are named "stop_id"`},
		{"an empty file", line12.with(feed{"shapes.txt": "\n"}), importer.Options{Theme: "routes"}, "shapes.txt: line 1: there is no column shape_id"},
		{"no theme", line12, importer.Options{}, "say with --theme"},
		{"another theme", line12, importer.Options{Theme: "roads"}, "known are bus_routes, bus_stops, routes, stops"},
		{"several feeds", two, importer.Options{Theme: "stops"}, "choose one of a/, b/ with --inside"},
		{"a feed that is not there", two, importer.Options{Theme: "stops", Layer: "c"}, "it has a/, b/"},
		{"neither feed nor Shapefile", feed{"stops.txt": "stop_id\n"}, importer.Options{Theme: "stops"}, "holds neither"},
		{"coordinates in metres", line12, importer.Options{Theme: "stops", CRS: "EPSG:3857"}, "GTFS feeds are in degrees"},
		{"an encoding that is none", line12, importer.Options{Theme: "stops", Encoding: "nonsense"}, "nonsense"},
	} {
		_, err := gtfsRecords(t, tt.feed.file(t), tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.error) {
			t.Errorf("%s: the error is %v, want %q", tt.name, err, tt.error)
		}
	}
	if got, err := gtfsRecords(t, two.file(t), importer.Options{Theme: "stops", Layer: "b"}); err != nil || got != stops {
		t.Errorf("a feed chosen by its folder: %v\n%s", err, got)
	}
}

// A column about persons refuses the feed, in whichever table it stands and whether a theme takes it or not.
func TestAFeedAboutPersonsIsRefused(t *testing.T) {
	for name, want := range map[string]string{"trips.txt": "driver_phone", "stop_times.txt": "driver_phone", "shapes.txt": "driver_phone", "agency.txt": ""} {
		content := line12[name]
		head, rows, _ := strings.Cut(content, "\n")
		said := head + ",driver_phone\n" + strings.ReplaceAll(rows, "\n", ",\n")
		for _, theme := range []string{"bus_routes", "bus_stops"} {
			_, err := run(t, accept{}, anything, line12.with(feed{name: said}).file(t), importer.Options{Theme: theme})
			if refused := errors.Is(err, importer.ErrForbidden); refused != (want != "") || refused && !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %s: the error is %v", theme, name, err)
			}
		}
	}
}

// The columns that GTFS itself has are none of those.
func TestColumnsOfGTFSAreAllowed(t *testing.T) {
	for _, name := range strings.Fields(`stop_id stop_code stop_name tts_stop_name stop_desc stop_lat stop_lon zone_id stop_url location_type
		parent_station stop_timezone wheelchair_boarding level_id platform_code stop_access route_id agency_id route_short_name
		route_long_name route_desc route_type route_url route_color route_text_color route_sort_order continuous_pickup
		continuous_drop_off network_id cemv_support trip_id service_id trip_headsign trip_short_name direction_id block_id shape_id
		wheelchair_accessible bikes_allowed cars_allowed arrival_time departure_time location_group_id location_id stop_sequence
		stop_headsign start_pickup_drop_off_window end_pickup_drop_off_window pickup_type drop_off_type shape_dist_traveled timepoint
		pickup_booking_rule_id drop_off_booking_rule_id monday tuesday wednesday thursday friday saturday sunday start_date end_date
		date exception_type shape_pt_lat shape_pt_lon shape_pt_sequence start_time end_time headway_secs exact_times
		safe_duration_factor safe_duration_offset mean_duration_factor mean_duration_offset`) {
		if b := limits.Name(name); b != nil {
			t.Errorf("%s: %v", name, b)
		}
	}
}

// rejected are the lines of a dump that say what was rejected.
func rejected(dump string) string {
	var out []string
	for line := range strings.Lines(dump) {
		if strings.Contains(line, " rejected: ") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "\n")
}

func TestWrongRowsAreRejectedWithTheirPlace(t *testing.T) {
	for _, tt := range []struct {
		name, theme, file, row, want string
	}{
		{"a time", "routes", "stop_times.txt", "T1,25:61:00,07:00:00,S1,12", "stop_times.txt line 12 rejected: field arrival_time: \"25:61:00\" is no time: write it as 25:04:30, up to 240 hours"},
		{"a stop that is not there", "stops", "stop_times.txt", "T1,,,S9,12", `stop_times.txt line 12 rejected: field stop_id: "S9" is not in stops.txt`},
		{"a trip that is not there", "routes", "stop_times.txt", "T9,,,S1,12", `stop_times.txt line 12 rejected: field trip_id: "T9" is not in trips.txt`},
		{"a negative number", "routes", "stop_times.txt", "T1,,,S1,-1", `stop_times.txt line 12 rejected: field stop_sequence: "-1" is no whole number from 0 to 2147483648`},
		{"too few fields", "stops", "stop_times.txt", "T1,,,S1", "stop_times.txt line 12 rejected: it has 4 fields, the first line names 5"},
		{"a quote within a field", "stops", "stop_times.txt", `T1,a"b",,S1,12`, "stop_times.txt line 12 rejected: field arrival_time: \"a\\\"b\\\"\" is no time: write it as 25:04:30, up to 240 hours"},
		{"a quote without end", "stops", "stop_times.txt", `T1,"b,,S1,12`, "stop_times.txt line 12 rejected: a quote that opens on line 12 is never closed"},
		{"a coordinate", "stops", "stops.txt", "S9,九,91,105,0,", `stops.txt line 7 rejected: field stop_lat: "91" is no number of degrees from -90 to 90`},
		{"no coordinate", "stops", "stops.txt", "S9,九,,105,0,", `stops.txt line 7 rejected: field stop_lat: "" is no number of degrees from -90 to 90`},
		{"an id twice", "stops", "stops.txt", "S1,九,34,105,0,", `stops.txt line 7 rejected: "S1": the id stands there twice`},
		{"no id", "stops", "stops.txt", ",九,34,105,0,", "stops.txt line 7 rejected: field stop_id: it is empty"},
		{"a date", "routes", "calendar.txt", "W,1,1,1,1,1,0,0,20260101,20260230", `calendar.txt line 3 rejected: field end_date: "20260230" is no date: write it as 20260131`},
		{"a route that is not there", "routes", "trips.txt", "R99,W,T9,0,out", `trips.txt line 6 rejected: field route_id: "R99" is not in routes.txt`},
		{"a direction", "routes", "trips.txt", "R12,W,T9,2,out", `trips.txt line 6 rejected: field direction_id: "2" is no whole number from 0 to 1`},
		{"a route without trips", "routes", "routes.txt", "R13,A,13,,3", "routes.txt line 3 rejected: the route has no way: none of its 0 trips calls at two stops"},
		{"a route type", "routes", "routes.txt", "R13,A,13,,bus", `routes.txt line 3 rejected: field route_type: "bus" is no whole number from 0 to 9999`},
		{"a point of a shape", "routes", "shapes.txt", "out,NaN,105,9", `shapes.txt line 7 rejected: field shape_pt_lat: "NaN" is no number of degrees from -90 to 90`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := line12.with(feed{tt.file: line12[tt.file] + tt.row}).file(t)
			got, err := gtfsRecords(t, path, importer.Options{Theme: tt.theme})
			if err != nil || rejected(got) != tt.want {
				t.Errorf("%v\n%s\nwant\n%s", err, rejected(got), tt.want)
			}
			if want := map[string]string{"routes": routes, "stops": stops}[tt.theme]; !strings.Contains(got, want) {
				t.Errorf("the rest is\n%s", got)
			}
		})
	}
	many := line12.with(feed{"stop_times.txt": line12["stop_times.txt"] + strings.Repeat("T9,,,S1,1\n", 1000)})
	got, err := gtfsRecords(t, many.file(t), importer.Options{Theme: "routes"})
	if n := strings.Count(got, " rejected: "); err != nil || n != 21 || !strings.Contains(got, "stop_times.txt rejected: 980 more of its rows are wrong") {
		t.Errorf("%d rejects, %v", n, err)
	}
}

// What is odd and still comes in, with the word that is said about it.
func TestOddFeeds(t *testing.T) {
	unnumbered := strings.ReplaceAll(strings.ReplaceAll(line12["trips.txt"], ",out", ","), ",back", ",")
	for _, tt := range []struct {
		name, theme string
		feed        feed
		has, note   string
	}{
		{"without shapes", "routes", line12.with(feed{"shapes.txt": ""}), "[[105.7 34.5] [105.71 34.51] [105.72 34.52]] first:火车站 headway:12", "3 lines have no shape in the feed: they run straight from stop to stop"},
		{"trips without shape", "routes", line12.with(feed{"trips.txt": unnumbered}), "[[105.7 34.5] [105.72 34.52]] first:火车站 kind:local last:市政府", "3 lines have no shape in the feed"},
		{"a shape of one point", "routes", line12.with(feed{"shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nout,1,1,1\nout,1,1,2\n"}), "[[105.7 34.5] [105.71 34.51] [105.72 34.52]]", "3 lines have no shape"},
		{"shapes of no trip", "routes", line12.with(feed{"shapes.txt": line12["shapes.txt"] + "x,1,1,1\n"}), "R12/0/out", "1 points in shapes.txt are of shapes that no trip has"},
		{"two shapes of the same points", "routes", line12.with(feed{"shapes.txt": line12["shapes.txt"] + "again,34.52,105.72,1\nagain,34.5,105.7,2\n", "trips.txt": line12["trips.txt"] + "R12,W,T5,1,again\n", "stop_times.txt": line12["stop_times.txt"] + "T5,24:40:00,,S3,1\nT5,,,S1,2\n"}), "R12/1/back [[105.72 34.52] [105.7 34.5]] first:市政府 headway:30", ""},
		{"without calendars", "routes", line12.with(feed{"calendar.txt": ""}), "headway:12", "holds neither calendar.txt nor calendar_dates.txt"},
		{"only calendar dates", "routes", line12.with(feed{"calendar.txt": "", "calendar_dates.txt": "service_id,date,exception_type\nW,20260102,1\n"}), "headway:12", ""},
		{"a day taken out", "routes", line12.with(feed{"calendar.txt": strings.Replace(line12["calendar.txt"], "20261231", "20260101", 1), "calendar_dates.txt": "service_id,date,exception_type\nW,20260101,2\n"}), "first:火车站 kind:local", ""},
		{"frequencies", "routes", line12.with(feed{"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,09:00:00,300\nT1,09:00:00,26:00:00,450\n"}), "headway:8", ""},
		{"a zero between departures", "routes", line12.with(feed{"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,09:00:00,0\n"}), "frequencies.txt line 2 rejected: field headway_secs: 0 seconds", ""},
		{"no agency file", "routes", line12.with(feed{"agency.txt": ""}), "name:火车站 — 市政府 operator: ref:12", "holds no agency.txt"},
		{"one agency without id", "routes", line12.with(feed{"agency.txt": "agency_name\n天水公交\n", "routes.txt": "route_id,route_short_name,route_type\nR12,12,705\n"}), "kind:night last:市政府 name:12 operator:天水公交", ""},
		{"a long number", "routes", line12.with(feed{"routes.txt": "route_id,route_short_name,route_type\nR12,天水火车站至麦积山石窟景区旅游直通车专线二号,3\n"}), "name:天水火车站至麦积山石窟景区旅游直通车专线二号 operator", ""},
		{"trips of one stop", "routes", line12.with(feed{"trips.txt": line12["trips.txt"] + "R12,W,T5,0,out\n", "stop_times.txt": line12["stop_times.txt"] + "T5,,,S1,1\n"}), "headway:12", "1 trips call at less than two stops"},
		{"a stop sequence twice", "routes", line12.with(feed{"stop_times.txt": line12["stop_times.txt"] + "T4,,,S2,1\n"}), "R12/1/back", "1 stop times have the stop_sequence of another one"},
		{"entrances", "stops", line12, "客运站", "1 entrances, boarding areas and other parts"},
		{"a station that is not there", "stops", line12.with(feed{"stops.txt": strings.Replace(line12["stops.txt"], "0,HUB", "0,BUH", 1)}), "S1 [105.7 34.5] kind:terminal", "1 stops have a parent_station that is no station"},
		{"stops without trips", "stops", line12.with(feed{"stops.txt": line12["stops.txt"] + "S9,九,34,105,,\n"}), "S9 [105 34] kind:stop name:九\n", "1 stops and stations are called at by no trip"},
		{"rail", "stops", line12.with(feed{"routes.txt": "route_id,route_short_name,route_type\nR12,1号线,1\n"}), "S2 [105.71 34.51] kind:station name:南门, 西 routes:1号线\n", ""},
		{"GB18030", "stops", line12.with(feed{"stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS1,\xbb\xf0\xb3\xb5\xd5\xbe,34.5,105.7\nS2,a,34,105\nS3,b,34,105\n"}), "name:火车站", "1 texts were no UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := importer.Open(tt.feed.file(t), importer.Options{Theme: tt.theme})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			dump, err := dumpRecords(src)
			notes := strings.Join(src.(importer.Noter).Notes(), "\n")
			if err != nil || !strings.Contains(dump, tt.has) || !strings.Contains(notes, tt.note) || tt.note == "" && strings.Contains(notes, "\n") {
				t.Errorf("%v\n%s%s\nwant %q, %q", err, dump, notes, tt.has, tt.note)
			}
		})
	}
}

// shifted coordinates are declared, as in other files.
func TestGTFSInGCJ02(t *testing.T) {
	got, err := gtfsRecords(t, line12.file(t), importer.Options{Theme: "stops", CRS: "GCJ-02"})
	if err != nil || strings.Contains(got, "[105.7 34.5]") || !strings.Contains(got, "S1 [105.69") {
		t.Errorf("%v\n%s", err, got)
	}
}

// endless is a zip of one feed in which a file goes on and on.
func endless(t testing.TB, name, line string, times int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bomb.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for n, content := range line12 {
		one, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(one, content); err != nil {
			t.Fatal(err)
		}
		if n != name {
			continue
		}
		block := strings.Repeat(line, 1000)
		for range times / 1000 {
			if _, err := io.WriteString(one, block); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestZipBombs(t *testing.T) {
	for name, line := range map[string]string{
		"stop_times.txt": "T1,,,S1,1\n",
		"stops.txt":      strings.Repeat(" ", 1000), // one line without end
		"shapes.txt":     "out,1,1,1\n",
	} {
		path := endless(t, name, line, 40_000_000/len(line))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := gtfsRecords(t, path, importer.Options{Theme: "routes"})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "this is no timetable") {
			t.Errorf("%s: the error is %v, and %d bytes come out", name, err, len(got))
		}
		if grew := after.HeapSys - min(before.HeapSys, after.HeapSys); grew > 200<<20 {
			t.Errorf("%s: the heap grew by %d MiB", name, grew>>20)
		}
	}
}

func TestGTFSZipsThatAreBroken(t *testing.T) {
	whole := line12.bytes(t)
	for cut := 0; cut < len(whole); cut += 97 {
		bad := bytes.Clone(whole)
		for i := range min(40, len(bad)-cut) {
			bad[cut+i] ^= 0x55
		}
		_, _ = gtfsRecords(t, file(t, "a.zip", string(bad)), importer.Options{Theme: "routes"}) // it may fail, not panic
	}
	names := feed{"../../etc/stops.txt": line12["stops.txt"], "/abs/stops.txt": "x"}
	if got, err := gtfsRecords(t, line12.with(names).file(t), importer.Options{Theme: "stops"}); err != nil || got != stops {
		t.Errorf("names that lead elsewhere: %v\n%s", err, got)
	}
}

func FuzzGTFS(f *testing.F) {
	f.Add(line12["stops.txt"], line12["trips.txt"], line12["stop_times.txt"], line12["shapes.txt"], line12["calendar.txt"], "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,09:00:00,300\n")
	f.Add("stop_id,stop_name,stop_lat,stop_lon\n,,,", "", "\"", "\xff\xfe", "service_id\n", "x")
	path := filepath.Join(f.TempDir(), "feed.zip")
	f.Fuzz(func(t *testing.T, stops, trips, times, shapes, calendar, frequencies string) {
		one := line12.with(feed{"stops.txt": stops, "trips.txt": trips, "stop_times.txt": times, "shapes.txt": shapes, "calendar.txt": calendar, "frequencies.txt": frequencies})
		if err := os.WriteFile(path, one.bytes(t), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, theme := range []string{"routes", "stops"} {
			src, err := importer.Open(path, importer.Options{Theme: theme})
			if err != nil {
				continue
			}
			if _, err := dumpRecords(src); err != nil && err.Error() == "" {
				t.Error("an error without words")
			}
			if err := src.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkGTFS(b *testing.B) {
	for _, name := range []string{"cdmx_mexico_city", "vbb_berlin_subset"} {
		for _, theme := range []string{"routes", "stops"} {
			b.Run(fmt.Sprintf("%s/%s", name, theme), func(b *testing.B) {
				path := realData(b, "04_gtfs/"+name+".zip")
				b.ReportAllocs()
				for b.Loop() {
					if _, err := gtfsRecords(b, path, importer.Options{Theme: theme}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
