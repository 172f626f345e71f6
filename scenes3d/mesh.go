package scenes3d

import (
	"fmt"
	"math"

	"github.com/wardmap/wardmap/scenes3d/earcut"
)

type vertex struct {
	at     vec
	normal [4]int8
	owner  uint32 // feature
}

// A mesh is triangles with flat normals in a frame. Its memory is used again by reset.
type mesh struct {
	frame    frame
	vertices []vertex
	indices  []uint32
	owner    uint32

	cutter earcut.Triangulator
	up     vec   // at the body at hand
	lows   []vec // of the body at hand: each point of its rings at the base
	highs  []vec // and at the eaves
	flat   []float64
	holes  []int
	cut    []uint32
	seen   []uint32
}

func (m *mesh) reset(f frame) {
	m.frame, m.owner = f, 0
	m.vertices, m.indices = m.vertices[:0], m.indices[:0]
}

func (m *mesh) vertex(p vec, normal [4]int8) uint32 {
	m.vertices = append(m.vertices, vertex{p, normal, m.owner})
	return uint32(len(m.vertices) - 1)
}

// owners is how many bodies have a vertex.
func (m *mesh) owners() int {
	n, last := 0, uint32(math.MaxUint32)
	for i := range m.vertices {
		if o := m.vertices[i].owner; o != last {
			n, last = n+1, o
		}
	}
	return n
}

// polygon adds a convex, plane face; its corners go counter-clockwise as seen from outside.
func (m *mesh) polygon(corners ...vec) {
	normal, ok := newell(corners)
	if !ok {
		return // no area: nothing to see
	}
	first := m.vertex(corners[0], normal)
	last := m.vertex(corners[1], normal)
	for _, c := range corners[2:] {
		next := m.vertex(c, normal)
		m.indices = append(m.indices, first, last, next)
		last = next
	}
}

// newell is the normal of a polygon by Newell's method, which stands corners that are nearly in line.
func newell(corners []vec) ([4]int8, bool) {
	switch len(corners) {
	case 3:
		return packNormal(corners[1].sub(corners[0]).cross(corners[2].sub(corners[0])))
	case 4: // the same sum, by the diagonals
		return packNormal(corners[2].sub(corners[0]).cross(corners[3].sub(corners[1])))
	}
	var sum vec
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		sum = sum.add(a.sub(corners[0]).cross(b.sub(corners[0])))
	}
	return packNormal(sum)
}

func packNormal(n vec) ([4]int8, bool) {
	length := n.length()
	if !(length > 1e-9) {
		return [4]int8{}, false
	}
	var out [4]int8
	scale := 127 / length
	for i := range n {
		out[i] = int8(int(n[i]*scale+128.5) - 128) // rounded: what is converted is positive
	}
	return out, true
}

// add builds a body. It fails, and adds nothing, where the footprint cannot be triangulated.
func (m *mesh) add(b *body) error {
	vertices, indices := len(m.vertices), len(m.indices)
	if err := m.build(b); err != nil {
		m.vertices, m.indices = m.vertices[:vertices], m.indices[:indices]
		return err
	}
	m.owner++
	return nil
}

// try builds a body for nothing but to see whether it can be built, and has something to show.
func (m *mesh) try(b *body) error {
	if b.faces == nil && b.stand == nil {
		if covers, err := m.covers(b); covers || err != nil {
			return err // walls and pitched roofs can always be built
		}
	}
	m.reset(frameAt(b.coords[0], b.coords[1]))
	if err := m.add(b); err != nil {
		return err
	}
	if len(m.indices) == 0 && (b.stand == nil || !b.stand.modelled) {
		return fmt.Errorf("its footprint has no area")
	}
	return nil
}

// covers triangulates the footprint of a body, and tells whether that gives a triangle.
func (m *mesh) covers(b *body) (any bool, err error) {
	start := 0
	for i := 0; i < len(b.rings); {
		end := b.partEnd(i)
		if err := m.triangulate(b, start, b.rings[i:end]); err != nil {
			return false, err
		}
		any = any || len(m.cut) > 0
		start, i = int(b.rings[end-1].end), end
	}
	return any, nil
}

func (m *mesh) build(b *body) error {
	if b.faces != nil || b.stand != nil {
		return m.faces(b)
	}
	start := 0
	for i := 0; i < len(b.rings); {
		end := b.partEnd(i)
		if err := m.part(b, start, b.rings[i:end]); err != nil {
			return err
		}
		start, i = int(b.rings[end-1].end), end
	}
	return nil
}

