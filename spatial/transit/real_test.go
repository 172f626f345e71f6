package transit_test

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/transit"
)

// realData is the path of a real file, or skips the test.
func realData(t testing.TB, name string) string {
	t.Helper()
	base := os.Getenv("WARDMAP_REALDATA")
	if base == "" {
		base = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(base, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real data here (%v); name its folder by WARDMAP_REALDATA", err)
	}
	return path
}

// rows reads a table, each row by the names of its columns.
func rows(t testing.TB, r io.Reader, visit func(map[string]string)) {
	t.Helper()
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := in.Discard(3); err != nil {
			t.Fatal(err)
		}
	}
	table := csv.NewReader(in)
	table.ReuseRecord = true
	head, err := table.Read()
	if err != nil {
		t.Fatal(err)
	}
	head = slices.Clone(head)
	row := map[string]string{}
	for {
		fields, err := table.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range head {
			row[name] = fields[i]
		}
		visit(row)
	}
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mexicoCity gives the shapes of its feed, and the stops of the first trip of each.
func mexicoCity(t testing.TB) (shapes, stops map[string]orb.LineString) {
	t.Helper()
	z, err := zip.OpenReader(realData(t, "04_gtfs/cdmx_mexico_city.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	read := func(name string, visit func(map[string]string)) {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows(t, f, visit)
	}
	shapes, stops = map[string]orb.LineString{}, map[string]orb.LineString{}
	place := map[string]orb.Point{}
	shape, tripOf := map[string]string{}, map[string]string{}
	read("shapes.txt", func(r map[string]string) {
		id := r["shape_id"]
		shapes[id] = append(shapes[id], orb.Point{number(t, r["shape_pt_lon"]), number(t, r["shape_pt_lat"])})
	})
	read("stops.txt", func(r map[string]string) {
		place[r["stop_id"]] = orb.Point{number(t, r["stop_lon"]), number(t, r["stop_lat"])}
	})
	read("trips.txt", func(r map[string]string) {
		if tripOf[r["shape_id"]] == "" {
			tripOf[r["shape_id"]], shape[r["trip_id"]] = r["trip_id"], r["shape_id"]
		}
	})
	read("stop_times.txt", func(r map[string]string) {
		if id := shape[r["trip_id"]]; id != "" {
			stops[id] = append(stops[id], place[r["stop_id"]])
		}
	})
	return shapes, stops
}

// Stops of Mexico City lie on their shapes in order, and a bus that is simulated on each of its 345 shapes with noise of
// 8 m is followed to its end.
func TestShapesOfMexicoCity(t *testing.T) {
	shapes, stops := mexicoCity(t)
	if len(shapes) != 345 || len(stops) != 345 {
		t.Fatalf("%d shapes and %d lists of stops, want 345", len(shapes), len(stops))
	}
	var off, beside []float64
	back, lost := 0, 0
	for id, l := range shapes {
		along, err := transit.Place(l, stops[id])
		if err != nil || !slices.IsSorted(along) {
			t.Fatalf("shape %s: %v, %v", id, along, err)
		}
		p := pattern(t, l, 0, along...)
		for i, s := range p.Stops {
			q := p.Follow(transit.Progress{}, transit.Fix{Time: 1, Point: stops[id][i]})
			beside = append(beside, index.Meters(stops[id][i], p.Point(s.Along))-q.Deviation)
		}
		r := simulate(p, rand.New(rand.NewPCG(9, 9)), 8)
		errors, n := r.errors(p)
		back += n
		if errors[len(errors)-1] > 100 {
			lost++
		}
		off = append(off, errors...)
	}
	t.Logf("stops are placed farther than their nearest place by more than %.1f m in 1 %% of %d; progress is right within %.0f m (half), %.0f m (99 %%), %.0f m (99.9 %%) of %d fixes; %d backwards, %d not at their end",
		quantile(beside, .99), len(beside), quantile(off, .5), quantile(off, .99), quantile(off, .999), len(off), back, lost)
	if quantile(beside, .99) > 20 || quantile(off, .5) > 10 || quantile(off, .99) > 60 || lost > 3 {
		t.Error("that is worse than it was")
	}
}

// A run is one bus on one trip on one day.
type run struct {
	trip  string
	fixes []transit.Fix
}

// austin gives the runs of its buses that have many fixes, by trip.
func austin(t testing.TB) map[string][]run {
	t.Helper()
	f, err := os.Open(realData(t, "03_tracks/capmetro_austin_bus_2016-17.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*run{}
	rows(t, unpacked, func(r map[string]string) {
		when, err := time.Parse(time.RFC3339, r["timestamp_utc"])
		if err != nil {
			t.Fatal(err)
		}
		q := orb.Point{number(t, r["lon"]), number(t, r["lat"])}
		if q[0] > -97 || r["trip_id"] == "" {
			return
		}
		key := fmt.Sprint(strings.Clone(r["vehicle_id"]), r["trip_id"], when.Add(-8*time.Hour).Format(time.DateOnly))
		if all[key] == nil {
			all[key] = &run{trip: strings.Clone(r["trip_headsign"])}
		}
		all[key].fixes = append(all[key].fixes, transit.Fix{Time: spatial.InstantOf(when), Point: q})
	})
	out := map[string][]run{}
	for _, r := range all {
		if len(r.fixes) >= 40 && r.fixes[len(r.fixes)-1].Time.Sub(r.fixes[0].Time) < 3*time.Hour {
			out[r.trip] = append(out[r.trip], *r)
		}
	}
	return out
}

// There are no shapes of Austin here, so the run with most fixes of a headsign stands for the shape, and the other runs
// of it are followed along: what is far from it (other branches, runs that begin elsewhere) may be off, but nothing goes
// back or beyond the line, and most fixes are near.
func TestBusesOfAustin(t *testing.T) {
	runs := austin(t)
	fixes, near, back, count := 0, 0, 0, 0
	for name, all := range runs {
		if len(all) < 2 {
			continue
		}
		best := slices.MaxFunc(all, func(a, b run) int { return len(a.fixes) - len(b.fixes) })
		var l orb.LineString
		for _, f := range best.fixes {
			l = append(l, f.Point)
		}
		p := pattern(t, l, 0)
		for _, r := range all {
			var g transit.Progress
			count++
			for _, f := range r.fixes {
				was := g
				g = p.Follow(g, f)
				if g.Along < 0 || g.Along > p.Length() || g.Along < was.Along && was.Along-g.Along < 100 && g.Time.Sub(was.Time) < 15*time.Minute {
					t.Fatalf("%s: from %.1f to %.1f m of %.1f m", name, was.Along, g.Along, p.Length())
				}
				if fixes++; g.Deviation <= 100 { // chords between fixes of a minute cut corners
					near++
				}
				if g.Along < was.Along {
					back++
				}
			}
		}
	}
	t.Logf("%d runs of %d headsigns, %d fixes: %.1f %% within 100 m of their way, %.2f %% put back", count, len(runs), fixes, 100*float64(near)/float64(fixes), 100*float64(back)/float64(fixes))
	if fixes < 20_000 || near*10 < fixes*8 || back*50 > fixes {
		t.Error("that is worse than it was")
	}
}
