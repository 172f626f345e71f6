package demo

// A mesh divides the plane into faces without gaps and overlaps: streets, banks and borders are its edges,
// blocks its faces. It is a doubly connected edge list: every edge is two halves, 2i and 2i+1, that run in
// opposite directions, and the face of a half lies to its left. Whatever is built from faces shares its
// borders with its neighbours to the last vertex.
type mesh struct {
	at    []pt
	first []int32 // of each vertex: one half that leaves it
	half  []half
	edges []edge
	faces []face // faces[0] is the outside
}

type half struct{ from, next, prev, face int32 }

// An edge has what a street has between two vertices.
type edge struct {
	class  class
	street int32 // index of the city's streets, -1 for none
	line   lineID
	bridge bool
}

// A face keeps what it got before it was divided.
type face struct {
	half     int32
	band     band
	district int8 // 0 Qinzhou, 1 Maiji
	town     int8 // index of rural towns, -1 inside the city
}

// A lineID names the long lines that the city is laid out along.
type lineID int8

const (
	noLine lineID = iota
	northEdge
	northBank
	southBank
	southEdge
	regionEdge
)

// A band is a strip of the valley.
type band int8

const (
	hillsNorth band = iota
	cityNorth
	river
	citySouth
	hillsSouth
)

// newMesh has one face, inside the counter-clockwise ring.
func newMesh(ring []pt, e edge) *mesh {
	m := &mesh{faces: []face{{half: 1, town: -1}, {half: 0, town: -1}}}
	n := int32(len(ring))
	for i := range n {
		m.at = append(m.at, ring[i])
		m.first = append(m.first, 2*i)
		m.edges = append(m.edges, e)
		m.half = append(m.half,
			half{from: i, next: 2 * ((i + 1) % n), prev: 2 * ((i + n - 1) % n), face: 1},
			half{from: (i + 1) % n, next: 2*((i+n-1)%n) + 1, prev: 2*((i+1)%n) + 1, face: 0})
	}
	return m
}

func (m *mesh) to(h int32) int32   { return m.half[h^1].from }
func (m *mesh) a(h int32) pt       { return m.at[m.half[h].from] }
func (m *mesh) b(h int32) pt       { return m.at[m.half[h^1].from] }
func (m *mesh) edge(h int32) *edge { return &m.edges[h>>1] }

// split puts a vertex on an edge and returns it; h then ends there.
func (m *mesh) split(h int32, p pt) int32 {
	v, n, t := int32(len(m.at)), int32(len(m.half)), h^1
	b := m.half[t].from
	m.at, m.first = append(m.at, p), append(m.first, n)
	m.edges = append(m.edges, m.edges[h>>1])
	m.half = append(m.half,
		half{from: v, next: m.half[h].next, prev: h, face: m.half[h].face},
		half{from: b, next: t, prev: m.half[t].prev, face: m.half[t].face})
	if m.half[n].next == t { // the end of a blind alley
		m.half[n].next = n + 1
		m.half[n+1].prev = n
	} else {
		m.half[m.half[n].next].prev = n
		m.half[m.half[n+1].prev].next = n + 1
	}
	m.half[h].next, m.half[t].prev, m.half[t].from = n, n+1, v
	if m.first[b] == t {
		m.first[b] = n + 1
	}
	return v
}

// chord draws a line through face f from the vertex a to b by way of via. The part left of the line stays f,
// the other becomes a new face with the same marks. It returns the halves of the line from a to b.
func (m *mesh) chord(f, a, b int32, via []pt, e edge) []int32 {
	ha, hb := m.leaving(a, f), m.leaving(b, f)
	pa, pb := m.half[ha].prev, m.half[hb].prev
	line := m.path(a, via, b, e)
	g := int32(len(m.faces))
	m.faces = append(m.faces, m.faces[f])
	head, tail := line[0], line[len(line)-1]
	m.link(pa, head)
	m.link(tail, hb)
	m.link(pb, tail^1)
	m.link(head^1, ha)
	m.faces[f].half, m.faces[g].half = head, head^1
	for _, h := range line {
		m.half[h].face = f
	}
	for h := head ^ 1; ; {
		m.half[h].face = g
		if h = m.half[h].next; h == head^1 {
			break
		}
	}
	return line
}

// spur draws a blind alley into face f from the vertex a.
func (m *mesh) spur(f, a int32, via []pt, e edge) []int32 {
	ha := m.leaving(a, f)
	pa := m.half[ha].prev
	end := int32(len(m.at))
	m.at, m.first = append(m.at, via[len(via)-1]), append(m.first, -1)
	line := m.path(a, via[:len(via)-1], end, e)
	head, tail := line[0], line[len(line)-1]
	m.first[end] = tail ^ 1
	m.link(pa, head)
	m.link(tail, tail^1)
	m.link(head^1, ha)
	for _, h := range line {
		m.half[h].face, m.half[h^1].face = f, f
	}
	return line
}

// path makes the edges of a line; its ends are not linked yet.
func (m *mesh) path(a int32, via []pt, b int32, e edge) []int32 {
	var line []int32
	from := a
	for i := 0; i <= len(via); i++ {
		to := b
		if i < len(via) {
			to = int32(len(m.at))
			m.at, m.first = append(m.at, via[i]), append(m.first, int32(len(m.half)+1))
		}
		h := int32(len(m.half))
		m.half = append(m.half, half{from: from}, half{from: to})
		m.edges = append(m.edges, e)
		if len(line) > 0 {
			m.link(h-2, h)
			m.link(h^1, (h-2)^1)
		}
		line, from = append(line, h), to
	}
	return line
}

func (m *mesh) link(h, next int32) { m.half[h].next, m.half[next].prev = next, h }

// leaving is a half of face f that leaves the vertex, or -1.
func (m *mesh) leaving(v, f int32) int32 {
	for h := m.first[v]; ; {
		if m.half[h].face == f {
			return h
		}
		if h = m.half[h^1].next; h == m.first[v] {
			return -1
		}
	}
}

// spokes are the halves that leave a vertex, in clockwise order.
func (m *mesh) spokes(v int32) []int32 {
	var out []int32
	for h := m.first[v]; ; {
		out = append(out, h)
		if h = m.half[h^1].next; h == m.first[v] {
			return out
		}
	}
}

// between is a face that two vertices share, other than the outside, or -1.
func (m *mesh) between(a, b int32) int32 {
	for _, h := range m.spokes(a) {
		if f := m.half[h].face; f != 0 && m.leaving(b, f) >= 0 {
			return f
		}
	}
	return -1
}

// around are the halves of a face's border in order, without blind alleys.
func (m *mesh) around(f int32) []int32 {
	var out []int32
	for h := m.faces[f].half; ; {
		if m.half[h^1].face != f {
			out = append(out, h)
		}
		if h = m.half[h].next; h == m.faces[f].half {
			return out
		}
	}
}

// ring is the border of a face, counter-clockwise, not closed.
func (m *mesh) ring(f int32) []pt {
	hs := m.around(f)
	out := make([]pt, len(hs))
	for i, h := range hs {
		out[i] = m.a(h)
	}
	return out
}
