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

// Scan implements layers.Reader. One statement reads all, so it sees one moment. SQLite works in its own
// goroutine, some hundred rows ahead of visit.
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
	if err := t.scan(ctx, c, visit); err != nil {
		return fmt.Errorf("scan %s: %w", layer, explain(err))
	}
	return nil
}

func (t *table) scan(ctx context.Context, c *conn, visit func(spatial.Feature) error) error {
	ahead, stop := context.WithCancel(ctx)
	read := make(chan []driver.Value, 2)
	var readErr error
	go func() {
		defer close(read)
		readErr = t.readAhead(ahead, c, read)
	}()
	defer func() { // the connection is free only when the reader has ended
		stop()
		for range read {
		}
	}()
	for chunk := range read {
		if err := t.visitAll(ctx, chunk, visit); err != nil {
			return err
		}
	}
	return readErr
}

func (t *table) visitAll(ctx context.Context, rows []driver.Value, visit func(spatial.Feature) error) error {
	for width := propertyAt + len(t.columns); len(rows) > 0; rows = rows[width:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, ok, err := t.feature(rows[:width])
		if err == nil && ok {
			err = visit(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readAhead sends the rows of a layer in chunks.
func (t *table) readAhead(ctx context.Context, c *conn, to chan<- []driver.Value) error {
	width := propertyAt + len(t.columns)
	full := 256 * width
	chunk := make([]driver.Value, 0, full)
	send := func() error {
		select {
		case to <- chunk:
			chunk = make([]driver.Value, 0, full)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	// The driver's own watch over a context costs more than a row: ctx is asked for each chunk.
	err := c.query(context.WithoutCancel(ctx), t.selects+t.from(), nil, func(row []driver.Value) error {
		if chunk = append(chunk, row...); len(chunk) == full {
			return send()
		}
		return nil
	})
	if err == nil && len(chunk) > 0 {
		err = send()
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}
