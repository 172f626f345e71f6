package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

type metadataJSON struct {
	Schema         *schemaJSON
	SchemaURI      string
	PropertyTables []struct {
		Class      string
		Count      int
		Properties map[string]columnJSON
	}
}

type columnJSON struct {
	Values           *int
	ArrayOffsets     *int
	StringOffsets    *int
	StringOffsetType string
	Offset, Scale    json.RawMessage
}

// A table is a property table; what could not be read of it has no column.
type table struct {
	at      place
	count   int
	columns map[string]*column
	used    map[int]bool // rows that a vertex or an instance has
}

func (t *table) named() bool { return t.columns["id"] != nil }

// name is the id of a row; not ok: there are no ids.
func (t *table) name(row int) (string, bool) {
	c := t.columns["id"]
	if c == nil {
		return "", false
	}
	v := c.value(row)
	if v == nil {
		return "", true
	}
	return fmt.Sprint(v), true
}

// row is the properties of a feature; nil is a value that is not there.
func (t *table) row(i int) map[string]any {
	out := make(map[string]any, len(t.columns))
	for name, c := range t.columns {
		out[name] = c.value(i)
	}
	return out
}

// readMetadata reads the schema and the property tables of the glTF.
func (c *content) readMetadata() {
	m := c.doc.Extensions.Metadata
	if m == nil {
		return
	}
	c.uses(structural)
	at := c.at.in(structural)
	s := c.w.schema(c.at.uri, m.Schema, m.SchemaURI)
	for i, j := range m.PropertyTables {
		at := at.in("propertyTables[%d]", i)
		t := &table{at: at, count: j.Count, columns: map[string]*column{}, used: map[int]bool{}}
		c.tables = append(c.tables, t)
		if j.Count < 1 || j.Count > math.MaxInt32 {
			at.bad("property-table-rows", "there are %d rows", j.Count)
			continue
		}
		class := s.class(at, j.Class)
		if class == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(j.Properties)) {
			at := at.in("%s", name)
			p := class.Properties[name]
			if p == nil {
				at.bad("property-unknown", "is not in the class %s", j.Class)
				continue
			}
			if col := c.column(at, p, s.Enums[p.EnumType], j.Properties[name], j.Count); col != nil {
				t.columns[name] = col
			}
		}
		for _, name := range slices.Sorted(maps.Keys(class.Properties)) {
			if _, ok := j.Properties[name]; !ok && class.Properties[name].Required {
				at.in("%s", name).bad("property-missing", "is required by the class %s", j.Class)
			}
		}
	}
}

// checkTables finds rows that no feature is.
func (c *content) checkTables() {
	for _, t := range c.tables {
		if n := t.count - len(t.used); n > 0 && t.count > 0 && len(t.used) > 0 {
			t.at.bad("property-table-rows", "%d of %d rows are of no feature", n, t.count)
		}
	}
}
