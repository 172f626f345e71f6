package demo

import "math"

// A valley is the shape of the land: its axis is the river 藉河 (Jie), which runs from west to east through two
// basins, Qinzhou (秦州) and Maiji (麦积), and a narrow between them. In Maiji the larger 渭河 (Wei) comes in from
// the north. A place is named by (x, t): x of the axis and t metres to the north of it, at a right angle.
type valley struct {
	wobble noise
}

// Where the city begins and ends on the axis, the middles of its two basins, and the border of the districts.
const (
	westEnd, eastEnd     = -12400.0, 13000.0
	qinzhouAt, maijiAt   = -7000.0, 9300.0
	borderAt             = 900.0
	weiAt                = 7450.0
	weiHalf              = 95.0 // metres from the axis of the Wei to the roads on its banks
	regionWest, regionEa = -21000.0, 21500.0
)

func (v valley) axis(x float64) float64 {
	return 520*math.Sin(x/4200+0.6) - 0.06*x + 210*math.Sin(x/1900+2) + 60*math.Sin(x/800)
}

func (v valley) slope(x float64) float64 { return (v.axis(x+5) - v.axis(x-5)) / 10 }

// pos is the place of (x, t).
func (v valley) pos(x, t float64) pt {
	n := pt{-v.slope(x), 1}.unit()
	return pt{x, v.axis(x)}.along(n, t)
}

// tangent is the direction of the valley, to the east.
func (v valley) tangent(x float64) pt { return pt{1, v.slope(x)}.unit() }

// locate is the inverse of pos.
func (v valley) locate(p pt) (x, t float64) {
	x = p.x
	for range 3 {
		n := pt{-v.slope(x), 1}.unit()
		t = (p.y - v.axis(x)) / n.y
		x = p.x - t*n.x
	}
	return x, t
}

func bump(x, at, half float64) float64 {
	u := (x - at) / half
	return math.Exp(-u * u * u * u)
}

// north and south are the edges of the city, in metres from the axis; beyond them rise the hills.
func (v valley) north(x float64) float64 {
	return v.bankNorth(x) + 300 + 900*bump(x, qinzhouAt+200, 3900) + 1150*bump(x, maijiAt+500, 3400) + 90*v.wobble.at(x/900, 3)
}

func (v valley) south(x float64) float64 {
	return -v.bankSouth(x) + 270 + 760*bump(x, qinzhouAt-500, 4300) + 980*bump(x, maijiAt+200, 3500) + 90*v.wobble.at(x/900, 8)
}

// bankNorth and bankSouth are the roads on both banks.
func (v valley) bankNorth(x float64) float64 { return v.water(x) + 34 }
func (v valley) bankSouth(x float64) float64 { return -v.water(x) - 34 }

// water is half of the width of the river's bed, without its wobble.
func (v valley) water(x float64) float64 {
	return 34 + 34*bump(x, qinzhouAt+300, 3200) + 62*smooth(weiAt-500, weiAt+900, x)
}

// weiX is the axis of the Wei on the north side of the valley: it comes from the north-west.
func (v valley) weiX(t float64) float64 {
	return weiAt - 0.42*(t-v.bankNorth(weiAt)) + 90*math.Sin(t/520)
}

// side gives how far a place is from the river's bank road (0) to the edge of the city (1), and on which side.
func (v valley) side(p pt) (x, share float64, north bool) {
	x, t := v.locate(p)
	if t >= 0 {
		return x, (t - v.bankNorth(x)) / (v.north(x) - v.bankNorth(x)), true
	}
	return x, (v.bankSouth(x) - t) / (v.south(x) + v.bankSouth(x)), false
}

// beyond is how many metres a place lies outside of the city, up the hills; negative inside.
func (v valley) beyond(p pt) float64 {
	x, t := v.locate(p)
	x = min(eastEnd+2500, max(westEnd-2500, x))
	if t >= 0 {
		return t - v.north(x)
	}
	return -t - v.south(x)
}
