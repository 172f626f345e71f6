package demo

// An areaOf some faces of the mesh is their union: a beat, a station's area, a subdistrict.
type areaOf struct {
	faces    []int32
	district int8
	weight   float64 // how much there is to do
	mid      pt
	size     float64
}

// layAreas makes beats, station areas and subdistricts, each a union of those before.
func (c *city) layAreas() {
	cells := c.cells()
	c.beats = c.m.merge(cells, [2]int{62, 58})
	c.stations = c.m.merge(copyAreas(c.beats), [2]int{11, 9})
	c.subs = c.m.merge(copyAreas(c.stations), [2]int{len(subdistricts[0]), len(subdistricts[1])})
}

func copyAreas(as []*areaOf) []*areaOf {
	out := make([]*areaOf, len(as))
	for i, a := range as {
		own := *a
		own.faces = append([]int32(nil), a.faces...)
		out[i] = &own
	}
	return out
}

// cells are the parts of the city between its greater streets.
func (c *city) cells() []*areaOf {
	seen := make([]bool, len(c.m.faces))
	weight := make([]float64, len(c.m.faces))
	for _, b := range c.blocks {
		weight[b.face] = b.size * beatWeight[b.zone]
	}
	var out []*areaOf
	for f := range int32(len(c.m.faces)) {
		if seen[f] || !c.urban(f) {
			continue
		}
		a := &areaOf{district: c.m.faces[f].district}
		queue := []int32{f}
		seen[f] = true
		for len(queue) > 0 {
			g := queue[0]
			queue = queue[1:]
			a.faces = append(a.faces, g)
			for _, h := range c.m.around(g) {
				o := c.m.half[h^1].face
				if !seen[o] && c.urban(o) && c.m.edge(h).class < secondary && c.m.faces[o].band == c.m.faces[g].band && c.m.faces[o].district == a.district {
					seen[o] = true
					queue = append(queue, o)
				}
			}
		}
		a.measure(c.m)
		for _, g := range a.faces {
			a.weight += weight[g]
		}
		a.weight += a.size * 0.05
		out = append(out, a)
	}
	return out
}

// beatWeight is how much there is to do on a square metre.
var beatWeight = [...]float64{urban: 1, oldTown: 1.9, core: 1.7, newTown: 0.8, industry: 0.5, village: 0.6, farm: 0.15}

func (c *city) urban(f int32) bool {
	fc := c.m.faces[f]
	return f != 0 && fc.town < 0 && fc.band != hillsNorth && fc.band != hillsSouth
}

func (a *areaOf) measure(m *mesh) {
	a.mid, a.size = pt{}, 0
	for _, f := range a.faces {
		r := m.ring(f)
		s := area(r)
		a.mid = a.mid.add(centroid(r).mul(s))
		a.size += s
	}
	a.mid = a.mid.mul(1 / a.size)
}

// merge joins areas until each district has n of them: the lightest goes to the neighbour that makes the most
// compact whole.
func (m *mesh) merge(areas []*areaOf, n [2]int) []*areaOf {
	owner := make([]int32, len(m.faces))
	for i := range owner {
		owner[i] = -1
	}
	for i, a := range areas {
		for _, f := range a.faces {
			owner[f] = int32(i)
		}
	}
	var alive [2]int
	var usual float64 // weight of one area in the end
	for _, a := range areas {
		alive[a.district]++
		usual += a.weight / float64(n[0]+n[1])
	}
	stuck := make([]bool, len(areas))
	for alive[0] > n[0] || alive[1] > n[1] {
		least := -1
		for i, a := range areas {
			if a != nil && !stuck[i] && alive[a.district] > n[a.district] && (least < 0 || a.weight < areas[least].weight) {
				least = i
			}
		}
		if least < 0 {
			break
		}
		to := m.bestNeighbour(areas, owner, least, usual)
		if to < 0 {
			stuck[least] = true
			continue
		}
		for _, f := range areas[least].faces {
			owner[f] = int32(to)
		}
		areas[to].join(areas[least])
		areas[least] = nil
		alive[areas[to].district]--
	}
	var out []*areaOf
	for _, a := range areas {
		if a != nil {
			out = append(out, a)
		}
	}
	return out
}

func (a *areaOf) join(b *areaOf) {
	a.faces = append(a.faces, b.faces...)
	a.mid = a.mid.mul(a.size).add(b.mid.mul(b.size)).mul(1 / (a.size + b.size))
	a.size, a.weight = a.size+b.size, a.weight+b.weight
}

// bestNeighbour is the neighbour with a long shared border, little weight and a near middle, or -1. usual keeps
// light areas from flocking together.
func (m *mesh) bestNeighbour(areas []*areaOf, owner []int32, i int, usual float64) int {
	a := areas[i]
	shared := make([]float64, len(areas))
	var seen []int32
	total := 0.0
	for _, f := range a.faces {
		for _, h := range m.around(f) {
			o := owner[m.half[h^1].face]
			l := m.a(h).dist(m.b(h))
			if o == int32(i) {
				continue
			}
			total += l
			if o >= 0 && areas[o].district == a.district {
				if shared[o] == 0 {
					seen = append(seen, o)
				}
				shared[o] += l
			}
		}
	}
	best, score := -1, 0.0
	for _, o := range seen {
		b := areas[o]
		reach := a.mid.dist(b.mid)
		s := shared[o] / total / ((b.weight + a.weight + usual) * (300 + reach))
		if best < 0 || s > score {
			best, score = int(o), s
		}
	}
	return best
}
