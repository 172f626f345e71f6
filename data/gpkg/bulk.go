package gpkg

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers"
)

// Large batches of new features are what imports write. Asking for each id and writing each row by a statement
// of its own would take most of the time, so it is done for many at once.

const (
	many       = 8  // edits from which on asking for all ids at once pays
	rowsAtOnce = 32 // rows of one INSERT; each statement has a savepoint, which costs as much as some rows
	logColumns = 13
	insertLog  = "INSERT INTO wardmap_changes VALUES "
)

// findAbsent learns which ids of a batch stand in no row, so that do need not ask for each.
func (b *batch) findAbsent(ctx context.Context, edits []layers.Edit) error {
	if len(edits) < many {
		return nil
	}
	ids := map[string][]string{}
	for _, e := range edits {
		if id := e.Feature.ID; utf8.ValidString(id) {
			ids[e.Layer] = append(ids[e.Layer], id)
		}
	}
	b.absent = map[string]map[string]bool{}
	for layer, list := range ids {
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		absent := make(map[string]bool, len(list))
		for _, id := range list {
			absent[id] = true
		}
		sql := "SELECT +t.id FROM json_each(?1) j CROSS JOIN " + quote(layer) + " t WHERE t.id=j.value"
		if err := b.c.query(ctx, sql, []driver.Value{string(text)}, func(row []driver.Value) error {
			id, _ := row[0].(string)
			delete(absent, id)
			return nil
		}); err != nil {
			return err
		}
		b.absent[layer] = absent
	}
	return nil
}

// A queue is new rows of one table that are not written yet.
type queue struct {
	table *table
	rows  int
	args  []driver.Value
	blobs []byte // of the geometries; args point into it
}

// enqueue keeps the row that stands in b.args to be written with others. Its geometry is blob.
func (b *batch) enqueue(ctx context.Context, t *table, blob []byte) error {
	q := &b.queue
	if q.table != t || q.rows == rowsAtOnce {
		if err := b.flush(ctx); err != nil {
			return err
		}
		q.table = t
	}
	from := len(q.blobs)
	q.blobs = append(q.blobs, blob...)
	b.args[1] = q.blobs[from:len(q.blobs):len(q.blobs)]
	q.args = append(q.args, b.args...)
	q.rows++
	return nil
}

// flush writes the rows that are queued.
func (b *batch) flush(ctx context.Context) error {
	q := &b.queue
	if q.rows == 0 {
		return nil
	}
	head, marks, _ := strings.Cut(q.table.insert, " VALUES ")
	err := b.insert(ctx, head+" VALUES ", strings.Count(marks, "?"), q.args)
	q.rows, q.args, q.blobs = 0, q.args[:0], q.blobs[:0]
	return err
}

// flushLog writes the changes that are queued.
func (b *batch) flushLog(ctx context.Context) error {
	err := b.insert(ctx, insertLog, logColumns, b.logged)
	b.logged = b.logged[:0]
	return err
}

// insert writes rows of so many columns: full statements first, then row by row, so that few are prepared.
func (b *batch) insert(ctx context.Context, head string, columns int, args []driver.Value) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	if full := columns * rowsAtOnce; len(args) >= full {
		sql := head + strings.TrimSuffix(strings.Repeat(one+",", rowsAtOnce), ",")
		for ; len(args) >= full; args = args[full:] {
			if err := b.c.exec(ctx, sql, args[:full]...); err != nil {
				return fmt.Errorf("write %d rows: %w", rowsAtOnce, err)
			}
		}
	}
	for ; len(args) > 0; args = args[columns:] {
		if err := b.c.exec(ctx, head+one, args[:columns]...); err != nil {
			return err
		}
	}
	return nil
}
