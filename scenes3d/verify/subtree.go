package verify

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
)

type subtreeJSON struct {
	Buffers []struct {
		URI        string
		ByteLength int
	}
	BufferViews              []struct{ Buffer, ByteOffset, ByteLength int }
	TileAvailability         *availabilityJSON
	ContentAvailability      []availabilityJSON
	ChildSubtreeAvailability *availabilityJSON
}

type availabilityJSON struct {
	Constant       *int
	Bitstream      *int
	AvailableCount *int
}

// A subtree says which tiles, contents and further subtrees there are.
type subtree struct {
	tiles, children availability
	contents        []availability
}

// An availability has n entries, all the same or one bit each.
type availability struct {
	n, constant int
	bits        []byte
}

func (a availability) has(i int) bool {
	if a.bits == nil {
		return a.constant == 1
	}
	return a.bits[i/8]>>(i%8)&1 == 1
}

func (a availability) count() int {
	if a.bits == nil {
		return a.n * a.constant
	}
	n := 0
	for i, b := range a.bits {
		if i == a.n/8 {
			b &= 1<<(a.n%8) - 1
		}
		n += bits.OnesCount8(b)
	}
	return n
}

// nodesAbove is how many tiles of a quadtree lie above a level.
func nodesAbove(level int) int { return (1<<(2*level) - 1) / 3 }

// readSubtree reads a subtree of a quadtree with the given levels; nil if it
// cannot be. open fetches a buffer beside it.
func readSubtree(at place, data []byte, levels int, open func(uri string) []byte) *subtree {
	le := binary.LittleEndian
	if len(data) < 24 || string(data[:4]) != "subt" || le.Uint32(data[4:]) != 1 {
		at.bad("subtree-header", "begins with %q, not subt and 1", data[:min(8, len(data))])
		return nil
	}
	text, bin := le.Uint64(data[8:]), le.Uint64(data[16:])
	data = data[24:]
	if text > uint64(len(data)) || bin != uint64(len(data))-text || text%8 != 0 || bin%8 != 0 {
		at.bad("subtree-length", "chunks of %d and %d bytes are not the %d there are, or no multiples of 8", text, bin, len(data))
		return nil
	}
	var j subtreeJSON
	if err := json.Unmarshal(data[:text], &j); err != nil {
		at.bad("subtree-json", "%v", err)
		return nil
	}
	views := j.views(at, data[text:], open)
	s := &subtree{tiles: j.TileAvailability.read(at.in("tileAvailability"), views, nodesAbove(levels))}
	s.children = j.ChildSubtreeAvailability.read(at.in("childSubtreeAvailability"), views, 1<<(2*levels))
	for i := range j.ContentAvailability {
		s.contents = append(s.contents, j.ContentAvailability[i].read(at.in("contentAvailability[%d]", i), views, nodesAbove(levels)))
	}
	s.check(at, levels)
	return s
}

// views are the bytes of the subtree's buffer views, nil where there are none.
func (j *subtreeJSON) views(at place, bin []byte, open func(string) []byte) [][]byte {
	buffers := make([][]byte, len(j.Buffers))
	for i, b := range j.Buffers {
		if buffers[i] = bin; b.URI != "" {
			buffers[i] = open(b.URI)
		}
		if b.ByteLength < 0 || b.ByteLength > len(buffers[i]) {
			at.in("buffers[%d]", i).bad("subtree-buffer", "says %d bytes, there are %d", b.ByteLength, len(buffers[i]))
			buffers[i] = nil
		}
	}
	out := make([][]byte, len(j.BufferViews))
	for i, v := range j.BufferViews {
		if v.Buffer < 0 || v.Buffer >= len(buffers) || v.ByteOffset < 0 || v.ByteLength < 1 || v.ByteOffset%8 != 0 ||
			v.ByteOffset > len(buffers[v.Buffer])-v.ByteLength {
			at.in("bufferViews[%d]", i).bad("subtree-view", "bytes %d+%d of buffer %d are not there", v.ByteOffset, v.ByteLength, v.Buffer)
			continue
		}
		out[i] = buffers[v.Buffer][v.ByteOffset : v.ByteOffset+v.ByteLength]
	}
	return out
}

func (j *availabilityJSON) read(at place, views [][]byte, n int) availability {
	a := availability{n: n}
	switch {
	case j == nil || (j.Constant == nil) == (j.Bitstream == nil):
		at.bad("availability", "there must be either a constant or a bitstream")
		return a
	case j.Constant != nil && *j.Constant != 0 && *j.Constant != 1:
		at.bad("availability", "the constant is %d", *j.Constant)
		return a
	case j.Constant != nil:
		a.constant = *j.Constant
	case *j.Bitstream < 0 || *j.Bitstream >= len(views) || views[*j.Bitstream] == nil:
		at.bad("availability", "bitstream %d is not there", *j.Bitstream)
		return a
	case len(views[*j.Bitstream]) != (n+7)/8:
		at.bad("availability", "%d entries take %d bytes, the bitstream has %d", n, (n+7)/8, len(views[*j.Bitstream]))
		return a
	default:
		a.bits = views[*j.Bitstream]
	}
	if j.AvailableCount != nil && *j.AvailableCount != a.count() {
		at.bad("available-count", "is %d, the bits say %d", *j.AvailableCount, a.count())
	}
	return a
}

// check finds tiles without parent, contents and subtrees without tile.
func (s *subtree) check(at place, levels int) {
	for level := range levels {
		first := nodesAbove(level)
		for i := range 1 << (2 * level) {
			if level > 0 && s.tiles.has(first+i) && !s.tiles.has(nodesAbove(level-1)+i/4) {
				at.bad("availability-orphan", "tile %d of level %d has no parent", i, level)
			}
			for k, c := range s.contents {
				if c.has(first+i) && !s.tiles.has(first+i) {
					at.bad("availability-orphan", "content %d of tile %d of level %d has no tile", k, i, level)
				}
			}
		}
	}
	for i := range s.children.n {
		if s.children.has(i) && !s.tiles.has(nodesAbove(levels-1)+i/4) {
			at.bad("availability-orphan", "child subtree %d has no tile above", i)
		}
	}
}
