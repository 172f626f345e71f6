package shape

import (
	"encoding/binary"
	"iter"
	"slices"

	"github.com/paulmach/orb"
)

// An Overlay is what the borders of several areas cut the plane into: faces, each held by some of the areas. It is not
// changed after it was made, but its methods share memory: one goroutine asks at a time.
type Overlay struct {
	g      *graph
	sets   []held  // all different ones
	set    []int32 // by cycle: who holds the face to its left, as a number in sets
	inside []bool  // by cycle; all false between calls
	used   []bool  // by half; all false between calls
}

// held is what one set of areas holds.
type held struct {
	by     []int32 // ascending
	cycles []int32
}

// Lay lays areas over each other. Each must be valid by itself; how its rings are wound means nothing.
func Lay(areas ...orb.MultiPolygon) (*Overlay, error) {
	n := &noder{}
	for i, area := range areas {
		for _, p := range area {
			for j, r := range p {
				for _, at := range r {
					if !finite(at) {
						return nil, invalid(at, "a coordinate is not a number of this world")
					}
				}
				if len(r) > 1 {
					n.paths = append(n.paths, path{places: r, part: int32(i), ring: int32(j)})
				}
			}
		}
	}
	if len(n.paths) == 0 {
		return &Overlay{g: &graph{}}, nil
	}
	if !n.node() {
		return nil, tangled(n.segs)
	}
	o := &Overlay{g: newGraph(n.paths)}
	o.set = make([]int32, len(o.g.starts))
	o.inside, o.used = make([]bool, len(o.g.starts)), make([]bool, len(o.g.halves))
	h := &holding{paths: n.paths}
	known := map[string]int32{}
	o.g.walk(h, n.windings(h, 1), n.windings(h, -1), func(cycle int32) { o.note(cycle, h.by, known) })
	return o, nil
}

// holding knows which areas hold the face where a walk stands: those of whose rings an odd number goes around it.
type holding struct {
	paths []path
	by    []int32 // ascending
}

func (h *holding) turn(path, times int32) {
	if times%2 == 0 {
		return
	}
	area := h.paths[path].part
	i, there := slices.BinarySearch(h.by, area)
	if there {
		h.by = slices.Delete(h.by, i, i+1)
	} else {
		h.by = slices.Insert(h.by, i, area)
	}
}

func (o *Overlay) note(cycle int32, by []int32, known map[string]int32) {
	key := make([]byte, 0, 4*len(by))
	for _, area := range by {
		key = binary.LittleEndian.AppendUint32(key, uint32(area))
	}
	set, ok := known[string(key)]
	if !ok {
		set = int32(len(o.sets))
		known[string(key)] = set
		o.sets = append(o.sets, held{by: slices.Clone(by)})
	}
	o.set[cycle] = set
	o.sets[set].cycles = append(o.sets[set].cycles, cycle)
}

// Holders are the different sets of areas that hold a face, by their numbers, ascending; the plane outside of all is
// held by none. Do not modify them.
func (o *Overlay) Holders() iter.Seq[[]int32] {
	return func(yield func([]int32) bool) {
		for _, set := range o.sets {
			if !yield(set.by) {
				return
			}
		}
	}
}

// Pieces are the faces whose holders keep takes, joined where they share a side; each is one valid polygon, wound as
// RFC 7946 asks. What is not bounded, the plane outside of all areas, is left out, and so are pieces of less than
// 1e-12 square units: 0.01 m² for degrees.
func (o *Overlay) Pieces(keep func(holders []int32) bool) []orb.Polygon {
	var among []int32
	for _, set := range o.sets {
		if !keep(set.by) {
			continue
		}
		for _, cycle := range set.cycles {
			o.inside[cycle] = true
			first := o.g.starts[cycle]
			among = append(among, first)
			for h := o.g.next(first); h != first; h = o.g.next(h) {
				among = append(among, h)
			}
		}
	}
	out, _ := traceFrom(o.g, o.inside, o.used, among)
	for _, h := range among {
		o.used[h], o.inside[o.g.cycle[h]] = false, false
	}
	return out
}

// Beside are the areas that border on a piece from outside, by their numbers, ascending. Areas that touch it in a
// single place do not count.
func (o *Overlay) Beside(piece orb.Polygon) []int32 {
	var out []int32
	for _, ring := range piece {
		for i := 1; i < len(ring); i++ {
			if h, ok := o.half(ring[i-1], ring[i]); ok {
				out = append(out, o.sets[o.set[o.g.cycle[h^1]]].by...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// half finds the half from one place to another.
func (o *Overlay) half(from, to orb.Point) (int32, bool) {
	g := o.g
	place, ok := slices.BinarySearchFunc(g.places, from, comparePlaces)
	if !ok {
		return 0, false
	}
	for _, h := range g.halves[g.around[place]:g.around[place+1]] {
		if g.places[g.origin(h^1)] == to {
			return h, true
		}
	}
	return 0, false
}
