package mvt

import "math"

// The four sides of the clip square.
const (
	left = iota
	right
	top
	bottom
)

// depth is how far inside of one side a vertex lies; negative is outside.
func (l loose) depth(side int) int64 {
	switch side {
	case left:
		return l.x - clipMin
	case right:
		return clipMax - l.x
	case top:
		return l.y - clipMin
	}
	return clipMax - l.y
}

// crossing is where the segment crosses the line of a side, rounded to the grid. It is the same in both
// directions, so that neighbours which share the segment share the crossing.
func crossing(a, b loose, side int) loose {
	if b.x < a.x || b.x == a.x && b.y < a.y {
		a, b = b, a
	}
	at := int64(clipMin)
	if side == right || side == bottom {
		at = clipMax
	}
	if side <= right {
		return loose{at, between(a.x, b.x, a.y, b.y, at)}
	}
	return loose{between(a.y, b.y, a.x, b.x, at), at}
}

// between interpolates v at u = at on the line from (u0, v0) to (u1, v1).
func between(u0, u1, v0, v1, at int64) int64 {
	t := float64(at-u0) / float64(u1-u0)
	return v0 + int64(math.Floor(float64(t*float64(v1-v0))+0.5))
}

// clipRing clips c.loose by the sides that its box reaches over (Sutherland and Hodgman). What went around
// outside comes back as edges along the border that may cover each other; the checker finds those and the
// overlay takes them out.
func (c *Canvas) clipRing(low, high loose) {
	for side := left; side <= bottom; side++ {
		if low.depth(side) >= 0 && high.depth(side) >= 0 || len(c.loose) == 0 {
			continue
		}
		out := c.spare[:0]
		last := c.loose[len(c.loose)-1]
		was := last.depth(side) >= 0
		for _, l := range c.loose {
			is := l.depth(side) >= 0
			if is != was {
				out = append(out, crossing(last, l, side))
			}
			if is {
				out = append(out, l)
			}
			last, was = l, is
		}
		c.loose, c.spare = out, c.loose
	}
}

// clipLine cuts the line in c.loose into the pieces inside of the clip square and writes them.
func (c *Canvas) clipLine() {
	c.pts = c.pts[:0]
	for i := 1; i < len(c.loose); i++ {
		a, b, ok := clipSegment(c.loose[i-1], c.loose[i])
		if !ok {
			continue
		}
		from, to := point{int32(a.x), int32(a.y)}, point{int32(b.x), int32(b.y)}
		if n := len(c.pts); n > 0 && c.pts[n-1] != from {
			c.writeLine()
			c.pts = c.pts[:0]
		}
		if len(c.pts) == 0 {
			c.pts = append(c.pts, from)
		}
		if from != to {
			c.pts = append(c.pts, to)
		}
	}
	c.writeLine()
}

// clipSegment is the piece of a segment inside of the clip square.
func clipSegment(a, b loose) (loose, loose, bool) {
	for side := left; side <= bottom; side++ {
		in, also := a.depth(side) >= 0, b.depth(side) >= 0
		switch {
		case !in && !also:
			return a, b, false
		case in && !also:
			b = crossing(a, b, side)
		case !in && also:
			a = crossing(a, b, side)
		}
	}
	return a, b, true
}
