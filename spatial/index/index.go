// Package index finds things by where they are. A Tree holds boxes with an item each and visits those that
// touch a box. Boxes are plain numbers: degrees, or any other flat grid whose steps a float64 holds exactly.
// A Grid finds points on the earth that move, in a box or nearest by metres: it moves a point in a twentieth of
// the time that a Tree takes. The package owns the only use of the R-tree library and refuses to know what the
// items are.
package index

import (
	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"
)

// A Tree is a set of boxes with items. The same box and item may stand in it several times. The zero Tree is
// empty and ready. Any number of readers may search at once while nobody changes it.
type Tree[T comparable] struct {
	tree rtree.RTreeG[T]
}

// Insert adds an item that lies in the box (inclusive corners; a point is a box without size).
func (t *Tree[T]) Insert(box orb.Bound, item T) { t.tree.Insert(box.Min, box.Max, item) }

// Delete takes out one entry that was inserted with exactly this box and item, and tells whether there was one.
func (t *Tree[T]) Delete(box orb.Bound, item T) bool {
	before := t.tree.Len()
	t.tree.Delete(box.Min, box.Max, item)
	return t.tree.Len() < before
}

// Search visits every entry whose box touches the given one (shared edges count), in no order that can be
// relied on, until visit returns false. visit must not change the tree.
func (t *Tree[T]) Search(box orb.Bound, visit func(box orb.Bound, item T) bool) {
	t.tree.Search(box.Min, box.Max, func(low, high [2]float64, item T) bool {
		return visit(orb.Bound{Min: low, Max: high}, item)
	})
}

// Len is the number of entries.
func (t *Tree[T]) Len() int { return t.tree.Len() }

// Bound is the smallest box around all entries; it is empty (orb.Bound.IsEmpty) when there is none.
func (t *Tree[T]) Bound() orb.Bound {
	if t.tree.Len() == 0 {
		return orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}
	}
	low, high := t.tree.Bounds()
	return orb.Bound{Min: low, Max: high}
}
