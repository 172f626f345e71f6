package demo

import "math"

// A rect is a rectangle that stands at any angle: its middle, the direction of its length, and half of its
// length and depth in metres.
type rect struct {
	mid  pt
	u    pt // unit
	a, b float64
}

// local turns a place into the rectangle's own coordinates.
func (r rect) local(p pt) pt {
	d := p.sub(r.mid)
	return pt{d.dot(r.u), d.dot(r.u.left())}
}

// place is the inverse of local.
func (r rect) place(x, y float64) pt { return r.mid.along(r.u, x).along(r.u.left(), y) }

func (r rect) reach() float64 { return math.Hypot(r.a, r.b) }

// near tells whether the segment pq comes closer than margin to the rectangle, corners counted generously.
func (r rect) near(p, q pt, margin float64) bool {
	_, hit := r.enter(p, q, margin)
	return hit
}

// enter finds the share of the segment pq where it first meets the rectangle grown by margin.
func (r rect) enter(p, q pt, margin float64) (float64, bool) {
	a, b := r.local(p), r.local(q)
	d := b.sub(a)
	lo, hi := 0.0, 1.0
	for _, side := range [2][3]float64{{a.x, d.x, r.a + margin}, {a.y, d.y, r.b + margin}} {
		from, step, limit := side[0], side[1], side[2]
		if math.Abs(step) < 1e-12 {
			if math.Abs(from) > limit {
				return 0, false
			}
			continue
		}
		f, g := (-limit-from)/step, (limit-from)/step
		lo, hi = max(lo, min(f, g)), min(hi, max(f, g))
	}
	return lo, lo <= hi
}

// touches tells whether two rectangles are closer than margin, by the theorem of separating axes.
func (r rect) touches(o rect, margin float64) bool {
	d := o.mid.sub(r.mid)
	if d.len() > r.reach()+o.reach()+margin {
		return false
	}
	for _, axis := range [4]pt{r.u, r.u.left(), o.u, o.u.left()} {
		mine := r.a*math.Abs(axis.dot(r.u)) + r.b*math.Abs(axis.dot(r.u.left()))
		other := o.a*math.Abs(axis.dot(o.u)) + o.b*math.Abs(axis.dot(o.u.left()))
		if math.Abs(d.dot(axis)) > mine+other+margin {
			return false
		}
	}
	return true
}

// A grid finds things near a place.
type grid[T any] struct {
	cells map[[2]int32][]T
	size  float64
}

func newGrid[T any](size float64) *grid[T] {
	return &grid[T]{cells: map[[2]int32][]T{}, size: size}
}

func (g *grid[T]) cell(v float64) int32 { return int32(math.Floor(v / g.size)) }

// put keeps a thing in all cells of a square around p.
func (g *grid[T]) put(p pt, reach float64, v T) {
	for i := g.cell(p.x - reach); i <= g.cell(p.x+reach); i++ {
		for j := g.cell(p.y - reach); j <= g.cell(p.y+reach); j++ {
			g.cells[[2]int32{i, j}] = append(g.cells[[2]int32{i, j}], v)
		}
	}
}

// near visits what may lie in the square around p, some of it more than once, until visit returns false.
func (g *grid[T]) near(p pt, reach float64, visit func(T) bool) {
	for i := g.cell(p.x - reach); i <= g.cell(p.x+reach); i++ {
		for j := g.cell(p.y - reach); j <= g.cell(p.y+reach); j++ {
			for _, v := range g.cells[[2]int32{i, j}] {
				if !visit(v) {
					return
				}
			}
		}
	}
}
