package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/tiles"
)

// A world is what the server knows at one moment: the definitions and, for each layer, its sheet. The store is
// the truth; the world follows it.
type world struct {
	store layers.Store
	cache *tiles.Cache
	feed  *feed.Hub
	index *layers.Index
	log   *slog.Logger
	other opener // of layers that do not live in the store; nil where there are none
	desk  *desk  // what moves; nil where positions are not kept
	flows *flows // what goes on by itself

	editor *layers.Editor

	ground ground     // that scenes stand on
	maps   api.Ground // and what it is called
	areas  areas      // that layers are counted by

	mu      sync.RWMutex // guards all below; never held while a sheet is filled
	defs    *layers.Catalogue
	sheets  map[string]*sheet
	filling map[string]*sheet // will replace the sheet of the same layer; hears of changes already
	extern  map[string]external
	sources map[string]tiles.Source // by layer names, comma separated
}

// An external is a read-only layer outside of the store.
type external struct {
	cutter  tiles.Cutter
	reader  layers.Reader                   // nil when it has no features to read, as an archive of tiles
	refresh func(ctx context.Context) error // reads it again when it is time; nil when it never changes
	sheet   func() *sheet                   // its features in memory; nil when it has none
	close   func() error                    // nil when there is nothing to close
}

// An opener opens a layer that does not live in the store.
type opener func(ctx context.Context, l layers.Layer) (external, error)

func newWorld(store layers.Store, cacheBytes int64, hub *feed.Hub, log *slog.Logger) *world {
	empty, _ := layers.NewCatalogue()
	w := &world{
		store: store, cache: tiles.NewCache(cacheBytes), feed: hub, index: layers.NewIndex(), log: log, defs: empty,
		sheets: map[string]*sheet{}, filling: map[string]*sheet{}, extern: map[string]external{}, sources: map[string]tiles.Source{},
	}
	w.editor = layers.NewEditor(store, w.catalogue, w.observe)
	w.flows = newFlows(w)
	return w
}

func (w *world) catalogue() *layers.Catalogue {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.defs
}

// define brings the world to new definitions: tables in the store, a sheet for each layer that is new or drawn
// otherwise than before. What cannot be had leaves the world as it was.
func (w *world) define(ctx context.Context, defs *layers.Catalogue) error {
	if err := w.store.Sync(ctx, defs.Managed()); err != nil {
		return err
	}
	var fresh []layers.Layer
	extern := map[string]external{}
	replaced := maps.Clone(w.extern) // only define changes it
	for _, l := range defs.Layers() {
		old, known := w.catalogue().Layer(l.ID)
		switch {
		case !l.IsManaged() && known && reflect.DeepEqual(old, l):
			extern[l.ID] = replaced[l.ID]
			delete(replaced, l.ID)
		case !l.IsManaged():
			e, err := w.open(ctx, l)
			if err != nil {
				return err
			}
			extern[l.ID] = e
		case !known || !sameSheet(old, l):
			fresh = append(fresh, l)
		}
	}
	if err := w.fill(ctx, fresh); err != nil {
		return err
	}
	defer w.closeAll(replaced) // when the lock is free again
	defer w.reviewAll()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swap(fresh)
	for id, s := range w.sheets {
		l, still := defs.Layer(id)
		if still && l.IsManaged() {
			w.sheets[id] = &sheet{l, s.atlas, s.epochs, s.scene, s.census}
		} else {
			delete(w.sheets, id)
		}
		if !still {
			w.index.Drop(id)
		}
	}
	w.defs, w.extern = defs, extern
	clear(w.sources)
	return nil
}

func (w *world) open(ctx context.Context, l layers.Layer) (external, error) {
	if w.other == nil {
		return external{}, fmt.Errorf("layer %s: no source of type %s can be opened here", l.ID, l.Source.Type)
	}
	return w.other(ctx, l)
}

// closeAll closes layers outside of the store that are no longer shown.
func (w *world) closeAll(all map[string]external) {
	for id, e := range all {
		if _, still := w.catalogue().Layer(id); !still {
			w.index.Drop(id)
		}
		if e.close == nil {
			continue
		}
		if err := e.close(); err != nil {
			w.log.Warn("close a layer", "layer", id, "error", err)
		}
	}
}

// refresh reads layers outside of the store again where it is time.
func (w *world) refresh(ctx context.Context) {
	w.mu.RLock()
	all := maps.Clone(w.extern)
	w.mu.RUnlock()
	for id, e := range all {
		if e.refresh == nil {
			continue
		}
		if err := e.refresh(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("read a layer again", "layer", id, "error", err)
		}
	}
}

// fill reads layers from the store into new sheets, two at a time. Changes that are made meanwhile reach them.
func (w *world) fill(ctx context.Context, ls []layers.Layer) error {
	w.mu.Lock()
	for _, l := range ls {
		w.filling[l.ID] = newSheet(l, w.around())
		w.index.Drop(l.ID)
	}
	filling := maps.Clone(w.filling)
	w.mu.Unlock()
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2)
	for _, l := range ls {
		work.Go(func() error { return filling[l.ID].fill(ctx, w.store, w.index) })
	}
	err := work.Wait()
	if err != nil {
		w.mu.Lock()
		clear(w.filling)
		w.mu.Unlock()
	}
	return err
}

