package road

import (
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
	sortAlong(p.sections, func(s section) orb.Point { return mix(g.points[s.point], g.points[s.point+1], .5) })
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
	var stack [12 * fan]item // boxes to look into, the nearest last: a tree of 12 levels holds more than int32 counts
	stack[0] = item{0, int32(len(p.boxes) - 1)}
	for n := 1; n > 0; {
		n--
		top := stack[n]
		if len(hits) == cap(hits) {
			limit = min(limit, hits[len(hits)-1].square)
		}
		if top.key > limit {
			continue
		}
		first, last, leaf := p.children(top.id)
		if leaf {
			for _, s := range p.sections[first:last] {
				if h := project(scale, at, points, s); h.square <= limit && better(hits, h) && keep(h.edge) {
					hits = insert(hits, h)
				}
			}
			continue
		}
		n = p.put(&stack, n, first, last, scale, at, limit)
	}
	return hits
}

// put puts boxes that are near enough on top of n others, the nearest last, and returns how many there are then.
func (p *pack) put(stack *[12 * fan]item, n int, first, last int32, scale scale, at orb.Point, limit float64) int {
	bottom := n
	for i := first; i < last; i++ {
		d := squareToBox(scale, at, &p.boxes[i])
		if d > limit {
			continue
		}
		k := n
		for ; k > bottom && stack[k-1].key < d; k-- {
			stack[k] = stack[k-1]
		}
		stack[k] = item{d, i}
		n++
	}
	return n
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
