package demo

// A segment is a road from one junction to the next.
type segment struct {
	line   []pt
	a, b   int32 // vertices of the mesh at its ends; -1 where the end belongs to no mesh
	class  class
	street int32
	bridge bool
	tunnel bool
	oneway bool
}

// segments walks all streets of the mesh from junction to junction.
func (c *city) segments() []segment {
	var out []segment
	done := make([]bool, len(c.m.edges))
	for v := range int32(len(c.m.at)) {
		if !c.junction(v) {
			continue
		}
		for _, h := range c.m.spokes(v) {
			if e := c.m.edge(h); e.class != noRoad && !done[h>>1] {
				out = append(out, c.follow(h, done))
			}
		}
	}
	return out
}

// follow walks from a junction until the next one.
func (c *city) follow(h int32, done []bool) segment {
	e := *c.m.edge(h)
	s := segment{a: c.m.half[h].from, class: e.class, street: e.street, bridge: e.bridge, line: []pt{c.m.a(h)}}
	for {
		done[h>>1] = true
		s.b = c.m.to(h)
		s.line = append(s.line, c.m.b(h))
		if c.junction(s.b) {
			return s
		}
		for _, next := range c.m.spokes(s.b) {
			if next != h^1 && c.m.edge(next).class != noRoad {
				h = next
				break
			}
		}
	}
}

// junction tells whether segments end at a vertex: where streets meet, end, or change.
func (c *city) junction(v int32) bool {
	if c.joints[v] {
		return true
	}
	n := 0
	var first edge
	for _, h := range c.m.spokes(v) {
		e := *c.m.edge(h)
		if e.class == noRoad {
			continue
		}
		n++
		e.line = noLine
		if n == 1 {
			first = e
		}
		if n > 2 || e != first {
			return true
		}
	}
	return n == 1
}
