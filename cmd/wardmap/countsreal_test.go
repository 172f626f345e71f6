package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
	"github.com/wardmap/wardmap/spatial/tally"
)

func unzip(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(realData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unzipped(t testing.TB, name string) []*geojson.Feature {
	t.Helper()
	fc, err := geojson.UnmarshalFeatureCollection(unzip(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return fc.Features
}

// TestSeattlesDogsByPostalArea counts the licences of 34,453 dogs by the 32 postal areas of Seattle, and their breeds.
// The register knows the area of a dog and not its home, so each stands in the middle of its area.
func TestSeattlesDogsByPostalArea(t *testing.T) {
	middles := map[string]orb.Point{}
	var zips []spatial.Feature
	for _, f := range unzipped(t, "07_dogs_cameras/seattle_zip_codes.geojson.gz") {
		zip := f.Properties.MustString("ZCTA5CE10")
		middles[zip], _ = shape.Pole(f.Geometry)
		zips = append(zips, spatial.Feature{ID: zip, Geometry: f.Geometry, Properties: map[string]any{"name": zip}})
	}
	lines, err := csv.NewReader(strings.NewReader(string(unzip(t, "07_dogs_cameras/seattle_pet_licenses_2019.csv.gz")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var dogs []spatial.Feature
	byZip, byBreed := map[string]int{}, map[[2]string]int{}
	elsewhere := 0
	for i, l := range lines[1:] { // date, number, name, species, breed, second breed, postal code
		if l[3] != "Dog" {
			continue
		}
		zip := l[6]
		at, known := middles[zip]
		if !known {
			zip, at = "", orb.Point{-120, 45}
			elsewhere++
		}
		byZip[zip]++
		byBreed[[2]string{zip, l[4]}]++
		id := fmt.Sprint(i)
		dogs = append(dogs, spatial.Feature{ID: id, Geometry: at, Properties: map[string]any{"licence_no": id, "breed": l[4]}})
	}
	b := openBureau(t)
	b.put("districts", zips...)
	b.put("dog_registrations", dogs...)
	got := b.counts(0, "dog_registrations/counts?of=breed")
	if *got.Total != 34453 || len(got.Features) != 32 {
		t.Fatalf("%d dogs in %d areas", *got.Total, len(got.Features))
	}
	told, hidden, small, heads, breeds := 0, 0, 0, 0, len(got.ClassTotals)
	for _, f := range got.Features {
		p := f.Properties
		n := byZip[p.Area]
		if p.Count == nil != p.Suppressed || p.Count != nil && (*p.Count != n || n > 0 && n < 5) {
			t.Errorf("%s has %d dogs: %+v", p.Area, n, p)
		}
		for breed, count := range p.Classes {
			switch n := byBreed[[2]string{p.Area, breed}]; {
			case count == nil && n > 0 && n < 5:
				small++
			case count == nil:
				hidden++
			case breed != "" && *count != n || n > 0 && n < 5:
				t.Errorf("%s of %s: %d, told as %d", breed, p.Area, n, *count)
			default:
				told++
				heads += *count
			}
		}
	}
	t.Logf("%d dogs live elsewhere; %d breeds: of %d numbers %d are told, %d are small, %d are hidden for their sake; they tell of %d dogs", elsewhere, breeds, told+small+hidden, told, small, hidden, heads)
	if hidden > small/4 || heads < len(dogs)*3/4 {
		t.Error("too much is hidden for the sake of others")
	}
}

// TestWashingtonsIncidentsByPoliceArea counts 2,898 incidents of August 2016 by police district and service area, week by
// week, and lets the sums meet.
func TestWashingtonsIncidentsByPoliceArea(t *testing.T) {
	kinds := map[string]string{"THEFT/OTHER": "theft", "THEFT F/AUTO": "theft", "MOTOR VEHICLE THEFT": "theft", "BURGLARY": "theft", "ROBBERY": "public_order", "ARSON": "fire"}
	rule := &layers.Counts{By: []string{"districts", "townships"}, Cells: 14, Time: "reported_at", Of: []string{"type"}, K: 5, Period: 7}
	b := openBureau(t)
	for layer, file := range map[string]string{"districts": "05_geofence/dc_police-districts-mpd.geojson.gz", "townships": "05_geofence/dc_police-service-areas-psa.geojson.gz"} {
		for _, f := range unzipped(t, file) {
			sound, _, err := shape.Repair(f.Geometry)
			if err != nil {
				t.Fatal(err)
			}
			b.put(layer, spatial.Feature{ID: fmt.Sprint(f.Properties["GIS_ID"]), Geometry: sound, Properties: map[string]any{"name": fmt.Sprint(f.Properties["NAME"])}})
		}
	}
	def, _ := b.world.catalogue().Layer("incidents")
	def.Counts = rule
	s := newSheet(def, surroundings{})
	perWeek := map[tally.Period]int{}
	for i, f := range unzipped(t, "10_poi/dc_crime-incidents-last-30-days.geojson.gz") {
		kind := kinds[f.Properties.MustString("OFFENSE")]
		if kind == "" {
			kind = "other"
		}
		when, err := time.Parse(time.RFC3339, f.Properties.MustString("REPORTDATETIME"))
		if err != nil {
			t.Fatal(err)
		}
		perWeek[rule.Calendar().At(when)]++
		s.census.put(spatial.Feature{ID: fmt.Sprint(i), Version: 1, Geometry: f.Geometry, Properties: map[string]any{"type": kind, "reported_at": when.UTC().Format(time.RFC3339)}})
	}
	b.world.sheets["incidents"] = s
	all, told, hidden, byDistrict := 0, 0, 0, map[string]int{}
	for week, n := range perWeek {
		got, err := b.world.counted(t.Context(), api.CountsQuestion{Layer: def, Period: week, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		all += n
		if got.All.Total() != (tally.Count{N: n}) && n >= 5 {
			t.Errorf("%v: %v, want %d", week, got.All.Total(), n)
		}
		for _, row := range got.All.Areas(0) {
			if at := row.Area[0]; at != tally.Outside {
				byDistrict[textProperty(got.Areas[0][at], "name")] += row.N
			}
		}
		for level := range 2 {
			sum := 0
			for _, row := range got.All.Areas(level) {
				if sum += row.N; n < 300 { // the ends of the 30 days
					continue
				} else if row.Hidden {
					hidden++
				} else {
					told++
				}
			}
			if any := slices.ContainsFunc(got.All.Areas(level), func(r tally.Row) bool { return r.Hidden }); !any && sum != n || any && sum > n {
				t.Errorf("%v, level %d: %d together, of %d", week, level, sum, n)
			}
		}
		if big := n > 300; big && len(got.All.Squares(14)) < 30 {
			t.Errorf("%v: %d squares of %d incidents", week, len(got.All.Squares(14)), n)
		}
	}
	for name, want := range map[string]int{"First District": 573, "Third District": 507, "Second District": 454, "Fifth District": 413, "Sixth District": 335, "Fourth District": 320, "Seventh District": 293} {
		if got := byDistrict[name]; got < want-12 || got > want+12 { // some at borders are counted on the other side; some of the first and last days are hidden
			t.Errorf("%s has %d incidents, and the police say %d", name, got, want)
		}
	}
	t.Logf("%d weeks, %d incidents; of the counts of areas in whole weeks %d are told and %d hidden", len(perWeek), all, told, hidden)
	if all != 2898 || told < 12*hidden {
		t.Errorf("%d incidents; %d told, %d hidden", all, told, hidden)
	}
}

func textProperty(f spatial.Feature, name string) string {
	text, _ := f.Properties[name].(string)
	return text
}
