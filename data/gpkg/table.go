package gpkg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
)

// A table is the feature table of one layer, with the statements on it.
type table struct {
	layer    string
	geometry string // declared type of its geometries, for example POINT or GEOMETRY
	columns  []column

	selects string // common columns and properties, without WHERE
	insert  string // id, common columns, geometry, properties
	update  string // the same, by id at the end
	partial string // like update, without the geometry
}

// A column is one property.
type column struct {
	name string
	kind layers.Type
}

// sqlTypes are the GeoPackage types of the columns. They tell the property's type when the file is read again.
var sqlTypes = map[layers.Type]string{
	layers.TextType: "TEXT", layers.IntegerType: "INTEGER", layers.NumberType: "REAL",
	layers.BooleanType: "BOOLEAN", layers.DateType: "DATE", layers.TimeType: "DATETIME",
}

// common columns in the order in which rows are read and written, after id and geom.
var common = []string{"version", "updated_at", "owner", "effective_from", "effective_to", "source", "accuracy_m"}

// propertyAt is where the properties begin in a row: after id, geom and the common columns.
var propertyAt = 2 + len(common)

func newTable(layer, geometry string, columns []column) *table {
	t := &table{layer: layer, geometry: geometry, columns: columns}
	names := append([]string{"id", "geom"}, common...)
	for _, c := range columns {
		names = append(names, c.name)
	}
	list, marks, sets := make([]string, len(names)), make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		// The plus takes the declared type away, so that the driver leaves dates alone.
		list[i], marks[i], sets[i] = "+t."+quote(n), fmt.Sprintf("?%d", i+1), fmt.Sprintf("%s=?%d", quote(n), i+1)
	}
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = quote(n)
	}
	t.selects = "SELECT " + strings.Join(list, ", ")
	t.insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quote(layer), strings.Join(all, ", "), strings.Join(marks, ", "))
	t.update = fmt.Sprintf("UPDATE %s SET %s WHERE id=?1", quote(layer), strings.Join(sets[1:], ", "))
	t.partial = fmt.Sprintf("UPDATE %s SET %s WHERE id=?1", quote(layer), strings.Join(sets[2:], ", "))
	return t
}

// from is the FROM clause of a plain reading.
func (t *table) from() string { return " FROM " + quote(t.layer) + " t" }

// byID reads one row, also one without geometry.
func (t *table) byID() string { return t.selects + t.from() + " WHERE t.id=?1" }

func (t *table) column(name string) (column, bool) {
	for _, c := range t.columns {
		if c.name == name {
			return c, true
		}
	}
	return column{}, false
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// table finds a layer's table. Another process may have made it a moment ago.
func (s *Store) table(ctx context.Context, layer string) (*table, error) {
	s.mu.RLock()
	t := s.tables[layer]
	s.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	if err := s.learn(ctx, nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.tables[layer]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("layer %s: %w", layer, layers.ErrNotFound)
}

// learn reads which layers the file has. Columns that the definitions do not name (any more) stay in the file
// and are not shown; a layer without a definition shows all its columns. Layers known before stay as they are.
func (s *Store) learn(ctx context.Context, defs []layers.Layer) error {
	found := map[string]*table{}
	err := s.read(ctx, func(c *conn) error {
		names, err := featureTables(ctx, c)
		for name, geometry := range names {
			columns, e := propertyColumns(ctx, c, name)
			if e != nil {
				return e
			}
			found[name] = newTable(name, geometry, columns)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the file's layers: %w", explain(err))
	}
	for _, l := range defs {
		t := found[l.ID]
		if t == nil {
			return fmt.Errorf("layer %s is not in the file any more", l.ID)
		}
		found[l.ID] = newTable(l.ID, t.geometry, slices.DeleteFunc(t.columns, func(c column) bool {
			_, wanted := l.Property(c.name)
			return !wanted
		}))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, t := range s.tables {
		if !slices.ContainsFunc(defs, func(l layers.Layer) bool { return l.ID == name }) {
			found[name] = t
		}
	}
	s.tables = found
	return nil
}

// featureTables are the layers of the file with the declared type of their geometries.
func featureTables(ctx context.Context, c *conn) (map[string]string, error) {
	names := map[string]string{}
	err := c.query(ctx, `SELECT g.table_name, g.geometry_type_name FROM gpkg_geometry_columns g
		JOIN sqlite_schema s ON s.type='trigger' AND s.name='wardmap_' || g.table_name || '_insert'`, nil,
		func(row []driver.Value) error {
			names[fmt.Sprint(row[0])] = fmt.Sprint(row[1])
			return nil
		})
	return names, err
}

// propertyColumns are the columns of a table that can be properties, in the order of the table.
func propertyColumns(ctx context.Context, c *conn, layer string) (columns []column, err error) {
	err = c.query(ctx, "SELECT name, upper(type) FROM pragma_table_info(?) ORDER BY cid", []driver.Value{layer},
		func(row []driver.Value) error {
			name, declared := fmt.Sprint(row[0]), fmt.Sprint(row[1])
			for kind, sqlType := range sqlTypes {
				if declared == sqlType && !slices.Contains(layers.CommonColumns, name) {
					columns = append(columns, column{name, kind})
				}
			}
			return nil
		})
	return columns, err
}
