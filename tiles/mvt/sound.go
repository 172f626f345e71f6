package mvt

import "slices"

// A checker looks for everything that would make a polygon invalid: rings that meet themselves or others, and
// holes or exteriors that lie where they should not. It errs on the side of doubt: rings that touch in one
// point are allowed by the format but sent to repair, which puts them in order.
type checker struct {
	edges edges
	boxes []box
}

// edges are the sides of all rings of a shape, and room to sort them.
type edges struct {
	all    []edge
	sorted []edge
	keys   []uint64
	counts []int32
}

// edge is a side of a ring with its ends in order of x, then y.
type edge struct {
	a, b    point
	ring, i int32
}

type box struct{ low, high point }

// few edges are compared each with each.
const few = 12

// sound tells whether the rings are certainly valid.
func (c *checker) sound(pts []point, rings []ring) bool {
	if len(rings) == 1 && rings[0].to-rings[0].from == 3 {
		return true
	}
	edges := c.edges.load(pts, rings)
	brute := len(edges) <= few
	if !brute {
		edges = c.edges.sort()
	}
	for i, e := range edges {
		for _, f := range edges[i+1:] {
			if f.a.x > e.b.x {
				if brute {
					continue
				}
				break
			}
			if e.meets(f) && !e.adjoins(f, rings) {
				return false
			}
		}
	}
	return len(rings) == 1 || c.nested(pts, rings)
}

func (s *edges) load(pts []point, rings []ring) []edge {
	s.all = s.all[:0]
	for r, ring := range rings {
		last := pts[ring.to-1]
		for i, p := range pts[ring.from:ring.to] {
			e := edge{last, p, int32(r), int32(i)}
			if p.x < last.x || p.x == last.x && p.y < last.y {
				e.a, e.b = p, last
			}
			s.all = append(s.all, e)
			last = p
		}
	}
	return s.all
}

// sort orders the edges by where they begin: by counting where that is quicker.
func (s *edges) sort() []edge {
	low, high := s.all[0].a.x, s.all[0].a.x
	for _, e := range s.all {
		low, high = min(low, e.a.x), max(high, e.a.x)
	}
	n := len(s.all)
	s.sorted = slices.Grow(s.sorted[:0], n)[:n]
	if span := int(high-low) + 1; span <= 4*n {
		s.counts = append(s.counts[:0], make([]int32, span+1)...)
		for _, e := range s.all {
			s.counts[e.a.x-low+1]++
		}
		for i := 1; i < span; i++ {
			s.counts[i] += s.counts[i-1]
		}
		for _, e := range s.all {
			at := &s.counts[e.a.x-low]
			s.sorted[*at] = e
			*at++
		}
		return s.sorted
	}
	s.keys = s.keys[:0]
	for i, e := range s.all {
		s.keys = append(s.keys, uint64(e.a.x-low)<<32|uint64(i))
	}
	slices.Sort(s.keys)
	for i, k := range s.keys {
		s.sorted[i] = s.all[uint32(k)]
	}
	return s.sorted
}

// adjoins tells whether two edges are neighbours in their ring.
func (e edge) adjoins(f edge, rings []ring) bool {
	if e.ring != f.ring {
		return false
	}
	d := e.i - f.i
	n := rings[e.ring].to - rings[e.ring].from
	return d == 1 || d == -1 || d == n-1 || d == 1-n
}

// meets tells whether two edges have a point in common.
func (e edge) meets(f edge) bool {
	if f.a.x > e.b.x || e.a.x > f.b.x || max(f.a.y, f.b.y) < min(e.a.y, e.b.y) || min(f.a.y, f.b.y) > max(e.a.y, e.b.y) {
		return false
	}
	a, b := cross(e.a, e.b, f.a), cross(e.a, e.b, f.b)
	if a > 0 && b > 0 || a < 0 && b < 0 {
		return false
	}
	a, b = cross(f.a, f.b, e.a), cross(f.a, f.b, e.b)
	return !(a > 0 && b > 0 || a < 0 && b < 0)
}

// nested tells whether every exterior starts outside of all polygons and every hole inside of exactly one.
// The rings are known not to meet.
func (c *checker) nested(pts []point, rings []ring) bool {
	c.boxes = c.boxes[:0]
	for _, r := range rings {
		c.boxes = append(c.boxes, boxOf(pts[r.from:r.to]))
	}
	outer := 0
	for i, r := range rings {
		if !r.hole {
			outer = i
		}
		depth, own := 0, false
		for j, q := range rings {
			if i == j || !c.boxes[j].holds(pts[r.from]) || !contains(pts[q.from:q.to], pts[r.from]) {
				continue
			}
			own = own || j == outer
			if q.hole {
				depth--
			} else {
				depth++
			}
		}
		if !r.hole && depth != 0 || r.hole && (depth != 1 || !own) {
			return false
		}
	}
	return true
}

func boxOf(pts []point) box {
	b := box{pts[0], pts[0]}
	for _, p := range pts[1:] {
		b.low = point{min(b.low.x, p.x), min(b.low.y, p.y)}
		b.high = point{max(b.high.x, p.x), max(b.high.y, p.y)}
	}
	return b
}

func (b box) holds(p point) bool {
	return p.x >= b.low.x && p.x <= b.high.x && p.y >= b.low.y && p.y <= b.high.y
}

// contains tells whether a point that is not on the ring lies in it.
func contains(pts []point, p point) bool {
	in := false
	last := pts[len(pts)-1]
	for _, q := range pts {
		if (q.y > p.y) != (last.y > p.y) {
			up := q.y > last.y
			if up == (cross(last, q, p) > 0) {
				in = !in
			}
		}
		last = q
	}
	return in
}
