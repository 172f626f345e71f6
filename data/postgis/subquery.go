package postgis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
)

// asTable writes the subquery that looks like one of our own tables.
func (r relation) asTable(l layers.Layer, t *table) (from string, err error) {
	geom, err := r.geometry()
	if err != nil {
		return "", err
	}
	id, _ := r.column(l.Source.ID)
	shape := inWGS84(geom)
	if slices.ContainsFunc(l.Properties, func(p layers.Property) bool { return r.isBody(p, l.Source.Columns[p.Name]) }) {
		shape = footprint(geom)
	}
	fields := []string{id.ident() + `::text COLLATE "C" AS id`, "0::bigint AS version", shape + " AS geom"}
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
		if p, _ := l.Property(c.name); r.isBody(p, l.Source.Columns[c.name]) {
			fields = append(fields, body(geom)+" AS "+c.ident)
			continue
		}
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

// isBody tells whether a property is the body that a geometry with heights is: its format says so, and its column is
// the geometry.
func (r relation) isBody(p layers.Property, from string) bool {
	if from == "" {
		from = p.Name
	}
	have, ok := r.column(from)
	return ok && have.isGeometry() && p.Format == layers.SolidFormat
}

// footprint is what a geometry with heights covers of the ground: polyhedral surfaces, TIN and polygons with walls are the
// union of their faces that are not upright.
func footprint(c relationColumn) string {
	return fmt.Sprintf(`COALESCE((SELECT ST_SetSRID(ST_Union(d.geom), 4326) FROM (SELECT ST_MakeValid(ST_Force2D(
			CASE WHEN GeometryType(f.geom) = 'TRIANGLE' THEN ST_MakePolygon(ST_ExteriorRing(f.geom)) ELSE f.geom END)) AS geom
			FROM ST_Dump(%[1]s) AS f) AS d WHERE ST_Area(d.geom) > 0), ST_Envelope(ST_Force2D(%[1]s)))`, with3D(c))
}

// body is the faces of a geometry as text, heights above its lowest point.
func body(c relationColumn) string {
	g := with3D(c)
	return fmt.Sprintf("CASE WHEN ST_CoordDim(%[1]s) >= 3 AND ST_ZMax(%[1]s) > ST_ZMin(%[1]s) THEN ST_AsText(ST_Translate(ST_Force3DZ(%[1]s), 0, 0, -ST_ZMin(%[1]s)), 9) END", g)
}

// with3D brings a geometry to degrees and keeps its heights.
func with3D(c relationColumn) string {
	switch {
	case c.kind == "geography":
		return c.ident() + "::geometry"
	case c.srid == wgs84 || c.srid == 4490:
		return c.ident()
	}
	return "ST_Transform(" + c.ident() + ", 4326)"
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

// proposedType is the narrowest type that holds what the column has.
func proposedType(kind string) layers.Type {
	if kind == "date" {
		return layers.DateType
	}
	for _, t := range []layers.Type{layers.IntegerType, layers.NumberType, layers.BooleanType, layers.TimeType} {
		if slices.Contains(castable[t], kind) {
			return t
		}
	}
	return layers.TextType
}
