package gpkg

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Apply implements layers.Writer.
func (s *Store) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	if len(edits) == 0 {
		return nil, ctx.Err()
	}
	b := batch{store: s, at: time.Now().UTC().Truncate(time.Millisecond), changes: make([]layers.Change, 0, len(edits))}
	if err := b.findTables(ctx, edits); err != nil {
		return nil, err
	}
	if err := s.write(ctx, func(whole context.Context, c *conn) error {
		b.c = c
		return b.run(whole, ctx, edits)
	}); err != nil {
		return nil, explain(err)
	}
	if len(b.changes) == 0 {
		return nil, nil
	}
	s.publish(b.tables)
	s.wake()
	return b.changes, nil
}

// A batch is one run of Apply inside its transaction.
type batch struct {
	store   *Store
	c       *conn
	tables  map[string]*table
	at      time.Time
	first   int64 // newest version before the batch
	version int64
	changes []layers.Change
	args    []driver.Value
	blob    []byte
	absent  map[string]map[string]bool // layer -> ids that are known to stand in no row
	queue   queue                      // rows to write before anything else is asked of the table
	logged  []driver.Value             // rows to write to the log
}

func blame(i int, e layers.Edit, have int64, err error) error {
	return &layers.EditError{Index: i, Layer: e.Layer, ID: e.Feature.ID, Op: e.Op, Have: have, Err: err}
}

// findTables asks for the tables before the transaction begins: it may need another connection.
func (b *batch) findTables(ctx context.Context, edits []layers.Edit) error {
	b.tables = map[string]*table{}
	for i, e := range edits {
		if b.tables[e.Layer] != nil {
			continue
		}
		t, err := b.store.table(ctx, e.Layer)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return blame(i, e, 0, err)
		}
		b.tables[e.Layer] = t
	}
	return nil
}

