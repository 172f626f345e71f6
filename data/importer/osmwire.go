package importer

import (
	"encoding/binary"
	"errors"
	"math"
)

// wire reads a protobuf message field by field. What is cut off or malformed ends it with err.
type wire struct {
	rest  []byte
	field int
	num   uint64 // value of a varint or fixed field
	data  []byte // value of a bytes field, nil for the others
	err   error
}

var errWire = errors.New("malformed or cut off data")

// next goes to the next field and returns false at the end or at an error.
func (w *wire) next() bool {
	if len(w.rest) == 0 || w.err != nil {
		return false
	}
	tag := w.varint()
	w.field, w.data, w.num = int(tag>>3&math.MaxInt32), nil, 0
	switch tag & 7 {
	case 0:
		w.num = w.varint()
	case 1:
		if b := w.take(8); b != nil {
			w.num = binary.LittleEndian.Uint64(b)
		}
	case 2:
		w.data = w.take(w.varint())
	case 5:
		if b := w.take(4); b != nil {
			w.num = uint64(binary.LittleEndian.Uint32(b))
		}
	default:
		w.err = errWire
	}
	return w.err == nil
}

func (w *wire) varint() uint64 {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		w.err, w.rest = errWire, nil
		return 0
	}
	w.rest = w.rest[n:]
	return v
}

// take returns the next n bytes, not nil unless they are missing.
func (w *wire) take(n uint64) []byte {
	if w.err != nil || n > uint64(len(w.rest)) {
		w.err, w.rest = errWire, nil
		return nil
	}
	out := w.rest[:n:n]
	w.rest = w.rest[n:]
	return out
}

// packed appends the numbers of a packed field, or the one number of a field that is not packed.
func (w *wire) packed(out []uint64) []uint64 {
	if w.data == nil {
		return append(out, w.num)
	}
	for b := w.data; len(b) > 0; {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			w.err = errWire
			return out
		}
		out, b = append(out, v), b[n:]
	}
	return out
}

// zigzag is a signed number as protobuf's sint64 writes it.
func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
