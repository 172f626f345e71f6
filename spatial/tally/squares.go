package tally

import "sort"

// Squares are the counts by squares of a zoom, of each area for itself, without empty ones. Where squares of the zoom
// would tell too much, there is a hidden one, which may be larger: as large as the world (zoom 0) for the whole area.
func (t *Tally) Squares(zoom uint8) []Row {
	zoom = min(zoom, t.plan.Zoom)
	var rows []Row
	for _, row := range t.squares {
		if row.Square.Z == zoom || row.Hidden && row.Square.Z < zoom {
			rows = append(rows, row)
		}
	}
	return rows
}

// split keeps the squares of all zooms below one that is told, and itself.
func (t *Tally) split(area [Levels]int32, things []Thing, at Square) {
	t.squares = append(t.squares, Row{area, at, Count{N: len(things)}})
	if at.Z == t.plan.Zoom {
		return
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
			t.squares = append(t.squares, Row{area, below, Count{Hidden: true}})
		case len(part) > 0:
			t.split(area, part, below)
		}
	}
}
