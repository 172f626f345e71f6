package scenes3d

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/wardmap/wardmap/scenes3d/meshopt"
)

// Numbers of glTF 2.0 that we use.
const (
	componentByte   = 5120
	componentUint16 = 5123
	componentUint32 = 5125
	componentFloat  = 5126
	arrayBuffer     = 34962
	elementBuffer   = 34963
	magicGLB        = 0x46546C67
	chunkJSON       = 0x4E4F534A
	chunkBinary     = 0x004E4942
)

// A glb collects the binary chunk of a GLB, and its JSON. Its memory is used again by reset.
type glb struct {
	writer
	bin      []byte
	views    []view
	fallback int // bytes of the buffer that compressed views stand for
	open     int // where the view at hand begins

	nodes, meshes, materials, accessors list
}

// A writer is JSON under way, and a list an array of it.
type writer struct{ text []byte }

type list struct {
	writer
	n int
}

// next begins another item, whose index is n - 1 then.
func (l *list) next() *writer {
	if l.n > 0 {
		l.say(",")
	}
	l.n++
	return &l.writer
}

func (l *list) reset() { l.text, l.n = l.text[:0], 0 }

// A view is a part of the binary chunk.
type view struct {
	start, length, target int
	stride                int    // between elements; 0 where they are not said
	count                 int    // of elements
	mode                  string // of EXT_meshopt_compression, "" when plain
	plain                 int    // where the elements stand in the fallback buffer
}

func (g *glb) reset() {
	g.bin, g.text, g.views, g.fallback = g.bin[:0], g.text[:0], g.views[:0], 0
	for _, l := range []*list{&g.nodes, &g.meshes, &g.materials, &g.accessors} {
		l.reset()
	}
}

// begin begins a view, aligned to 8: what is appended to bin until end is its bytes.
func (g *glb) begin() {
	for len(g.bin)%8 != 0 {
		g.bin = append(g.bin, 0)
	}
	g.open = len(g.bin)
}

func (g *glb) end(v view) int {
	v.start, v.length = g.open, len(g.bin)-g.open
	if v.mode != "" {
		v.plain = g.fallback
		g.fallback += (v.count*v.stride + 7) &^ 7
	}
	g.views = append(g.views, v)
	return len(g.views) - 1
}

// attributes adds vertices of stride bytes, and triangles adds indices.
func (g *glb) attributes(data []byte, stride int, plain bool) int {
	g.begin()
	v := view{target: arrayBuffer, stride: stride, count: len(data) / stride}
	if plain {
		g.bin = append(g.bin, data...)
	} else {
		v.mode = "ATTRIBUTES"
		g.bin = meshopt.AppendVertices(g.bin, data, stride)
	}
	return g.end(v)
}

func (g *glb) triangles(indices []uint32, vertices int, plain bool) (at, component int) {
	size, component := 4, componentUint32
	if vertices <= 1<<16-1 {
		size, component = 2, componentUint16
	}
	g.begin()
	v := view{target: elementBuffer}
	switch {
	case !plain:
		v.mode, v.stride, v.count = "TRIANGLES", size, len(indices)
		g.bin = meshopt.AppendTriangles(g.bin, indices)
	case size == 2:
		for _, i := range indices {
			g.bin = binary.LittleEndian.AppendUint16(g.bin, uint16(i))
		}
	default:
		for _, i := range indices {
			g.bin = binary.LittleEndian.AppendUint32(g.bin, i)
		}
	}
	return g.end(v), component
}

// geometry adds a packed mesh of a material, and gives its index.
func (g *glb) geometry(p *packed, m *mesh, material int, plain bool) int {
	count := len(m.vertices)
	places, normals, owners := g.attributes(p.places, p.stride, plain), g.attributes(p.normals, 4, plain), g.attributes(p.owners, 4, plain)
	indices, component := g.triangles(m.indices, count, plain)
	place, owner := componentUint16, componentUint16
	if p.floats {
		place = componentFloat
	}
	if p.wide {
		owner = componentFloat
	}
	g.accessors.next().say(`{"bufferView":`).int(places).say(`,"componentType":`).int(place).say(`,"count":`).int(count).
		say(`,"type":"VEC3","min":`).numbers(p.low[:]).say(`,"max":`).numbers(p.high[:]).say("}")
	first := g.accessors.n - 1
	g.accessor(normals, componentByte, count, "VEC3", true)
	g.accessor(owners, owner, count, "SCALAR", false)
	g.accessor(indices, component, len(m.indices), "SCALAR", false)
	g.meshes.next().say(`{"primitives":[{"attributes":{"POSITION":`).int(first).say(`,"NORMAL":`).int(first + 1).say(`,"_FEATURE_ID_0":`).int(first + 2).
		say(`},"indices":`).int(first + 3).say(`,"material":`).int(material).
		say(`,"mode":4,"extensions":{"EXT_mesh_features":{"featureIds":[{"featureCount":`).int(m.owners()).say(`,"attribute":0,"propertyTable":0}]}}}]}`)
	return g.meshes.n - 1
}

