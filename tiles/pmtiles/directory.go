package pmtiles

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"github.com/wardmap/wardmap/tiles"
)

// An entry says where the content of a run of tiles lies, or (run 0) where a leaf directory does.
type entry struct {
	first uint64 // Hilbert number
	at    uint64 // in the tile section, or the leaf section
	size  uint32
	run   uint32
}

// Number is the place of a tile on the Hilbert curve through its zoom, behind all tiles of lower zooms.
func Number(id tiles.ID) uint64 {
	before := (uint64(1)<<(2*id.Z) - 1) / 3
	x, y, d := uint64(id.X), uint64(id.Y), uint64(0)
	for s := uint64(1) << id.Z >> 1; s > 0; s >>= 1 {
		var rx, ry uint64
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		d += s * s * ((3 * rx) ^ ry)
		x, y = rotate(s, x, y, rx, ry)
	}
	return before + d
}

// rotate turns a quadrant of side s so that the curve enters and leaves it as it should.
func rotate(s, x, y, rx, ry uint64) (uint64, uint64) {
	if ry != 0 {
		return x, y
	}
	if rx != 0 {
		x, y = s-1-x&(s-1), s-1-y&(s-1)
	}
	return y, x
}

// find looks a tile up, through leaf directories where need be.
func (a *Archive) find(n uint64) (entry, bool, error) {
	dir := a.root
	for range maxDepth {
		i := sort.Search(len(dir), func(i int) bool { return dir[i].first > n }) - 1
		if i < 0 {
			return entry{}, false, nil
		}
		e := dir[i]
		if e.run > 0 {
			return e, n-e.first < uint64(e.run), nil
		}
		var err error
		if dir, err = a.leaf(e); err != nil {
			return entry{}, false, err
		}
	}
	return entry{}, false, fmt.Errorf("%w: directories lie more than %d deep", ErrDamaged, maxDepth)
}

func (a *Archive) leaf(e entry) ([]entry, error) {
	a.mu.Lock()
	known, ok := a.leaves[e.at]
	a.mu.Unlock()
	if ok {
		return known, nil
	}
	dir, err := a.directory(a.LeavesAt+e.at, uint64(e.size))
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.leaves[e.at]; !ok {
		a.leaves[e.at], a.recent = dir, append(a.recent, e.at)
	}
	if len(a.recent) > keptLeaves {
		delete(a.leaves, a.recent[0])
		a.recent = slices.Delete(a.recent, 0, 1)
	}
	return dir, nil
}

// directory reads and checks a directory: numbers ascend, sizes are not zero.
func (a *Archive) directory(at, size uint64) ([]entry, error) {
	b, err := a.unpacked("directory", at, size, a.DirectoryCoding, maxDirectory)
	if err != nil {
		return nil, err
	}
	dir, err := parseDirectory(b)
	if err != nil {
		return nil, fmt.Errorf("%w: directory at byte %d: %w", ErrDamaged, at, err)
	}
	return dir, nil
}

// parseDirectory reads four columns of varints: number (as difference), run, size, offset (plus one; 0 is
// right behind the one before).
func parseDirectory(b []byte) ([]entry, error) {
	pos := 0
	next := func() (uint64, error) {
		v, n := binary.Uvarint(b[pos:])
		if n <= 0 {
			return 0, fmt.Errorf("it ends at its byte %d", pos)
		}
		pos += n
		return v, nil
	}
	count, err := next()
	if err != nil || count > uint64(len(b))/4 { // an entry has four varints at least
		return nil, fmt.Errorf("%d entries in %d bytes", count, len(b))
	}
	dir := make([]entry, count)
	columns := []func(i int, v uint64) error{
		func(i int, v uint64) error {
			if i > 0 {
				if v == 0 || v > 1<<62-dir[i-1].first {
					return fmt.Errorf("entry %d does not come after the one before", i)
				}
				v += dir[i-1].first
			}
			dir[i].first = v
			return nil
		},
		func(i int, v uint64) error { dir[i].run = uint32(v); return fits(i, v) },
		func(i int, v uint64) error { dir[i].size = uint32(v); return fits(i, v) },
		func(i int, v uint64) error {
			switch {
			case v == 0 && i == 0:
				return fmt.Errorf("entry 0 has no offset")
			case v == 0:
				v = dir[i-1].at + uint64(dir[i-1].size) + 1
			case v > 1<<62:
				return fmt.Errorf("entry %d lies at %d", i, v)
			}
			dir[i].at = v - 1
			return nil
		},
	}
	for _, set := range columns {
		for i := range dir {
			v, err := next()
			if err == nil {
				err = set(i, v)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return dir, nil
}

func fits(i int, v uint64) error {
	if v > 1<<32-1 {
		return fmt.Errorf("entry %d has a number of %d", i, v)
	}
	return nil
}
