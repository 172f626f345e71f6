package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/wardmap/wardmap/data/postgis"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

// outside opens layers that do not live in the store: tables of other schemas, archives of tiles, the live picture.
func outside(c config, store layers.Store, w *world) opener {
	return func(opening context.Context, l layers.Layer) (external, error) {
		switch l.Source.Type {
		case layers.Archive:
			return openArchive(c, l)
		case layers.Live:
			return openLive(l, w.picture()), nil
		}
		pg, ok := store.(*postgis.Store)
		if !ok {
			return external{}, fmt.Errorf("layer %s: %w", l.ID, errNoTables)
		}
		table, err := pg.OpenTable(opening, l)
		if err != nil {
			return external{}, fmt.Errorf("%w; mend it, or take the layer out of the definitions in %s", err, c.catalogueFolder())
		}
		f := &foreign{table: table, def: l, world: w}
		if err := f.refresh(opening); err != nil {
			return external{}, err
		}
		return external{cutter: f, reader: table, refresh: f.refresh, sheet: f.current}, nil
	}
}

// A foreign is a table of another schema, shown read only: read whole, and read again when it changed.
type foreign struct {
	table *postgis.Table
	def   layers.Layer
	world *world

	mu    sync.RWMutex // guards all below; never held while the table is read
	sheet *sheet
	print string
	due   time.Time
}

// refresh reads the table again when its refresh time is over and it changed.
func (f *foreign) refresh(ctx context.Context) error {
	f.mu.Lock()
	now, before := time.Now(), f.print
	if now.Before(f.due) {
		f.mu.Unlock()
		return nil
	}
	f.due = now.Add(f.wait()) // also after a failure
	first := f.sheet == nil
	f.mu.Unlock()
	print, err := f.table.Fingerprint(ctx)
	if err != nil || !first && print == before {
		return err
	}
	next, found := newSheet(f.def, f.world.around()), layers.NewIndex()
	if err := next.fill(ctx, f.table, found); err != nil {
		return err
	}
	f.mu.Lock()
	f.sheet, f.print, f.due = next, print, time.Now().Add(f.wait())
	f.mu.Unlock()
	f.world.index.Renew(f.def.ID, found)
	if !first {
		f.world.feed.PublishAll(f.def.ID)
		f.world.review(f.def.ID, everywhere)
	}
	return nil
}

// wait is how old tiles of the table may be.
func (f *foreign) wait() time.Duration {
	if f.def.Source.Refresh > 0 {
		return time.Duration(f.def.Source.Refresh) * time.Second
	}
	return 10 * time.Second
}

func (f *foreign) current() *sheet {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.sheet
}

func (f *foreign) Class(class string) string { return classOf(&f.def, class) }

func (f *foreign) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	return f.current().Cut(ctx, dst, id, class)
}

func (f *foreign) Epoch(id tiles.ID) uint64 { return f.current().Epoch(id) }

// An archived is one layer of an archive of tiles.
type archived struct {
	*tiles.Epochs
	archive *pmtiles.Archive
	def     layers.Layer
	name    string // of the layer in the archive
}

func openArchive(c config, l layers.Layer) (external, error) {
	path := l.Source.Archive
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Data, path)
	}
	a, err := pmtiles.Open(path)
	if err != nil {
		return external{}, fmt.Errorf("layer %s: %w", l.ID, err)
	}
	name := l.Source.Layer
	if name == "" {
		name = l.ID
	}
	return external{cutter: &archived{tiles.NewEpochs(), a, l, name}, close: a.Close}, nil
}

func (a *archived) Class(class string) string { return classOf(&a.def, class) }

// Cut gives the whole layer or nothing: an archive's tiles are finished, see checkSource.
func (a *archived) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	if v, err := layers.ParseView(class); err != nil || !v.Layer(&a.def) {
		return dst, nil
	}
	t, err := a.archive.Tile(ctx, tiles.Request{ID: id})
	if err != nil {
		return dst, err
	}
	return mvt.Extract(dst, t.Data, a.name, a.def.ID)
}

func (a *archived) Epoch(id tiles.ID) uint64 { return a.At(id) }
