package pmtiles

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Sizes of the format.
const (
	headerSize = 127
	rootEnd    = 16 << 10 // the root directory ends before this byte
)

const magic = "PMTiles"

// A compression is how the format numbers packings.
type compression uint8

const (
	unknownPacking compression = iota
	plain
	gzipped
	brotli
	zstandard
)

func (c compression) String() string {
	names := [...]string{"unknown", "none", "gzip", "brotli", "zstd"}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("number %d", uint8(c))
}

// mediaTypes are the types of tiles as the format numbers them.
var mediaTypes = [...]string{
	"application/octet-stream", "application/vnd.mapbox-vector-tile", "image/png", "image/jpeg", "image/webp", "image/avif",
	"application/vnd.maplibre-vector-tile",
}

// section is a part of the file.
type section struct{ offset, length uint64 }

// header is the beginning of the file.
type header struct {
	root, metadata, leaves, data section
	addressed, entries, contents uint64 // 0 is unknown
	clustered                    bool
	internal, packing            compression
	kind                         uint8
	minZoom, maxZoom             uint8
	bound                        orb.Bound
	centre                       orb.Point
	centreZoom                   uint8
}

func parseHeader(b []byte, size uint64) (header, error) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return header{}, fmt.Errorf("%w: it does not begin with %s", ErrDamaged, magic)
	}
	if b[7] != 3 {
		return header{}, fmt.Errorf("this is version %d of the format, only version 3 is supported: convert it with pmtiles convert", b[7])
	}
	num := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	place := func(at int) orb.Point {
		degrees := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(b[at:]))) / 1e7 }
		return orb.Point{degrees(at), degrees(at + 4)}
	}
	h := header{
		root: section{num(8), num(16)}, metadata: section{num(24), num(32)},
		leaves: section{num(40), num(48)}, data: section{num(56), num(64)},
		addressed: num(72), entries: num(80), contents: num(88),
		clustered: b[96] == 1, internal: compression(b[97]), packing: compression(b[98]), kind: b[99],
		minZoom: b[100], maxZoom: b[101],
		bound: orb.Bound{Min: place(102), Max: place(110)}, centreZoom: b[118], centre: place(119),
	}
	return h, h.check(size)
}

func (h header) check(size uint64) error {
	for name, s := range map[string]section{"root directory": h.root, "metadata": h.metadata, "leaf directories": h.leaves, "tiles": h.data} {
		if s.length > size || s.offset > size-s.length {
			return fmt.Errorf("%w: the %s should be at bytes %d to %d, but the file ends at %d: is it cut off?", ErrDamaged, name, s.offset, s.offset+s.length, size)
		}
	}
	if h.root.length == 0 {
		return fmt.Errorf("%w: it has no root directory", ErrDamaged)
	}
	for name, c := range map[string]compression{"directories": h.internal, "tiles": h.packing} {
		if c == brotli || c > zstandard {
			return fmt.Errorf("its %s are packed with %v, which is not supported: pack them with gzip", name, c)
		}
	}
	if h.minZoom > h.maxZoom || h.maxZoom > maxZoom {
		return fmt.Errorf("%w: its zooms are %d to %d", ErrDamaged, h.minZoom, h.maxZoom)
	}
	return nil
}

func (h header) bytes() []byte {
	b := append([]byte(magic), 3)
	for _, v := range []uint64{
		h.root.offset, h.root.length, h.metadata.offset, h.metadata.length, h.leaves.offset, h.leaves.length,
		h.data.offset, h.data.length, h.addressed, h.entries, h.contents,
	} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	clustered := byte(0)
	if h.clustered {
		clustered = 1
	}
	b = append(b, clustered, byte(h.internal), byte(h.packing), h.kind, h.minZoom, h.maxZoom)
	place := func(p orb.Point) {
		for _, v := range p {
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*1e7))))
		}
	}
	place(h.bound.Min)
	place(h.bound.Max)
	b = append(b, h.centreZoom)
	place(h.centre)
	return b
}
