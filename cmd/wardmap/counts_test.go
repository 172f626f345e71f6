package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// A bureau is a server with the built-in layers, that counts.
type bureau struct {
	t      testing.TB
	world  *world
	served api.Config
	url    string
}

func openBureau(t testing.TB) *bureau {
	t.Helper()
	defs, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	w := bareWorld(new(storetest.Memory), 8<<20)
	if err := w.define(t.Context(), defs); err != nil {
		t.Fatal(err)
	}
	served := w.served(slog.New(slog.DiscardHandler))
	served.Guard = believing{}
	server, err := api.New(served)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return &bureau{t, w, served, web.URL}
}

// put takes features in as an editor would.
func (b *bureau) put(layer string, fs ...spatial.Feature) {
	b.t.Helper()
	for len(fs) > 0 {
		n := min(len(fs), 1000)
		edits := make([]layers.Edit, n)
		for i, f := range fs[:n] {
			edits[i] = layers.Edit{Op: layers.Put, Layer: layer, Feature: f}
		}
		if _, err := b.served.Editor.Apply(b.t.Context(), edits); err != nil {
			b.t.Fatal(err)
		}
		fs = fs[n:]
	}
}

// ask asks as somebody of a level: 0 public, 1 internal, 2 restricted.
func (b *bureau) ask(level int, path string) (status int, body string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+"/collections/"+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("X-View", fmt.Sprint(level, "/"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// An answer of /counts.
type countsAnswer struct {
	Legend   layers.Text
	Total    *int
	Period   struct{ From, To string }
	Features []struct {
		Geometry   json.RawMessage
		Properties countOfPlace
	}
	Outside     []countOfPlace
	ClassTotals map[string]*int `json:"class_totals"`
}

type countOfPlace struct {
	Area, Name, Cell string
	Count, Previous  *int
	Suppressed       bool
	Classes          map[string]*int
}

func (b *bureau) counts(level int, path string) (a countsAnswer) {
	b.t.Helper()
	status, body := b.ask(level, path)
	if err := json.Unmarshal([]byte(body), &a); status != 200 || err != nil {
		b.t.Fatalf("%s: %d, %v: %.500s", path, status, err, body)
	}
	return a
}

// text is the answer in a line: area=count, x is suppressed.
func (a countsAnswer) text() string {
	var out []string
	say := func(n *int, hidden bool) string {
		if n == nil {
			return map[bool]string{true: "x", false: "?"}[hidden]
		}
		return fmt.Sprint(*n)
	}
	for _, f := range a.Features {
		out = append(out, f.Properties.Area+f.Properties.Cell+"="+say(f.Properties.Count, f.Properties.Suppressed))
	}
	for _, o := range a.Outside {
		out = append(out, "outside="+say(o.Count, o.Suppressed))
	}
	return strings.Join(out, " ")
}

func rectangle(west, south, east, north float64) orb.Polygon {
	return orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}.ToPolygon()
}

// plantDistricts makes three districts side by side, of a tenth of a degree, and a city around them.
func (b *bureau) plantDistricts() {
	for i, code := range []string{"620502", "620503", "620521"} {
		west := 105.6 + 0.1*float64(i)
		b.put("districts", spatial.Feature{ID: code, Geometry: rectangle(west, 34.5, west+0.1, 34.6), Properties: map[string]any{"name": "区" + code, "code": code}})
	}
	b.put("districts", spatial.Feature{ID: "6205", Geometry: rectangle(105.5, 34.4, 106, 34.7), Properties: map[string]any{"name": "市"}})
}

// incidentsAt makes n incidents.
func incidentsAt(prefix string, n int, at orb.Point, kind string, when time.Time) (fs []spatial.Feature) {
	for i := range n {
		fs = append(fs, spatial.Feature{ID: fmt.Sprint(prefix, i), Geometry: at, Properties: map[string]any{"type": kind, "state": "new", "reported_at": when.UTC().Format(time.RFC3339)}})
	}
	return fs
}

// lastWeek is a moment in the last week that has ended.
func lastWeek() time.Time {
	rule := layers.Counts{Period: 7}
	return rule.Calendar().Last(time.Now()).From.Add(30 * time.Hour)
}

func TestIncidentsAreCountedByDistrictAndWeek(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	at := lastWeek()
	b.put("incidents", incidentsAt("a", 20, orb.Point{105.65, 34.55}, "theft", at)...)
	b.put("incidents", incidentsAt("b", 8, orb.Point{105.75, 34.55}, "fire", at)...)
	b.put("incidents", incidentsAt("c", 2, orb.Point{105.85, 34.55}, "theft", at)...)
	b.put("incidents", incidentsAt("d", 6, orb.Point{105.55, 34.45}, "theft", at)...) // in the city and in no district
	b.put("incidents", incidentsAt("e", 7, orb.Point{105.65, 34.55}, "theft", at.AddDate(0, 0, -7))...)
	b.put("incidents", incidentsAt("f", 50, orb.Point{105.65, 34.55}, "theft", at.AddDate(0, 0, 7))...)
	for level := range 3 {
		got := b.counts(level, "incidents/counts?compare=previous")
		if got.text() != "620502=20 620503=8 620521=x outside=x" {
			t.Errorf("level %d: %s", level, got.text())
		}
		if *got.Total != 36 || *got.Features[0].Properties.Previous != 7 || got.Features[0].Properties.Name != "区620502" {
			t.Errorf("level %d: %+v", level, got)
		}
		if !strings.Contains(got.Legend.En, "not risk") || !strings.Contains(got.Legend.Zh, "不代表风险") || !strings.Contains(got.Legend.En, got.Period.From) {
			t.Errorf("the legend says %+v", got.Legend)
		}
	}
	if got := b.counts(0, "incidents/counts?of=type"); *got.Features[0].Properties.Classes["theft"] != 20 || *got.ClassTotals["fire"] != 8 || got.Features[2].Properties.Classes["theft"] != nil {
		t.Errorf("by type: %+v", got)
	}
	_, table := b.ask(0, "incidents/counts?of=type&f=csv")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 5 || strings.Join(lines[1][:8], ",") != "620502,区620502,,,"+b.counts(0, "incidents/counts").Period.From+","+b.counts(0, "incidents/counts").Period.To+",20,false" || lines[3][6] != "" {
		t.Errorf("as a table: %v, %q", err, lines)
	}
}

func TestSquaresOfIncidents(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	spot := orb.Point{105.65, 34.55}
	b.put("incidents", incidentsAt("a", 20, spot, "theft", lastWeek())...)
	b.put("incidents", incidentsAt("b", 9, orb.Point{105.62, 34.52}, "theft", lastWeek())...)
	for _, zoom := range []uint8{9, 13, 14} {
		got := b.counts(0, fmt.Sprintf("incidents/counts?by=cells&zoom=%d", zoom))
		want := "620502" + tiles.Project(spot).At(zoom).String() + "=" + map[bool]string{true: "29", false: "20"}[zoom == 9]
		if !strings.Contains(got.text(), want) {
			t.Errorf("zoom %d: %s, want %s", zoom, got.text(), want)
		}
		if strings.Contains(string(got.Features[0].Geometry), "105.65,34.55") {
			t.Errorf("the point itself is told: %s", got.Features[0].Geometry)
		}
	}
}

// TestWhatCannotBeAsked is a list of attempts to get at single features by the difference of two answers.
func TestWhatCannotBeAsked(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	last := (&layers.Counts{Period: 7}).Calendar().Last(time.Now())
	days := func(from, to int) string {
		return "from=" + last.From.AddDate(0, 0, from).Format(time.DateOnly) + "&to=" + last.To.AddDate(0, 0, to).Format(time.DateOnly)
	}
	tests := []struct {
		name, query     string
		public, insider int
	}{
		{"the last week", days(0, 0), 200, 200},
		{"the week before", days(-7, -7), 200, 200},
		{"shifted by a day", days(-1, -1), 400, 200},
		{"a day longer", days(-1, 0), 400, 200},
		{"two weeks", days(-7, 0), 400, 200},
		{"less than a week", days(1, 0), 400, 400},
		{"the running week", days(7, 7), 400, 400},
		{"next month", days(30, 37), 400, 400},
		{"one end", "from=2026-01-05", 400, 400},
		{"no day", "from=now&to=2026-01-12", 400, 400},
		{"a week of long ago", "from=2020-01-06&to=2020-01-13", 400, 200},
		{"a box of his own", "bbox=105.6,34.5,105.61,34.51", 400, 400},
		{"a filter", "priority=1", 400, 400},
		{"a class of another property", "of=beat", 400, 400},
		{"a class that names each", "of=number", 400, 400},
		{"other areas", "by=beats", 400, 400},
		{"classes of squares", "by=cells&of=type", 400, 400},
		{"finer squares are as the finest", "by=cells&zoom=20", 200, 200},
		{"another comparison", "compare=" + days(-8, -8)[5:15], 400, 400},
	}
	for _, test := range tests {
		for level, want := range []int{test.public, test.insider} {
			if status, body := b.ask(level, "incidents/counts?"+test.query); status != want {
				t.Errorf("%s, level %d: %d, want %d: %.300s", test.name, level, status, want, body)
			}
		}
	}
	for path, want := range map[string]int{
		"districts/counts": 404, "nothing/counts": 404, "roster/counts": 404, "dog_registrations/counts": 200, "dog_registrations/counts?by=cells": 400,
		"dog_registrations/items": 404, "dog_registrations/counts?of=licence_no": 400, "dog_registrations/counts?of=area_code": 400,
		"dog_registrations/counts?" + days(0, 0): 400, "dog_registrations/counts?compare=previous": 400,
	} {
		if status, body := b.ask(0, path); status != want {
			t.Errorf("%s: %d, want %d: %.300s", path, status, want, body)
		}
	}
}

// TestWhoAsksAgainSeesNoSingleFeatureCome lets the public ask before and after single features come and go: the numbers
// of a day stay. Who sees the features sees them at once.
func TestWhoAsksAgainSeesNoSingleFeatureCome(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	dog := func(i int, at orb.Point) spatial.Feature {
		return spatial.Feature{ID: fmt.Sprint("dog", i), Geometry: at, Properties: map[string]any{"licence_no": fmt.Sprint("L", i), "size": "small"}}
	}
	for i := range 10 {
		b.put("dog_registrations", dog(i, orb.Point{105.65, 34.55}), dog(100+i, orb.Point{105.75, 34.55}))
	}
	_, before := b.ask(0, "dog_registrations/counts?of=size")
	if got := b.counts(2, "dog_registrations/counts").text(); got != "620502=10 620503=10 620521=0 outside=0" {
		t.Fatal(got)
	}
	b.put("dog_registrations", dog(50, orb.Point{105.85, 34.55}))
	if _, after := b.ask(0, "dog_registrations/counts?of=size"); after != before {
		t.Errorf("the public sees a dog come:\n%s\n%s", before, after)
	}
	if got := b.counts(2, "dog_registrations/counts").text(); got != "620502=x 620503=10 620521=x outside=0" {
		t.Errorf("who may see it sees %s", got)
	}
	if _, err := b.served.Editor.Apply(t.Context(), []layers.Edit{{Op: layers.Delete, Layer: "dog_registrations", Feature: spatial.Feature{ID: "dog50"}}}); err != nil {
		t.Fatal(err)
	}
	if got := b.counts(2, "dog_registrations/counts").text(); got != "620502=10 620503=10 620521=0 outside=0" {
		t.Errorf("when it has gone he sees %s", got)
	}
	s := b.world.sheetOf("dog_registrations")
	tomorrow := api.CountsQuestion{Layer: s.def, Fixed: true, Now: time.Now().AddDate(0, 0, 1)}
	b.put("dog_registrations", dog(60, orb.Point{105.65, 34.55}))
	if got, err := b.world.counted(t.Context(), tomorrow); err != nil || got.All.Total().N != 21 {
		t.Errorf("tomorrow there are %v, %v", got.All.Total(), err)
	}
}

// TestCountsAreAsByLookingAtEach holds what is told, from random edits, against counting one by one.
func TestCountsAreAsByLookingAtEach(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	r := rand.New(rand.NewPCG(11, 4))
	at := map[string]orb.Point{}
	for range 40 {
		for range 20 {
			id := fmt.Sprint("i", r.IntN(300))
			if _, there := at[id]; there && r.IntN(3) == 0 {
				delete(at, id)
				if _, err := b.served.Editor.Apply(t.Context(), []layers.Edit{{Op: layers.Delete, Layer: "incidents", Feature: spatial.Feature{ID: id}}}); err != nil {
					t.Fatal(err)
				}
				continue
			}
			at[id] = orb.Point{105.55 + 0.4*r.Float64(), 34.45 + 0.2*r.Float64()}
			f := incidentsAt(id, 1, at[id], "fire", lastWeek())[0]
			f.ID = id
			b.put("incidents", f)
		}
		got := b.counts(1, "incidents/counts")
		if len(got.Features) != 3 {
			t.Fatalf("%d districts", len(got.Features))
		}
		for i, f := range got.Features {
			n, box := 0, rectangle(105.6+0.1*float64(i), 34.5, 105.7+0.1*float64(i), 34.6).Bound()
			for _, p := range at {
				if box.Contains(p) {
					n++
				}
			}
			if f.Properties.Count != nil && *f.Properties.Count != n || f.Properties.Count == nil && !f.Properties.Suppressed || n > 0 && n < 5 && f.Properties.Count != nil {
				t.Fatalf("%s has %d: %s", f.Properties.Area, n, got.text())
			}
		}
	}
}

// TestCountsUnderLoad asks while features come: under -race it shows that all of it is safe for concurrent use.
func TestCountsUnderLoad(t *testing.T) {
	b := openBureau(t)
	b.plantDistricts()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			b.ask(0, "incidents/counts?by=cells&compare=previous")
			b.ask(1, "incidents/counts?of=type")
		}
	}()
	defer func() { <-done }()
	for i := range 100 {
		b.put("incidents", incidentsAt(fmt.Sprint("i", i, "-"), 3, orb.Point{105.65, 34.55}, "fire", lastWeek())...)
	}
	<-done
	if got := b.counts(1, "incidents/counts").text(); !bytes.HasPrefix([]byte(got), []byte("620502=300 ")) {
		t.Error(got)
	}
}

// BenchmarkCounts takes in dogs of a city of 30 districts, and makes the counts of a day.
func BenchmarkCounts(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("dogs=%d", n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			office := openBureau(b)
			for i := range 30 {
				west, south := 105+0.1*float64(i%6), 34+0.1*float64(i/6)
				office.put("districts", spatial.Feature{ID: fmt.Sprint("d", i), Geometry: rectangle(west, south, west+0.1, south+0.1)})
			}
			s := office.world.sheetOf("dog_registrations")
			began := time.Now()
			for i := range n {
				breed := fmt.Sprint("breed ", int(r.ExpFloat64()*15))
				s.census.put(spatial.Feature{ID: fmt.Sprint("dog", i), Version: 1, Geometry: orb.Point{105 + 0.6*r.Float64(), 34 + 0.5*r.Float64()}, Properties: map[string]any{"breed": breed, "size": "small"}})
			}
			b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(n), "ns/put")
			q := api.CountsQuestion{Layer: s.def, Now: time.Now()}
			for b.Loop() {
				clear(s.census.made)
				if _, err := office.world.counted(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
