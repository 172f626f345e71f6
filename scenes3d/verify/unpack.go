package verify

import (
	"errors"
	"fmt"
)

// The bit streams of EXT_meshopt_compression as its appendix describes them: version 0 of the attributes, version 1 of
// the triangles, without filters.
const (
	attributesHeader = 0xa0
	trianglesHeader  = 0xe1
	tailLeast        = 32 // bytes after the last block of attributes, at least
	groupBytes       = 16
)

var errShort = errors.New("the stream ends too early")

// decodeVertices fills dst with elements of stride bytes. Nothing may be missing from src, nothing left over.
func decodeVertices(dst []byte, stride int, src []byte) error {
	if stride < 4 || stride > 256 || stride%4 != 0 {
		return fmt.Errorf("a stride of %d bytes: it is 4 to 256 and a multiple of 4", stride)
	}
	tail := max(stride, tailLeast)
	if len(src) < 1+tail {
		return errShort
	}
	if src[0] != attributesHeader {
		return fmt.Errorf("a stream of attributes begins with %#x, not %#x", src[0], attributesHeader)
	}
	last := append([]byte(nil), src[len(src)-stride:]...)
	src = src[1 : len(src)-tail]
	perBlock := min(8192/stride&^(groupBytes-1), 256)
	for len(dst) > 0 {
		block := dst[:min(perBlock*stride, len(dst))]
		dst = dst[len(block):]
		for k := range stride {
			deltas, rest, err := readDeltas(src, (len(block)/stride+groupBytes-1)/groupBytes)
			if err != nil {
				return err
			}
			src = rest
			for at, i := k, 0; at < len(block); at, i = at+stride, i+1 {
				d := deltas[i]
				last[k] += d>>1 ^ -(d & 1)
				block[at] = last[k]
			}
		}
	}
	if len(src) > 0 {
		return fmt.Errorf("%d bytes are left over after the last element", len(src))
	}
	return nil
}

// readDeltas reads groups of 16 bytes, each in the number of bits that two bits at the front say.
func readDeltas(src []byte, groups int) (deltas, rest []byte, err error) {
	front := (groups + 3) / 4
	if len(src) < front {
		return nil, nil, errShort
	}
	modes, src := src[:front], src[front:]
	for g := range groups {
		bits := [4]int{0, 2, 4, 8}[modes[g/4]>>(g%4*2)&3]
		packed := groupBytes * bits / 8
		if len(src) < packed {
			return nil, nil, errShort
		}
		words := src[:packed]
		src = src[packed:]
		for i := range groupBytes {
			var d byte
			if bits > 0 {
				per := 8 / bits
				most := byte(1<<bits - 1)
				d = words[i/per] >> ((per - 1 - i%per) * bits) & most
				if d == most && bits < 8 {
					if len(src) == 0 {
						return nil, nil, errShort
					}
					d, src = src[0], src[1:]
				}
			}
			deltas = append(deltas, d)
		}
	}
	return deltas, src, nil
}

// unpacker reads a stream of triangles: what the last ones left behind, and what comes next.
type unpacker struct {
	data       []byte
	edges      [16][2]uint32
	vertices   [16]uint32
	edge, vert int
	next, last uint32
	err        error
}

// decodeTriangles fills dst with indices, three to a triangle. Nothing may be missing from src, nothing left over.
func decodeTriangles(dst []uint32, src []byte) error {
	if len(dst)%3 != 0 {
		return fmt.Errorf("%d indices are no whole triangles", len(dst))
	}
	codes := len(dst) / 3
	if len(src) < 1+codes+16 {
		return errShort
	}
	if src[0] != trianglesHeader {
		return fmt.Errorf("a stream of triangles begins with %#x, not %#x", src[0], trianglesHeader)
	}
	pairs := src[len(src)-16:]
	u := unpacker{data: src[1+codes : len(src)-16]}
	for i := range codes {
		a, b, c := u.triangle(src[1+i], pairs)
		if u.err != nil {
			return fmt.Errorf("triangle %d: %w", i, u.err)
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = a, b, c
	}
	if len(u.data) > 0 {
		return fmt.Errorf("%d bytes are left over after the last triangle", len(u.data))
	}
	return nil
}

func (u *unpacker) triangle(code byte, pairs []byte) (a, b, c uint32) {
	if code < 0xf0 {
		e := u.edges[(u.edge-1-int(code>>4))&15]
		a, b, c = e[0], e[1], u.third(code&15)
		u.pushEdge(c, b)
		u.pushEdge(a, c)
		return a, b, c
	}
	kind, pair := byte(0), pairs[code&15]
	if code >= 0xfe {
		if pair = u.byte(); pair == 0 {
			u.next = 0
		}
		if code == 0xff {
			kind = 15
		}
	}
	kinds := [3]byte{kind, pair >> 4, pair & 15}
	var corners [3]uint32
	for i, k := range kinds {
		switch k {
		case 0:
			corners[i] = u.fresh()
		case 15: // in the data, below, unless it is one of the short codes, which have no data
			if code < 0xfe {
				corners[i] = u.recent(15)
			}
		default:
			corners[i] = u.recent(int(k))
		}
	}
	for i, k := range kinds {
		if k == 15 && code >= 0xfe {
			corners[i] = u.index()
		}
	}
	for i, k := range kinds {
		if k == 0 || k == 15 && code >= 0xfe {
			u.pushVertex(corners[i])
		}
	}
	a, b, c = corners[0], corners[1], corners[2]
	u.pushEdge(b, a)
	u.pushEdge(c, b)
	u.pushEdge(a, c)
	return a, b, c
}

// third is the corner of a triangle that shares an edge with an earlier one.
func (u *unpacker) third(code byte) (c uint32) {
	switch {
	case code == 0:
		c = u.fresh()
	case code < 13:
		return u.recent(int(code) + 1)
	case code == 13:
		u.last--
		c = u.last
	case code == 14:
		u.last++
		c = u.last
	default:
		c = u.index()
	}
	u.pushVertex(c)
	return c
}

func (u *unpacker) fresh() uint32 {
	u.next++
	return u.next - 1
}

// recent is the vertex that came n pushes ago, the last one for 1.
func (u *unpacker) recent(n int) uint32 { return u.vertices[(u.vert-n)&15] }

func (u *unpacker) byte() byte {
	if len(u.data) == 0 {
		u.err = errShort
		return 0
	}
	b := u.data[0]
	u.data = u.data[1:]
	return b
}

// index reads how far an index lies from the one that was read before.
func (u *unpacker) index() uint32 {
	var d uint32
	for shift := 0; ; shift += 7 {
		b := u.byte()
		if shift > 28 {
			u.err = errors.New("an index takes more than 5 bytes")
		}
		if u.err != nil {
			return 0
		}
		d |= uint32(b&127) << shift
		if b < 128 {
			break
		}
	}
	u.last += d>>1 ^ -(d & 1)
	return u.last
}

func (u *unpacker) pushEdge(a, b uint32) {
	u.edges[u.edge] = [2]uint32{a, b}
	u.edge = (u.edge + 1) & 15
}

func (u *unpacker) pushVertex(v uint32) {
	u.vertices[u.vert] = v
	u.vert = (u.vert + 1) & 15
}
