package api

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/wardmap/wardmap/tiles"
)

// encode applies a content coding to a whole body.
func encode(how tiles.Encoding, body []byte) []byte {
	switch how {
	case tiles.Gzip:
		var out bytes.Buffer
		w := thorough.Get().(*gzip.Writer)
		defer thorough.Put(w)
		w.Reset(&out)
		_, _ = w.Write(body) // a bytes.Buffer does not fail
		_ = w.Close()
		return out.Bytes()
	case tiles.Zstd:
		return wholes().EncodeAll(body, nil)
	}
	return body
}

// coder codes what is written to it, quickly rather than well. Close ends the coding, not w, and must be called.
func coder(how tiles.Encoding, w io.Writer) io.WriteCloser {
	switch how {
	case tiles.Gzip:
		z := quickGzip.Get().(*gzip.Writer)
		z.Reset(w)
		return &pooled{z, func() { quickGzip.Put(z) }}
	case tiles.Zstd:
		z := quickZstd.Get().(*zstd.Encoder)
		z.Reset(w)
		return &pooled{z, func() { quickZstd.Put(z) }}
	}
	return plainCoder{w}
}

// pooled gives a coder back when it is closed.
type pooled struct {
	io.WriteCloser
	back func()
}

func (p *pooled) Close() error {
	err := p.WriteCloser.Close()
	p.back()
	return err
}

type plainCoder struct{ io.Writer }

func (plainCoder) Close() error { return nil }

var (
	thorough  = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
	wholes    = sync.OnceValue(func() *zstd.Encoder { return newZstd(zstd.WithEncoderConcurrency(2)) })
	quickGzip = sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is a constant
		}
		return z
	}}
	quickZstd = sync.Pool{New: func() any {
		return newZstd(zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	}}
)

func newZstd(options ...zstd.EOption) *zstd.Encoder {
	z, err := zstd.NewWriter(nil, options...)
	if err != nil {
		panic(err) // the options are constants
	}
	return z
}
