package atlas

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// shapes keeps projected geometries in three long arrays without pointers. A shape that is dropped leaves a
// hole; when holes are more than half, everything moves together.
type shapes struct {
	ranked bool
	all    []shape
	free   []uint32
	pts    []tiles.World
	ranks  []uint8  // beside pts when ranked, else nil
	parts  []uint32 // count << 2 | mvt.Part
	waste  int      // vertices in holes
}

type shape struct {
	box       worldBox
	at, n     uint32  // in pts
	part, nps uint32  // in parts
	area      float32 // of polygons, in square steps
	types     uint8   // bit set of mvt.Type
}

func (s *shapes) bytes() int {
	return 40*cap(s.all) + 8*cap(s.pts) + cap(s.ranks) + 4*cap(s.parts) + 4*cap(s.free)
}

// add projects a geometry and returns its index. Rings lose their last point, every part the points that
// repeat the one before.
func (s *shapes) add(g orb.Geometry) uint32 {
	sh := shape{box: nowhere, at: uint32(len(s.pts)), part: uint32(len(s.parts))}
	s.geometry(g)
	sh.n, sh.nps = uint32(len(s.pts))-sh.at, uint32(len(s.parts))-sh.part
	for _, p := range s.pts[sh.at:] {
		sh.box = sh.box.add(p)
	}
	for _, p := range s.parts[sh.part:] {
		sh.types |= 1 << mvt.Part(p&3).Type()
	}
	sh.area = s.area(sh)
	if s.ranked {
		s.ranks = append(s.ranks, make([]uint8, sh.n)...)
	}
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		s.all[i] = sh
		return i
	}
	s.all = append(s.all, sh)
	return uint32(len(s.all) - 1)
}

// area adds up the exteriors of a shape, less the holes.
func (s *shapes) area(sh shape) float32 {
	sum, at := 0.0, sh.at
	for _, p := range s.parts[sh.part : sh.part+sh.nps] {
		pts := s.pts[at : at+p>>2]
		at += p >> 2
		twice := 0.0
		for i := 1; i+1 < len(pts); i++ {
			x, y := float64(pts[0].X), float64(pts[0].Y)
			twice += (float64(pts[i].X)-x)*(float64(pts[i+1].Y)-y) - (float64(pts[i+1].X)-x)*(float64(pts[i].Y)-y)
		}
		switch mvt.Part(p & 3) {
		case mvt.OuterPart:
			sum += math.Abs(twice) / 2
		case mvt.InnerPart:
			sum -= math.Abs(twice) / 2
		}
	}
	return float32(max(sum, 0))
}

// geometry appends the parts of a geometry.
func (s *shapes) geometry(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		s.run(mvt.PointPart, []orb.Point{g})
	case orb.MultiPoint:
		s.run(mvt.PointPart, g)
	case orb.LineString:
		s.run(mvt.LinePart, g)
	case orb.MultiLineString:
		for _, line := range g {
			s.run(mvt.LinePart, line)
		}
	case orb.Ring:
		s.run(mvt.OuterPart, g)
	case orb.Polygon:
		for i, ring := range g {
			part := mvt.InnerPart
			if i == 0 {
				part = mvt.OuterPart
			}
			s.run(part, ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			s.geometry(polygon)
		}
	case orb.Collection:
		for _, member := range g {
			s.geometry(member)
		}
	case orb.Bound:
		s.geometry(g.ToPolygon())
	}
}

func (s *shapes) run(part mvt.Part, pts []orb.Point) {
	from := len(s.pts)
	for _, p := range pts {
		w := tiles.Project(p)
		if n := len(s.pts); n == from || part == mvt.PointPart || s.pts[n-1] != w {
			s.pts = append(s.pts, w)
		}
	}
	if part == mvt.OuterPart || part == mvt.InnerPart {
		for n := len(s.pts); n > from+1 && s.pts[n-1] == s.pts[from]; n-- {
			s.pts = s.pts[:n-1]
		}
	}
	s.parts = append(s.parts, uint32(len(s.pts)-from)<<2|uint32(part))
}

// drop forgets a shape.
func (s *shapes) drop(i uint32) {
	s.waste += int(s.all[i].n)
	s.all[i] = shape{}
	s.free = append(s.free, i)
	if s.waste > 1<<16 && s.waste > len(s.pts)/2 {
		s.compact()
	}
}

func (s *shapes) compact() {
	pts, parts := make([]tiles.World, 0, len(s.pts)-s.waste), make([]uint32, 0, len(s.parts))
	var ranks []uint8
	for i := range s.all {
		sh := &s.all[i]
		at, part := uint32(len(pts)), uint32(len(parts))
		pts = append(pts, s.pts[sh.at:sh.at+sh.n]...)
		if s.ranked {
			ranks = append(ranks, s.ranks[sh.at:sh.at+sh.n]...)
		}
		parts = append(parts, s.parts[sh.part:sh.part+sh.nps]...)
		sh.at, sh.part = at, part
	}
	s.pts, s.ranks, s.parts, s.waste = pts, ranks, parts, 0
}

// each visits the parts of a shape. ranks is nil when the layer has none.
func (s *shapes) each(i uint32, visit func(part mvt.Part, pts []tiles.World, ranks []uint8)) {
	sh := s.all[i]
	at := sh.at
	for _, p := range s.parts[sh.part : sh.part+sh.nps] {
		end := at + p>>2
		if s.ranked {
			visit(mvt.Part(p&3), s.pts[at:end], s.ranks[at:end])
		} else {
			visit(mvt.Part(p&3), s.pts[at:end], nil)
		}
		at = end
	}
}
