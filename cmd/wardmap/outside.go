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

// outside opens layers that do not live in the store: tables of other schemas and archives of tiles.
func outside(c config, store layers.Store, w *world) opener {
	return func(opening context.Context, l layers.Layer) (external, error) {
		if l.Source.Type == layers.Archive {
			return openArchive(c, l)
		}
		pg, ok := store.(*postgis.Store)
		if !ok {
			return external{}, fmt.Errorf("layer %s: %w", l.ID, errNoTables)
		}
		table, err := pg.OpenTable(opening, l)
		if err != nil {
			return external{}, fmt.Errorf("layer %s: %w", l.ID, err)
		}
		f := &foreign{table: table, def: l, world: w}
		if err := f.refresh(opening); err != nil {
			return external{}, err
		}
		return external{cutter: f, reader: table, refresh: f.refresh}, nil
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
	f.mu.RLock()
	due, print, first := f.due, f.print, f.sheet == nil
	f.mu.RUnlock()
	if time.Now().Before(due) {
		return nil
	}
	now, err := f.table.Fingerprint(ctx)
	if err != nil {
		return err
	}
	next := f.sheet
	if first || now != print {
		next = newSheet(f.def)
		if err := next.fill(ctx, f.table, f.world.index); err != nil {
			return err
		}
	}
	wait := time.Duration(f.def.Source.Refresh) * time.Second
	if wait == 0 {
		wait = 10 * time.Second
	}
	f.mu.Lock()
	f.sheet, f.print, f.due = next, now, time.Now().Add(wait)
	f.mu.Unlock()
	if !first && now != print {
		f.world.feed.PublishAll(f.def.ID)
	}
	return nil
}

func (f *foreign) current() *sheet {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.sheet
}

func (f *foreign) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	return f.current().Cut(ctx, dst, id, class)
}

func (f *foreign) Epoch(id tiles.ID) uint64 { return f.current().Epoch(id) }

// An archived is one layer of an archive of tiles.
type archived struct {
	*tiles.Epochs
	archive  *pmtiles.Archive
	name, as string
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
	return external{cutter: &archived{tiles.NewEpochs(), a, name, l.ID}, close: a.Close}, nil
}

func (a *archived) Cut(ctx context.Context, dst []byte, id tiles.ID, _ string) ([]byte, error) {
	t, err := a.archive.Tile(ctx, tiles.Request{ID: id})
	if err != nil {
		return dst, err
	}
	return mvt.Extract(dst, t.Data, a.name, a.as)
}

func (a *archived) Epoch(id tiles.ID) uint64 { return a.At(id) }
