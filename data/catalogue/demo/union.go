package demo

// outline joins faces: the rings of everything that in accepts, outer rings counter-clockwise and holes
// clockwise. Faces that lie apart give several outer rings. Equal borders have equal vertices.
func (m *mesh) outline(in func(f int32) bool) [][]pt {
	member := make([]bool, len(m.faces))
	for f := range m.faces {
		member[f] = f != 0 && in(int32(f))
	}
	edgeOf := func(h int32) bool { return member[m.half[h].face] && !member[m.half[h^1].face] }
	done := make([]bool, len(m.half))
	var rings [][]pt
	for h := range int32(len(m.half)) {
		if done[h] || !edgeOf(h) {
			continue
		}
		var vs []int32
		for g := h; !done[g]; {
			done[g] = true
			vs = append(vs, m.half[g].from)
			for g = m.half[g].next; member[m.half[g^1].face]; {
				g = m.half[g^1].next
			}
		}
		for _, loop := range simpleLoops(vs) {
			ring := make([]pt, len(loop))
			for i, v := range loop {
				ring[i] = m.at[v]
			}
			rings = append(rings, ring)
		}
	}
	return rings
}

// simpleLoops cuts a walk where it meets itself, so that no loop passes a vertex twice.
func simpleLoops(walk []int32) [][]int32 {
	var out [][]int32
	var stack []int32
	pos := map[int32]int{}
	for _, v := range walk {
		if i, seen := pos[v]; seen {
			loop := append([]int32(nil), stack[i:]...)
			for _, w := range loop {
				delete(pos, w)
			}
			stack = stack[:i]
			if len(loop) > 2 {
				out = append(out, loop)
			}
		}
		pos[v] = len(stack)
		stack = append(stack, v)
	}
	if len(stack) > 2 {
		out = append(out, stack)
	}
	return out
}

// polygons sorts rings into polygons: each outer ring with the holes that lie in it.
func polygons(rings [][]pt) [][][]pt {
	var out [][][]pt
	var size []float64
	for _, r := range rings {
		if a := area(r); a > 0 {
			out, size = append(out, [][]pt{r}), append(size, a)
		}
	}
	for _, r := range rings {
		if area(r) >= 0 {
			continue
		}
		best := -1
		for i := range out {
			if (best < 0 || size[i] < size[best]) && holds(out[i][0], r) {
				best = i
			}
		}
		if best >= 0 {
			out[best] = append(out[best], r)
		}
	}
	return out
}

// holds tells whether the hole lies in the ring; they may touch in single vertices.
func holds(ring, hole []pt) bool {
	for i, p := range hole {
		mid := p.lerp(hole[(i+1)%len(hole)], 0.5)
		step := hole[(i+1)%len(hole)].sub(p).unit().left().mul(0.05) // the hole's filled side lies to its left
		return inside(mid.add(step), ring)
	}
	return false
}
