// Package gpkg is Wardmap's embedded store: one OGC GeoPackage 1.3 file, on SQLite in pure Go. QGIS and GDAL
// open it and may edit it while Wardmap runs: every managed layer is a feature table of the layer's name, with
// the standard spatial index, and triggers write each change of a row, whoever made it, into the change log.
// Writers of several processes take turns (BEGIN IMMEDIATE), readers never wait (WAL), and a commit is on disk
// when it returns (synchronous=FULL). A file of another program is refused, never changed.
package gpkg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/wardmap/wardmap/layers"
)

// A Store is an open file. It is a layers.Store, safe for concurrent use.
type Store struct {
	path    string
	readers *pool
	writer  *pool // of one connection: writers of this process queue here, and their contexts can end the wait
	keep    int64 // how many changes the log keeps at least

	mu     sync.RWMutex      // guards all below
	tables map[string]*table // by layer; the tables are not changed
	counts map[string]int64  // matched features by query, as of countsAt
	asOf   int64             // the version that counts belong to
	news   chan struct{}     // closed at the next change of this process
}

var _ layers.Store = (*Store)(nil)

const (
	readConnections = 8
	keepChanges     = 1_000_000
	busyMillis      = 10_000 // how long a writer waits for another process
)

// Open opens a file, and makes it when there is none. It refuses files of other programs with a message.
func Open(ctx context.Context, path string) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := checkFile(abs); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	s := &Store{path: abs, readers: newPool(abs, readConnections), writer: newPool(abs, 1), keep: keepChanges,
		counts: map[string]int64{}, news: make(chan struct{})}
	if err := s.prepare(ctx); err != nil {
		_ = s.Close() // the first error tells more
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

// prepare makes or migrates the file's own tables and learns which layers it has. A file of another program is
// found out before anything is written.
func (s *Store) prepare(ctx context.Context) error {
	err := s.read(ctx, func(c *conn) error {
		_, err := schemaVersion(ctx, c)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.useWAL(ctx); err != nil {
		return err
	}
	if err := s.write(ctx, setUp); err != nil {
		return err
	}
	return s.learn(ctx, nil)
}

// useWAL switches the file to write-ahead logging, which it then keeps. While another process does the same,
// SQLite does not wait by itself.
func (s *Store) useWAL(ctx context.Context) error {
	c, err := s.writer.take(ctx)
	if err != nil {
		return err
	}
	defer s.writer.give(c)
	mode := ""
	for try := 0; try < 100; try++ {
		err = c.query(ctx, "PRAGMA journal_mode=WAL", nil, func(row []driver.Value) error {
			mode, _ = row[0].(string)
			return nil
		})
		if !isBusy(err) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err == nil && mode != "wal" {
		err = fmt.Errorf("its file system does not allow several programs at once (journal mode %s): put it on a local disk", mode)
	}
	return err
}

// write runs work in one transaction that nobody else writes in. The work is committed when it returns nil and
// ctx has not ended; else nothing of it stays.
func (s *Store) write(ctx context.Context, work func(ctx context.Context, c *conn) error) error {
	c, err := s.writer.take(ctx)
	if err != nil {
		return err
	}
	defer s.writer.give(c)
	whole := context.WithoutCancel(ctx) // statements are short: ctx is asked between them
	err = c.exec(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		err = work(whole, c)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = c.exec(whole, "COMMIT")
	}
	if err != nil {
		c.rollback(whole) // also of a BEGIN that failed: the driver says so, too, when ctx ended right after it
	}
	return err
}

// read runs work on one connection, in one transaction: all its queries see the same moment.
func (s *Store) read(ctx context.Context, work func(c *conn) error) error {
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.give(c)
	defer c.rollback(context.WithoutCancel(ctx))
	if err := c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	return work(c)
}

// Ping implements layers.Store: it reads, and takes the writer's place for a moment.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.Head(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		return c.exec(ctx, "UPDATE wardmap_store SET writing=0 WHERE 0")
	})
	if err != nil {
		return fmt.Errorf("ping: %w", explain(err))
	}
	return nil
}

// Close waits for running calls and closes the file. The store must not be used afterwards.
func (s *Store) Close() error {
	err := s.readers.close()
	if again := s.writer.close(); err == nil {
		err = again
	}
	return err
}
