package layers_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// desk is an editor over a store in memory, and what its observer heard.
type desk struct {
	*layers.Editor
	store *storetest.Memory
	mu    sync.Mutex // guards heard
	heard []layers.Change
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	c, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(beats)}})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	d := &desk{store: new(storetest.Memory)}
	if err := d.store.Sync(t.Context(), c.Managed()); err != nil {
		t.Fatal(err)
	}
	d.Editor = layers.NewEditor(d.store, func() *layers.Catalogue { return c }, d.hear)
	return d
}

func (d *desk) hear(cs []layers.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, cs...)
}

func beat(id, name string) spatial.Feature {
	return spatial.Feature{ID: id, Geometry: square, Properties: map[string]any{"name": name}}
}

func TestAnEditIsCheckedBeforeTheStoreSeesIt(t *testing.T) {
	d := newDesk(t)
	tests := []struct {
		name string
		edit layers.Edit
		want error
		text string
	}{
		{"an unknown layer", layers.Edit{Op: layers.Create, Layer: "zoo", Feature: beat("1", "x")}, layers.ErrNotFound, `layer "zoo"`},
		{"a fault in the feature", layers.Edit{Op: layers.Create, Layer: "beats", Feature: spatial.Feature{ID: "1", Geometry: square}}, layers.ErrInvalid, "required"},
		{"a polygon that crosses itself", layers.Edit{Op: layers.Create, Layer: "beats", Feature: spatial.Feature{
			ID: "1", Geometry: orb.Polygon{{{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}}, Properties: map[string]any{"name": "x"}}}, layers.ErrInvalid, "geometry"},
		{"no operation", layers.Edit{Layer: "beats", Feature: beat("1", "x")}, layers.ErrInvalid, "op"},
		{"deleting what is not there", layers.Edit{Op: layers.Delete, Layer: "beats", Feature: spatial.Feature{ID: "99"}}, layers.ErrNotFound, "99"},
	}
	for _, test := range tests {
		_, err := d.Apply(t.Context(), []layers.Edit{test.edit})
		if !errors.Is(err, test.want) || (err != nil && !strings.Contains(err.Error(), test.text)) {
			t.Errorf("%s: got %v, want %v with %q", test.name, err, test.want, test.text)
		}
	}
}

func TestOneBadEditStopsTheBatch(t *testing.T) {
	d := newDesk(t)
	_, err := d.Apply(t.Context(), []layers.Edit{
		{Op: layers.Create, Layer: "beats", Feature: beat("1", "x")},
		{Op: layers.Create, Layer: "beats", Feature: spatial.Feature{ID: "2", Geometry: square}},
	})
	var one *layers.EditError
	if !errors.As(err, &one) || one.Index != 1 || !errors.Is(err, layers.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	if _, err := d.store.Feature(t.Context(), "beats", "1"); !errors.Is(err, layers.ErrNotFound) {
		t.Errorf("the first edit of the batch stands: %v", err)
	}
	if len(d.heard) > 0 {
		t.Errorf("the observer heard %v", d.heard)
	}
}

func TestTheObserverHearsBeforeTheAcknowledgement(t *testing.T) {
	d := newDesk(t)
	cs, err := d.Apply(t.Context(), []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: spatial.Feature{Geometry: square, Properties: map[string]any{"name": "x"}}}})
	if err != nil || len(cs) != 1 || cs[0].ID == "" || cs[0].Feature == nil {
		t.Fatalf("%+v, %v", cs, err)
	}
	if len(d.heard) != 1 || d.heard[0].Version != cs[0].Version {
		t.Errorf("heard %+v", d.heard)
	}
}

