package api_test

import (
	"bytes"
	"compress/gzip"
	"context"

	"github.com/klauspost/compress/zstd"

	"github.com/wardmap/wardmap/tiles"
)

// fixed is a source of one and the same tile.
type fixed tiles.Tile

func (f fixed) Tile(context.Context, tiles.Request) (tiles.Tile, error) { return tiles.Tile(f), nil }

func encode(how tiles.Encoding, data []byte) []byte {
	switch how {
	case tiles.Gzip:
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(data)
		_ = z.Close()
		return out.Bytes()
	case tiles.Zstd:
		z, err := zstd.NewWriter(nil)
		if err != nil {
			panic(err)
		}
		defer z.Close()
		return z.EncodeAll(data, nil)
	}
	return data
}
