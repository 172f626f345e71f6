package verify_test

import (
	"encoding/binary"
	"math"

	"github.com/wardmap/wardmap/scenes3d/meshopt"
)

const schemaText = `{"id": "town", "classes": {"building": {"properties": {
	"id": {"type": "STRING", "required": true},
	"height": {"type": "SCALAR", "componentType": "FLOAT32"},
	"kind": {"type": "ENUM", "enumType": "kinds"},
	"lit": {"type": "BOOLEAN"},
	"listed": {"type": "ENUM", "enumType": "answers", "noData": "unknown"}}}},
	"enums": {"kinds": {"valueType": "UINT8", "values": [{"name": "office", "value": 1}, {"name": "school", "value": 2}]},
	"answers": {"valueType": "UINT8", "values": [{"name": "no", "value": 0}, {"name": "yes", "value": 1}, {"name": "unknown", "value": 9}]}}}`

// Views of both kinds of content.
const (
	positions = iota
	normals
	features
	indices
	names
	offsets
	heights
	kinds
	lights
	listed
)

// head is the glTF of a list of buildings, without accessors and views.
func head(n int, matrix []any) *glb {
	g := &glb{doc: parse(`{"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
		"meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "_FEATURE_ID_0": 2}, "indices": 3,
			"extensions": {"EXT_mesh_features": {"featureIds": [{"featureCount": %d, "attribute": 0, "propertyTable": 0}]}}}]}],
		"extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"], "bufferViews": [], "buffers": [{}],
		"extensions": {"EXT_structural_metadata": {"schema": %s, "propertyTables": [{"class": "building", "count": %d,
			"properties": {"id": {"values": 4, "stringOffsets": 5}, "height": {"values": 6}, "kind": {"values": 7},
			"lit": {"values": 8}, "listed": {"values": 9}}}]}}}`, n, schemaText, n)}
	set(g.doc, "nodes.0.matrix", matrix)
	return g
}

// plain is a content of float positions.
func plain(list []building) *glb {
	s := build(list)
	g := head(len(list), frame(1))
	low, high := bounds(s.positions)
	set(g.doc, "accessors", parse(`{"a": [
		{"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": %d},
		{"bufferView": 1, "componentType": 5126, "type": "VEC3", "count": %[1]d},
		{"bufferView": 2, "componentType": 5126, "type": "SCALAR", "count": %[1]d},
		{"bufferView": 3, "componentType": 5125, "type": "SCALAR", "count": %d}]}`, len(s.ids), len(s.indices))["a"])
	set(g.doc, "accessors.0.min", low)
	set(g.doc, "accessors.0.max", high)
	var p, n, f, i []byte
	for k, id := range s.ids {
		for c := range 3 {
			p, n = float32s(p, s.positions[k][c]), float32s(n, s.normals[k][c])
		}
		f = float32s(f, float64(id))
	}
	for _, v := range s.indices {
		i = binary.LittleEndian.AppendUint32(i, v)
	}
	for _, data := range [][]byte{p, n, f, i} {
		g.addView(data)
	}
	g.table(list)
	return g
}

// packed is the same on a grid of a centimetre, compressed.
func packed(list []building) *glb {
	s := build(list)
	g := head(len(list), frame(0.01))
	var grid [][3]float64
	var p, n, f []byte
	le := binary.LittleEndian
	for k, id := range s.ids {
		var at [3]float64
		for c := range 3 {
			at[c] = math.Round(s.positions[k][c] * 100)
			p, n = le.AppendUint16(p, uint16(at[c])), append(n, byte(int8(127*s.normals[k][c])))
		}
		p, n, f = append(p, 0, 0), append(n, 0), append(le.AppendUint16(f, uint16(id)), 0, 0)
		grid = append(grid, at)
	}
	low, high := bounds(grid)
	set(g.doc, "accessors", parse(`{"a": [
		{"bufferView": 0, "componentType": 5123, "type": "VEC3", "count": %d},
		{"bufferView": 1, "componentType": 5120, "type": "VEC3", "count": %[1]d, "normalized": true},
		{"bufferView": 2, "componentType": 5123, "type": "SCALAR", "count": %[1]d},
		{"bufferView": 3, "componentType": 5123, "type": "SCALAR", "count": %d}]}`, len(s.ids), len(s.indices))["a"])
	set(g.doc, "accessors.0.min", low)
	set(g.doc, "accessors.0.max", high)
	fallback := 0
	pack := func(mode string, count, stride int, data []byte) {
		at := g.add(data)
		v := parse(`{"buffer": 1, "byteOffset": %d, "byteLength": %d, "extensions": {"EXT_meshopt_compression": {
			"buffer": 0, "byteOffset": %d, "byteLength": %d, "byteStride": %d, "count": %d, "mode": %q}}}`,
			fallback, count*stride, at, len(data), stride, count, mode)
		if mode == "ATTRIBUTES" {
			v["byteStride"] = float64(stride)
		}
		g.doc["bufferViews"] = append(g.doc["bufferViews"].([]any), v)
		fallback += (count*stride + 7) / 8 * 8
	}
	pack("ATTRIBUTES", len(s.ids), 8, meshopt.AppendVertices(nil, p, 8))
	pack("ATTRIBUTES", len(s.ids), 4, meshopt.AppendVertices(nil, n, 4))
	pack("ATTRIBUTES", len(s.ids), 4, meshopt.AppendVertices(nil, f, 4))
	pack("TRIANGLES", len(s.indices), 2, meshopt.AppendTriangles(nil, s.indices))
	g.table(list)
	set(g.doc, "buffers", append(g.doc["buffers"].([]any),
		parse(`{"byteLength": %d, "extensions": {"EXT_meshopt_compression": {"fallback": true}}}`, fallback)))
	set(g.doc, "extensionsUsed", append(g.doc["extensionsUsed"].([]any), "KHR_mesh_quantization", "EXT_meshopt_compression"))
	set(g.doc, "extensionsRequired", []any{"KHR_mesh_quantization", "EXT_meshopt_compression"})
	return g
}

// addView adds a plain buffer view.
func (g *glb) addView(data []byte) {
	at := g.add(data)
	g.doc["bufferViews"] = append(g.doc["bufferViews"].([]any), parse(`{"buffer": 0, "byteOffset": %d, "byteLength": %d}`, at, len(data)))
}

// table adds the views of the property table, and ends the buffer.
func (g *glb) table(list []building) {
	var text, ends, high, kind, listed []byte
	lit := make([]byte, (len(list)+7)/8)
	ends = binary.LittleEndian.AppendUint32(ends, 0)
	for i, b := range list {
		text = append(text, b.id...)
		ends = binary.LittleEndian.AppendUint32(ends, uint32(len(text)))
		high, kind, listed = float32s(high, b.h), append(kind, b.kind), append(listed, b.listed)
		if b.lit {
			lit[i/8] |= 1 << (i % 8)
		}
	}
	for _, data := range [][]byte{text, ends, high, kind, lit, listed} {
		g.addView(data)
	}
	set(g.doc, "buffers.0.byteLength", float64(len(g.bin)))
}

func float32s(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
}
