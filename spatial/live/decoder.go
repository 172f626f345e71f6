package live

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// decoder reads little endian numbers. After the first error all of them are zero.
type decoder struct {
	data []byte
	at   int // offset of what comes next
	item int // number of the item that is read, -1 outside of the list
	err  error
}

// header reads the magic and how many items of at least some bytes follow.
func (d *decoder) header(magic, what string, least int) (n int) {
	d.item = -1
	if string(d.bytes(len(magic))) != magic && d.err == nil {
		d.at = 0
		d.fail(fmt.Sprintf("is no batch of %s: it does not begin with %s", what, magic))
	}
	count := d.u32()
	switch {
	case d.err != nil:
		return 0
	case count > MaxBatch:
		d.fail(fmt.Sprintf("has %d items, at most %d are allowed", count, MaxBatch))
	case int(count)*least > len(d.data)-d.at:
		d.fail(fmt.Sprintf("is cut: it cannot hold the %d items that it promises", count))
	}
	if d.err != nil {
		return 0
	}
	return int(count)
}

// end is the error, also when something follows.
func (d *decoder) end() error {
	if d.err == nil && d.at < len(d.data) {
		d.item = -1
		d.fail(fmt.Sprintf("has %d bytes too many", len(d.data)-d.at))
	}
	return d.err
}

func (d *decoder) fail(what string) {
	if d.err != nil {
		return
	}
	if d.item >= 0 {
		d.err = fmt.Errorf("item %d, byte %d: it %s", d.item, d.at, what)
	} else {
		d.err = fmt.Errorf("byte %d: the data %s", d.at, what)
	}
}

// failed takes an error from elsewhere, if it is one.
func (d *decoder) failed(err error) {
	if d.err == nil && err != nil {
		d.err = fmt.Errorf("byte %d: %w", d.at, err)
	}
}

func (d *decoder) bytes(n int) []byte {
	if d.err == nil && (n < 0 || n > len(d.data)-d.at) {
		d.fail("is cut")
	}
	if d.err != nil {
		return nil
	}
	d.at += n
	return d.data[d.at-n : d.at]
}

// text reads a length and so many bytes.
func (d *decoder) text() string {
	n, size := binary.Uvarint(d.data[min(d.at, len(d.data)):])
	if d.err == nil && (size <= 0 || n > uint64(len(d.data))) {
		d.fail("is cut")
	}
	if d.err != nil {
		return ""
	}
	d.at += size
	return string(d.bytes(int(n)))
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (d *decoder) u8() uint8 {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u16() uint16 {
	if b := d.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) u32() uint32 {
	if b := d.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) f32() float32 { return math.Float32frombits(d.u32()) }

func (d *decoder) f64() float64 { return math.Float64frombits(d.u64()) }

func (d *decoder) point() orb.Point { return orb.Point{d.f64(), d.f64()} }
