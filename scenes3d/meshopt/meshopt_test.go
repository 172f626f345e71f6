package meshopt_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/meshopt"
)

// A sample is what goes to the reference decoder, and what must come back.
type sample struct {
	Name    string
	Mode    string // ATTRIBUTES or TRIANGLES
	Stride  int
	Count   int
	Want    []byte // as it was
	Encoded []byte
}

func vertices(name string, stride int, data []byte) sample {
	return sample{name, "ATTRIBUTES", stride, len(data) / stride, data, meshopt.AppendVertices(nil, data, stride)}
}

func triangles(name string, indices []uint32) sample {
	var raw []byte
	for _, i := range indices {
		raw = append(raw, byte(i), byte(i>>8), byte(i>>16), byte(i>>24))
	}
	return sample{name, "TRIANGLES", 4, len(indices), raw, meshopt.AppendTriangles(nil, indices)}
}

// walls are the indices of quads in order of first use.
func walls(n int) (out []uint32) {
	for i := range uint32(n) {
		out = append(out, 4*i, 4*i+1, 4*i+2, 4*i, 4*i+2, 4*i+3)
	}
	return out
}

func samples() (all []sample) {
	random := rand.New(rand.NewPCG(9, 9))
	bytesOf := func(n, spread int) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(random.IntN(spread))
		}
		return out
	}
	for _, stride := range []int{4, 8, 12, 16, 64, 256} {
		for _, count := range []int{1, 15, 16, 17, 255, 256, 257, 1000} {
			for _, spread := range []int{1, 2, 5, 12, 256} {
				all = append(all, vertices("random", stride, bytesOf(stride*count, spread)))
			}
		}
	}
	all = append(all, triangles("one", []uint32{0, 1, 2}), triangles("walls", walls(1000)), triangles("again from 0", append(walls(3), 0, 1, 2, 0, 2, 3)),
		triangles("far", []uint32{1 << 30, 0, 5, 5, 0, 1 << 30}), triangles("degenerate", []uint32{0, 0, 0, 1, 1, 2, 3, 3, 3}))
	for range 200 {
		var list []uint32
		most := 3 + random.IntN(400)
		for range 3 * (1 + random.IntN(300)) {
			list = append(list, uint32(random.IntN(most)))
		}
		all = append(all, triangles("random", list))
	}
	return all
}

func TestTheReferenceDecoderReadsIt(t *testing.T) {
	modules := os.Getenv("WARDMAP_NODE_MODULES")
	if modules == "" {
		modules = "../../api/web/node_modules"
	}
	modules, err := filepath.Abs(modules)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "meshoptimizer")); err != nil {
		t.Skip("the reference decoder is not installed: run npm ci in api/web, or name its folder by WARDMAP_NODE_MODULES")
	}
	all := samples()
	type line struct {
		Mode, Encoded string
		Stride, Count int
	}
	var list []line
	for _, s := range all {
		list = append(list, line{s.Mode, base64.StdEncoding.EncodeToString(s.Encoded), s.Stride, s.Count})
	}
	input, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/decode.mjs", modules)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var decoded []string
	if err := json.Unmarshal(output, &decoded); err != nil || len(decoded) != len(all) {
		t.Fatalf("%d of %d samples, %v", len(decoded), len(all), err)
	}
	for i, s := range all {
		got, err := base64.StdEncoding.DecodeString(decoded[i])
		if err != nil || !same(s, got) {
			t.Errorf("sample %d (%s, %s, %d of %d bytes) comes back as something else: %.60s", i, s.Name, s.Mode, s.Count, s.Stride, decoded[i])
		}
	}
}

// same compares vertices byte by byte, and triangles up to their rotation.
func same(s sample, got []byte) bool {
	if s.Mode == "ATTRIBUTES" || len(got) != len(s.Want) {
		return bytes.Equal(got, s.Want)
	}
	for i := 0; i < len(got); i += 12 {
		a, b := got[i:i+12], s.Want[i:i+12]
		if !bytes.Equal(a, b) && !bytes.Equal(a, append(append([]byte(nil), b[4:]...), b[:4]...)) && !bytes.Equal(a, append(append([]byte(nil), b[8:]...), b[:8]...)) {
			return false
		}
	}
	return true
}

func TestWallsAreSmall(t *testing.T) {
	got := meshopt.AppendTriangles(nil, walls(1000))
	if perWall := float64(len(got)) / 1000; perWall > 2.1 {
		t.Errorf("%.2f bytes a wall of two triangles, want 2", perWall)
	}
	data := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 1000)
	if got := meshopt.AppendVertices(nil, data, 8); len(got) > 250 {
		t.Errorf("a thousand equal vertices take %d bytes", len(got))
	}
}

func BenchmarkAppendVertices(b *testing.B) {
	data := make([]byte, 0, 8*4096)
	random := rand.New(rand.NewPCG(1, 1))
	for range 4096 / 4 {
		x, y := random.IntN(30000), random.IntN(30000)
		for corner := range 4 {
			px, py := x+corner%2*900, y+corner/2*700
			data = append(data, byte(px), byte(px>>8), byte(py), byte(py>>8), byte(corner), 0, 7, 0)
		}
	}
	var out []byte
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		out = meshopt.AppendVertices(out[:0], data, 8)
	}
}

func BenchmarkAppendTriangles(b *testing.B) {
	indices := walls(2000)
	var out []byte
	b.SetBytes(int64(4 * len(indices)))
	b.ReportAllocs()
	for b.Loop() {
		out = meshopt.AppendTriangles(out[:0], indices)
	}
}
