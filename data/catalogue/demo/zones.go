package demo

// A zone is a character of the city at a place.
type zone int8

const (
	urban zone = iota // slabs of the seventies to the nineties, shops along the streets
	oldTown
	core // the middle of a basin: perimeter blocks
	newTown
	industry
	village
	farm
)

// blockSize is the area in square metres at which blocks of a zone are divided no more.
var blockSize = [...]float64{
	urban: 31000, oldTown: 12500, core: 20000, newTown: 44000, industry: 66000, village: 17000, farm: 100000,
}

func (c *city) zone(p pt) zone {
	x, share, north := c.valley.side(p)
	n := c.mood.layered(p.x/700, p.y/700)
	far := func(at float64) float64 { return max(x-at, at-x) }
	switch {
	case north && far(-7150) < 1150+250*n && share < 0.74+0.2*n:
		return oldTown
	case far(qinzhouAt) < 2300+500*n && share < 0.62+0.25*n, far(maijiAt+200) < 1500+400*n && share < 0.6+0.25*n:
		return core
	case share > 0.9+0.12*n:
		return village
	case far(-3700) < 1250 && share < 0.86, far(11900) < 1100+300*n && !north, far(6100) < 900 && !north:
		return newTown
	case north && far(5200) < 1300+300*n, !north && far(-11500) < 700, north && far(12500) < 900, north && far(-1300) < 600 && share > 0.3:
		return industry
	case far(1300) < 3700 || x < -11700:
		if n > 0.18 {
			return village
		}
		return farm
	}
	return urban
}
