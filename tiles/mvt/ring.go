package mvt

import (
	"slices"

	"github.com/wardmap/wardmap/tiles"
)

// cross is the doubled area of the triangle a, b, c: positive when it turns from x to y.
func cross(a, b, c point) int32 { return (b.x-a.x)*(c.y-a.y) - (b.y-a.y)*(c.x-a.x) }

// area2 is twice the signed area of a ring (surveyor's formula): positive for exteriors.
func area2(pts []point) int64 {
	var sum int64
	last := pts[len(pts)-1]
	for _, p := range pts {
		sum += int64(last.x)*int64(p.y) - int64(p.x)*int64(last.y)
		last = p
	}
	return sum
}

// addRing quantises, clips and cleans a ring and tells whether something of it is left.
func (c *Canvas) addRing(pts []tiles.World, ranks []uint8, hole bool) bool {
	low, high := c.load(pts, ranks)
	if len(c.loose) < 3 || outside(low, high) {
		return false
	}
	if !inside(low, high) {
		c.clipRing(low, high)
	}
	from := len(c.pts)
	for _, l := range c.loose {
		c.pts = pushClean(c.pts, from, point{int32(l.x), int32(l.y)})
	}
	return c.closeRing(from, hole)
}

// closeRing makes a ring of the points from on, wound as its role asks, or drops them.
func (c *Canvas) closeRing(from int, hole bool) bool {
	c.pts = trimClean(c.pts, from)
	if len(c.pts)-from < 3 {
		c.pts = c.pts[:from]
		return false
	}
	if positive := area2(c.pts[from:]) > 0; positive == hole {
		slices.Reverse(c.pts[from:])
	}
	c.rings = append(c.rings, ring{int32(from), int32(len(c.pts)), hole})
	return true
}

// pushClean appends a point to the ring that starts at from, without repeated points, points on a straight
// line, and spikes.
func pushClean(pts []point, from int, p point) []point {
	for {
		n := len(pts)
		switch {
		case n > from && pts[n-1] == p:
			return pts
		case n > from+1 && cross(pts[n-2], pts[n-1], p) == 0:
			pts = pts[:n-1]
		default:
			return append(pts, p)
		}
	}
}

// trimClean does the same where the ring closes.
func trimClean(pts []point, from int) []point {
	first := from
	for len(pts)-first >= 2 {
		n := len(pts)
		switch {
		case pts[n-1] == pts[first]:
			pts = pts[:n-1]
		case n-first >= 3 && cross(pts[n-2], pts[n-1], pts[first]) == 0:
			pts = pts[:n-1]
		case n-first >= 3 && cross(pts[n-1], pts[first], pts[first+1]) == 0:
			first++
		default:
			return append(pts[:from], pts[first:]...)
		}
	}
	return pts[:from]
}
