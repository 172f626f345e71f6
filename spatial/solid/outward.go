package solid

import (
	"math"
	"slices"
)

// key is a point to a hair: points that are nearer to each other are the same.
type key [3]int64

func keyOf(p Point) key {
	return key{int64(math.Round(p[0] * 1e9)), int64(math.Round(p[1] * 1e9)), int64(math.Round(p[2] * 1e3))}
}

type side struct{ from, to key }

// use is a face that has a side, and whether it runs along it from the lesser to the greater end.
type use struct {
	face    int
	forward bool
}

// A Finding is what there was to see while faces were turned outward.
type Finding struct {
	Turned int // faces
	Open   int // sides without a second face: a closed body has none
	Ragged int // those of them that do not lie at the lowest height, where bodies often have no face
}

// Outward turns faces so that they look outward: two faces that share a side agree when they run along it in opposite
// directions, and all that hang together so look away from their inside. Faces without area are left out.
func (s Solid) Outward() (out Solid, found Finding) {
	foot := s.foot()
	for _, f := range s {
		if n := f.area2(foot); dot(n, n) > 1e-12 {
			out = append(out, f)
		}
	}
	sides := map[side][]use{}
	for i, f := range out {
		for _, ring := range f {
			for k, p := range ring {
				a, b := keyOf(p), keyOf(ring[(k+1)%len(ring)])
				forward := less(a, b)
				if !forward {
					a, b = b, a
				}
				if a != b {
					sides[side{a, b}] = append(sides[side{a, b}], use{i, forward})
				}
			}
		}
	}
	neighbours := make([][]link, len(out))
	beneath := keyOf(foot)[2] + 50 // mm
	for at, uses := range sides {
		switch {
		case len(uses) == 1:
			found.Open++
			if at.from[2] > beneath || at.to[2] > beneath {
				found.Ragged++
			}
		case len(uses) == 2 && uses[0].face != uses[1].face:
			one, two := uses[0], uses[1]
			against := one.forward == two.forward
			neighbours[one.face] = append(neighbours[one.face], link{two.face, against})
			neighbours[two.face] = append(neighbours[two.face], link{one.face, against})
		}
	}
	return out.agree(neighbours, &found.Turned), found
}

// link is a neighbour, and whether it looks the other way.
type link struct {
	face    int
	against bool
}

// agree turns the faces of each piece that hangs together.
func (s Solid) agree(neighbours [][]link, turned *int) Solid {
	const unseen, as, against = 0, 1, -1
	low, high := s.Box()
	middle := Point{(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2}
	state := make([]int, len(s))
	for first := range s {
		if state[first] != unseen {
			continue
		}
		state[first] = as
		piece := []int{first}
		for i := 0; i < len(piece); i++ {
			for _, l := range neighbours[piece[i]] {
				if state[l.face] != unseen {
					continue
				}
				state[l.face] = state[piece[i]]
				if l.against {
					state[l.face] = -state[l.face]
				}
				piece = append(piece, l.face)
			}
		}
		var part Solid
		for _, i := range piece {
			part = append(part, s[i].facing(state[i] == as))
		}
		right := part.away(middle)
		for k, i := range piece {
			if !right {
				part[k] = part[k].facing(false)
			}
			if right != (state[i] == as) {
				*turned++
			}
			s[i] = part[k]
		}
	}
	return s
}

// away tells whether the faces of a piece look away from a place within: for a closed piece, any place does.
func (s Solid) away(from Point) bool {
	sum := 0.0
	for _, f := range s {
		sum += dot(f.area2(from), sub(metres(from, f[0][0]), metres(from, from)))
	}
	return sum >= 0
}

// Upward is the face, turned where it looks down.
func (f Face) Upward() Face {
	if len(f) == 0 || len(f[0]) == 0 {
		return f
	}
	return f.facing(f.area2(f[0][0])[2] >= 0)
}

// facing is the face itself, or turned around.
func (f Face) facing(same bool) Face {
	if same {
		return f
	}
	out := make(Face, len(f))
	for i, ring := range f {
		out[i] = slices.Clone(ring)
		slices.Reverse(out[i])
	}
	return out
}

func less(a, b key) bool {
	for k := range a {
		if a[k] != b[k] {
			return a[k] < b[k]
		}
	}
	return false
}
