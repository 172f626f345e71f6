package fence

import "github.com/paulmach/orb"

// A cover knows which fences are near a place: for every cell of a grid, which of them touch it and which lie
// around all of it. There are grids of several levels, and a fence stands in the finest where it needs no more
// than mostCells, so that one of a county costs no more than one of a crossing.
type cover struct {
	grids  [levels]grid
	blocks []block // the lists of all cells; block 0 is no block
	free   uint32  // first of the blocks that are not used, linked by next
	placed []placed
	marks  []mark // of the last sheet, for the next one
}

// placed is where a fence stands, by its number.
type placed struct {
	grid  *grid // nil when it does not
	bound orb.Bound
}

const (
	levels    = 9
	finest    = 0.001 // degrees: the side of a cell of level 0; those of the next level are coarser by coarser
	coarser   = 4
	mostCells = 256
)

type grid struct {
	perDegree float64
	fences    int
	pages     map[uint64]*page
}

// A page is 16 by 16 cells: for each, the block where its list begins.
type page struct {
	head  [256]uint32
	cells int // that have a list
}

// A ref is the number of a fence, doubled; it is odd in a cell that lies inside the fence altogether.
type ref uint32

func (r ref) slot() int32  { return int32(r >> 1) }
func (r ref) inside() bool { return r&1 != 0 }

// A block is a piece of a list. Only the first piece of a list has room.
type block struct {
	refs [6]ref
	n    uint32
	next uint32
}

// A cell is a place in a grid, counted from 180° W and 90° S.
type cell struct{ x, y uint32 }

// cell is where a place lies; what is not on the map counts as at its rim.
func (g *grid) cell(p orb.Point) cell {
	lon, lat := min(max(p[0]+180, 0), 360), min(max(p[1]+90, 0), 180)
	return cell{uint32(lon * g.perDegree), uint32(lat * g.perDegree)}
}

func (c cell) page() uint64 { return uint64(c.x>>4)<<32 | uint64(c.y>>4) }
func (c cell) inPage() int  { return int(c.x&15<<4 | c.y&15) }

func newCover() *cover {
	c := &cover{blocks: make([]block, 1)}
	for i, perDegree := 0, 1/finest; i < levels; i, perDegree = i+1, perDegree/coarser {
		c.grids[i] = grid{perDegree: perDegree, pages: map[uint64]*page{}}
	}
	return c
}

// list is the first block of a cell's list.
func (g *grid) list(at cell) uint32 {
	if p := g.pages[at.page()]; p != nil {
		return p.head[at.inPage()]
	}
	return 0
}

// put writes an outline into the cells that it touches, under the number of its fence.
func (c *cover) put(slot int32, o outline) {
	s := c.sheetOf(o)
	s.grid.fences++
	for int(slot) >= len(c.placed) {
		c.placed = append(c.placed, placed{})
	}
	c.placed[slot] = placed{s.grid, o.bound()}
	s.cells(func(at cell, inside bool) {
		mark := ref(slot) << 1
		if inside {
			mark |= 1
		}
		c.add(s.grid, at, mark)
	})
}

// remove takes an outline out that is the same as when it was put.
func (c *cover) remove(slot int32, o outline) {
	s := c.sheetOf(o)
	s.grid.fences--
	c.placed[slot] = placed{}
	s.cells(func(at cell, _ bool) { c.drop(s.grid, at, slot) })
}

func (c *cover) add(g *grid, at cell, r ref) {
	p := g.pages[at.page()]
	if p == nil {
		p = &page{}
		g.pages[at.page()] = p
	}
	head := &p.head[at.inPage()]
	if *head == 0 {
		p.cells++
	}
	if *head == 0 || c.blocks[*head].n == uint32(len(block{}.refs)) {
		*head = c.newBlock(*head)
	}
	b := &c.blocks[*head]
	b.refs[b.n] = r
	b.n++
}

func (c *cover) newBlock(next uint32) uint32 {
	i := c.free
	if i == 0 {
		c.blocks = append(c.blocks, block{next: next})
		return uint32(len(c.blocks) - 1)
	}
	c.free = c.blocks[i].next
	c.blocks[i] = block{next: next}
	return i
}

func (c *cover) drop(g *grid, at cell, slot int32) {
	p := g.pages[at.page()]
	head := &p.head[at.inPage()]
	first := &c.blocks[*head]
	last := first.refs[first.n-1]
	c.replace(*head, slot, last)
	if first.n--; first.n > 0 {
		return
	}
	rest := first.next
	first.next, c.free = c.free, *head
	if *head = rest; rest > 0 {
		return
	}
	if p.cells--; p.cells == 0 {
		delete(g.pages, at.page())
	}
}

func (c *cover) replace(list uint32, slot int32, by ref) {
	for ; ; list = c.blocks[list].next {
		b := &c.blocks[list]
		for i := range b.refs[:b.n] {
			if b.refs[i].slot() == slot {
				b.refs[i] = by
				return
			}
		}
	}
}
