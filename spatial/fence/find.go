package fence

import "github.com/paulmach/orb"

// A finder finds the fences near a way, each once. It is a part of an engine that is used again and again.
type finder struct {
	cover *cover
	found []ref    // inside is of the cell where the way ends
	here  int      // how many of those found are in that cell; what is not there is outside of it
	seen  []uint32 // by the number of the fence: the search that found it
	turn  uint32
}

// longWay is how many cells of a grid a way may go through before all fences of the grid are looked at instead.
const longWay = 1000

// along finds the fences that the straight way from a to b may touch: those in the cells that it goes through.
func (f *finder) along(a, b orb.Point) {
	f.at(b)
	for i := range f.cover.grids {
		g := &f.cover.grids[i]
		if g.fences == 0 {
			continue
		}
		from, to := g.cell(a), g.cell(b)
		dx, dy := apart(from.x, to.x), apart(from.y, to.y)
		switch {
		case dx+dy == 0:
		case dx+dy == 1:
			f.take(g.list(from), outside)
		case dx+dy > longWay:
			f.inBox(g, orb.MultiPoint{a, b}.Bound())
		default:
			g.trace(a, b, 0, 0, func(first, last, y uint32) {
				for x := first; x <= last; x++ {
					f.take(g.list(cell{x, y}), outside)
				}
			})
		}
	}
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

// at finds the fences at a place.
func (f *finder) at(p orb.Point) {
	f.found = f.found[:0]
	if f.turn++; f.turn == 0 { // after 4 billion searches
		clear(f.seen)
		f.turn = 1
	}
	for i := range f.cover.grids {
		if g := &f.cover.grids[i]; g.fences > 0 {
			f.take(g.list(g.cell(p)), here)
		}
	}
	f.here = len(f.found)
}

// each visits the fences at a place. It changes nothing, so that many may ask at once.
func (c *cover) each(p orb.Point, visit func(ref)) {
	for i := range c.grids {
		g := &c.grids[i]
		if g.fences == 0 {
			continue
		}
		for list := g.list(g.cell(p)); list != nil; list = c.after(list) {
			for _, r := range list.refs {
				if r != 0 {
					visit(r)
				}
			}
		}
	}
}

// What take keeps of a ref: its bit for inside is about the cell at the end of the way only.
const (
	here    = ^ref(0)
	outside = ^ref(1)
)

func (f *finder) take(list *piece, keep ref) {
	for ; list != nil; list = f.cover.after(list) {
		for _, r := range list.refs {
			if r == 0 {
				break
			}
			if slot := r.slot(); f.seen[slot] != f.turn {
				f.seen[slot] = f.turn
				f.found = append(f.found, r&keep)
			}
		}
	}
}

// inBox finds the fences of a grid whose boxes touch a box.
func (f *finder) inBox(g *grid, box orb.Bound) {
	for slot, p := range f.cover.placed {
		if p.grid == g && f.seen[slot] != f.turn && p.bound.Intersects(box) {
			f.seen[slot] = f.turn
			f.found = append(f.found, refTo(int32(slot)))
		}
	}
}
