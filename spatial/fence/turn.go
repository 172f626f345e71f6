package fence

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// turn is positive when c lies left of the way from a to b, negative when right, and 0 on its line.
func turn(a, b, c orb.Point) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// left tells whether c lies left of the way from a to b, exactly: neighbours that share a border must agree to
// the last bit on who owns a point beside it. The bound is Shewchuk's.
func left(a, b, c orb.Point) bool {
	one, two := (b[0]-a[0])*(c[1]-a[1]), (b[1]-a[1])*(c[0]-a[0])
	if d := one - two; math.Abs(d) > 4e-16*(math.Abs(one)+math.Abs(two))+1e-300 {
		return d > 0
	}
	x, y := minus(b[0], a[0]), minus(b[1], a[1])
	return x.Mul(x, minus(c[1], a[1])).Cmp(y.Mul(y, minus(c[0], a[0]))) > 0
}

func minus(a, b float64) *big.Rat {
	x := new(big.Rat).SetFloat64(a) // not nil: coordinates are finite
	return x.Sub(x, new(big.Rat).SetFloat64(b))
}
