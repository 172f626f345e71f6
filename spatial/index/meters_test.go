package index_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/index"
)

func TestMetersKnownNumbers(t *testing.T) {
	tests := []struct {
		name   string
		a, b   orb.Point
		meters float64
		within float64 // relative
	}{
		{"no distance", orb.Point{105.7, 34.58}, orb.Point{105.7, 34.58}, 0, 0},
		{"a degree of latitude at the equator", orb.Point{0, -.5}, orb.Point{0, .5}, 110574.3886, 1e-5},
		{"a degree of latitude at 45 north", orb.Point{9, 44.5}, orb.Point{9, 45.5}, 111131.7774, 1e-5},
		{"a degree of latitude at the pole", orb.Point{0, 89}, orb.Point{0, 90}, 111693.8644, 1e-4},
		{"a degree of longitude on the equator", orb.Point{-180, 0}, orb.Point{179, 0}, 111319.4908, 1e-5},
		{"a degree of longitude at 34.58 north", orb.Point{105, 34.58}, orb.Point{106, 34.58}, 91751.9, 1e-5},
		{"Vincenty's line from Flinders Peak to Buninyong", orb.Point{144.42486789, -37.95103342}, orb.Point{143.92649553, -37.65282114}, 54972.271, 1e-5},
		{"to the other side of the earth", orb.Point{0, 0}, orb.Point{180, 0}, 20003931.46, .01},
		{"from pole to pole", orb.Point{0, -90}, orb.Point{77, 90}, 20003931.46, .01},
	}
	for _, test := range tests {
		for _, got := range []float64{index.Meters(test.a, test.b), index.Meters(test.b, test.a)} {
			if math.Abs(got-test.meters) > test.within*test.meters {
				t.Errorf("%s: %.3f m, want %.3f", test.name, got, test.meters)
			}
		}
	}
}

func TestMetersAgainstGeodesic(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 1))
	for range 20_000 {
		a := orb.Point{r.Float64()*360 - 180, r.Float64()*170 - 85}
		far := math.Pow(10, 5*r.Float64())
		b := away(a, far, r.Float64()*2*math.Pi)
		want := geodesic(a, b)
		if got := index.Meters(a, b); math.Abs(got-want) > want/20_000+1e-6 {
			t.Fatalf("seed %d: from %v to %v: %.6f m, the geodesic is %.6f", seed, a, b, got, want)
		}
	}
}

// away is about so many metres from p.
func away(p orb.Point, meters, bearing float64) orb.Point {
	north, east := meters*math.Cos(bearing)/111_195, meters*math.Sin(bearing)/111_195
	lat := math.Max(-90, math.Min(90, p[1]+north))
	lon := p[0] + east/math.Max(.01, math.Cos(p[1]*math.Pi/180))
	return orb.Point{math.Mod(lon+540, 360) - 180, lat}
}

// geodesic is Vincenty's inverse formula (Survey Review XXIII, 1975), good to a millimetre where it converges.
func geodesic(p, q orb.Point) float64 {
	const a, f = 6378137.0, 1 / 298.257223563
	const b = a * (1 - f)
	rad := math.Pi / 180
	l := math.Remainder(q[0]-p[0], 360) * rad
	sinU1, cosU1 := math.Sincos(math.Atan((1 - f) * math.Tan(p[1]*rad)))
	sinU2, cosU2 := math.Sincos(math.Atan((1 - f) * math.Tan(q[1]*rad)))
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
		if math.Abs(lambda-before) > 1e-13 {
			continue
		}
		u2 := cos2A * (a*a - b*b) / (b * b)
		big := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2)))
		small := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
		inner := cosS*(2*cos2M*cos2M-1) - small/6*cos2M*(4*sinS*sinS-3)*(4*cos2M*cos2M-3)
		return b * big * (sigma - small*sinS*(cos2M+small/4*inner))
	}
	return math.NaN()
}
