package verify

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"unicode/utf8"
)

// A scalar is one of metadata's number types.
type scalar struct {
	size          int
	signed, float bool
}

var (
	scalars = map[string]scalar{
		"INT8": {1, true, false}, "UINT8": {1, false, false}, "INT16": {2, true, false}, "UINT16": {2, false, false},
		"INT32": {4, true, false}, "UINT32": {4, false, false}, "INT64": {8, true, false}, "UINT64": {8, false, false},
		"FLOAT32": {4, false, true}, "FLOAT64": {8, false, true},
	}
	elements = map[string]int{
		"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16,
	}
)

// read returns int64, uint64 or float64.
func (s scalar) read(b []byte) any {
	var raw [8]byte
	copy(raw[:], b[:s.size])
	v := binary.LittleEndian.Uint64(raw[:])
	shift := 64 - 8*s.size
	switch {
	case s.float && s.size == 4:
		return float64(math.Float32frombits(uint32(v)))
	case s.float:
		return math.Float64frombits(v)
	case s.signed:
		return int64(v<<shift) >> shift
	}
	return v
}

// A column is the values of one property, all of whose bytes are there.
type column struct {
	*property
	scalar
	enum    *enum
	data    []byte
	offsets func(int) int // of strings
	shift   float64
	factor  float64
}

// column checks and reads a property of a table with the given rows.
func (c *content) column(at place, p *property, e *enum, j columnJSON, rows int) *column {
	if p.Array {
		at.bad("array-unsupported", "arrays are not read here")
		return nil
	}
	col := &column{property: p, enum: e, scalar: scalars[p.ComponentType], factor: 1}
	if col.data = c.view(at.in("values"), j.Values); col.data == nil {
		return nil
	}
	need := 0
	switch p.Type {
	case "STRING":
		return c.strings(at, col, j, rows)
	case "BOOLEAN":
		need = (rows + 7) / 8
	case "ENUM":
		if e == nil {
			return nil
		}
		col.scalar = scalars[e.ValueType]
		need = col.size * rows
	default:
		need = col.size * elements[p.Type] * rows
	}
	if need == 0 || need > len(col.data) || need+8 <= len(col.data) {
		at.in("values").bad("property-table-rows", "%d rows take %d bytes, the view has %d", rows, need, len(col.data))
		return nil
	}
	c.aligned(at.in("values"), *j.Values, max(1, col.size))
	col.affine(p.Offset, p.Scale)
	col.affine(j.Offset, j.Scale)
	return col.checked(at, rows)
}

// affine reads offset and scale of scalars, if they are there.
func (c *column) affine(offset, scale json.RawMessage) {
	var v float64
	if offset != nil && json.Unmarshal(offset, &v) == nil {
		c.shift = v
	}
	if scale != nil && json.Unmarshal(scale, &v) == nil {
		c.factor = v
	}
}

// strings reads the offsets of a column of strings.
func (c *content) strings(at place, col *column, j columnJSON, rows int) *column {
	kind := j.StringOffsetType
	if kind == "" {
		kind = "UINT32"
	}
	s, ok := scalars[kind]
	offsets := c.view(at.in("stringOffsets"), j.StringOffsets)
	if !ok || s.signed || s.float || offsets == nil {
		at.bad("string-offsets", "there are no offsets of type %s", kind)
		return nil
	}
	if len(offsets) < s.size*(rows+1) || len(offsets) >= s.size*(rows+1)+8 {
		at.in("stringOffsets").bad("property-table-rows", "%d rows take %d bytes, the view has %d", rows, s.size*(rows+1), len(offsets))
		return nil
	}
	c.aligned(at.in("stringOffsets"), *j.StringOffsets, s.size)
	col.offsets = func(i int) int { return int(s.read(offsets[i*s.size:]).(uint64)) }
	last := col.offsets(0)
	for i := range rows {
		next := col.offsets(i + 1)
		if next < last || last < 0 || next > len(col.data) {
			at.in("stringOffsets").bad("string-offsets", "%d: from %d to %d of %d bytes", i, last, next, len(col.data))
			return nil
		}
		if !utf8.Valid(col.data[last:next]) {
			at.in("values").bad("string-utf8", "the string of row %d is not UTF-8", i)
		}
		last = next
	}
	if col.offsets(0) != 0 || last+8 <= len(col.data) {
		at.in("stringOffsets").bad("string-offsets", "the strings lie from %d to %d of %d bytes", col.offsets(0), last, len(col.data))
	}
	return col
}

// checked holds every value against its type.
func (c *column) checked(at place, rows int) *column {
	for i := range rows {
		raw := c.raw(i)
		if c.enum != nil {
			if _, ok := raw.(string); !ok {
				at.bad("enum-value", "row %d has the value %v, which is none of %s", i, raw, c.EnumType)
			}
		}
		if f, ok := raw.(float64); ok && math.IsNaN(f) && !bytes.Contains(c.NoData, []byte("NaN")) {
			at.bad("property-nan", "row %d is not a number", i)
		}
	}
	return c
}
