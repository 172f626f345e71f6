package storetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// place is a small feature of the layer places.
func place(id string, lon, lat float64) spatial.Feature {
	return spatial.Feature{ID: id, Geometry: orb.Point{lon, lat}, Properties: map[string]any{"name": "place " + id, "number": int64(1)}}
}

// with is a copy with one property changed.
func with(f spatial.Feature, name string, value any) spatial.Feature {
	props := map[string]any{name: value}
	for k, v := range f.Properties {
		if k != name {
			props[k] = v
		}
	}
	f.Properties = props
	return f
}

func testCreate(s *suite) {
	f := place("a", 105.7, 34.5)
	changes := s.apply(edit(layers.Create, "places", f))
	if len(changes) != 1 {
		s.Fatalf("got %d changes, want 1", len(changes))
	}
	c, got := changes[0], s.get("places", "a")
	s.same(got, f)
	if c.Op != layers.Create || c.Layer != "places" || c.ID != "a" || c.Version != got.Version || got.Version <= 0 {
		s.Errorf("change %+v does not tell of feature %+v", c, got)
	}
	if age := time.Since(got.Updated); age < -time.Minute || age > time.Minute || got.Updated.Location() != time.UTC {
		s.Errorf("updated at %v, want now in UTC", got.Updated)
	}
	s.fails(layers.ErrExists, 0, edit(layers.Create, "places", place("a", 1, 1)))
	s.same(s.get("places", "a"), f)
	s.apply(edit(layers.Create, "areas", f)) // another layer has its own ids
	if changes := s.apply(); len(changes) != 0 {
		s.Errorf("no edits made changes %v", changes)
	}
}

func testReplace(s *suite) {
	old := RandomFeature(rand.New(rand.NewPCG(1, 1)), s.areas)
	old.ID, old.Owner, old.Source, old.Accuracy = "a", "someone", "somewhere", 3
	old.Effective = spatial.Validity{From: day(1), To: day(2)}
	old.Properties["note"] = "goes away"
	before := s.apply(edit(layers.Create, "areas", old))[0]
	now := place("a", 105.1, 34.1)
	after := s.apply(edit(layers.Replace, "areas", now))[0]
	s.same(s.get("areas", "a"), now)
	if after.Op != layers.Replace || after.Version <= before.Version {
		s.Errorf("change %+v after %+v", after, before)
	}
	s.fails(layers.ErrNotFound, 0, edit(layers.Replace, "areas", place("b", 1, 1)))
	s.absent("areas", "b")
}

func testPut(s *suite) {
	rng := rand.New(rand.NewPCG(2, 1))
	for i, f := range RandomFeatures(rng, s.areas, 60) {
		if c := s.apply(edit(layers.Put, "areas", f)); len(c) != 1 || c[0].Op != layers.Create {
			s.Fatalf("feature %d: first put made %+v, want one create", i, c)
		}
		first := s.get("areas", f.ID)
		if c := s.apply(edit(layers.Put, "areas", f)); len(c) != 0 {
			s.Fatalf("feature %d: the same put again made %+v", i, c)
		}
		if again := s.get("areas", f.ID); again.Version != first.Version || !again.Updated.Equal(first.Updated) {
			s.Fatalf("feature %d: the same put again made version %d out of %d", i, again.Version, first.Version)
		}
	}
	f := place("x", 105.7, 34.5)
	s.apply(edit(layers.Put, "areas", f))
	later := f
	later.Effective.To, later.Accuracy = day(9), 2.5
	news := []spatial.Feature{with(f, "number", int64(2)), with(f, "active", false), place("x", 105.7, 34.6), later, f}
	for i, f := range news {
		if c := s.apply(edit(layers.Put, "areas", f)); len(c) != 1 || c[0].Op != layers.Replace {
			s.Fatalf("news %d: put made %+v, want one replace", i, c)
		}
		s.same(s.get("areas", "x"), f)
	}
	c := s.apply(edit(layers.Put, "areas", f), edit(layers.Put, "areas", place("y", 1, 1)))
	if len(c) != 1 || c[0].ID != "y" {
		s.Errorf("a put without news and one with made %+v, want one change of y", c)
	}
}

