// Package earcut triangulates polygons with holes by clipping ears from a ring of linked vertices. Holes are joined to
// the outer ring by bridges first. It bears what users draw: repeated points, spikes, rings that touch or cross
// themselves; then the triangles cover what can be covered, and Deviation tells how much. Work is bounded by a budget, so
// that no polygon keeps a server busy. The method is that of Held (FIST, 1998) as mapbox/earcut simplified it.
package earcut

import (
	"errors"
	"fmt"
	"math"
)

// ErrBudget says that a polygon needs more work than its size allows.
var ErrBudget = errors.New("the polygon is too tangled to be triangulated")

// A Triangulator keeps its working memory between calls. The zero value is ready. Not safe for concurrent use.
type Triangulator struct {
	nodes  []node
	queue  []int32 // leftmost vertices of holes
	jobs   []int32 // rings that wait to be cut
	budget int
	out    []uint32
}

// node is a vertex in a ring.
type node struct {
	x, y       float64
	prev, next int32
	vertex     uint32
	steiner    bool
}

// Append triangulates a polygon and appends three indices for each triangle to dst. points is x0, y0, x1, y1 and so on,
// the outer ring first, none of the rings needs to be closed; holes are the indices of the first vertex of each hole.
// Triangles are counter-clockwise (x right, y up), whatever the winding of the rings. It fails with ErrBudget, and on
// coordinates that are not finite.
func (t *Triangulator) Append(dst []uint32, points []float64, holes []int) ([]uint32, error) {
	n := len(points) / 2
	for i, v := range points {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return dst, fmt.Errorf("vertex %d is not a finite place", i/2)
		}
	}
	for i, h := range holes {
		if h < 0 || h >= n || i > 0 && h < holes[i-1] {
			return dst, fmt.Errorf("hole %d begins at vertex %d of %d", i+1, h, n)
		}
	}
	t.nodes, t.jobs, t.out = t.nodes[:0], t.jobs[:0], dst
	t.budget = 20_000 + 400*n + 4*n*min(n, 20_000)
	end := n
	if len(holes) > 0 {
		end = holes[0]
	}
	outer := t.ring(points, 0, end, true)
	if outer < 0 || t.nodes[outer].next == t.nodes[outer].prev {
		return dst, nil
	}
	if len(holes) > 0 {
		outer = t.join(points, holes, outer, n)
	}
	t.jobs = append(t.jobs, outer)
	for len(t.jobs) > 0 {
		last := t.jobs[len(t.jobs)-1]
		t.jobs = t.jobs[:len(t.jobs)-1]
		t.cut(last)
		if t.budget < 0 {
			return dst, ErrBudget
		}
	}
	out := t.out
	t.out = nil
	return out, nil
}

// ring links the vertices of a ring, the outer one counter-clockwise and holes clockwise; -1 when there is none.
func (t *Triangulator) ring(points []float64, start, end int, outer bool) int32 {
	last := int32(-1)
	if (signedArea(points[2*start:2*end]) > 0) == outer {
		for i := start; i < end; i++ {
			last = t.insert(uint32(i), points[2*i], points[2*i+1], last)
		}
	} else {
		for i := end - 1; i >= start; i-- {
			last = t.insert(uint32(i), points[2*i], points[2*i+1], last)
		}
	}
	if last < 0 {
		return last
	}
	first := t.nodes[last].next
	if first != last && t.same(last, first) {
		t.remove(last)
	}
	return first
}

func signedArea(points []float64) (sum float64) {
	if len(points) < 6 {
		return 0
	}
	j := len(points) - 2
	for i := 0; i < len(points); i += 2 {
		sum += (points[j] - points[i]) * (points[i+1] + points[j+1])
		j = i
	}
	return sum
}

func (t *Triangulator) insert(vertex uint32, x, y float64, after int32) int32 {
	at := int32(len(t.nodes))
	one := node{x: x, y: y, vertex: vertex, prev: at, next: at}
	if after >= 0 {
		one.prev, one.next = after, t.nodes[after].next
		t.nodes[one.next].prev = at
		t.nodes[after].next = at
	}
	t.nodes = append(t.nodes, one)
	return at
}

func (t *Triangulator) remove(i int32) {
	p, n := t.nodes[i].prev, t.nodes[i].next
	t.nodes[p].next, t.nodes[n].prev = n, p
}

func (t *Triangulator) emit(a, b, c int32) {
	if turn(&t.nodes[a], &t.nodes[b], &t.nodes[c]) < 0 { // what cure cuts off may lie the other way
		b, c = c, b
	}
	t.out = append(t.out, t.nodes[a].vertex, t.nodes[b].vertex, t.nodes[c].vertex)
}

// cut clips ears off a ring until none is left. What has no ears is cleaned, then untangled, then split.
func (t *Triangulator) cut(ear int32) {
	stop, cured := ear, false
	for t.nodes[ear].prev != t.nodes[ear].next {
		if t.budget--; t.budget < 0 {
			return
		}
		prev, next := t.nodes[ear].prev, t.nodes[ear].next
		if t.isEar(ear) {
			t.emit(prev, ear, next)
			t.remove(ear)
			ear, stop = next, next
			continue
		}
		ear = next
		if ear != stop {
			continue
		}
		cleaned := false
		if ear, cleaned = t.clean(ear); cleaned {
			stop = ear
			continue
		}
		if cured {
			t.split(ear)
			return
		}
		ear, cured = t.cure(ear), true
		stop = ear
	}
}

