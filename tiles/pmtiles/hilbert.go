package pmtiles

import (
	"iter"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// maxZoom is the deepest zoom whose tile numbers fit 64 bits in the format.
const maxZoom = 31

// below is how many tiles there are at all zooms before this one.
func below(zoom uint8) uint64 { return (uint64(1)<<(2*zoom) - 1) / 3 }

// Number numbers tiles as the format does: zoom by zoom, along the Hilbert curve of each.
func Number(id tiles.ID) uint64 {
	x, y := uint64(id.X), uint64(id.Y)
	d := uint64(0)
	for s := uint64(1) << id.Z >> 1; s > 0; s >>= 1 {
		var right, down uint64
		if x&s != 0 {
			right = 1
		}
		if y&s != 0 {
			down = 1
		}
		d = d<<2 | 3*right ^ down
		x, y = turn(s, x&(s-1), y&(s-1), right, down)
	}
	return below(id.Z) + d
}

// ID is the tile of a number; ok is false when it lies deeper than zoom 31.
func ID(number uint64) (id tiles.ID, ok bool) {
	for id.Z = 0; id.Z <= maxZoom; id.Z++ {
		if number < below(id.Z+1) {
			d := number - below(id.Z)
			var x, y uint64
			for s := uint64(1); s < 1<<id.Z; s <<= 1 {
				right := d >> 1 & 1
				down := (d ^ right) & 1
				x, y = turn(s, x, y, right, down)
				x, y = x+s*right, y+s*down
				d >>= 2
			}
			id.X, id.Y = uint32(x), uint32(y)
			return id, true
		}
	}
	return id, false
}

// turn turns the curve inside of a square of side s as it lies in this quarter of the next larger one.
func turn(s, x, y, right, down uint64) (uint64, uint64) {
	if down != 0 {
		return x, y
	}
	if right != 0 {
		x, y = s-1-x, s-1-y
	}
	return y, x
}

// Tiles visits the tiles of the zooms that touch a bound in the order in which Write wants them.
func Tiles(minZoom, maxZoom uint8, bound orb.Bound) iter.Seq[tiles.ID] {
	return func(yield func(tiles.ID) bool) {
		for z := minZoom; z <= min(maxZoom, tiles.MaxZoom); z++ {
			if !descend(0, 0, z, bound, yield) {
				return
			}
		}
	}
}

// descend visits what lies below a tile, which is given by its place on the curve of its zoom.
func descend(zoom uint8, d uint64, to uint8, bound orb.Bound, yield func(tiles.ID) bool) bool {
	id, _ := ID(below(zoom) + d)
	if !id.Bound().Intersects(bound) {
		return true
	}
	if zoom == to {
		return yield(id)
	}
	for quarter := range uint64(4) {
		if !descend(zoom+1, d<<2|quarter, to, bound, yield) {
			return false
		}
	}
	return true
}
