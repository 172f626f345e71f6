package gpkg

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// one reads a feature by id; nil when there is none.
func (t *table) one(ctx context.Context, c *conn, id string) (found *spatial.Feature, err error) {
	err = c.query(ctx, t.byID(), []driver.Value{id}, func(row []driver.Value) error {
		f, ok, err := t.feature(row)
		if ok {
			found = &f
		}
		return err
	})
	return found, err
}

// Feature implements layers.Reader.
func (s *Store) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	t, err := s.table(ctx, layer)
	if err != nil {
		return spatial.Feature{}, err
	}
	c, err := s.readers.take(ctx)
	if err != nil {
		return spatial.Feature{}, err
	}
	defer s.readers.give(c)
	f, err := t.one(ctx, c, id)
	if err != nil {
		return spatial.Feature{}, fmt.Errorf("read %s/%s: %w", layer, id, explain(err))
	}
	if f == nil {
		return spatial.Feature{}, fmt.Errorf("feature %s/%s: %w", layer, id, layers.ErrNotFound)
	}
	return *f, nil
}

// Scan implements layers.Reader. One statement reads all, so it sees one moment.
func (s *Store) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	t, err := s.table(ctx, layer)
	if err != nil {
		return err
	}
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.give(c)
	// The driver's watch over a context costs more than a row: ctx is asked here.
	err = c.query(context.WithoutCancel(ctx), t.selects+t.from(), nil, func(row []driver.Value) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, ok, err := t.feature(row)
		if err != nil || !ok {
			return err
		}
		return visit(f)
	})
	if err != nil {
		return fmt.Errorf("scan %s: %w", layer, explain(err))
	}
	return nil
}
