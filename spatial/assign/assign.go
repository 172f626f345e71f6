// Package assign gives units to what wants them, a cordon's exits and a run card's needs alike: as many as can be have one,
// in the least time.
package assign

import (
	"math"
	"time"
)

// An Option is a unit that would do, and how long it takes.
type Option struct {
	Unit  int
	Takes time.Duration
}

// Units gives each row one of its options or none (-1), and no unit to two rows: as many rows as can be have one, and of
// all such ways this is one with the least sum of times, to the microsecond. It is the Hungarian algorithm, row by row
// along the shortest augmenting path, in which every row may also stay without a unit at a cost above the sum of all.
//
// The prices prove it. For each row and unit, price + discount is at most what the unit takes there, discounts are not
// above 0, and where a row has a unit it is just that. So a unit that a row does not list as an option would make nothing
// better unless it took less there than the row's price.
func Units(options [][]Option) (chosen []int, prices []time.Duration) {
	m := newMarket(options)
	for row := range options {
		m.place(row)
	}
	chosen, prices = make([]int, len(options)), make([]time.Duration, len(options))
	for row := range chosen {
		chosen[row] = -1
		prices[row] = time.Duration(m.price[row]) * time.Microsecond
	}
	for column, row := range m.owner[:m.none] {
		if row >= 0 {
			for i := range options[row] {
				if m.column[options[row][i].Unit] == column {
					chosen[row] = i
				}
			}
		}
	}
	return chosen, prices
}

// A market is rows that want columns: units, and after those one for each row that stands for having none.
type market struct {
	options  [][]Option
	column   map[int]int // of units
	none     int         // the column of the first row that has none
	dear     int64       // what having none costs, in microseconds
	owner    []int       // by column, -1 when it is free
	price    []int64     // by row
	discount []int64     // by column, 0 or less: price + discount never exceeds a cost, and is it where a row has the column
}

func newMarket(options [][]Option) *market {
	m := &market{options: options, column: map[int]int{}, dear: 1}
	for _, row := range options {
		longest := int64(0)
		for _, o := range row {
			if _, known := m.column[o.Unit]; !known {
				m.column[o.Unit] = len(m.column)
			}
			longest = max(longest, o.Takes.Microseconds())
		}
		m.dear += longest
	}
	m.none = len(m.column)
	m.owner = make([]int, m.none+len(options))
	for i := range m.owner {
		m.owner[i] = -1
	}
	m.price, m.discount = make([]int64, len(options)), make([]int64, len(m.owner))
	return m
}

// place finds a column for one more row, by moving others where that costs least.
func (m *market) place(row int) {
	n := len(m.owner)
	slack, from, used := make([]int64, n), make([]int, n), make([]bool, n)
	for i := range slack {
		slack[i], from[i] = math.MaxInt64, -1
	}
	at, last := row, -1 // the row that wants something, and the column that it gives up
	for {
		m.look(at, last, slack, from, used)
		next := -1
		for c := range n {
			if !used[c] && slack[c] < math.MaxInt64 && (next < 0 || slack[c] < slack[next]) {
				next = c
			}
		}
		m.raise(row, slack, used, slack[next])
		used[next] = true
		if last = next; m.owner[next] < 0 {
			break
		}
		at = m.owner[next]
	}
	for c := last; ; { // hand the columns on along the way
		before := from[c]
		if before < 0 {
			m.owner[c] = row
			return
		}
		m.owner[c] = m.owner[before]
		c = before
	}
}

// look notes what a row would pay for each column beyond the prices.
func (m *market) look(row, last int, slack []int64, from []int, used []bool) {
	see := func(c int, cost int64) {
		if s := cost - m.price[row] - m.discount[c]; !used[c] && s < slack[c] {
			slack[c], from[c] = s, last
		}
	}
	for _, o := range m.options[row] {
		see(m.column[o.Unit], o.Takes.Microseconds())
	}
	see(m.none+row, m.dear)
}

// raise lets the new row, and the rows that have the used columns, pay more.
func (m *market) raise(row int, slack []int64, used []bool, by int64) {
	m.price[row] += by
	for c := range used {
		switch {
		case used[c]:
			m.price[m.owner[c]] += by
			m.discount[c] -= by
		case slack[c] < math.MaxInt64:
			slack[c] -= by
		}
	}
}
