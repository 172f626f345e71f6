package shape

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// dusty is the area, in square degrees, below which a piece that a repair made is dust: 0.01 m².
const dusty = 1e-12

// A loop is a ring that touches nothing of itself. Outer ones run counter-clockwise.
type loop struct {
	ring orb.Ring
	area float64
	walk int // loops of one walk touch and border one face
}

// trace makes polygons of the faces that are inside. Faces that touch in a place become polygons of their own.
// It leaves out dust and tells where it was.
func trace(g *graph, inside []bool) (out []orb.Polygon, dust []orb.Point) {
	all := make([]int32, len(g.halves))
	for h := range all {
		all[h] = int32(h)
	}
	return traceFrom(g, inside, make([]bool, len(g.halves)), all)
}

// traceFrom is trace where all borders are known to be among some halves. It marks those that it used.
func traceFrom(g *graph, inside, used []bool, among []int32) (out []orb.Polygon, dust []orb.Point) {
	var shells, holes []loop
	walks := 0
	for _, h := range among {
		if used[h] || !borders(g, inside, h) {
			continue
		}
		for _, l := range split(g, walkBorder(g, inside, used, h)) {
			l.walk = walks
			switch {
			case math.Abs(l.area) < dusty:
				dust = append(dust, l.ring[0])
			case l.area > 0:
				shells = append(shells, l)
			default:
				holes = append(holes, l)
			}
		}
		walks++
	}
	return nest(shells, holes), dust
}

// borders tells whether a half has the inside to its left and the outside to its right.
func borders(g *graph, inside []bool, h int32) bool {
	return inside[g.cycle[h]] && !inside[g.cycle[h^1]]
}

// walkBorder follows the border of one face and returns the places passed.
func walkBorder(g *graph, inside, used []bool, h int32) (walk []int32) {
	for !used[h] {
		used[h] = true
		walk = append(walk, g.origin(h))
		for h = g.next(h); !borders(g, inside, h); {
			h = g.before(h)
		}
	}
	return walk
}

// split cuts a walk in loops where it comes back to a place.
func split(g *graph, walk []int32) (loops []loop) {
	at := map[int32]int{}
	var stack []int32
	for _, p := range append(walk, walk[0]) {
		if from, again := at[p]; again {
			loops = append(loops, g.loop(stack[from:]))
			for _, q := range stack[from+1:] {
				delete(at, q)
			}
			stack = stack[:from]
		}
		at[p] = len(stack)
		stack = append(stack, p)
	}
	return loops
}

func (g *graph) loop(places []int32) loop {
	l := loop{ring: make(orb.Ring, 0, len(places)+1)}
	for _, p := range places {
		l.ring = append(l.ring, g.places[p])
	}
	l.ring = append(l.ring, l.ring[0])
	for i := 1; i < len(places); i++ {
		p, q, base := l.ring[i], l.ring[i+1], l.ring[0]
		l.area += ((p[0]-base[0])*(q[1]-base[1]) - (p[1]-base[1])*(q[0]-base[0])) / 2
	}
	return l
}

// nest gives every hole to the shell of its face: the one of its walk, else the smallest around it.
func nest(shells, holes []loop) []orb.Polygon {
	out := make([]orb.Polygon, len(shells))
	byWalk := map[int]int{}
	var t tree
	for i, s := range shells {
		out[i] = orb.Polygon{s.ring}
		byWalk[s.walk] = i
	}
	for _, h := range holes {
		owner, ok := byWalk[h.walk]
		if !ok {
			if len(t.segs) == 0 {
				t.plantRings(shells)
			}
			owner = t.smallestAround(shells, slices.MinFunc(h.ring, comparePlaces))
		}
		if owner >= 0 {
			out[owner] = append(out[owner], h.ring)
		}
	}
	return out
}

func (t *tree) plantRings(loops []loop) {
	for i, l := range loops {
		for k := 1; k < len(l.ring); k++ {
			t.segs = append(t.segs, segment{l.ring[k-1], l.ring[k], int32(i)})
		}
	}
	t.plant()
}

// smallestAround is the number of the smallest loop around a place, or -1.
func (t *tree) smallestAround(loops []loop, p orb.Point) int {
	odd := map[int32]bool{}
	t.west(p, func(i int, _ bool) { odd[t.segs[i].ring] = !odd[t.segs[i].ring] })
	best := -1
	for i, in := range odd {
		if in && (best < 0 || loops[i].area < loops[best].area) {
			best = int(i)
		}
	}
	return best
}
