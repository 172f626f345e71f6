package postgis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Table is a table or view of another schema, read as a layer. Rows without geometry are left out. Features have
// version 0 and no common columns, except those that the table has under the same name with a type that fits.
type Table struct {
	store *Store
	table *table
	oid   uint32
	name  string // schema.table
}

var _ layers.Reader = (*Table)(nil)

// OpenTable looks at the table that a definition names and says what is missing when it cannot be read: the
// table, a column, the coordinate system, a unique id.
func (s *Store) OpenTable(ctx context.Context, l layers.Layer) (*Table, error) {
	r, err := lookAt(ctx, s.pool, l.Source.Table)
	if err == nil {
		err = r.suits(ctx, s.pool, l)
	}
	var from string
	t := newTable(l)
	if err == nil {
		from, err = r.asTable(l, t)
	}
	if err != nil {
		return nil, fmt.Errorf("layer %s: table %s: %w", l.ID, l.Source.Table, ended(ctx, err))
	}
	t.readFrom(from)
	return &Table{store: s, table: t, oid: r.oid, name: l.Source.Table}, nil
}

func (t *Table) pool() *pgxpool.Pool { return t.store.pool }

func (t *Table) holds(layer string) error {
	if layer != t.table.layer {
		return fmt.Errorf("layer %q: %w", layer, layers.ErrNotFound)
	}
	return nil
}

// Feature reads one feature; it reads the whole table unless its id is a text.
func (t *Table) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	if err := t.holds(layer); err != nil {
		return spatial.Feature{}, err
	}
	return t.table.find(ctx, t.pool(), id)
}

// Features reads one page. Pages of a large table cost as much as all of it, unless its id is a text.
func (t *Table) Features(ctx context.Context, layer string, q layers.Query) (layers.Page, error) {
	if err := t.holds(layer); err != nil {
		return layers.Page{}, err
	}
	return t.table.page(ctx, t.pool(), q)
}

// Scan streams all features.
func (t *Table) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	if err := t.holds(layer); err != nil {
		return err
	}
	return t.store.scan(ctx, t.table, visit)
}

// Stat counts the features and measures them.
func (t *Table) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	if err := t.holds(layer); err != nil {
		return layers.Stat{}, err
	}
	return t.table.stat(ctx, t.pool())
}

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

// asTable writes the subquery that looks like one of our own tables.
func (r relation) asTable(l layers.Layer, t *table) (from string, err error) {
	geom, err := r.geometry()
	if err != nil {
		return "", err
	}
	id, _ := r.column(l.Source.ID)
	fields := []string{id.ident() + `::text COLLATE "C" AS id`, "0::bigint AS version", inWGS84(geom) + " AS geom"}
	for _, c := range common {
		switch c.name {
		case "id", "version", "geom":
			continue
		}
		value := "NULL::" + c.sqlType
		if have, ok := r.column(c.name); ok && have.kind == c.sqlType {
			value = have.ident() + "::" + c.sqlType
		}
		fields = append(fields, value+" AS "+c.name)
	}
	for name := range l.Source.Columns {
		if _, ok := t.byName[name]; !ok {
			return "", fmt.Errorf("source.columns names %q, which is no property; properties are %s", name, slices.Sorted(maps.Keys(t.byName)))
		}
	}
	for _, c := range t.columns {
		value, err := r.property(c, l.Source.Columns[c.name])
		if err != nil {
			return "", err
		}
		fields = append(fields, value+" AS "+c.ident)
	}
	return fmt.Sprintf("(SELECT %s FROM %s WHERE %[3]s IS NOT NULL AND NOT ST_IsEmpty(%[3]s::geometry) AND %[4]s IS NOT NULL) AS t", strings.Join(fields, ", "), r.ident, geom.ident(), id.ident()), nil
}

// inWGS84 brings a geometry to EPSG:4326 without Z and M. CGCS2000 (4490) has the same coordinates and keeps
// every bit, as does what is in 4326 already, whose index stays of use.
func inWGS84(c relationColumn) string {
	switch {
	case c.kind == "geography":
		return "ST_Force2D(" + c.ident() + "::geometry)"
	case c.srid == wgs84 && !strings.HasSuffix(c.shape, "Z") && !strings.HasSuffix(c.shape, "M"):
		return c.ident()
	case c.srid == wgs84 || c.srid == 4490:
		return "ST_SetSRID(ST_Force2D(" + c.ident() + "), 4326)"
	}
	return "ST_Transform(ST_Force2D(" + c.ident() + "), 4326)"
}

// castable lists the column types that a property of each type can be read from.
var castable = map[layers.Type][]string{
	layers.IntegerType: {"smallint", "integer", "bigint"},
	layers.NumberType:  {"smallint", "integer", "bigint", "real", "double precision", "numeric"},
	layers.BooleanType: {"boolean"},
	layers.DateType:    {"date", "timestamp without time zone", "timestamp with time zone"},
	layers.TimeType:    {"timestamp with time zone", "timestamp without time zone", "date"},
}

// property writes the expression of a property. Times without zone and dates are taken for UTC; values that no
// feature can have (NaN, infinity) become null.
func (r relation) property(c column, from string) (string, error) {
	if from == "" {
		from = c.name
	}
	have, ok := r.column(from)
	if !ok {
		return "", fmt.Errorf("it has no column %q for property %s; it has %s; name the right one under source.columns", from, c.name, r.names())
	}
	ident := have.ident()
	if c.kind == layers.TextType && !have.isGeometry() {
		return ident + "::text", nil
	}
	if !slices.Contains(castable[c.kind], have.kind) {
		return "", fmt.Errorf("column %s is of type %s and cannot be read as %s for property %s; the property could be of type %s", from, have.kind, c.kind, c.name, proposedType(have.kind))
	}
	switch c.kind {
	case layers.NumberType:
		return fmt.Sprintf("CASE WHEN %[1]s::float8 > '-Infinity' AND %[1]s::float8 < 'Infinity' THEN %[1]s::float8 END", ident), nil
	case layers.DateType, layers.TimeType:
		return fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s END", ident, asTime(c.kind, have.kind, ident)), nil
	}
	return ident + "::" + sqlTypes[c.kind], nil
}

func asTime(want layers.Type, have, ident string) string {
	switch {
	case want == layers.DateType && have == "timestamp with time zone":
		return "(" + ident + " AT TIME ZONE 'UTC')::date"
	case want == layers.DateType:
		return ident + "::date"
	case have == "timestamp with time zone":
		return ident
	}
	return ident + "::timestamp AT TIME ZONE 'UTC'"
}

func proposedType(kind string) layers.Type {
	for _, t := range []layers.Type{layers.IntegerType, layers.NumberType, layers.BooleanType, layers.DateType, layers.TimeType} {
		if slices.Contains(castable[t], kind) {
			return t
		}
	}
	return layers.TextType
}
