package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// An edge is one straight piece of a border or a line.
type edge struct{ a, b orb.Point }

// rows holds edges by latitude, so that what concerns a place need not look at all of them. An edge stands in
// every row that it touches; the edges of neighbouring rows lie one after the other. It is kept small: a search
// among 10,000 fences waits for memory most of the time.
type rows struct {
	low, perRow float64  // latitude of the first row, rows per degree
	few         uint64   // where each of fewRows rows begins, a byte each
	many        *[]int32 // where each row begins, and the end, when few is not enough
	edges       []edge
}

const (
	fewRows     = 8
	fewEdges    = 255
	edgesPerRow = 8
	mostCopies  = 4 // rows are made higher until edges stand in no more than so many on average
)

// rowsOf sorts edges into rows; pad is how many degrees of latitude they reach beyond themselves.
func rowsOf(edges []edge, pad float64) rows {
	r := rows{low: math.Inf(1)}
	high := math.Inf(-1)
	for _, e := range edges {
		r.low, high = min(r.low, e.a[1]-pad, e.b[1]-pad), max(high, e.a[1]+pad, e.b[1]+pad)
	}
	for n := max(fewRows, len(edges)/edgesPerRow); ; n /= 2 {
		if len(edges) <= edgesPerRow || high <= r.low {
			n = 1
		}
		r.perRow = 0
		if n > 1 {
			r.perRow = float64(n) / (high - r.low)
		}
		start, copies := r.count(edges, pad, n)
		if n == 1 || copies <= mostCopies*len(edges) {
			r.fill(edges, pad, start)
			return r
		}
	}
}

// count is where each row begins, and the end.
func (r *rows) count(edges []edge, pad float64, n int) (start []int32, copies int) {
	start = make([]int32, n+1)
	r.many = &start
	for _, e := range edges {
		first, last := r.reach(e, pad)
		for i := first; i <= last; i++ {
			start[i]++
		}
		copies += last - first + 1
	}
	total := int32(0)
	for i, k := range start {
		start[i] = total
		total += k
	}
	return start, copies
}

func (r *rows) fill(edges []edge, pad float64, start []int32) {
	n := len(start) - 1
	r.edges = make([]edge, start[n])
	next := append([]int32(nil), start...)
	for _, e := range edges {
		first, last := r.reach(e, pad)
		for i := first; i <= last; i++ {
			r.edges[next[i]] = e
			next[i]++
		}
	}
	if (n == 1 || n == fewRows) && len(r.edges) <= fewEdges {
		r.many = nil
		for i := range fewRows {
			r.few |= uint64(start[min(i, n)]) << (8 * i)
		}
	}
}

func (r *rows) reach(e edge, pad float64) (first, last int) {
	return r.row(min(e.a[1], e.b[1]) - pad), r.row(max(e.a[1], e.b[1]) + pad)
}

// row grows with the latitude, so what lies between two latitudes stands in rows between theirs.
func (r *rows) row(lat float64) int {
	last := fewRows - 1
	if r.many != nil {
		last = len(*r.many) - 2
	}
	if at := (lat - r.low) * r.perRow; at > 0 { // it may be no number where the rows are infinitely low
		return int(min(at, float64(last)))
	}
	return 0
}

// between are the edges that may reach into a band of latitude. Some may come twice.
func (r *rows) between(low, high float64) []edge {
	first, last := r.row(low), r.row(high)
	if r.many != nil {
		return r.edges[(*r.many)[first]:(*r.many)[last+1]]
	}
	begin, end := int(uint8(r.few>>(8*first))), len(r.edges)
	if last+1 < fewRows {
		end = int(uint8(r.few >> (8*last + 8)))
	}
	return r.edges[begin:end]
}

// beside are the edges that may come nearer to a latitude than so many metres.
func (r *rows) beside(lat, meters float64) []edge {
	d := meters / leastDegree
	return r.between(lat-d, lat+d)
}
