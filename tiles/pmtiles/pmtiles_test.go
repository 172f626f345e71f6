package pmtiles_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
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

func TestNumbersOfAllTilesAreEachTheirOwn(t *testing.T) {
	last := tiles.ID{}
	for n := range uint64(1 + 4 + 16 + 64 + 256 + 1024 + 4096) {
		id, ok := pmtiles.ID(n)
		if !ok || pmtiles.Number(id) != n {
			t.Fatalf("ID(%d) = %v, which has the number %d", n, id, pmtiles.Number(id))
		}
		step := max(id.X, last.X) - min(id.X, last.X) + max(id.Y, last.Y) - min(id.Y, last.Y)
		if n > 0 && id.Z == last.Z && step != 1 {
			t.Fatalf("the curve jumps from %v to %v", last, id)
		}
		last = id
	}
	for range 10_000 {
		z := uint8(rand.IntN(tiles.MaxZoom + 1))
		id := tiles.ID{Z: z, X: rand.Uint32N(1 << z), Y: rand.Uint32N(1 << z)}
		if got, ok := pmtiles.ID(pmtiles.Number(id)); !ok || got != id {
			t.Fatalf("%v came back as %v", id, got)
		}
	}
	if _, ok := pmtiles.ID(1 << 63); ok {
		t.Error("a number beyond zoom 31 names a tile")
	}
}

func TestTilesComeInTheirOrderAndAreThoseOfTheBound(t *testing.T) {
	bound := orb.Bound{Min: orb.Point{105.6, 34.5}, Max: orb.Point{105.8, 34.7}}
	got := slices.Collect(pmtiles.Tiles(0, 12, bound))
	if !slices.IsSortedFunc(got, func(a, b tiles.ID) int { return int(pmtiles.Number(a)) - int(pmtiles.Number(b)) }) {
		t.Error("they are not in order")
	}
	want := 0
	for z := range uint8(13) {
		for x := range uint32(1) << z {
			if b := (tiles.ID{Z: z, X: x}).Bound(); b.Max[0] < bound.Min[0] || b.Min[0] > bound.Max[0] {
				continue
			}
			for y := range uint32(1) << z {
				if (tiles.ID{Z: z, X: x, Y: y}).Bound().Intersects(bound) {
					want++
				}
			}
		}
	}
	if len(got) != want || want < 20 {
		t.Errorf("got %d tiles, want %d", len(got), want)
	}
	for range pmtiles.Tiles(0, 22, orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}) {
		break // a loop that ends early ends the walk
	}
}

// buffer is a file in memory.
type buffer struct {
	b  []byte
	at int
}

func (f *buffer) Write(p []byte) (int, error) {
	f.b = append(f.b, make([]byte, max(0, f.at+len(p)-len(f.b)))...)
	f.at += copy(f.b[f.at:], p)
	return len(p), nil
}

func (f *buffer) Seek(to int64, _ int) (int64, error) {
	f.at = int(to)
	return to, nil
}

// inOrder gives tiles as Write wants them.
func inOrder(all map[tiles.ID]string) iter.Seq2[pmtiles.Content, error] {
	ids := slices.SortedFunc(maps.Keys(all), func(a, b tiles.ID) int { return int(int64(pmtiles.Number(a)) - int64(pmtiles.Number(b))) })
	return func(yield func(pmtiles.Content, error) bool) {
		for _, id := range ids {
			if !yield(pmtiles.Content{ID: id, Data: []byte(all[id])}, nil) {
				return
			}
		}
	}
}

var sample = pmtiles.Metadata{Name: "测试", Attribution: "© OpenStreetMap", VectorLayers: []pmtiles.VectorLayer{{ID: "beats", Fields: map[string]string{"name": "String"}}}}

