package fence

import "github.com/paulmach/orb"

// A cover knows which fences are near a place: for every cell of a grid, which of them touch it and which lie
// around all of it. There are grids of several levels, and a fence stands in the finest where it needs no more
// than mostCells, so that one of a county costs no more than one of a crossing.
type cover struct {
	grids  [levels]grid
	pieces []piece // of lists that are longer than one; piece 0 is not used
	free   uint32  // the first of the pieces that are not used, linked by next
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

// A page is 16 by 16 cells: for each, the first piece of its list.
type page struct {
	lists [256]piece
	cells int // that have a list
}

// A ref is the number of a fence from 1, doubled; it is odd in a cell that lies inside the fence altogether.
type ref uint32

func refTo(slot int32) ref { return ref(slot+1) << 1 }

func (r ref) slot() int32  { return int32(r>>1) - 1 }
func (r ref) inside() bool { return r&1 != 0 }

// A piece of a list. Only the first piece of a list has room, at its end, which is 0.
type piece struct {
	refs [3]ref
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
	c := &cover{pieces: make([]piece, 1)}
	for i, perDegree := 0, 1/finest; i < levels; i, perDegree = i+1, perDegree/coarser {
		c.grids[i] = grid{perDegree: perDegree, pages: map[uint64]*page{}}
	}
	return c
}

// list is the list of a cell, nil when it is empty.
func (g *grid) list(at cell) *piece {
	if p := g.pages[at.page()]; p != nil {
		return &p.lists[at.inPage()]
	}
	return nil
}

// after is the piece of a list after one, or nil.
func (c *cover) after(p *piece) *piece {
	if p.next == 0 {
		return nil
	}
	return &c.pieces[p.next]
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
		mark := refTo(slot)
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
	first := &p.lists[at.inPage()]
	if first.refs[0] == 0 {
		p.cells++
	}
	n := first.len()
	if n == len(first.refs) {
		*first = piece{next: c.keep(*first)}
		n = 0
	}
	first.refs[n] = r
}

// len is how many refs a piece has.
func (p *piece) len() int {
	for i, r := range p.refs {
		if r == 0 {
			return i
		}
	}
	return len(p.refs)
}

// keep puts a full piece away and returns its number.
func (c *cover) keep(p piece) uint32 {
	i := c.free
	if i == 0 {
		c.pieces = append(c.pieces, p)
		return uint32(len(c.pieces) - 1)
	}
	c.free = c.pieces[i].next
	c.pieces[i] = p
	return i
}

// drop takes a fence out of the list of a cell: the last of the first piece takes its place.
func (c *cover) drop(g *grid, at cell, slot int32) {
	p := g.pages[at.page()]
	first := &p.lists[at.inPage()]
	last := first.len() - 1
	for q := first; q != nil; q = c.after(q) {
		for i, r := range q.refs {
			if r != 0 && r.slot() == slot {
				q.refs[i] = first.refs[last]
			}
		}
	}
	first.refs[last] = 0
	if i := first.next; last == 0 && i != 0 {
		*first = c.pieces[i]
		c.pieces[i], c.free = piece{next: c.free}, i
	}
	if first.refs[0] != 0 {
		return
	}
	if p.cells--; p.cells == 0 {
		delete(g.pages, at.page())
	}
}
