package index

import (
	"math"
	"math/bits"

	"github.com/paulmach/orb"
)

// A Grid finds points that move, in cells of about 250 m by 250 m anywhere on earth. An item is a small number
// that the caller chose: the Grid keeps 16 bytes for every number up to the largest, and does not even know where
// an item is, only in which cell. Each item is in one group, 0 to 15, and a search looks at the cells of the groups
// that it asks for only. Any number of readers may search at once while nobody changes it.
type Grid struct {
	at     func(item int32) orb.Point
	slots  []slot // by item
	blocks []block
	places map[uint64]int32 // of the blocks that hold anything, by key
	spare  []int32          // blocks that hold nothing
	count  [16]int          // items by group
}

// Groups is a set of groups, one bit each.
type Groups uint16

// slot is one item: a link of the chain of its cell.
type slot struct {
	next, prev int32 // items of the same cell; none at the ends
	block      int32 // none when the item is not in the grid
	cell       uint8 // within the block
	group      uint8
}

// block is 8 by 8 cells of one group.
type block struct {
	key    uint64
	filled uint64 // cells that hold anything, one bit each: row*8 + column
	first  [64]int32
}

const none = -1

// NewGrid makes a grid without items. at is where an item is: on the earth, lon -180 to 180, lat -90 to 90.
func NewGrid(at func(item int32) orb.Point) *Grid { return &Grid{at: at, places: map[uint64]int32{}} }

// Put takes an item in. It must be called again whenever the item has moved, or is in another group.
func (g *Grid) Put(item int32, group uint8) {
	g.reserve(int(item) + 1)
	s := &g.slots[item]
	key, cell := keyOf(group, g.at(item))
	if s.block != none {
		if s.cell == cell && g.blocks[s.block].key == key {
			return
		}
		g.unlink(s)
		g.count[s.group]--
	}
	g.count[group]++
	at := g.blockOf(key)
	b := &g.blocks[at]
	*s = slot{next: none, prev: none, block: at, cell: cell, group: group}
	if b.filled&(1<<cell) != 0 {
		s.next = b.first[cell]
		g.slots[s.next].prev = item
	}
	b.first[cell] = item
	b.filled |= 1 << cell
}

// reserve makes slots for so many items. They grow by a sixteenth: doubling would waste what the grid saves.
func (g *Grid) reserve(n int) {
	if n > cap(g.slots) {
		longer := make([]slot, len(g.slots), n+n/16)
		copy(longer, g.slots)
		g.slots = longer
	}
	for len(g.slots) < n {
		g.slots = append(g.slots, slot{block: none})
	}
}

// Remove takes an item out, and tells whether it was there.
func (g *Grid) Remove(item int32) bool {
	if !g.Has(item) {
		return false
	}
	s := &g.slots[item]
	g.unlink(s)
	s.block = none
	g.count[s.group]--
	return true
}

// Has tells whether an item is in the grid.
func (g *Grid) Has(item int32) bool {
	return item >= 0 && int(item) < len(g.slots) && g.slots[item].block != none
}

// Len is the number of items.
func (g *Grid) Len() (n int) {
	for _, in := range g.count {
		n += in
	}
	return n
}

// present are those of the groups that have items.
func (g *Grid) present(groups Groups) Groups {
	for group, n := range g.count {
		if n == 0 {
			groups &^= 1 << group
		}
	}
	return groups
}

func (g *Grid) unlink(s *slot) {
	if s.next != none {
		g.slots[s.next].prev = s.prev
	}
	if s.prev != none {
		g.slots[s.prev].next = s.next
		return
	}
	b := &g.blocks[s.block]
	if s.next != none {
		b.first[s.cell] = s.next
		return
	}
	if b.filled &^= 1 << s.cell; b.filled == 0 {
		delete(g.places, b.key)
		g.spare = append(g.spare, s.block)
	}
}

// blockOf is the block of a key, made when there is none.
func (g *Grid) blockOf(key uint64) int32 {
	at, ok := g.places[key]
	if ok {
		return at
	}
	if n := len(g.spare); n > 0 {
		at, g.spare = g.spare[n-1], g.spare[:n-1]
	} else {
		at = int32(len(g.blocks))
		g.blocks = append(g.blocks, block{})
	}
	g.blocks[at].key, g.blocks[at].filled = key, 0
	g.places[key] = at
	return at
}

// visit calls for every item of a chosen group in the cells of an area that are not in another, until visit
// returns false. It looks at each block of the area, or at each block there is, whichever are fewer.
func (g *Grid) visit(groups Groups, in, not area, visit func(item int32, at orb.Point) bool) {
	if groups = g.present(groups); groups == 0 {
		return
	}
	if in.blocks()*bits.OnesCount16(uint16(groups)) > len(g.places) {
		for _, at := range g.places {
			b := &g.blocks[at]
			group, row, column := split(b.key)
			if groups&(1<<group) != 0 && !g.cells(b, in.mask(row, column)&^not.mask(row, column), visit) {
				return
			}
		}
		return
	}
	for row := in.first >> 3; row <= in.last>>3; row++ {
		around := columns[row>>3] >> 3
		west, east := in.columns(row)
		from, n := west>>3, min(around, east>>3-west>>3+1)
		for i := range n {
			column := wrap(from+i, around)
			mask := in.mask(row, column) &^ not.mask(row, column)
			if mask == 0 {
				continue
			}
			for left := groups; left != 0; left &= left - 1 {
				at, ok := g.places[join(uint8(bits.TrailingZeros16(uint16(left))), row, column)]
				if ok && !g.cells(&g.blocks[at], mask, visit) {
					return
				}
			}
		}
	}
}

// cells visits what is in the masked cells of a block.
func (g *Grid) cells(b *block, mask uint64, visit func(item int32, at orb.Point) bool) bool {
	for left := b.filled & mask; left != 0; left &= left - 1 {
		for item := b.first[bits.TrailingZeros64(left)]; item != none; item = g.slots[item].next {
			if !visit(item, g.at(item)) {
				return false
			}
		}
	}
	return true
}

// Search visits the items of the groups in a box (edges count), in no order that can be relied on, until visit
// returns false. visit must not change the grid.
func (g *Grid) Search(box orb.Bound, groups Groups, visit func(item int32, at orb.Point) bool) {
	if box.IsEmpty() || box.Max[1] < -90 || box.Min[1] > 90 || math.IsNaN(box.Min[0]+box.Min[1]+box.Max[0]+box.Max[1]) {
		return
	}
	in := area{rowOf(max(box.Min[1], -90)), rowOf(min(box.Max[1], 90)), max(box.Min[0], -180), min(box.Max[0], 180)}
	g.visit(groups, in, nowhere, func(item int32, at orb.Point) bool {
		return !box.Contains(at) || visit(item, at)
	})
}
