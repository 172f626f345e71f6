package verify

import (
	"cmp"
	"fmt"
	"math"
)

// An owner is whose a triangle is: a row of a table, or a number without one.
type owner struct{ table, id int }

func (o owner) String() string {
	if o.id < 0 {
		return "geometry without feature"
	}
	return fmt.Sprintf("table %d feature %d", o.table, o.id)
}

func (o owner) compare(p owner) int {
	return cmp.Or(cmp.Compare(o.table, p.table), cmp.Compare(o.id, p.id))
}

// attributeName is the vertex attribute of a set of feature ids.
func attributeName(n int) string { return fmt.Sprintf("_FEATURE_ID_%d", n) }

// place puts a mesh where it is on the earth: m is the matrix of its node. f is
// its feature if it is an instance.
func (c *content) place(p *mesh, m matrix, f *instance) {
	room := len(p.positions)
	if f == nil {
		room += 64 * len(p.corners)
	}
	if c.w.ctx.Err() != nil || !c.take(p.at, room) {
		return
	}
	world := c.tile.transform.after(upright).after(m)
	points := make([]point, len(p.positions))
	for i, v := range p.positions {
		points[i] = earthPoint(world.apply(v))
		c.contain(p.at, i, points[i], m.apply(v))
	}
	c.w.report.Vertices += len(points)
	c.w.report.Triangles += len(p.corners) / 3
	step := p.unit * world.stretch()
	for i := 0; i+2 < len(p.corners); i += 3 {
		k := [3]int(p.corners[i : i+3])
		corners := [3]point{points[k[0]], points[k[1]], points[k[2]]}
		if p.normals != nil {
			p.lit(i/3, k, corners, world, step)
		}
		c.solid(p, k, f, corners[0]).add(corners, step)
	}
}

// solid is the one a triangle belongs to.
func (c *content) solid(p *mesh, k [3]int, f *instance, at point) *solid {
	o := owner{table: -1, id: -1}
	switch {
	case f != nil:
		o = owner{table: f.set.table, id: f.set.ids[f.at]}
	case p.set != nil:
		o = owner{table: p.set.table, id: p.set.ids[k[0]]}
		if p.set.ids[k[1]] != o.id || p.set.ids[k[2]] != o.id {
			p.at.bad("feature-split", "a triangle has corners of features %d, %d and %d", o.id, p.set.ids[k[1]], p.set.ids[k[2]])
		}
	}
	s := c.solids[o]
	if s == nil {
		s = &solid{flat: newFlat(at), low: math.Inf(1), high: math.Inf(-1)}
		if f == nil {
			s.faces, s.seam = map[[3]corner]bool{}, seam{}
		}
		c.solids[o] = s
	}
	return s
}

// lit checks that the normals of a triangle look to the side its face looks to.
// A sliver that the grid may have turned over is passed.
func (p *mesh) lit(n int, k [3]int, corners [3]point, world matrix, step float64) {
	ab, ac := corners[1].minus(corners[0].vec3), corners[2].minus(corners[0].vec3)
	face := ab.cross(ac)
	if face.length() <= 4*step*max(ab.length(), ac.length()) {
		return
	}
	for _, v := range k {
		if !(world.normal(p.normals[v]).dot(face) > 0) {
			p.at.bad("normal-against-face", "normal %d looks against its triangle %d", v, n)
			return
		}
	}
}
