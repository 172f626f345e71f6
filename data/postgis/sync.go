package postgis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// Sync makes a table for each layer and a column for each property that has none. It never drops anything, and
// touches no table that fits already, so that it does not wait for long readers.
func (s *Store) Sync(ctx context.Context, ls []layers.Layer) error {
	tables := make([]*table, len(ls))
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock("+strconv.FormatInt(schemaLock, 10)+")"); err != nil {
			return err
		}
		for i, l := range ls {
			tables[i] = newTable(l)
			if err := fit(ctx, tx, tables[i]); err != nil {
				return fmt.Errorf("layer %s: %w", l.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make room in PostGIS: %w", ended(ctx, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tables {
		s.tables[t.layer] = t
	}
	return nil
}

func fit(ctx context.Context, tx pgx.Tx, t *table) error {
	have, watched, err := introspect(ctx, tx, t.layer)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		if err := makeTable(ctx, tx, t); err != nil {
			return err
		}
		have, watched, err = introspect(ctx, tx, t.layer)
		if err != nil {
			return err
		}
	}
	for _, c := range common {
		if have[c.name] != c.sqlType {
			return fmt.Errorf("table %s was not made by Wardmap: column %s is of type %q, not %q; rename the table", t.ident, c.name, have[c.name], c.sqlType)
		}
	}
	if !watched {
		if _, err := tx.Exec(ctx, "SELECT wardmap._watch($1)", t.layer); err != nil {
			return err
		}
	}
	return addColumns(ctx, tx, t, have)
}

func addColumns(ctx context.Context, tx pgx.Tx, t *table, have map[string]string) error {
	for _, c := range t.columns {
		want := sqlTypes[c.kind]
		switch got := have[c.name]; {
		case got == "":
			sql := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s%s", t.ident, c.ident, want, sound(c))
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		case got != want:
			return fmt.Errorf("property %s is %s now, but its column holds %s: give the property another name, or convert the column: ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::%s",
				c.name, c.kind, got, t.ident, c.ident, want, c.ident, want)
		}
	}
	return nil
}

// sound keeps values out that features cannot have: numbers that are not finite, years that RFC 3339 cannot write.
func sound(c column) string {
	switch c.kind {
	case layers.NumberType:
		return fmt.Sprintf(" CHECK (%[1]s > '-Infinity' AND %[1]s < 'Infinity')", c.ident)
	case layers.DateType:
		return fmt.Sprintf(" CHECK (%[1]s >= '0001-01-01' AND %[1]s <= '9999-12-31')", c.ident)
	case layers.TimeType:
		return fmt.Sprintf(" CHECK (%[1]s >= '0001-01-01T00:00:00Z' AND %[1]s < '10000-01-01T00:00:00Z')", c.ident)
	}
	return ""
}

func makeTable(ctx context.Context, tx pgx.Tx, t *table) error {
	index := func(what string) string { return pgx.Identifier{"__" + t.layer + "_" + what}.Sanitize() }
	_, err := tx.Exec(ctx, fmt.Sprintf(`
		CREATE TABLE %[1]s (
			id text COLLATE "C" DEFAULT gen_random_uuid()::text CONSTRAINT %[2]s PRIMARY KEY,
			owner text,
			version bigint NOT NULL,
			updated_at timestamptz NOT NULL,
			effective_from timestamptz CHECK (effective_from >= '0001-01-01T00:00:00Z' AND effective_from < '10000-01-01T00:00:00Z'),
			effective_to timestamptz CHECK (effective_to >= '0001-01-01T00:00:00Z' AND effective_to < '10000-01-01T00:00:00Z'),
			source text,
			accuracy_m double precision CHECK (accuracy_m >= 0 AND accuracy_m < 'Infinity'),
			geom geometry(Geometry,4326) NOT NULL
		);
		CREATE INDEX %[3]s ON %[1]s USING gist (geom);`, t.ident, index("id"), index("geom")))
	return err
}

// introspect lists the columns of a layer's table with their types, and whether the triggers hang on it.
func introspect(ctx context.Context, tx pgx.Tx, layer string) (columns map[string]string, watched bool, err error) {
	rows, err := tx.Query(ctx, `
		SELECT a.attname, format_type(a.atttypid, a.atttypmod), EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = '_before_row')
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'wardmap'::regnamespace AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped`, layer)
	if err != nil {
		return nil, false, err
	}
	columns = map[string]string{}
	var name, kind string
	_, err = pgx.ForEachRow(rows, []any{&name, &kind, &watched}, func() error {
		columns[name] = kind
		return nil
	})
	return columns, watched, err
}
