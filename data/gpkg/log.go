package gpkg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// pollEvery is how often a waiting reader looks for changes of other processes.
const pollEvery = 100 * time.Millisecond

// newest is the version of the newest change, also when the log is cut.
func newest(ctx context.Context, c *conn) (int64, error) {
	return c.number(ctx, "SELECT seq FROM sqlite_sequence WHERE name='wardmap_changes'")
}

// log has one change written at the end of the batch.
func (b *batch) log(c layers.Change) {
	args := [logColumns]driver.Value{c.Version, c.Layer, c.ID, int64(c.Op), writeTime(c.At)}
	for i, box := range [2]orb.Bound{c.Before, c.After} {
		if !box.IsEmpty() {
			args[5+4*i], args[6+4*i], args[7+4*i], args[8+4*i] = box.Min[0], box.Min[1], box.Max[0], box.Max[1]
		}
	}
	b.logged = append(b.logged, args[:]...)
}

// prune cuts the log, now and then, to what is to be kept.
func (b *batch) prune(ctx context.Context) error {
	every := max(b.store.keep/64, 1)
	if b.first/every == b.version/every {
		return nil
	}
	return b.c.exec(ctx, "DELETE FROM wardmap_changes WHERE version<=?", b.version-b.store.keep)
}

// Head implements layers.Log.
func (s *Store) Head(ctx context.Context) (layers.Cursor, error) {
	var n int64
	err := s.read(ctx, func(c *conn) (err error) {
		n, err = newest(ctx, c)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("head: %w", explain(err))
	}
	return layers.Cursor(strconv.FormatInt(n, 10)), nil
}

func parseCursor(c layers.Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(c), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: cursor %.40q is not one of this store", layers.ErrInvalid, c)
	}
	return n, nil
}

// Changes implements layers.Log.
func (s *Store) Changes(ctx context.Context, after layers.Cursor, limit int) ([]layers.Change, layers.Cursor, error) {
	from, err := parseCursor(after)
	if err != nil {
		return nil, after, fmt.Errorf("changes: %w", err)
	}
	var changes []layers.Change
	err = s.read(ctx, func(c *conn) error {
		if err := reaches(ctx, c, from); err != nil {
			return err
		}
		if changes, err = readLog(ctx, c, from, limit); err != nil {
			return err
		}
		return s.attach(ctx, c, changes)
	})
	if err != nil {
		return nil, after, fmt.Errorf("changes after %q: %w", after, explain(err))
	}
	if len(changes) == 0 {
		return nil, after, nil
	}
	return changes, layers.Cursor(strconv.FormatInt(changes[len(changes)-1].Version, 10)), nil
}

// reaches wants that the log has everything after a version. A version of the future is of another file.
func reaches(ctx context.Context, c *conn, from int64) error {
	last, err := newest(ctx, c)
	if err != nil || from == last {
		return err
	}
	oldest, err := c.number(ctx, "SELECT min(version) FROM wardmap_changes")
	if err == nil && (from > last || oldest == 0 || from+1 < oldest) {
		err = layers.ErrGone
	}
	return err
}

func readLog(ctx context.Context, c *conn, from int64, limit int) (changes []layers.Change, err error) {
	err = c.query(ctx, `SELECT version, layer, id, op, +at, before_w, before_s, before_e, before_n, after_w, after_s, after_e, after_n
		FROM wardmap_changes WHERE version>? ORDER BY version LIMIT ?`, []driver.Value{from, int64(max(limit, 1))},
		func(row []driver.Value) error {
			ch := layers.Change{Before: loggedBound(row[5:9]), After: loggedBound(row[9:13])}
			ch.Version, _ = row[0].(int64)
			ch.Layer, _ = row[1].(string)
			ch.ID, _ = row[2].(string)
			op, _ := row[3].(int64)
			ch.Op = layers.Op(op)
			ch.At, err = readTime(row[4])
			changes = append(changes, ch)
			return err
		})
	return changes, err
}

func loggedBound(row []driver.Value) orb.Bound {
	if row[0] == nil {
		return nowhere
	}
	return orb.Bound{Min: orb.Point{asFloat(row[0]), asFloat(row[1])}, Max: orb.Point{asFloat(row[2]), asFloat(row[3])}}
}

// attach gives changes their features as they stand now. Changes of a table that is gone have none.
func (s *Store) attach(ctx context.Context, c *conn, changes []layers.Change) error {
	now := map[[2]string]*spatial.Feature{}
	for i, ch := range changes {
		key := [2]string{ch.Layer, ch.ID}
		f, known := now[key]
		if !known {
			s.mu.RLock()
			t := s.tables[ch.Layer]
			s.mu.RUnlock()
			if t != nil {
				var err error
				if f, err = t.one(ctx, c, ch.ID); err != nil {
					return err
				}
			}
			now[key] = f
		}
		changes[i].Feature = f
	}
	return nil
}

// Wait implements layers.Log: changes of this process wake it at once, those of others when it next looks.
func (s *Store) Wait(ctx context.Context, after layers.Cursor) error {
	from, err := parseCursor(after)
	if err != nil {
		return fmt.Errorf("wait: %w", err)
	}
	timer := time.NewTicker(pollEvery)
	defer timer.Stop()
	for {
		s.mu.RLock()
		news := s.news
		s.mu.RUnlock()
		var last int64
		if err := s.read(ctx, func(c *conn) error { last, err = newest(ctx, c); return err }); err != nil {
			return fmt.Errorf("wait: %w", explain(err))
		}
		if last != from {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		case <-timer.C:
		}
	}
}

// wake wakes those who wait in this process.
func (s *Store) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.news)
	s.news = make(chan struct{})
}
