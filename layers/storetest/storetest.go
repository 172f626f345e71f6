// Package storetest is the contract of layers.Store as tests: Run holds a store against all of it. It also has
// what tests of other packages need: sample layers and features, and Memory, the smallest store that keeps the
// contract (without durability). Every random choice comes from a seed that the messages name.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Run holds a store against the contract. open makes a new, empty store for one test; reopen opens another
// handle on the same data, while the first one is still open or after it was closed. Run closes all that it
// got, before the cleanups that open registered. It calls Sync on each handle before anything else.
func Run(t *testing.T, open func(t *testing.T) (store layers.Store, reopen func() layers.Store)) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(start(t, open)) })
	}
}

var cases = []struct {
	name string
	run  func(*suite)
}{
	{"create makes a feature once", testCreate},
	{"replace leaves nothing of the old state", testReplace},
	{"put changes nothing when nothing is new", testPut},
	{"delete removes", testDelete},
	{"a failing edit is named and leaves the whole batch undone", testAtomic},
	{"a version that is not there is a conflict", testConflict},
	{"one batch may change a feature several times", testSameFeatureInBatch},
	{"versions grow across delete and create", testVersions},
	{"changes say where the map looks different", testBounds},
	{"what the store cannot hold is refused", testRefused},
	{"unknown layers and features are not found", testUnknown},
	{"geometries come back bit by bit", testGeometries},
	{"properties come back as they were", testProperties},
	{"text comes back as it was", testTexts},
	{"common columns come back as they were", testCommon},
	{"boxes and pages agree with a linear scan", testBoxes},
	{"touching a box counts", testTouching},
	{"two boxes at the antimeridian show a feature once", testAntimeridian},
	{"paging visits every feature once in byte order", testPaging},
	{"where filters every type", testWhere},
	{"effective dates", testEffective},
	{"all filters together agree with a linear scan", testFilters},
	{"scan visits all", testScan},
	{"scan and pages see one moment", testSnapshot},
	{"stat is true after deletes", testStat},
	{"the feed resumes from every cursor", testFeed},
	{"the feed of the head is empty", testHead},
	{"head comes before what is not yet read", testHeadBeforeRead},
	{"a cursor of nobody is an error", testBadCursor},
	{"changes carry the feature as it stands now", testChangeFeature},
	{"wait wakes on another handle's change", testWait},
	{"wait ends with its context", testWaitCancel},
	{"exactly one of many writers wins a version", testWriters},
	{"writers of two handles lose nothing", testTwoHandles},
	{"readers of the feed miss nothing while many write", testFeedWhileWriting},
	{"a cancelled context ends every method", testCancelled},
	{"a context cancelled during scan ends it", testCancelScan},
	{"a context cancelled during apply leaves all or nothing", testCancelApply},
	{"calls that are cut short leave a store that works", testCutShort},
	{"sync may be repeated and adds", testSync},
	{"sync refuses another type", testSyncType},
	{"a reopened store has everything", testReopen},
}

// suite is one test with its store.
type suite struct {
	*testing.T
	ctx    context.Context
	store  layers.Store
	places layers.Layer // points
	areas  layers.Layer // any geometry
	reopen func() layers.Store
}

func start(t *testing.T, open func(t *testing.T) (layers.Store, func() layers.Store)) *suite {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	store, reopen := open(t)
	s := &suite{T: t, ctx: ctx, store: store, places: Layer("places", layers.PointKind), areas: Layer("areas", layers.AnyKind)}
	s.own(store)
	s.reopen = func() layers.Store {
		t.Helper()
		again := reopen()
		s.own(again)
		return again
	}
	return s
}

// own makes room for the sample layers and closes the store at the end.
func (s *suite) own(store layers.Store) {
	s.Helper()
	s.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.Errorf("close: %v", err)
		}
	})
	s.must(store.Sync(s.ctx, []layers.Layer{s.places, s.areas}))
	s.must(store.Ping(s.ctx))
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// apply applies edits that must succeed.
func (s *suite) apply(edits ...layers.Edit) []layers.Change {
	s.Helper()
	changes, err := s.store.Apply(s.ctx, edits)
	s.must(err)
	return changes
}

func edit(op layers.Op, layer string, f spatial.Feature) layers.Edit {
	return layers.Edit{Op: op, Layer: layer, Feature: f}
}

// creates is one edit per feature.
func creates(layer string, fs []spatial.Feature) []layers.Edit {
	edits := make([]layers.Edit, len(fs))
	for i, f := range fs {
		edits[i] = edit(layers.Create, layer, f)
	}
	return edits
}

// get reads a feature that must exist.
func (s *suite) get(layer, id string) spatial.Feature {
	s.Helper()
	f, err := s.store.Feature(s.ctx, layer, id)
	s.must(err)
	return f
}

// same wants a feature's content as it was given.
func (s *suite) same(got, want spatial.Feature) {
	s.Helper()
	if !spatial.SameContent(got, want) {
		s.Fatalf("content differs\n got %+v\nwant %+v", got, want)
	}
	if !sameBits(got.Geometry, want.Geometry) {
		s.Fatalf("coordinates differ\n got %#v\nwant %#v", got.Geometry, want.Geometry)
	}
}

// absent wants that a feature does not exist.
func (s *suite) absent(layer, id string) {
	s.Helper()
	if f, err := s.store.Feature(s.ctx, layer, id); !errors.Is(err, layers.ErrNotFound) {
		s.Fatalf("%s/%s: got %+v and error %v, want ErrNotFound", layer, id, f, err)
	}
}

// fails wants that a batch fails at one edit for one reason.
func (s *suite) fails(want error, index int, edits ...layers.Edit) *layers.EditError {
	s.Helper()
	changes, err := s.store.Apply(s.ctx, edits)
	if !errors.Is(err, want) || changes != nil {
		s.Fatalf("got %v and error %v, want error %v", changes, err, want)
	}
	var e *layers.EditError
	if !errors.As(err, &e) {
		s.Fatalf("error %v is a %T, want an *EditError", err, err)
	}
	blamed := edits[index]
	if e.Index != index || e.Layer != blamed.Layer || e.ID != blamed.Feature.ID || e.Op != blamed.Op {
		s.Fatalf("error %q blames edit %d (%s %s/%s), want edit %d (%s %s/%s)", err, e.Index, e.Op, e.Layer, e.ID,
			index, blamed.Op, blamed.Layer, blamed.Feature.ID)
	}
	return e
}