func (b *batch) run(ctx, asked context.Context, edits []layers.Edit) error {
	first, err := newest(ctx, b.c)
	if err != nil {
		return err
	}
	b.first, b.version = first, first
	if err := b.findAbsent(ctx, edits); err != nil {
		return err
	}
	for i, e := range edits {
		if err := asked.Err(); err != nil {
			return err
		}
		if have, err := b.do(ctx, e); err != nil {
			return blame(i, e, have, err)
		}
	}
	if len(b.changes) == 0 {
		return nil
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.flushLog(ctx); err != nil {
		return err
	}
	if err := b.prune(ctx); err != nil {
		return err
	}
	return b.c.exec(ctx, "UPDATE wardmap_store SET writing=0")
}

// do works out one edit. For a conflict it says which version stands there.
func (b *batch) do(ctx context.Context, e layers.Edit) (have int64, err error) {
	t := b.tables[e.Layer]
	if e.Op != layers.Delete {
		f := e.Feature
		f.Version, f.Updated = b.version+1, b.at
		if b.args, err = t.row(b.args, f); err != nil {
			return 0, err
		}
	}
	old, exists, blob, err := b.old(ctx, t, e)
	if err != nil {
		return 0, err
	}
	op := e.Op
	switch {
	case op == layers.Create && exists:
		return 0, layers.ErrExists
	case (op == layers.Replace || op == layers.Delete) && !exists:
		return 0, layers.ErrNotFound
	case e.If != 0 && e.If != old.Version:
		return old.Version, layers.ErrConflict
	case op == layers.Put && exists && spatial.SameContent(old, e.Feature):
		return 0, nil
	case op == layers.Put && exists:
		op = layers.Replace
	case op == layers.Put:
		op = layers.Create
	}
	return 0, b.change(ctx, t, op, e.Feature, old, blob)
}

// old reads the row that stands there.
func (b *batch) old(ctx context.Context, t *table, e layers.Edit) (f spatial.Feature, exists bool, blob []byte, err error) {
	if b.absent[t.layer][e.Feature.ID] {
		return f, false, nil, nil
	}
	if err := b.flush(ctx); err != nil {
		return f, false, nil, err
	}
	err = b.c.query(ctx, t.byID(), []driver.Value{e.Feature.ID}, func(row []driver.Value) error {
		exists = true
		blob, _ = row[1].([]byte)
		got, _, err := t.feature(row)
		if err != nil && e.Op != layers.Put { // a damaged row may be replaced and deleted
			err = nil
		}
		f = got
		f.Version, _ = row[2].(int64)
		return err
	})
	return f, exists, blob, err
}

// change writes the row and the log.
func (b *batch) change(ctx context.Context, t *table, op layers.Op, f, old spatial.Feature, oldBlob []byte) error {
	if len(b.changes) == 0 { // the triggers shall keep silent; a batch without news writes nothing at all
		if err := b.c.exec(ctx, "UPDATE wardmap_store SET writing=1"); err != nil {
			return err
		}
	}
	b.version++
	c := layers.Change{Version: b.version, Layer: t.layer, ID: f.ID, Op: op, Before: nowhere, After: nowhere, At: b.at}
	if old.Geometry != nil {
		c.Before = old.Geometry.Bound()
	}
	var err error
	if op == layers.Delete {
		err = b.c.exec(ctx, "DELETE FROM "+quote(t.layer)+" WHERE id=?1", f.ID)
	} else {
		c.After = f.Geometry.Bound()
		err = b.put(ctx, t, op, f, oldBlob)
		f = stored(f, b.version, b.at)
		c.Feature = &f
	}
	if err != nil {
		return err
	}
	b.changes = append(b.changes, c)
	b.log(c)
	return nil
}

// stored is a feature as it will be read again: its own copy with version and times in UTC.
func stored(f spatial.Feature, version int64, at time.Time) spatial.Feature {
	f.Version, f.Updated = version, at
	f.Geometry = orb.Clone(f.Geometry)
	props := make(map[string]any, len(f.Properties))
	for k, v := range f.Properties {
		props[k] = v
	}
	f.Properties = props
	for _, t := range []*time.Time{&f.Effective.From, &f.Effective.To} {
		if !t.IsZero() {
			*t = t.UTC()
		}
	}
	return f
}

// put writes the row whose arguments stand in b.args. A geometry that stays leaves the index alone.
func (b *batch) put(ctx context.Context, t *table, op layers.Op, f spatial.Feature, oldBlob []byte) (err error) {
	if b.blob, err = appendBlob(b.blob[:0], f.Geometry); err != nil {
		return fmt.Errorf("%w: %w", layers.ErrInvalid, err)
	}
	if err := b.widen(ctx, t, f.Geometry); err != nil {
		return err
	}
	b.args[1] = b.blob
	switch absent := b.absent[t.layer]; {
	case op == layers.Create && absent[f.ID]:
		delete(absent, f.ID)
		return b.enqueue(ctx, b.tables[t.layer], b.blob)
	case op == layers.Create:
		return b.c.exec(ctx, t.insert, b.args...)
	case bytes.Equal(b.blob, oldBlob):
		return b.c.exec(ctx, t.partial, b.args...)
	}
	return b.c.exec(ctx, t.update, b.args...)
}

// widen declares a table's geometries as GEOMETRY when one comes that is not of the declared type: in the
// GeoPackage tables, and in the text of CREATE TABLE by the procedure that SQLite documents for changes that
// leave the stored rows as they are (lang_altertable.html). GDAL warns when the two differ.
func (b *batch) widen(ctx context.Context, t *table, g orb.Geometry) error {
	if t.geometry == "GEOMETRY" || sqlGeometry(g) == t.geometry {
		return nil
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	b.tables[t.layer] = newTable(t.layer, "GEOMETRY", t.columns)
	err := b.c.exec(ctx, "UPDATE gpkg_geometry_columns SET geometry_type_name='GEOMETRY' WHERE table_name=?", t.layer)
	if err != nil {
		return err
	}
	schema, err := b.c.number(ctx, "PRAGMA schema_version")
	if err != nil {
		return err
	}
	return b.c.script(ctx, fmt.Sprintf(`PRAGMA writable_schema=ON;
		UPDATE sqlite_schema SET sql=replace(sql, ' geom %s,', ' geom GEOMETRY,') WHERE type='table' AND name='%s';
		PRAGMA schema_version=%d; PRAGMA writable_schema=OFF`, t.geometry, t.layer, schema+1))
}

// publish takes over tables that a batch has widened, unless Sync has made others meanwhile.
func (s *Store) publish(tables map[string]*table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for layer, t := range tables {
		if old := s.tables[layer]; old != nil && old.geometry != t.geometry && slices.Equal(old.columns, t.columns) {
			s.tables[layer] = t
		}
	}
}

func sqlGeometry(g orb.Geometry) string {
	switch g.(type) {
	case orb.Point:
		return "POINT"
	case orb.LineString:
		return "LINESTRING"
	case orb.Polygon:
		return "POLYGON"
	}
	return "GEOMETRY"
}
