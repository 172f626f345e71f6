package feed

import "github.com/paulmach/orb"

// Merge adds a box to a list that covers at least the same places afterwards and never exceeds MaxBoxes: a box
// that another one holds is left out, and in a full list the box joins the one that grows least by it.
func Merge(boxes []orb.Bound, b orb.Bound) []orb.Bound {
	for i, have := range boxes {
		if holds(have, b) {
			return boxes
		}
		if holds(b, have) {
			boxes[i] = b
			return boxes
		}
	}
	if len(boxes) < MaxBoxes {
		return append(boxes, b)
	}
	best, least := 0, growth(boxes[0], b)
	for i := 1; i < len(boxes); i++ {
		if g := growth(boxes[i], b); g < least {
			best, least = i, g
		}
	}
	boxes[best] = boxes[best].Union(b)
	return boxes
}

func holds(outer, inner orb.Bound) bool {
	return outer.Min[0] <= inner.Min[0] && outer.Min[1] <= inner.Min[1] && outer.Max[0] >= inner.Max[0] && outer.Max[1] >= inner.Max[1]
}

// growth is by how many square degrees a box grows when it takes in another one; the margin keeps boxes of
// single points from all looking alike.
func growth(have, more orb.Bound) float64 { return size(have.Union(more)) - size(have) }

const margin = 1e-4 // degrees, some 10 m

func size(b orb.Bound) float64 {
	return (b.Max[0] - b.Min[0] + margin) * (b.Max[1] - b.Min[1] + margin)
}
