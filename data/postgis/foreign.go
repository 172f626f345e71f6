package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Table is a table or view of another schema, read as a layer. Rows without geometry are left out. Features have
// version 0 and no common columns, except those that the table has under the same name with a type that fits.
type Table struct {
	store *Store
	table *table
	oid   uint32
	name  string // schema.table
}

var _ layers.Reader = (*Table)(nil)

// OpenTable looks at the table that a definition names and says what is missing when it cannot be read: the
// table, a column, the coordinate system, a unique id.
func (s *Store) OpenTable(ctx context.Context, l layers.Layer) (*Table, error) {
	r, err := lookAt(ctx, s.pool, l.Source.Table)
	if err == nil {
		err = r.suits(ctx, s.pool, l)
	}
	var from string
	t := newTable(l)
	if err == nil {
		from, err = r.asTable(l, t)
	}
	if err != nil {
		return nil, fmt.Errorf("layer %s: table %s: %w", l.ID, l.Source.Table, ended(ctx, err))
	}
	t.readFrom(from)
	return &Table{store: s, table: t, oid: r.oid, name: l.Source.Table}, nil
}

func (t *Table) pool() *pgxpool.Pool { return t.store.pool }

func (t *Table) holds(layer string) error {
	if layer != t.table.layer {
		return fmt.Errorf("layer %q: %w", layer, layers.ErrNotFound)
	}
	return nil
}

// Feature reads one feature; it reads the whole table unless its id is a text.
func (t *Table) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	if err := t.holds(layer); err != nil {
		return spatial.Feature{}, err
	}
	return again(ctx, t.pool(), func() (spatial.Feature, error) { return t.table.find(ctx, t.pool(), id) })
}

// Features reads one page. Pages of a large table cost as much as all of it, unless its id is a text.
func (t *Table) Features(ctx context.Context, layer string, q layers.Query) (layers.Page, error) {
	if err := t.holds(layer); err != nil {
		return layers.Page{}, err
	}
	return again(ctx, t.pool(), func() (layers.Page, error) { return t.table.page(ctx, t.pool(), q) })
}

// Scan streams all features.
func (t *Table) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	if err := t.holds(layer); err != nil {
		return err
	}
	return t.store.scan(ctx, t.table, visit)
}

// Stat counts the features and measures them.
func (t *Table) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	if err := t.holds(layer); err != nil {
		return layers.Stat{}, err
	}
	return again(ctx, t.pool(), func() (layers.Stat, error) { return t.table.stat(ctx, t.pool()) })
}
