package storetest

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
)

func testSync(s *suite) {
	f := place("a", 105.7, 34.5)
	s.apply(edit(layers.Create, "places", f))
	before := s.get("places", "a")
	for range 3 {
		s.must(s.store.Sync(s.ctx, []layers.Layer{s.areas, s.places}))
	}
	more := s.places
	more.Properties = append(slices.Clone(more.Properties), layers.Property{Name: "phone", Type: layers.TextType}, layers.Property{Name: "order", Type: layers.IntegerType})
	s.must(s.store.Sync(s.ctx, []layers.Layer{more, s.areas, Layer("third", layers.LineKind)}))
	if got := s.get("places", "a"); got.Version != before.Version {
		s.Errorf("sync changed version %d to %d", before.Version, got.Version)
	}
	s.same(s.get("places", "a"), f)
	f = with(with(f, "phone", "0938"), "order", int64(3))
	s.apply(edit(layers.Replace, "places", f))
	s.same(s.get("places", "a"), f)
	page, err := s.store.Features(s.ctx, "places", layers.Query{Where: map[string]any{"order": int64(3)}})
	s.must(err)
	if len(page.Features) != 1 {
		s.Errorf("where on the new property found %d features, want 1", len(page.Features))
	}
	line := RandomFeature(rand.New(rand.NewPCG(50, 1)), Layer("third", layers.LineKind))
	s.apply(edit(layers.Create, "third", line))
	s.same(s.get("third", line.ID), line)
}

func testSyncType(s *suite) {
	f := place("a", 105.7, 34.5)
	s.apply(edit(layers.Create, "places", f))
	other := s.places
	other.Properties = slices.Clone(other.Properties)
	for i, p := range other.Properties {
		if p.Name == "number" {
			other.Properties[i].Type = layers.TextType
		}
	}
	err := s.store.Sync(s.ctx, []layers.Layer{s.areas, other})
	if err == nil {
		s.Fatal("a property's other type is taken")
	}
	for _, word := range []string{"places", "number"} {
		if !strings.Contains(err.Error(), word) {
			s.Errorf("error %q does not name %q", err, word)
		}
	}
	s.must(s.store.Sync(s.ctx, []layers.Layer{s.places, s.areas}))
	s.same(s.get("places", "a"), f)
}

func testReopen(s *suite) {
	rng := rand.New(rand.NewPCG(51, 1))
	head, err := s.store.Head(s.ctx)
	s.must(err)
	fs := RandomFeatures(rng, s.areas, 200)
	want := s.apply(creates("areas", fs)...)
	want = append(want, s.apply(edit(layers.Delete, "areas", fs[0]))...)
	last := want[len(want)-1].Version
	first := s.get("areas", fs[1].ID)

	s.store = s.reopen()
	s.absent("areas", fs[0].ID)
	if got := s.get("areas", fs[1].ID); got.Version != first.Version || !got.Updated.Equal(first.Updated) {
		s.Errorf("reopened: %+v, want %+v", got, first)
	}
	s.agree("areas", fs[1:], layers.Query{}, "seed 51, reopened")
	got, _ := s.follow(s.store, head, 100)
	s.complete(got, want, "seed 51, reopened")
	if c := s.apply(edit(layers.Create, "areas", fs[0])); c[0].Version <= last {
		s.Errorf("reopened: version %d after %d", c[0].Version, last)
	}
}
