package tiles

import (
	"iter"
	"math"

	"github.com/paulmach/orb"
)

// A Range is a block of tiles of one zoom, both corners included.
type Range struct {
	Z                      uint8
	MinX, MinY, MaxX, MaxY uint32
}

// Count is how many tiles the block has.
func (r Range) Count() uint64 {
	return uint64(r.MaxX-r.MinX+1) * uint64(r.MaxY-r.MinY+1)
}

// IDs lists the tiles row by row.
func (r Range) IDs() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for y := r.MinY; y <= r.MaxY; y++ {
			for x := r.MinX; x <= r.MaxX; x++ {
				if !yield(ID{r.Z, x, y}) {
					return
				}
			}
		}
	}
}

// Holds tells whether a tile is in the block.
func (r Range) Holds(id ID) bool {
	return id.Z == r.Z && id.X >= r.MinX && id.X <= r.MaxX && id.Y >= r.MinY && id.Y <= r.MaxY
}

// Cover is the block of a zoom's tiles that show something of the box, their buffers included.
func Cover(b orb.Bound, zoom uint8) Range {
	a, z := Project(orb.Point{b.Min[0], b.Max[1]}), Project(orb.Point{b.Max[0], b.Min[1]})
	pad := uint64(1)<<(32-zoom)*Buffer/Extent + 1
	shift := 32 - uint(zoom)
	return Range{
		Z:    zoom,
		MinX: uint32((uint64(a.X) - min(pad, uint64(a.X))) >> shift), MinY: uint32((uint64(a.Y) - min(pad, uint64(a.Y))) >> shift),
		MaxX: uint32(min(uint64(z.X)+pad, math.MaxUint32) >> shift), MaxY: uint32(min(uint64(z.Y)+pad, math.MaxUint32) >> shift),
	}
}
