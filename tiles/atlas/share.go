package atlas

import (
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// junctions knows at which places the borders of several shapes part: where the segments of all shapes
// together, each counted once, are not exactly two, or where a line ends. It is a hash table of places with
// their first two neighbours.
type junctions struct {
	slots []place
	n     int
}

type place struct {
	w, a, b tiles.World
	degree  uint8 // 0 free, 1, 2, or 3 for a junction
}

// newJunctions makes a table for about n places.
func newJunctions(n int) *junctions {
	size := 64
	for size < n+n/2 {
		size *= 2
	}
	return &junctions{slots: make([]place, size)}
}

func (j *junctions) slot(w tiles.World) *place {
	mask := len(j.slots) - 1
	h := (uint64(w.X)<<32 | uint64(w.Y)) * 0x9e3779b97f4a7c15
	for i := int(h>>32) & mask; ; i = (i + 1) & mask {
		if s := &j.slots[i]; s.degree == 0 || s.w == w {
			return s
		}
	}
}

// at tells whether there is a junction at a place that was added.
func (j *junctions) at(w tiles.World) bool { return j.slot(w).degree != 2 }

// side adds a segment at one of its ends.
func (j *junctions) side(w, neighbour tiles.World) {
	s := j.slot(w)
	switch {
	case s.degree == 0:
		*s = place{w: w, a: neighbour, degree: 1}
		if j.n++; j.n*4 > len(j.slots)*3 {
			j.grow()
		}
	case s.a == neighbour || s.degree == 2 && s.b == neighbour:
	case s.degree == 1:
		s.b, s.degree = neighbour, 2
	default:
		s.degree = 3
	}
}

func (j *junctions) grow() {
	old := j.slots
	j.slots = make([]place, 2*len(old))
	for _, s := range old {
		if s.degree > 0 {
			*j.slot(s.w) = s
		}
	}
}

// add adds the segments of a part.
func (j *junctions) add(part mvt.Part, pts []tiles.World, _ []uint8) {
	n := len(pts)
	if part == mvt.PointPart || n < 2 {
		return
	}
	for i := 1; i < n; i++ {
		j.side(pts[i-1], pts[i])
		j.side(pts[i], pts[i-1])
	}
	if part != mvt.LinePart {
		j.side(pts[n-1], pts[0])
		j.side(pts[0], pts[n-1])
		return
	}
	j.slot(pts[0]).degree = 3
	j.slot(pts[n-1]).degree = 3
}

// rankAll ranks shapes that were loaded, and with shared borders all that are there.
func (l *Layer) rankAll(loaded []uint32) {
	switch l.spec.Simplify {
	case Each:
		l.rank(loaded, nil)
	case Shared:
		if len(loaded) > 0 {
			all := l.allShapes()
			l.rank(all, l.junctionsOf(all))
		}
	}
}

// rank ranks shapes and returns those whose ranks are not what they were.
func (l *Layer) rank(ns []uint32, j *junctions) (changed []uint32) {
	r := ranker{junctions: j}
	var old []uint8
	for _, n := range ns {
		different := false
		l.shapes.each(l.feats[n].a, func(part mvt.Part, pts []tiles.World, ranks []uint8) {
			old = append(old[:0], ranks...)
			r.rank(part, pts, ranks)
			different = different || !slices.Equal(old, ranks)
		})
		if different {
			changed = append(changed, n)
		}
	}
	return changed
}

func (l *Layer) junctionsOf(ns []uint32) *junctions {
	size := 0
	for _, n := range ns {
		size += int(l.shapes.all[l.feats[n].a].n)
	}
	j := newJunctions(size)
	for _, n := range ns {
		l.shapes.each(l.feats[n].a, j.add)
	}
	return j
}

func (l *Layer) allShapes() []uint32 {
	var all []uint32
	for n, f := range l.feats {
		if f.state&used != 0 && f.state&isPoint == 0 {
			all = append(all, uint32(n))
		}
	}
	return all
}

// rerank ranks what came in with an edit, and the neighbours whose borders it made or broke.
func (l *Layer) rerank(c *change) {
	c.put = slices.DeleteFunc(c.put, func(n uint32) bool { return l.feats[n].state&isPoint != 0 }) // put twice
	switch l.spec.Simplify {
	case Each:
		l.rank(c.put, nil)
	case Shared:
		for _, n := range c.put {
			l.shapes.each(l.feats[n].a, func(_ mvt.Part, pts []tiles.World, _ []uint8) { c.pts = append(c.pts, pts...) })
		}
		if len(c.pts) == 0 {
			return
		}
		affected := l.touching(c)
		near := l.near(affected)
		for _, n := range l.rank(affected, l.junctionsOf(near)) {
			if l.feats[n].state&shown != 0 {
				c.at(l.box(n))
			}
		}
	}
}

// touching is every shape with a vertex where the edit had or has one, in order.
func (l *Layer) touching(c *change) []uint32 {
	places := newJunctions(len(c.pts))
	for _, w := range c.pts {
		places.side(w, w)
	}
	var out []uint32
	for _, n := range l.within(c.around) {
		hit := false
		l.shapes.each(l.feats[n].a, func(_ mvt.Part, pts []tiles.World, _ []uint8) {
			hit = hit || slices.ContainsFunc(pts, func(w tiles.World) bool { return places.slot(w).degree != 0 })
		})
		if hit {
			out = append(out, n)
		}
	}
	return out
}

// near is every shape whose box touches the box of one of these, themselves included.
func (l *Layer) near(ns []uint32) []uint32 {
	boxes := make([]worldBox, len(ns))
	for i, n := range ns {
		boxes[i] = l.box(n)
	}
	return l.within(boxes)
}

// within is every shape whose box touches one of the boxes, in order and once.
func (l *Layer) within(boxes []worldBox) []uint32 {
	var out []uint32
	for _, b := range boxes {
		l.boxes.Search(b.bound(), func(_ orb.Bound, n uint32) bool {
			out = append(out, n)
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}
