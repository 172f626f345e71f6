package postgis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// A cursor is the version of the last change that was read. Versions come from a sequence, and transactions
// become visible in another order than they took theirs. So nobody may read beyond the horizon: the greatest
// version up to which every change is visible or void. Each writing transaction, foreign ones too, marks by an
// advisory lock where its versions begin, before it takes the first one, and the database takes the mark away
// after the rows became visible. Whoever reads the counter first, the marks second and the rows third has:
//
//   - a transaction that was marked: its versions lie beyond its mark, and so beyond the horizon;
//   - one that marks later: its versions come after the counter that was read, and so beyond the horizon;
//   - one whose mark is gone already: its rows are visible to the third read.
//
// The changes of one feature have growing versions because a version is taken while the row is locked (an insert
// that overtook a delete is sent back by its trigger). A transaction that writes elsewhere, or only reads, holds
// nothing back however long it stays open; one that wrote to a layer and stays open holds back the changes after
// its mark, for followers only: Apply gives its own changes to its caller at once.
const (
	readCounter = "SELECT last_value FROM wardmap._version"
	readMarks   = `SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) FROM pg_locks
		WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = x'5744'::bigint
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	changeFields = `SELECT version, layer, id, op, at, ST_XMin(before), ST_YMin(before), ST_XMax(before), ST_YMax(before),
		ST_XMin(after), ST_YMin(after), ST_XMax(after), ST_YMax(after) FROM wardmap._changes`
)

// horizon collects the answers of readCounter and readMarks.
type horizon struct {
	counter int64
	mark    *int64
}

// ask queues the two questions. What is queued after them reads the rows.
func (h *horizon) ask(batch *pgx.Batch) {
	batch.Queue(readCounter).QueryRow(func(row pgx.Row) error { return row.Scan(&h.counter) })
	batch.Queue(readMarks).QueryRow(func(row pgx.Row) error { return row.Scan(&h.mark) })
}

func (h *horizon) version() int64 {
	if h.mark != nil {
		return min(*h.mark, h.counter)
	}
	return h.counter
}

// Head is the version of the last change within the horizon.
func (s *Store) Head(ctx context.Context) (layers.Cursor, error) {
	head, err := again(ctx, s.pool, func() (int64, error) { return s.head(ctx) })
	if err != nil {
		return "", fmt.Errorf("read the head of the change log: %w", ended(ctx, err))
	}
	return cursor(head), nil
}

func (s *Store) head(ctx context.Context) (head int64, err error) {
	var h horizon
	batch := &pgx.Batch{}
	h.ask(batch)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return 0, err
	}
	// The version of a change that was committed: the counter itself may go back when the server crashes.
	const last = "SELECT greatest((SELECT max(version) FROM wardmap._changes WHERE version <= $1), (SELECT cut FROM wardmap._state))"
	err = s.pool.QueryRow(ctx, last, h.version()).Scan(&head)
	return head, err
}

// Changes reads changes of the layers that Sync made known, in the order of their versions.
func (s *Store) Changes(ctx context.Context, after layers.Cursor, limit int) ([]layers.Change, layers.Cursor, error) {
	from, err := parseCursor(after)
	if err != nil {
		return nil, after, err
	}
	if limit <= 0 {
		limit = 1000
	}
	for {
		all, err := again(ctx, s.pool, func() ([]layers.Change, error) { return s.logged(ctx, from, limit) })
		if err != nil {
			return nil, after, fmt.Errorf("read the change log after %d: %w", from, ended(ctx, err))
		}
		if len(all) == 0 {
			return nil, after, nil
		}
		next := all[len(all)-1].Version
		known, err := again(ctx, s.pool, func() ([]layers.Change, error) { return s.known(ctx, all) })
		if err != nil {
			return nil, after, fmt.Errorf("read the features of changes: %w", ended(ctx, err))
		}
		if len(known) > 0 {
			return known, cursor(next), nil
		}
		from, after = next, cursor(next) // layers of another program only
	}
}

// logged reads rows of the log after a version, within the horizon.
func (s *Store) logged(ctx context.Context, from int64, limit int) ([]layers.Change, error) {
	var h horizon
	var changes []layers.Change
	var cut int64
	batch := &pgx.Batch{}
	h.ask(batch)
	batch.Queue(changeFields+" WHERE version > $1 ORDER BY version LIMIT $2", from, limit).Query(func(rows pgx.Rows) (err error) {
		changes, err = pgx.CollectRows(rows, scanChange)
		return err
	})
	batch.Queue("SELECT cut FROM wardmap._state").QueryRow(func(row pgx.Row) error { return row.Scan(&cut) })
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	if from < cut || from > h.counter {
		return nil, fmt.Errorf("%w: it has versions %d to %d", layers.ErrGone, cut+1, h.counter)
	}
	for i, c := range changes {
		if c.Version > h.version() {
			return changes[:i], nil
		}
	}
	return changes, nil
}

// known keeps the changes of known layers and gives them their features.
func (s *Store) known(ctx context.Context, all []layers.Change) ([]layers.Change, error) {
	var changes []layers.Change
	ids := map[*table][]string{}
	for _, c := range all {
		if t, err := s.table(c.Layer); err == nil {
			changes = append(changes, c)
			ids[t] = append(ids[t], c.ID)
		}
	}
	stand := map[key]*spatial.Feature{}
	for t, of := range ids {
		if err := read(ctx, s.pool, t, t.some, of, stand); err != nil {
			return nil, err
		}
	}
	for i, c := range changes {
		changes[i].Feature = stand[key{c.Layer, c.ID}]
	}
	return changes, nil
}

// Trim forgets the changes made before a time, so that the log does not grow for ever. Followers that stand
// before the cut get ErrGone and read everything anew. Nothing beyond the horizon is cut: the new head must not
// come after changes that cannot be seen yet.
func (s *Store) Trim(ctx context.Context, before time.Time) error {
	var h horizon
	batch := &pgx.Batch{}
	h.ask(batch)
	err := s.pool.SendBatch(ctx, batch).Close()
	if err == nil {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			const cut = "UPDATE wardmap._state SET cut = greatest(cut, (SELECT max(version) FROM wardmap._changes WHERE at < $1 AND version <= $2))"
			if _, err := tx.Exec(ctx, cut, before, h.version()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DELETE FROM wardmap._changes WHERE version <= (SELECT cut FROM wardmap._state)")
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("trim the change log: %w", ended(ctx, err))
	}
	return nil
}

func cursor(version int64) layers.Cursor { return layers.Cursor(strconv.FormatInt(version, 10)) }

func parseCursor(c layers.Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	v, err := strconv.ParseInt(string(c), 10, 64)
	if err != nil || v < 0 || cursor(v) != c {
		return 0, fmt.Errorf("%w: %.40q is no cursor of this store", layers.ErrInvalid, string(c))
	}
	return v, nil
}

var ops = map[string]layers.Op{"create": layers.Create, "replace": layers.Replace, "delete": layers.Delete}

func scanChange(row pgx.CollectableRow) (layers.Change, error) {
	var c layers.Change
	var op string
	var b [8]*float64
	err := row.Scan(&c.Version, &c.Layer, &c.ID, &op, &c.At, &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7])
	c.Op, c.At = ops[op], c.At.UTC()
	c.Before, c.After = bound(b[:4]), bound(b[4:])
	return c, err
}

func bound(b []*float64) orb.Bound {
	if b[0] == nil {
		return layers.Nowhere
	}
	return orb.Bound{Min: orb.Point{*b[0], *b[1]}, Max: orb.Point{*b[2], *b[3]}}
}
