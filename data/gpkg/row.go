package gpkg

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// feature reads a row of t.selects. ok is false when the row has no geometry: such a row, which another program
// may have made, is not on the map.
func (t *table) feature(row []driver.Value) (f spatial.Feature, ok bool, err error) {
	f.ID, _ = row[0].(string)
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s/%s in the file: %w", t.layer, f.ID, err)
		}
	}()
	if row[1] != nil {
		blob, isBlob := row[1].([]byte)
		if !isBlob {
			return f, false, fmt.Errorf("the geometry is a %T: delete the row or give it a geometry", row[1])
		}
		if f.Geometry, err = parseBlob(blob); err != nil {
			return f, false, fmt.Errorf("%w: delete the row or give it a good geometry", err)
		}
	}
	f.Version, _ = row[2].(int64)
	f.Owner, _ = row[4].(string)
	f.Source, _ = row[7].(string)
	f.Accuracy = asFloat(row[8])
	for _, at := range []struct {
		to   *time.Time
		from driver.Value
	}{{&f.Updated, row[3]}, {&f.Effective.From, row[5]}, {&f.Effective.To, row[6]}} {
		if *at.to, err = readTime(at.from); err != nil {
			return f, false, err
		}
	}
	if f.Properties, err = t.properties(row[propertyAt:]); err != nil {
		return f, false, err
	}
	return f, f.Geometry != nil, nil
}

func (t *table) properties(row []driver.Value) (map[string]any, error) {
	n := 0
	for _, v := range row {
		if v != nil {
			n++
		}
	}
	props := make(map[string]any, n)
	for i, v := range row {
		if v == nil {
			continue
		}
		c := t.columns[i]
		v, ok := c.read(v)
		if !ok {
			return nil, fmt.Errorf("column %s holds %v (%T), which is no %s: correct it", c.name, row[i], row[i], c.kind)
		}
		props[c.name] = v
	}
	return props, nil
}

// read brings a value of the file to the type of the property.
func (c column) read(v driver.Value) (any, bool) {
	switch c.kind {
	case layers.IntegerType:
		n, ok := v.(int64)
		return n, ok
	case layers.NumberType:
		if n, ok := v.(int64); ok {
			return float64(n), true
		}
		n, ok := v.(float64)
		return n, ok
	case layers.BooleanType:
		n, ok := v.(int64)
		return n != 0, ok
	case layers.TimeType:
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		return shortTime(s)
	}
	s, ok := v.(string)
	return s, ok
}

// write brings a value of a property to the file. Text in a date column that is no date is refused: SQLite
// would make numbers of it.
func (c column) write(v any) (driver.Value, error) {
	ok := false
	switch v := v.(type) {
	case string:
		switch c.kind {
		case layers.TextType:
			ok = isText(v)
		case layers.DateType:
			ok = len(v) == 10 && v[4] == '-' && v[7] == '-' && isText(v)
		case layers.TimeType:
			ok = len(v) >= 20 && v[10] == 'T' && isText(v)
		}
	case int64:
		ok = c.kind == layers.IntegerType
	case float64:
		ok = c.kind == layers.NumberType && v == v
	case bool:
		ok = c.kind == layers.BooleanType
	}
	if !ok {
		return nil, fmt.Errorf("%w: property %s of type %s cannot hold %.60v (%T)", layers.ErrInvalid, c.name, c.kind, v, v)
	}
	if s, isText := v.(string); isText && c.kind == layers.TimeType {
		return longTime(s), nil
	}
	return v, nil
}

// longTime gives a time the three digits of milliseconds that GeoPackage wants.
func longTime(s string) string {
	switch n := len(s); {
	case n == 20 && s[19] == 'Z':
		return s[:19] + ".000Z"
	case n > 20 && n < 24 && s[19] == '.' && s[n-1] == 'Z':
		return s[:n-1] + "00Z"[n-21:]
	}
	return s
}

// shortTime is the time as RFC 3339 in UTC without digits that say nothing, whatever program has written it.
func shortTime(s string) (string, bool) {
	n := len(s)
	switch {
	case n == 24 && s[19:] == ".000Z":
		return s[:19] + "Z", true
	case n == 20 && s[10] == 'T' && s[19] == 'Z':
		return s, true
	}
	at, err := readTime(s)
	return at.Format(time.RFC3339Nano), err == nil && !at.IsZero()
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// row brings a feature to the arguments of t.insert and t.update. The geometry is left to the caller.
func (t *table) row(args []driver.Value, f spatial.Feature) ([]driver.Value, error) {
	if f.ID == "" || f.Geometry == nil {
		return nil, fmt.Errorf("%w: a feature needs an id and a geometry", layers.ErrInvalid)
	}
	for _, s := range [3]string{f.ID, f.Owner, f.Source} {
		if !isText(s) {
			return nil, fmt.Errorf("%w: %.60q is no text", layers.ErrInvalid, s)
		}
	}
	args = append(args[:0], f.ID, nil, f.Version, writeTime(f.Updated), orNull(f.Owner), writeTime(f.Effective.From), writeTime(f.Effective.To), orNull(f.Source), nil)
	if f.Accuracy != 0 {
		args[8] = f.Accuracy
	}
	found := 0
	for _, c := range t.columns {
		v, there := f.Properties[c.name]
		if !there {
			args = append(args, nil)
			continue
		}
		found++
		arg, err := c.write(v)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	if found < len(f.Properties) {
		for name := range f.Properties {
			if _, known := t.column(name); !known {
				return nil, fmt.Errorf("%w: layer %s has no property %s", layers.ErrInvalid, t.layer, name)
			}
		}
	}
	return args, nil
}

func orNull(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

// writeTime writes milliseconds, as GeoPackage wants it, and microseconds only where there are some.
func writeTime(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	if t.Nanosecond()%1_000_000 == 0 {
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

// timeLayouts are the ways in which other programs write times.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly}

// readTime reads a time in UTC. NULL is the zero time.
func readTime(v driver.Value) (time.Time, error) {
	s, ok := v.(string)
	if v == nil || s == "" && ok {
		return time.Time{}, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%v is no time: write it like 2026-11-24T03:04:05.000Z", v)
}