// partEnd is the ring after the last hole of the part that begins at ring i.
func (b *body) partEnd(i int) int {
	end := i + 1
	for end < len(b.rings) && b.rings[end].hole {
		end++
	}
	return end
}

// part builds one outer ring with its holes.
func (m *mesh) part(b *body, start int, rings []ring) error {
	eaves := b.top
	roof, _ := roofOf(b, start, rings)
	if roof != flat {
		eaves = b.top - roofRise(b, start, rings)
	}
	m.raise(b, start, int(rings[len(rings)-1].end), eaves)
	from := 0
	for _, r := range rings {
		to := int(r.end) - start
		for i := from; i < to; i++ {
			j := i + 1
			if j == to {
				j = from
			}
			m.polygon(m.highs[i], m.lows[i], m.lows[j], m.highs[j]) // the next wall begins where this one ends: nothing to code
		}
		from = to
	}
	if err := m.triangulate(b, start, rings); err != nil {
		return err
	}
	if b.hangs {
		m.cap(m.lows, true)
	}
	if roof == flat {
		m.cap(m.highs, false)
		return nil
	}
	m.pitch(b, roof, b.top-eaves, m.highs)
	return nil
}

// raise brings the points of a part into the frame, at the base and at the eaves.
func (m *mesh) raise(b *body, start, end int, eaves float64) {
	m.lows, m.highs = m.lows[:0], m.highs[:0]
	near := vicinityOf(b.coords[2*start], b.coords[2*start+1])
	for i := start; i < end; i++ {
		foot, up := near.upright(b.coords[2*i], b.coords[2*i+1])
		at, up := m.frame.place(foot), m.frame.turn(up)
		m.up = up
		m.lows = append(m.lows, at.add(up.times(b.base)))
		m.highs = append(m.highs, at.add(up.times(eaves)))
	}
}

// long is the size of a body in metres from which on degrees bend: by 2 mm.
const long = 400

func (m *mesh) triangulate(b *body, start int, rings []ring) error {
	m.flat, m.holes = m.flat[:0], m.holes[:0]
	// In degrees: the frame may lie far away, and see it from the side. Bodies so long that what is straight in degrees is
	// not straight on the earth are seen on the plane that touches it in their middle.
	shrink := math.Cos(b.coords[2*start+1] * math.Pi / 180)
	var plane frame
	if b.size > long {
		plane = frameAt((b.box.west+b.box.east)/2, (b.box.south+b.box.north)/2)
	}
	for i := start; i < int(rings[len(rings)-1].end); i++ {
		if b.size > long {
			foot, _ := upright(b.coords[2*i], b.coords[2*i+1])
			at := plane.place(foot)
			m.flat = append(m.flat, at[0], at[1])
			continue
		}
		m.flat = append(m.flat, b.coords[2*i]*shrink, b.coords[2*i+1])
	}
	for _, r := range rings[:len(rings)-1] {
		m.holes = append(m.holes, int(r.end)-start)
	}
	var err error
	m.cut, err = m.cutter.Append(m.cut[:0], m.flat, m.holes)
	return err
}

// cap closes a part above or below, with vertices in the order of their first use.
func (m *mesh) cap(points []vec, below bool) {
	normal, _ := packNormal(m.up)
	if below {
		for i := range normal {
			normal[i] = -normal[i]
		}
	}
	m.emit(points, normal, below)
}

// emit adds the triangles at hand, turned around or not.
func (m *mesh) emit(points []vec, normal [4]int8, turn bool) {
	first := uint32(len(m.vertices))
	known := m.known(len(points))
	for i := 0; i+2 < len(m.cut); i += 3 {
		a, b, c := m.cut[i], m.cut[i+1], m.cut[i+2]
		if turn {
			b, c = c, b
		}
		for _, v := range [3]uint32{a, b, c} {
			if known[v] == 0 {
				known[v] = m.vertex(points[v], normal) - first + 1
			}
			m.indices = append(m.indices, first+known[v]-1)
		}
	}
}

// known is scratch for n points, all zero.
func (m *mesh) known(n int) []uint32 {
	if n > len(m.seen) {
		m.seen = make([]uint32, 2*n)
	}
	clear(m.seen[:n])
	return m.seen[:n]
}
