package verify_test

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

func TestAContainerIsHeldToItsNumbers(t *testing.T) {
	le := binary.LittleEndian
	number := func(at int, change uint32) func([]byte) []byte {
		return func(b []byte) []byte {
			le.PutUint32(b[at:], le.Uint32(b[at:])+change)
			return b
		}
	}
	// text is where the JSON ends.
	text := func(b []byte) int { return 20 + int(le.Uint32(b[12:])) }
	tests := []struct {
		name  string
		fault func(b []byte) []byte
		code  string
	}{
		{"no header", func(b []byte) []byte { return b[:8] }, "glb-length"},
		{"another version", number(4, 1), "glb-version"},
		{"a length too long", number(8, 4), "glb-length"},
		{"a tail", func(b []byte) []byte { return append(b, 0, 0, 0, 0) }, "glb-chunk"},
		{"a JSON chunk too long", number(12, 1<<20), "glb-chunk"},
		{"a JSON chunk of an odd length", number(12, 1), "glb-padding"},
		{"no JSON chunk", number(16, 1), "glb-chunk"},
		{"JSON padded with zeros", func(b []byte) []byte {
			n := text(b)
			return slices.Concat(b[:8], le.AppendUint32(nil, uint32(len(b)+4)), le.AppendUint32(nil, uint32(n-16)), b[16:n], []byte{0, 0, 0, 0}, b[n:])
		}, "glb-padding"},
		{"a third chunk", func(b []byte) []byte {
			b = append(b, 4, 0, 0, 0, 'B', 'I', 'N', 0, 1, 2, 3, 4)
			return number(8, 12)(b)
		}, "glb-chunk"},
		{"binary cut short", func(b []byte) []byte {
			n := text(b)
			return number(n, ^uint32(7))(number(8, ^uint32(7))(b[:len(b)-8]))
		}, "buffer-length"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := test.fault(plain([]building{hall}).bytes())
			r, err := verify.Tileset(context.Background(), "tileset.json", lone(data, nil), verify.Options{})
			if err != nil || !slices.Contains(codes(r), test.code) {
				t.Errorf("got %v, want %s: %v %v", codes(r), test.code, r.Problems, err)
			}
		})
	}
}
