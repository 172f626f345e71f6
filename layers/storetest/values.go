package storetest

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

func testGeometries(s *suite) {
	third, tiny := 1.0/3, math.SmallestNonzeroFloat64
	ring := orb.Ring{{0, 0}, {10, 0}, {10 + third, 10}, {0, 10}, {0, 0}}
	hole := orb.Ring{{2, 2}, {2, 4}, {4, 4 - third}, {2, 2}}
	kinds := []orb.Geometry{
		orb.Point{105.1 + third/7, -34.9999999999999}, orb.Point{-180, -90}, orb.Point{180, 90}, orb.Point{tiny, -tiny},
		orb.MultiPoint{{third, 1}}, orb.MultiPoint{{1, 2}, {1, 2}, {third, -third}},
		orb.LineString{{0, 0}, {third, third}, {0, 0}}, orb.MultiLineString{{{0, 0}, {1, third}}, {{5, 5}, {6, 6}, {7, 5}}},
		orb.Polygon{ring}, orb.Polygon{ring, hole}, orb.MultiPolygon{{ring, hole}}, orb.MultiPolygon{{ring}, {{{20, 20}, {21, 20}, {21, 21}, {20, 20}}}},
		orb.Collection{orb.Point{1, third}}, orb.Collection{orb.Point{1, 2}, orb.LineString{{0, 0}, {1, third}}, orb.Polygon{ring, hole}},
		orb.Collection{orb.MultiPoint{{1, 2}, {3, 4}}, orb.Collection{orb.Point{third, 6}, orb.MultiPolygon{{ring}}}},
	}
	for i, g := range kinds {
		f := spatial.Feature{ID: "a", Geometry: g}
		s.apply(edit(layers.Put, "areas", f))
		s.same(s.get("areas", "a"), f)
		page, err := s.store.Features(s.ctx, "areas", layers.Query{})
		s.must(err)
		if len(page.Features) != 1 {
			s.Fatalf("geometry %d: the page has %d features", i, len(page.Features))
		}
		s.same(page.Features[0], f)
	}
	rng := rand.New(rand.NewPCG(3, 1))
	fs := RandomFeatures(rng, s.areas, 300)
	s.apply(creates("areas", fs[1:])...)
	s.must(s.store.Scan(s.ctx, "areas", func(got spatial.Feature) error {
		for _, f := range fs[1:] {
			if f.ID == got.ID {
				s.same(got, f)
			}
		}
		return nil
	}))
}

func testProperties(s *suite) {
	tests := []map[string]any{
		{}, nil,
		{"number": int64(math.MaxInt64)}, {"number": int64(math.MinInt64)}, {"number": int64(0)}, {"number": int64(1<<53 + 1)},
		{"height": 0.1}, {"height": math.MaxFloat64}, {"height": math.SmallestNonzeroFloat64}, {"height": 0.0}, {"height": 3.0},
		{"height": -1e300}, {"height": float64(1<<53 + 2)}, {"height": 1.0 / 3}, {"height": 9.3e18},
		{"active": true}, {"active": false},
		{"since": "2026-11-24"}, {"since": "1949-10-01"}, {"since": "0001-01-01"},
		{"seen": "2026-11-24T03:04:05Z"}, {"seen": "1969-12-31T23:59:59Z"},
		{"name": "", "number": int64(7), "height": 7.0, "active": true, "since": "2026-11-24", "seen": "2026-11-24T00:00:00Z"},
	}
	for i, props := range tests {
		f := spatial.Feature{ID: "a", Geometry: orb.Point{1, 2}, Properties: props}
		s.apply(edit(layers.Put, "places", f))
		got := s.get("places", "a")
		if len(got.Properties) != len(props) {
			s.Fatalf("properties %d: got %#v, want %#v", i, got.Properties, props)
		}
		for name, want := range props {
			if got.Properties[name] != want {
				s.Fatalf("%s: got %#v (%T), want %#v (%T)", name, got.Properties[name], got.Properties[name], want, want)
			}
		}
	}
}

// texts that have broken stores before.
var texts = []string{
	"天水市秦州区", "𠮷野家 㐂", "a 'quoted' \"name\"", `back\slash \n`, "line\nbreak\ttab", " spaces  around ", "{\"json\": [1]}",
	"'; DROP TABLE places; --", "$1 ? :name @x %s %d", "NULL", "null", "\u00e9 e\u0301", "العربية", "\U0001F693 \U0001F468\u200D\U0001F469\u200D\U0001F467",
	"\u200b\ufeffinvisible", "true", "0123", "1e5", strings.Repeat("长", 2000), "\x01\x1f\x7f",
}

func testTexts(s *suite) {
	for i, text := range texts {
		f := spatial.Feature{ID: "text" + string(rune('a'+i)), Owner: text, Source: text, Geometry: orb.Point{1, 2},
			Properties: map[string]any{"name": text, "note": text}}
		s.apply(edit(layers.Create, "places", f))
		s.same(s.get("places", f.ID), f)
		page, err := s.store.Features(s.ctx, "places", layers.Query{Where: map[string]any{"note": text}})
		s.must(err)
		if len(page.Features) != 1 || page.Features[0].ID != f.ID {
			s.Errorf("%q: where found %d features, want 1", text, len(page.Features))
		}
	}
	ids := []string{"天水-1", "a/b c", "it's", "100%", "\U0001F693", "A", "a", strings.Repeat("x", 200), `"`, "?x=1&y=2#z"}
	for _, id := range ids {
		s.apply(edit(layers.Create, "areas", place(id, 1, 2)))
	}
	for _, id := range ids {
		if got := s.get("areas", id); got.ID != id {
			s.Errorf("id %q came back as %q", id, got.ID)
		}
		s.apply(edit(layers.Delete, "areas", spatial.Feature{ID: id}))
		s.absent("areas", id)
	}
}

func testCommon(s *suite) {
	at := time.Date(2026, 11, 24, 3, 4, 5, 123456000, time.UTC)
	beijing := time.FixedZone("UTC+8", 8*3600)
	for i, f := range []spatial.Feature{
		{Owner: "秦州分局", Source: "file.geojson", Accuracy: 0.1},
		{Effective: spatial.Validity{From: at}}, {Effective: spatial.Validity{To: at}},
		{Effective: spatial.Validity{From: at.Truncate(time.Second), To: at.Truncate(time.Millisecond)}},
		{Effective: spatial.Validity{From: time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2999, 12, 31, 23, 59, 59, 0, time.UTC)}},
		{Effective: spatial.Validity{From: time.Date(2026, 11, 24, 7, 0, 0, 0, beijing)}},
		{Accuracy: 1.0 / 3},
	} {
		f.ID, f.Geometry = "a", orb.Point{1, 2}
		s.apply(edit(layers.Put, "places", f))
		got := s.get("places", "a")
		s.same(got, f)
		for _, at := range []time.Time{got.Effective.From, got.Effective.To} {
			if !at.IsZero() && at.Location() != time.UTC {
				s.Errorf("feature %d: %v is not in UTC", i, at)
			}
		}
		if c := s.apply(edit(layers.Put, "places", f)); len(c) != 0 {
			s.Errorf("feature %d: the same put again made %+v", i, c)
		}
	}
}
