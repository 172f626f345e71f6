package scenes3d

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"github.com/wardmap/wardmap/spatial"
)

// Rows hold each value as 64 bits: numbers as the bits of a double (integers beyond 2^53 lose their last digits, as
// they do in every client that knows JavaScript), booleans 1 and 2, texts as a handle into the set's texts, members
// of an enumeration by their place from 1. absent numbers are NaN, absent others are 0.
var absentNumber = math.Float64bits(math.NaN())

// noNumber stands in metadata where a number is absent.
const noNumber = -math.MaxFloat64

// texts gives every text a handle from 1.
type texts struct {
	handles map[string]uint32
	all     []string // by handle
}

func (t *texts) handle(s string) uint32 {
	if h, known := t.handles[s]; known {
		return h
	}
	if t.handles == nil {
		t.handles, t.all = map[string]uint32{}, []string{""}
	}
	h := uint32(len(t.all))
	t.handles[s], t.all = h, append(t.all, s)
	return h
}

// encode makes the row of a feature.
func (t *texts) encode(fields []Field, f *spatial.Feature) []uint64 {
	row := make([]uint64, len(fields))
	for i, field := range fields {
		value := f.Properties[field.Name]
		switch field.Kind {
		case Integer, Number:
			row[i] = absentNumber
			switch v := value.(type) {
			case int64:
				row[i] = math.Float64bits(float64(v))
			case float64:
				if !math.IsInf(v, 0) {
					row[i] = math.Float64bits(v)
				}
			}
		case Boolean:
			if v, ok := value.(bool); ok {
				row[i] = 1
				if v {
					row[i] = 2
				}
			}
		case Text:
			if v, ok := value.(string); ok {
				row[i] = t.text(field.Values, v)
			}
		}
	}
	return row
}

func (t *texts) text(values []string, v string) uint64 {
	if values == nil {
		return uint64(t.handle(v))
	}
	for i, known := range values {
		if known == v {
			return uint64(i + 1)
		}
	}
	return 0
}

// A fieldText is what a schema says of a field, as JSON.
type fieldText struct{ name, property, enum string }

// className is the class of all features.
const className = "feature"

func textsOf(fields []Field) []fieldText {
	out := make([]fieldText, len(fields))
	for i, f := range fields {
		name := quoted(f.Name)
		out[i].name = name
		values := f.Values
		if f.Kind == Boolean {
			values = booleans
		}
		switch {
		case f.Kind == Integer || f.Kind == Number:
			out[i].property = `{"type":"SCALAR","componentType":"FLOAT64","noData":` + string(strconv.AppendFloat(nil, noNumber, 'g', -1, 64)) + `}`
		case values != nil:
			out[i].property = `{"type":"ENUM","enumType":` + name + `,"noData":` + quoted(unset(values)) + `}`
			out[i].enum = enumOf(values)
		default:
			out[i].property = `{"type":"STRING","noData":""}`
		}
	}
	return out
}

var booleans = []string{"false", "true"}

// quoted is a text as JSON.
func quoted(s string) string {
	text, _ := json.Marshal(s) // of a string there is no error
	return string(text)
}

// unset is the name that stands for an absent member: the first that none has.
func unset(values []string) string {
	name := "unset"
	for i := 0; i < len(values); i++ {
		if values[i] == name {
			name, i = name+"_", -1
		}
	}
	return name
}

func enumOf(values []string) string {
	kind := "UINT8"
	if wideEnum(values) {
		kind = "UINT16"
	}
	out := `{"valueType":"` + kind + `","values":[{"name":` + quoted(unset(values)) + `,"value":0}`
	for i, v := range values {
		out += `,{"name":` + quoted(v) + `,"value":` + strconv.Itoa(i+1) + `}`
	}
	return out + "]}"
}

func wideEnum(values []string) bool { return len(values) > math.MaxUint8 }

// A table writes the metadata of a GLB: a column for the ids, then one for each field that is shown and that any of the
// features has. Of others it says nothing: on small tiles the schema weighs more than all else that it could tell.
type table struct {
	glb    *glb
	texts  *texts
	rows   []*body
	ends   []uint32 // scratch
	shown  []bool   // nil is all
	told   []bool   // scratch: which fields have a column
	fields []Field
	said   []fieldText
	ground bool // there is a column of the ground that bodies stand on
}

// groundName is the column of the ground that bodies stand on, which a terrain makes: clients without one subtract it from
// heights. No property of a layer begins like this.
const groundName = `"_ground"`

