package verify_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// Contents of the good town.
const (
	plainOne  = "0.glb"
	packedTwo = "1/1.glb?v=2"
)

const (
	metadata  = "extensions.EXT_structural_metadata."
	tableZero = metadata + "propertyTables.0."
	idsOfMesh = "meshes.0.primitives.0.extensions.EXT_mesh_features.featureIds.0."
)

// edit is a fault of the JSON of a content.
func edit(uri, path string, value any) func(*town) {
	return func(t *town) { set(t.glbs[uri].doc, path, value) }
}

// page is a fault of a tileset document.
func page(uri, path string, value any) func(*town) {
	return func(t *town) { set(t.sets[uri], path, value) }
}

// poke writes bytes into a view of the plain content.
func poke(view, at int, data ...byte) func(*town) {
	return func(t *town) { copy(t.glbs[plainOne].view(view)[at:], data) }
}

func float(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }

// insideOut turns all triangles over, and not the normals.
func insideOut(t *town) {
	v := t.glbs[plainOne].view(indices)
	for i := 0; i < len(v); i += 12 {
		a, b := bytes.Clone(v[i+4:i+8]), bytes.Clone(v[i+8:i+12])
		copy(v[i+4:], b)
		copy(v[i+8:], a)
	}
}

// halfX halves the geocentric x of a content.
func halfX(t *town) {
	m := get(t.glbs[plainOne].doc, "nodes.0.matrix").([]any)
	m[12] = m[12].(float64) / 2
}

// north moves a content, by metres along the earth's axis and a little out.
func north(meters float64) func(*town) {
	return func(t *town) {
		m := get(t.glbs[plainOne].doc, "nodes.0.matrix").([]any)
		m[13] = m[13].(float64) + meters
	}
}

// zUp writes the matrix as if glTF were z-up.
func zUp(t *town) {
	m := get(t.glbs[plainOne].doc, "nodes.0.matrix").([]any)
	for i := 0; i < 16; i += 4 {
		m[i+1], m[i+2] = -m[i+2].(float64), m[i+1]
	}
}

// twice has the same primitive two times.
func twice(t *town) {
	p := get(t.glbs[plainOne].doc, "meshes.0.primitives").([]any)
	set(t.glbs[plainOne].doc, "meshes.0.primitives", append(slices.Clone(p), p[0]))
}

// undeclared forgets the extension everywhere.
func undeclared(name string) func(*town) {
	return func(t *town) {
		for _, list := range []string{"extensionsUsed", "extensionsRequired"} {
			l := slices.Clone(get(t.glbs[packedTwo].doc, list).([]any))
			set(t.glbs[packedTwo].doc, list, slices.DeleteFunc(l, func(v any) bool { return v == name }))
		}
	}
}

func header(t *town) { t.glbs[packedTwo].view(positions)[0] = 0xb7 }

// wallGone drops the first wall's triangles.
func wallGone(t *town) {
	copy(t.glbs[plainOne].view(indices), make([]byte, 24))
}

// shifted is a transform that is no affine matrix, or one that mirrors.
func shifted(at int, v float64) []any {
	m := []any{1., 0., 0., 0., 0., 1., 0., 0., 0., 0., 1., 0., 0., 0., 0., 1.}
	m[at] = v
	return m
}

