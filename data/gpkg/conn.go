package gpkg

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// A conn is one connection with its prepared statements. One goroutine at a time uses it. It speaks to the
// driver without database/sql between: scanning half a million rows through reflection takes twice as long.
type conn struct {
	driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
}

// exec runs a statement that returns nothing.
func (c *conn) exec(ctx context.Context, sql string, args ...driver.Value) error {
	st, err := c.stmt(ctx, sql)
	if err != nil {
		return err
	}
	_, err = st.(driver.StmtExecContext).ExecContext(ctx, c.named(args))
	return err
}

// query visits the rows of an answer. A row's slice is used again for the next one; its values stay. visit
// must not run the same statement.
func (c *conn) query(ctx context.Context, sql string, args []driver.Value, visit func(row []driver.Value) error) (err error) {
	st, err := c.stmt(ctx, sql)
	if err != nil {
		return err
	}
	rows, err := st.(driver.StmtQueryContext).QueryContext(ctx, c.named(args))
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err == nil {
			err = visit(row)
		}
		if err != nil {
			return err
		}
	}
}

// number reads one number; no row and NULL are 0.
func (c *conn) number(ctx context.Context, sql string, args ...driver.Value) (n int64, err error) {
	err = c.query(ctx, sql, args, func(row []driver.Value) error {
		n, _ = row[0].(int64)
		return nil
	})
	return n, err
}

// script runs several statements once.
func (c *conn) script(ctx context.Context, sql string) error {
	_, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}

// rollback ends a transaction; when there is none any more, SQLite has ended it already.
func (c *conn) rollback(ctx context.Context) { _ = c.exec(ctx, "ROLLBACK") }

func (c *conn) stmt(ctx context.Context, sql string) (driver.Stmt, error) {
	if st, ok := c.stmts[sql]; ok {
		return st, nil
	}
	if len(c.stmts) >= 500 {
		c.forget()
	}
	st, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, sql)
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = st
	return st, nil
}

// forget closes the prepared statements.
func (c *conn) forget() {
	for sql, st := range c.stmts {
		_ = st.Close()
		delete(c.stmts, sql)
	}
}

func (c *conn) named(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, v := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args
}

// A pool holds up to a fixed number of connections and opens them when they are needed.
type pool struct {
	dsn   string
	slots chan *conn // nil: not open yet
}

func newPool(path string, size int) *pool {
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyMillis), "synchronous(FULL)", "journal_size_limit(67108864)",
		"cache_size(-32000)", "temp_store(MEMORY)", "trusted_schema(ON)", "recursive_triggers(OFF)", "foreign_keys(OFF)",
	}}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	p := &pool{dsn: u.String(), slots: make(chan *conn, size)}
	for range size {
		p.slots <- nil
	}
	return p
}

// take waits for a free connection.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-p.slots:
		if c != nil {
			return c, nil
		}
		dc, err := sqliteDriver.Open(p.dsn)
		if err != nil {
			p.slots <- nil
			return nil, err
		}
		return &conn{Conn: dc, stmts: map[string]driver.Stmt{}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) give(c *conn) { p.slots <- c }

// close waits until all connections are given back.
func (p *pool) close() (err error) {
	for range cap(p.slots) {
		c := <-p.slots
		if c == nil {
			continue
		}
		c.forget()
		if e := c.Conn.Close(); err == nil {
			err = e
		}
	}
	return err
}

func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_BUSY
}

// explain adds to an error of SQLite what to do.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return fmt.Errorf("the disk is full, nothing was changed: make room and try again: %w", err)
	case lib.SQLITE_READONLY:
		return fmt.Errorf("the file or its folder cannot be written: give this user the permission: %w", err)
	case lib.SQLITE_CANTOPEN:
		return fmt.Errorf("it cannot be opened: does the folder exist, and may this user write there? %w", err)
	case lib.SQLITE_BUSY:
		return fmt.Errorf("another program has been writing for %d s: %w", busyMillis/1000, err)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("the file is damaged: keep a copy and restore the last backup: %w", err)
	}
	return err
}
