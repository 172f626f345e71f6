package road

import (
	"iter"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Report says what became of the segments.
type Report struct {
	Segments     int       // taken
	Dropped      []Dropped // segments, and restrictions that speak of what is not there
	Restrictions int       // that hold
	Nodes        int       // places where roads meet or end
	Edges        int       // parts of segments between nodes
	States       int       // of a search: nodes, and what turn restrictions add
	Meters       float64   // of all edges
	Components   int       // parts that no road connects, whatever its direction
	Largest      float64   // share of the metres in the largest of them
	Main         float64   // share of the metres where one can get from every place to every other, with speeds as built
}

// Dropped says why something was left out.
type Dropped struct{ ID, Reason string }

// A builder holds what is needed only until the graph stands. Vertices of all segments lie one after the other.
type builder struct {
	*Graph
	options Options
	weld    *welder
	runs    []run
	at      []orb.Point
	places  []int32 // of each vertex
	node    []int32 // of each place, -1 where nothing meets
	apart   map[int32][]int32
}

// A run is the vertices of one segment.
type run struct{ first, last int }

// Build makes a graph. It never fails: what it cannot take is listed in the report.
//
// Roads connect where they share a vertex, at an end or between. Levels keep apart what lies above each other in
// data that has a vertex at crossings of both: there, vertices of one level connect with each other, and a single
// end that meets nothing on its own level connects with the nearest level, as a bridge does with the bank.
func Build(segments iter.Seq[Segment], o Options) *Graph {
	if !(o.Tolerance > 0) {
		o.Tolerance = 0.1
	}
	o.Tolerance = max(o.Tolerance, 1e-6) // so that the cells of the welder can be counted
	b := &builder{Graph: &Graph{byID: map[string]int32{}, leftHand: o.LeftHand}, options: o}
	var levels []int
	for s := range segments {
		if why := b.take(s); why != "" {
			b.report.Dropped = append(b.report.Dropped, Dropped{s.ID, why})
			continue
		}
		levels = append(levels, s.Level)
	}
	b.separate(levels)
	b.cut()
	b.connect()
	b.judge()
	b.tree = newPack(b.Graph)
	b.searches.New = func() any { return &search{labels: make([]label, len(b.Graph.ahead.first)-1)} }
	return b.Graph
}

// take welds the vertices of a segment, or says why it cannot.
func (b *builder) take(s Segment) string {
	if err := spatial.CheckGeometry(s.Line); err != nil {
		return err.Error()
	}
	for _, v := range [2]float64{s.Forward, s.Backward} {
		if !validSpeed(v) {
			return "the speed is no number of metres per second"
		}
	}
	if len(b.at)+len(s.Line) > math.MaxInt32/2 {
		return "the graph is full"
	}
	if b.weld == nil {
		b.weld = newWelder(b.options.Tolerance, s.Line[0])
	}
	r := run{first: len(b.at)}
	for _, p := range s.Line {
		if n := b.weld.place(p); len(b.at) == r.first || n != b.places[len(b.places)-1] {
			b.at, b.places = append(b.at, p), append(b.places, n)
		}
	}
	r.last = len(b.at)
	if r.last-r.first < 2 {
		b.at, b.places = b.at[:r.first], b.places[:r.first]
		return "the line is shorter than the tolerance"
	}
	b.runs = append(b.runs, r)
	b.name(s)
	return ""
}

func validSpeed(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }

func (b *builder) name(s Segment) {
	n := int32(len(b.segments))
	next, ok := b.byID[s.ID]
	if !ok {
		next = -1
	}
	b.byID[s.ID] = n
	b.segments = append(b.segments, segment{id: s.ID, name: s.Name, next: next, speed: [2]float64{s.Forward, s.Backward}})
}

// cut finds the nodes and makes edges between them.
func (b *builder) cut() {
	b.findNodes()
	for i, r := range b.runs {
		b.segments[i].first = int32(len(b.edges))
		start := r.first
		for v := r.first + 1; v < r.last; v++ {
			if b.node[b.places[v]] >= 0 {
				b.addEdge(int32(i), start, v)
				start = v
			}
		}
		b.segments[i].last = int32(len(b.edges))
	}
	b.report.Segments, b.report.Edges = len(b.runs), len(b.edges)
}

// findNodes numbers the places that are ends, or that more than one vertex has.
func (b *builder) findNodes() {
	if b.weld == nil {
		return
	}
	used := make([]uint8, len(b.weld.at))
	for _, r := range b.runs {
		for v := r.first; v < r.last; v++ {
			used[b.places[v]] = min(2, used[b.places[v]]+1)
		}
		used[b.places[r.first]], used[b.places[r.last-1]] = 2, 2
	}
	b.node = make([]int32, len(used))
	var nodes []int32
	for p, n := range used {
		b.node[p] = -1
		if n == 2 {
			nodes = append(nodes, int32(p))
		}
	}
	sortAlong(nodes, func(p int32) orb.Point { return b.weld.at[p] })
	for i, p := range nodes {
		b.node[p] = int32(i)
	}
	b.report.Nodes = len(nodes)
}

// addEdge takes the vertices from start to end; its ends lie exactly at the nodes, so that lines join.
func (b *builder) addEdge(segment int32, start, end int) {
	first := int32(len(b.points))
	b.points = append(b.points, b.weld.at[b.places[start]])
	b.points = append(b.points, b.at[start+1:end]...)
	b.points = append(b.points, b.weld.at[b.places[end]])
	last := int32(len(b.points)) - 1
	b.edges = append(b.edges, edge{
		from: b.node[b.places[start]], to: b.node[b.places[end]],
		first: first, last: last, segment: segment,
		meters: length(b.points[first : last+1]),
	})
}
