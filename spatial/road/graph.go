package road

import (
	"math"
	"sync"

	"github.com/paulmach/orb"
)

// A Graph is roads between the places where they meet. Its shape never changes, its speeds do. All methods are
// safe for concurrent use; each query sees one state of all speeds.
//
// Segments are cut into edges at the nodes, the places that they share. An edge has two arcs, one for each
// direction: 2e along its line, 2e+1 against it; closed ones too, so that they can open. Searches run over states.
// A node is one state; where turns are restricted, it has another one for every arc that a rule speaks about, with
// only those arcs going out that may be driven after it. So restrictions cost nothing where there are none. The
// first state of a node leads everywhere: it is where journeys begin.
type Graph struct {
	points   []orb.Point // of all edges, one after the other
	edges    []edge
	segments []segment
	byID     map[string]int32 // the first segment of that ID
	states   []int32          // of each node the first state; one more at the end
	heads    []int32          // of each arc the state in which one arrives
	main     []bool           // of each edge: in the largest part where every place can be reached from every other
	tree     pack
	leftHand bool
	report   Report
	searches sync.Pool

	mu    sync.RWMutex // guards segment.speed, segment.closed and hop.seconds; held during a whole search, so that it sees one state
	ahead star         // from each state the arcs that go on
	back  star         // to each state the arcs that come in
}

type edge struct {
	from, to    int32 // nodes
	first, last int32 // points, both included
	segment     int32
	meters      float64
}

type segment struct {
	id, name    string
	first, last int32 // edges, last excluded
	next        int32 // another segment of the same ID, or -1
	speed       [2]float64
	closed      Direction
}

// A star lists for each state the arcs that touch it on one side.
type star struct {
	first []int32
	hops  []hop
}

type hop struct {
	to      int32 // state at the other side
	arc     int32
	seconds float64 // +Inf when closed
}

func (s *star) at(state int32) []hop { return s.hops[s.first[state]:s.first[state+1]] }

// line is the edge's geometry.
func (g *Graph) line(e int32) []orb.Point { return g.points[g.edges[e].first : g.edges[e].last+1] }

// tail is the node where an arc begins, head where it ends.
func (g *Graph) tail(arc int32) int32 {
	if arc&1 == 0 {
		return g.edges[arc>>1].from
	}
	return g.edges[arc>>1].to
}

func (g *Graph) head(arc int32) int32 { return g.tail(arc ^ 1) }

// speed is how fast an arc is driven now, 0 when it is closed.
func (g *Graph) speed(arc int32) float64 {
	return g.segments[g.edges[arc>>1].segment].pace(arc & 1)
}

func (s *segment) pace(way int32) float64 {
	if s.closed&(Forward<<way) != 0 || s.speed[way] < slowest {
		return 0
	}
	return s.speed[way]
}

// slowest is the speed in m/s below which a road is closed, so that every time is finite.
const slowest = 0.001

// open tells whether an edge can be driven in some direction.
func (g *Graph) open(e int32) bool { return g.speed(2*e) > 0 || g.speed(2*e+1) > 0 }

// seconds is how long it takes to drive some metres of an arc.
func (g *Graph) seconds(arc int32, meters float64) float64 {
	if v := g.speed(arc); v > 0 {
		return meters / v
	}
	return math.Inf(1)
}
