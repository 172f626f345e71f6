package earcut

// turn is twice the area of a triangle: positive when it turns left.
func turn(a, b, c *node) float64 { return (b.x-a.x)*(c.y-b.y) - (b.y-a.y)*(c.x-b.x) }

// inside tells whether p lies in a triangle that turns left, its border included.
func inside(a, b, c, p *node) bool {
	return (a.x-p.x)*(c.y-p.y) <= (c.x-p.x)*(a.y-p.y) && (b.x-p.x)*(a.y-p.y) <= (a.x-p.x)*(b.y-p.y) && (c.x-p.x)*(b.y-p.y) <= (b.x-p.x)*(c.y-p.y)
}

// crossesInside tells whether two segments cross at inner points.
func (t *Triangulator) crossesInside(p1, q1, p2, q2 int32) bool {
	a, b, c, d := &t.nodes[p1], &t.nodes[q1], &t.nodes[p2], &t.nodes[q2]
	return sign(turn(a, b, c))*sign(turn(a, b, d)) < 0 && sign(turn(c, d, a))*sign(turn(c, d, b)) < 0
}

// crosses tells whether two segments meet.
func (t *Triangulator) crosses(p1, q1, p2, q2 int32) bool {
	a, b, c, d := &t.nodes[p1], &t.nodes[q1], &t.nodes[p2], &t.nodes[q2]
	o1, o2, o3, o4 := sign(turn(a, b, c)), sign(turn(a, b, d)), sign(turn(c, d, a)), sign(turn(c, d, b))
	return o1*o2 < 0 && o3*o4 < 0 || o1 == 0 && between(a, c, b) || o2 == 0 && between(a, d, b) ||
		o3 == 0 && between(c, a, d) || o4 == 0 && between(c, b, d)
}

func sign(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func between(p, q, r *node) bool {
	return q.x <= max(p.x, r.x) && q.x >= min(p.x, r.x) && q.y <= max(p.y, r.y) && q.y >= min(p.y, r.y)
}

// locallyInside tells whether the line from a to b starts into the inside of the ring.
func (t *Triangulator) locallyInside(a, b int32) bool {
	na, nb := &t.nodes[a], &t.nodes[b]
	prev, next := &t.nodes[na.prev], &t.nodes[na.next]
	if turn(prev, na, next) > 0 {
		return turn(na, nb, next) <= 0 && turn(na, prev, nb) <= 0
	}
	return turn(na, nb, prev) > 0 || turn(na, next, nb) > 0
}

func (t *Triangulator) middleInside(a, b int32) bool {
	x, y := (t.nodes[a].x+t.nodes[b].x)/2, (t.nodes[a].y+t.nodes[b].y)/2
	in := false
	for p := a; ; {
		t.budget--
		one, next := &t.nodes[p], &t.nodes[t.nodes[p].next]
		if (one.y > y) != (next.y > y) && next.y != one.y && x < (next.x-one.x)*(y-one.y)/(next.y-one.y)+one.x {
			in = !in
		}
		if p = one.next; p == a {
			return in
		}
	}
}
