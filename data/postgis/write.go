package postgis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// clean refuses what the table cannot hold and brings times to the resolution that it has. Definitions are not
// its business.
func (t *table) clean(f spatial.Feature) (spatial.Feature, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", layers.ErrInvalid, fmt.Sprintf(format, args...))
	}
	if f.ID == "" || len(f.ID) > 200 || !utf8.ValidString(f.ID) || strings.ContainsFunc(f.ID, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return f, bad("%.60q is no id: use 1 to 200 bytes of printable text", f.ID)
	}
	if !goodText(f.Owner) || !goodText(f.Source) {
		return f, bad("owner or source is no valid UTF-8 text without NUL")
	}
	if f.Accuracy < 0 || math.IsNaN(f.Accuracy) || math.IsInf(f.Accuracy, 0) {
		return f, bad("an accuracy of %v metres", f.Accuracy)
	}
	if err := spatial.CheckGeometry(f.Geometry); err != nil {
		return f, bad("%v", err)
	}
	f.Effective.From, f.Effective.To = micros(f.Effective.From), micros(f.Effective.To)
	props := make(map[string]any, len(f.Properties))
	for name, v := range f.Properties {
		i, ok := t.byName[name]
		if !ok {
			return f, bad("table %s has no column for property %q", t.ident, name)
		}
		if v == nil {
			continue
		}
		sql, ok := sqlValue(t.columns[i].kind, v)
		if !ok {
			return f, bad("property %s: %.60q (%T) is no %s", name, fmt.Sprint(v), v, t.columns[i].kind)
		}
		if at, isTime := sql.(time.Time); isTime && t.columns[i].kind == layers.TimeType {
			sql = at.Format(time.RFC3339Nano)
		} else if isTime {
			sql = v
		}
		props[name] = sql
	}
	f.Properties = props
	return f, nil
}

func micros(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// write sends all steps, round by round, and reads back what the triggers logged. It goes in one exchange with
// the server. xid is the transaction's number.
func write(ctx context.Context, tx pgx.Tx, steps []step) (log []layers.Change, xid string, err error) {
	batch := &pgx.Batch{}
	var before int64 // a version not greater than those of this transaction
	batch.Queue("SELECT last_value FROM wardmap._version").QueryRow(func(row pgx.Row) error { return row.Scan(&before) })
	batch.Queue("SELECT pg_current_xact_id()::text").QueryRow(func(row pgx.Row) error { return row.Scan(&xid) })
	groups := slices.SortedStableFunc(slices.Values(steps), inOrder)
	for len(groups) > 0 {
		n := slices.IndexFunc(groups, func(st step) bool { return !together(st, groups[0]) })
		if n < 0 {
			n = len(groups)
		}
		if err := queue(batch, groups[:n]); err != nil {
			return nil, "", err
		}
		groups = groups[n:]
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, "", err
	}
	rows, err := tx.Query(ctx, changeFields+" WHERE version > $1 AND xid = pg_current_xact_id() ORDER BY version", before)
	if err != nil {
		return nil, "", err
	}
	log, err = pgx.CollectRows(rows, scanChange)
	return log, xid, err
}

// inOrder is the order in which every transaction writes: rounds, layers, operations, ids.
func inOrder(a, b step) int {
	return cmp.Or(cmp.Compare(a.round, b.round), strings.Compare(a.Layer, b.Layer), cmp.Compare(a.op, b.op), strings.Compare(a.Feature.ID, b.Feature.ID))
}

// together tells whether one statement can write both.
func together(a, b step) bool { return a.round == b.round && a.table == b.table && a.op == b.op }

// queue adds the statement that makes all steps, which are of one table and one operation.
func queue(batch *pgx.Batch, steps []step) error {
	t := steps[0].table
	if steps[0].op == layers.Delete {
		ids := make([]string, len(steps))
		for i, st := range steps {
			ids[i] = st.Feature.ID
		}
		batch.Queue(t.remove, ids)
		return nil
	}
	args, err := t.args(steps)
	if err != nil {
		return err
	}
	if steps[0].op == layers.Create {
		batch.Queue(t.insert, args...)
	} else {
		batch.Queue(t.update, args...)
	}
	return nil
}

// args makes one array per column, in the order of table.writing.
func (t *table) args(steps []step) ([]any, error) {
	n := len(steps)
	ids, geoms := make([]string, n), make([][]byte, n)
	owners, sources := make(array[pgtype.Text], n), make(array[pgtype.Text], n)
	from, to := make(array[pgtype.Timestamptz], n), make(array[pgtype.Timestamptz], n)
	accuracies := make(array[pgtype.Float8], n)
	for i, st := range steps {
		f := st.Feature
		ewkb, err := encodeGeometry(f.Geometry)
		if err != nil {
			return nil, st.fail(0, fmt.Errorf("%w: %w", layers.ErrInvalid, err))
		}
		ids[i], geoms[i] = f.ID, ewkb
		owners[i], sources[i] = pgtype.Text{String: f.Owner, Valid: f.Owner != ""}, pgtype.Text{String: f.Source, Valid: f.Source != ""}
		from[i] = pgtype.Timestamptz{Time: f.Effective.From, Valid: !f.Effective.From.IsZero()}
		to[i] = pgtype.Timestamptz{Time: f.Effective.To, Valid: !f.Effective.To.IsZero()}
		accuracies[i] = pgtype.Float8{Float64: f.Accuracy, Valid: f.Accuracy != 0}
	}
	args := []any{ids, owners, from, to, sources, accuracies, geoms}
	for _, c := range t.columns {
		args = append(args, c.array(steps))
	}
	return args, nil
}

// array goes to the server as an array, without reflection.
type array[T any] = pgtype.FlatArray[T]

// array collects the values of one property.
func (c column) array(steps []step) any {
	switch c.kind {
	case layers.IntegerType:
		return collect(c, steps, func(v int64) pgtype.Int8 { return pgtype.Int8{Int64: v, Valid: true} })
	case layers.NumberType:
		return collect(c, steps, func(v float64) pgtype.Float8 { return pgtype.Float8{Float64: v, Valid: true} })
	case layers.BooleanType:
		return collect(c, steps, func(v bool) pgtype.Bool { return pgtype.Bool{Bool: v, Valid: true} })
	case layers.DateType:
		return collect(c, steps, func(v time.Time) pgtype.Date { return pgtype.Date{Time: v, Valid: true} })
	case layers.TimeType:
		return collect(c, steps, func(v time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: v, Valid: true} })
	}
	return collect(c, steps, func(v string) pgtype.Text { return pgtype.Text{String: v, Valid: true} })
}

func collect[V, P any](c column, steps []step, to func(V) P) array[P] {
	out := make(array[P], len(steps))
	for i, st := range steps {
		if v, there := st.Feature.Properties[c.name]; there {
			if sql, ok := sqlValue(c.kind, v); ok {
				out[i] = to(sql.(V))
			}
		}
	}
	return out
}
