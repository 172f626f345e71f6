package gpkg

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

func blobOf(t testing.TB, g orb.Geometry) []byte {
	t.Helper()
	b, err := appendBlob(nil, g)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unhex reads bytes written with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBlobHasTheBytesOfTheStandard(t *testing.T) {
	// As GDAL 3.6 writes them.
	tests := []struct {
		g    orb.Geometry
		want string
	}{
		{orb.Point{1, 2}, "4750 00 01 e6100000  01 01000000 000000000000f03f 0000000000000040"},
		{orb.LineString{{1, 2}, {3, 1}}, `4750 00 03 e6100000 000000000000f03f 0000000000000840 000000000000f03f 0000000000000040
			01 02000000 02000000 000000000000f03f 0000000000000040 0000000000000840 000000000000f03f`},
	}
	for _, tt := range tests {
		if got := blobOf(t, tt.g); string(got) != string(unhex(t, tt.want)) {
			t.Errorf("%v is written as %x", tt.g, got)
		}
	}
}

func TestBlobOfOtherPrograms(t *testing.T) {
	const one, two, nan = "3ff0000000000000", "4000000000000000", "7ff8000000000000"
	tests := []struct {
		name, blob string
		want       orb.Geometry
	}{
		{"big-endian", "4750 00 00 000010e6 00 00000001" + one + two, orb.Point{1, 2}},
		{"with Z of ISO", "4750 00 00 000010e6 00 000003e9" + one + two + one, orb.Point{1, 2}},
		{"with ZM of ISO", "4750 00 00 000010e6 00 00000bb9" + one + two + one + one, orb.Point{1, 2}},
		{"with Z and srs of EWKB", "4750 00 00 000010e6 00 a0000001 000010e6" + one + two + one, orb.Point{1, 2}},
		{"with M line", "4750 00 00 000010e6 00 000007d2 00000002" + one + two + one + two + one + two, orb.LineString{{1, 2}, {2, 1}}},
		{"with an envelope of xyzm", "4750 00 08 000010e6" + one + one + two + two + one + one + one + one + "00 00000001" + one + two, orb.Point{1, 2}},
		{"an empty point", "4750 00 10 000010e6 00 00000001" + nan + nan, nil},
		{"an empty point without the flag", "4750 00 00 000010e6 00 00000001" + nan + nan, nil},
		{"an empty polygon", "4750 00 10 000010e6 00 00000003 00000000", nil},
		{"an empty collection", "4750 00 00 000010e6 00 00000007 00000000", nil},
	}
	for _, tt := range tests {
		blob := unhex(t, tt.blob)
		got, err := parseBlob(blob)
		if err != nil || (got == nil) != (tt.want == nil) || got != nil && !orb.Equal(got, tt.want) {
			t.Errorf("%s: got %v, error %v, want %v", tt.name, got, err, tt.want)
		}
		box, err := blobBound(blob)
		if err != nil || box.IsEmpty() != (tt.want == nil) || tt.want != nil && box != tt.want.Bound() {
			t.Errorf("%s: bound %v, error %v", tt.name, box, err)
		}
	}
}

func TestBlobRefuses(t *testing.T) {
	good := blobOf(t, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}})
	for n := range good {
		if g, err := parseBlob(good[:n]); err == nil {
			t.Errorf("cut off after %d of %d bytes: got %v", n, len(good), g)
		}
	}
	nested := unhex(t, "4750 00 01 e6100000")
	for range 1000 {
		nested = append(nested, 1, 7, 0, 0, 0, 1, 0, 0, 0)
	}
	for name, blob := range map[string][]byte{
		"another magic":        []byte("XX" + string(good[2:])),
		"version 1":            []byte("GP\x01" + string(good[3:])),
		"an extended geometry": []byte("GP\x00\x23" + string(good[4:])),
		"envelope 5":           []byte("GP\x00\x0b" + string(good[4:])),
		"a curve":              unhex(t, "4750 00 00 000010e6 00 00000008 00000000"),
		"byte order 7":         unhex(t, "4750 00 00 000010e6 07 00000001"),
		"2^31 points":          unhex(t, "4750 00 00 000010e6 00 00000002 80000000"),
		"a line among points":  unhex(t, "4750 00 00 000010e6 00 00000004 00000001 00 00000002 00000000"),
		"deep nesting":         nested,
		"nothing":              {},
	} {
		if g, err := parseBlob(blob); err == nil {
			t.Errorf("%s: got %v, want an error", name, g)
		}
	}
}

// Our own reader and writer against those of orb.
func TestBlobAgreesWithOrb(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range 2000 {
		g := storetest.RandomGeometry(rng, layers.AnyKind)
		blob := blobOf(t, g)
		h, err := parseHeader(blob)
		if err != nil {
			t.Fatal(err)
		}
		if want := wkb.MustMarshal(g, binary.LittleEndian); string(h.wkb) != string(want) {
			t.Fatalf("seed %d, round %d: %v is written as %x, orb writes %x", seed, i, g, h.wkb, want)
		}
		if box, err := blobBound(blob); err != nil || box != g.Bound() {
			t.Fatalf("seed %d, round %d: bound %v, error %v, want %v", seed, i, box, err, g.Bound())
		}
		for _, other := range [][]byte{wkb.MustMarshal(g, binary.BigEndian), ewkb.MustMarshal(g, 4326, binary.LittleEndian)} {
			got, err := parseBlob(append(unhex(t, "4750 00 01 e6100000"), other...))
			if err != nil || !orb.Equal(got, g) {
				t.Fatalf("seed %d, round %d: got %v, error %v, want %v", seed, i, got, err, g)
			}
		}
	}
}

func FuzzBlob(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f.Add(blobOf(f, storetest.RandomGeometry(rng, layers.AnyKind)))
	}
	f.Add(unhex(f, "4750 00 00 000010e6 00 a0000001 000010e6 3ff0000000000000 4000000000000000 4000000000000000"))
	f.Fuzz(func(t *testing.T, blob []byte) {
		_, _ = blobBound(blob)
		g, err := parseBlob(blob)
		if err != nil || g == nil {
			return
		}
		again, err := parseBlob(blobOf(t, g))
		if err != nil {
			t.Fatalf("%v cannot be read again: %v", g, err)
		}
		if b := g.Bound(); !math.IsNaN(b.Min[0]+b.Min[1]+b.Max[0]+b.Max[1]) && !isNaN(g) && !orb.Equal(g, again) {
			t.Fatalf("%v became %v", g, again)
		}
	})
}

// isNaN tells whether any coordinate is no number: such geometries do not even equal themselves.
func isNaN(g orb.Geometry) bool { return !orb.Equal(g, orb.Clone(g)) }

func BenchmarkBlob(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, kind := range []layers.Kind{layers.PointKind, layers.LineKind, layers.PolygonKind} {
		blob := blobOf(b, storetest.RandomGeometry(rng, kind))
		b.Run(string(kind), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(blob)))
			for b.Loop() {
				if _, err := parseBlob(blob); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
