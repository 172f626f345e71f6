package gpkg

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

// Large batches are written in another way than single edits. Whatever stands in them, the outcome is that of
// the store in memory, which takes edits one by one: changes, errors, log and rows.
func TestLargeBatchesAgreeWithSingleEdits(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		s, m := open(t, filepath.Join(t.TempDir(), "a.gpkg")), new(storetest.Memory)
		ls := []layers.Layer{storetest.Layer("places", layers.PointKind), storetest.Layer("areas", layers.AnyKind)}
		for _, one := range []layers.Store{s, m} {
			if err := one.Sync(t.Context(), ls); err != nil {
				t.Fatal(err)
			}
		}
		for range 6 {
			es := randomEdits(rng, ls)
			got, gotErr := s.Apply(t.Context(), es)
			want, wantErr := m.Apply(t.Context(), es)
			if a, b := outcome(got, gotErr), outcome(want, wantErr); a != b {
				t.Fatalf("seed %d: %d edits came to\n%s\nwant\n%s", seed, len(es), a, b)
			}
		}
		for _, l := range ls {
			if a, b := content(t, s, l.ID), content(t, m, l.ID); a != b {
				t.Fatalf("seed %d: layer %s holds\n%s\nwant\n%s", seed, l.ID, a, b)
			}
		}
		a, _, err := s.Changes(t.Context(), "", 10_000)
		b, _, other := m.Changes(t.Context(), "", 10_000)
		if x, y := outcome(a, err), outcome(b, other); x != y {
			t.Fatalf("seed %d: the log says\n%s\nwant\n%s", seed, x, y)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// randomEdits is a batch of mostly new features, in which some ids come several times. Some batches fail.
func randomEdits(rng *rand.Rand, ls []layers.Layer) []layers.Edit {
	ops := []layers.Op{layers.Put, layers.Put, layers.Put, layers.Put, layers.Create}
	if rng.IntN(3) == 0 {
		ops = append(ops, layers.Delete, layers.Replace)
	}
	pool := []int{60, 100_000}[rng.IntN(2)]
	es := make([]layers.Edit, 1+rng.IntN(150))
	l := ls[0]
	for i := range es {
		if rng.IntN(20) == 0 {
			l = ls[rng.IntN(len(ls))]
		}
		f := storetest.RandomFeature(rng, l)
		f.ID = fmt.Sprintf(`"\<%d>站`, rng.IntN(pool))
		es[i] = layers.Edit{Op: ops[rng.IntN(len(ops))], Layer: l.ID, Feature: f}
		if i > 0 && rng.IntN(30) == 0 {
			es[i].Feature, es[i].Layer = es[i-1].Feature, es[i-1].Layer
		}
	}
	return es
}

// outcome writes changes, or the error, without what differs between stores.
func outcome(cs []layers.Change, err error) string {
	var bad *layers.EditError
	if errors.As(err, &bad) {
		return fmt.Sprintf("edit %d, %s %s: %v %v %v", bad.Index, bad.Layer, bad.ID,
			errors.Is(err, layers.ErrExists), errors.Is(err, layers.ErrNotFound), errors.Is(err, layers.ErrInvalid))
	}
	text := fmt.Sprint(err)
	for _, c := range cs {
		text += fmt.Sprintf("\n%d %s %s %s %v %v", c.Version, c.Op, c.Layer, c.ID, c.Before, c.After)
	}
	return text
}

func content(t *testing.T, s layers.Store, layer string) (text string) {
	t.Helper()
	page, err := s.Features(t.Context(), layer, layers.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Features {
		text += fmt.Sprintln(f.Version, f.ID, f.Owner, f.Source, f.Accuracy, f.Effective, f.Geometry, f.Properties)
	}
	return text
}
