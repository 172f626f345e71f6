package tally_test

import (
	"slices"
	"testing"

	"github.com/wardmap/wardmap/spatial/tally"
)

// TestSquaresStopWhereTheyWouldTellTooMuch counts 40 things of which 2 lie apart, in the south-east of the north-west.
func TestSquaresStopWhereTheyWouldTellTooMuch(t *testing.T) {
	const half, quarter = 1 << 31, 1 << 30
	var things []tally.Thing
	put := func(n int, x, y uint32) {
		for range n {
			things = append(things, tally.Thing{Area: [2]int32{tally.Outside, tally.Outside}, Square: tally.SquareAt(x, y)})
		}
	}
	put(20, half+1, half+1)
	put(18, 5, 5)
	put(2, quarter+1, quarter+1)
	got := tally.Of(tally.Plan{K: k, Zoom: 4}, things)
	none := [2]int32{tally.Outside, tally.Outside}
	row := func(z uint8, x, y uint32, n int) tally.Row {
		return tally.Row{Area: none, Square: tally.Square{Z: z, X: x, Y: y}, Count: tally.Count{N: n, Hidden: n == 0}}
	}
	for zoom, want := range [][]tally.Row{
		{row(0, 0, 0, 40)},
		{row(1, 0, 0, 20), row(1, 1, 1, 20)},
		{row(2, 0, 0, 0), row(2, 1, 1, 0), row(2, 2, 2, 20)},
		{row(2, 0, 0, 0), row(2, 1, 1, 0), row(3, 4, 4, 20)}, // what lies below the hidden ones is not told
	} {
		if rows := got.Squares(uint8(zoom)); !slices.Equal(rows, want) {
			t.Errorf("zoom %d: %v, want %v", zoom, rows, want)
		}
	}
	if rows := got.Squares(9); rows[2].Square.Z != 4 {
		t.Errorf("finer squares than planned: %v", rows)
	}
	few := tally.Of(tally.Plan{K: k, Zoom: 4}, things[:3])
	if rows := few.Squares(3); !slices.Equal(rows, []tally.Row{row(0, 0, 0, 0)}) || !few.Total().Hidden {
		t.Errorf("three things: %v, %v", few.Total(), rows)
	}
	if nothing := tally.Of(tally.Plan{K: k, Zoom: 4}, nil); len(nothing.Squares(3)) > 0 || nothing.Total().Hidden {
		t.Errorf("nothing: %v", nothing)
	}
}
