package runcard

import (
	"math"
	"slices"
)

// An Offer is a unit that could meet a need, and when it would be there.
type Offer struct {
	Unit    string
	Seconds float64 // finite
}

// Fill gives needs to units: offers are those who could meet each need. Nobody meets two. As many as possible are met,
// and of all ways to do so it is one with the least sum of seconds. The answer has for each need its units, the first
// one first; fewer than its count where nobody is left.
func Fill(needs []Need, offers [][]Offer) [][]Offer {
	var slots []int // of each slot its need
	for i, n := range needs {
		for range n.Count {
			slots = append(slots, i)
		}
	}
	number := map[string]int{}
	var units []string
	for _, all := range offers {
		for _, o := range all {
			if _, known := number[o.Unit]; !known {
				number[o.Unit] = len(units)
				units = append(units, o.Unit)
			}
		}
	}
	cost := make([][]float64, len(slots))
	for s, need := range slots {
		cost[s] = make([]float64, len(units)+len(slots)) // and one for each slot that stays open
		for u := range cost[s] {
			cost[s][u] = barred
		}
		cost[s][len(units)+s] = open
		for _, o := range offers[need] {
			at := &cost[s][number[o.Unit]]
			*at = min(*at, o.Seconds)
		}
	}
	out := make([][]Offer, len(needs))
	for s, u := range assign(cost) {
		if u < len(units) && cost[s][u] < open {
			out[slots[s]] = append(out[slots[s]], Offer{units[u], cost[s][u]})
		}
	}
	for _, all := range out {
		slices.SortStableFunc(all, func(a, b Offer) int {
			if a.Seconds < b.Seconds {
				return -1
			}
			return 1
		})
	}
	return out
}

// A slot that stays open costs more than any unit that comes, and one who cannot meet it more than all open slots.
const (
	open   = 1e9
	barred = 1e12
)

// assign gives each row a column of its own so that the sum is least (the Hungarian method with potentials, O(rows² ·
// columns); Kuhn 1955, Munkres 1957). There are no fewer columns than rows.
func assign(cost [][]float64) []int {
	if len(cost) == 0 {
		return nil
	}
	rows, columns := len(cost), len(cost[0])
	u, v := make([]float64, rows+1), make([]float64, columns+1)
	owner, before := make([]int, columns+1), make([]int, columns+1) // of each column its row, and the column that it was reached from; 0 is none
	for row := 1; row <= rows; row++ {
		owner[0] = row
		least := slices.Repeat([]float64{math.Inf(1)}, columns+1)
		done := make([]bool, columns+1)
		at := 0
		for owner[at] != 0 {
			done[at] = true
			r, next, delta := owner[at], 0, math.Inf(1)
			for c := 1; c <= columns; c++ {
				if done[c] {
					continue
				}
				if d := cost[r-1][c-1] - u[r] - v[c]; d < least[c] {
					least[c], before[c] = d, at
				}
				if least[c] < delta {
					delta, next = least[c], c
				}
			}
			for c := range columns + 1 {
				if done[c] {
					u[owner[c]] += delta
					v[c] -= delta
				} else {
					least[c] -= delta
				}
			}
			at = next
		}
		for at != 0 {
			owner[at] = owner[before[at]]
			at = before[at]
		}
	}
	out := make([]int, rows)
	for c := 1; c <= columns; c++ {
		if owner[c] != 0 {
			out[owner[c]-1] = c - 1
		}
	}
	return out
}
