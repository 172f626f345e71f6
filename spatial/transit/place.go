package transit

import (
	"math"

	"github.com/paulmach/orb"
)

// A perch is a place on the line where a stop could be.
type perch struct {
	along, cost float64 // cost: sum of squared metres of this and the stops before it
	before      int     // perch of the stop before it
}

// Place finds where along a line its stops are, in their order: each where the sum of the squared distances of all of
// them is least, and none behind the one before it. So a stop that a line passes twice is put where its neighbours say.
// Among equally good places it takes the first. (Where neighbours stand beside one side of the line in the other order,
// they share a place, and the sum may be a little more than the least.) It takes time by stops times points of the line.
func Place(line orb.LineString, stops []orb.Point) ([]float64, error) {
	at, err := measure(line)
	if err != nil || len(stops) == 0 {
		return nil, err
	}
	rows := make([][]perch, len(stops))
	for i, stop := range stops {
		s := side{scaleAt(stop), stop, line, at}
		rows[i] = s.perches()
		if i > 0 {
			s.chain(rows[i-1], rows[i])
		}
	}
	best, last := 0, rows[len(rows)-1]
	for k := range last {
		if last[k].cost < last[best].cost {
			best = k
		}
	}
	out := make([]float64, len(stops))
	for i := len(rows) - 1; i >= 0; i-- {
		out[i] = rows[i][best].along
		best = rows[i][best].before
	}
	return out, nil
}

// A side is a stop beside a line.
type side struct {
	scale
	stop orb.Point
	line orb.LineString
	at   []float64
}

// perches gives the nearest place on every part of the line.
func (s side) perches() []perch {
	out := make([]perch, len(s.line)-1)
	for i := range out {
		share, meters := s.foot(s.stop, s.line[i], s.line[i+1])
		out[i] = perch{along: s.at[i] + share*(s.at[i+1]-s.at[i]), cost: meters * meters}
	}
	return out
}

// chain adds to each perch the cheapest one of the stop before that is not ahead of it. One that is ahead on the same
// part of the line moves the perch there, if that is cheaper: two stops stand beside each other in the other order.
func (s side) chain(before, now []perch) {
	best, cost := -1, math.Inf(1)
	for k := range now {
		b, own := &before[k], now[k]
		if b.along > own.along {
			own = perch{along: b.along, cost: s.squared(k, b.along)}
		}
		if best < 0 || own.cost+b.cost < now[k].cost+cost {
			own.before, own.cost = k, own.cost+b.cost
		} else {
			own = perch{now[k].along, now[k].cost + cost, best}
		}
		if now[k] = own; b.cost < cost {
			best, cost = k, b.cost
		}
	}
}

// squared is how far the stop is from a place on one part of the line, squared.
func (s side) squared(part int, along float64) float64 {
	a, b := s.line[part], s.line[part+1]
	t := (along - s.at[part]) / (s.at[part+1] - s.at[part])
	d := s.between(s.stop, orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])})
	return d * d
}
