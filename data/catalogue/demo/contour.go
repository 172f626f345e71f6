package demo

// contours finds the areas where a field is greater than a level, on a grid of cells: rings, outer ones
// counter-clockwise, holes clockwise. The field must be below the level on the border of the grid.
func contours(field []float64, cols, rows int, level float64, place func(x, y float64) pt) [][]pt {
	at := func(i, j int) float64 { return field[j*cols+i] - level }
	// An edge of the grid has a number: horizontal ones 2k, vertical ones 2k+1, k from its lower left corner.
	next := make([]int32, 2*cols*rows)
	for i := range next {
		next[i] = -1
	}
	for j := range rows - 1 {
		for i := range cols - 1 {
			marchCell(at(i, j), at(i+1, j), at(i+1, j+1), at(i, j+1), [4]int32{
				int32(2 * (j*cols + i)), int32(2*(j*cols+i+1) + 1), int32(2 * ((j+1)*cols + i)), int32(2*(j*cols+i) + 1)}, next)
		}
	}
	point := func(e int32) pt {
		k := int(e / 2)
		i, j := k%cols, k/cols
		a := at(i, j)
		if e%2 == 0 {
			return place(float64(i)+a/(a-at(i+1, j)), float64(j))
		}
		return place(float64(i), float64(j)+a/(a-at(i, j+1)))
	}
	var rings [][]pt
	for start := range next {
		var ring []pt
		for e := int32(start); next[e] >= 0; {
			ring = append(ring, point(e))
			e, next[e] = next[e], -1
		}
		if len(ring) > 5 {
			rings = append(rings, ring)
		}
	}
	return rings
}

// marchCell links the edges (south, east, north, west) of one cell so that the greater side lies to the left.
// a, b, c, d are its corners from the lower left, counter-clockwise.
func marchCell(a, b, c, d float64, edge [4]int32, next []int32) {
	const s, e, n, w = 0, 1, 2, 3
	link := func(from, to int) { next[edge[from]] = edge[to] }
	code := 0
	for i, v := range [4]float64{a, b, c, d} {
		if v > 0 {
			code |= 1 << i
		}
	}
	switch code {
	case 1:
		link(s, w)
	case 2:
		link(e, s)
	case 3:
		link(e, w)
	case 4:
		link(n, e)
	case 5:
		link(s, w)
		link(n, e)
	case 6:
		link(n, s)
	case 7:
		link(n, w)
	case 8:
		link(w, n)
	case 9:
		link(s, n)
	case 10:
		link(e, s)
		link(w, n)
	case 11:
		link(e, n)
	case 12:
		link(w, e)
	case 13:
		link(s, e)
	case 14:
		link(w, s)
	}
}

// rounded cuts the corners of a ring once: every side keeps its middle half.
func rounded(r []pt) []pt {
	out := make([]pt, 0, 2*len(r))
	for i, p := range r {
		q := r[(i+1)%len(r)]
		out = append(out, p.lerp(q, 0.25), p.lerp(q, 0.75))
	}
	return out
}
