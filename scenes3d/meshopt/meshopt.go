// Package meshopt compresses vertices and triangles as the glTF extension EXT_meshopt_compression has it: its modes
// ATTRIBUTES (vertex codec, version 0) and TRIANGLES (index codec, version 1), without filters. What comes out is what
// every decoder of the extension reads; the choices among its forms are those that make it small. It allocates
// nothing but what the destination grows by.
package meshopt

import (
	"encoding/binary"
	"math/bits"
)

const (
	vertexHeader = 0xa0
	blockBytes   = 8192
	blockMost    = 256 // elements
	groupSize    = 16
	tailLeast    = 32
)

// AppendVertices appends the compressed form of vertices of stride bytes each; stride is a multiple of 4, 4 to 256.
func AppendVertices(dst, vertices []byte, stride int) []byte {
	dst = append(dst, vertexHeader)
	if len(vertices) < stride {
		return append(dst, make([]byte, max(tailLeast, stride))...)
	}
	count := len(vertices) / stride
	perBlock := min(blockBytes/stride&^(groupSize-1), blockMost)
	var last [256]byte
	copy(last[:], vertices[:stride])
	for first := 0; first < count; first += perBlock {
		n := min(perBlock, count-first)
		dst = appendBlock(dst, vertices[first*stride:(first+n)*stride], stride, &last)
	}
	for range max(tailLeast-stride, 0) {
		dst = append(dst, 0)
	}
	return append(dst, vertices[:stride]...)
}

// appendBlock appends one block: for each byte of the elements the differences from element to element. Eight bytes of
// them are made at once, in a word.
func appendBlock(dst, block []byte, stride int, last *[256]byte) []byte {
	var planes [8][blockMost]byte
	n := len(block) / stride
	groups := (n + groupSize - 1) / groupSize
	for k := 0; k < stride; k += 8 {
		width := min(8, stride-k)
		previous := word(last[k:], width)
		for i, at := 0, k; i < n; i, at = i+1, at+stride {
			now := word(block[at:], width)
			d := zigzag(minus(now, previous))
			previous = now
			planes[0][i], planes[1][i], planes[2][i], planes[3][i] = byte(d), byte(d>>8), byte(d>>16), byte(d>>24)
			if width == 8 {
				planes[4][i], planes[5][i], planes[6][i], planes[7][i] = byte(d>>32), byte(d>>40), byte(d>>48), byte(d>>56)
			}
		}
		for b := range width {
			last[k+b] = byte(previous >> (8 * b))
			clear(planes[b][n : groups*groupSize])
			dst = appendGroups(dst, planes[b][:groups*groupSize])
		}
	}
	return dst
}

// word reads 4 or 8 bytes.
func word(b []byte, width int) uint64 {
	if width == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// The bytes of a word all at once (Warren, Hacker's Delight, 2-18).
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func minus(a, b uint64) uint64 { return ((a | highs) - b&^highs) ^ (a^^b)&highs }

// zigzag makes small numbers of small differences of both signs.
func zigzag(d uint64) uint64 {
	negative := (d & highs) >> 7 * 0xff
	return d<<1&^ones ^ negative
}

// above marks by their highest bits the bytes that are not less than most+1, where most is at most 126.
func above(d, most uint64) uint64 { return (d&^highs + (0x7f-most)*ones | d) & highs }

// appendGroups appends groups of 16 bytes, after two bits for each that say in how many bits its bytes are.
func appendGroups(dst, deltas []byte) []byte {
	groups := len(deltas) / groupSize
	header := len(dst)
	for range (groups + 3) / 4 {
		dst = append(dst, 0)
	}
	for g := range groups {
		group := deltas[g*groupSize : g*groupSize+groupSize]
		a, b := binary.LittleEndian.Uint64(group), binary.LittleEndian.Uint64(group[8:])
		if a|b == 0 {
			continue
		}
		var mode byte
		mode, dst = appendGroup(dst, group, a, b)
		dst[header+g/4] |= mode << (g % 4 * 2)
	}
	return dst
}

// appendGroup takes the form that is shortest: 1 for two bits, 2 for four, 3 for whole bytes. Where bits do not hold a byte,
// it follows whole.
func appendGroup(dst, group []byte, a, b uint64) (byte, []byte) {
	beyond2a, beyond2b, beyond4a, beyond4b := above(a, 2), above(b, 2), above(a, 14), above(b, 14)
	two := 4 + bits.OnesCount64(beyond2a) + bits.OnesCount64(beyond2b)
	four := 8 + bits.OnesCount64(beyond4a) + bits.OnesCount64(beyond4b)
	switch {
	case two < 16 && two <= four:
		dst = appendEscaped(append2(append2(dst, a|beyond2a>>7*3), b|beyond2b>>7*3), group, beyond2a, beyond2b)
		return 1, dst
	case four < 16:
		dst = appendEscaped(append4(append4(dst, a|beyond4a>>7*15), b|beyond4b>>7*15), group, beyond4a, beyond4b)
		return 2, dst
	}
	return 3, append(dst, group...)
}

// append2 appends the two lowest bits of each byte, the first byte's highest, and append4 the four lowest.
func append2(dst []byte, d uint64) []byte {
	const gather = 1 | 1<<10 | 1<<20 | 1<<30 // brings four times two bits into the highest byte
	d &= 3 * ones
	return append(dst, byte(uint32(d)*gather>>24), byte(uint32(d>>32)*gather>>24))
}

func append4(dst []byte, d uint64) []byte {
	d &= 15 * ones
	d = d<<4 | d>>8
	return append(dst, byte(d), byte(d>>16), byte(d>>32), byte(d>>48))
}

func appendEscaped(dst, group []byte, a, b uint64) []byte {
	for ; a != 0; a &= a - 1 {
		dst = append(dst, group[bits.TrailingZeros64(a)/8])
	}
	for ; b != 0; b &= b - 1 {
		dst = append(dst, group[8+bits.TrailingZeros64(b)/8])
	}
	return dst
}
