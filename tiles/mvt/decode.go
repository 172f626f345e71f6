package mvt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// A Layer is one decoded layer of a tile.
type Layer struct {
	Name     string
	Version  uint32
	Extent   uint32
	Features []Feature
}

// A Feature is one decoded feature. Properties hold string, float32, float64, int64, uint64 or bool.
type Feature struct {
	ID         uint64
	HasID      bool
	Type       Type
	Properties map[string]any
	Parts      []Run
}

// A Run is a part of a decoded geometry: all points of a point feature, one line, or one ring without its
// closing point.
type Run [][2]int32

// Area2 is twice the signed area of a ring by the surveyor's formula, positive for exteriors.
func (r Run) Area2() int64 {
	var sum int64
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += int64(p[0])*int64(q[1]) - int64(q[0])*int64(p[1])
	}
	return sum
}

var errTruncated = errors.New("the message ends in the middle of a field")

// Decode reads a tile. It is strict in the format (fields, types, tag indexes, commands and their counts) and
// takes what is only ugly (winding, repeated points, versions 1 and 2): Check refuses that too.
func Decode(data []byte) ([]Layer, error) {
	var layers []Layer
	err := fields(data, func(f field) error {
		if f.number != 3 {
			return f.unknown("tile")
		}
		if err := f.want(2); err != nil {
			return err
		}
		layer, err := decodeLayer(f.bytes)
		if err != nil {
			return fmt.Errorf("layer %d (%q): %w", len(layers)+1, layer.Name, err)
		}
		for _, l := range layers {
			if l.Name == layer.Name {
				return fmt.Errorf("layer %d: the name %q stands twice", len(layers)+1, l.Name)
			}
		}
		layers = append(layers, layer)
		return nil
	})
	return layers, err
}

// field is one field of a message: bytes for wire type 2, else num.
type field struct {
	number uint64
	wire   uint8
	num    uint64
	bytes  []byte
}

func (f field) want(wire uint8) error {
	if f.wire != wire {
		return fmt.Errorf("field %d has wire type %d instead of %d", f.number, f.wire, wire)
	}
	return nil
}

func (f field) unknown(message string) error {
	return fmt.Errorf("field %d of the %s is not known", f.number, message)
}

