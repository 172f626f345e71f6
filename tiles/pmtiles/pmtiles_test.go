package pmtiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

// The numbers are those of the specification.
func TestNumber(t *testing.T) {
	for want, id := range map[uint64]tiles.ID{
		0: {}, 1: {Z: 1}, 2: {Z: 1, Y: 1}, 3: {Z: 1, X: 1, Y: 1}, 4: {Z: 1, X: 1}, 5: {Z: 2}, 19078479: {Z: 12, X: 3423, Y: 1763},
	} {
		if got := pmtiles.Number(id); got != want {
			t.Errorf("Number(%v) = %d, want %d", id, got, want)
		}
	}
}

func TestNumbersOfAZoomAreAllDifferent(t *testing.T) {
	seen := map[uint64]tiles.ID{}
	for z := range uint8(7) {
		for x := range uint32(1) << z {
			for y := range uint32(1) << z {
				id := tiles.ID{Z: z, X: x, Y: y}
				n := pmtiles.Number(id)
				if other, taken := seen[n]; taken {
					t.Fatalf("%v and %v share the number %d", id, other, n)
				}
				seen[n] = id
			}
		}
	}
	for n := range uint64(len(seen)) {
		if _, there := seen[n]; !there {
			t.Fatalf("no tile has the number %d", n)
		}
	}
}

func archive(tb testing.TB, all map[tiles.ID]string) []byte {
	tb.Helper()
	var out bytes.Buffer
	err := pmtiles.Write(&out, func(yield func(pmtiles.Content, error) bool) {
		for id, text := range all {
			if !yield(pmtiles.Content{ID: id, Data: []byte(text)}, nil) {
				return
			}
		}
	}, orb.Bound{Min: orb.Point{105, 34}, Max: orb.Point{106, 35}}, map[string]any{"name": "测试"})
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func someTiles(n int) map[tiles.ID]string {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	all := map[tiles.ID]string{}
	for len(all) < n {
		z := uint8(rng.IntN(15))
		id := tiles.ID{Z: z, X: rng.Uint32N(1 << z), Y: rng.Uint32N(1 << z)}
		all[id] = fmt.Sprintf("%s of %d", id, n)
		if rng.IntN(3) == 0 {
			all[id] = "sea"
		}
		if rng.IntN(50) == 0 {
			all[id] = ""
		}
	}
	return all
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 500, 60_000} {
		all := someTiles(n)
		data := archive(t, all)
		a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if n == 60_000 && a.LeavesSize == 0 {
			t.Error("the archive has no leaf directories, so they are not tested")
		}
		if a.Metadata["name"] != "测试" || a.Bound.Min != (orb.Point{105, 34}) {
			t.Errorf("metadata %v, bound %v", a.Metadata, a.Bound)
		}
		for id, want := range all {
			tile, err := a.Tile(t.Context(), tiles.Request{ID: id})
			if err != nil || string(tile.Data) != want {
				t.Fatalf("%v: %q, %v; want %q", id, tile.Data, err, want)
			}
		}
		for range 1000 {
			id := tiles.ID{Z: 14, X: rand.Uint32N(1 << 14), Y: rand.Uint32N(1 << 14)}
			if tile, err := a.Tile(t.Context(), tiles.Request{ID: id}); err != nil || string(tile.Data) != all[id] {
				t.Fatalf("%v: %q, %v; want %q", id, tile.Data, err, all[id])
			}
		}
	}
}

func TestStoredGzipIsPassedOn(t *testing.T) {
	data := archive(t, map[tiles.ID]string{{}: "world"})
	a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := a.Tile(t.Context(), tiles.Request{Encoding: tiles.Gzip})
	plain, err2 := a.Tile(t.Context(), tiles.Request{Encoding: tiles.Zstd})
	if err != nil || err2 != nil || packed.Encoding != tiles.Gzip || plain.Encoding != tiles.Identity || packed.ETag == plain.ETag {
		t.Errorf("%+v, %v; %+v, %v", packed, err, plain, err2)
	}
}

func TestDamageIsNamed(t *testing.T) {
	whole := archive(t, someTiles(300))
	open := func(b []byte) error {
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		a, err := pmtiles.Open(path)
		if err == nil {
			err = a.Close()
		}
		return err
	}
	if err := open(whole); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": {}, "half a header": whole[:60], "only a header": whole[:127], "another format": append([]byte("PNG    \x03"), whole[8:]...),
		"a root beyond the end": append(append([]byte{}, whole[:16]...), append([]byte{255, 255, 255, 255, 0, 0, 0, 0}, whole[24:]...)...),
	} {
		if err := open(b); !errors.Is(err, pmtiles.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := open(append(append([]byte{}, "PMTiles\x02"...), whole[8:]...)); err == nil {
		t.Error("version 2 passed")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, someTiles(20)))
	f.Add(archive(f, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, id := range []tiles.ID{{}, {Z: 1, X: 1}, {Z: 14, X: 13003, Y: 6504}} {
			_, _ = a.Tile(t.Context(), tiles.Request{ID: id}) // an error is fine, a panic is not
		}
	})
}

func BenchmarkTile(b *testing.B) {
	all := someTiles(60_000)
	data := archive(b, all)
	a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Tile(b.Context(), tiles.Request{ID: tiles.ID{Z: 14, X: 13003, Y: 6504}, Encoding: tiles.Gzip}); err != nil {
			b.Fatal(err)
		}
	}
}
