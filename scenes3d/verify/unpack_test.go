package verify

import (
	"bytes"
	"math/rand/v2"
	"testing"

	codec "github.com/wardmap/wardmap/scenes3d/meshopt"
)

func TestUnpackVertices(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, stride := range []int{4, 8, 12, 64, 256} {
		for _, count := range []int{1, 15, 16, 17, 256, 257, 1000} {
			for _, spread := range []int{1, 2, 12, 256} {
				want := make([]byte, stride*count)
				for i := range want {
					want[i] = byte(random.IntN(spread))
				}
				got := make([]byte, len(want))
				if err := decodeVertices(got, stride, codec.AppendVertices(nil, want, stride)); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d of %d bytes below %d: %v", count, stride, spread, err)
				}
			}
		}
	}
}

func TestUnpackTriangles(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		want := make([]uint32, 3*random.IntN(300))
		most := uint32(1) << (2 + random.IntN(30))
		for i := range want {
			want[i] = random.Uint32N(most)
			if i > 2 && random.IntN(2) == 0 {
				want[i] = want[i-random.IntN(3)] + random.Uint32N(2)
			}
		}
		got := make([]uint32, len(want))
		if err := decodeTriangles(got, codec.AppendTriangles(nil, want)); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(got); i += 3 {
			a, b, c := got[i], got[i+1], got[i+2]
			if w := [3]uint32(want[i : i+3]); w != [3]uint32{a, b, c} && w != [3]uint32{b, c, a} && w != [3]uint32{c, a, b} {
				t.Fatalf("triangle %d is %v, want %v", i/3, got[i:i+3], w)
			}
		}
	}
}

// What the reference decoder refuses is refused: no end, more than the end, another header.
func TestUnpackRefuses(t *testing.T) {
	vertices := codec.AppendVertices(nil, bytes.Repeat([]byte{1, 9, 200, 4, 7, 7, 7, 90}, 20), 4)
	triangles := codec.AppendTriangles(nil, []uint32{0, 1, 2, 900, 3, 40})
	refused := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	dst, indices := make([]byte, 160), make([]uint32, 6)
	for n := range vertices {
		refused("a cut stream of attributes", decodeVertices(dst, 4, vertices[:n]))
	}
	for n := range triangles {
		refused("a cut stream of triangles", decodeTriangles(indices, triangles[:n]))
	}
	refused("a longer stream of attributes", decodeVertices(dst, 4, append([]byte{vertices[0], 0}, vertices[1:]...)))
	refused("fewer elements than there are", decodeVertices(dst[:4], 4, vertices))
	refused("a stride of 6", decodeVertices(dst[:12], 6, vertices))
	refused("half a triangle", decodeTriangles(indices[:4], triangles))
	refused("fewer triangles than there are", decodeTriangles(indices[:3], triangles))
	refused("triangles as attributes", decodeVertices(dst, 4, triangles))
	refused("attributes as triangles", decodeTriangles(indices, vertices))
	refused("an index of 6 bytes", decodeTriangles(make([]uint32, 3), append([]byte{trianglesHeader, 0xff, 0xff, 255, 255, 255, 255, 255, 1, 0, 0}, make([]byte, 16)...)))
}

func FuzzUnpack(f *testing.F) {
	f.Add(codec.AppendVertices(nil, []byte("twelve bytes and more, in fours."), 8), uint8(8), uint16(4))
	f.Add(codec.AppendTriangles(nil, []uint32{0, 1, 2, 0, 2, 3}), uint8(4), uint16(6))
	f.Fuzz(func(t *testing.T, src []byte, stride uint8, count uint16) {
		dst := make([]byte, int(stride)*int(count))
		if decodeVertices(dst, int(stride), src) == nil {
			again := make([]byte, len(dst))
			if err := decodeVertices(again, int(stride), codec.AppendVertices(nil, dst, int(stride))); err != nil || !bytes.Equal(again, dst) {
				t.Errorf("what was read comes back as something else: %v", err)
			}
		}
		_ = decodeTriangles(make([]uint32, count), src)
	})
}
