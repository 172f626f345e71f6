package verify

import "slices"

const (
	meshFeatures     = "EXT_mesh_features"
	structural       = "EXT_structural_metadata"
	instancing       = "EXT_mesh_gpu_instancing"
	instanceFeatures = "EXT_instance_features"
	meshopt          = "EXT_meshopt_compression"
	quantization     = "KHR_mesh_quantization"
)

// What a document may require of its reader, here.
var (
	tilesetExtensions = []string{"3DTILES_content_gltf", "3DTILES_implicit_tiling", "3DTILES_metadata", "3DTILES_multiple_contents"}
	gltfExtensions    = []string{
		meshFeatures, structural, instancing, instanceFeatures, meshopt, quantization,
		"KHR_materials_unlit", "KHR_texture_transform",
	}
)

// checkRequired checks the lists of a document's extensions.
func checkRequired(p place, used, required, known []string) {
	for _, e := range required {
		if !slices.Contains(used, e) {
			p.bad("extension-not-used", "%s is required but not listed as used", e)
		}
		if !slices.Contains(known, e) {
			p.bad("extension-unsupported", "%s is required and not known here", e)
		}
	}
}
