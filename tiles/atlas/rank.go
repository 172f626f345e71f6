package atlas

import (
	"math"
	"slices"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// The rank of a vertex is the first zoom at which it shows. Vertices are ranked by Douglas and Peucker's
// method: one that lies farther than tolerance from the line without it is needed at that zoom. A vertex is
// never needed earlier than those between which it was found, so the line of each zoom refines the line of
// the zoom before.

// tolerance is in tile units: a quarter of a pixel on a tile of 512.
const tolerance = 2

// never is the rank of vertices on a straight line: they show at full detail only.
const never = 254

// rankOf is the first zoom at which a distance, squared and in world steps, is more than the tolerance.
func rankOf(squared float64) uint8 {
	if squared <= 0 {
		return never
	}
	_, e := math.Frexp(squared / (tolerance * tolerance)) // at least 2^(e-1)
	return uint8(min(max((42-e)>>1, 0), never))           // at zoom z a tile unit is 2^(20-z) steps
}

// less is the order of world places that makes everything canonical.
func less(a, b tiles.World) bool { return a.X < b.X || a.X == b.X && a.Y < b.Y }

// A ranker ranks the parts of shapes. With junctions, parts are cut there, and each arc between two of them is
// ranked in the same direction wherever it stands, so that all shapes that share it rank it alike.
type ranker struct {
	junctions *junctions // nil when every shape stands for itself
	arc       []tiles.World
	ranks     []uint8
	stops     []int
	stack     []stretch
}

type stretch struct {
	from, to int
	rank     uint8
}

// rank sets the ranks of one part.
func (r *ranker) rank(part mvt.Part, pts []tiles.World, ranks []uint8) {
	clear(ranks)
	switch part {
	case mvt.LinePart:
		r.cutLine(pts)
	case mvt.OuterPart, mvt.InnerPart:
		r.cutRing(pts)
	default:
		return
	}
	for i := 1; i < len(r.stops); i++ {
		r.between(pts, ranks, r.stops[i-1], r.stops[i])
	}
}

// cutLine finds the stops of a line: its ends and the junctions between.
func (r *ranker) cutLine(pts []tiles.World) {
	r.stops = append(r.stops[:0], 0)
	for i := 1; i < len(pts)-1; i++ {
		if r.junctions != nil && r.junctions.at(pts[i]) {
			r.stops = append(r.stops, i)
		}
	}
	r.stops = append(r.stops, len(pts)-1)
}

// cutRing finds the stops of a ring: its junctions, else its first vertex in canonical order and the one that
// is farthest from it. The last stop closes the ring; indexes run on behind its end.
func (r *ranker) cutRing(pts []tiles.World) {
	r.stops = r.stops[:0]
	for i, p := range pts {
		if r.junctions != nil && r.junctions.at(p) {
			r.stops = append(r.stops, i)
		}
	}
	if len(r.stops) == 0 && len(pts) > 0 {
		first, far := 0, 0
		for i, p := range pts {
			if less(p, pts[first]) {
				first = i
			}
		}
		for i, p := range pts {
			d, best := distance2(p, pts[first], pts[first]), distance2(pts[far], pts[first], pts[first])
			if d > best || d == best && less(p, pts[far]) {
				far = i
			}
		}
		r.stops = append(r.stops, min(first, far))
		if first != far {
			r.stops = append(r.stops, max(first, far))
		}
	}
	if len(r.stops) > 0 {
		r.stops = append(r.stops, r.stops[0]+len(pts))
	}
}

// between ranks the vertices between two stops.
func (r *ranker) between(pts []tiles.World, ranks []uint8, from, to int) {
	if to-from < 2 {
		return
	}
	r.arc = r.arc[:0]
	for i := from; i <= to; i++ {
		r.arc = append(r.arc, pts[i%len(pts)])
	}
	back := backwards(r.arc)
	if back {
		slices.Reverse(r.arc)
	}
	r.reduce()
	if back {
		slices.Reverse(r.ranks)
	}
	for i := from + 1; i < to; i++ {
		ranks[i%len(pts)] = r.ranks[i-from]
	}
}

// backwards tells whether an arc runs against its canonical direction.
func backwards(arc []tiles.World) bool {
	for i, j := 0, len(arc)-1; i < j; i, j = i+1, j-1 {
		if arc[i] != arc[j] {
			return less(arc[j], arc[i])
		}
	}
	return false
}

// reduce ranks the vertices of r.arc into r.ranks.
func (r *ranker) reduce() {
	r.ranks = append(r.ranks[:0], make([]uint8, len(r.arc))...)
	r.stack = append(r.stack[:0], stretch{0, len(r.arc) - 1, 0})
	for len(r.stack) > 0 {
		s := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		far, most := s.from, -1.0
		for i := s.from + 1; i < s.to; i++ {
			if d := distance2(r.arc[i], r.arc[s.from], r.arc[s.to]); d > most {
				far, most = i, d
			}
		}
		if far == s.from {
			continue
		}
		rank := max(s.rank, rankOf(most))
		r.ranks[far] = rank
		r.stack = append(r.stack, stretch{s.from, far, rank}, stretch{far, s.to, rank})
	}
}

// distance2 is the squared distance of p from the segment a, b.
func distance2(p, a, b tiles.World) float64 {
	px, py := float64(p.X)-float64(a.X), float64(p.Y)-float64(a.Y)
	dx, dy := float64(b.X)-float64(a.X), float64(b.Y)-float64(a.Y)
	if length := float64(dx*dx) + float64(dy*dy); length > 0 {
		t := min(max((float64(px*dx)+float64(py*dy))/length, 0), 1)
		px -= float64(t * dx)
		py -= float64(t * dy)
	}
	return float64(px*px) + float64(py*py)
}
