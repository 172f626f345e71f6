package tally

// A barrier is why a cell cannot be anything: it could be made up for within these rows and columns only.
type barrier struct{ rows, columns []bool }

// crosses tells whether a cell, if it were hidden, would lead out.
func (b *barrier) crosses(r, c int) bool { return b.rows[r] != b.columns[c] }

// protected tells whether a small hidden cell can be anything from 1 to k-1 for who knows all sums and all cells that
// are told: whether others can make up for it; nil is yes. That is a flow: to raise a cell by one, another of its column
// must sink, so another of that one's row must rise, and so on until the row of the first is even again.
func (g *grid) protected(r, c int) *barrier {
	if b := g.moves(r, c, g.k-1-g.counts[r][c], true); b != nil {
		return b
	}
	return g.moves(r, c, g.counts[r][c]-1, false)
}

// moves tells whether a cell can rise or sink by n, one by one.
func (g *grid) moves(r, c, n int, up bool) *barrier {
	values := make([][]int, len(g.counts))
	for i, row := range g.counts {
		values[i] = append([]int(nil), row...)
	}
	for range n {
		if b := g.balance(values, r, c, up); b != nil {
			return b
		}
	}
	return nil
}

// A sum of a column is a cell like others, with the opposite sign: where the others of its column rise, it rises, too.
// mayRise and maySink speak of signed values.
func (g *grid) mayRise(values [][]int, r, c int) bool {
	return g.hidden[r][c] && (r < len(values)-1 || values[r][c] > 1)
}

func (g *grid) maySink(values [][]int, r, c int) bool {
	return g.hidden[r][c] && (r == len(values)-1 || values[r][c] > 1)
}

func (g *grid) add(values [][]int, r, c, signed int) {
	if r == len(values)-1 {
		signed = -signed
	}
	values[r][c] += signed
}

// balance changes a cell by one and makes up for it by others, the fewest there are; or it says why nothing can.
func (g *grid) balance(values [][]int, r, c int, up bool) *barrier {
	rows, columns := len(values), len(values[0])
	if r == rows-1 {
		up = !up
	}
	// Nodes are rows, then columns. From a column one comes to the row of a cell that changes against the first, from a
	// row to the column of one that changes with it.
	from := make([]int, rows+columns)
	for i := range from {
		from[i] = -1
	}
	against, with := g.maySink, g.mayRise
	if !up {
		against, with = g.mayRise, g.maySink
	}
	queue := []int{rows + c}
	from[rows+c] = rows + c
	for len(queue) > 0 && from[r] < 0 {
		at := queue[0]
		queue = queue[1:]
		if at >= rows {
			for i := range rows {
				if from[i] < 0 && (i != r || at-rows != c) && against(values, i, at-rows) {
					from[i], queue = at, append(queue, i)
				}
			}
			continue
		}
		for j := range columns {
			if from[rows+j] < 0 && with(values, at, j) {
				from[rows+j], queue = at, append(queue, rows+j)
			}
		}
	}
	if from[r] < 0 {
		return newBarrier(from, rows)
	}
	one := 1
	if !up {
		one = -1
	}
	g.add(values, r, c, one)
	for at := r; at != rows+c; at = from[at] {
		if before := from[at]; at < rows {
			g.add(values, at, before-rows, -one)
		} else {
			g.add(values, before, at-rows, one)
		}
	}
	return nil
}

// newBarrier is of the nodes that were reached: rows, then columns.
func newBarrier(from []int, rows int) *barrier {
	reached := make([]bool, len(from))
	for i, before := range from {
		reached[i] = before >= 0
	}
	return &barrier{reached[:rows], reached[rows:]}
}
