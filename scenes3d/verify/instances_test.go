package verify_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// instanced is a content of n posts in a row, quarter turned and twice as
// high, each a feature. In a y-up glTF east is x, up is y, north is -z.
func instanced(n int) *glb {
	var posts []building
	for i := range n {
		posts = append(posts, building{id: fmt.Sprintf("post %d", i), w: 1, d: 1, h: 4, kind: 1, listed: 9})
	}
	post := plain([]building{{w: 1, d: 1, h: 2, floor: true}})
	g := head(n, frame(1))
	set(g.doc, "accessors", post.doc["accessors"])
	for v := positions; v <= indices; v++ {
		g.addView(post.view(v))
	}
	g.table(posts)
	var t, r, z []byte
	for i := range n {
		for k := range 3 {
			t = float32s(t, []float64{float64(10 * i), -20, 0}[k])
			z = float32s(z, []float64{1, 1, 2}[k])
		}
		for k := range 4 {
			r = float32s(r, []float64{0, 0, math.Sqrt2 / 2, math.Sqrt2 / 2}[k])
		}
	}
	g.addView(t)
	g.addView(r)
	g.addView(z)
	a := g.doc["accessors"].([]any)
	for i, kind := range []string{"VEC3", "VEC4", "VEC3"} {
		a = append(a, parse(`{"bufferView": %d, "componentType": 5126, "type": %q, "count": %d}`, 10+i, kind, n))
	}
	g.doc["accessors"] = a
	set(g.doc, "meshes.0.primitives.0", parse(`{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 3}`))
	set(g.doc, "nodes.0.extensions", parse(`{"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 4, "ROTATION": 5, "SCALE": 6}},
		"EXT_instance_features": {"featureIds": [{"featureCount": %d, "propertyTable": 0}]}}`, n))
	set(g.doc, "extensionsUsed", []any{"EXT_mesh_gpu_instancing", "EXT_instance_features", "EXT_structural_metadata"})
	set(g.doc, "buffers.0.byteLength", float64(len(g.bin)))
	return g
}

func TestInstancesAreFeatures(t *testing.T) {
	tests := []struct {
		name string
		path string
		to   any
		want []string
	}{
		{name: "as they are"},
		{"counts that do not agree", "accessors.5.count", 2., []string{"instance-count"}},
		{"a feature too many", "nodes.0.extensions.EXT_instance_features.featureIds.0.featureCount", 4., []string{"feature-count-large"}},
		{"not declared", "extensionsUsed.0", "EXT_mesh_features", []string{"extension-undeclared"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := instanced(3)
			if test.path != "" {
				set(g.doc, test.path, test.to)
			}
			r, err := verify.Tileset(context.Background(), "tileset.json", lone(g.bytes(), nil), verify.Options{})
			if err != nil || !slices.Equal(codes(r), test.want) {
				t.Fatalf("got %v, want %v: %v %v", codes(r), test.want, r.Problems, err)
			}
			if s := r.Seen["post 2"]; test.want == nil && (math.Abs(s.Volume-4) > .01 || math.Abs(s.Area-1) > .01) {
				t.Errorf("post 2 is %+v", s)
			}
		})
	}
}
