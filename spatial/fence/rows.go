package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// An edge is one straight piece of a border or a line.
type edge struct{ a, b orb.Point }

// rows holds edges by latitude, so that what concerns a place need not look at all of them. An edge stands in
// every row that it touches; the edges of neighbouring rows lie one after the other. A few edges stand in one row.
type rows struct {
	low, perRow float64  // latitude of the first row, rows per degree
	start       *[]int32 // where each row begins, and the end; nil when there is one row
	edges       []edge
}

const (
	fewEdges    = 32
	edgesPerRow = 8
	mostCopies  = 4 // rows are made higher until edges stand in no more than so many on average
)

// rowsOf sorts edges into rows; pad is how many degrees of latitude they reach beyond themselves.
func rowsOf(edges []edge, pad float64) rows {
	low, high := math.Inf(1), math.Inf(-1)
	for _, e := range edges {
		low, high = min(low, e.a[1]-pad, e.b[1]-pad), max(high, e.a[1]+pad, e.b[1]+pad)
	}
	for n := len(edges) / edgesPerRow; len(edges) > fewEdges && n > 1; n /= 2 {
		start := make([]int32, n+1)
		r := rows{low: low, perRow: float64(n) / (high - low), start: &start}
		if copies := r.count(edges, pad); copies <= mostCopies*len(edges) {
			r.fill(edges, pad, copies)
			return r
		}
	}
	return rows{edges: edges}
}

// count sets where each row begins, and the end, and returns how many places all rows have.
func (r *rows) count(edges []edge, pad float64) (total int) {
	start := *r.start
	for _, e := range edges {
		first, last := r.reach(e, pad)
		for i := first; i <= last; i++ {
			start[i]++
		}
	}
	for i, n := range start {
		start[i] = int32(total)
		total += int(n)
	}
	return total
}

func (r *rows) fill(edges []edge, pad float64, copies int) {
	r.edges = make([]edge, copies)
	next := append([]int32(nil), *r.start...)
	for _, e := range edges {
		first, last := r.reach(e, pad)
		for i := first; i <= last; i++ {
			r.edges[next[i]] = e
			next[i]++
		}
	}
}

func (r *rows) reach(e edge, pad float64) (first, last int) {
	return r.row(min(e.a[1], e.b[1]) - pad), r.row(max(e.a[1], e.b[1]) + pad)
}

// row grows with the latitude, so what lies between two latitudes stands in rows between theirs.
func (r *rows) row(lat float64) int {
	if at := (lat - r.low) * r.perRow; at > 0 { // it may be no number, where rows are infinitely low
		return int(min(at, float64(len(*r.start)-2)))
	}
	return 0
}

// between are the edges that may reach into a band of latitude. Some may come twice.
func (r *rows) between(low, high float64) []edge {
	if r.start == nil {
		return r.edges
	}
	return r.edges[(*r.start)[r.row(low)]:(*r.start)[r.row(high)+1]]
}

// beside are the edges that may come nearer to a latitude than so many metres.
func (r *rows) beside(lat, meters float64) []edge {
	d := meters / leastDegree
	return r.between(lat-d, lat+d)
}
