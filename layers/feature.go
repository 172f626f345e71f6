package layers

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/runcard"
	"github.com/wardmap/wardmap/spatial/solid"
)

// maxText is how many characters a text may have when its property does not say.
const maxText = 2000

// CheckFeature holds a feature against its layer's definition. It returns the feature with its values in the
// types that the definition names (5.0 for an integer becomes 5), or everything that is wrong with it.
func CheckFeature(l Layer, f spatial.Feature) (spatial.Feature, Problems) {
	var ps Problems
	checkPerson(&ps, f)
	if len(ps) == 0 {
		checkID(&ps, f.ID)
	}
	if err := spatial.CheckGeometry(f.Geometry); err != nil {
		ps.add("geometry", "%v", err)
	} else if !l.Kind.Holds(f.Geometry) {
		ps.add("geometry", "layer %s holds geometries of kind %s, not %s", l.ID, l.Kind, f.Geometry.GeoJSONType())
	}
	f.Effective.From, f.Effective.To = stamp(f.Effective.From), stamp(f.Effective.To)
	if e := f.Effective; !e.From.IsZero() && !e.To.IsZero() && !e.From.Before(e.To) {
		ps.add("effective_to", "it ends (%s) before it begins (%s)", e.To.Format(time.RFC3339), e.From.Format(time.RFC3339))
	}
	if f.Accuracy < 0 || math.IsNaN(f.Accuracy) || math.IsInf(f.Accuracy, 0) {
		ps.add("accuracy_m", "%v is no number of metres", f.Accuracy)
	}
	checkLine(&ps, "owner", f.Owner)
	checkLine(&ps, "source", f.Source)
	f.Properties = checkProperties(&ps, l, f.Properties)
	if l.Duty != nil && len(ps) == 0 {
		if _, _, _, err := l.ShiftOf(f); err != nil {
			ps.add("duty", "%v", err)
		}
	}
	if l.Fence != nil && len(ps) == 0 {
		if _, err := l.FenceOf(f); err != nil {
			ps.add("fence", "%v", err)
		}
	}
	return f, ps
}

// checkPerson refuses what is of a person in the common columns. Ids may look like mobile numbers: those of
// OpenStreetMap do.
func checkPerson(ps *Problems, f spatial.Feature) {
	if b := limits.Value(f.ID); b != nil && b.Kind == limits.Identity {
		ps.add("id", "%v", b)
	}
	if b := limits.Value(f.Owner); b != nil {
		ps.add("owner", "%v", b)
	}
	if b := limits.Value(f.Source); b != nil {
		ps.add("source", "%v", b)
	}
}

// checkProperties gives the good values in the types of the definition. Problems come in the order of the names.
func checkProperties(ps *Problems, l Layer, values map[string]any) map[string]any {
	clean := make(map[string]any, len(values))
	var bad Problems
	known := 0
	for i := range l.Properties {
		p := &l.Properties[i]
		v, given := values[p.Name]
		if given {
			known++
		}
		if v == nil {
			continue
		}
		if b := limits.Of(p.Name, v); b != nil && p.Format != SolidFormat { // first, since other messages repeat the value
			bad.add("properties."+p.Name, "%v", b)
			clean[p.Name] = v
			continue
		}
		good, err := p.Value(v)
		if err != nil {
			bad.add("properties."+p.Name, "%v", err)
		}
		clean[p.Name] = good
	}
	if known < len(values) {
		for name := range values {
			if _, known := l.Property(name); !known {
				bad.add("properties."+name, "layer %s has no such property; it has %s", l.ID, l.propertyNames())
			}
		}
	}
	slices.SortFunc(bad, func(a, b Problem) int { return strings.Compare(a.Place, b.Place) })
	*ps = append(*ps, bad...)
	for i := range l.Properties {
		p := &l.Properties[i]
		if _, there := clean[p.Name]; p.Required && !there {
			ps.add("properties."+p.Name, "it is required and missing")
		}
	}
	return clean
}

// stamp brings a time to the resolution that every store keeps.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

func checkID(ps *Problems, id string) {
	if id == "" || len(id) > 200 || !printable(id) || strings.TrimSpace(id) != id || id == "." || id == ".." { // dots vanish from addresses
		ps.add("id", "%.60q is no id: 1 to 200 bytes of printable text without space around, neither . nor ..", id)
	}
}

func checkLine(ps *Problems, place, s string) {
	if len(s) > 500 || !printable(s) {
		ps.add(place, "it must be printable text of at most 500 bytes")
	}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (l Layer) propertyNames() string {
	if len(l.Properties) == 0 {
		return "none"
	}
	names := make([]string, len(l.Properties))
	for i, p := range l.Properties {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// Value brings a value to the property's type and holds it against range and enumeration.
func (p Property) Value(v any) (any, error) {
	switch p.Type {
	case IntegerType:
		n, ok := whole(v)
		if !ok {
			return nil, fmt.Errorf("%v is no whole number", v)
		}
		return n, p.inRange(float64(n))
	case NumberType:
		n, ok := number(v)
		if !ok {
			return nil, fmt.Errorf("%v is no number", v)
		}
		return n, p.inRange(n)
	case BooleanType:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, fmt.Errorf("%v is neither true nor false", v)
	}
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no text", v)
	}
	return p.text(s)
}

func (p Property) text(s string) (any, error) {
	switch p.Type {
	case DateType:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, fmt.Errorf("%q is no date: write it as 2026-11-24", s)
		}
	case TimeType:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < 1 || t.Year() > 9999 {
			return nil, fmt.Errorf("%q is no time: write it as 2026-11-24T03:04:05Z (RFC 3339)", s)
		}
		return stamp(t).Format(time.RFC3339Nano), nil
	default:
		if p.Format == SolidFormat {
			body, err := solid.Parse(s)
			if err != nil {
				return nil, err
			}
			return body.WKT(), nil
		}
		if err := p.Format.check(s); err != nil {
			return nil, err
		}
		most := p.MaxLength
		if most == 0 {
			most = maxText
		}
		if n := utf8.RuneCountInString(s); n > most {
			return nil, fmt.Errorf("it has %d characters, at most %d are kept", n, most)
		}
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return nil, fmt.Errorf("it is no valid UTF-8 text")
		}
		if len(p.Values) > 0 && !slices.ContainsFunc(p.Values, func(o Value) bool { return o.Value == s }) {
			return nil, fmt.Errorf("%q is none of %s", s, p.valueNames())
		}
	}
	return s, nil
}

// check reads a text of the format.
func (f Format) check(s string) (err error) {
	switch f {
	case NeedsFormat:
		_, err = runcard.ParseNeeds(s)
	case ScheduleFormat:
		_, err = fence.ParseSchedule(s)
	}
	return err
}

func (p Property) valueNames() string {
	names := make([]string, len(p.Values))
	for i, v := range p.Values {
		names[i] = v.Value
	}
	return strings.Join(names, ", ")
}

func (p Property) inRange(n float64) error {
	unit := strings.TrimSpace(" " + p.Unit)
	if p.Min != nil && n < *p.Min {
		return fmt.Errorf("%v is less than %v %s", n, *p.Min, unit)
	}
	if p.Max != nil && n > *p.Max {
		return fmt.Errorf("%v is more than %v %s", n, *p.Max, unit)
	}
	return nil
}

func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v), true
		}
	}
	return 0, false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}
