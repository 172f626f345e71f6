package shape

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// A path is a way through places, closed or not, that belongs to one ring of one polygon.
type path struct {
	places     []orb.Point // of a closed path, the first again at the end
	part, ring int32
	knotted    bool // crosses or runs along itself other than in its corners
}

// cut is a place in which a side of a path must be cut.
type cut struct {
	seg int
	at  orb.Point
}

// maxRounds is how often crossings are looked for. Cutting a side bends it by a rounding error, which can make
// a new crossing, but hardly a third time.
const maxRounds = 12

// A noder cuts paths until their sides meet in ends only.
type noder struct {
	tree
	paths    []path
	from     []int // first side of each path
	cuts     []cut
	round    int
	crossing *orb.Point // where two sides as given cross
}

// node returns false when no end was found within reason.
func (n *noder) node() bool {
	for n.round = range maxRounds {
		n.segs, n.from, n.cuts = n.segs[:0], n.from[:0], n.cuts[:0]
		for i, p := range n.paths {
			n.from = append(n.from, len(n.segs))
			for k := 1; k < len(p.places); k++ {
				n.segs = append(n.segs, segment{p.places[k-1], p.places[k], int32(i)})
			}
		}
		n.plant()
		if !n.pairs(n.compare) {
			return false
		}
		if len(n.cuts) == 0 {
			return true
		}
		n.cutAll()
	}
	return false
}

// compare collects the cuts that two sides make in each other.
func (n *noder) compare(i, j int) bool {
	s, t := &n.segs[i], &n.segs[j]
	at, how := contact(s, t)
	if s.ring == t.ring && (how == crosses || how == overlaps) {
		n.paths[s.ring].knotted = true
	}
	switch how {
	case apart:
		return true
	case crosses:
		if n.crossing == nil && n.round == 0 {
			n.crossing = &at
		}
		at = snap(at, s, t)
		n.cut(i, at)
		n.cut(j, at)
	case touches:
		n.cut(i, at)
		n.cut(j, at)
	case overlaps:
		for _, p := range [2]orb.Point{t.a, t.b} {
			if inBox(s, p) {
				n.cut(i, p)
			}
		}
		for _, p := range [2]orb.Point{s.a, s.b} {
			if inBox(t, p) {
				n.cut(j, p)
			}
		}
	}
	n.work += 8
	return len(n.cuts) < 250_000+8*len(n.segs)
}

func inBox(s *segment, p orb.Point) bool {
	b := boxOf(s)
	return p[0] >= b.minX && p[0] <= b.maxX && p[1] >= b.minY && p[1] <= b.maxY
}

// snap moves a computed crossing onto an end of the sides that is as near as rounding can tell.
func snap(at orb.Point, s, t *segment) orb.Point {
	for _, p := range [4]orb.Point{s.a, s.b, t.a, t.b} {
		if near(at[0], p[0]) && near(at[1], p[1]) {
			return p
		}
	}
	return at
}

func near(a, b float64) bool {
	d := a - b
	return d*d <= 1e-28*(a*a+b*b)
}

// cut notes a cut unless the place is an end of the side.
func (n *noder) cut(i int, at orb.Point) {
	if s := &n.segs[i]; at != s.a && at != s.b {
		n.cuts = append(n.cuts, cut{i, at})
	}
}

// cutAll puts the cuts into the paths, along each side in its direction.
func (n *noder) cutAll() {
	slices.SortFunc(n.cuts, func(a, b cut) int {
		if a.seg != b.seg {
			return cmp.Compare(a.seg, b.seg)
		}
		return cmp.Compare(n.along(a), n.along(b))
	})
	k := 0
	for i := range n.paths {
		p := &n.paths[i]
		end := n.from[i] + len(p.places) - 1
		if k == len(n.cuts) || n.cuts[k].seg >= end {
			continue
		}
		out := make([]orb.Point, 0, len(p.places)+8)
		for s := n.from[i]; s < end; s++ {
			out = appendPlace(out, n.segs[s].a)
			for ; k < len(n.cuts) && n.cuts[k].seg == s; k++ {
				out = appendPlace(out, n.cuts[k].at)
			}
		}
		p.places = appendPlace(out, n.segs[end-1].b)
	}
}

func (n *noder) along(c cut) float64 {
	s := &n.segs[c.seg]
	return (c.at[0]-s.a[0])*(s.b[0]-s.a[0]) + (c.at[1]-s.a[1])*(s.b[1]-s.a[1])
}

func appendPlace(out []orb.Point, p orb.Point) []orb.Point {
	if n := len(out); n > 0 && out[n-1] == p {
		return out
	}
	return append(out, p)
}
