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
	at      func(item int32) orb.Point
	slots   []slot // by item
	blocks  []block
	squares []square
	places  map[uint32]int32 // of the squares that hold anything, by key
	count   [groupCount]int  // items

	spareBlocks, spareSquares []int32 // that hold nothing
}

const groupCount = 16

// Groups is a set of groups, one bit each.
type Groups uint16

// slot is one item: a link of the chain of its cell.
type slot struct {
	next, prev int32 // items of the same cell; none at the ends
	block      int32 // none when the item is not in the grid
	cell       uint8 // within the block
	group      uint8
}

// square is 8 by 8 cells: a block for each group that has items there.
type square struct {
	key   uint32
	has   Groups
	block [groupCount]int32
}

// block is the cells of a square, of one group.
type block struct {
	filled uint64 // cells that hold anything, one bit each: row*8 + column
	square int32
	group  uint8
	first  [64]int32
}

const none = -1

// NewGrid makes a grid without items. at is where an item is: on the earth, lon -180 to 180, lat -90 to 90.
func NewGrid(at func(item int32) orb.Point) *Grid { return &Grid{at: at, places: map[uint32]int32{}} }

// Put takes an item in. It must be called again whenever the item has moved, or is in another group.
func (g *Grid) Put(item int32, group uint8) {
	g.reserve(int(item) + 1)
	s := &g.slots[item]
	key, cell := keyOf(g.at(item))
	if s.block != none {
		if s.cell == cell && s.group == group && g.squares[g.blocks[s.block].square].key == key {
			return
		}
		g.unlink(s)
		g.count[s.group]--
	}
	g.count[group]++
	at := g.blockOf(key, group)
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
		g.drop(s.block)
	}
}

// drop keeps a block that holds nothing for another use, and the square when that was its last.
func (g *Grid) drop(at int32) {
	b := &g.blocks[at]
	sq := &g.squares[b.square]
	g.spareBlocks = append(g.spareBlocks, at)
	if sq.has &^= 1 << b.group; sq.has == 0 {
		delete(g.places, sq.key)
		g.spareSquares = append(g.spareSquares, b.square)
	}
}

// blockOf is the block of a group in a square, made when there is none.
func (g *Grid) blockOf(key uint32, group uint8) (at int32) {
	in, ok := g.places[key]
	if !ok {
		g.spareSquares, in = take(g.spareSquares, &g.squares)
		g.squares[in] = square{key: key}
		g.places[key] = in
	}
	sq := &g.squares[in]
	if sq.has&(1<<group) == 0 {
		g.spareBlocks, sq.block[group] = take(g.spareBlocks, &g.blocks)
		b := &g.blocks[sq.block[group]]
		b.filled, b.square, b.group = 0, in, group
		sq.has |= 1 << group
	}
	return sq.block[group]
}

// take is a spare place in a list, or a new one.
func take[T any](spare []int32, list *[]T) ([]int32, int32) {
	if n := len(spare); n > 0 {
		return spare[:n-1], spare[n-1]
	}
	var empty T
	*list = append(*list, empty)
	return spare, int32(len(*list) - 1)
}

// visit calls for every item of a chosen group in the cells of an area that are not in another, until visit
// returns false. It looks at each square of the area, or at each square there is, whichever are fewer.
func (g *Grid) visit(groups Groups, in, not area, visit func(item int32, at orb.Point) bool) {
	if groups = g.present(groups); groups == 0 {
		return
	}
	if in.squares() > len(g.places) {
		for _, at := range g.places {
			row, column := split(g.squares[at].key)
			mask := in.strip(row).mask(column) &^ not.strip(row).mask(column)
			if mask != 0 && !g.look(&g.squares[at], groups, mask, visit) {
				return
			}
		}
		return
	}
	for row := in.first >> 3; row <= in.last>>3; row++ {
		of, without := in.strip(row), not.strip(row)
		for i := range of.squares() {
			column := wrap(of.west>>3+i, of.around>>3)
			mask := of.mask(column) &^ without.mask(column)
			if mask == 0 {
				continue
			}
			if at, ok := g.places[join(row, column)]; ok && !g.look(&g.squares[at], groups, mask, visit) {
				return
			}
		}
	}
}

// look visits what is in the masked cells of a square.
func (g *Grid) look(sq *square, groups Groups, mask uint64, visit func(item int32, at orb.Point) bool) bool {
	for left := groups & sq.has; left != 0; left &= left - 1 {
		if !g.cells(&g.blocks[sq.block[bits.TrailingZeros16(uint16(left))]], mask, visit) {
			return false
		}
	}
	return true
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
