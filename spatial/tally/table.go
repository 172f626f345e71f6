package tally

// A Table is the counts of areas of the first level by class. Its sums are told, too: each area by Tally.Areas, each
// class by Totals. So it is protected along both.
type Table struct {
	Totals []Count   // by class
	Rows   [][]Count // by row of Areas(0), then by class
}

// Table is the counts by the classes of a property.
func (t *Tally) Table(property int) Table { return t.tables[property] }

func (t *Tally) table(things []Thing, property, classes int) Table {
	var areas []Row
	if len(t.levels) > 0 {
		areas = t.levels[0]
	}
	counts, merged := t.countClasses(areas, things, property, classes)
	hidden, withheld := hideTable(counts, merged, t.plan.K)
	out := Table{Totals: make([]Count, classes), Rows: make([][]Count, len(areas))}
	for c := range out.Totals {
		sum := 0
		for _, row := range counts {
			sum += row[c]
		}
		out.Totals[c] = told(sum, withheld || hidden[len(counts)][c])
	}
	at := 0
	for i, area := range areas {
		out.Rows[i] = make([]Count, classes)
		for c := range out.Rows[i] {
			if area.Hidden {
				out.Rows[i][c] = Count{Hidden: true}
			} else {
				out.Rows[i][c] = told(counts[at][c], withheld || hidden[at][c])
			}
		}
		if !area.Hidden {
			at++
		}
	}
	return out
}

// countClasses counts by class each area that is told, and in one last row, if there are any, all hidden areas together:
// their sum can be reckoned.
func (t *Tally) countClasses(areas []Row, things []Thing, property, classes int) (counts [][]int, merged bool) {
	row := map[int32]int{}
	for _, a := range areas {
		if !a.Hidden {
			row[a.Area[0]] = len(counts)
			counts = append(counts, make([]int, classes))
		}
	}
	rest := make([]int, classes)
	for _, thing := range things {
		into := rest
		if at, told := row[thing.Area[0]]; told {
			into = counts[at]
		} else {
			merged = true
		}
		into[thing.Classes[property]]++
	}
	if merged {
		counts = append(counts, rest)
	}
	return counts, merged
}

// hideTable says which cells of a table are to be hidden when all sums of rows are told; the row after the last is the
// sums of columns. merged says that nothing of the last row is told. withheld is that none of the table can be told.
func hideTable(counts [][]int, merged bool, k int) (hidden [][]bool, withheld bool) {
	g := newGrid(counts, k)
	total := 0
	for _, n := range g.sums() {
		total += n
	}
	if total > 0 && total < k {
		return g.hidden, true
	}
	if merged {
		last := len(counts) - 1
		for c, n := range counts[last] {
			if n > 0 && !g.hidden[last][c] {
				g.hide(last, c)
			}
		}
	}
	for {
		r, c, b := g.open()
		if b == nil {
			return g.hidden, false
		}
		if !g.hideOneMore(r, c, b) {
			return g.hidden, true
		}
	}
}

// A grid is a table while it is decided what is hidden.
type grid struct {
	counts [][]int // with the sums of columns as last row
	hidden [][]bool
	k      int
	done   map[[2]int]bool // cells that are known to be protected: hiding more cannot harm them

	inRow, inColumn []int // how many are hidden
}

func newGrid(counts [][]int, k int) *grid {
	g := &grid{k: k, done: map[[2]int]bool{}}
	classes := 0
	if len(counts) > 0 {
		classes = len(counts[0])
	}
	sums := make([]int, classes)
	for _, row := range counts {
		for c, n := range row {
			sums[c] += n
		}
	}
	g.counts = append(append([][]int(nil), counts...), sums)
	g.inRow, g.inColumn = make([]int, len(g.counts)), make([]int, classes)
	for r, row := range g.counts {
		g.hidden = append(g.hidden, make([]bool, len(row)))
		for c, n := range row {
			if n > 0 && n < k {
				g.hide(r, c)
			}
		}
	}
	return g
}

func (g *grid) hide(r, c int) {
	g.hidden[r][c] = true
	g.inRow[r]++
	g.inColumn[c]++
}

func (g *grid) sums() []int { return g.counts[len(g.counts)-1] }

// open finds a small count that somebody could narrow down, and why.
func (g *grid) open() (r, c int, b *barrier) {
	for r, row := range g.counts {
		for c, n := range row {
			if n == 0 || n >= g.k || g.done[[2]int{r, c}] {
				continue
			}
			if b := g.protected(r, c); b != nil {
				return r, c, b
			}
			g.done[[2]int{r, c}] = true
		}
	}
	return 0, 0, nil
}

// hideOneMore hides a further cell for the sake of one, the next that leads out of the barrier: where a row and a column
// meet that both have a hidden one, or else any. How large it is does not matter.
func (g *grid) hideOneMore(r, c int, b *barrier) bool {
	rows, columns := len(g.counts), len(g.counts[0])
	for _, both := range []bool{true, false} {
		for step := 1; step < rows*columns; step++ {
			at := (r*columns + c + step) % (rows * columns)
			i, j := at/columns, at%columns
			if g.hidden[i][j] || g.counts[i][j] == 0 || !b.crosses(i, j) || both && (g.inRow[i] == 0 || g.inColumn[j] == 0) {
				continue
			}
			g.hide(i, j)
			return true
		}
	}
	return false
}