// isEar tells whether the triangle at a vertex turns left and holds no reflex vertex of its ring.
func (t *Triangulator) isEar(ear int32) bool {
	a, b, c := &t.nodes[t.nodes[ear].prev], &t.nodes[ear], &t.nodes[t.nodes[ear].next]
	if turn(a, b, c) <= 0 {
		return false
	}
	west, east := min(a.x, b.x, c.x), max(a.x, b.x, c.x)
	south, north := min(a.y, b.y, c.y), max(a.y, b.y, c.y)
	for i := c.next; i != b.prev; {
		p := &t.nodes[i]
		t.budget--
		if p.x >= west && p.x <= east && p.y >= south && p.y <= north && !(p.x == a.x && p.y == a.y) &&
			inside(a, b, c, p) && turn(&t.nodes[p.prev], p, &t.nodes[p.next]) <= 0 {
			return false
		}
		i = p.next
	}
	return true
}

func (t *Triangulator) same(a, b int32) bool {
	return t.nodes[a].x == t.nodes[b].x && t.nodes[a].y == t.nodes[b].y
}

// idle tells whether a vertex repeats its neighbour or lies on the line between both.
func (t *Triangulator) idle(p int32) bool {
	one := &t.nodes[p]
	return one.next != p && !one.steiner && (t.same(p, one.next) || turn(&t.nodes[one.prev], one, &t.nodes[one.next]) == 0)
}

// clean takes all idle vertices out of a ring.
func (t *Triangulator) clean(start int32) (end int32, cleaned bool) {
	p, end := start, start
	for t.budget >= 0 {
		t.budget--
		if t.idle(p) {
			t.remove(p)
			p, cleaned = t.nodes[p].prev, true
			end = p
			if t.nodes[p].next == p {
				break
			}
			continue
		}
		if p = t.nodes[p].next; p == end {
			break
		}
	}
	return end, cleaned
}

// heal takes idle vertices out from start until end, where rings were joined.
func (t *Triangulator) heal(start, end int32) int32 {
	p := start
	for t.budget >= 0 {
		t.budget--
		switch {
		case t.idle(p):
			if p == end {
				end = t.nodes[p].prev
			}
			t.remove(p)
			p = t.nodes[p].prev
		case p != end:
			p = t.nodes[p].next
		default:
			return end
		}
	}
	return end
}

// cure cuts off small crossings: where the edge before a vertex crosses the edge after the next.
func (t *Triangulator) cure(start int32) int32 {
	p, cured := start, false
	for t.budget >= 0 {
		t.budget--
		a, mid := t.nodes[p].prev, t.nodes[p].next
		b := t.nodes[mid].next
		if t.crossesInside(a, p, mid, b) && t.locallyInside(a, b) && t.locallyInside(b, a) {
			t.emit(a, p, b)
			t.remove(p)
			t.remove(mid)
			p, start, cured = b, b, true
		}
		if p = t.nodes[p].next; p == start {
			break
		}
	}
	if cured {
		p, _ = t.clean(p)
	}
	return p
}

// split finds a diagonal that parts the ring in two.
func (t *Triangulator) split(start int32) {
	a := start
	for {
		for b := t.nodes[t.nodes[a].next].next; b != t.nodes[a].prev; b = t.nodes[b].next {
			if t.budget--; t.budget < 0 {
				return
			}
			if t.nodes[a].vertex != t.nodes[b].vertex && t.diagonal(a, b) {
				c := t.bridge(a, b)
				a, c = t.heal(a, t.nodes[a].next), t.heal(c, t.nodes[c].next)
				t.jobs = append(t.jobs, c, a)
				return
			}
		}
		a = t.nodes[a].next
		if a == start {
			return // nothing more can be covered
		}
	}
}

// diagonal tells whether the line between two vertices lies inside of the ring.
func (t *Triangulator) diagonal(a, b int32) bool {
	na, nb := &t.nodes[a], &t.nodes[b]
	if t.nodes[na.next].vertex == nb.vertex {
		return false
	}
	pa, pb := &t.nodes[na.prev], &t.nodes[nb.prev]
	touching := t.same(a, b) && turn(pa, na, &t.nodes[na.next]) < 0 && turn(pb, nb, &t.nodes[nb.next]) < 0
	if touching {
		return !t.crossesRing(a, b)
	}
	return t.locallyInside(a, b) && t.locallyInside(b, a) && (turn(pa, na, pb) != 0 || turn(na, pb, nb) != 0) &&
		!t.crossesRing(a, b) && t.middleInside(a, b)
}

func (t *Triangulator) crossesRing(a, b int32) bool {
	va, vb := t.nodes[a].vertex, t.nodes[b].vertex
	for p := a; ; {
		t.budget--
		n := t.nodes[p].next
		vp, vn := t.nodes[p].vertex, t.nodes[n].vertex
		if vp != va && vn != va && vp != vb && vn != vb && t.crosses(p, n, a, b) {
			return true
		}
		if p = n; p == a {
			return false
		}
	}
}

// bridge links two vertices, so that one ring becomes two, or two rings one; it returns the twin of b.
func (t *Triangulator) bridge(a, b int32) int32 {
	a2, b2 := int32(len(t.nodes)), int32(len(t.nodes)+1)
	an, bp := t.nodes[a].next, t.nodes[b].prev
	na, nb := t.nodes[a], t.nodes[b]
	na.next, na.prev = an, b2
	nb.next, nb.prev = a2, bp
	t.nodes = append(t.nodes, na, nb)
	t.nodes[a].next, t.nodes[b].prev = b, a
	t.nodes[an].prev = a2
	t.nodes[bp].next = b2
	return b2
}
