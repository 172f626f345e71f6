package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// A relation is what the database knows of a foreign table or view.
type relation struct {
	oid     uint32
	kind    string // of pg_class: r table, p partitioned, v view, m materialised view, f foreign
	ident   string
	columns []relationColumn
}

type relationColumn struct {
	name, kind string // kind is format_type without modifier
	srid       int    // of a geometry or geography column; 0 is undeclared
	shape      string // of a geometry column: POINT, GEOMETRY …
	unique     bool   // it alone has a unique index, and no null
}

func (r relation) column(name string) (relationColumn, bool) {
	i := slices.IndexFunc(r.columns, func(c relationColumn) bool { return c.name == name })
	if i < 0 {
		return relationColumn{}, false
	}
	return r.columns[i], true
}

func (c relationColumn) isGeometry() bool { return c.kind == "geometry" || c.kind == "geography" }

func (c relationColumn) ident() string { return pgx.Identifier{c.name}.Sanitize() }

// geometry finds the geometry column, which must be the only one.
func (r relation) geometry() (relationColumn, error) {
	var found []relationColumn
	var names []string
	for _, c := range r.columns {
		if c.isGeometry() {
			found, names = append(found, c), append(names, c.name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return relationColumn{}, errors.New("it has no column of type geometry or geography")
	}
	return relationColumn{}, fmt.Errorf("it has several geometries (%s): make a view with the one to show", strings.Join(names, ", "))
}

func (r relation) names() string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

const lookSQL = `
	SELECT a.attname, format_type(a.atttypid, NULL),
		CASE WHEN y.typname IN ('geometry', 'geography') THEN postgis_typmod_srid(a.atttypmod) ELSE 0 END,
		CASE WHEN y.typname IN ('geometry', 'geography') THEN postgis_typmod_type(a.atttypmod) ELSE '' END,
		EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
			AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND (a.attnotnull OR i.indisprimary))
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
	WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

// lookAt asks the database for a relation by its plain name, schema.table.
func lookAt(ctx context.Context, db queryer, name string) (relation, error) {
	schema, table, ok := strings.Cut(name, ".")
	if !ok {
		schema, table = "public", name
	}
	r := relation{ident: pgx.Identifier{schema, table}.Sanitize()}
	var readable bool
	err := db.QueryRow(ctx, `SELECT c.oid, c.relkind::text, has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`, schema, table).Scan(&r.oid, &r.kind, &readable)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r, fmt.Errorf("there is no such table or view: %w", layers.ErrNotFound)
	case err != nil:
		return r, err
	case !readable:
		return r, fmt.Errorf("this role may not read it; as its owner run: GRANT USAGE ON SCHEMA %s TO …; GRANT SELECT ON %s TO …", pgx.Identifier{schema}.Sanitize(), r.ident)
	}
	rows, err := db.Query(ctx, lookSQL, r.oid)
	if err != nil {
		return r, err
	}
	r.columns, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c relationColumn, err error) {
		err = row.Scan(&c.name, &c.kind, &c.srid, &c.shape, &c.unique)
		return c, err
	})
	return r, err
}

// suits looks at the data where the definitions of the table leave questions open.
func (r relation) suits(ctx context.Context, db queryer, l layers.Layer) error {
	geom, err := r.geometry()
	if err != nil {
		return err
	}
	if geom.srid == 0 && geom.kind == "geometry" {
		var unknown bool
		sql := fmt.Sprintf("SELECT EXISTS (SELECT FROM %s WHERE ST_SRID(%s) = 0)", r.ident, geom.ident())
		if err := db.QueryRow(ctx, sql).Scan(&unknown); err != nil {
			return err
		}
		if unknown {
			return fmt.Errorf("the coordinate system of column %[1]s is not known (SRID 0); declare the one that its numbers are in, for example for CGCS2000 (EPSG:4490): ALTER TABLE %[2]s ALTER COLUMN %[1]s TYPE geometry(Geometry, 4490) USING ST_SetSRID(%[1]s, 4490)", geom.ident(), r.ident)
		}
	}
	id, ok := r.column(l.Source.ID)
	switch {
	case !ok:
		return fmt.Errorf("it has no column %q for the id; it has %s", l.Source.ID, r.names())
	case id.isGeometry():
		return fmt.Errorf("column %s is a geometry and cannot be the id", l.Source.ID)
	case id.unique:
		return nil
	}
	var unsound bool
	sql := fmt.Sprintf("SELECT count(*) > count(DISTINCT %[1]s::text) FROM %[2]s", id.ident(), r.ident)
	if err := db.QueryRow(ctx, sql).Scan(&unsound); err != nil {
		return err
	}
	if unsound {
		return fmt.Errorf("column %s cannot be the id: some rows have none, or share one; take a column that is unique, or make it so: ALTER TABLE %s ADD UNIQUE (%s)", l.Source.ID, r.ident, id.ident())
	}
	return nil
}
