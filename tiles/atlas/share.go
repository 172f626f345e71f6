package atlas

import (
	"math"
	"math/bits"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// junctions knows at which places the borders of several shapes part: where the segments of all shapes
// together, each counted once, are not exactly two, or where a line ends. It is a hash table of places with
// their first two neighbours, all of them as numbers of vertices from 1: a city has ten million.
type junctions struct {
	pts   []tiles.World
	slots []place
}

// A place is free when at is 0. b is 0 as long as there is only one neighbour.
type place struct{ at, a, b uint32 }

// parted stands for b where there is a junction.
const parted = math.MaxUint32

// newJunctions makes a table for at most so many of the vertices.
func newJunctions(pts []tiles.World, most int) *junctions {
	return &junctions{pts, make([]place, most+most/2+1)}
}

func (j *junctions) slot(w tiles.World) *place {
	h, _ := bits.Mul64((uint64(w.X)<<32|uint64(w.Y))*0x9e3779b97f4a7c15, uint64(len(j.slots)))
	for i := int(h); ; i++ {
		if i == len(j.slots) {
			i = 0
		}
		if s := &j.slots[i]; s.at == 0 || j.pts[s.at-1] == w {
			return s
		}
	}
}

// has tells whether a place was added.
func (j *junctions) has(w tiles.World) bool { return j.slot(w).at != 0 }

// at tells whether there is a junction at a place that was added.
func (j *junctions) at(w tiles.World) bool {
	b := j.slot(w).b
	return b == 0 || b == parted
}

// side adds a segment at one of its ends. Both are indexes of vertices.
func (j *junctions) side(end, other uint32) {
	s, neighbour := j.slot(j.pts[end]), j.pts[other]
	switch {
	case s.at == 0:
		*s = place{at: end + 1, a: other + 1}
	case s.b == parted || j.pts[s.a-1] == neighbour:
	case s.b == 0:
		s.b = other + 1
	case j.pts[s.b-1] != neighbour:
		s.b = parted
	}
}

// add adds the segments of a part, whose n vertices begin at an index.
func (j *junctions) add(part mvt.Part, from, n uint32) {
	if part == mvt.PointPart || n < 2 {
		return
	}
	last := from + n - 1
	for i := from; i < last; i++ {
		j.side(i, i+1)
		j.side(i+1, i)
	}
	if part != mvt.LinePart {
		j.side(last, from)
		j.side(from, last)
		return
	}
	j.slot(j.pts[from]).b = parted
	j.slot(j.pts[last]).b = parted
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
	j := newJunctions(l.shapes.pts, size)
	for _, n := range ns {
		shape := l.feats[n].a
		at := l.shapes.all[shape].at
		l.shapes.each(shape, func(part mvt.Part, pts []tiles.World, _ []uint8) {
			j.add(part, at, uint32(len(pts)))
			at += uint32(len(pts))
		})
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
	places := newJunctions(c.pts, len(c.pts))
	for i := range uint32(len(c.pts)) {
		places.side(i, i)
	}
	var out []uint32
	for _, n := range l.within(c.around) {
		hit := false
		l.shapes.each(l.feats[n].a, func(_ mvt.Part, pts []tiles.World, _ []uint8) {
			hit = hit || slices.ContainsFunc(pts, places.has)
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