// fields visits the fields of a message in order.
func fields(b []byte, visit func(field) error) error {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 || key>>3 == 0 || key > math.MaxUint32 {
			return errTruncated
		}
		b = b[n:]
		f := field{number: key >> 3, wire: uint8(key & 7)}
		switch f.wire {
		case 0:
			f.num, n = binary.Uvarint(b)
			if n <= 0 {
				return errTruncated
			}
		case 1, 5:
			n = 8
			if f.wire == 5 {
				n = 4
			}
			if len(b) < n {
				return errTruncated
			}
			for i := range n {
				f.num |= uint64(b[i]) << (8 * i)
			}
		case 2:
			size, k := binary.Uvarint(b)
			if k <= 0 || size > uint64(len(b)-k) {
				return errTruncated
			}
			n = k + int(size)
			f.bytes = b[k:n]
		default:
			return fmt.Errorf("field %d has wire type %d, which does not exist", f.number, f.wire)
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// layerFields is a layer before its features are understood: they may stand before the keys and values.
type layerFields struct {
	features [][]byte
	keys     []string
	values   []any
	seen     map[uint64]bool
}

func decodeLayer(b []byte) (Layer, error) {
	l := Layer{Version: 1, Extent: 4096}
	raw := layerFields{seen: map[uint64]bool{}}
	if err := fields(b, func(f field) error { return l.take(&raw, f) }); err != nil {
		return l, err
	}
	switch {
	case !raw.seen[15]:
		return l, errors.New("the version is missing")
	case l.Version != 1 && l.Version != 2:
		return l, fmt.Errorf("version %d is not known", l.Version)
	case l.Name == "":
		return l, errors.New("the name is missing")
	case l.Extent == 0:
		return l, errors.New("the extent is 0")
	}
	for i, b := range raw.features {
		f, err := decodeFeature(b, &raw)
		if err != nil {
			return l, fmt.Errorf("feature %d: %w", i+1, err)
		}
		l.Features = append(l.Features, f)
	}
	return l, nil
}

func (l *Layer) take(raw *layerFields, f field) error {
	wire := map[uint64]uint8{1: 2, 2: 2, 3: 2, 4: 2, 5: 0, 15: 0}
	w, ok := wire[f.number]
	if !ok {
		return f.unknown("layer")
	}
	if err := f.want(w); err != nil {
		return err
	}
	if single := f.number == 1 || f.number == 5 || f.number == 15; single && raw.seen[f.number] {
		return fmt.Errorf("field %d stands twice", f.number)
	}
	raw.seen[f.number] = true
	switch f.number {
	case 1, 3:
		if !utf8.Valid(f.bytes) {
			return fmt.Errorf("field %d is not UTF-8", f.number)
		}
		if f.number == 1 {
			l.Name = string(f.bytes)
		} else {
			raw.keys = append(raw.keys, string(f.bytes))
		}
	case 2:
		raw.features = append(raw.features, f.bytes)
	case 4:
		v, err := decodeValue(f.bytes)
		if err != nil {
			return fmt.Errorf("value %d: %w", len(raw.values)+1, err)
		}
		raw.values = append(raw.values, v)
	case 5, 15:
		if f.num > math.MaxUint32 {
			return fmt.Errorf("field %d is %d, too large", f.number, f.num)
		}
		if f.number == 5 {
			l.Extent = uint32(f.num)
		} else {
			l.Version = uint32(f.num)
		}
	}
	return nil
}

func decodeValue(b []byte) (value any, err error) {
	err = fields(b, func(f field) error {
		if value != nil {
			return errors.New("it holds two values")
		}
		wires := [...]uint8{1: 2, 2: 5, 3: 1, 4: 0, 5: 0, 6: 0, 7: 0}
		if f.number >= uint64(len(wires)) {
			return f.unknown("value")
		}
		if err := f.want(wires[f.number]); err != nil {
			return err
		}
		switch f.number {
		case 1:
			if !utf8.Valid(f.bytes) {
				return errors.New("the text is not UTF-8")
			}
			value = string(f.bytes)
		case 2:
			value = math.Float32frombits(uint32(f.num))
		case 3:
			value = math.Float64frombits(f.num)
		case 4:
			value = int64(f.num)
		case 5:
			value = f.num
		case 6:
			value = int64(f.num>>1) ^ -int64(f.num&1)
		case 7:
			if f.num > 1 {
				return fmt.Errorf("the truth value is %d", f.num)
			}
			value = f.num == 1
		}
		return nil
	})
	if err == nil && value == nil {
		err = errors.New("it is empty")
	}
	return value, err
}

func decodeFeature(b []byte, raw *layerFields) (Feature, error) {
	f := Feature{Properties: map[string]any{}}
	var tags, geometry []byte
	seen := [5]bool{}
	err := fields(b, func(p field) error {
		wires := [...]uint8{1: 0, 2: 2, 3: 0, 4: 2}
		if p.number >= uint64(len(wires)) {
			return p.unknown("feature")
		}
		if err := p.want(wires[p.number]); err != nil {
			return err
		}
		if seen[p.number] {
			return fmt.Errorf("field %d stands twice", p.number)
		}
		seen[p.number] = true
		switch p.number {
		case 1:
			f.ID, f.HasID = p.num, true
		case 2:
			tags = p.bytes
		case 3:
			if p.num > uint64(Polygon) {
				return fmt.Errorf("geometry type %d is not known", p.num)
			}
			f.Type = Type(p.num)
		case 4:
			geometry = p.bytes
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	if !seen[4] {
		return f, errors.New("the geometry is missing")
	}
	if err := f.decodeTags(tags, raw); err != nil {
		return f, err
	}
	return f, f.decodeGeometry(geometry)
}

func (f *Feature) decodeTags(b []byte, raw *layerFields) error {
	for len(b) > 0 {
		k, n := binary.Uvarint(b)
		if n <= 0 {
			return errTruncated
		}
		v, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return errors.New("the number of tags is odd")
		}
		b = b[n+m:]
		if k >= uint64(len(raw.keys)) || v >= uint64(len(raw.values)) {
			return fmt.Errorf("tag %d, %d is out of the %d keys and %d values", k, v, len(raw.keys), len(raw.values))
		}
		if _, twice := f.Properties[raw.keys[k]]; twice {
			return fmt.Errorf("the key %q stands twice", raw.keys[k])
		}
		f.Properties[raw.keys[k]] = raw.values[v]
	}
	return nil
}
