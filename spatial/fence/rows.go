package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// An edge is one straight piece of a border or a line.
type edge struct{ a, b orb.Point }

// rows holds edges by latitude, so that what concerns a place need not look at all of them. An edge stands in
// every row that it touches; the edges of neighbouring rows lie one after the other.
type rows struct {
	low, perRow float64 // latitude of the first row, rows per degree
	start       []int32 // where each row begins in edges, and the end
	edges       []edge
}

const (
	edgesPerRow = 8
	mostCopies  = 4 // rows are made higher until edges stand in no more than so many on average
)

// rowsOf sorts edges into rows; pad is how many degrees of latitude they reach beyond themselves.
func rowsOf(edges []edge, pad float64) rows {
	low, high := math.Inf(1), math.Inf(-1)
	for _, e := range edges {
		low, high = min(low, e.a[1]-pad, e.b[1]-pad), max(high, e.a[1]+pad, e.b[1]+pad)
	}
	for n := max(1, len(edges)/edgesPerRow); ; n /= 2 {
		r := rows{low: low, start: make([]int32, n+1)}
		if high > low {
			r.perRow = float64(n) / (high - low)
		}
		copies := 0
		for _, e := range edges {
			first, last := r.reach(e, pad)
			for i := first; i <= last; i++ {
				r.start[i]++
			}
			copies += last - first + 1
		}
		if n == 1 || copies <= mostCopies*len(edges) {
			return r.filled(edges, pad, copies)
		}
	}
}

// filled puts the edges where start, which holds how many each row has, says.
func (r rows) filled(edges []edge, pad float64, copies int) rows {
	total := int32(0)
	for i, n := range r.start {
		r.start[i] = total
		total += n
	}
	r.edges = make([]edge, copies)
	next := append([]int32(nil), r.start...)
	for _, e := range edges {
		first, last := r.reach(e, pad)
		for i := first; i <= last; i++ {
			r.edges[next[i]] = e
			next[i]++
		}
	}
	return r
}

func (r *rows) reach(e edge, pad float64) (first, last int) {
	return r.row(min(e.a[1], e.b[1]) - pad), r.row(max(e.a[1], e.b[1]) + pad)
}

// row grows with the latitude, so what lies between two latitudes stands in rows between theirs.
func (r *rows) row(lat float64) int {
	return int(min(max((lat-r.low)*r.perRow, 0), float64(len(r.start)-2)))
}

// between are the edges that may reach into a band of latitude. Some may come twice.
func (r *rows) between(low, high float64) []edge {
	return r.edges[r.start[r.row(low)]:r.start[r.row(high)+1]]
}

// beside are the edges that may come nearer to a latitude than so many metres.
func (r *rows) beside(lat, meters float64) []edge {
	if len(r.start) == 2 {
		return r.edges
	}
	d := meters / leastDegree
	return r.between(lat-d, lat+d)
}
