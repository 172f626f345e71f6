package live_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// capmetro reads the positions of the buses of Austin, in the order of the file. The columns are found by the
// names in the first line.
func capmetro(t *testing.T, name string) (reports []live.Report) {
	t.Helper()
	dir := os.Getenv("WARDMAP_REALDATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	file, err := os.Open(filepath.Join(dir, "03_tracks", name))
	if err != nil {
		t.Skipf("the tracks of real buses are not at hand: %v", err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := csv.NewReader(unzipped)
	lines.ReuseRecord = true
	head, err := lines.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	pick := func(line []string, names ...string) string {
		for _, name := range names {
			if i, ok := column[name]; ok {
				return line[i]
			}
		}
		return ""
	}
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return reports
		}
		if err != nil {
			t.Fatal(err)
		}
		fix, err := time.Parse(time.RFC3339, pick(line, "timestamp_utc", "timestamp"))
		lon, wrong := strconv.ParseFloat(pick(line, "lon", "longitude"), 64)
		lat, wrong2 := strconv.ParseFloat(pick(line, "lat", "latitude"), 64)
		speed, wrong3 := strconv.ParseFloat(pick(line, "speed"), 32)
		if err := errors.Join(err, wrong, wrong2, wrong3); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, live.Report{
			Device: "bus " + pick(line, "vehicle_id"), Fix: spatial.InstantOf(fix), Point: orb.Point{lon, lat}, Altitude: unknown,
			Speed: float32(speed), Course: unknown, Accuracy: unknown, Battery: unknown, Source: live.GNSS,
		})
	}
}

// austin has the buses, and rules of all kinds over the city.
func austin(reports []live.Report) (buses []live.Unit, fences []*fence.Fence) {
	seen := map[string]bool{}
	for _, r := range reports {
		if !seen[r.Device] {
			seen[r.Device] = true
			buses = append(buses, live.Unit{ID: r.Device, Class: spatial.Bus, State: live.Available})
		}
	}
	slices.SortFunc(buses, func(a, b live.Unit) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	r := rand.New(rand.NewPCG(61, 0))
	for i := range 60 {
		center := orb.Point{-97.74 + r.NormFloat64()*.03, 30.29 + r.NormFloat64()*.05}
		f := &fence.Fence{ID: "austin/" + strconv.Itoa(100+i), Area: center, Radius: 150 + 1500*r.Float64()*r.Float64()}
		switch i % 6 {
		case 1:
			f.Area, f.Radius = star(r, center), 0
		case 2:
			f.Area, f.Radius, f.Line = orb.LineString{center, {center[0] + .02, center[1] + .01}}, 0, true
		case 3:
			f.Area, f.Radius, f.Dwell = star(r, center), 0, 3*time.Minute
		case 4:
			f.Speed, f.Absent = 18, 20*time.Minute
		case 5:
			f.Area, f.Radius = orb.LineString{center, {center[0] - .01, center[1] + .02}}, 100
		}
		fences = append(fences, f)
	}
	return buses, fences
}

func star(r *rand.Rand, center orb.Point) orb.Polygon {
	var ring orb.Ring
	for i := range 20 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 10)
		far := .003 + .01*r.Float64()
		ring = append(ring, orb.Point{center[0] + cos*far, center[1] + sin*far})
	}
	return orb.Polygon{append(ring, ring[0])}
}

// slow is Options for buses that report every two minutes.
func slow(window time.Duration) live.Options {
	return waits(window, live.Limits{Stale: 5 * time.Minute, Expire: time.Hour})
}

func TestRealBusesInAnyOrderGiveTheSame(t *testing.T) {
	reports := capmetro(t, "capmetro_austin_bus_2016-17.csv.gz")
	buses, fences := austin(reports)
	const late = 10 * time.Minute
	begin, end := reports[0].Fix.Add(-time.Hour), reports[len(reports)-1].Fix.Add(late+time.Second)
	want, told := run(t, slow(0), buses, fences, inTime(reports), begin, end)
	muddled := muddle(rand.New(rand.NewPCG(62, 0)), reports, late)
	got, heard := run(t, slow(late), buses, fences, muddled, begin, end)
	sameEvents(t, heard, told)
	samePicture(t, got, want)
	t.Logf("%d reports: %v; of the same in disorder: %v; %d events: %v", len(reports), want.Counts().Verdict, got.Counts().Verdict, len(told), want.Counts().Event)
	if len(told) < 10_000 || len(reports) != 231_246 {
		t.Errorf("only %d events of %d reports", len(told), len(reports))
	}
}

func TestRealBusesInTheOrderOfTheirFileGiveTheSame(t *testing.T) {
	reports := capmetro(t, "capmetro_2017-03-21_original-order.csv.gz")
	buses, fences := austin(reports)
	begin, end := spatial.Instant(math.MaxInt64), spatial.Instant(0)
	var arrivals []arrival
	for _, r := range reports {
		begin, end = min(begin, r.Fix), max(end, r.Fix)
		arrivals = append(arrivals, arrival{end, r})
	}
	begin, end = begin.Add(-13*time.Hour), end.Add(time.Second) // the rules are older than what waits
	want, told := run(t, slow(0), buses, fences, inTime(reports), begin, end)
	got, heard := run(t, slow(12*time.Hour), buses, fences, arrivals, begin, end)
	sameEvents(t, heard, told)
	samePicture(t, got, want)
	t.Logf("%d reports, %v in the order of the file, %d events", len(reports), got.Counts().Verdict, len(told))
	if got.Counts().Verdict[live.Late] < 1000 {
		t.Errorf("the file is hardly out of order: %v", got.Counts().Verdict)
	}
}
