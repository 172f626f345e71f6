package shape

import (
	"slices"

	"github.com/paulmach/orb"
)

// fan is how many boxes a box of the next level holds.
const fan = 4

// A tree is boxes over runs of segments in the order in which they were given. Rings are local in space, so
// that no sorting is needed. Its work is counted, and it gives up when the shape is too tangled.
type tree struct {
	segs   []segment
	boxes  []box // of the segments, then of each level above them
	levels []int // where each level begins in boxes; one more for the end
	work   int   // boxes compared
	limit  int
}

// segment is one side of a ring.
type segment struct {
	a, b orb.Point
	ring int32
}

type box struct{ minX, minY, maxX, maxY float64 }

func (b *box) meets(o *box) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}

func (b *box) join(o *box) {
	b.minX, b.minY = min(b.minX, o.minX), min(b.minY, o.minY)
	b.maxX, b.maxY = max(b.maxX, o.maxX), max(b.maxY, o.maxY)
}

func boxOf(s *segment) box {
	b := box{s.a[0], s.a[1], s.b[0], s.b[1]}
	if b.minX > b.maxX {
		b.minX, b.maxX = b.maxX, b.minX
	}
	if b.minY > b.maxY {
		b.minY, b.maxY = b.maxY, b.minY
	}
	return b
}

// plant builds the tree over t.segs.
func (t *tree) plant() {
	t.boxes, t.levels = slices.Grow(t.boxes[:0], len(t.segs)*4/3+16), t.levels[:0]
	for i := range t.segs {
		t.boxes = append(t.boxes, boxOf(&t.segs[i]))
	}
	t.levels = append(t.levels, 0, len(t.boxes))
	for from := 0; len(t.boxes)-from > 1; {
		to := len(t.boxes)
		for i := from; i < to; i += fan {
			b := t.boxes[i]
			for j := i + 1; j < min(i+fan, to); j++ {
				b.join(&t.boxes[j])
			}
			t.boxes = append(t.boxes, b)
		}
		t.levels = append(t.levels, len(t.boxes))
		from = to
	}
	t.work, t.limit = 0, 50_000_000+1000*len(t.segs)
}

// tooTangled tells whether more work was done than any shape of this world needs.
func (t *tree) tooTangled() bool { return t.work > t.limit }

// pairs visits every pair of segments whose boxes meet, until visit returns false. It returns false as well
// when it gave up.
func (t *tree) pairs(visit func(i, j int) bool) bool {
	if len(t.segs) < 2 {
		return true
	}
	return t.inside(len(t.levels)-2, 0, visit)
}

// children of the n-th box of a level: from and to count within the level below.
func (t *tree) children(level, n int) (from, to int) {
	from = n * fan
	return from, min(from+fan, t.levels[level]-t.levels[level-1])
}

func (t *tree) inside(level, n int, visit func(i, j int) bool) bool {
	from, to := t.children(level, n)
	below := t.boxes[t.levels[level-1]:]
	for i := from; i < to; i++ {
		if level > 1 && !t.inside(level-1, i, visit) {
			return false
		}
		for j := i + 1; j < to; j++ {
			if below[i].meets(&below[j]) && !t.across(level-1, i, j, visit) {
				return false
			}
		}
	}
	t.work += fan
	return !t.tooTangled()
}

func (t *tree) across(level, m, n int, visit func(i, j int) bool) bool {
	if level == 0 {
		return visit(m, n)
	}
	one, two := &t.boxes[t.levels[level]+m], &t.boxes[t.levels[level]+n]
	below := t.boxes[t.levels[level-1]:]
	mFrom, mTo := t.children(level, m)
	nFrom, nTo := t.children(level, n)
	t.work += fan
	for i := mFrom; i < mTo; i++ {
		if !below[i].meets(two) {
			continue
		}
		t.work += fan
		for j := nFrom; j < nTo; j++ {
			if below[j].meets(one) && below[i].meets(&below[j]) && !t.across(level-1, i, j, visit) {
				return false
			}
		}
	}
	return !t.tooTangled()
}

// west visits the segments that a ray from p to the west crosses. Each is open at its upper end, so that a
// ray through a corner counts right; segments through p itself are not visited. up tells how the segment runs.
func (t *tree) west(p orb.Point, visit func(i int, up bool)) {
	if len(t.segs) > 0 {
		t.ray(len(t.levels)-2, 0, p, visit)
	}
}

func (t *tree) ray(level, n int, p orb.Point, visit func(i int, up bool)) {
	b := &t.boxes[t.levels[level]+n]
	t.work++
	if b.minY > p[1] || b.maxY < p[1] || b.minX > p[0] {
		return
	}
	if level > 0 {
		from, to := t.children(level, n)
		for i := from; i < to; i++ {
			t.ray(level-1, i, p, visit)
		}
		return
	}
	low, high := t.segs[n].a, t.segs[n].b
	up := high[1] > low[1]
	if !up {
		low, high = high, low
	}
	if low[1] <= p[1] && p[1] < high[1] && turn(low, high, p) < 0 {
		visit(n, up)
	}
}
