package postgis

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Feature reads one feature.
func (s *Store) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	t, err := s.table(layer)
	if err != nil {
		return spatial.Feature{}, err
	}
	return again(ctx, s.pool, func() (spatial.Feature, error) { return t.find(ctx, s.pool, id) })
}

func (t *table) find(ctx context.Context, db queryer, id string) (spatial.Feature, error) {
	if !goodText(id) {
		return spatial.Feature{}, fmt.Errorf("layer %s, feature %q: %w", t.layer, id, layers.ErrNotFound)
	}
	rows, err := db.Query(ctx, t.one, id)
	if err != nil {
		return spatial.Feature{}, reading(ctx, t.layer, err)
	}
	fs, err := t.features(rows)
	switch {
	case err != nil:
		return spatial.Feature{}, reading(ctx, t.layer, err)
	case len(fs) == 0:
		return spatial.Feature{}, fmt.Errorf("layer %s, feature %q: %w", t.layer, id, layers.ErrNotFound)
	}
	return fs[0], nil
}

// Features reads one page. Matched costs a second query, except on a first page that is also the last.
func (s *Store) Features(ctx context.Context, layer string, q layers.Query) (layers.Page, error) {
	t, err := s.table(layer)
	if err != nil {
		return layers.Page{}, err
	}
	return again(ctx, s.pool, func() (layers.Page, error) { return t.page(ctx, s.pool, q) })
}

// queryer is what pools, connections and transactions have in common.
type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (t *table) page(ctx context.Context, db queryer, q layers.Query) (layers.Page, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	w := t.where(q)
	if !goodText(q.After) {
		w.err = fmt.Errorf("after %q: that is no text: %w", q.After, layers.ErrInvalid)
	}
	if w.err != nil {
		return layers.Page{}, fmt.Errorf("layer %s: %w", t.layer, w.err)
	}
	matching, args := w.sql(), w.args
	if q.After != "" {
		w.add("id > %s", w.arg(q.After))
	}
	sql := fmt.Sprintf("%s%s ORDER BY id LIMIT %s OFFSET %s", t.all, w.sql(), w.arg(int64(limit)+1), w.arg(int64(max(q.Offset, 0))))
	rows, err := db.Query(ctx, sql, w.args...)
	if err != nil {
		return layers.Page{}, reading(ctx, t.layer, err)
	}
	page := layers.Page{}
	if page.Features, err = t.features(rows); err != nil {
		return layers.Page{}, reading(ctx, t.layer, err)
	}
	if len(page.Features) > limit {
		page.Features = page.Features[:limit]
		page.Next = page.Features[limit-1].ID
	}
	page.Matched = int64(len(page.Features))
	if q.After == "" && q.Offset <= 0 && page.Next == "" {
		return page, nil
	}
	err = db.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s%s", t.ident, matching), args...).Scan(&page.Matched)
	if err != nil {
		return layers.Page{}, reading(ctx, t.layer, err)
	}
	return page, nil
}

// Scan streams all features of a layer. It holds one connection of the pool until the last visit.
func (s *Store) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	t, err := s.table(layer)
	if err != nil {
		return err
	}
	return s.scan(ctx, t, visit)
}

func (s *Store) scan(ctx context.Context, t *table, visit func(spatial.Feature) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return reading(ctx, t.layer, err)
	}
	defer rollback(ctx, tx)
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return reading(ctx, t.layer, err)
	}
	rows, err := tx.Query(ctx, t.all)
	if err != nil {
		return reading(ctx, t.layer, err)
	}
	err = t.eachFeature(rows, func(f spatial.Feature) error {
		if ctx.Err() != nil { // the server may have sent all of it before it heard
			return ctx.Err()
		}
		return visit(f)
	})
	if err != nil {
		return reading(ctx, t.layer, err)
	}
	return nil
}

// Stat counts the features of a layer and measures it; it reads the whole table.
func (s *Store) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	t, err := s.table(layer)
	if err != nil {
		return layers.Stat{}, err
	}
	return again(ctx, s.pool, func() (layers.Stat, error) { return t.stat(ctx, s.pool) })
}

func (t *table) stat(ctx context.Context, db queryer) (layers.Stat, error) {
	stat := layers.Stat{Bound: layers.Nowhere}
	var w, s, e, n *float64
	sql := fmt.Sprintf("SELECT count, ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT count(*), ST_3DExtent(geom) AS b FROM %s) AS sums", t.ident)
	if err := db.QueryRow(ctx, sql).Scan(&stat.Count, &w, &s, &e, &n); err != nil {
		return layers.Stat{}, reading(ctx, t.layer, err)
	}
	if w != nil && s != nil && e != nil && n != nil {
		stat.Bound = orb.Bound{Min: orb.Point{*w, *s}, Max: orb.Point{*e, *n}}
	}
	return stat, nil
}

// readTries bounds how often a read is repeated when connections turn out to be broken, as after a restart of
// the server.
const readTries = 3

// again repeats a read that lost its connection.
func again[T any](ctx context.Context, pool *pgxpool.Pool, read func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		v, err := read()
		if err == nil || !isLost(err) || ctx.Err() != nil || try == readTries {
			return v, err
		}
		pool.Reset()
		if pause(ctx, 20*time.Millisecond<<try) != nil {
			return v, err
		}
	}
}

// rollback ends a transaction also when its context has ended; after a commit it does nothing.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ending)
	defer cancel()
	_ = tx.Rollback(ctx) // the connection is thrown away when this fails
}

func reading(ctx context.Context, layer string, err error) error {
	return fmt.Errorf("read layer %s: %w", layer, ended(ctx, err))
}