func archive(tb testing.TB, all map[tiles.ID]string) []byte {
	tb.Helper()
	var out buffer
	if _, err := pmtiles.Write(&out, inOrder(all), sample, orb.Bound{Min: orb.Point{105, 34}, Max: orb.Point{106, 35}}); err != nil {
		tb.Fatal(err)
	}
	return out.b
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

func open(tb testing.TB, data []byte) *pmtiles.Archive {
	tb.Helper()
	a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 500, 30_000} {
		all := someTiles(n)
		var out buffer
		stats, err := pmtiles.Write(&out, inOrder(all), sample, orb.Bound{Min: orb.Point{105, 34}, Max: orb.Point{106, 35}})
		if err != nil {
			t.Fatal(err)
		}
		a := open(t, out.b)
		full := 0
		different := map[string]bool{}
		for _, text := range all {
			if text != "" {
				full++
				different[text] = true
			}
		}
		if stats.Tiles != uint64(full) || a.Count() != stats.Tiles || stats.Contents != uint64(len(different)) || stats.Entries > stats.Tiles || stats.Bytes != uint64(len(out.b)) {
			t.Errorf("%d tiles of %d contents, %d bytes: stats are %+v", full, len(different), len(out.b), stats)
		}
		if m := a.Metadata(); m.Name != "测试" || m.VectorLayers[0].ID != "beats" || m.More["attribution"] != "© OpenStreetMap" || a.Bound().Min != (orb.Point{105, 34}) {
			t.Errorf("metadata %+v, bound %v", m, a.Bound())
		}
		for id, want := range all {
			tile, err := a.Tile(t.Context(), tiles.Request{ID: id})
			if err != nil || string(tile.Data) != want || tile.Type != tiles.MediaType {
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

func TestALargeArchiveHasLeafDirectories(t *testing.T) {
	data := archive(t, someTiles(30_000))
	if leaves := binary.LittleEndian.Uint64(data[48:]); leaves == 0 {
		t.Error("it has none, so that they are not tested")
	}
	a := open(t, data)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for n := range uint64(3000) {
				id, _ := pmtiles.ID(n * 50_000)
				if _, err := a.Tile(t.Context(), tiles.Request{ID: id}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

func TestTilesInARowThatAreEqualAreOneEntry(t *testing.T) {
	all := map[tiles.ID]string{}
	for id := range pmtiles.Tiles(5, 5, orb.Bound{Min: orb.Point{-180, -85}, Max: orb.Point{180, 85}}) {
		all[id] = "sea"
	}
	var out buffer
	stats, err := pmtiles.Write(&out, inOrder(all), pmtiles.Metadata{}, orb.Bound{Min: orb.Point{1, 1}})
	if err != nil || stats.Tiles != 1024 || stats.Entries != 1 || stats.Contents != 1 {
		t.Errorf("got %+v, %v", stats, err)
	}
	if b := open(t, out.b).Bound(); b.Min[0] != -180 || b.Max[0] != 180 || b.Max[1] < 85 {
		t.Errorf("the bound is %v, want that of the tiles", b)
	}
}

func TestCodings(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte("world"))
	_ = w.Close()
	encoder, _ := zstd.NewWriter(nil)
	for _, test := range []struct {
		name        string
		packing     byte
		stored      []byte
		ask, answer tiles.Encoding
	}{
		{"gzip for gzip", 2, zipped.Bytes(), tiles.Gzip, tiles.Gzip},
		{"gzip for none", 2, zipped.Bytes(), tiles.Identity, tiles.Identity},
		{"gzip for zstd", 2, zipped.Bytes(), tiles.Zstd, tiles.Identity},
		{"zstd for zstd", 4, encoder.EncodeAll([]byte("world"), nil), tiles.Zstd, tiles.Zstd},
		{"zstd for gzip", 4, encoder.EncodeAll([]byte("world"), nil), tiles.Gzip, tiles.Identity},
		{"none for gzip", 1, []byte("world"), tiles.Gzip, tiles.Identity},
		{"unknown gzip for none", 0, zipped.Bytes(), tiles.Identity, tiles.Identity},
		{"unknown gzip for gzip", 0, zipped.Bytes(), tiles.Gzip, tiles.Gzip},
		{"unknown for gzip", 0, []byte("world"), tiles.Gzip, tiles.Identity},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out buffer
			_, err := pmtiles.Write(&out, func(yield func(pmtiles.Content, error) bool) {
				yield(pmtiles.Content{Data: test.stored, Gzip: true}, nil)
			}, pmtiles.Metadata{}, orb.Bound{})
			if err != nil {
				t.Fatal(err)
			}
			out.b[98] = test.packing
			got, err := open(t, out.b).Tile(t.Context(), tiles.Request{Encoding: test.ask})
			want := "world"
			if test.answer != tiles.Identity {
				want = string(test.stored)
			}
			if err != nil || string(got.Data) != want || got.Encoding != test.answer || strings.HasSuffix(got.ETag, fmt.Sprintf(`-%s"`, test.answer)) != (test.answer != "") {
				t.Errorf("got %q as %q with %s, %v", got.Data, got.Encoding, got.ETag, err)
			}
		})
	}
}

func TestOtherKindsOfTilesKeepTheirType(t *testing.T) {
	data := archive(t, map[tiles.ID]string{{}: "x"})
	for kind, want := range map[byte]string{1: tiles.MediaType, 2: "image/png", 4: "image/webp", 99: "application/octet-stream"} {
		data[99] = kind
		if got := open(t, data).Type(); got != want {
			t.Errorf("kind %d is %s, want %s", kind, got, want)
		}
	}
}

func TestTilesOutOfOrderAreRefused(t *testing.T) {
	write := func(ids ...tiles.ID) error {
		_, err := pmtiles.Write(&buffer{}, func(yield func(pmtiles.Content, error) bool) {
			for _, id := range ids {
				if !yield(pmtiles.Content{ID: id, Data: []byte("x")}, nil) {
					return
				}
			}
			yield(pmtiles.Content{}, io.ErrClosedPipe)
		}, pmtiles.Metadata{}, orb.Bound{})
		return err
	}
	if err := write(tiles.ID{Z: 1}, tiles.ID{}); err == nil || !strings.Contains(err.Error(), "0/0/0") {
		t.Errorf("got error %v", err)
	}
	if err := write(tiles.ID{Z: 1}, tiles.ID{Z: 1}); err == nil || errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a tile twice: got error %v", err)
	}
	if err := write(tiles.ID{}, tiles.ID{Z: 1}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got error %v, want that of the tiles", err)
	}
}

func TestDamageIsNamed(t *testing.T) {
	whole := archive(t, someTiles(300))
	change := func(at int, b ...byte) []byte {
		out := slices.Clone(whole)
		copy(out[at:], b)
		return out
	}
	far := []byte{255, 255, 255, 255, 255, 255, 255, 255}
	tests := []struct {
		name, want string
		data       []byte
		allowed    bool // by the format
	}{
		{name: "nothing", data: nil, want: "less than the header"},
		{name: "half a header", data: whole[:60], want: "less than the header"},
		{name: "only a header", data: whole[:127], want: "is it cut off"},
		{name: "a cut at the end", data: whole[:len(whole)-9], want: "is it cut off"},
		{name: "another format", data: change(0, 'P', 'N', 'G'), want: "does not begin with PMTiles"},
		{name: "an older version", data: change(7, 2), want: "version 2", allowed: true},
		{name: "a root beyond the end", data: change(16, 255, 255, 255), want: "root directory should be at bytes 127 to"},
		{name: "tiles beyond all bounds", data: change(56, far...), want: "tiles should be at"},
		{name: "no root", data: change(16, make([]byte, 8)...), want: "no root directory"},
		{name: "brotli", data: change(98, 3), want: "brotli", allowed: true},
		{name: "an unknown packing", data: change(97, 9), want: "number 9", allowed: true},
		{name: "zooms", data: change(100, 9, 3), want: "zooms are 9 to 3"},
		{name: "a broken root", data: change(140, far...), want: "root directory at byte 127"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "city.pmtiles")
			if err := os.WriteFile(path, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := pmtiles.Open(path)
			if err == nil {
				_ = a.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "city.pmtiles") || errors.Is(err, pmtiles.ErrDamaged) == test.allowed {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// plain makes an archive without packing out of directories and tiles given as bytes.
func plain(root, leaves, data []byte) []byte {
	b := append([]byte("PMTiles"), 3)
	at := uint64(127)
	for _, s := range [][]byte{root, nil, leaves, data} {
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, at), uint64(len(s)))
		at += uint64(len(s))
	}
	b = append(b, make([]byte, 24)...)
	b = append(b, 1, 1, 1, 1, 0, 5)
	b = append(b, make([]byte, 127-len(b))...)
	return slices.Concat(b, root, leaves, data)
}

func TestDamagedDirectories(t *testing.T) {
	tests := []struct {
		name, want   string
		root, leaves []byte
	}{
		{name: "more entries than bytes", root: []byte{200, 200, 3}, want: "entries, in 3 bytes"},
		{name: "a number too long", root: bytes.Repeat([]byte{255}, 12), want: "damaged"},
		{name: "tiles twice", root: []byte{2, 0, 0, 1, 1, 1, 1, 1, 1}, want: "not in order at entry 1"},
		{name: "runs over each other", root: []byte{2, 0, 1, 2, 1, 1, 1, 1, 1}, want: "entry 0 reaches over"},
		{name: "no length", root: []byte{1, 0, 1, 0, 1}, want: "entry 0 has 0 bytes"},
		{name: "no place", root: []byte{1, 0, 1, 1, 0}, want: "no place"},
		{name: "a cut", root: []byte{2, 0, 1, 1, 1, 1, 1, 1, 128}, want: "cut off"},
		{name: "a tile outside", root: []byte{1, 0, 1, 9, 1}, want: "tile 0/0/0: the archive is damaged: it should be at byte 0 with 9 bytes"},
		{name: "a tile far outside", root: append([]byte{1, 0, 1, 1}, binary.AppendUvarint(nil, 1<<63)...), want: "outside of its section"},
		{name: "a leaf outside", root: []byte{1, 0, 0, 9, 1}, want: "leaf directory"},
		{name: "leaves in a circle", root: []byte{1, 0, 0, 5, 1}, leaves: []byte{1, 0, 0, 5, 1}, want: "more than 4 times"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := plain(test.root, test.leaves, []byte("tile"))
			a, err := pmtiles.Read(bytes.NewReader(data), int64(len(data)))
			if err == nil {
				_, err = a.Tile(t.Context(), tiles.Request{})
			}
			if !errors.Is(err, pmtiles.ErrDamaged) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for range 100 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	_ = w.Close()
	var out buffer
	if _, err := pmtiles.Write(&out, func(yield func(pmtiles.Content, error) bool) {
		yield(pmtiles.Content{Data: bomb.Bytes(), Gzip: true}, nil)
	}, pmtiles.Metadata{}, orb.Bound{}); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, out.b).Tile(t.Context(), tiles.Request{}); err == nil || !strings.Contains(err.Error(), "at byte 16384") {
		t.Errorf("got error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, someTiles(20)))
	f.Add(plain([]byte{1, 0, 0, 5, 1}, []byte{1, 0, 1, 4, 1}, []byte("tile")))
	f.Add(plain([]byte{2, 0, 1, 1, 1, 1, 1, 1, 1}, nil, []byte("tile")))
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
	all := someTiles(30_000)
	a := open(b, archive(b, all))
	var ids []tiles.ID
	for id := range all {
		ids = append(ids, id)
	}
	for _, as := range []tiles.Encoding{tiles.Gzip, tiles.Identity} {
		b.Run(fmt.Sprintf("as=%q", as), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := a.Tile(b.Context(), tiles.Request{ID: ids[i%len(ids)], Encoding: as}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
