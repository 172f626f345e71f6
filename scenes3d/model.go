package scenes3d

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// A model is what stands at a point: parts that are drawn once for each point, by EXT_mesh_gpu_instancing. Models are signs
// on a map: heads are larger than life, so that one sees them from a street away.
type model []part

// A part is a mesh, x east, y north as it looks, z up, in metres.
type part struct {
	mesh    *mesh
	stretch bool    // from the ground to the head: its mesh is one metre high
	shade   float64 // of the colour of the bodies
}

// modelReach is how far models go beyond their point and their head, in metres.
const modelReach = 1.5

var models = map[string]model{
	"camera": {
		{mesh: pole(0.09, 0.07), stretch: true, shade: 0.45},
		{mesh: joined(cuboid(vec{-0.28, -0.35, -0.26}, vec{0.28, 0.95, 0.24}, 0.12), cuboid(vec{-0.36, -0.4, 0.22}, vec{0.36, 1.2, 0.3}, 0.12)), shade: 1},
	},
	"lamp": {
		{mesh: pole(0.1, 0.06), stretch: true, shade: 0.5},
		{mesh: cuboid(vec{-0.2, -0.1, -0.12}, vec{0.2, 1.3, 0}, 0), shade: 1},
	},
	"mast": {
		{mesh: pole(0.6, 0.15), stretch: true, shade: 0.6},
		{mesh: joined(cuboid(vec{-1.1, -0.15, -1.2}, vec{-0.7, 0.15, 1}, 0), cuboid(vec{0.7, -0.15, -1.2}, vec{1.1, 0.15, 1}, 0), cuboid(vec{-0.2, 0.6, -1.2}, vec{0.2, 0.9, 1}, 0)), shade: 1},
	},
	"post": {{mesh: pole(0.16, 0.16), stretch: true, shade: 1}},
}

// Models are the names of the models there are.
func Models() []string { return slices.Sorted(maps.Keys(models)) }

// pole is a six-sided pole one metre high, by its radii below and above.
func pole(below, above float64) *mesh {
	m := &mesh{}
	at := func(i int, r, z float64) vec {
		sin, cos := math.Sincos(float64(i) * math.Pi / 3)
		return vec{r * cos, r * sin, z}
	}
	var top, foot []vec
	for i := range 6 {
		m.polygon(at(i, below, 0), at(i+1, below, 0), at(i+1, above, 1), at(i, above, 1))
		top, foot = append(top, at(i, above, 1)), append(foot, at(-i, below, 0))
	}
	m.polygon(top...)
	m.polygon(foot...) // the ground may fall away beneath it
	return m
}

// cuboid is a box between two corners that bows down to the front, by metres per metre.
func cuboid(low, high vec, bow float64) *mesh {
	m := &mesh{}
	at := func(x, y, z float64) vec { return vec{x, y, z - bow*max(y, 0)} }
	a, b, c, d := at(low[0], low[1], low[2]), at(high[0], low[1], low[2]), at(high[0], high[1], low[2]), at(low[0], high[1], low[2])
	e, f, g, h := at(low[0], low[1], high[2]), at(high[0], low[1], high[2]), at(high[0], high[1], high[2]), at(low[0], high[1], high[2])
	for _, side := range [][]vec{{a, d, c, b}, {e, f, g, h}, {a, b, f, e}, {b, c, g, f}, {c, d, h, g}, {d, a, e, h}} {
		m.polygon(side...)
	}
	return m
}

func joined(all ...*mesh) *mesh {
	out := &mesh{}
	for _, m := range all {
		first := uint32(len(out.vertices))
		out.vertices = append(out.vertices, m.vertices...)
		for _, i := range m.indices {
			out.indices = append(out.indices, first+i)
		}
	}
	return out
}

// quaternion turns by degrees clockwise from north about the vertical of a place, in a frame.
func (f *frame) quaternion(lon, lat, azimuth float64) [4]float64 {
	sinLon, cosLon := math.Sincos(lon * math.Pi / 180)
	_, up := upright(lon, lat)
	east := vec{-sinLon, cosLon, 0}
	north := up.cross(east)
	sin, cos := math.Sincos(azimuth * math.Pi / 180)
	x, y, z := f.turn(east.times(cos).sub(north.times(sin))), f.turn(east.times(sin).add(north.times(cos))), f.turn(up)
	return quaternionOf(x, y, z)
}

// quaternionOf is the rotation that brings the axes to three directions (Shepperd's method), as x, y, z, w.
func quaternionOf(x, y, z vec) [4]float64 {
	trace := x[0] + y[1] + z[2]
	q := [4]float64{y[2] - z[1], z[0] - x[2], x[1] - y[0], 1 + trace}
	switch {
	case trace > 0:
	case x[0] >= y[1] && x[0] >= z[2]:
		q = [4]float64{1 + x[0] - y[1] - z[2], x[1] + y[0], z[0] + x[2], y[2] - z[1]}
	case y[1] >= z[2]:
		q = [4]float64{x[1] + y[0], 1 + y[1] - x[0] - z[2], y[2] + z[1], z[0] - x[2]}
	default:
		q = [4]float64{z[0] + x[2], y[2] + z[1], 1 + z[2] - x[0] - y[1], x[1] - y[0]}
	}
	length := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
	for i := range q {
		q[i] /= length
	}
	return q
}

