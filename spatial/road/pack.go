package road

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A pack finds the edges near a point: a tree of boxes over all sections (two vertices of an edge that follow each
// other), made at once in the order of a Hilbert curve. It never changes, so it is flat, and a third of the size and
// time of spatial/index, whose trees grow and shrink.
type pack struct {
	sections []section
	boxes    [][4]float64 // west, south, east, north; leaves first, then each level above
	levels   []int32      // where each level starts in boxes, and the end
}

type section struct{ point, edge int32 } // from this point to the next

const fan = 8 // sections per leaf, boxes per box

func newPack(g *Graph) pack {
	var p pack
	for e := range g.edges {
		for v := g.edges[e].first; v < g.edges[e].last; v++ {
			p.sections = append(p.sections, section{v, int32(e)})
		}
	}
	p.sort(g.points)
	p.levels = []int32{0}
	for i := 0; i < len(p.sections); i += fan {
		box := nothing
		for _, s := range p.sections[i:min(i+fan, len(p.sections))] {
			box = grown(grown(box, point(g.points[s.point])), point(g.points[s.point+1]))
		}
		p.boxes = append(p.boxes, box)
	}
	for low := 0; len(p.boxes)-low > 1; {
		high := len(p.boxes)
		p.levels = append(p.levels, int32(high))
		for i := low; i < high; i += fan {
			box := nothing
			for _, b := range p.boxes[i:min(i+fan, high)] {
				box = grown(box, b)
			}
			p.boxes = append(p.boxes, box)
		}
		low = high
	}
	p.levels = append(p.levels, int32(len(p.boxes)))
	return p
}

var nothing = [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func point(p orb.Point) [4]float64 { return [4]float64{p[0], p[1], p[0], p[1]} }

func grown(a, b [4]float64) [4]float64 {
	return [4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
}

// sort puts sections that lie near each other next to each other.
func (p *pack) sort(points []orb.Point) {
	all := nothing
	for _, s := range p.sections {
		all = grown(all, point(points[s.point]))
	}
	type keyed struct {
		key uint32
		section
	}
	order := make([]keyed, len(p.sections))
	for i, s := range p.sections {
		a, b := points[s.point], points[s.point+1]
		x, y := share((a[0]+b[0])/2, all[0], all[2]), share((a[1]+b[1])/2, all[1], all[3])
		order[i] = keyed{hilbert(x, y), s}
	}
	slices.SortFunc(order, func(a, b keyed) int {
		if a.key != b.key {
			return int(int64(a.key) - int64(b.key))
		}
		return int(a.point - b.point)
	})
	for i := range order {
		p.sections[i] = order[i].section
	}
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
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d += s * s * ((3 * rx) ^ ry)
		if ry == 0 {
			if rx == 1 {
				x, y = 65535-x, 65535-y
			}
			x, y = y, x
		}
	}
	return d
}

// A hit is the nearest point of an edge: at a share of one of its sections.
type hit struct {
	section
	square float64 // of the distance in metres
	share  float64
}

// nearest appends to hits, in order of distance and then of the graph, the nearest edges that keep wants: no more
// than hits has room for, none farther than within. Distances are in the plane that touches the earth at p.
func (p *pack) nearest(points []orb.Point, at orb.Point, within float64, hits []hit, keep func(edge int32) bool) []hit {
	if len(p.boxes) == 0 || cap(hits) == 0 {
		return hits
	}
	scale := scaleAt(at[1])
	limit := within * within
	var room [64]item
	queue := queue(room[:0])
	queue.push(0, int32(len(p.boxes)-1))
	for len(queue) > 0 {
		top := queue.pop()
		if len(hits) == cap(hits) {
			limit = min(limit, hits[len(hits)-1].square)
		}
		if top.key > limit {
			break
		}
		first, last, leaf := p.children(top.id)
		for i := first; i < last; i++ {
			if !leaf {
				if d := squareToBox(scale, at, &p.boxes[i]); d <= limit {
					queue.push(d, i)
				}
				continue
			}
			h := project(scale, at, points, p.sections[i])
			if h.square <= limit && better(hits, h) && keep(h.edge) {
				hits = insert(hits, h)
			}
		}
	}
	return hits
}

// children are the boxes below a box, or its sections when it is a leaf.
func (p *pack) children(box int32) (first, last int32, leaf bool) {
	if box < p.levels[1] {
		return box * fan, min(box*fan+fan, int32(len(p.sections))), true
	}
	level := 1
	for box >= p.levels[level+1] {
		level++
	}
	first = p.levels[level-1] + (box-p.levels[level])*fan
	return first, min(first+fan, p.levels[level]), false
}

func squareToBox(s scale, p orb.Point, b *[4]float64) float64 {
	x := max(b[0]-p[0], p[0]-b[2], 0) * s.lon
	y := max(b[1]-p[1], p[1]-b[3], 0) * s.lat
	return x*x + y*y
}

// project finds the nearest point of a section.
func project(s scale, p orb.Point, points []orb.Point, at section) hit {
	ax, ay := s.between(p, points[at.point])
	bx, by := s.between(p, points[at.point+1])
	dx, dy := bx-ax, by-ay
	t := -(ax*dx + ay*dy) / (dx*dx + dy*dy)
	switch {
	case !(t > 0): // also where both ends are one
		return hit{at, ax*ax + ay*ay, 0}
	case t >= 1:
		return hit{at, bx*bx + by*by, 1}
	}
	x, y := ax+t*dx, ay+t*dy
	return hit{at, x*x + y*y, t}
}

func before(a, b *hit) bool {
	return a.square < b.square || a.square == b.square && a.point < b.point
}

// better tells whether a hit would have a place among the hits.
func better(hits []hit, h hit) bool {
	return len(hits) < cap(hits) || before(&h, &hits[len(hits)-1])
}

// insert puts a hit in its place; of one edge only the best stays.
func insert(hits []hit, h hit) []hit {
	same := slices.IndexFunc(hits, func(o hit) bool { return o.edge == h.edge })
	switch {
	case same >= 0 && !before(&h, &hits[same]):
		return hits
	case same >= 0:
		hits = slices.Delete(hits, same, same+1)
	case len(hits) == cap(hits):
		hits = hits[:len(hits)-1]
	}
	at, _ := slices.BinarySearchFunc(hits, h, func(a, b hit) int {
		if before(&a, &b) {
			return -1
		}
		return 1
	})
	return slices.Insert(hits, at, h)
}
