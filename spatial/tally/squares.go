package tally

import (
	"cmp"
	"slices"
	"sort"
)

// squares are the things of one area, sorted by square.
type squares struct {
	of     Row
	things []Thing
}

// Squares are the counts by squares of a zoom, of each area for itself, without empty ones. Where squares of the zoom
// would tell too much, there is a hidden one, which may be larger: as large as the world (zoom 0) for the whole area.
func (t *Tally) Squares(zoom uint8) []Row {
	var rows []Row
	for _, root := range t.roots {
		switch {
		case root.of.Hidden:
			rows = append(rows, root.of)
		case len(root.things) > 0:
			rows = t.split(rows, root.of.Area, root.things, Square{}, min(zoom, t.plan.Zoom))
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(slices.Compare(a.Area[:], b.Area[:]), cmp.Compare(a.Square.Z, b.Square.Z), cmp.Compare(a.Square.X, b.Square.X), cmp.Compare(a.Square.Y, b.Square.Y))
	})
	return rows
}

// split appends what is told of a square that is not hidden.
func (t *Tally) split(rows []Row, area [Levels]int32, things []Thing, at Square, zoom uint8) []Row {
	if at.Z == zoom {
		return append(rows, Row{area, at, Count{N: len(things)}})
	}
	var parts [4][]Thing
	var counts [4]int
	shift := 62 - 2*uint(at.Z)
	for i := range parts {
		n := sort.Search(len(things), func(j int) bool { return things[j].Square>>shift&3 > uint64(i) })
		parts[i], things, counts[i] = things[:n], things[n:], n
	}
	hidden := Hide(counts[:], t.plan.K)
	for i, part := range parts {
		below := Square{at.Z + 1, at.X<<1 | uint32(i&1), at.Y<<1 | uint32(i>>1)}
		switch {
		case hidden[i]:
			rows = append(rows, Row{area, below, Count{Hidden: true}})
		case len(part) > 0:
			rows = t.split(rows, area, part, below, zoom)
		}
	}
	return rows
}
