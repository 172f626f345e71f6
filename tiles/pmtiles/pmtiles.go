// Package pmtiles reads and writes PMTiles archives, version 3: all tiles of a tileset in one file. An Archive
// is a tiles.Source that reads from a file what it is asked for and keeps nothing but directories in memory.
// Whatever stands in the file, reading it gives tiles or an error with the byte where the fault is; sizes are
// bounded before memory is taken.
package pmtiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// ErrDamaged is the error of a file that breaks the format. What the format allows but this package does not
// read is another error.
var ErrDamaged = errors.New("the archive is damaged")

// Bounds of what is taken into memory at once.
const (
	maxRoot      = 4 << 20  // packed, and maxDirectory unpacked
	maxDirectory = 32 << 20 // 8 million entries at most
	maxMetadata  = 16 << 20
	maxTile      = 64 << 20
	maxDepth     = 4 // directories on the way to a tile
)

// An Archive answers tile requests out of a file. It is safe for concurrent use until it is closed.
type Archive struct {
	name     string
	file     io.ReaderAt
	close    func() error
	header   header
	root     []entry
	metadata Metadata
	leaves   directories
}

var _ tiles.Source = (*Archive)(nil)

// Open opens an archive and reads its header, root directory and metadata.
func Open(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	a, err := read(filepath.Base(path), file, info.Size())
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	a.close = file.Close
	return a, nil
}

// Read opens an archive that stands in r.
func Read(r io.ReaderAt, size int64) (*Archive, error) {
	return read("", r, size)
}

func read(name string, r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{name: strings.TrimSpace("PMTiles archive " + name), file: r}
	if err := a.begin(uint64(max(size, 0))); err != nil {
		return nil, fmt.Errorf("%s: %w", a.name, err)
	}
	return a, nil
}

func (a *Archive) begin(size uint64) error {
	if size < headerSize {
		return fmt.Errorf("%w: it has %d bytes, which is less than the header of an archive", ErrDamaged, size)
	}
	b, err := a.read(section{0, headerSize})
	if err != nil {
		return err
	}
	if a.header, err = parseHeader(b, size); err != nil {
		return err
	}
	if a.root, err = a.directory(a.header.root, maxRoot); err != nil {
		return fmt.Errorf("root directory at byte %d: %w", a.header.root.offset, err)
	}
	if a.metadata, err = a.readMetadata(); err != nil {
		return fmt.Errorf("metadata at byte %d: %w", a.header.metadata.offset, err)
	}
	return nil
}

// Close closes the file. Requests that run meanwhile get an error.
func (a *Archive) Close() error {
	if a.close == nil {
		return nil
	}
	return a.close()
}

// Zooms are the first and the last zoom with tiles.
func (a *Archive) Zooms() (first, last uint8) { return a.header.minZoom, a.header.maxZoom }

// Bound is the area that the tiles cover, in lon, lat.
func (a *Archive) Bound() orb.Bound { return a.header.bound }

// Centre is where a map of the archive should open.
func (a *Archive) Centre() (orb.Point, uint8) { return a.header.centre, a.header.centreZoom }

// Type is the media type of the tiles.
func (a *Archive) Type() string {
	if int(a.header.kind) < len(mediaTypes) {
		return mediaTypes[a.header.kind]
	}
	return mediaTypes[0]
}

// Count is how many tiles can be asked for, 0 when the archive does not say.
func (a *Archive) Count() uint64 { return a.header.addressed }

// Metadata describes the content. The value is shared: do not modify it.
func (a *Archive) Metadata() Metadata { return a.metadata }

