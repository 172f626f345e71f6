package verify

import (
	"encoding/binary"
	"math"
)

// A component is one of glTF's number types.
type component struct {
	size   int
	limit  float64 // the greatest of a normalised integer
	signed bool
	float  bool
}

var components = map[int]component{
	5120: {size: 1, limit: 127, signed: true},
	5121: {size: 1, limit: 255},
	5122: {size: 2, limit: 32767, signed: true},
	5123: {size: 2, limit: 65535},
	5125: {size: 4, limit: math.MaxUint32},
	5126: {size: 4, limit: 1, float: true},
}

var widths = map[string]int{"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}

func (c component) read(b []byte) float64 {
	le := binary.LittleEndian
	switch {
	case c.float:
		return float64(math.Float32frombits(le.Uint32(b)))
	case c.size == 4:
		return float64(le.Uint32(b))
	case c.size == 2 && c.signed:
		return float64(int16(le.Uint16(b)))
	case c.size == 2:
		return float64(le.Uint16(b))
	case c.signed:
		return float64(int8(b[0]))
	}
	return float64(b[0])
}

// numbers are the elements of an accessor, one after the other.
type numbers struct {
	accessor
	component
	width int
	raw   []float64 // as stored
}

// value is a component with its normalisation undone.
func (n *numbers) value(i int) float64 {
	if n.Normalized && !n.float {
		return max(n.raw[i]/n.limit, -1)
	}
	return n.raw[i]
}

func (n *numbers) vec3(i int) vec3 { return vec3{n.value(3 * i), n.value(3*i + 1), n.value(3*i + 2)} }

// readAccessors reads and checks all accessors; those that cannot be read are nil.
func (c *content) readAccessors() {
	c.accessors = make([]*numbers, len(c.doc.Accessors))
	for i, a := range c.doc.Accessors {
		at := c.at.in("accessors[%d]", i)
		n, data, stride := c.locate(at, a)
		if n == nil || !c.take(at, 8*a.Count*n.width) {
			continue
		}
		n.raw = make([]float64, 0, a.Count*n.width)
		for e := range a.Count {
			for k := range n.width {
				n.raw = append(n.raw, n.read(data[e*stride+k*n.size:]))
			}
		}
		n.checkBounds(at)
		c.accessors[i] = n
	}
}

// locate finds the bytes of an accessor.
func (c *content) locate(at place, a accessor) (*numbers, []byte, int) {
	kind, ok := components[a.ComponentType]
	width := widths[a.Type]
	switch {
	case !ok || width == 0:
		at.bad("accessor-type", "%s of %d is no type", a.Type, a.ComponentType)
		return nil, nil, 0
	case a.Sparse != nil || a.BufferView == nil:
		at.bad("accessor-unsupported", "only accessors of one buffer view are read")
		return nil, nil, 0
	case *a.BufferView < 0 || *a.BufferView >= len(c.views):
		at.bad("accessor-range", "buffer view %d is not one of %d", *a.BufferView, len(c.views))
		return nil, nil, 0
	}
	data, size := c.views[*a.BufferView], kind.size*width
	stride := c.doc.BufferViews[*a.BufferView].ByteStride
	if data == nil {
		return nil, nil, 0
	}
	if stride == 0 {
		stride = size
	}
	switch {
	case a.Count < 1 || a.ByteOffset < 0 || a.Count > len(data) || stride < size ||
		a.ByteOffset > len(data) || a.ByteOffset+stride*(a.Count-1)+size > len(data):
		at.bad("accessor-range", "%d elements of %d bytes from %d leave the view's %d bytes", a.Count, size, a.ByteOffset, len(data))
		return nil, nil, 0
	case (a.ByteOffset+c.doc.BufferViews[*a.BufferView].ByteOffset)%kind.size != 0 || stride%kind.size != 0:
		at.bad("accessor-alignment", "is not aligned to its %d bytes", kind.size)
	}
	return &numbers{accessor: a, component: kind, width: width}, data[a.ByteOffset:], stride
}

// checkBounds holds min and max against the values.
func (n *numbers) checkBounds(at place) {
	for i, v := range n.raw {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			at.bad("accessor-nan", "element %d is %v", i/n.width, v)
			return
		}
	}
	n.checkBound(at.in("min"), n.Min, func(a, b float64) bool { return a < b })
	n.checkBound(at.in("max"), n.Max, func(a, b float64) bool { return a > b })
}

func (n *numbers) checkBound(at place, want []float64, better func(a, b float64) bool) {
	if want == nil {
		return
	}
	if len(want) != n.width {
		at.bad("accessor-bounds", "has %d numbers, not %d", len(want), n.width)
		return
	}
	for k, w := range want {
		got := n.raw[k]
		for i := k; i < len(n.raw); i += n.width {
			if better(n.raw[i], got) {
				got = n.raw[i]
			}
		}
		if n.float {
			w = float64(float32(w))
		}
		if got != w {
			at.bad("accessor-bounds", "component %d is %v, the values say %v", k, w, got)
		}
	}
}
