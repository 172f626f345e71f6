package postgis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// foreignTables lists what has a geometry and is neither ours nor PostGIS's own.
const foreignTables = `
	SELECT n.nspname, c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
	AND n.nspname NOT IN ('wardmap', 'pg_catalog', 'information_schema', 'topology', 'tiger') AND n.nspname NOT LIKE 'pg\_t%'
	AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
	AND EXISTS (SELECT FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND y.typname IN ('geometry', 'geography'))
	AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	ORDER BY 1, 2`

// Discover proposes a definition for every foreign table or view with a geometry that this role may read. The
// proposals are for a person to look through: titles are the names of tables and columns, and where no column
// is known to be unique, the id is a guess that OpenTable will hold against the data.
func (s *Store) Discover(ctx context.Context) ([]layers.Layer, error) {
	rows, err := s.pool.Query(ctx, foreignTables)
	if err != nil {
		return nil, fmt.Errorf("look for foreign tables: %w", ended(ctx, err))
	}
	type found struct{ schema, table, comment string }
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f found, err error) {
		err = row.Scan(&f.schema, &f.table, &f.comment)
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for foreign tables: %w", ended(ctx, err))
	}
	var out []layers.Layer
	ids := names{}
	for _, f := range tables {
		if strings.Contains(f.schema, ".") {
			continue // a definition could not name it
		}
		r, err := lookAt(ctx, s.pool, f.schema+"."+f.table)
		if err != nil {
			return nil, fmt.Errorf("look at table %s.%s: %w", f.schema, f.table, ended(ctx, err))
		}
		l := r.propose(f.table, f.comment)
		l.ID, l.Source.Table = ids.free(f.table, "table"), f.schema+"."+f.table
		out = append(out, l)
	}
	return out, nil
}

// propose writes a definition from what is known of the columns.
func (r relation) propose(name, comment string) layers.Layer {
	l := layers.Layer{
		Group: "tables", Title: layers.Text{Zh: name, En: name}, Description: layers.Text{Zh: comment, En: comment},
		Kind: layers.AnyKind, MaxZoom: 16, Source: layers.Source{Type: layers.Table, ID: r.guessID()},
	}
	if geom, err := r.geometry(); err == nil {
		l.Kind = kindOf(geom.shape)
	}
	taken := names{}
	for _, c := range common {
		taken[c.name] = true
	}
	for _, name := range layers.CommonColumns {
		taken[name] = true
	}
	for _, c := range r.columns {
		if c.isGeometry() || c.name == l.Source.ID || r.isCommon(c) {
			continue
		}
		p := layers.Property{Name: taken.free(c.name, "column"), Title: layers.Text{Zh: c.name, En: c.name}, Type: proposedType(c.kind), Tile: true}
		if p.Name != c.name {
			if l.Source.Columns == nil {
				l.Source.Columns = map[string]string{}
			}
			l.Source.Columns[p.Name] = c.name
		}
		if l.Label == "" && p.Type == layers.TextType && looksLikeName(c.name) {
			l.Label, p.Search = p.Name, true
		}
		l.Properties = append(l.Properties, p)
	}
	return l
}

// isCommon tells whether OpenTable takes the column for one of the common columns.
func (r relation) isCommon(c relationColumn) bool {
	return slices.ContainsFunc(common, func(o struct{ name, sqlType string }) bool { return o.name == c.name && o.sqlType == c.kind })
}

func looksLikeName(column string) bool {
	column = strings.ToLower(column)
	return strings.Contains(column, "name") || strings.Contains(column, "title") || strings.Contains(column, "label") || strings.Contains(column, "名")
}

// guessID takes a column that is unique, else one that is called like an id.
func (r relation) guessID() string {
	for _, c := range r.columns {
		if c.unique && !c.isGeometry() {
			return c.name
		}
	}
	for _, name := range []string{"id", "fid", "gid", "ogc_fid", "objectid", "osm_id", "uuid", "code"} {
		for _, c := range r.columns {
			if strings.EqualFold(c.name, name) {
				return c.name
			}
		}
	}
	return "id"
}

func kindOf(shape string) layers.Kind {
	shape = strings.ToUpper(shape)
	switch {
	case strings.Contains(shape, "POINT"):
		return layers.PointKind
	case strings.Contains(shape, "LINE") || strings.Contains(shape, "MULTICURVE"):
		return layers.LineKind
	case strings.Contains(shape, "POLYGON") || strings.Contains(shape, "SURFACE"):
		return layers.PolygonKind
	}
	return layers.AnyKind
}

// names are the names that are taken.
type names map[string]bool

// free makes a name after the rule of layers (a-z, 0-9 and _, a letter first, at most 48) that is not taken,
// and takes it.
func (n names) free(like, otherwise string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, like)
	name = strings.Trim(name, "_")
	if name == "" || name[0] <= '9' {
		name = strings.Trim(otherwise+"_"+name, "_")
	}
	base := name[:min(len(name), 48)]
	name = base
	for i := 2; n[name]; i++ {
		suffix := fmt.Sprintf("_%d", i)
		name = base[:min(len(base), 48-len(suffix))] + suffix
	}
	n[name] = true
	return name
}
