package postgis

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// A column is where a property is kept.
type column struct {
	name  string // of the property
	ident string // quoted name in SQL
	kind  layers.Type
}

// sqlTypes are the types of columns.
var sqlTypes = map[layers.Type]string{
	layers.TextType:    "text",
	layers.IntegerType: "bigint",
	layers.NumberType:  "double precision",
	layers.BooleanType: "boolean",
	layers.DateType:    "date",
	layers.TimeType:    "timestamp with time zone",
}

// common are the columns that every layer table has, besides its properties, with their types.
var common = []struct{ name, sqlType string }{
	{"id", "text"},
	{"owner", "text"},
	{"version", "bigint"},
	{"updated_at", "timestamp with time zone"},
	{"effective_from", "timestamp with time zone"},
	{"effective_to", "timestamp with time zone"},
	{"source", "text"},
	{"accuracy_m", "double precision"},
	{"geom", "geometry(Geometry,4326)"},
}

// selected are the expressions that readers select before the properties: see table.feature.
const selected = "id, owner, version, updated_at, effective_from, effective_to, source, accuracy_m, ST_AsEWKB(geom)"

// geomAt and propsAt are places in selected.
const geomAt, propsAt = 8, 9

// A table is the table of one layer: its columns and the statements that read and write it.
type table struct {
	layer   string
	ident   string // quoted, with schema
	columns []column
	byName  map[string]int // property -> index of columns

	fields                 string // all that feature decodes
	lock, insert, update   string // see write.go
	one, all, some, remove string
}

func newTable(l layers.Layer) *table {
	t := &table{layer: l.ID, ident: pgx.Identifier{"wardmap", l.ID}.Sanitize(), byName: map[string]int{}, fields: selected}
	for i, p := range l.Properties {
		c := column{p.Name, pgx.Identifier{p.Name}.Sanitize(), p.Type}
		t.columns = append(t.columns, c)
		t.byName[p.Name] = i
		t.fields += ", " + c.ident
	}
	t.readFrom(t.ident)
	t.lock = t.some + " ORDER BY id FOR UPDATE"
	t.remove = fmt.Sprintf("DELETE FROM %s WHERE id = ANY($1)", t.ident)
	t.insert, t.update = t.writing()
	return t
}

// readFrom sets what the table is read from: its name, or a subquery that looks like one of our tables.
func (t *table) readFrom(ident string) {
	t.ident = ident
	t.one = fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", t.fields, t.ident)
	t.all = fmt.Sprintf("SELECT %s FROM %s", t.fields, t.ident)
	t.some = fmt.Sprintf("SELECT %s FROM %s WHERE id = ANY($1)", t.fields, t.ident)
}

// writing builds the statements that take one array per column (in the order of rows.args) and write a row
// for each of their members. Rows are inserted in the order of the arrays.
func (t *table) writing() (insert, update string) {
	names := []string{"owner", "effective_from", "effective_to", "source", "accuracy_m", "geom"}
	types := []string{"text", "timestamptz", "timestamptz", "text", "float8", "bytea"}
	for _, c := range t.columns {
		names, types = append(names, c.ident), append(types, sqlTypes[c.kind])
	}
	params, values, sets := []string{"$1::text[]"}, make([]string, len(names)), make([]string, len(names))
	aliases := []string{"id"}
	for i, name := range names {
		alias := fmt.Sprintf("c%d", i)
		params, aliases = append(params, fmt.Sprintf("$%d::%s[]", i+2, types[i])), append(aliases, alias)
		values[i] = "u." + alias
		if name == "geom" {
			values[i] = "ST_GeomFromEWKB(u." + alias + ")"
		}
		sets[i] = name + " = " + values[i]
	}
	from := fmt.Sprintf("unnest(%s) AS u(%s)", strings.Join(params, ", "), strings.Join(aliases, ", "))
	insert = fmt.Sprintf("INSERT INTO %s (id, %s) SELECT u.id, %s FROM %s", t.ident, strings.Join(names, ", "), strings.Join(values, ", "), from)
	update = fmt.Sprintf("UPDATE %s AS t SET %s FROM %s WHERE t.id = u.id", t.ident, strings.Join(sets, ", "), from)
	return insert, update
}
