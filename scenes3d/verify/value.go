package verify

import (
	"encoding/json"
	"math"
)

// raw is the value of a row as stored: a string, the name of an enum value or
// its number if it has no name, a bool, a number, or a list of numbers.
func (c *column) raw(row int) any {
	switch c.Type {
	case "STRING":
		return string(c.data[c.offsets(row):c.offsets(row+1)])
	case "BOOLEAN":
		return c.data[row/8]>>(row%8)&1 == 1
	case "ENUM":
		v := whole(c.read(c.data[row*c.size:]))
		if name, ok := c.enum.names[v]; ok {
			return name
		}
		return v
	case "SCALAR":
		return c.read(c.data[row*c.size:])
	}
	n := elements[c.Type]
	list := make([]float64, n)
	for i := range list {
		list[i] = c.scaled(c.read(c.data[(row*n+i)*c.size:]))
	}
	return list
}

func whole(v any) int64 {
	if u, ok := v.(uint64); ok {
		return int64(u)
	}
	n, _ := v.(int64)
	return n
}

// value is what the row means: nil if it is the noData value, else with scale
// and offset.
func (c *column) value(row int) any {
	v := c.raw(row)
	if c.isNoData(v) {
		var d any
		if c.Default != nil && json.Unmarshal(c.Default, &d) == nil {
			return d
		}
		return nil
	}
	if c.Type == "SCALAR" && (c.Normalized || c.shift != 0 || c.factor != 1) {
		return c.scaled(v)
	}
	return v
}

func (c *column) isNoData(v any) bool {
	if c.NoData == nil {
		return false
	}
	var s string
	if json.Unmarshal(c.NoData, &s) == nil {
		f, ok := v.(float64)
		return v == s || ok && math.IsNaN(f) && s == "NaN"
	}
	switch v := v.(type) {
	case int64:
		var n int64
		return json.Unmarshal(c.NoData, &n) == nil && n == v
	case uint64:
		var n uint64
		return json.Unmarshal(c.NoData, &n) == nil && n == v
	case float64:
		var n float64
		err := json.Unmarshal(c.NoData, &n)
		return err == nil && (n == v || c.size == 4 && float64(float32(n)) == v)
	}
	return false
}

// scaled undoes normalisation and applies scale and offset.
func (c *column) scaled(v any) float64 {
	var f float64
	switch v := v.(type) {
	case int64:
		f = float64(v)
	case uint64:
		f = float64(v)
	case float64:
		f = v
	}
	if c.Normalized {
		bits := 8 * c.size
		if c.signed {
			bits--
		}
		f = max(f/(math.Ldexp(1, bits)-1), -1)
	}
	return f*c.factor + c.shift
}

// view is the bytes of a buffer view that metadata names, nil if there are none.
func (c *content) view(at place, i *int) []byte {
	if i == nil || *i < 0 || *i >= len(c.views) {
		at.bad("view-range", "there is no such buffer view of %d", len(c.views))
		return nil
	}
	return c.views[*i]
}

// aligned checks that a view begins where its numbers may.
func (c *content) aligned(at place, view, size int) {
	if off := c.doc.BufferViews[view].ByteOffset; off%size != 0 {
		at.bad("view-alignment", "begins at %d, not at a multiple of %d", off, size)
	}
}
