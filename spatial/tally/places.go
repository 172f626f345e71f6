package tally

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

// Places finds which area of a level a point lies in. Areas are polygons; where two of them overlap, it is the first.
// A border belongs to one side of it, so areas that share their vertices part all points among them. It is not changed
// after it was made.
type Places struct {
	boxes index.Tree[int32]
	areas []bands
}

// bands are the edges of a polygon, by strips of latitude: a point is held against those of its strip only.
type bands struct {
	south, height float64 // of a strip, degrees
	edges         [][]edge
}

type edge struct{ low, high orb.Point }

// mostBands bounds the strips of one area.
const mostBands = 512

// NewPlaces takes the areas in; what is no polygon holds no point.
func NewPlaces(areas []orb.Geometry) *Places {
	p := &Places{areas: make([]bands, len(areas))}
	for i, g := range areas {
		var rings []orb.Ring
		switch g := g.(type) {
		case orb.Polygon:
			rings = g
		case orb.MultiPolygon:
			for _, one := range g {
				rings = append(rings, one...)
			}
		}
		if len(rings) > 0 {
			p.boxes.Insert(g.Bound(), int32(i))
			p.areas[i] = newBands(rings, g.Bound())
		}
	}
	return p
}

func newBands(rings []orb.Ring, box orb.Bound) bands {
	n := 0
	for _, r := range rings {
		n += len(r)
	}
	n = min(n/4+1, mostBands)
	b := bands{south: box.Min[1], height: (box.Max[1] - box.Min[1]) / float64(n), edges: make([][]edge, n)}
	for _, r := range rings {
		for i := 1; i < len(r); i++ {
			e := edge{r[i-1], r[i]}
			if e.low[1] > e.high[1] {
				e.low, e.high = e.high, e.low
			}
			for at := b.strip(e.low[1]); e.low[1] != e.high[1] && at <= b.strip(e.high[1]); at++ {
				b.edges[at] = append(b.edges[at], e)
			}
		}
	}
	return b
}

func (b *bands) strip(lat float64) int {
	if !(b.height > 0) {
		return 0
	}
	return min(max(int(math.Floor((lat-b.south)/b.height)), 0), len(b.edges)-1)
}

// holds counts the edges east of a point.
func (b *bands) holds(p orb.Point) bool {
	in := false
	for _, e := range b.edges[b.strip(p[1])] {
		if e.low[1] <= p[1] && p[1] < e.high[1] && (e.high[0]-e.low[0])*(p[1]-e.low[1]) > (p[0]-e.low[0])*(e.high[1]-e.low[1]) {
			in = !in
		}
	}
	return in
}

// Find is the area of a point, or Outside.
func (p *Places) Find(at orb.Point) int32 {
	found := int32(Outside)
	p.boxes.Search(orb.Bound{Min: at, Max: at}, func(_ orb.Bound, i int32) bool {
		if (found == Outside || i < found) && p.areas[i].holds(at) {
			found = i
		}
		return true
	})
	return found
}
