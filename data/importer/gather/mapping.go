package gather

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
)

// mark stands before the names of fields that the mapping adds, which no file may use.
const mark = "="

const prefixField = mark + "prefix"

// options are how the importer is to read what a source delivers.
func (d *Definition) options() importer.Options {
	o := importer.Options{
		CRS: d.CRS, Encoding: d.Encoding, Layer: d.Inside, Lon: d.Lon, Lat: d.Lat, WKT: d.WKT, Delimiter: d.Delimiter,
		Dates: d.Dates, Zone: d.Zone, Source: d.Name, Owner: d.Owner, Key: slices.Clone(d.Key), Map: maps.Clone(d.Fields),
		Records: true, Each: d.mapped,
	}
	if o.Map == nil {
		o.Map = map[string]string{}
	}
	if d.Prefix != "" {
		o.Key = append([]string{prefixField}, o.Key...)
		o.Map[prefixField] = ""
	}
	for property := range d.Constants {
		o.Map[mark+property] = property
	}
	return o
}

var errCode = errors.New("is in no code table")

// mapped adds the constants to a record and puts what codes mean in their place. It changes nothing of what it is
// given. A record with an unknown code is rejected, where the table says so.
func (d *Definition) mapped(rec importer.Record) importer.Record {
	values := make(map[string]any, len(rec.Properties)+len(d.Constants)+1)
	for field, v := range rec.Properties {
		if !strings.HasPrefix(field, mark) {
			values[field] = v
		}
	}
	for field, table := range d.Codes {
		v, given := values[field]
		code := strings.TrimSpace(text(v))
		if !given || code == "" {
			continue
		}
		meaning, known := table.Values[code]
		switch {
		case known:
			values[field] = meaning
		case table.Unknown == Drop:
			delete(values, field)
			rec.Notes = append(slices.Clip(rec.Notes), "unknown codes of "+field+" were left out")
		case table.Unknown == Keep:
		case rec.Err == nil:
			rec.Err = fmt.Errorf("field %s: the code %s %w", field, sayable(field, code), errCode)
		}
	}
	for property, v := range d.Constants {
		values[mark+property] = v
	}
	if d.Prefix != "" {
		values[prefixField] = d.Prefix
	}
	rec.Properties = values
	return rec
}

// sayable is a value for messages: dots where it is of a person.
func sayable(field, value string) string {
	if limits.Of(field, value) != nil || limits.Value(value) != nil {
		return "…"
	}
	return strconv.Quote(value[:min(len(value), 40)])
}

// text is a value as a code table has it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// filled are the properties that a source is meant to fill from fields, in order.
func (d *Definition) filled(l *layers.Layer) []string {
	var out []string
	for _, to := range d.Fields {
		if _, is := l.Property(to); is {
			out = append(out, to)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kept is the part of a record that may wait in quarantine: the fields that go somewhere, and those of the key. It is
// nil where anything of the record says what no layer may hold.
func (d *Definition) kept(l *layers.Layer, rec *importer.Record) *importer.Record {
	if rec == nil || breaches(rec) {
		return nil
	}
	out := importer.Record{ID: rec.ID, Geometry: rec.Geometry, Properties: map[string]any{}, Common: rec.Common}
	o := d.options()
	for field, v := range rec.Properties {
		if !strings.HasPrefix(field, mark) && (importer.Goes(*l, o, field) != "" || d.inKey(field)) {
			out.Properties[field] = v
		}
	}
	return &out
}

func (d *Definition) inKey(field string) bool {
	return slices.ContainsFunc(d.Key, func(key string) bool { return strings.EqualFold(key, field) || importer.Sanitise(field) == key })
}

// breaches tells whether a record says anything that no layer may hold, in a field that is taken or not.
func breaches(rec *importer.Record) bool {
	for _, values := range []map[string]any{rec.Properties, rec.Common} {
		for name, v := range values {
			if limits.Name(name) != nil || limits.Of(name, v) != nil {
				return true
			}
		}
	}
	b := limits.Value(rec.ID)
	return b != nil && b.Kind == limits.Identity
}
