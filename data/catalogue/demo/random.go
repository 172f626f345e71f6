package demo

import (
	"math"
	"math/rand/v2"
)

// A dice is a seeded source of chance. Every part of the city throws its own, so that a change in one part
// leaves the others as they were.
type dice struct{ *rand.Rand }

func newDice(seed uint64, part string) dice {
	h := uint64(14695981039346656037)
	for _, b := range []byte(part) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return dice{rand.New(rand.NewPCG(seed, h))}
}

// between is evenly spread over [a, b).
func (d dice) between(a, b float64) float64 { return a + (b-a)*d.Float64() }

// spread is within -a to a, and more often near zero.
func (d dice) spread(a float64) float64 { return a * (d.Float64() + d.Float64() - 1) }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// count is a whole number from a to b, both included.
func (d dice) count(a, b int) int { return a + d.IntN(b-a+1) }

func pick[T any](d dice, all []T) T { return all[d.IntN(len(all))] }

// shuffled is a copy of all in chance order.
func shuffled[T any](d dice, all []T) []T {
	out := append([]T(nil), all...)
	d.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// A noise is a smooth field of values -1 to 1, the same for the same seed everywhere.
type noise uint64

func (n noise) at(x, y float64) float64 {
	i, j := math.Floor(x), math.Floor(y)
	u, v := smooth(0, 1, x-i), smooth(0, 1, y-j)
	a, b := n.corner(i, j), n.corner(i+1, j)
	c, d := n.corner(i, j+1), n.corner(i+1, j+1)
	return (a+(b-a)*u)*(1-v) + (c+(d-c)*u)*v
}

// layered adds three octaves.
func (n noise) layered(x, y float64) float64 {
	return (n.at(x, y) + n.at(x*2.03+7, y*2.03)/2 + n.at(x*4.1, y*4.1+13)/4) / 1.75
}

func (n noise) corner(i, j float64) float64 {
	h := uint64(n) ^ uint64(int64(i))*0x9e3779b97f4a7c15 ^ uint64(int64(j))*0xc2b2ae3d27d4eb4f
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	h *= 0x94d049bb133111eb
	h ^= h >> 31
	return float64(h>>11)/(1<<52) - 1
}
