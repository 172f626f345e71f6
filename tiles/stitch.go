package tiles

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// A fragment is one layer's piece of a tile: the raw bytes and, once somebody asked, their compressed forms.
// A tile of several layers is stitched from the fragments of each without compressing anything again:
//
//   - none: the raw bytes after each other (a Tile message is the concatenation of its layers),
//   - gzip: ONE member whose deflate stream is the sync-flushed streams of the fragments after each other, then
//     an empty last block, then the combined checksum. (Concatenated members lose all but the first in browsers.)
//   - zstd: the frames after each other, which RFC 8878 defines as the concatenation of their contents.
type fragment struct {
	raw []byte
	sum uint32 // CRC-32 (IEEE) of raw

	deflateOnce, zstdOnce sync.Once
	deflate, zstd         []byte
}

func newFragment(raw []byte) *fragment { return &fragment{raw: raw, sum: crc32.ChecksumIEEE(raw)} }

// size is what the fragment may hold in memory in the end, for the cache's books.
func (f *fragment) size() int { return len(f.raw)*3/2 + 200 }

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, 5)
	if err != nil {
		panic(err) // the level is a constant of this file
	}
	return w
}}

// deflated is the raw bytes as a deflate stream that ends on a byte border and not with a last block.
func (f *fragment) deflated() ([]byte, error) {
	var err error
	f.deflateOnce.Do(func() {
		w := deflaters.Get().(*flate.Writer)
		defer deflaters.Put(w)
		var b bytes.Buffer
		b.Grow(len(f.raw)/2 + 64)
		w.Reset(&b)
		if _, err = w.Write(f.raw); err == nil {
			err = w.Flush()
		}
		f.deflate = bytes.Clone(b.Bytes()) // the cache keeps it: no room to spare
	})
	if err == nil && f.deflate == nil {
		err = fmt.Errorf("deflate a fragment of %d bytes: failed before", len(f.raw))
	}
	return f.deflate, err
}

var zstdWriter = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2))
})

func (f *fragment) zstandard() ([]byte, error) {
	w, err := zstdWriter()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	f.zstdOnce.Do(func() { f.zstd = w.EncodeAll(f.raw, nil) })
	return f.zstd, nil
}

// stitch joins fragments in one coding.
func stitch(parts []*fragment, e Encoding) ([]byte, error) {
	switch e {
	case Gzip:
		return stitchGzip(parts)
	case Zstd:
		return stitchZstd(parts)
	}
	n := 0
	for _, p := range parts {
		n += len(p.raw)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = append(out, p.raw...)
	}
	return out, nil
}

func stitchZstd(parts []*fragment) ([]byte, error) {
	var out []byte
	for _, p := range parts {
		frame, err := p.zstandard()
		if err != nil {
			return nil, err
		}
		out = append(out, frame...)
	}
	return out, nil
}

// gzipHead is RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

func stitchGzip(parts []*fragment) ([]byte, error) {
	size := 20
	for _, p := range parts {
		d, err := p.deflated()
		if err != nil {
			return nil, err
		}
		size += len(d)
	}
	out := append(make([]byte, 0, size), gzipHead...)
	sum, length := uint32(0), 0
	for _, p := range parts {
		out = append(out, p.deflate...)
		sum = combineCRC(sum, p.sum, len(p.raw))
		length += len(p.raw)
	}
	out = append(out, 0x03, 0x00) // an empty block of fixed codes, marked as the last
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(length)), nil
}

// combineCRC is the CRC-32 of two byte strings joined, from the checksum of each and the length of the second.
// Appending n zero bytes to the first is a linear map over GF(2); its matrix is squared once per bit of n
// (the method of zlib's crc32_combine).
func combineCRC(first, second uint32, secondLen int) uint32 {
	if secondLen == 0 {
		return first
	}
	var step, square [32]uint32
	step[0] = crc32.IEEE // one zero bit
	for i := range 31 {
		step[i+1] = 1 << i
	}
	squareMatrix(&square, &step) // two zero bits
	squareMatrix(&step, &square) // four
	for n := secondLen; n != 0; {
		squareMatrix(&square, &step)
		if n&1 != 0 {
			first = times(&square, first)
		}
		if n >>= 1; n == 0 {
			break
		}
		squareMatrix(&step, &square)
		if n&1 != 0 {
			first = times(&step, first)
		}
		n >>= 1
	}
	return first ^ second
}

func times(m *[32]uint32, v uint32) uint32 {
	var sum uint32
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			sum ^= m[i]
		}
	}
	return sum
}

func squareMatrix(out, m *[32]uint32) {
	for i := range m {
		out[i] = times(m, m[i])
	}
}
