package postgis

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

func TestGeometriesSurviveEWKBBitByBit(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 7))
		want := storetest.RandomGeometry(rng, layers.AnyKind)
		b, err := encodeGeometry(want)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := decodeGeometry(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %v, error %v, want %v", seed, got, err, want)
		}
	}
}

func TestDecodeGeometry(t *testing.T) {
	tests := []struct {
		name, hex string // written by PostGIS
		want      orb.Geometry
		err       string
	}{
		{name: "point with SRID", hex: "0101000020E6100000000000000000F03F0000000000000040", want: orb.Point{1, 2}},
		{name: "big-endian point", hex: "0020000001000010E63FF00000000000004000000000000000", want: orb.Point{1, 2}},
		{name: "point with Z", hex: "0101000080000000000000F03F00000000000000400000000000000840", want: orb.Point{1, 2}},
		{name: "point with Z and M", hex: "01010000C0000000000000F03F000000000000004000000000000008400000000000001040", want: orb.Point{1, 2}},
		{name: "empty point", hex: "0101000000000000000000F87F000000000000F87F"},
		{name: "empty collection", hex: "010700000000000000"},
		{name: "line with M", hex: "010200004002000000" + "000000000000F03F00000000000000400000000000000840" + "000000000000F03F00000000000000400000000000000840", want: orb.LineString{{1, 2}, {1, 2}}},
		{name: "multipoint with an empty part", hex: "010400000002000000" + "0101000000000000000000F87F000000000000F87F" + "0101000000000000000000F03F0000000000000040", want: orb.MultiPoint{{1, 2}}},
		{name: "nothing", err: "ends too early"},
		{name: "half a point", hex: "0101000000000000000000F03F", err: "ends too early"},
		{name: "a count that lies", hex: "0102000000FFFFFFFF000000000000F03F0000000000000040", err: "ends too early"},
		{name: "bytes behind", hex: "0101000000000000000000F03F000000000000004000", err: "1 bytes follow"},
		{name: "curve", hex: "010800000000000000", err: "ST_CurveToLine"},
		{name: "no byte order", hex: "0701000000", err: "byte order"},
		{name: "line in a multipoint", hex: "010400000001000000" + "010200000000000000" + "000000000000000000000000", err: "part of type 2"},
		{name: "endless nesting", hex: strings.Repeat("010700000001000000", 100), err: "nested"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeGeometry(b)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v and error %v, want error %q", got, err, tt.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v and error %v, want %v", got, err, tt.want)
			}
		})
	}
}

// FuzzDecodeGeometry holds the reader against go-geom: what it reads, go-geom reads alike.
func FuzzDecodeGeometry(f *testing.F) {
	for seed := range uint64(40) {
		b, err := encodeGeometry(storetest.RandomGeometry(rand.New(rand.NewPCG(seed, 8)), layers.AnyKind))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodeGeometry(b)
		if err != nil || got == nil {
			return
		}
		oracle, err := ewkb.Unmarshal(b)
		if err != nil {
			return // go-geom holds mixed dimensions and the like against it, which PostGIS never sends
		}
		want, plane := flatCoords(oracle)
		if !plane {
			return
		}
		var have []float64
		eachPoint(got, func(p orb.Point) { have = append(have, p[0], p[1]) })
		want = withoutEmptyPoints(want)
		if have = withoutEmptyPoints(have); len(have) != len(want) {
			t.Fatalf("got %v, go-geom reads %v", have, want)
		}
		for i := range want {
			if math.Float64bits(have[i]) != math.Float64bits(want[i]) {
				t.Fatalf("number %d is %v, go-geom reads %v", i, have[i], want[i])
			}
		}
	})
}

// flatCoords lists all coordinates; plane is false when some have Z or M.
func flatCoords(g geom.T) (out []float64, plane bool) {
	c, ok := g.(*geom.GeometryCollection)
	if !ok {
		return g.FlatCoords(), g.Stride() == 2
	}
	plane = true
	for _, g := range c.Geoms() {
		coords, ok := flatCoords(g)
		out, plane = append(out, coords...), plane && ok
	}
	return out, plane
}

func withoutEmptyPoints(flat []float64) (out []float64) {
	for i := 0; i+1 < len(flat); i += 2 {
		if !math.IsNaN(flat[i]) || !math.IsNaN(flat[i+1]) {
			out = append(out, flat[i], flat[i+1])
		}
	}
	return out
}

func eachPoint(g orb.Geometry, visit func(orb.Point)) {
	switch g := g.(type) {
	case orb.Point:
		visit(g)
	case orb.MultiPoint:
		for _, p := range g {
			visit(p)
		}
	case orb.LineString:
		eachPoint(orb.MultiPoint(g), visit)
	case orb.MultiLineString:
		for _, l := range g {
			eachPoint(l, visit)
		}
	case orb.Polygon:
		for _, r := range g {
			eachPoint(orb.LineString(r), visit)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			eachPoint(p, visit)
		}
	case orb.Collection:
		for _, m := range g {
			eachPoint(m, visit)
		}
	}
}

func BenchmarkGeometry(b *testing.B) {
	ring := orb.Ring{}
	for i := range 200 {
		s, c := math.Sincos(float64(i) / 200 * 2 * math.Pi)
		ring = append(ring, orb.Point{105.7 + c/100, 34.5 + s/100})
	}
	for name, g := range map[string]orb.Geometry{"point": orb.Point{105.7, 34.5}, "polygon=200": orb.Polygon{append(ring, ring[0])}} {
		bytes, _ := encodeGeometry(g)
		b.Run(name+"/encode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encodeGeometry(g)
			}
		})
		b.Run(name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decodeGeometry(bytes)
			}
		})
		b.Run(name+"/decode by go-geom", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ewkb.Unmarshal(bytes)
			}
		})
	}
}
