package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// implicitRoot is a quadtree around the place, in subtrees of so many levels.
func implicitRoot(levels, available int) ([]byte, error) {
	return json.Marshal(parse(`{"asset": {"version": "1.1"}, "geometricError": 100, "root": {"boundingVolume": %s, "refine": "ADD",
		"geometricError": 50, "content": {"uri": "c/{level}/{x}/{y}.glb"}, "implicitTiling": {"subdivisionScheme": "QUADTREE",
		"subtreeLevels": %d, "availableLevels": %d, "subtrees": {"uri": "s/{level}/{x}/{y}.subtree"}}}}`, area(900), levels, available))
}

const bitsOf = `{"buffers": [{"byteLength": 24}], "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 1},
	{"buffer": 0, "byteOffset": 8, "byteLength": 1}, {"buffer": 0, "byteOffset": 16, "byteLength": 2}],
	"tileAvailability": {"bitstream": 0, "availableCount": %d}, "contentAvailability": [{"bitstream": 1, "availableCount": 1}],
	"childSubtreeAvailability": {"bitstream": 2, "availableCount": 1}}`

// The place is the middle of the root; what stands north-east of it lies in
// child 3, and in child 0 of that.
func quarters() map[string][]byte {
	bin := make([]byte, 24)
	bin[0], bin[8] = 1|1<<4, 1 // the root and child 3; the root has the content
	bin[17] = 1 << 4           // subtree 12, the first below child 3
	root, _ := implicitRoot(2, 4)
	return map[string][]byte{
		"tileset.json":    root,
		"s/0/0/0.subtree": subtreeOf(fmt.Sprintf(bitsOf, 2), bin),
		"s/2/2/2.subtree": subtreeOf(`{"tileAvailability": {"bitstream": 0, "availableCount": 1},
			"buffers": [{"byteLength": 8}], "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 1}],
			"contentAvailability": [{"bitstream": 0}], "childSubtreeAvailability": {"constant": 0}}`, []byte{1, 0, 0, 0, 0, 0, 0, 0}),
		"c/0/0/0.glb": plain([]building{hall}).bytes(),
		"c/2/2/2.glb": plain([]building{kiosk}).bytes(),
	}
}

func TestAQuadtreeIsWalked(t *testing.T) {
	tests := []struct {
		name  string
		fault func(map[string][]byte)
		want  []string
	}{
		{"as it is", func(map[string][]byte) {}, nil},
		{"a content that is not there", func(m map[string][]byte) { delete(m, "c/2/2/2.glb") }, []string{"content-missing"}},
		{"a subtree that is not there", func(m map[string][]byte) { delete(m, "s/2/2/2.subtree") }, []string{"content-missing"}},
		{"a wrong magic", func(m map[string][]byte) { m["s/2/2/2.subtree"][0] = 'x' }, []string{"subtree-header"}},
		{"a chunk too long", func(m map[string][]byte) { m["s/2/2/2.subtree"][8]++ }, []string{"subtree-length"}},
		{"a wrong count", func(m map[string][]byte) {
			s := string(m["s/0/0/0.subtree"])
			m["s/0/0/0.subtree"] = []byte(strings.Replace(s, `"availableCount": 2`, `"availableCount": 3`, 1))
		}, []string{"available-count"}},
		{"a tile without parent", func(m map[string][]byte) {
			s := m["s/2/2/2.subtree"]
			s[len(s)-8] = 2
		}, []string{"availability-orphan"}},
		{"a building in the wrong cell", func(m map[string][]byte) {
			m["c/2/2/2.glb"] = plain([]building{{id: "far", x: -100, y: 5, w: 5, d: 5, h: 5, kind: 1}}).bytes()
		}, []string{"vertex-outside"}},
		{"an octree", func(m map[string][]byte) {
			m["tileset.json"] = []byte(strings.Replace(string(m["tileset.json"]), "QUADTREE", "OCTREE", 1))
		}, []string{"implicit-unsupported"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := quarters()
			test.fault(files)
			r, err := verify.Tileset(context.Background(), "tileset.json", func(uri string) ([]byte, error) {
				if data, ok := files[uri]; ok {
					return data, nil
				}
				return nil, fmt.Errorf("not among %v", slices.Sorted(maps.Keys(files)))
			}, verify.Options{})
			if err != nil || !slices.Equal(codes(r), test.want) {
				t.Errorf("got %v, want %v: %v %v", codes(r), test.want, r.Problems, err)
			}
		})
	}
}
