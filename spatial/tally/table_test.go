package tally_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/spatial/tally"
)

// fill makes the things of a table of counts by area and class.
func fill(counts [][]int) (things []tally.Thing) {
	for area, row := range counts {
		for class, n := range row {
			for range n {
				things = append(things, tally.Thing{Area: [2]int32{int32(area), tally.Outside}, Classes: []int32{int32(class)}})
			}
		}
	}
	return things
}

func TestATableHidesAlongRowsAndColumns(t *testing.T) {
	x := tally.Count{Hidden: true}
	n := func(n int) tally.Count { return tally.Count{N: n} }
	got := tally.Of(tally.Plan{K: k, Areas: []int{3}, Classes: []int{3}}, fill([][]int{{20, 2, 30}, {40, 50, 60}, {10, 11, 12}}))
	table := got.Table(0)
	want := [][]tally.Count{{x, x, n(30)}, {x, x, n(60)}, {n(10), n(11), n(12)}, {n(0), n(0), n(0)}}
	if !slices.EqualFunc(table.Rows, want, slices.Equal) {
		t.Errorf("a two needs one more in its row and its column, and the one where theirs meet: %v, want %v", table.Rows, want)
	}
	if want := []tally.Count{n(70), n(63), n(102)}; !slices.Equal(table.Totals, want) {
		t.Errorf("the sums of classes are %v, want %v", table.Totals, want)
	}
}

// TestWhoTriesAllTablesFindsOutNoHiddenCell lets an attacker try all tables that agree with what is told.
func TestWhoTriesAllTablesFindsOutNoHiddenCell(t *testing.T) {
	tried, dumb := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		counts := make([][]int, 2+r.IntN(2))
		classes := 5 - len(counts)
		for i := range counts {
			for range classes {
				counts[i] = append(counts[i], []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 12}[r.IntN(10)])
			}
		}
		got := tally.Of(tally.Plan{K: k, Areas: []int{len(counts)}, Classes: []int{classes}}, fill(counts))
		if slices.ContainsFunc(got.Areas(0), func(r tally.Row) bool { return r.Hidden }) {
			continue // TestWhoSolvesAllEquations looks at these
		}
		tried++
		possible, withheld := tables(got), got.Table(0).Rows[len(counts)][0].Hidden // of what lies outside: nothing
		told := 0
		for i := range counts {
			for c, n := range counts[i] {
				switch cell := got.Table(0).Rows[i][c]; {
				case !cell.Hidden && cell.N != n, !cell.Hidden && n > 0 && n < k:
					t.Fatalf("seed %d: %v: area %d, class %d is told as %d", seed, counts, i, c, cell.N)
				case !cell.Hidden:
					told++
				case n > 0 && n < k && !withheld:
					for want := 1; want < k; want++ {
						if !possible[[2]int{i, c}][want] {
							t.Fatalf("seed %d: %v, told %v: area %d, class %d cannot be %d", seed, counts, got.Table(0), i, c, want)
						}
					}
				}
			}
		}
		if told == 0 {
			dumb++
		}
	}
	if tried < 200 || dumb > tried/2 {
		t.Errorf("%d of %d tables tell nothing", dumb, tried)
	}
}

// tables is what each cell can be for who knows all sums of areas and what is told of a table, and supposes that hidden
// cells are not empty, which is so unless nothing of the table is told.
func tables(told *tally.Tally) map[[2]int]map[int]bool {
	areas, table := told.Areas(0), told.Table(0)
	classes := len(table.Totals)
	cells := make([]int, (len(areas)-1)*classes) // without what lies outside
	left := make([]int, len(areas)-1)
	for i := range left {
		left[i] = areas[i].N
	}
	possible := map[[2]int]map[int]bool{}
	var try func(at, sum int)
	try = func(at, sum int) {
		c, i := at/len(left), at%len(left)
		if i == 0 && at > 0 {
			if total := table.Totals[c-1]; total.Hidden && sum == 0 || !total.Hidden && sum != total.N {
				return
			}
			sum = 0
		}
		if c == classes {
			if slices.Max(left) > 0 {
				return
			}
			for at, n := range cells {
				key := [2]int{at % len(left), at / len(left)}
				if possible[key] == nil {
					possible[key] = map[int]bool{}
				}
				possible[key][n] = true
			}
			return
		}
		from, to := 1, left[i]
		if n := table.Rows[i][c]; !n.Hidden {
			from, to = n.N, min(n.N, left[i])
		}
		for n := from; n <= to; n++ {
			cells[at], left[i] = n, left[i]-n
			try(at+1, sum+n)
			left[i] += n
		}
	}
	try(0, 0)
	return possible
}