// A crowd is where the models of a tile stand.
type crowd struct {
	places, turns, owners []float64
	heads                 []float64 // heights
}

// muster finds the models among the bodies of a tile.
func (c *crowd) muster(f *frame, all []*body) {
	*c = crowd{c.places[:0], c.turns[:0], c.owners[:0], c.heads[:0]}
	for row, b := range all {
		if b.stand == nil || !b.stand.modelled {
			continue
		}
		at := b.stand.at
		foot, up := upright(at.Lon, at.Lat)
		p, q := f.place(foot.add(up.times(b.ground))), f.quaternion(at.Lon, at.Lat, b.stand.facing)
		c.places, c.turns = append(c.places, p[:]...), append(c.turns, q[:]...)
		c.owners, c.heads = append(c.owners, float64(row)), append(c.heads, at.Height)
	}
}

// scales are the sizes of a part for each model, and places where it stands.
func (c *crowd) parts(f *frame, stretch bool, all []*body) (places, scales []float64) {
	for i, head := range c.heads {
		p, scale := vec(c.places[3*i:3*i+3]), vec{1, 1, 1}
		if stretch {
			scale[2] = head
		} else {
			b := all[int(c.owners[i])]
			foot, up := upright(b.stand.at.Lon, b.stand.at.Lat)
			p = f.place(foot.add(up.times(b.ground + head)))
		}
		places, scales = append(places, p[:]...), append(scales, scale[:]...)
	}
	return places, scales
}

// crowd adds the models of a tile: a node for each part.
func (g *glb) crowd(c *crowd, f *frame, all []*body, m model, color [3]float64) {
	matrix := f.matrix(1, vec{})
	n := len(c.heads)
	turns := g.accessor(g.floats(c.turns, 0), componentFloat, n, "VEC4", false)
	owners := g.accessor(g.floats(c.owners, 0), componentFloat, n, "SCALAR", false)
	for _, p := range m {
		places, scales := c.parts(f, p.stretch, all)
		mesh := g.part(p.mesh, g.material(color, p.shade, 1))
		g.nodes.next().say(`{"mesh":`).int(mesh).say(`,"matrix":`).numbers(matrix[:]).
			say(`,"extensions":{"EXT_mesh_gpu_instancing":{"attributes":{"TRANSLATION":`).int(g.accessor(g.floats(places, 0), componentFloat, n, "VEC3", false)).
			say(`,"ROTATION":`).int(turns).say(`,"SCALE":`).int(g.accessor(g.floats(scales, 0), componentFloat, n, "VEC3", false)).
			say(`,"_FEATURE_ID_0":`).int(owners).
			say(`}},"EXT_instance_features":{"featureIds":[{"featureCount":`).int(n).say(`,"attribute":0,"propertyTable":0}]}}}`)
	}
}

// part adds a mesh that is drawn many times, and gives its index.
func (g *glb) part(m *mesh, material int) int {
	places, normals := make([]float64, 0, 3*len(m.vertices)), make([]byte, 0, 4*len(m.vertices))
	low, high := vec{math.Inf(1), math.Inf(1), math.Inf(1)}, vec{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for _, v := range m.vertices {
		for k, x := range v.at {
			x = float64(float32(x))
			low[k], high[k] = min(low[k], x), max(high[k], x)
			places, normals = append(places, x), append(normals, byte(v.normal[k]))
		}
		normals = append(normals, 0)
	}
	g.accessors.next().say(`{"bufferView":`).int(g.floats(places, arrayBuffer)).say(`,"componentType":`).int(componentFloat).say(`,"count":`).
		int(len(m.vertices)).say(`,"type":"VEC3","min":`).numbers(low[:]).say(`,"max":`).numbers(high[:]).say("}")
	place := g.accessors.n - 1
	normal := g.accessor(g.attributes(normals, 4, true), componentByte, len(m.vertices), "VEC3", true)
	view, component := g.triangles(m.indices, len(m.vertices), true)
	indices := g.accessor(view, component, len(m.indices), "SCALAR", false)
	g.meshes.next().say(`{"primitives":[{"attributes":{"POSITION":`).int(place).say(`,"NORMAL":`).int(normal).
		say(`},"indices":`).int(indices).say(`,"material":`).int(material).say(`,"mode":4}]}`)
	return g.meshes.n - 1
}

// floats adds a view of so many float32.
func (g *glb) floats(all []float64, target int) int {
	g.begin()
	for _, v := range all {
		g.bin = binary.LittleEndian.AppendUint32(g.bin, math.Float32bits(float32(v)))
	}
	return g.end(view{target: target})
}
