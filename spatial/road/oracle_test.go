package road_test

import (
	"container/heap"
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/road"
)

// An oracle finds ways as plainly as possible: over pairs of an edge and a direction, from one place at a time,
// with lengths measured through the earth.
type oracle struct {
	edges  []oracleEdge
	out    map[orb.Point][]int // arcs (edge and direction) that leave a place
	banned map[[2]int]bool     // arc after arc
}

type oracleEdge struct {
	segment string
	line    orb.LineString
	meters  float64
	speed   [2]float64
}

// newOracle cuts the segments wherever exactly the same vertex occurs twice.
func newOracle(segments []road.Segment, restrictions []road.Restriction) *oracle {
	uses := map[orb.Point]int{}
	for _, s := range segments {
		for i, p := range s.Line {
			uses[p]++
			if i == 0 || i == len(s.Line)-1 {
				uses[p] += 2
			}
		}
	}
	o := &oracle{out: map[orb.Point][]int{}, banned: map[[2]int]bool{}}
	for _, s := range segments {
		start := 0
		for i := 1; i < len(s.Line); i++ {
			if uses[s.Line[i]] < 2 {
				continue
			}
			e := oracleEdge{segment: s.ID, line: s.Line[start : i+1], speed: [2]float64{s.Forward, s.Backward}}
			for j := start; j < i; j++ {
				e.meters += chord(s.Line[j], s.Line[j+1])
			}
			start = i
			n := len(o.edges)
			o.edges = append(o.edges, e)
			o.out[o.tail(2*n)] = append(o.out[o.tail(2*n)], 2*n)
			o.out[o.tail(2*n+1)] = append(o.out[o.tail(2*n+1)], 2*n+1)
		}
	}
	for _, r := range restrictions {
		o.restrict(r)
	}
	return o
}

// restrict knows the rules for segments that end where they meet.
func (o *oracle) restrict(r road.Restriction) {
	for _, back := range o.out[r.Via] {
		for _, out := range o.out[r.Via] {
			in := back ^ 1
			means := o.edges[out/2].segment == r.To && (r.From != r.To || out == back)
			if o.edges[in/2].segment == r.From && means != r.Only {
				o.banned[[2]int{in, out}] = true
			}
		}
	}
}

// noTurningBack forbids to turn back wherever something else goes on.
func (o *oracle) noTurningBack() {
	for in := range 2 * len(o.edges) {
		for _, out := range o.out[o.tail(in^1)] {
			if out != in^1 && o.edges[out/2].speed[out%2] > 0 && !o.banned[[2]int{in, out}] {
				o.banned[[2]int{in, in ^ 1}] = true
			}
		}
	}
}

func (o *oracle) tail(arc int) orb.Point {
	l := o.edges[arc/2].line
	if arc%2 == 0 {
		return l[0]
	}
	return l[len(l)-1]
}

// chord is the distance through the earth: short of the way over it by a thousand millionth for a kilometre.
func chord(a, b orb.Point) float64 {
	p, q := onEllipsoid(a), onEllipsoid(b)
	return math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
}

func onEllipsoid(p orb.Point) [3]float64 {
	const a, f = 6378137.0, 1 / 298.257223563
	lon, lat := p[0]*math.Pi/180, p[1]*math.Pi/180
	e2 := f * (2 - f)
	n := a / math.Sqrt(1-e2*math.Sin(lat)*math.Sin(lat))
	return [3]float64{n * math.Cos(lat) * math.Cos(lon), n * math.Cos(lat) * math.Sin(lon), n * (1 - e2) * math.Sin(lat)}
}

// A spot is a place as the oracle sees it.
type spot struct {
	edge  int
	along float64
}

// find is the spot of a place that the graph has snapped.
func (o *oracle) find(g *road.Graph, p road.Place) spot {
	id, _ := g.Segment(p)
	best, found := math.Inf(1), spot{edge: -1}
	for n, e := range o.edges {
		if e.segment != id {
			continue
		}
		along := 0.0
		for i := 1; i < len(e.line); i++ {
			step := chord(e.line[i-1], e.line[i])
			off := chord(e.line[i-1], p.Point) + chord(p.Point, e.line[i]) - step
			if off < best {
				best, found = off, spot{n, along + min(step, chord(e.line[i-1], p.Point))}
			}
			along += step
		}
	}
	return found
}

// node is the place where a spot is, when it is at the end of an edge.
func (o *oracle) node(s spot) (orb.Point, bool) {
	e := o.edges[s.edge]
	switch {
	case s.along < 1e-9:
		return e.line[0], true
	case s.along > e.meters-1e-9:
		return e.line[len(e.line)-1], true
	}
	return orb.Point{}, false
}

// from finds when the head of each arc is reached along it.
func (o *oracle) from(s spot) []float64 {
	at := make([]float64, 2*len(o.edges))
	for i := range at {
		at[i] = math.Inf(1)
	}
	q := &later{}
	reach := func(arc int, seconds float64) {
		if seconds < at[arc] {
			at[arc] = seconds
			heap.Push(q, timed{arc, seconds})
		}
	}
	if n, ok := o.node(s); ok {
		for _, arc := range o.out[n] {
			reach(arc, o.seconds(arc, o.edges[arc/2].meters))
		}
	} else {
		reach(2*s.edge, o.seconds(2*s.edge, o.edges[s.edge].meters-s.along))
		reach(2*s.edge+1, o.seconds(2*s.edge+1, s.along))
	}
	for q.Len() > 0 {
		top := heap.Pop(q).(timed)
		if top.seconds > at[top.arc] {
			continue
		}
		for _, next := range o.out[o.tail(top.arc^1)] {
			if !o.banned[[2]int{top.arc, next}] {
				reach(next, top.seconds+o.seconds(next, o.edges[next/2].meters))
			}
		}
	}
	return at
}

func (o *oracle) seconds(arc int, meters float64) float64 {
	if v := o.edges[arc/2].speed[arc%2]; v > 0 {
		return meters / v
	}
	return math.Inf(1)
}

// between is how long it takes from one spot to another; at is what from(s) returned.
func (o *oracle) between(s, to spot, at []float64) float64 {
	best := math.Inf(1)
	start, isNode := o.node(s)
	if n, ok := o.node(to); ok {
		if isNode && start == n {
			return 0
		}
		for _, back := range o.out[n] {
			best = min(best, at[back^1])
		}
		return best
	}
	for way := range 2 {
		arc, done := 2*to.edge+way, to.along
		if way == 1 {
			done = o.edges[to.edge].meters - to.along
		}
		for _, back := range o.out[o.tail(arc)] {
			if in := back ^ 1; !o.banned[[2]int{in, arc}] {
				best = min(best, at[in]+o.seconds(arc, done))
			}
		}
		if isNode && start == o.tail(arc) {
			best = min(best, o.seconds(arc, done))
		}
		if s.edge == to.edge && (to.along-s.along)*float64(1-2*way) >= 0 {
			best = min(best, o.seconds(arc, math.Abs(to.along-s.along)))
		}
	}
	return best
}

type timed struct {
	arc     int
	seconds float64
}
type later []timed

func (l later) Len() int           { return len(l) }
func (l later) Less(i, j int) bool { return l[i].seconds < l[j].seconds }
func (l later) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *later) Push(v any)        { *l = append(*l, v.(timed)) }
func (l *later) Pop() any {
	v := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return v
}

// same allows for the millimetre by which a spot on a long line depends on how one measures along it.
func same(got time.Duration, seconds float64) bool {
	return math.Abs(got.Seconds()-seconds) <= 1e-4+1e-6*seconds
}
