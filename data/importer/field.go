package importer

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/wardmap/wardmap/layers"
)

// A field is what is learnt of one field of a file.
type field struct {
	inText  bool // numbers are written as text
	n       int64
	can     map[layers.Type]bool // types that hold all values so far; text always does
	values  map[string]int64     // texts and how often, nil when they are too many
	seen    map[uint64]struct{}  // hashes of values, nil once one came twice
	longest int                  // characters
	solids  int64                // bodies by their faces
}

const (
	mostValues = 12        // of an enumeration
	mostSeen   = 2_000_000 // values beyond this are not watched for uniqueness
)

func newField(inText bool) *field {
	return &field{inText: inText, values: map[string]int64{}, seen: map[uint64]struct{}{}, can: map[layers.Type]bool{
		layers.IntegerType: true, layers.NumberType: true, layers.BooleanType: true, layers.DateType: true, layers.TimeType: true,
	}}
}

// see takes a value that is not blank.
func (f *field) see(v any) {
	f.n++
	s := textOf(v)
	if len(s) > 40 && f.solids == f.n-1 && isSolid(v) {
		f.solids++
	}
	f.longest = max(f.longest, utf8.RuneCountInString(s))
	for t := range f.can {
		if !f.fits(t, v, s) {
			delete(f.can, t)
		}
	}
	if f.values != nil {
		if f.values[s]++; len(f.values) > mostValues {
			f.values = nil
		}
	}
	if f.seen != nil {
		h := xxhash.Sum64String(s)
		if _, twice := f.seen[h]; twice || len(f.seen) >= mostSeen {
			f.seen = nil
		} else {
			f.seen[h] = struct{}{}
		}
	}
}

// Texts that are numbers, and not codes: no leading zeros, no sign, not too long to be one.
var (
	wholeText = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})$`)
	realText  = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)
)

func (f *field) fits(t layers.Type, v any, s string) bool {
	text, isText := v.(string)
	if isText {
		text = strings.TrimSpace(text)
	}
	switch t {
	case layers.IntegerType:
		_, whole := v.(int64)
		return whole || f.inText && wholeText.MatchString(text)
	case layers.NumberType:
		return f.inText && realText.MatchString(text) || !isText && v != true && v != false
	case layers.BooleanType:
		return v == true || v == false || f.inText && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false"))
	case layers.DateType:
		m := yearFirst.FindStringSubmatch(text)
		if m == nil || m[4] != "" { // eight digits may be any number
			return false
		}
		_, err := converter{}.day(text)
		return err == nil
	case layers.TimeType:
		_, err := converter{}.moment(text)
		return isText && len(text) >= len("2006-01-02T15:04Z") && err == nil
	}
	return true
}

func (f *field) unique() bool { return f.seen != nil }

// kind is the narrowest type that holds all values.
func (f *field) kind() layers.Type {
	for _, t := range []layers.Type{layers.BooleanType, layers.IntegerType, layers.NumberType, layers.DateType, layers.TimeType} {
		if f.can[t] {
			return t
		}
	}
	return layers.TextType
}

// property proposes a property; of is how many features the file has.
func (f *field) property(name, original string, of int64) layers.Property {
	p := layers.Property{Name: name, Title: layers.Text{Zh: original, En: original}, Type: f.kind()}
	if p.Type != layers.TextType {
		return p
	}
	if f.solids == f.n {
		p.Format = layers.SolidFormat
		return p
	}
	if f.longest > 2000 {
		p.MaxLength = f.longest + f.longest/4
	}
	if f.values == nil || f.longest > 60 || f.n < 50 || int64(len(f.values))*10 > f.n || len(f.values) < 2 || f.n*2 < of {
		return p
	}
	for _, v := range slices.Sorted(maps.Keys(f.values)) {
		if strings.TrimSpace(v) != v {
			p.Values = nil
			return p
		}
		p.Values = append(p.Values, layers.Value{Value: v, Title: layers.Text{Zh: v, En: v}})
	}
	return p
}
