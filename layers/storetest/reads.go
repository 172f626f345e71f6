package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Matches tells whether a feature answers the filters of a query (not After, Offset and Limit): the plain
// meaning of a Query, for oracles.
func Matches(f spatial.Feature, q layers.Query) bool {
	if q.Bounds != nil && !slices.ContainsFunc(q.Bounds, func(b orb.Bound) bool { return spatial.Intersects(b, f.Geometry) }) {
		return false
	}
	v := f.Effective
	switch {
	case !q.At.IsZero():
		if !v.Holds(q.At) {
			return false
		}
	case !q.To.IsZero() && !v.From.IsZero() && v.From.After(q.To), !q.From.IsZero() && !v.To.IsZero() && !v.To.After(q.From):
		return false
	}
	for name, want := range q.Where {
		if have, ok := f.Properties[name]; !ok || have != want {
			return false
		}
	}
	return true
}

// Select answers a query from a list of features: the linear scan that stores are held against.
func Select(fs []spatial.Feature, q layers.Query) layers.Page {
	var all []spatial.Feature
	for _, f := range fs {
		if Matches(f, q) {
			all = append(all, f)
		}
	}
	page := layers.Page{Matched: int64(len(all))}
	slices.SortFunc(all, func(a, b spatial.Feature) int { return strings.Compare(a.ID, b.ID) })
	all = slices.DeleteFunc(all, func(f spatial.Feature) bool { return f.ID <= q.After && q.After != "" })
	all = all[min(max(q.Offset, 0), len(all)):]
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	if len(all) > limit {
		all = all[:limit]
		page.Next = all[limit-1].ID
	}
	page.Features = all
	return page
}

// agree holds one page of the store against the linear scan.
func (s *suite) agree(layer string, fs []spatial.Feature, q layers.Query, note string) {
	s.Helper()
	got, err := s.store.Features(s.ctx, layer, q)
	s.must(err)
	want := Select(fs, q)
	if g, w := ids(got.Features), ids(want.Features); !slices.Equal(g, w) {
		s.Fatalf("%s: query %+v found %d features %.12v, want %d %.12v", note, q, len(g), g, len(w), w)
	}
	if got.Matched != want.Matched || got.Next != want.Next {
		s.Fatalf("%s: query %+v: matched %d, next %q; want %d, %q", note, q, got.Matched, got.Next, want.Matched, want.Next)
	}
	for i := range got.Features {
		s.same(got.Features[i], want.Features[i])
	}
}

func ids(fs []spatial.Feature) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.ID
	}
	return out
}

// fill creates random features of the layer areas, in random order.
func (s *suite) fill(seed uint64, n int) (*rand.Rand, []spatial.Feature) {
	s.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	fs := RandomFeatures(rng, s.areas, n)
	mixed := slices.Clone(fs)
	rng.Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	s.apply(creates("areas", mixed)...)
	return rng, fs
}

func testBoxes(s *suite) {
	rng, fs := s.fill(10, 600)
	for i := range 30 {
		q := layers.Query{Bounds: []orb.Bound{randomBox(rng)}}
		if i%4 == 0 {
			q.Bounds = append(q.Bounds, randomBox(rng))
		}
		s.agree("areas", fs, q, fmt.Sprintf("seed 10, box %d", i))
		q.Limit = 1 + rng.IntN(20)
		s.agree("areas", fs, q, fmt.Sprintf("seed 10, box %d, limited", i))
		q.Offset = rng.IntN(30)
		s.agree("areas", fs, q, fmt.Sprintf("seed 10, box %d, offset", i))
		q.After = fs[rng.IntN(len(fs))].ID
		s.agree("areas", fs, q, fmt.Sprintf("seed 10, box %d, after", i))
	}
	s.agree("areas", fs, layers.Query{}, "everything")
	s.agree("areas", fs, layers.Query{Bounds: []orb.Bound{}}, "no box of an empty list")
}

func testTouching(s *suite) {
	square := orb.Polygon{{{10, 10}, {20, 10}, {20, 20}, {10, 20}, {10, 10}}, {{14, 14}, {14, 16}, {16, 16}, {16, 14}, {14, 14}}}
	fs := []spatial.Feature{
		{ID: "point", Geometry: orb.Point{0.1, 0.2}}, {ID: "line", Geometry: orb.LineString{{0, 2}, {2, 0}}}, {ID: "square", Geometry: square},
	}
	s.apply(creates("areas", fs)...)
	for i, b := range [][4]float64{
		{.1, .2, .1, .2}, {.1, .2, 5, 5}, {-1, -1, .1, .2}, {-1, -1, .1, .19999999}, {.10000001, .2, .10000001, .2}, {1, 1, 1, 1}, {1.0001, 1.0001, 3, 3},
		{0, 0, 1, 1}, {0, 0, .999, .999}, {20, 20, 30, 30}, {20.0000001, 10, 30, 30}, {0, 0, 10, 10}, {14.5, 14.5, 15.5, 15.5}, {14, 14.5, 15.5, 15.5}, {11, 11, 12, 12}, {0, 0, 30, 30},
	} {
		q := layers.Query{Bounds: []orb.Bound{{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}}}
		s.agree("areas", fs, q, fmt.Sprintf("box %d", i))
	}
}

