package pmtiles

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// An entry of a directory names a run of tiles with equal content or, when run is 0, a further directory that
// begins with this tile.
type entry struct {
	id     uint64
	offset uint64 // in the section of tiles or of leaf directories
	length uint32
	run    uint32
}

// holds tells whether a tile is in the run.
func (e entry) holds(id uint64) bool { return id >= e.id && id-e.id < uint64(e.run) }

// find returns the last entry that begins at the tile or before it.
func find(dir []entry, id uint64) (entry, bool) {
	i, exact := slices.BinarySearchFunc(dir, id, func(e entry, id uint64) int {
		switch {
		case e.id < id:
			return -1
		case e.id > id:
			return 1
		}
		return 0
	})
	if !exact {
		i--
	}
	if i < 0 {
		return entry{}, false
	}
	return dir[i], true
}

// parseDirectory reads a directory. Its entries are in order, do not overlap, and have a length.
func parseDirectory(data []byte) ([]entry, error) {
	r := varints{rest: data}
	n := r.next()
	if r.bad || n > uint64(len(data))/4 {
		return nil, fmt.Errorf("%w: it says that it has %d entries, in %d bytes", ErrDamaged, n, len(data))
	}
	dir := make([]entry, n)
	id := uint64(0)
	for i := range dir {
		delta := r.next()
		if i > 0 && delta == 0 || id+delta < id {
			return nil, fmt.Errorf("%w: its tiles are not in order at entry %d", ErrDamaged, i)
		}
		id += delta
		dir[i].id = id
	}
	for i := range dir {
		run := r.next()
		if run > math.MaxUint32 || i+1 < len(dir) && run > dir[i+1].id-dir[i].id {
			return nil, fmt.Errorf("%w: entry %d reaches over the next", ErrDamaged, i)
		}
		dir[i].run = uint32(run)
	}
	for i := range dir {
		length := r.next()
		if length == 0 || length > math.MaxUint32 {
			return nil, fmt.Errorf("%w: entry %d has %d bytes", ErrDamaged, i, length)
		}
		dir[i].length = uint32(length)
	}
	for i := range dir {
		switch offset := r.next(); {
		case offset > 0:
			dir[i].offset = offset - 1
		case i == 0:
			return nil, fmt.Errorf("%w: its first entry has no place", ErrDamaged)
		default:
			dir[i].offset = dir[i-1].offset + uint64(dir[i-1].length)
		}
	}
	if r.bad {
		return nil, fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	return dir, nil
}

// appendDirectory writes a directory.
func appendDirectory(out []byte, dir []entry) []byte {
	out = binary.AppendUvarint(out, uint64(len(dir)))
	last := uint64(0)
	for _, e := range dir {
		out = binary.AppendUvarint(out, e.id-last)
		last = e.id
	}
	for _, e := range dir {
		out = binary.AppendUvarint(out, uint64(e.run))
	}
	for _, e := range dir {
		out = binary.AppendUvarint(out, uint64(e.length))
	}
	for i, e := range dir {
		if i > 0 && e.offset == dir[i-1].offset+uint64(dir[i-1].length) {
			out = append(out, 0)
		} else {
			out = binary.AppendUvarint(out, e.offset+1)
		}
	}
	return out
}

// varints reads numbers one after the other.
type varints struct {
	rest []byte
	bad  bool
}

func (v *varints) next() uint64 {
	n, size := binary.Uvarint(v.rest)
	if size <= 0 {
		v.bad, v.rest = true, nil
		return 0
	}
	v.rest = v.rest[size:]
	return n
}
