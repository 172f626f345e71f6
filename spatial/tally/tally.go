// Package tally counts things by area, by square and by class, and hides the counts that are too small to be told,
// together with as many others as it takes that nobody can reckon them back from totals. What may be asked is fixed
// beforehand: levels of areas that each divide the one above, below them the squares of one quadtree, classes on the
// first level only, and periods of one calendar. So all answers together are the one tree and the few tables that are
// protected here, and there are no two answers whose difference is a third. The package knows no features, no clock
// and no persons.
//
// Of a hidden count that is small, everything from 1 to K-1 stays possible for who knows all that is told. Who knows by
// which rule others are hidden for its sake may narrow it: of parts of a total to two numbers at least; of a table with
// very few things, in rare cases, to one.
package tally

import (
	"cmp"
	"slices"
)

// Floor is the least K there may be.
const Floor = 5

// Levels is how many levels of areas there may be.
const Levels = 2

// Finest is the deepest zoom that squares may have; at 34 degrees north they are 507 m wide.
const Finest = 16

// Outside is the area of what lies in none.
const Outside = -1

// A Thing is one that is counted. It is without a name: a place in the tree, and its classes.
type Thing struct {
	Area    [Levels]int32 // index of its area on each level, or Outside; Of corrects the first by the second
	Square  uint64        // see SquareAt; only the zooms down to Plan.Zoom count
	Classes []int32       // its class by each property, from 0; fewer than Plan.Classes says
}

// A Plan is what things are counted by.
type Plan struct {
	K       int     // counts from 1 to K-1 are hidden; at least Floor
	Areas   []int   // how many areas each level has; at most Levels
	Above   []int32 // the area of the first level that each of the second is a part of, or Outside
	Zoom    uint8   // of the finest squares; 0 is none
	Classes []int   // how many classes each property has
}

// A Count is one number, or that it is hidden. Of a hidden count N is 0.
type Count struct {
	N      int
	Hidden bool
}

// A Row is the count of one area or square.
type Row struct {
	Area   [Levels]int32 // down to the level that was asked for; Outside where it lies in none or is not asked for
	Square Square        // of squares only
	Count
}

// A Square is a cell of the quadtree of web mercator, with the numbers of a tile.
type Square struct {
	Z    uint8
	X, Y uint32
}

// SquareAt is the square of a place of the world that is 1<<32 wide, as Thing.Square has it.
func SquareAt(x, y uint32) uint64 { return spread(x) | spread(y)<<1 }

// spread puts a 0 before each bit.
func spread(v uint32) uint64 {
	s := uint64(v)
	s = (s | s<<16) & 0x0000ffff0000ffff
	s = (s | s<<8) & 0x00ff00ff00ff00ff
	s = (s | s<<4) & 0x0f0f0f0f0f0f0f0f
	s = (s | s<<2) & 0x3333333333333333
	return (s | s<<1) & 0x5555555555555555
}

// A Tally is all that is told of some things. It is not changed after it was made.
type Tally struct {
	plan    Plan
	total   Count
	levels  [][]Row // by level
	squares []Row   // of all zooms, below each area of the last level or below the whole
	tables  []Table // by property
}

// Of counts things. It sorts them, and puts those of an area of the second level into the one above it.
func Of(plan Plan, things []Thing) *Tally {
	plan.K = max(plan.K, Floor)
	for i := range things {
		if in := things[i].Area[1]; in != Outside && len(plan.Areas) > 1 {
			things[i].Area[0] = plan.Above[in]
		}
	}
	slices.SortFunc(things, func(a, b Thing) int {
		return cmp.Or(cmp.Compare(a.Area[0], b.Area[0]), cmp.Compare(a.Area[1], b.Area[1]), cmp.Compare(a.Square, b.Square))
	})
	t := &Tally{plan: plan, total: told(len(things), len(things) > 0 && len(things) < plan.K), levels: make([][]Row, len(plan.Areas))}
	t.divide(things, 0, Row{Area: [Levels]int32{Outside, Outside}, Count: t.total})
	for i, n := range plan.Classes {
		t.tables = append(t.tables, t.table(things, i, n))
	}
	return t
}

func told(n int, hidden bool) Count {
	if hidden {
		return Count{Hidden: true}
	}
	return Count{N: n}
}

// Total is the count of all things.
func (t *Tally) Total() Count { return t.total }

// Areas are the counts of all areas of a level. Those of the first stand in their order, last what lies in none; those
// of the second by the area above, each time with what lies in none.
func (t *Tally) Areas(level int) []Row { return t.levels[level] }

// divide counts by the areas of a level what lies in one area of the level above.
func (t *Tally) divide(things []Thing, level int, above Row) {
	if level == len(t.plan.Areas) {
		switch {
		case above.Hidden:
			t.squares = append(t.squares, above)
		case len(things) > 0:
			t.split(above.Area, things, Square{})
		}
		return
	}
	areas := t.below(level, above.Area[0])
	parts := make([][]Thing, len(areas))
	counts := make([]int, len(areas))
	for i, area := range areas {
		n, _ := slices.BinarySearchFunc(things, area+1, func(t Thing, area int32) int { return cmp.Compare(t.Area[level], area) })
		parts[i], things, counts[i] = things[:n], things[n:], n
	}
	hidden := make([]bool, len(areas))
	if above.Hidden {
		hideAll(hidden)
	} else {
		hidden = Hide(counts, t.plan.K)
	}
	for i := range areas {
		i = (i + 1) % len(areas) // what lies outside comes last
		row := above
		row.Area[level], row.Count = areas[i], told(counts[i], hidden[i])
		t.levels[level] = append(t.levels[level], row)
		t.divide(parts[i], level+1, row)
	}
}

// below are the areas of a level that lie in one of the level above, in order, first Outside.
func (t *Tally) below(level int, above int32) []int32 {
	areas := []int32{Outside}
	for i := range int32(t.plan.Areas[level]) {
		if level == 0 || t.plan.Above[i] == above {
			areas = append(areas, i)
		}
	}
	return areas
}
