package api_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/wardmap/wardmap/api"
)

func TestRounded(t *testing.T) {
	tests := []struct {
		v        float64
		decimals int
		want     string
	}{
		{0, 1, "0"}, {math.Copysign(0, -1), 1, "0"}, {-0.04, 1, "0"}, {0.05, 1, "0.1"}, {105.7243, 7, "105.7243"}, {-0.0000001, 7, "-0.0000001"},
		{-179.99999996, 7, "-180"}, {1.005, 1, "1"}, {12, 0, "12"}, {1e300, 1, "1e+300"}, {math.NaN(), 1, "null"}, {math.Inf(-1), 1, "null"}, {100.1, 3, "100.1"},
	}
	for _, tt := range tests {
		if got := api.Rounded(tt.v, tt.decimals); got != tt.want {
			t.Errorf("%v with %d decimals is %s, want %s", tt.v, tt.decimals, got, tt.want)
		}
	}
	const seed = 4
	rng := rand.New(rand.NewPCG(seed, seed))
	for range 20_000 {
		v, decimals := (rng.Float64()-.5)*math.Pow(10, float64(rng.IntN(9))), rng.IntN(8)
		got, err := strconv.ParseFloat(api.Rounded(v, decimals), 64)
		if p := math.Pow10(decimals); err != nil || got != math.Round(v*p)/p {
			t.Fatalf("seed %d: %v with %d decimals is %s", seed, v, decimals, api.Rounded(v, decimals))
		}
	}
}
