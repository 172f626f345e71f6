package verify

import (
	"iter"
	"maps"
	"math"
)

// A mesh is one primitive, read and checked by itself.
type mesh struct {
	at        place
	positions []vec3
	normals   []vec3 // nil: none
	corners   []int  // of triangles, 3 each; nil if it is not of triangles
	set       *featureSet
	unit      float64 // the step between two positions, before any matrix
}

func keys(m map[string]int) iter.Seq[string] { return maps.Keys(m) }

// mesh reads the primitives of a mesh, once.
func (c *content) mesh(i int) []*mesh {
	if m, ok := c.meshes[i]; ok {
		return m
	}
	out := []*mesh{}
	for k := range c.doc.Meshes[i].Primitives {
		if m := c.primitive(c.at.in("meshes[%d].primitives[%d]", i, k), &c.doc.Meshes[i].Primitives[k]); m != nil {
			out = append(out, m)
		}
	}
	c.meshes[i] = out
	return out
}

// accessor is one that was read, or nil; only a wrong number is noted.
func (c *content) accessor(at place, i int) *numbers {
	if i < 0 || i >= len(c.accessors) {
		at.bad("accessor-range", "%d is not one of %d", i, len(c.accessors))
		return nil
	}
	return c.accessors[i]
}

func (c *content) primitive(at place, p *primitive) *mesh {
	if p.Material != nil && (*p.Material < 0 || *p.Material >= len(c.doc.Materials)) {
		at.bad("material-range", "%d is not one of %d", *p.Material, len(c.doc.Materials))
	}
	read := map[string]*numbers{}
	for name, i := range p.Attributes {
		if a := c.accessor(at.in("%s", name), i); a != nil {
			read[name] = a
		}
	}
	pos := read["POSITION"]
	if pos == nil {
		if _, ok := p.Attributes["POSITION"]; !ok {
			at.bad("position-missing", "there is no POSITION")
		}
		return nil
	}
	for name, a := range read {
		if a.Count != pos.Count {
			at.in("%s", name).bad("attribute-count", "has %d, POSITION %d", a.Count, pos.Count)
			return nil
		}
	}
	if pos.width != 3 || pos.Min == nil || pos.Max == nil {
		at.in("POSITION").bad("position-type", "is not VEC3 with min and max")
		return nil
	}
	if !c.take(at, 48*pos.Count) {
		return nil
	}
	m := &mesh{at: at, unit: pos.unit()}
	if !pos.float {
		c.uses(quantization)
	}
	for i := range pos.Count {
		m.positions = append(m.positions, pos.vec3(i))
	}
	c.readNormals(m, read["NORMAL"])
	c.readCorners(m, p)
	if f := p.Extensions.Features; f != nil {
		c.uses(meshFeatures)
		m.set = identifying(c.featureSets(at.in(meshFeatures), f.FeatureIDs, read, pos.Count))
	}
	return m
}

// unit is the step between two neighbouring values.
func (n *numbers) unit() float64 {
	if n.float {
		far := 0.0
		for _, v := range n.raw {
			far = max(far, math.Abs(v))
		}
		return far / (1 << 23)
	}
	if n.Normalized {
		return 1 / n.limit
	}
	return 1
}

func (c *content) readNormals(m *mesh, a *numbers) {
	if a == nil {
		return
	}
	at := m.at.in("NORMAL")
	if a.width != 3 || !a.float && !a.Normalized {
		at.bad("normal-type", "is %s of %d", a.Type, a.ComponentType)
		return
	}
	if !a.float {
		c.uses(quantization)
	}
	for i := range a.Count {
		v := a.vec3(i)
		if l := v.length(); math.Abs(l-1) > 0.02 {
			at.bad("normal-length", "normal %d has length %.3g", i, l)
		}
		m.normals = append(m.normals, v)
	}
}

// readCorners reads the triangles; a primitive of other shapes has none.
func (c *content) readCorners(m *mesh, p *primitive) {
	n := len(m.positions)
	var corners []int
	if p.Indices == nil {
		for i := range n {
			corners = append(corners, i)
		}
	} else {
		a := c.accessor(m.at.in("indices"), *p.Indices)
		if a == nil || !c.take(m.at, 8*a.Count) {
			return
		}
		if a.width != 1 || a.signed || a.float {
			m.at.in("indices").bad("index-type", "is %s of %d", a.Type, a.ComponentType)
			return
		}
		for i, v := range a.raw {
			if v >= float64(n) {
				m.at.in("indices").bad("index-range", "index %d is %.0f, of %d vertices", i, v, n)
				return
			}
			corners = append(corners, int(v))
		}
	}
	if p.Mode != nil && *p.Mode != 4 {
		return
	}
	if len(corners)%3 != 0 {
		m.at.bad("index-count", "%d corners are no triangles", len(corners))
		return
	}
	m.corners = corners
}