// accessor adds an accessor, and gives its index.
func (g *glb) accessor(view, component, count int, kind string, normalised bool) int {
	w := g.accessors.next().say(`{"bufferView":`).int(view).say(`,"componentType":`).int(component)
	if normalised {
		w.say(`,"normalized":true`)
	}
	w.say(`,"count":`).int(count).say(`,"type":"`).say(kind).say(`"}`)
	return g.accessors.n - 1
}

// material adds a colour (linear) in a shade, opaque or not, and gives its index. The shade stands in the extras, for clients
// that colour by themselves.
func (g *glb) material(c [3]float64, shade, alpha float64) int {
	w := g.materials.next().say(`{"pbrMetallicRoughness":{"baseColorFactor":`).numbers([]float64{c[0] * shade, c[1] * shade, c[2] * shade, alpha}).
		say(`,"metallicFactor":0,"roughnessFactor":0.9}`)
	if shade != 1 {
		w.say(`,"extras":{"shade":`).number(shade).say("}")
	}
	if alpha < 1 {
		w.say(`,"alphaMode":"BLEND","doubleSided":true`)
	}
	w.say("}")
	return g.materials.n - 1
}

// say and the methods below append to the JSON.
func (w *writer) say(text string) *writer {
	w.text = append(w.text, text...)
	return w
}

func (w *writer) int(v int) *writer {
	w.text = strconv.AppendInt(w.text, int64(v), 10)
	return w
}

func (w *writer) numbers(all []float64) *writer {
	w.text = append(w.text, '[')
	for i, v := range all {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.number(v)
	}
	w.text = append(w.text, ']')
	return w
}

// matrix writes a matrix. Its digits do not compress: there are as many as tell places to a micrometre.
func (w *writer) matrix(m *[16]float64) *writer {
	mark := byte('[')
	for i, v := range m {
		digits := 11
		if i >= 12 { // places on the earth, in metres
			digits = 13
		}
		w.text = strconv.AppendFloat(append(w.text, mark), v, 'g', digits, 64)
		mark = ','
	}
	return w.say("]")
}

func (w *writer) number(v float64) *writer {
	w.text = strconv.AppendFloat(w.text, v, 'g', -1, 64)
	return w
}

// array writes a list as a member of an object.
func (w *writer) array(name string, l *list) *writer {
	w.say(`,"`).say(name).say(`":[`)
	w.text = append(w.text, l.text...)
	return w.say("]")
}

// buffers writes the buffers and their views.
func (g *glb) buffers() {
	g.begin() // the chunk ends aligned
	g.say(`,"buffers":[{"byteLength":`).int(len(g.bin))
	if g.fallback > 0 {
		g.say(`},{"byteLength":`).int(g.fallback).say(`,"extensions":{"EXT_meshopt_compression":{"fallback":true}}`)
	}
	g.say(`}],"bufferViews":[`)
	for i, v := range g.views {
		if i > 0 {
			g.say(",")
		}
		g.view(v)
	}
	g.say("]")
}

func (g *glb) view(v view) {
	if v.mode == "" {
		g.say(`{"buffer":0,"byteOffset":`).int(v.start).say(`,"byteLength":`).int(v.length)
	} else {
		g.say(`{"buffer":1,"byteOffset":`).int(v.plain).say(`,"byteLength":`).int(v.count * v.stride)
	}
	if v.stride > 0 && v.mode != "TRIANGLES" {
		g.say(`,"byteStride":`).int(v.stride)
	}
	if v.target != 0 {
		g.say(`,"target":`).int(v.target)
	}
	if v.mode != "" {
		g.say(`,"extensions":{"EXT_meshopt_compression":{"buffer":0,"byteOffset":`).int(v.start).say(`,"byteLength":`).int(v.length).
			say(`,"byteStride":`).int(v.stride).say(`,"count":`).int(v.count).say(`,"mode":"`).say(v.mode).say(`"}}`)
	}
	g.say("}")
}

// finish appends the GLB to dst.
func (g *glb) finish(dst []byte) []byte {
	for len(g.text)%8 != 4 { // the header is 12 and each chunk head 8 bytes: the binary chunk shall begin at a multiple of 8
		g.text = append(g.text, ' ')
	}
	length := 12 + 8 + len(g.text) + 8 + len(g.bin)
	dst = slices.Grow(dst, length) // what caches keep has no room to spare
	for _, word := range []int{magicGLB, 2, length, len(g.text), chunkJSON} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(word))
	}
	dst = append(dst, g.text...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(g.bin)))
	dst = binary.LittleEndian.AppendUint32(dst, chunkBinary)
	return append(dst, g.bin...)
}
