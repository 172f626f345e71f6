package road

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// sortAlong puts items that lie near each other next to each other, along a Hilbert curve through their box, so that
// what a search touches lies together in memory.
func sortAlong[T any](items []T, at func(T) orb.Point) {
	box := nothing
	for _, item := range items {
		box = grown(box, point(at(item)))
	}
	type keyed struct {
		key, number uint32
		item        T
	}
	order := make([]keyed, len(items))
	for i, item := range items {
		p := at(item)
		order[i] = keyed{hilbert(share(p[0], box[0], box[2]), share(p[1], box[1], box[3])), uint32(i), item}
	}
	slices.SortFunc(order, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.number, b.number)) })
	for i := range order {
		items[i] = order[i].item
	}
}

// nothing is the box around no points: west, south, east, north.
var nothing = [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func point(p orb.Point) [4]float64 { return [4]float64{p[0], p[1], p[0], p[1]} }

func grown(a, b [4]float64) [4]float64 {
	return [4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
}

func share(v, low, high float64) uint32 {
	if high <= low {
		return 0
	}
	return uint32(min(max((v-low)/(high-low), 0), 1) * 65535)
}

// hilbert is the place of a cell on the curve that fills a square of 65536 by 65536 cells.
func hilbert(x, y uint32) uint32 {
	d := uint32(0)
	for s := uint32(1 << 15); s > 0; s >>= 1 {
		right, up := min(x&s, 1), min(y&s, 1)
		d += s * s * ((3 * right) ^ up)
		if up == 0 {
			if right == 1 {
				x, y = 65535-x, 65535-y
			}
			x, y = y, x
		}
	}
	return d
}
