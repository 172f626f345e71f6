package scenes3d

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// A builder is the memory that building one tile takes.
type builder struct {
	mesh   mesh
	packed packed
	order  []placed
	bodies []*body
	glb    glb
	ends   []uint32
	told   []bool
	crowd  crowd
}

var builders = sync.Pool{New: func() any { return new(builder) }}

// A Look is what of a set is shown, and how.
type Look struct {
	Fields []bool // which fields of the Spec; nil is all
	Plain  bool   // without EXT_meshopt_compression
}

// Cells are the addresses of all tiles that have content.
func (s *Set) Cells() (ids []tiles.ID) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, c := range s.tree.cells {
		if len(c.bodies) > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// Content appends the GLB of a tile to dst, or nothing when no body stands on it. Equal features give equal bytes,
// whatever the order in which they came.
func (s *Set) Content(dst []byte, id tiles.ID, look Look) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.content(dst, s.tree.cells[id], id.Bound().Center(), look)
}

// content appends the GLB of a cell, in a frame at its middle.
func (s *Set) content(dst []byte, c *cell, middle orb.Point, look Look) ([]byte, error) {
	b := builders.Get().(*builder)
	defer builders.Put(b)
	if c == nil || len(c.bodies) == 0 {
		return dst, nil
	}
	all := b.inOrder(c.bodies)
	b.mesh.reset(frameAt(middle[0], middle[1]))
	built := all[:0]
	for _, one := range all {
		if err := b.mesh.add(one); err == nil { // what cannot be triangulated was left out by Put, see probe
			built = append(built, one)
		}
	}
	if len(built) == 0 {
		return dst, nil
	}
	return s.write(dst, b, built, look), nil
}

// placed is a body with its place on a curve through space.
type placed struct {
	at   uint64
	body *body
}

// inOrder gives bodies such that neighbours follow each other, which makes small differences of their vertices.
func (b *builder) inOrder(bodies []*body) []*body {
	b.order, b.bodies = b.order[:0], b.bodies[:0]
	for _, one := range bodies {
		b.order = append(b.order, placed{curve(one.coords[0], one.coords[1]), one})
	}
	slices.SortFunc(b.order, func(a, b placed) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return strings.Compare(a.body.id, b.body.id)
	})
	for _, one := range b.order {
		b.bodies = append(b.bodies, one.body)
	}
	return b.bodies
}

// curve is the place of a lon, lat on the curve of Morton: the bits of both, interleaved.
func curve(lon, lat float64) uint64 {
	const fine = 1 << 32 / 720.0
	return spread(uint32((lon+360)*fine)) | spread(uint32((lat+360)*fine))<<1
}

// spread moves the bits of a number to the even places.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

func (s *Set) write(dst []byte, b *builder, built []*body, look Look) []byte {
	g := &b.glb
	g.reset()
	used := extensions{meshopt: !look.Plain}
	if used.faces = len(b.mesh.indices) > 0; used.faces {
		b.packed.pack(&b.mesh)
		alpha := 1.0
		if a := s.spec.Alpha; a > 0 && a < 1 {
			alpha = a
		}
		mesh := g.geometry(&b.packed, &b.mesh, g.material(s.spec.Color, 1, alpha), look.Plain)
		matrix := b.mesh.frame.matrix(b.packed.step, b.packed.shift)
		g.nodes.next().say(`{"mesh":`).int(mesh).say(`,"matrix":`).matrix(&matrix).say("}")
	}
	if b.crowd.muster(&b.mesh.frame, built); len(b.crowd.heads) > 0 {
		used.instances = true
		g.crowd(&b.crowd, &b.mesh.frame, built, models[s.spec.Stand.Model], s.spec.Color)
	}
	used.meshopt = used.meshopt && used.faces
	g.say(`{"asset":{"version":"2.0","generator":"wardmap"},"extensionsUsed":[`).say(used.list(true)).say(`],"extensionsRequired":[`).say(used.list(false))
	g.say(`],"scene":0,"scenes":[{"nodes":[0`)
	for i := 1; i < g.nodes.n; i++ {
		g.say(",").int(i)
	}
	g.say("]}]").array("nodes", &g.nodes).array("materials", &g.materials).array("meshes", &g.meshes).array("accessors", &g.accessors)
	g.say(`,"extensions":{`)
	t := table{g, &s.texts, built, b.ends, look.Fields, b.told, s.spec.Fields, s.said, s.spec.Ground != nil}
	t.write()
	b.ends, b.told = t.ends, t.told
	g.say("}")
	g.buffers()
	g.say("}")
	return g.finish(dst)
}

// extensions are those that a tile uses.
type extensions struct{ faces, instances, meshopt bool }

// list names all extensions, or those without which a client cannot draw the tile.
func (e extensions) list(all bool) string {
	names := []string{`"KHR_mesh_quantization"`} // also for floats: normals are bytes
	if e.meshopt {
		names = append(names, `"EXT_meshopt_compression"`)
	}
	if e.instances {
		names = append(names, `"EXT_mesh_gpu_instancing"`)
	}
	if all {
		names = append(names, `"EXT_structural_metadata"`)
		if e.faces {
			names = append(names, `"EXT_mesh_features"`)
		}
		if e.instances {
			names = append(names, `"EXT_instance_features"`)
		}
	}
	return strings.Join(names, ",")
}
