// Package pmtiles reads and writes PMTiles archives (version 3 of the specification): all tiles of a set in one
// file, found by a directory of Hilbert numbers. An Archive is a tiles.Source. It trusts nothing in the file:
// damage gives an error that names the byte, and absurd sizes are refused before memory is asked for.
package pmtiles

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// ErrDamaged is the error of an archive that breaks the specification.
var ErrDamaged = errors.New("damaged PMTiles archive")

const (
	headerSize    = 127
	maxDirectory  = 64 << 20 // bytes of a directory or of the metadata, unpacked
	maxTile       = 64 << 20 // bytes of a tile, unpacked
	maxDepth      = 4        // directories below each other; the specification advises 2
	keptLeaves    = 64       // leaf directories kept in memory
	tileTypeMVT   = 1
	codingUnknown = 0
	codingNone    = 1
	codingGzip    = 2
	codingBrotli  = 3
	codingZstd    = 4
)

// A Header is the fixed beginning of an archive.
type Header struct {
	RootAt, RootSize, MetaAt, MetaSize, LeavesAt, LeavesSize, TilesAt, TilesSize uint64
	Addressed, Entries, Contents                                                 uint64
	Clustered                                                                    bool
	DirectoryCoding, TileCoding, TileType                                        uint8
	MinZoom, MaxZoom                                                             uint8
	Bound                                                                        orb.Bound
}

// An Archive is an open file. Safe for concurrent use.
type Archive struct {
	Header
	Metadata map[string]any // as the archive says: name, attribution, vector_layers, …
	file     io.ReaderAt
	size     int64
	close    func() error
	root     []entry

	mu     sync.Mutex // guards leaves and recent
	leaves map[uint64][]entry
	recent []uint64 // keys of leaves, the oldest first
}

// Open opens a file.
func Open(path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var a *Archive
		if a, err = Read(f, info.Size()); err == nil {
			a.close = f.Close
			return a, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
}

// Read reads an archive that lies in r.
func Read(r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{file: r, size: size, close: func() error { return nil }, leaves: map[uint64][]entry{}}
	head, err := a.section("header", 0, headerSize)
	if err != nil {
		return nil, err
	}
	if a.Header, err = parseHeader(head); err != nil {
		return nil, err
	}
	if a.root, err = a.directory(a.RootAt, a.RootSize); err != nil {
		return nil, err
	}
	meta, err := a.unpacked("metadata", a.MetaAt, a.MetaSize, a.DirectoryCoding, maxDirectory)
	if err != nil {
		return nil, err
	}
	if len(meta) > 0 {
		if err := json.Unmarshal(meta, &a.Metadata); err != nil {
			return nil, fmt.Errorf("%w: metadata at byte %d: %w", ErrDamaged, a.MetaAt, err)
		}
	}
	return a, nil
}

// Close closes the file.
func (a *Archive) Close() error { return a.close() }

func parseHeader(b []byte) (Header, error) {
	if string(b[:7]) != "PMTiles" {
		return Header{}, fmt.Errorf("%w: it does not begin with PMTiles", ErrDamaged)
	}
	if b[7] != 3 {
		return Header{}, fmt.Errorf("PMTiles version %d is not read here, only version 3", b[7])
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	deg := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(b[at:]))) / 1e7 }
	h := Header{
		RootAt: u(8), RootSize: u(16), MetaAt: u(24), MetaSize: u(32), LeavesAt: u(40), LeavesSize: u(48), TilesAt: u(56), TilesSize: u(64),
		Addressed: u(72), Entries: u(80), Contents: u(88), Clustered: b[96] == 1,
		DirectoryCoding: b[97], TileCoding: b[98], TileType: b[99], MinZoom: b[100], MaxZoom: b[101],
		Bound: orb.Bound{Min: orb.Point{deg(102), deg(106)}, Max: orb.Point{deg(110), deg(114)}},
	}
	if h.MinZoom > h.MaxZoom || h.MaxZoom > 31 {
		return h, fmt.Errorf("%w: zooms %d to %d", ErrDamaged, h.MinZoom, h.MaxZoom)
	}
	return h, nil
}

// section reads bytes of the file.
func (a *Archive) section(what string, at, size uint64) ([]byte, error) {
	if size > maxTile || at > uint64(a.size) || size > uint64(a.size)-at {
		return nil, fmt.Errorf("%w: %s of %d bytes at byte %d of a file of %d", ErrDamaged, what, size, at, a.size)
	}
	b := make([]byte, size)
	if _, err := a.file.ReadAt(b, int64(at)); err != nil && !(errors.Is(err, io.EOF) && size == 0) {
		return nil, fmt.Errorf("%s at byte %d: %w", what, at, err)
	}
	return b, nil
}

func (a *Archive) unpacked(what string, at, size uint64, coding uint8, most int64) ([]byte, error) {
	b, err := a.section(what, at, size)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	out, err := unpack(b, coding, most)
	if err != nil {
		return nil, fmt.Errorf("%w: %s at byte %d: %w", ErrDamaged, what, at, err)
	}
	return out, nil
}

// unpack undoes a coding; more than most bytes are refused.
func unpack(b []byte, coding uint8, most int64) ([]byte, error) {
	var r io.Reader
	switch coding {
	case codingNone, codingUnknown:
		return b, nil
	case codingGzip:
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		r = z
	case codingZstd:
		z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(most)))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	case codingBrotli:
		return nil, errors.New("it is brotli-coded; convert the archive to gzip")
	default:
		return nil, fmt.Errorf("coding %d is not known", coding)
	}
	out, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(out)) > most {
		err = fmt.Errorf("it unpacks to more than %d bytes", most)
	}
	return out, err
}

// Tile answers with the stored bytes where their coding is the one that was asked for, and unpacked otherwise.
// A tile that is not in the archive is empty.
func (a *Archive) Tile(ctx context.Context, r tiles.Request) (tiles.Tile, error) {
	if err := ctx.Err(); err != nil {
		return tiles.Tile{}, err
	}
	empty := tiles.Tile{Type: tiles.MediaType, ETag: `"empty"`}
	if r.ID.Z < a.MinZoom || r.ID.Z > a.MaxZoom {
		return empty, nil
	}
	e, found, err := a.find(Number(r.ID))
	if err != nil || !found {
		return empty, err
	}
	what := "tile " + r.ID.String()
	data, err := a.section(what, a.TilesAt+e.at, uint64(e.size))
	if err != nil {
		return empty, err
	}
	if a.TileCoding == codingGzip && r.Encoding == tiles.Gzip {
		return finished(data, tiles.Gzip), nil
	}
	plain, err := unpack(data, a.TileCoding, maxTile)
	if err != nil {
		return empty, fmt.Errorf("%w: %s at byte %d: %w", ErrDamaged, what, a.TilesAt+e.at, err)
	}
	return finished(plain, tiles.Identity), nil
}

func finished(data []byte, coding tiles.Encoding) tiles.Tile {
	tag := fmt.Sprintf(`"%016x"`, xxhash.Sum64(data))
	if coding != tiles.Identity {
		tag = fmt.Sprintf(`"%016x-%s"`, xxhash.Sum64(data), coding)
	}
	return tiles.Tile{Data: data, Type: tiles.MediaType, Encoding: coding, ETag: tag}
}
