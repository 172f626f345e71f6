package importer_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/importer"
)

// pb writes protobuf messages.
type pb []byte

func (b pb) num(field int, v uint64) pb {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3), v)
}

func (b pb) bytes(field int, v []byte) pb {
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3|2), uint64(len(v)))
	return append(b, v...)
}

func (b pb) packed(field int, vs ...uint64) pb {
	var data []byte
	for _, v := range vs {
		data = binary.AppendUvarint(data, v)
	}
	return b.bytes(field, data)
}

func zig(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func deltas(vs ...int64) (out []uint64) {
	last := int64(0)
	for _, v := range vs {
		out, last = append(out, zig(v-last)), v
	}
	return out
}

// block writes a data block with texts and groups.
func block(texts string, groups ...pb) pb {
	var table pb
	for _, text := range strings.Split(texts, " ") {
		table = table.bytes(1, []byte(text))
	}
	out := pb{}.bytes(1, table)
	for _, g := range groups {
		out = out.bytes(2, g)
	}
	return out
}

// osmBlob frames a block; packing is raw, zlib, zstd, lzma or bomb.
func osmBlob(kind, packing string, content pb) pb {
	var data pb
	switch packing {
	case "raw":
		data = data.bytes(1, content)
	case "zlib":
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = w.Write(content)
		_ = w.Close()
		data = data.num(2, uint64(len(content))).bytes(3, b.Bytes())
	case "zstd":
		w, _ := zstd.NewWriter(nil)
		data = data.num(2, uint64(len(content))).bytes(7, w.EncodeAll(content, nil))
	case "bomb":
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = w.Write(make([]byte, 50<<20))
		_ = w.Close()
		data = data.num(2, 100).bytes(3, b.Bytes())
	case "lzma":
		data = data.num(2, 5).bytes(4, []byte("lzma!"))
	}
	header := pb{}.bytes(1, []byte(kind)).num(3, uint64(len(data)))
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(header))), header...), data...)
}

func osmHeader(features ...string) pb {
	var b pb
	for _, f := range features {
		b = b.bytes(4, []byte(f))
	}
	return osmBlob("OSMHeader", "zlib", b)
}

// square is a dense group of nodes 1 to 4, a square of 0.001 degrees, without tags.
func square() pb {
	return pb{}.bytes(2, pb{}.packed(1, deltas(1, 2, 3, 4)...).packed(8, deltas(0, 0, 10000, 10000)...).packed(9, deltas(0, 10000, 10000, 0)...))
}

func osmWay(id uint64, key, value uint64, refs ...int64) pb {
	return pb{}.bytes(3, pb{}.num(1, id).packed(2, key).packed(3, value).packed(8, deltas(refs...)...))
}