// write writes the extension EXT_structural_metadata.
func (t *table) write() {
	g := t.glb
	t.told = t.told[:0]
	for i := range t.fields {
		t.told = append(t.told, (t.shown == nil || t.shown[i]) && t.any(i))
	}
	g.say(`"EXT_structural_metadata":{"schema":{"id":"wardmap","classes":{"` + className + `":{"properties":{"id":{"type":"STRING","required":true}`)
	if t.ground {
		g.say("," + groundName + `:{"type":"SCALAR","componentType":"FLOAT64","required":true,"description":"The ground that it stands on, metres above the ellipsoid"}`)
	}
	enums := false
	for i, f := range t.said {
		if !t.told[i] {
			continue
		}
		g.say(",").say(f.name).say(":").say(f.property)
		enums = enums || f.enum != ""
	}
	g.say("}}}")
	if enums {
		mark := `,"enums":{`
		for i, f := range t.said {
			if f.enum != "" && t.told[i] {
				g.say(mark).say(f.name).say(":").say(f.enum)
				mark = ","
			}
		}
		g.say("}")
	}
	g.say(`},"propertyTables":[{"class":"` + className + `","count":`).int(len(t.rows)).say(`,"properties":{"id":`)
	t.strings(func(b *body) string { return b.id })
	if t.ground {
		g.say("," + groundName + ":")
		t.doubles(func(b *body) float64 { return b.ground })
	}
	for i, f := range t.fields {
		if t.told[i] {
			g.say(",").say(t.said[i].name).say(":")
			t.column(i, f)
		}
	}
	g.say("}}]}")
}

// any tells whether a row has a value.
func (t *table) any(i int) bool {
	absent := uint64(0)
	if k := t.fields[i].Kind; k == Integer || k == Number {
		absent = absentNumber
	}
	for _, b := range t.rows {
		if b.row[i] != absent {
			return true
		}
	}
	return false
}

func (t *table) column(i int, f Field) {
	switch {
	case f.Kind == Integer || f.Kind == Number:
		t.numbers(i)
	case f.Kind == Boolean:
		t.members(i, false)
	case f.Values != nil:
		t.members(i, wideEnum(f.Values))
	default:
		t.strings(func(b *body) string {
			if h := b.row[i]; h != 0 {
				return t.texts.all[h]
			}
			return ""
		})
	}
}

func (t *table) numbers(i int) {
	t.doubles(func(b *body) float64 {
		if v := math.Float64frombits(b.row[i]); !math.IsNaN(v) {
			return v
		}
		return noNumber
	})
}

func (t *table) doubles(of func(*body) float64) {
	g := t.glb
	g.begin()
	for _, b := range t.rows {
		g.bin = binary.LittleEndian.AppendUint64(g.bin, math.Float64bits(of(b)))
	}
	g.say(`{"values":`).int(g.end(view{})).say("}")
}

func (t *table) members(i int, wide bool) {
	g := t.glb
	g.begin()
	for _, b := range t.rows {
		if wide {
			g.bin = binary.LittleEndian.AppendUint16(g.bin, uint16(b.row[i]))
		} else {
			g.bin = append(g.bin, byte(b.row[i]))
		}
	}
	g.say(`{"values":`).int(g.end(view{})).say("}")
}

func (t *table) strings(of func(*body) string) {
	g := t.glb
	g.begin()
	start := len(g.bin)
	t.ends = append(t.ends[:0], 0)
	for _, b := range t.rows {
		g.bin = append(g.bin, of(b)...)
		t.ends = append(t.ends, uint32(len(g.bin)-start))
	}
	if len(g.bin) == start {
		g.bin = append(g.bin, 0) // a buffer view holds at least one byte
	}
	g.say(`{"values":`).int(g.end(view{}))
	g.begin()
	kind := g.offsets(t.ends)
	g.say(`,"stringOffsets":`).int(g.end(view{})).say(`,"stringOffsetType":"`).say(kind).say(`"}`)
}

// offsets appends where strings end, in the narrowest type.
func (g *glb) offsets(ends []uint32) (kind string) {
	switch last := ends[len(ends)-1]; {
	case last <= math.MaxUint8:
		for _, e := range ends {
			g.bin = append(g.bin, byte(e))
		}
		return "UINT8"
	case last <= math.MaxUint16:
		for _, e := range ends {
			g.bin = binary.LittleEndian.AppendUint16(g.bin, uint16(e))
		}
		return "UINT16"
	}
	for _, e := range ends {
		g.bin = binary.LittleEndian.AppendUint32(g.bin, e)
	}
	return "UINT32"
}
