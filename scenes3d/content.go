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
	bodies []*body
	glb    glb
	ends   []uint32
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
	all := append(b.bodies[:0], c.bodies...)
	slices.SortFunc(all, func(a, b *body) int { return cmp.Compare(a.id, b.id) })
	b.bodies = all
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
		g.nodes.next().say(`{"mesh":`).int(mesh).say(`,"matrix":`).numbers(matrix[:]).say("}")
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
	t := table{g, &s.texts, built, b.ends, look.Fields, s.spec.Fields, s.said, s.spec.Ground != nil}
	t.write()
	b.ends = t.ends
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
