package meshopt

const triangleHeader = 0xe1

// pairs are the pairs of codes that often come; the format has them in the stream, at its end.
var pairs = [16]byte{0x00, 0x76, 0x87, 0x56, 0x67, 0x78, 0xa9, 0x86, 0x65, 0x89, 0x68, 0x98, 0x01, 0x69, 0, 0}

// triangles is the state of the index codec: the edges and vertices that came last, and what comes next.
type triangles struct {
	data       []byte
	edges      [16][2]uint32
	vertices   [16]uint32
	edge, vert int
	next, last uint32
	top        uint32 // above all vertices that came: what is not below it was never seen
}

// AppendTriangles appends the compressed form of a list of triangles. They come out in their order, some of them rotated.
func AppendTriangles(dst []byte, indices []uint32) []byte {
	var t triangles
	t.forget()
	for i := range t.edges {
		t.edges[i] = [2]uint32{^uint32(0), ^uint32(0)}
	}
	dst = append(dst, triangleHeader)
	t.data = make([]byte, 0, len(indices)/2)
	for i := 0; i+2 < len(indices); i += 3 {
		tri := [3]uint32(indices[i : i+3])
		dst = append(dst, t.code(tri))
		t.top = max(t.top, tri[0]+1, tri[1]+1, tri[2]+1)
	}
	dst = append(dst, t.data...)
	return append(dst, pairs[:]...)
}

func (t *triangles) forget() {
	for i := range t.vertices {
		t.vertices[i] = ^uint32(0)
	}
}

// code is the byte of a triangle; what does not fit into it goes into data.
func (t *triangles) code(tri [3]uint32) byte {
	if at, turn := t.edgeOf(tri); at >= 0 && at < 15 {
		return byte(at)<<4 | t.third(tri[turn], tri[(turn+1)%3], tri[(turn+2)%3])
	}
	switch t.next {
	case tri[1]:
		tri = [3]uint32{tri[1], tri[2], tri[0]}
	case tri[2]:
		tri = [3]uint32{tri[2], tri[0], tri[1]}
	}
	return t.whole(tri[0], tri[1], tri[2])
}

// third codes a triangle that has the edge a, b in common with an earlier one.
func (t *triangles) third(a, b, c uint32) byte {
	code := byte(15)
	switch at := t.vertexOf(c); {
	case at >= 1 && at < 13:
		code = byte(at)
	case c == t.next:
		t.next++
		code = 0
	case c+1 == t.last:
		code, t.last = 13, c
	case c == t.last+1:
		code, t.last = 14, c
	default:
		t.index(c)
	}
	if code == 0 || code >= 13 {
		t.pushVertex(c)
	}
	t.pushEdge(c, b)
	t.pushEdge(a, c)
	return code
}

// whole codes a triangle of three vertices.
func (t *triangles) whole(a, b, c uint32) byte {
	reset := a == 0 && b == 1 && c == 2 && t.next > 0
	if reset {
		t.next = 0
		t.forget()
	}
	atB, atC := t.vertexOf(b), t.vertexOf(c)
	codeA := byte(15)
	if a == t.next {
		t.next++
		codeA = 0
	}
	codeB, codeC := t.place(b, atB), t.place(c, atC)
	pair := codeB<<4 | codeC
	code := 0xf0 | 14 | codeA&1
	if known := pairOf(pair); codeA == 0 && known < 14 && !reset {
		code = 0xf0 | known
	} else {
		t.data = append(t.data, pair)
	}
	for _, v := range [3]struct {
		code  byte
		index uint32
	}{{codeA, a}, {codeB, b}, {codeC, c}} {
		if v.code == 15 {
			t.index(v.index)
		}
	}
	for _, v := range [3]struct {
		code  byte
		index uint32
	}{{codeA, a}, {codeB, b}, {codeC, c}} {
		if v.code == 0 || v.code == 15 {
			t.pushVertex(v.index)
		}
	}
	t.pushEdge(b, a)
	t.pushEdge(c, b)
	t.pushEdge(a, c)
	return code
}

// place is the code of the second or third vertex, which may be one of those that came last.
func (t *triangles) place(v uint32, at int) byte {
	switch {
	case at >= 0 && at < 14:
		return byte(at + 1)
	case v == t.next:
		t.next++
		return 0
	}
	return 15
}

func pairOf(pair byte) byte {
	for i, p := range pairs[:14] {
		if p == pair {
			return byte(i)
		}
	}
	return 15
}

// edgeOf finds an edge of the triangle among the last ones: how long ago it came, and at which corner it begins.
func (t *triangles) edgeOf(tri [3]uint32) (at, turn int) {
	if fresh := b2i(tri[0] >= t.top) + b2i(tri[1] >= t.top) + b2i(tri[2] >= t.top); fresh > 1 {
		return -1, 0
	}
	for i := range 16 {
		e := t.edges[(t.edge-1-i)&15]
		for turn := range 3 {
			if e[0] == tri[turn] && e[1] == tri[(turn+1)%3] {
				return i, turn
			}
		}
	}
	return -1, 0
}

func (t *triangles) vertexOf(v uint32) int {
	if v >= t.top {
		return -1
	}
	for i := range 16 {
		if t.vertices[(t.vert-1-i)&15] == v {
			return i
		}
	}
	return -1
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *triangles) pushEdge(a, b uint32) {
	t.edges[t.edge] = [2]uint32{a, b}
	t.edge = (t.edge + 1) & 15
}

func (t *triangles) pushVertex(v uint32) {
	t.vertices[t.vert] = v
	t.vert = (t.vert + 1) & 15
}

// index writes how far an index lies from the last one that was written.
func (t *triangles) index(v uint32) {
	d := v - t.last
	t.last = v
	for d = d<<1 ^ uint32(int32(d)>>31); d > 127; d >>= 7 {
		t.data = append(t.data, byte(d)|0x80)
	}
	t.data = append(t.data, byte(d))
}