// swap puts filled sheets in the place of the old ones; the caller holds the lock.
func (w *world) swap(ls []layers.Layer) {
	for _, l := range ls {
		w.sheets[l.ID] = w.filling[l.ID]
		delete(w.filling, l.ID)
	}
}

// refill reads everything anew, after changes were missed.
func (w *world) refill(ctx context.Context) error {
	all := w.catalogue().Managed()
	if err := w.fill(ctx, all); err != nil {
		return err
	}
	w.mu.Lock()
	w.swap(all)
	clear(w.sources)
	w.mu.Unlock()
	for _, l := range all {
		w.feed.PublishAll(l.ID)
		w.review(l.ID, everywhere)
	}
	return w.rules(ctx)
}

// observe is the world's layers.Observer: features, epochs, search, then open maps.
func (w *world) observe(cs []layers.Change) {
	byLayer := map[string][]layers.Change{}
	for _, c := range cs {
		byLayer[c.Layer] = append(byLayer[c.Layer], c)
	}
	if w.desk != nil {
		w.desk.observe(w.catalogue(), cs)
	}
	w.flows.observe(w.catalogue(), cs)
	for _, layer := range slices.Sorted(maps.Keys(byLayer)) {
		w.mu.RLock()
		now, next := w.sheets[layer], w.filling[layer]
		w.mu.RUnlock()
		if next != nil {
			next.change(byLayer[layer])
		}
		if now == nil {
			continue
		}
		dirty := now.change(byLayer[layer])
		w.reindex(&now.def, byLayer[layer])
		if len(dirty) > 0 {
			w.feed.Publish(layer, dirty...)
			w.review(layer, dirty...)
		}
	}
}

func (w *world) reindex(l *layers.Layer, cs []layers.Change) {
	for _, c := range cs {
		if c.Feature != nil {
			w.index.Put(l, *c.Feature)
		} else {
			w.index.Remove(c.Layer, c.ID, c.Version)
		}
	}
}

// advance shows and hides what begins and ends to hold.
func (w *world) advance(now time.Time) {
	w.mu.RLock()
	all := slices.Collect(maps.Values(w.sheets))
	for _, e := range w.extern {
		if e.sheet != nil {
			all = append(all, e.sheet())
		}
	}
	w.mu.RUnlock()
	for _, s := range all {
		if dirty := fewer(append(s.atlas.Advance(now), s.scene.advance(now)...)); len(dirty) > 0 {
			s.epochs.Touch(dirty...)
			w.feed.Publish(s.def.ID, dirty...)
			w.review(s.def.ID, dirty...)
		}
	}
}

// source answers for tiles of the named layers together.
func (w *world) source(names []string) (tiles.Source, error) {
	name := strings.Join(names, ",")
	w.mu.RLock()
	src := w.sources[name]
	w.mu.RUnlock()
	if src != nil {
		return src, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	parts := make([]tiles.Part, len(names))
	for i, n := range names {
		if s, ok := w.sheets[n]; ok {
			parts[i] = tiles.Part{Name: n, Cutter: s}
		} else if e, ok := w.extern[n]; ok {
			parts[i] = tiles.Part{Name: n, Cutter: e.cutter}
		} else {
			return nil, fmt.Errorf("layer %q: %w", n, layers.ErrNotFound)
		}
	}
	if len(w.sources) > 1000 { // names come from addresses: do not keep every combination for ever
		clear(w.sources)
	}
	w.sources[name] = tiles.Compose(w.cache, parts...)
	return w.sources[name], nil
}

// reader reads the features of a layer, wherever it lives.
func (w *world) reader(l layers.Layer) layers.Reader {
	if l.IsManaged() {
		return w.store
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if e := w.extern[l.ID]; e.reader != nil {
		return e.reader
	}
	return noFeatures{}
}

// picture is where everything is now; an empty one where positions are not kept.
func (w *world) picture() *live.Picture {
	if w.desk == nil {
		return live.NewPicture(live.Options{})
	}
	return w.desk.picture
}

// rules brings units, fences and roads to what the layers say.
func (w *world) rules(ctx context.Context) error {
	if err := w.flows.load(ctx, w.store); err != nil {
		return err
	}
	if w.desk == nil {
		return nil
	}
	return w.desk.fill(ctx, w.catalogue(), w.store)
}

// noFeatures is the reader of layers that have tiles only.
type noFeatures struct{}

func (noFeatures) Feature(_ context.Context, layer, _ string) (spatial.Feature, error) {
	return spatial.Feature{}, fmt.Errorf("layer %s is an archive of tiles and has no features to read: %w", layer, layers.ErrNotFound)
}

func (noFeatures) Features(context.Context, string, layers.Query) (layers.Page, error) {
	return layers.Page{}, nil
}

func (noFeatures) Scan(context.Context, string, func(spatial.Feature) error) error { return nil }

func (noFeatures) Stat(context.Context, string) (layers.Stat, error) {
	return layers.Stat{Bound: layers.Nowhere}, nil
}
