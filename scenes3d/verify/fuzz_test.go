package verify_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// lone is a tileset of one content, or of one subtree and its contents.
func lone(content, subtree []byte) verify.Fetch {
	return func(uri string) ([]byte, error) {
		switch {
		case uri == "tileset.json" && subtree != nil:
			return implicitRoot(2, 4)
		case uri == "tileset.json":
			return (&town{sets: map[string]tree{uri: parse(`{"asset": {"version": "1.1"}, "geometricError": 9, "root": {
				"boundingVolume": %s, "refine": "ADD", "geometricError": 9, "content": {"uri": "x.glb"}}}`, area(900))}}).fetch(uri)
		case subtree != nil && uri[0] == 's':
			return subtree, nil
		}
		return content, nil
	}
}

func FuzzGLB(f *testing.F) {
	f.Add(plain([]building{hall, shed}).bytes())
	f.Add(packed([]building{school, kiosk}).bytes())
	f.Add(instanced(3).bytes())
	f.Add([]byte("glTF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := verify.Tileset(context.Background(), "tileset.json", lone(data, nil), verify.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzSubtree(f *testing.F) {
	f.Add(subtreeOf(`{"tileAvailability": {"constant": 1}, "contentAvailability": [{"constant": 0}], "childSubtreeAvailability": {"constant": 0}}`, nil))
	f.Add(subtreeOf(`{"buffers": [{"byteLength": 8}], "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 1}],
		"tileAvailability": {"bitstream": 0, "availableCount": 2}, "contentAvailability": [{"bitstream": 0}], "childSubtreeAvailability": {"constant": 0}}`,
		[]byte{3, 0, 0, 0, 0, 0, 0, 0}))
	content := plain([]building{kiosk}).bytes()
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := verify.Tileset(context.Background(), "tileset.json", lone(content, append([]byte{}, data...)), verify.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}

// subtreeOf is a subtree file, its JSON padded.
func subtreeOf(text string, bin []byte) []byte {
	for len(text)%8 != 0 {
		text += " "
	}
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("subt"), 1)
	out = le.AppendUint64(out, uint64(len(text)))
	out = le.AppendUint64(out, uint64(len(bin)))
	return append(append(out, text...), bin...)
}