func osmPath(t testing.TB, blobs ...pb) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.osm.pbf")
	if err := os.WriteFile(path, bytes.Join(toBytes(blobs), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func toBytes(blobs []pb) (out [][]byte) {
	for _, b := range blobs {
		out = append(out, b)
	}
	return out
}

func TestBlocksInAnyOrderAndPacking(t *testing.T) {
	ways := block(" building yes", osmWay(7, 1, 2, 1, 2, 3, 4, 1))
	nodes := block("", square())
	for _, packing := range []string{"raw", "zlib", "zstd"} {
		for name, blobs := range map[string][]pb{
			"nodes first": {osmBlob("OSMData", packing, nodes), osmBlob("OSMData", packing, ways)},
			"ways first":  {osmBlob("OSMData", packing, ways), osmBlob("Extra", "raw", nil), osmBlob("OSMData", packing, nodes)},
		} {
			path := osmPath(t, append([]pb{osmHeader("OsmSchema-V0.6", "DenseNodes")}, blobs...)...)
			good, bad, _ := readTheme(t, path, "buildings")
			want := orb.Polygon{{{0, 0}, {.001, 0}, {.001, .001}, {0, .001}, {0, 0}}}
			if len(good) != 1 || len(bad) != 0 || !orb.Equal(good["w7"].Geometry, want) {
				t.Errorf("%s, %s: got %v, rejected %v", packing, name, good, bad)
			}
		}
	}
}

func TestNodesThatAreNotDense(t *testing.T) {
	node := pb{}.bytes(1, pb{}.num(1, zig(-5)).packed(2, 1).packed(3, 2).num(8, zig(345800000)).num(9, zig(1057200000)))
	path := osmPath(t, osmHeader("OsmSchema-V0.6"), osmBlob("OSMData", "raw", block(" amenity police", node)))
	good, _, _ := readTheme(t, path, "pois")
	if r := good["n-5"]; !orb.Equal(r.Geometry, orb.Point{105.72, 34.58}) || r.Properties["kind"] != "police" || r.Properties["category"] != "amenity" {
		t.Errorf("got %v", good)
	}
}

func TestWhatIsMissingIsRejectedByName(t *testing.T) {
	relation := pb{}.bytes(4, pb{}.num(1, 9).packed(2, 1, 3).packed(3, 2, 4).packed(8, 0, 0).packed(9, deltas(8, 77)...).packed(10, 1, 1))
	path := osmPath(t, osmHeader(), osmBlob("OSMData", "raw", block(" building yes type multipolygon",
		square(), osmWay(7, 1, 2, 1, 2, 3, 55, 1), osmWay(8, 3, 4, 1, 2, 3, 4, 1), osmWay(6, 1, 2, 1, 2, 3), relation)))
	_, bad, _ := readTheme(t, path, "buildings")
	for id, want := range map[string]string{
		"w7": "1 of its 5 nodes are not in the extract: node 55", "r9": "1 of its 2 ways are not in the extract: way 77", "w6": "not closed",
	} {
		if r := bad[id]; r.Err == nil || !strings.Contains(r.Err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", id, r.Err, want)
		}
	}
	if len(bad) != 3 {
		t.Errorf("rejected are %v", bad)
	}
}

func TestDamagedFilesAreRefusedWithThePlace(t *testing.T) {
	good := block(" building yes", square(), osmWay(7, 1, 2, 1, 2, 3, 4, 1))
	whole := append(osmHeader("OsmSchema-V0.6", "DenseNodes"), osmBlob("OSMData", "zlib", good)...)
	uneven := pb{}.bytes(2, pb{}.packed(1, 2, 2).packed(8, 2).packed(9, 2, 2))
	tests := []struct {
		name, want string
		file       pb
	}{
		{"an empty file", "holds no data", nil},
		{"something else", "no OSM PBF file", pb("{\"type\": \"FeatureCollection\"}")},
		{"no header", "not OSMHeader", osmBlob("OSMData", "zlib", good)},
		{"a header only", "holds no data", osmHeader()},
		{"a cut in a block", "block 2 at byte 61: the file is cut off", whole[:len(whole)-3]},
		{"a cut in a length", "block 2 at byte 61: the file is cut off", whole[:63]},
		{"history", `needs "HistoricalInformation"`, append(osmHeader("HistoricalInformation"), osmBlob("OSMData", "zlib", good)...)},
		{"lzma", "packed with lzma", append(osmHeader(), osmBlob("OSMData", "lzma", nil)...)},
		{"a bomb", "says that it has 100 bytes", append(osmHeader(), osmBlob("OSMData", "bomb", nil)...)},
		{"a wrong text", "way 7: a text is named", append(osmHeader(), osmBlob("OSMData", "raw", block(" building yes", osmWay(7, 1, 9, 1)))...)},
		{"uneven lists", "dense nodes: lists", append(osmHeader(), osmBlob("OSMData", "raw", block("", uneven, osmWay(7, 0, 0, 1)))...)},
		{"garbage", "block 2 at byte 32: malformed", append(osmHeader(), osmBlob("OSMData", "raw", pb{0xff, 0xff})...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := drainOSM(osmPath(t, test.file), "buildings"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// drainOSM reads a file to its end or its first error.
func drainOSM(path, theme string) error {
	src, err := importer.OpenOSM(path, importer.Options{Theme: theme})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	for {
		if _, err := src.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestThemesAreNamedWhenOneIsMissing(t *testing.T) {
	for _, theme := range []string{"", "cheese"} {
		if _, err := importer.OpenOSM("nothing.pbf", importer.Options{Theme: theme}); err == nil || !strings.Contains(err.Error(), "boundaries, buildings, landuse, pois, pois-all, railways, roads, sites, water") {
			t.Errorf("theme %q: error %v", theme, err)
		}
	}
	if _, err := importer.OpenOSM("nothing.pbf", importer.Options{Theme: "roads", CRS: "GCJ-02"}); err == nil || !strings.Contains(err.Error(), "always in WGS84") {
		t.Errorf("got error %v", err)
	}
}

// TestTheWholeRealFile: the sum over all ids, places, references and tags is that which paulmach/osm 0.8.0
// found in the same file. (It is no part of the tests: it needs a C library.)
func TestTheWholeRealFile(t *testing.T) {
	got, err := importer.OSMDigest(realData(t, liechtenstein))
	if err != nil {
		t.Fatal(err)
	}
	if want := (importer.Digest{Nodes: 267439, Ways: 27581, Relations: 845, Sum: 11869045294528710793}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDamagedRealFileNeverPanics(t *testing.T) {
	data, err := os.ReadFile(realData(t, liechtenstein))
	if err != nil {
		t.Fatal(err)
	}
	data = data[:300_000]
	path := filepath.Join(t.TempDir(), "damaged.osm.pbf")
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		bad := bytes.Clone(data)
		for range 1 + r.IntN(4) {
			bad[r.IntN(1+r.IntN(len(bad)))] ^= byte(1 << r.IntN(8))
		}
		if err := os.WriteFile(path, bad[:r.IntN(len(bad))], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := drainOSM(path, []string{"roads", "buildings", "pois"}[seed%3]); err == nil {
			t.Errorf("seed %d: a file that was cut off was read", seed)
		}
	}
}

func FuzzOSM(f *testing.F) {
	f.Add([]byte(append(osmHeader("OsmSchema-V0.6"), osmBlob("OSMData", "raw", block(" building yes type multipolygon", square(), osmWay(7, 1, 2, 1, 2, 3, 4, 1)))...)), false)
	f.Add([]byte(block(" building yes type multipolygon", square(), osmWay(7, 1, 2, 1, 2, 3, 4, 1), pb{}.bytes(4, pb{}.num(1, 9).packed(2, 1, 3).packed(3, 2, 4).packed(8, 0).packed(9, 14).packed(10, 1)))), true)
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		if framed { // the bytes are a block, in a frame that is right
			data = append(osmHeader(), osmBlob("OSMData", "raw", data)...)
		}
		importer.ReadOSMBytes(data)
	})
}

func BenchmarkOSM(b *testing.B) {
	path := realData(b, liechtenstein)
	for _, theme := range []string{"buildings", "roads", "pois", "boundaries"} {
		b.Run(theme, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(2344930)
			n := 0
			for b.Loop() {
				good, bad, _ := readTheme(b, path, theme)
				n += len(good) + len(bad)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "features/s")
		})
	}
}