func testDelete(s *suite) {
	s.apply(edit(layers.Create, "places", place("a", 105.7, 34.5)), edit(layers.Create, "places", place("b", 105.8, 34.5)))
	old := s.get("places", "a")
	c := s.apply(edit(layers.Delete, "places", spatial.Feature{ID: "a"}))
	if len(c) != 1 || c[0].Op != layers.Delete || c[0].ID != "a" || c[0].Version <= old.Version || c[0].Feature != nil {
		s.Errorf("delete made %+v", c)
	}
	s.absent("places", "a")
	s.get("places", "b")
	s.fails(layers.ErrNotFound, 0, edit(layers.Delete, "places", spatial.Feature{ID: "a"}))
}

func testAtomic(s *suite) {
	s.apply(edit(layers.Create, "places", place("a", 105.7, 34.5)), edit(layers.Create, "areas", place("a", 105.7, 34.5)))
	have := s.get("places", "a")
	head, err := s.store.Head(s.ctx)
	s.must(err)
	good := func(at ...layers.Edit) []layers.Edit {
		return append([]layers.Edit{
			edit(layers.Create, "places", place("new", 1, 1)), edit(layers.Replace, "places", place("a", 2, 2)),
			edit(layers.Delete, "areas", spatial.Feature{ID: "a"}), edit(layers.Put, "areas", place("put", 3, 3)),
		}, at...)
	}
	wrongIf := edit(layers.Delete, "places", spatial.Feature{ID: "a"})
	wrongIf.If = have.Version
	bad := []struct {
		err  error
		edit layers.Edit
	}{
		{layers.ErrExists, edit(layers.Create, "places", place("new", 1, 1))},
		{layers.ErrNotFound, edit(layers.Replace, "places", place("nobody", 1, 1))},
		{layers.ErrNotFound, edit(layers.Delete, "areas", spatial.Feature{ID: "a"})},
		{layers.ErrConflict, wrongIf},
		{layers.ErrNotFound, edit(layers.Create, "no_layer", place("z", 1, 1))},
		{layers.ErrInvalid, edit(layers.Create, "places", with(place("z", 1, 1), "no_property", "x"))},
	}
	for _, b := range bad {
		s.fails(b.err, 4, good(b.edit, edit(layers.Create, "places", place("last", 1, 1)))...)
		s.absent("places", "new")
		s.absent("places", "last")
		s.absent("areas", "put")
		s.same(s.get("areas", "a"), place("a", 105.7, 34.5))
		if again := s.get("places", "a"); again.Version != have.Version {
			s.Fatalf("%v: version %d became %d", b.err, have.Version, again.Version)
		}
	}
	if cs, _, err := s.store.Changes(s.ctx, head, 100); err != nil || len(cs) != 0 {
		s.Errorf("failed batches are in the feed: %+v, error %v", cs, err)
	}
	if st, err := s.store.Stat(s.ctx, "places"); err != nil || st.Count != 1 {
		s.Errorf("stat %+v, error %v after failed batches, want 1 feature", st, err)
	}
}

func testConflict(s *suite) {
	f := place("a", 105.7, 34.5)
	first := s.apply(edit(layers.Create, "places", f))[0].Version
	right := edit(layers.Replace, "places", with(f, "number", int64(2)))
	right.If = first
	s.apply(right)
	second := s.get("places", "a").Version
	for _, op := range []layers.Op{layers.Replace, layers.Put, layers.Delete} {
		e := edit(op, "places", with(f, "number", int64(3)))
		e.If = first
		if got := s.fails(layers.ErrConflict, 0, e); got.Have != second {
			s.Errorf("%s: the conflict says that version %d stands there, want %d", op, got.Have, second)
		}
		e.If, e.Feature.ID = first, "nobody"
		if cs, err := s.store.Apply(s.ctx, []layers.Edit{e}); err == nil {
			s.Errorf("%s of a feature that does not exist, if version %d: made %+v, want an error", op, first, cs)
		}
	}
	s.same(s.get("places", "a"), with(f, "number", int64(2)))
	last := edit(layers.Delete, "places", f)
	last.If = second
	s.apply(last)
	s.absent("places", "a")
}

