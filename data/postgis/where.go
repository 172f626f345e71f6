package postgis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// conditions build a WHERE clause. Values only ever go into args.
type conditions struct {
	parts []string
	args  []any
	err   error
}

func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *conditions) add(format string, names ...any) {
	c.parts = append(c.parts, fmt.Sprintf(format, names...))
}

func (c *conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// where translates the filters of a query (not After, Offset and Limit).
func (t *table) where(q layers.Query) *conditions {
	c := &conditions{}
	if q.Bounds != nil {
		c.boxes(q.Bounds)
	}
	if !q.At.IsZero() {
		c.effective(q.At, q.At)
	} else {
		c.effective(q.From, q.To)
	}
	for _, name := range slices.Sorted(maps.Keys(q.Where)) {
		i, ok := t.byName[name]
		if !ok {
			c.err = fmt.Errorf("there is no property %q to filter by: %w", name, layers.ErrInvalid)
			break
		}
		if v, ok := sqlValue(t.columns[i].kind, q.Where[name]); ok {
			c.add("%s = %s", t.columns[i].ident, c.arg(v))
		} else {
			c.add("false") // no feature has such a value
		}
	}
	return c
}

// boxes wants geometries that touch one of them.
func (c *conditions) boxes(bounds []orb.Bound) {
	var touching []string
	for _, b := range bounds {
		if !(b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]) {
			continue // empty: nothing touches it
		}
		ewkb, err := encodeGeometry(boxGeometry(b))
		if err != nil {
			c.err = err
			return
		}
		touching = append(touching, fmt.Sprintf("ST_Intersects(geom, ST_GeomFromEWKB(%s))", c.arg(ewkb)))
	}
	if len(touching) == 0 {
		c.add("false")
		return
	}
	c.add("(%s)", strings.Join(touching, " OR "))
}

// boxGeometry gives a valid geometry for every box: one without width or height is a line or a point.
func boxGeometry(b orb.Bound) orb.Geometry {
	limit := func(p orb.Point) orb.Point { // the index does not like infinities
		return orb.Point{math.Max(-1e6, math.Min(1e6, p[0])), math.Max(-1e6, math.Min(1e6, p[1]))}
	}
	b = orb.Bound{Min: limit(b.Min), Max: limit(b.Max)}
	switch {
	case b.Min == b.Max:
		return b.Min
	case b.Min[0] == b.Max[0] || b.Min[1] == b.Max[1]:
		return orb.LineString{b.Min, b.Max}
	}
	return b.ToPolygon()
}

// effective wants features that hold at some time of [from, to]. Stored times are whole microseconds, and pgx
// cuts the arguments to such: that changes no answer.
func (c *conditions) effective(from, to time.Time) {
	if !to.IsZero() {
		c.add("(effective_from IS NULL OR effective_from <= %s)", c.arg(to))
	}
	if !from.IsZero() {
		c.add("(effective_to IS NULL OR effective_to > %s)", c.arg(from))
	}
}

// sqlValue brings a property's value into the Go type that pgx sends for the column. ok is false when the
// value is not of the property's type. Integers are taken for numbers, nothing else is converted.
func sqlValue(kind layers.Type, v any) (sql any, ok bool) {
	switch kind {
	case layers.TextType:
		s, ok := v.(string)
		return s, ok && goodText(s)
	case layers.IntegerType:
		n, ok := v.(int64)
		return n, ok
	case layers.NumberType:
		if n, ok := v.(int64); ok {
			return float64(n), true
		}
		n, ok := v.(float64)
		return n, ok && !math.IsNaN(n) && !math.IsInf(n, 0)
	case layers.BooleanType:
		b, ok := v.(bool)
		return b, ok
	case layers.DateType:
		s, _ := v.(string)
		d, err := time.Parse(time.DateOnly, s)
		return d, err == nil && d.Year() >= 1
	case layers.TimeType:
		s, _ := v.(string)
		at, err := time.Parse(time.RFC3339Nano, s)
		at = at.UTC().Truncate(time.Microsecond)
		return at, err == nil && at.Year() >= 1 && at.Year() <= 9999
	}
	return nil, false
}
