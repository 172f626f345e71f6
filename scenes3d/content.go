package scenes3d

import (
	"cmp"
	"slices"
	"sync"

	"github.com/wardmap/wardmap/tiles"
)

// A builder is the memory that building one tile takes.
type builder struct {
	mesh   mesh
	packed packed
	bodies []*body
	glb    glb
	ends   []uint32
}

var builders = sync.Pool{New: func() any { return new(builder) }}

// A Look is what of a set is shown, and how.
type Look struct {
	Fields []bool // which fields of the Spec; nil is all
	Plain  bool   // without EXT_meshopt_compression
}

// Content appends the GLB of a tile to dst, or nothing when no body stands on it. Equal features give equal bytes,
// whatever the order in which they came.
func (s *Set) Content(dst []byte, id tiles.ID, look Look) ([]byte, error) {
	b := builders.Get().(*builder)
	defer builders.Put(b)
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.tree.cells[id]
	if c == nil || len(c.bodies) == 0 {
		return dst, nil
	}
	all := append(b.bodies[:0], c.bodies...)
	slices.SortFunc(all, func(a, b *body) int { return cmp.Compare(a.id, b.id) })
	b.bodies = all
	middle := id.Bound().Center()
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
	b.packed.pack(&b.mesh)
	g := &b.glb
	g.reset()
	compression := `,"EXT_meshopt_compression"`
	if look.Plain {
		compression = ""
	}
	g.say(`{"asset":{"version":"2.0","generator":"wardmap"},"extensionsUsed":["EXT_mesh_features","EXT_structural_metadata","KHR_mesh_quantization"`).say(compression)
	g.say(`],"extensionsRequired":["KHR_mesh_quantization"`).say(compression) // floats need it too, for their normals
	g.say(`],"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0,"matrix":`)
	matrix := b.mesh.frame.matrix(b.packed.step, b.packed.shift)
	g.numbers(matrix[:])
	c := s.spec.Color
	alpha, glass := 1.0, ""
	if a := s.spec.Alpha; a > 0 && a < 1 {
		alpha, glass = a, `,"alphaMode":"BLEND","doubleSided":true`
	}
	g.say(`}],"materials":[{"pbrMetallicRoughness":{"baseColorFactor":`).numbers([]float64{c[0], c[1], c[2], alpha}).
		say(`,"metallicFactor":0,"roughnessFactor":0.9}`).say(glass).say("}]")
	g.geometry(&b.packed, &b.mesh, look.Plain)
	g.say(`,"extensions":{`)
	t := table{g, &s.texts, built, b.ends, look.Fields, s.spec.Fields, s.said}
	t.write()
	b.ends = t.ends
	g.say("}")
	g.buffers()
	g.say("}")
	return g.finish(dst)
}
