package cordon

import (
	"time"

	"github.com/wardmap/wardmap/spatial/assign"
	"github.com/wardmap/wardmap/spatial/road"
)

// firstOptions is how many units are looked for at each exit before it is known that it needs more.
const firstOptions = 6

// closeInTime sends units to exits. Only the nearest few are looked for, and more where the prices of exits do not prove
// that nobody farther off makes a better way.
func closeInTime(g *road.Graph, exits []Exit, units []road.Place, margin time.Duration) {
	if len(exits) > mostPosts || len(units) == 0 {
		return
	}
	options, wanted := make([][]assign.Option, len(exits)), make([]int, len(exits))
	meters := make([][]float64, len(exits)) // of the options
	more := make([]bool, len(exits))        // whether there are units in time beyond the options
	for i := range wanted {
		wanted[i], more[i] = firstOptions, true
	}
	for again := true; again; {
		for i := range exits {
			if more[i] && len(options[i]) < wanted[i] {
				options[i], meters[i] = inTime(g, &exits[i], units, wanted[i], margin)
				more[i] = len(options[i]) == wanted[i] && wanted[i] < len(units)
			}
		}
		chosen, prices := assign.Units(options)
		again = false
		for i := range exits {
			if more[i] && prices[i] > options[i][len(options[i])-1].Takes {
				wanted[i], again = min(2*wanted[i], len(units)), true
			}
		}
		if !again {
			take(exits, options, meters, chosen)
		}
	}
}

// inTime are the units that are at an exit before the vehicle by more than a margin, the first of up to most.
func inTime(g *road.Graph, x *Exit, units []road.Place, most int, margin time.Duration) (found []assign.Option, meters []float64) {
	left := x.In - margin
	if left <= 0 {
		return nil, nil
	}
	for _, a := range g.Nearest(x.Place, units, most, left) {
		if a.How == road.ByRoad && a.Duration < left {
			found, meters = append(found, assign.Option{Unit: a.Unit, Takes: a.Duration}), append(meters, a.Meters)
		}
	}
	return found, meters
}

func take(exits []Exit, options [][]assign.Option, meters [][]float64, chosen []int) {
	for i, c := range chosen {
		if c >= 0 {
			o, x := options[i][c], &exits[i]
			x.Unit, x.Takes, x.Meters, x.Closed = o.Unit, o.Takes, meters[i][c], true
		}
	}
}

// callTheBest names for each open exit who would be there first of the units that close none, and how late.
func callTheBest(g *road.Graph, exits []Exit, units []road.Place, margin time.Duration) {
	busy := map[int]bool{}
	for i := range exits {
		if exits[i].Closed {
			busy[exits[i].Unit] = true
		}
	}
	var free []road.Place
	var number []int
	for i, u := range units {
		if !busy[i] && u.OnRoad() {
			free, number = append(free, u), append(number, i)
		}
	}
	for i := range exits {
		x := &exits[i]
		if x.Closed || len(free) == 0 {
			continue
		}
		if a := g.Nearest(x.Place, free, 1, 0)[0]; a.How == road.ByRoad {
			x.Unit, x.Takes, x.Meters, x.Late = number[a.Unit], a.Duration, a.Meters, a.Duration-(x.In-margin)
		}
	}
}
