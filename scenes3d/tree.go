package scenes3d

import (
	"github.com/wardmap/wardmap/tiles"
)

// A tree is a quadtree of a set: each cell knows the bodies that stand on it, and a summary of all at and below it,
// so that no question counts bodies.
type tree struct {
	cells map[tiles.ID]*cell
	place func(*body) (tiles.ID, box) // the cell of a body, and what of space the cell takes for it
}

func newTree(place func(*body) (tiles.ID, box)) tree { return tree{map[tiles.ID]*cell{}, place} }

// bySize is the place of a body on the tree whose cells are the tiles of web mercator.
func bySize(b *body) (tiles.ID, box) { return b.cell, b.space() }

type cell struct {
	up     *cell // its parent; nil at the root. Who has a child has bodies below, and is not taken away.
	bodies []*body
	own    summary // of bodies
	all    summary // of bodies and of all below
}

// A summary is how many bodies there are, where, and how large the largest is.
type summary struct {
	count   int
	box     box
	largest float64 // m
}

var nothing = summary{box: nowhere}

func (s summary) join(o summary) summary {
	return summary{s.count + o.count, s.box.union(o.box), max(s.largest, o.largest)}
}

func (t *tree) put(b *body) {
	at, space := t.place(b)
	c := t.cell(at)
	c.bodies = append(c.bodies, b)
	one := summary{1, space, b.size}
	c.own = c.own.join(one)
	for up := c; up != nil; up = up.up {
		up.all = up.all.join(one)
	}
}

func (t *tree) cell(id tiles.ID) *cell {
	c := t.cells[id]
	if c == nil {
		c = &cell{own: nothing, all: nothing}
		t.cells[id] = c
		if id.Z > 0 {
			c.up = t.cell(id.Parent())
		}
	}
	return c
}

// remove takes a body out, and sums up anew what lies on the way to the root.
func (t *tree) remove(b *body) {
	at, _ := t.place(b)
	c := t.cells[at]
	for i, other := range c.bodies {
		if other == b {
			last := len(c.bodies) - 1
			c.bodies[i], c.bodies[last] = c.bodies[last], nil
			c.bodies = c.bodies[:last]
			break
		}
	}
	c.own = nothing
	for _, other := range c.bodies {
		_, space := t.place(other)
		c.own = c.own.join(summary{1, space, other.size})
	}
	for id := at; ; id = id.Parent() {
		t.sum(id)
		if id.Z == 0 {
			return
		}
	}
}

func (t *tree) sum(id tiles.ID) {
	c := t.cells[id]
	c.all = c.own
	for _, child := range children(id) {
		if below := t.cells[child]; below != nil {
			c.all = c.all.join(below.all)
		}
	}
	if c.all.count == 0 {
		delete(t.cells, id)
	}
}

func children(id tiles.ID) [4]tiles.ID {
	x, y := 2*id.X, 2*id.Y
	return [4]tiles.ID{{Z: id.Z + 1, X: x, Y: y}, {Z: id.Z + 1, X: x + 1, Y: y}, {Z: id.Z + 1, X: x, Y: y + 1}, {Z: id.Z + 1, X: x + 1, Y: y + 1}}
}

// top is the deepest cell that has everything at or below it.
func (t *tree) top() (tiles.ID, bool) {
	id := tiles.ID{}
	if t.cells[id] == nil {
		return id, false
	}
	for t.cells[id].own.count == 0 {
		var only []tiles.ID
		for _, child := range children(id) {
			if t.cells[child] != nil {
				only = append(only, child)
			}
		}
		if len(only) != 1 {
			break
		}
		id = only[0]
	}
	return id, true
}

// missing is the size of the largest body below a cell, which is missing while only the cell is drawn.
func (t *tree) missing(id tiles.ID) float64 {
	largest := 0.0
	for _, child := range children(id) {
		if c := t.cells[child]; c != nil {
			largest = max(largest, c.all.largest)
		}
	}
	return largest
}
