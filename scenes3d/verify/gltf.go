package verify

import "encoding/json"

// A gltf is the part of a glTF document that is read here.
type gltf struct {
	Asset  struct{ Version string }
	Scene  *int
	Scenes []struct{ Nodes []int }
	Nodes  []node
	Meshes []struct{ Primitives []primitive }

	Accessors   []accessor
	BufferViews []bufferView
	Buffers     []buffer
	Materials   []json.RawMessage

	ExtensionsUsed     []string
	ExtensionsRequired []string
	Extensions         struct {
		Metadata *metadataJSON `json:"EXT_structural_metadata"`
	}
}

type node struct {
	Mesh        *int
	Children    []int
	Matrix      []float64
	Translation []float64
	Rotation    []float64
	Scale       []float64
	Extensions  struct {
		Instancing *struct{ Attributes map[string]int } `json:"EXT_mesh_gpu_instancing"`
		Features   *struct{ FeatureIDs []featureIDs }   `json:"EXT_instance_features"`
	}
}

type primitive struct {
	Attributes map[string]int
	Indices    *int
	Material   *int
	Mode       *int
	Extensions struct {
		Features *struct{ FeatureIDs []featureIDs } `json:"EXT_mesh_features"`
		Metadata json.RawMessage                    `json:"EXT_structural_metadata"`
	}
}

type featureIDs struct {
	FeatureCount  int
	Attribute     *int
	Texture       json.RawMessage
	PropertyTable *int
	NullFeatureID *int
	Label         string
}

type accessor struct {
	BufferView    *int
	ByteOffset    int
	ComponentType int
	Normalized    bool
	Count         int
	Type          string
	Min, Max      []float64
	Sparse        json.RawMessage
}

type bufferView struct {
	Buffer     int
	ByteOffset int
	ByteLength int
	ByteStride int
	Extensions struct {
		Meshopt *packed `json:"EXT_meshopt_compression"`
	}
}

// packed is a buffer view whose bytes are compressed.
type packed struct {
	Buffer     int
	ByteOffset int
	ByteLength int
	ByteStride int
	Count      int
	Mode       string
	Filter     string
}

type buffer struct {
	URI        string
	ByteLength int
	Extensions struct {
		Meshopt *struct{ Fallback bool } `json:"EXT_meshopt_compression"`
	}
}