// faults is what is planted, each with the code it must be found by.
var faults = []struct {
	name  string
	fault func(*town)
	code  string
}{
	{"a feature id out of range", poke(features, 0, bytes.Repeat(float(7), 20)...), "feature-id-range"},
	{"a row too many", edit(plainOne, tableZero+"count", 2.), "property-table-rows"},
	{"a row too few", edit(packedTwo, tableZero+"count", 1.), "feature-id-range"},
	{"string offsets that do not ascend", poke(offsets, 0, 9), "string-offsets"},
	{"an unknown enum value", poke(kinds, 0, 77), "enum-value"},
	{"a property that is not in the class", edit(plainOne, tableZero+"properties.extra", tree{"values": 6.}), "property-unknown"},
	{"a required property that is not there", edit(plainOne, tableZero+"properties.id", nil), "property-missing"},
	{"a boolean with noData", edit(plainOne, metadata+"schema.classes.building.properties.lit.noData", true), "nodata-boolean"},
	{"an unknown class", edit(plainOne, tableZero+"class", "tree"), "class-unknown"},
	{"an index out of range", poke(indices, 0, 200), "index-range"},
	{"a wrong accessor max", edit(plainOne, "accessors.0.max.0", 71.), "accessor-bounds"},
	{"an accessor longer than its view", edit(plainOne, "accessors.0.count", 500.), "accessor-range"},
	{"a zero normal", poke(normals, 0, make([]byte, 12)...), "normal-length"},
	{"a normal that looks inward", poke(normals, 4, float(1)...), "normal-against-face"},
	{"a transform that is not affine", page("tileset.json", "root.transform", shifted(3, .5)), "transform"},
	{"a transform that mirrors", page("tileset.json", "root.transform", shifted(0, -1)), "transform"},
	{"a node matrix that is not affine", edit(plainOne, "nodes.0.matrix.11", 1.), "node-matrix"},
	{"a missing content", page("tileset.json", "root.content.uri", "none.glb"), "content-missing"},
	{"quantisation that is not declared", undeclared("KHR_mesh_quantization"), "quantization-undeclared"},
	{"compression that is not declared", undeclared("EXT_meshopt_compression"), "extension-undeclared"},
	{"a featureCount too small", edit(packedTwo, idsOfMesh+"featureCount", 1.), "feature-count-small"},
	{"a featureCount too large", edit(packedTwo, idsOfMesh+"featureCount", 3.), "feature-count-large"},
	{"a feature attribute that is not there", edit(plainOne, idsOfMesh+"attribute", 4.), "feature-attribute"},
	{"a triangle of two features", poke(features, 0, float(7)...), "feature-split"},
	{"a bad meshopt header", header, "meshopt-header"},
	{"a child error above its parent's", page("tileset.json", "root.children.0.geometricError", 60.), "child-error"},
	{"a page's error above its parent's", page("sub/page.json", "root.geometricError", 30.), "child-error"},
	{"all triangles inside out", insideOut, "faces-inward"},
	{"a wall that is gone", wallGone, "not-closed"},
	{"a corner that moved", poke(positions, 8, float(1.5)...), "crack"},
	{"geometry 20 km outside of its volume", north(20e3), "vertex-outside"},
	{"geometry above its volume", page("tileset.json", "root.boundingVolume.region.5", ground+20), "vertex-outside"},
	{"a child region outside of its parent", page("tileset.json", "root.children.0.boundingVolume.region.0", lon0-.1), "child-outside-parent"},
	{"a tile misplaced", halfX, "tile-misplaced"},
	{"the wrong up axis", zUp, "wrong-up-axis"},
	{"the same solids twice", twice, "solid-twice"},
	{"the same content twice", page("tileset.json", "root.children.0.content.uri", "0.glb"), "feature-twice"},
	{"a cycle of pages", page("sub/page.json", "root.content.uri", "../tileset.json"), "tileset-cycle"},
	{"a version of the past", page("tileset.json", "asset.version", "1.0"), "asset-version"},
	{"no refinement", page("tileset.json", "root.refine", nil), "refine"},
	{"no volume", page("tileset.json", "root.boundingVolume", nil), "volume"},
	{"a region upside down", page("tileset.json", "root.boundingVolume.region.4", 1e6), "volume"},
	{"no geometric error", page("tileset.json", "root.geometricError", nil), "error-missing"},
	{"a way out of the tileset", page("tileset.json", "root.content.uri", "http://x/0.glb"), "uri"},
	{"a feature that a finer tile loses", page("tileset.json", "root.refine", "REPLACE"), "feature-lost"},
	{"a tile property without schema", page("tileset.json", "root.metadata", tree{"class": "tile"}), "schema-missing"},
	{"an extension required and unknown", page("tileset.json", "extensionsRequired", []any{"X"}), "extension-unsupported"},
	{"a node below itself", edit(plainOne, "nodes.0.children", []any{0.}), "node-twice"},
	{"a stream that unfolds beyond reason", edit(packedTwo, "bufferViews.0.extensions.EXT_meshopt_compression.count", 1e12), "meshopt-size"},
	{"a filter", edit(packedTwo, "bufferViews.1.extensions.EXT_meshopt_compression.filter", "OCTAHEDRAL"), "meshopt-filter"},
}

func TestEveryFaultIsFound(t *testing.T) {
	for _, test := range faults {
		t.Run(test.name, func(t *testing.T) {
			town := newTown()
			test.fault(town)
			r := town.verify(t)
			if !slices.Contains(codes(r), test.code) {
				t.Errorf("want %s, got %v: %v", test.code, codes(r), r.Problems)
			}
		})
	}
}
