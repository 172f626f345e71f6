package runcard

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial/assign"
)

// An Offer is a unit that could meet a need, and when it would be there.
type Offer struct {
	Unit    string
	Seconds float64 // finite
}

// Fill gives needs to units: offers are those who could meet each need, nobody twice. Nobody meets two. As many as possible
// are met, and of all ways to do so it is one with the least sum of seconds. The answer has for each need its units, the
// first one first; fewer than its count where nobody is left.
func Fill(needs []Need, offers [][]Offer) [][]Offer {
	number := map[string]int{}
	var rows [][]assign.Option // one for each unit that is needed
	var owners []int           // the need of each row
	for i, n := range needs {
		var options []assign.Option
		for _, o := range offers[i] {
			if _, known := number[o.Unit]; !known {
				number[o.Unit] = len(number)
			}
			options = append(options, assign.Option{Unit: number[o.Unit], Takes: time.Duration(math.Round(o.Seconds * 1e9))})
		}
		for range n.Count {
			rows, owners = append(rows, options), append(owners, i)
		}
	}
	out := make([][]Offer, len(needs))
	chosen, _ := assign.Units(rows)
	for row, option := range chosen {
		if option >= 0 {
			need := owners[row]
			out[need] = append(out[need], offers[need][option])
		}
	}
	for _, all := range out {
		slices.SortStableFunc(all, func(a, b Offer) int { return cmp.Compare(a.Seconds, b.Seconds) })
	}
	return out
}