// Tile implements tiles.Source. A tile that the archive does not have is an empty tile. A tile stored as gzip
// or zstd goes out as it is to whoever asks for that coding; everybody else gets it without coding.
func (a *Archive) Tile(ctx context.Context, r tiles.Request) (tiles.Tile, error) {
	stored, at, err := a.stored(ctx, r.ID)
	if err != nil {
		return tiles.Tile{}, fmt.Errorf("%s: tile %v: %w", a.name, r.ID, err)
	}
	out := tiles.Tile{Data: stored, Type: a.Type(), ETag: fmt.Sprintf(`"%016x"`, xxhash.Sum64(stored))}
	if len(stored) == 0 {
		return out, nil
	}
	if coding := codingOf(stored, a.header.packing); coding != tiles.Identity && coding == r.Encoding {
		out.Encoding, out.ETag = coding, fmt.Sprintf(`"%016x-%s"`, xxhash.Sum64(stored), coding)
		return out, nil
	}
	if out.Data, err = unpack(stored, a.header.packing, maxTile); err != nil {
		return tiles.Tile{}, fmt.Errorf("%s: tile %v at byte %d: %w: %w", a.name, r.ID, at, ErrDamaged, err)
	}
	return out, nil
}

// codingOf is the content coding of stored data, if it really looks like it.
func codingOf(data []byte, c compression) tiles.Encoding {
	begins := func(s string) bool { return len(data) >= len(s) && string(data[:len(s)]) == s }
	switch {
	case (c == gzipped || c == unknownPacking) && begins("\x1f\x8b\x08"):
		return tiles.Gzip
	case c == zstandard && begins("\x28\xb5\x2f\xfd"):
		return tiles.Zstd
	}
	return tiles.Identity
}

// stored reads a tile as it stands in the file, and where that is.
func (a *Archive) stored(ctx context.Context, id tiles.ID) (data []byte, at uint64, err error) {
	if id.Z < a.header.minZoom || id.Z > a.header.maxZoom {
		return nil, 0, nil
	}
	number := Number(id)
	dir := a.root
	for range maxDepth {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		e, ok := find(dir, number)
		if !ok || e.run > 0 && !e.holds(number) {
			return nil, 0, nil
		}
		if e.run > 0 {
			s, err := inside(a.header.data, e)
			if err == nil && s.length > maxTile {
				err = fmt.Errorf("%w: it has %d bytes, more than %d", ErrDamaged, s.length, maxTile)
			}
			if err == nil {
				data, err = a.read(s)
			}
			return data, s.offset, err
		}
		if dir, err = a.leaf(e); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, fmt.Errorf("%w: directories lead to directories more than %d times", ErrDamaged, maxDepth)
}

// inside is where the content of an entry stands.
func inside(s section, e entry) (section, error) {
	if uint64(e.length) > s.length || e.offset > s.length-uint64(e.length) {
		return section{}, fmt.Errorf("%w: it should be at byte %d with %d bytes, outside of its section of %d bytes at byte %d", ErrDamaged, e.offset, e.length, s.length, s.offset)
	}
	return section{s.offset + e.offset, uint64(e.length)}, nil
}

// leaf reads a leaf directory, or finds it among those read before.
func (a *Archive) leaf(e entry) ([]entry, error) {
	s, err := inside(a.header.leaves, e)
	if err != nil {
		return nil, fmt.Errorf("leaf directory: %w", err)
	}
	if dir, ok := a.leaves.get(s.offset); ok {
		return dir, nil
	}
	dir, err := a.directory(s, maxDirectory)
	if err != nil {
		return nil, fmt.Errorf("leaf directory at byte %d: %w", s.offset, err)
	}
	a.leaves.put(s.offset, dir)
	return dir, nil
}

func (a *Archive) directory(s section, most uint64) ([]entry, error) {
	if s.length > most {
		return nil, fmt.Errorf("%w: it has %d bytes, more than %d", ErrDamaged, s.length, most)
	}
	packed, err := a.read(s)
	if err != nil {
		return nil, err
	}
	data, err := unpack(packed, a.header.internal, maxDirectory)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return parseDirectory(data)
}

func (a *Archive) read(s section) ([]byte, error) {
	if s.offset > math.MaxInt64 {
		return nil, fmt.Errorf("%w: no file reaches to byte %d", ErrDamaged, s.offset)
	}
	b := make([]byte, s.length)
	if _, err := a.file.ReadAt(b, int64(s.offset)); err != nil {
		return nil, fmt.Errorf("read %d bytes at byte %d: %w", s.length, s.offset, err)
	}
	return b, nil
}
