package pmtiles

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// A Content is one tile to be written. Data may be packed with gzip already. Empty tiles are left out.
type Content struct {
	ID   tiles.ID
	Data []byte
	Gzip bool
}

// Stats tell what was written.
type Stats struct {
	Tiles    uint64 // that can be asked for
	Entries  uint64 // runs of equal tiles
	Contents uint64 // different ones
	Bytes    uint64 // of the archive
}

// Write writes vector tiles as an archive: clustered, each content once, packed with gzip. The tiles must come
// in the order of Tiles (of their numbers), each once; the first error that comes with them ends the writing.
// The metadata and the bound (lon, lat) describe them; with an empty bound it is that of the tiles. w must be
// at its beginning and empty. Memory is some 60 bytes for each entry.
func Write(w io.WriteSeeker, all iter.Seq2[Content, error], m Metadata, bound orb.Bound) (Stats, error) {
	p := &writer{known: map[[16]byte]place{}, out: bufio.NewWriterSize(w, 1<<20), at: rootEnd}
	p.header = header{
		clustered: true, internal: gzipped, packing: gzipped, kind: 1,
		minZoom: maxZoom, bound: orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}},
	}
	if _, err := p.out.Write(make([]byte, rootEnd)); err != nil {
		return Stats{}, fmt.Errorf("write an archive: %w", err)
	}
	for t, err := range all {
		if err == nil {
			err = p.add(t)
		}
		if err != nil {
			return Stats{}, fmt.Errorf("write tile %v to an archive: %w", t.ID, err)
		}
	}
	if !bound.IsEmpty() {
		p.header.bound = bound
	}
	if p.header.bound.IsEmpty() {
		p.header.bound = orb.Bound{}
	}
	if err := p.finish(w, m); err != nil {
		return Stats{}, fmt.Errorf("write an archive: %w", err)
	}
	return Stats{p.header.addressed, p.header.entries, p.header.contents, p.at}, nil
}

type writer struct {
	out    *bufio.Writer
	at     uint64 // bytes written
	header header
	dir    []entry
	known  map[[16]byte]place
}

type place struct {
	offset uint64
	length uint32
}

func (p *writer) add(t Content) error {
	if len(t.Data) == 0 {
		return nil
	}
	number := Number(t.ID)
	last := len(p.dir) - 1
	if last >= 0 && number < p.dir[last].id+uint64(p.dir[last].run) {
		return fmt.Errorf("it comes after tiles that it should come before")
	}
	at, err := p.content(t)
	if err != nil {
		return err
	}
	p.header.addressed++
	p.header.minZoom, p.header.maxZoom = min(p.header.minZoom, t.ID.Z), max(p.header.maxZoom, t.ID.Z)
	p.cover(t.ID)
	if last >= 0 && p.dir[last].offset == at.offset && number == p.dir[last].id+uint64(p.dir[last].run) {
		p.dir[last].run++
		return nil
	}
	p.dir = append(p.dir, entry{number, at.offset, at.length, 1})
	return nil
}

// cover keeps the bound of the deepest tiles.
func (p *writer) cover(id tiles.ID) {
	if b := id.Bound(); p.header.bound.IsEmpty() || id.Z > p.header.centreZoom {
		p.header.bound, p.header.centreZoom = b, id.Z
	} else {
		p.header.bound = p.header.bound.Union(b)
	}
}

// content writes what was not written before.
func (p *writer) content(t Content) (place, error) {
	full := sha256.Sum256(t.Data)
	sum := [16]byte(full[:16])
	if at, ok := p.known[sum]; ok {
		return at, nil
	}
	data := t.Data
	if !t.Gzip {
		var err error
		if data, err = pack(data); err != nil {
			return place{}, err
		}
	}
	if len(data) > maxTile {
		return place{}, fmt.Errorf("it has %d bytes, more than %d", len(data), maxTile)
	}
	at := place{p.at - rootEnd, uint32(len(data))}
	p.known[sum] = at
	p.header.contents++
	return at, p.write(data)
}

func (p *writer) write(data []byte) error {
	p.at += uint64(len(data))
	_, err := p.out.Write(data)
	return err
}

// finish writes metadata, directories and, at the beginning of the file, the header.
func (p *writer) finish(w io.WriteSeeker, m Metadata) error {
	h := &p.header
	h.data, h.entries = section{rootEnd, p.at - rootEnd}, uint64(len(p.dir))
	if len(p.dir) == 0 {
		h.minZoom = 0
	}
	h.centre, h.centreZoom = h.bound.Center(), h.minZoom
	text, err := json.Marshal(m)
	if err == nil {
		text, err = pack(text)
	}
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	h.metadata = section{p.at, uint64(len(text))}
	if err := p.write(text); err != nil {
		return err
	}
	root, leaves, err := directoriesOf(p.dir)
	if err != nil {
		return err
	}
	h.root, h.leaves = section{headerSize, uint64(len(root))}, section{p.at, uint64(len(leaves))}
	if err := p.write(leaves); err != nil {
		return err
	}
	if err := p.out.Flush(); err != nil {
		return err
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = w.Write(append(h.bytes(), root...))
	return err
}

// directoriesOf packs a directory so that the root has room at the beginning of the file: entries that are too
// many go to leaf directories, larger ones as long as there are too many of these.
func directoriesOf(dir []entry) (root, leaves []byte, err error) {
	if root, err = pack(appendDirectory(nil, dir)); err != nil || len(root) <= rootEnd-headerSize {
		return root, nil, err
	}
	for size := 4096; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for part := range slices.Chunk(dir, size) {
			packed, err := pack(appendDirectory(nil, part))
			if err != nil {
				return nil, nil, err
			}
			top = append(top, entry{id: part[0].id, offset: uint64(len(leaves)), length: uint32(len(packed))})
			leaves = append(leaves, packed...)
		}
		if root, err = pack(appendDirectory(nil, top)); err != nil || len(root) <= rootEnd-headerSize {
			return root, leaves, err
		}
	}
}
