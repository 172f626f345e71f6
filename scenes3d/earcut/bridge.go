package earcut

import (
	"cmp"
	"math"
	"slices"
)

// join links each hole, from the west on, to the ring.
func (t *Triangulator) join(points []float64, holes []int, outer int32, n int) int32 {
	t.queue = t.queue[:0]
	for i, start := range holes {
		end := n
		if i+1 < len(holes) {
			end = holes[i+1]
		}
		hole := t.ring(points, start, end, false)
		if hole < 0 {
			continue
		}
		if hole == t.nodes[hole].next {
			t.nodes[hole].steiner = true
		}
		t.queue = append(t.queue, t.leftmost(hole))
	}
	slices.SortStableFunc(t.queue, func(a, b int32) int {
		na, nb := &t.nodes[a], &t.nodes[b]
		return cmp.Or(cmp.Compare(na.x, nb.x), cmp.Compare(na.y, nb.y), cmp.Compare(t.slope(na), t.slope(nb)))
	})
	for _, hole := range t.queue {
		for t.nodes[t.nodes[outer].prev].next != outer { // it was taken out
			outer = t.nodes[outer].next
		}
		t.joinOne(hole, outer)
	}
	for t.nodes[t.nodes[outer].prev].next != outer {
		outer = t.nodes[outer].next
	}
	outer, _ = t.clean(outer)
	return outer
}

func (t *Triangulator) slope(n *node) float64 {
	next := &t.nodes[n.next]
	return (next.y - n.y) / (next.x - n.x)
}

func (t *Triangulator) leftmost(start int32) int32 {
	best := start
	for p := t.nodes[start].next; p != start; p = t.nodes[p].next {
		if a, b := &t.nodes[p], &t.nodes[best]; a.x < b.x || a.x == b.x && a.y < b.y {
			best = p
		}
	}
	return best
}

func (t *Triangulator) joinOne(hole, outer int32) {
	if to := t.bridgeFor(hole, outer); to >= 0 {
		twin := t.bridge(to, hole)
		t.heal(twin, t.nodes[twin].next)
		t.heal(to, t.nodes[to].next)
	}
}

// bridgeFor finds the vertex of the ring that a hole's leftmost vertex sees: it looks west to the first edge, and takes
// the end of it, or the vertex within the triangle between that stands at the flattest angle.
func (t *Triangulator) bridgeFor(hole, outer int32) int32 {
	h := &t.nodes[hole]
	if t.same(hole, outer) {
		return outer
	}
	best, west := int32(-1), math.Inf(-1)
	for p := outer; ; {
		t.budget--
		one, next := &t.nodes[p], &t.nodes[t.nodes[p].next]
		if next.x == h.x && next.y == h.y {
			return one.next
		}
		if h.y <= one.y && h.y >= next.y && next.y != one.y {
			x := one.x + (h.y-one.y)*(next.x-one.x)/(next.y-one.y)
			if x <= h.x && x > west {
				west = x
				best = one.next
				if one.x < next.x {
					best = p
				}
				if x == h.x {
					return best
				}
			}
		}
		if p = one.next; p == outer {
			break
		}
	}
	if best < 0 {
		return best
	}
	return t.nearestSeen(hole, best, west)
}

func (t *Triangulator) nearestSeen(hole, best int32, west float64) int32 {
	h, stop := t.nodes[hole], best
	corner := t.nodes[best]
	a, c := node{x: west, y: h.y}, node{x: h.x, y: h.y}
	if h.y < corner.y {
		a, c = c, a
	}
	least := math.Inf(1)
	for p := best; ; {
		t.budget--
		one := &t.nodes[p]
		if h.x >= one.x && one.x >= corner.x && h.x != one.x && inside(&a, &corner, &c, one) {
			slope := math.Abs(h.y-one.y) / (h.x - one.x)
			next := &t.nodes[one.next]
			along := one.y == h.y && next.y == h.y && next.x > h.x
			if (along || t.locallyInside(p, hole)) && (slope < least || slope == least && (one.x > t.nodes[best].x || one.x == t.nodes[best].x && t.holdsSector(best, p))) {
				best, least = p, slope
			}
		}
		if p = one.next; p == stop {
			return best
		}
	}
}

// holdsSector tells whether the sector of m holds that of p, which lies at the same place.
func (t *Triangulator) holdsSector(m, p int32) bool {
	nm, np := &t.nodes[m], &t.nodes[p]
	return turn(&t.nodes[nm.prev], nm, &t.nodes[np.prev]) > 0 && turn(&t.nodes[np.next], nm, &t.nodes[nm.next]) > 0
}
