package index

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A Neighbor is an item with its distance from where it was asked.
type Neighbor struct {
	Item   int32
	Meters float64 // as Meters counts
}

// Within visits the items of the groups that are at most some metres away from a place, in no order that can be
// relied on, until visit returns false. visit must not change the grid.
func (g *Grid) Within(from orb.Point, meters float64, groups Groups, visit func(item int32, at orb.Point) bool) {
	rule := rulerFor(from, meters)
	g.visit(groups, reach(from, meters), nowhere, func(item int32, at orb.Point) bool {
		return rule.beyond(at, meters) || Meters(from, at) > meters || visit(item, at)
	})
}

// Nearest appends the k items of the groups that are nearest to a place, the nearest first, the lower number first
// when they are equally near. Only items that keep takes count, at most some metres away (+Inf for any distance).
func (g *Grid) Nearest(from orb.Point, k int, meters float64, groups Groups, keep func(item int32) bool, into []Neighbor) []Neighbor {
	if k <= 0 || !(meters >= 0) {
		return into
	}
	best := into[len(into):]
	wanted := meters // nothing beyond it can be among the best
	before := nowhere
	for radius := min(wanted, 250); ; radius = min(wanted, 1.5*radius) {
		in, rule := reach(from, radius), rulerFor(from, 3*radius)
		g.visit(groups, in, before, func(item int32, at orb.Point) bool {
			if rule.beyond(at, wanted) || !keep(item) {
				return true
			}
			if d := Meters(from, at); d <= wanted {
				if best = insert(best, Neighbor{item, d}, k); len(best) == k {
					wanted = best[k-1].Meters
				}
			}
			return true
		})
		if radius >= wanted || in == everywhere {
			return append(into, best...)
		}
		before = in
	}
}

// insert puts a neighbour into its place, and drops who is behind the k-th.
func insert(best []Neighbor, n Neighbor, k int) []Neighbor {
	i, _ := slices.BinarySearchFunc(best, n, func(a, b Neighbor) int {
		return cmp.Or(cmp.Compare(a.Meters, b.Meters), cmp.Compare(a.Item, b.Item))
	})
	if i == k {
		return best
	}
	if len(best) == k {
		best = best[:k-1]
	}
	return slices.Insert(best, i, n)
}

// Anywhere is the distance that leaves out nothing.
var Anywhere = math.Inf(1)
