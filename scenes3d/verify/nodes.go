package verify

import "math"

// readScene goes through the nodes that show and places their meshes.
func (c *content) readScene() {
	if len(c.doc.Scenes) == 0 {
		c.at.in("scenes").bad("scene", "there is none")
		return
	}
	shown := 0
	if c.doc.Scene != nil {
		shown = *c.doc.Scene
	}
	if shown < 0 || shown >= len(c.doc.Scenes) {
		c.at.in("scene").bad("scene", "%d is not one of %d", shown, len(c.doc.Scenes))
		return
	}
	been := map[int]bool{}
	for _, n := range c.doc.Scenes[shown].Nodes {
		c.readNode(n, identity, been)
	}
}

func (c *content) readNode(i int, above matrix, been map[int]bool) {
	at := c.at.in("nodes[%d]", i)
	if i < 0 || i >= len(c.doc.Nodes) {
		at.bad("node-range", "is not one of %d", len(c.doc.Nodes))
		return
	}
	if been[i] {
		at.bad("node-twice", "is below two nodes, or below itself")
		return
	}
	been[i] = true
	n := &c.doc.Nodes[i]
	own, wrong := n.transform()
	if wrong != "" {
		at.bad("node-matrix", "%s", wrong)
		return
	}
	m := above.after(own)
	if n.Mesh != nil {
		c.placeMesh(at, n, m)
	}
	for _, child := range n.Children {
		c.readNode(child, m, been)
	}
}

// transform reads the matrix of a node, or its parts.
func (n *node) transform() (matrix, string) {
	parts := n.Translation != nil || n.Rotation != nil || n.Scale != nil
	if n.Matrix != nil {
		if parts {
			return identity, "there are both a matrix and its parts"
		}
		return affine(n.Matrix)
	}
	if !parts {
		return identity, ""
	}
	t, q, s := vec3{}, [4]float64{3: 1}, vec3{1, 1, 1}
	for _, p := range []struct{ from, to []float64 }{{n.Translation, t[:]}, {n.Rotation, q[:]}, {n.Scale, s[:]}} {
		if p.from != nil && len(p.from) != len(p.to) {
			return identity, "a translation, rotation or scale has not its 3, 4 or 3 numbers"
		}
		copy(p.to, p.from)
	}
	if l := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3]); math.Abs(l-1) > 0.01 {
		return identity, "the rotation is not of length 1"
	}
	if !(s[0]*s[1]*s[2] > 0) {
		return identity, "the scale is not above 0"
	}
	return placed(t, q, s), ""
}

// placeMesh puts the primitives of a node's mesh where they are, once or once
// per instance.
func (c *content) placeMesh(at place, n *node, m matrix) {
	if *n.Mesh < 0 || *n.Mesh >= len(c.doc.Meshes) {
		at.bad("mesh-range", "mesh %d is not one of %d", *n.Mesh, len(c.doc.Meshes))
		return
	}
	parts := c.mesh(*n.Mesh)
	if n.Extensions.Instancing == nil {
		if n.Extensions.Features != nil {
			at.bad("instances-missing", "%s without %s", instanceFeatures, instancing)
		}
		for _, p := range parts {
			c.place(p, m, nil)
		}
		return
	}
	c.uses(instancing)
	each, set := c.instances(at, n)
	for i, own := range each {
		for _, p := range parts {
			var f *instance
			if set != nil {
				f = &instance{set: set, at: i}
			}
			c.place(p, m.after(own), f)
		}
	}
}