func testAntimeridian(s *suite) {
	fs := []spatial.Feature{
		{ID: "both", Geometry: orb.MultiPolygon{{{{179, 0}, {180, 0}, {180, 1}, {179, 0}}}, {{{-180, 0}, {-179, 0}, {-180, 1}, {-180, 0}}}}},
		{ID: "east", Geometry: orb.Point{-179.5, 0.5}}, {ID: "line", Geometry: orb.LineString{{-180, .5}, {180, .5}}},
		{ID: "on the line", Geometry: orb.Point{180, 0.5}}, {ID: "outside", Geometry: orb.Point{0, 0.6}}, {ID: "west", Geometry: orb.Point{179.5, 0.5}},
	}
	s.apply(creates("areas", fs)...)
	q := layers.Query{Bounds: []orb.Bound{{Min: orb.Point{179, 0}, Max: orb.Point{180, 1}}, {Min: orb.Point{-180, 0}, Max: orb.Point{-179, 1}}}}
	s.agree("areas", fs, q, "two halves")
	for q.Limit = 1; q.Limit < 6; q.Limit++ {
		q.After = ""
		s.agree("areas", fs, q, "two halves, first page")
		q.After = fs[q.Limit-1].ID
		s.agree("areas", fs, q, "two halves, second page")
	}
}

func testPaging(s *suite) {
	var fs []spatial.Feature
	for _, id := range []string{"", "0", "00", "1", "10", "2", "A", "B", "Z", "_", "a", "aa", "a b", "z", "~", "é", "天", "水", "\U00020BB7", "\uffee"} {
		for n := range 7 {
			fs = append(fs, place(fmt.Sprintf("%s%d", id, n), 105.7, 34.5))
		}
	}
	slices.SortFunc(fs, func(a, b spatial.Feature) int { return strings.Compare(a.ID, b.ID) })
	fs = slices.CompactFunc(fs, func(a, b spatial.Feature) bool { return a.ID == b.ID })
	s.apply(creates("places", fs)...)
	for _, limit := range []int{1, 2, 13, 139, len(fs), 5000} {
		var got []string
		q := layers.Query{Limit: limit}
		for more := true; more; more = q.After != "" {
			s.agree("places", fs, q, fmt.Sprintf("limit %d", limit))
			page, err := s.store.Features(s.ctx, "places", q)
			s.must(err)
			got = append(got, ids(page.Features)...)
			q.After = page.Next
		}
		if !slices.Equal(got, ids(fs)) {
			s.Fatalf("limit %d: paging gave %d features %.20q, want %d", limit, len(got), got, len(fs))
		}
	}
	s.agree("places", fs, layers.Query{Offset: len(fs) + 5}, "offset beyond the end")
	s.agree("places", fs, layers.Query{After: "\U0010FFFF"}, "after the end")
}

func testScan(s *suite) {
	_, fs := s.fill(11, 1100)
	var got []spatial.Feature
	s.must(s.store.Scan(s.ctx, "areas", func(f spatial.Feature) error {
		got = append(got, f)
		return nil
	}))
	slices.SortFunc(got, func(a, b spatial.Feature) int { return strings.Compare(a.ID, b.ID) })
	if !slices.Equal(ids(got), ids(fs)) {
		s.Fatalf("scan visited %d features, want %d", len(got), len(fs))
	}
	for i, f := range got { // kept beyond visit
		s.same(f, fs[i])
		if i%50 == 0 {
			if one := s.get("areas", f.ID); one.Version != f.Version || !one.Updated.Equal(f.Updated) {
				s.Fatalf("scan and feature differ: %+v and %+v", f, one)
			}
		}
	}
	stop, visits := fmt.Errorf("enough"), 0
	err := s.store.Scan(s.ctx, "areas", func(spatial.Feature) error { visits++; return stop })
	if err == nil || !strings.Contains(err.Error(), "enough") || visits != 1 {
		s.Errorf("scan made %d visits and gave error %v, want the first visit's error", visits, err)
	}
	s.must(s.store.Scan(s.ctx, "places", func(f spatial.Feature) error { return fmt.Errorf("visited %s of an empty layer", f.ID) }))
}

func testStat(s *suite) {
	stat := func(fs []spatial.Feature) {
		s.Helper()
		got, err := s.store.Stat(s.ctx, "areas")
		s.must(err)
		want := layers.Stat{Count: int64(len(fs)), Bound: layers.Nowhere}
		for i, f := range fs {
			if want.Bound = want.Bound.Union(f.Geometry.Bound()); i == 0 {
				want.Bound = f.Geometry.Bound()
			}
		}
		if got.Count != want.Count || got.Bound != want.Bound && !(got.Bound.IsEmpty() && want.Bound.IsEmpty()) {
			s.Fatalf("stat %+v, want %+v", got, want)
		}
	}
	stat(nil)
	rng, fs := s.fill(12, 400)
	stat(fs)
	for len(fs) > 0 {
		n := min(1+rng.IntN(40), len(fs))
		var edits []layers.Edit
		for range n {
			edits = append(edits, edit(layers.Delete, "areas", fs[0]))
			fs = fs[1:]
		}
		s.apply(edits...)
		stat(fs)
		if len(fs) > 0 { // the outermost moves inwards
			fs[0].Geometry = Middle
			s.apply(edit(layers.Replace, "areas", fs[0]))
			stat(fs)
		}
	}
}

func testUnknown(s *suite) {
	s.absent("no_layer", "a")
	s.absent("places", "a")
	if _, err := s.store.Features(s.ctx, "no_layer", layers.Query{}); !is(err, layers.ErrNotFound) {
		s.Errorf("features of an unknown layer: error %v, want ErrNotFound", err)
	}
	if _, err := s.store.Stat(s.ctx, "no_layer"); !is(err, layers.ErrNotFound) {
		s.Errorf("stat of an unknown layer: error %v, want ErrNotFound", err)
	}
	if err := s.store.Scan(s.ctx, "no_layer", func(spatial.Feature) error { return nil }); !is(err, layers.ErrNotFound) {
		s.Errorf("scan of an unknown layer: error %v, want ErrNotFound", err)
	}
	s.fails(layers.ErrNotFound, 0, edit(layers.Put, "no_layer", place("a", 1, 1)))
}
