package pmtiles

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// unpack decodes data, up to a size: what is larger is an error, not a full memory.
func unpack(data []byte, c compression, most int) ([]byte, error) {
	if c == unknownPacking {
		c = plain
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			c = gzipped
		}
	}
	var r io.Reader
	switch c {
	case gzipped:
		unzip, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		r = unzip
	case zstandard:
		unzip, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(most)+1<<20))
		if err != nil {
			return nil, fmt.Errorf("unpack zstd: %w", err)
		}
		defer unzip.Close()
		r = unzip
	default:
		return data, nil
	}
	var out bytes.Buffer
	out.Grow(min(4*len(data), most) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("unpack %v: %w", c, err)
	}
	if n > int64(most) {
		return nil, fmt.Errorf("unpack %v: more than %d bytes come out of %d", c, most, len(data))
	}
	return out.Bytes(), nil
}

var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func pack(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}