func testSameFeatureInBatch(s *suite) {
	f := place("a", 105.7, 34.5)
	cs := s.apply(edit(layers.Create, "places", f), edit(layers.Replace, "places", with(f, "number", int64(2))),
		edit(layers.Put, "places", with(f, "number", int64(2))), edit(layers.Delete, "places", f),
		edit(layers.Put, "places", with(f, "number", int64(3))))
	want := []layers.Op{layers.Create, layers.Replace, layers.Delete, layers.Create}
	if len(cs) != len(want) {
		s.Fatalf("got %d changes, want %v", len(cs), want)
	}
	for i, c := range cs {
		if c.Op != want[i] || i > 0 && c.Version <= cs[i-1].Version {
			s.Errorf("change %d is %s with version %d, want %s and growing versions", i, c.Op, c.Version, want[i])
		}
	}
	if got := s.get("places", "a"); got.Version != cs[3].Version || got.Properties["number"] != int64(3) {
		s.Errorf("got %+v, want the state of the last edit", got)
	}
}

func testVersions(s *suite) {
	seen, last := map[int64]bool{}, int64(0)
	for i := range 5 {
		f := with(place("a", 105.7, 34.5), "number", int64(i))
		for _, op := range []layers.Op{layers.Create, layers.Replace, layers.Delete} {
			cs := s.apply(edit(op, "places", f), edit(layers.Create, "places", place(fmt.Sprintf("%d-%d", i, op), 1, 1)))
			for _, c := range cs {
				if seen[c.Version] {
					s.Fatalf("version %d is used twice", c.Version)
				}
				seen[c.Version] = true
			}
			if cs[0].Version <= last {
				s.Fatalf("version %d after %d", cs[0].Version, last)
			}
			last = cs[0].Version
			if op != layers.Delete && s.get("places", "a").Version != last {
				s.Fatalf("the feature does not have the version %d of its change", last)
			}
		}
	}
}

func testBounds(s *suite) {
	a := orb.LineString{{105.1, 34.1}, {105.3, 34.4}}
	b := orb.Polygon{{{106, 35}, {106.5, 35}, {106.5, 35.25}, {106, 35}}}
	f := place("a", 0, 0)
	want := func(c layers.Change, before, after orb.Bound) {
		s.Helper()
		if c.Before != before && !(c.Before.IsEmpty() && before.IsEmpty()) || c.After != after && !(c.After.IsEmpty() && after.IsEmpty()) {
			s.Errorf("%s: before %v after %v, want %v and %v", c.Op, c.Before, c.After, before, after)
		}
	}
	head, err := s.store.Head(s.ctx)
	s.must(err)
	f.Geometry = a
	want(s.apply(edit(layers.Put, "areas", f))[0], layers.Nowhere, a.Bound())
	f.Geometry = b
	want(s.apply(edit(layers.Put, "areas", f))[0], a.Bound(), b.Bound())
	want(s.apply(edit(layers.Delete, "areas", f))[0], b.Bound(), layers.Nowhere)
	cs, _, err := s.store.Changes(s.ctx, head, 10)
	s.must(err)
	if len(cs) != 3 {
		s.Fatalf("the feed has %d changes, want 3", len(cs))
	}
	want(cs[0], layers.Nowhere, a.Bound())
	want(cs[1], a.Bound(), b.Bound())
	want(cs[2], b.Bound(), layers.Nowhere)
}

func testRefused(s *suite) {
	f := place("a", 1, 1)
	bad := map[string]spatial.Feature{
		"NUL in text":                   with(f, "name", "a\x00b"),
		"text that is not UTF-8":        with(f, "name", "a\xffb"),
		"a property without room":       with(f, "no_property", "x"),
		"text for an integer":           with(f, "number", "7"),
		"a number for an integer":       with(f, "number", 7.5),
		"an integer for text":           with(f, "name", int64(7)),
		"an integer for a boolean":      with(f, "active", int64(1)),
		"a value of an unknown Go type": with(f, "number", 7),
		"no geometry":                   {ID: "a", Properties: map[string]any{}},
		"no id":                         place("", 1, 1),
	}
	for name, f := range bad {
		if cs, err := s.store.Apply(s.ctx, []layers.Edit{edit(layers.Put, "places", f)}); err == nil {
			s.Errorf("%s is taken: %+v", name, cs)
		} else {
			s.fails(layers.ErrInvalid, 0, edit(layers.Put, "places", f))
		}
	}
	if st, err := s.store.Stat(s.ctx, "places"); err != nil || st.Count != 0 {
		s.Errorf("stat %+v, error %v, want an empty layer", st, err)
	}
}