func TestPatchChangesWhatItNamesAndNothingElse(t *testing.T) {
	d := newDesk(t)
	first, err := d.Apply(t.Context(), []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: spatial.Feature{
		ID: "1", Owner: "620502", Geometry: square, Properties: map[string]any{"name": "x", "officers": int64(4), "grade": "a"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Patch(t.Context(), "beats", "1", first[0].Version, layers.Patch{Properties: map[string]any{"grade": nil, "officers": 5.0}}); err != nil {
		t.Fatal(err)
	}
	f, err := d.store.Feature(t.Context(), "beats", "1")
	if err != nil || f.Owner != "620502" || f.Properties["name"] != "x" || f.Properties["officers"] != int64(5) || len(f.Properties) != 2 {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := d.Patch(t.Context(), "beats", "1", first[0].Version, layers.Patch{}); !errors.Is(err, layers.ErrConflict) {
		t.Errorf("an old version passed: %v", err)
	}
	if _, err := d.Patch(t.Context(), "beats", "1", 0, layers.Patch{Properties: map[string]any{"name": nil}}); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("a required property was removed: %v", err)
	}
}

func TestPatchesWithoutVersionAllHappen(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Apply(t.Context(), []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: beat("1", "x")}}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, p := range []map[string]any{{"officers": int64(7)}, {"grade": "b"}, {"open": true}, {"area": 2.5}} {
		wg.Go(func() {
			if _, err := d.Patch(context.Background(), "beats", "1", 0, layers.Patch{Properties: p}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f, err := d.store.Feature(t.Context(), "beats", "1"); err != nil || len(f.Properties) != 5 {
		t.Errorf("got %v, %v", f.Properties, err)
	}
}

func TestFollowHearsWhatOthersDo(t *testing.T) {
	d := newDesk(t)
	from, err := d.store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	heard := make(chan layers.Change, 100)
	ended := make(chan error, 1)
	go func() {
		_, err := layers.Follow(ctx, d.store, from, func(cs []layers.Change) {
			for _, c := range cs {
				heard <- c
			}
		})
		ended <- err
	}()
	if _, err := d.store.Apply(t.Context(), []layers.Edit{{Op: layers.Put, Layer: "beats", Feature: beat("foreign", "x")}}); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-heard:
		if c.ID != "foreign" || c.Feature == nil {
			t.Errorf("heard %+v", c)
		}
	case <-time.After(5 * time.Second):
		t.Error("heard nothing")
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) || layers.Lost(err) {
		t.Errorf("ended with %v", err)
	}
}

func TestSearchRanksAndForgets(t *testing.T) {
	x, l, view := layers.NewIndex(), beatsLayer(t), layers.View{}
	for i, name := range []string{"城关", "城关镇第二巡区", "老城关", "中心"} {
		f := beat(string(rune('a'+i)), name)
		f.Version = int64(i + 1)
		x.Put(&l, f)
	}
	names := func(q string, limit int, near *orb.Bound) string {
		hits, err := x.Search(t.Context(), view, q, limit, near)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, h := range hits {
			out = append(out, h.Label)
		}
		return strings.Join(out, " ")
	}
	far := orb.Bound{Min: orb.Point{50, 50}, Max: orb.Point{51, 51}}
	for _, test := range []struct{ got, want, what string }{
		{names("城关", 9, nil), "城关 城关镇第二巡区 老城关", "whole, beginning, inside"},
		{names("城关", 1, nil), "城关", "limit"},
		{names("D", 9, nil), "中心", "an id, in upper case"},
		{names("城关", 9, &far), "", "elsewhere"},
		{names("  ", 9, nil), "", "nothing asked"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, test.got, test.want)
		}
	}
	x.Remove("beats", "a", 1)
	if got := names("城关", 1, nil); got != "城关" {
		t.Errorf("an old removal took it away: %q", got)
	}
	x.Remove("beats", "a", 9)
	if got := names("城关", 1, nil); got != "城关镇第二巡区" {
		t.Errorf("after its removal: %q", got)
	}
	y := layers.NewIndex()
	y.Put(&l, beat("a", "城关"))
	x.Renew("beats", y)
	if got := names("城关", 9, nil) + names("中心", 9, nil); got != "城关" {
		t.Errorf("after it was read anew: %q", got)
	}
	x.Renew("beats", layers.NewIndex())
	x.Put(&l, beat("b", "城关镇"))
	if got := names("城关", 9, nil); got != "城关镇" {
		t.Errorf("after it was empty: %q", got)
	}
	secret := l
	secret.Sensitivity, secret.ID = layers.Restricted, "secret"
	x.Put(&secret, beat("s", "秘密"))
	if got := names("秘密", 9, nil); got != "" {
		t.Errorf("a restricted layer is found: %q", got)
	}
	if view.Level = layers.Restricted; names("秘密", 9, nil) != "秘密" {
		t.Error("who may see it does not find it")
	}
}

func TestARepairedGeometryIsNotCheckedTwiceAndAllElseIs(t *testing.T) {
	bow := orb.Polygon{{{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}}
	crossed, nameless := beat("1", "x"), spatial.Feature{ID: "2", Geometry: square}
	crossed.Geometry = bow
	edit := func(f spatial.Feature) []layers.Edit {
		return []layers.Edit{{Op: layers.Put, Layer: "beats", Feature: f}}
	}
	d := newDesk(t)
	if _, err := d.Apply(t.Context(), edit(crossed)); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("the editor takes a crossed polygon: %v", err)
	}
	trusting := d.Repaired()
	if _, err := trusting.Apply(t.Context(), edit(nameless)); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("the trusting editor takes a feature without its required name: %v", err)
	}
	if _, err := trusting.Apply(t.Context(), edit(crossed)); err != nil || len(d.heard) != 1 {
		t.Errorf("the trusting editor checks rings: %v, or does not tell: %v", err, d.heard)
	}
	if _, err := d.Apply(t.Context(), edit(crossed)); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("the editor itself has become trusting: %v", err)
	}
}
