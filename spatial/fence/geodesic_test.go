package fence_test

import (
	"math"

	"github.com/paulmach/orb"
)

// geodesic is the distance on the WGS84 ellipsoid by Vincenty's inverse formula: independent of how fences measure.
func geodesic(p, q orb.Point) float64 {
	const a, f = 6378137.0, 1 / 298.257223563
	const b = a * (1 - f)
	rad := math.Pi / 180
	u1, u2 := math.Atan((1-f)*math.Tan(p[1]*rad)), math.Atan((1-f)*math.Tan(q[1]*rad))
	l := (q[0] - p[0]) * rad
	sinU1, cosU1 := math.Sincos(u1)
	sinU2, cosU2 := math.Sincos(u2)
	lambda := l
	for range 100 {
		sinL, cosL := math.Sincos(lambda)
		sinS := math.Hypot(cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL)
		if sinS == 0 {
			return 0
		}
		cosS := sinU1*sinU2 + cosU1*cosU2*cosL
		sigma := math.Atan2(sinS, cosS)
		sinA := cosU1 * cosU2 * sinL / sinS
		cos2A := 1 - sinA*sinA
		cos2M := 0.0
		if cos2A != 0 {
			cos2M = cosS - 2*sinU1*sinU2/cos2A
		}
		c := f / 16 * cos2A * (4 + f*(4-3*cos2A))
		before := lambda
		lambda = l + (1-c)*f*sinA*(sigma+c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1)))
		if math.Abs(lambda-before) < 1e-13 {
			k := cos2A * (a*a - b*b) / (b * b)
			big := 1 + k/16384*(4096+k*(-768+k*(320-175*k)))
			small := k / 1024 * (256 + k*(-128+k*(74-47*k)))
			d := small * sinS * (cos2M + small/4*(cosS*(2*cos2M*cos2M-1)-small/6*cos2M*(4*sinS*sinS-3)*(4*cos2M*cos2M-3)))
			return b * big * (sigma - d)
		}
	}
	panic("no convergence: the places are antipodal")
}
