package tiles_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"github.com/wardmap/wardmap/tiles"
)

func TestParseID(t *testing.T) {
	good := map[string]tiles.ID{
		"0/0/0":              {},
		"14/13003/6506":      {Z: 14, X: 13003, Y: 6506},
		"22/4194303/4194303": {Z: 22, X: 4194303, Y: 4194303},
		"01/1/0":             {Z: 1, X: 1, Y: 0},
	}
	for text, want := range good {
		p := strings.Split(text, "/")
		if id, err := tiles.ParseID(p[0], p[1], p[2]); err != nil || id != want {
			t.Errorf("ParseID(%s) = %v, %v; want %v", text, id, err, want)
		}
	}
	for _, text := range []string{"23/0/0", "1/2/0", "1/0/2", "-1/0/0", "a/0/0", "0/0/", "1/1.0/0", "300/0/0", "0/99999999999/0"} {
		p := strings.Split(text, "/")
		if id, err := tiles.ParseID(p[0], p[1], p[2]); !errors.Is(err, tiles.ErrID) {
			t.Errorf("ParseID(%s) = %v, %v; want ErrID", text, id, err)
		}
	}
}

// The known numbers are those of the OGC WebMercatorQuad example and of the tile that holds 秦州区.
func TestProject(t *testing.T) {
	tests := []struct {
		at   orb.Point
		want tiles.World
	}{
		{orb.Point{0, 0}, tiles.World{X: 1 << 31, Y: 1 << 31}},
		{orb.Point{-180, 85.05112877980659}, tiles.World{X: 0, Y: 0}},
		{orb.Point{180, -90}, tiles.World{X: math.MaxUint32, Y: math.MaxUint32}},
		{orb.Point{-180, 90}, tiles.World{}},
		{orb.Point{90, 0}, tiles.World{X: 3 << 30, Y: 1 << 31}},
	}
	for _, test := range tests {
		got := tiles.Project(test.at)
		if d := int64(got.Y) - int64(test.want.Y); got.X != test.want.X || d < -2 || d > 2 {
			t.Errorf("Project(%v) = %v, want %v", test.at, got, test.want)
		}
	}
	if id := tiles.Project(orb.Point{105.72, 34.58}).At(14); id.X != 13003 || id != tileOf(orb.Point{105.72, 34.58}, 14) {
		t.Errorf("Tianshui lies in %v, want column 13003 and %v", id, tileOf(orb.Point{105.72, 34.58}, 14))
	}
}

func tileOf(p orb.Point, z uint8) tiles.ID {
	m := maptile.At(p, maptile.Zoom(z))
	return tiles.ID{Z: z, X: m.X, Y: m.Y}
}

func TestTileOfAPointAgreesWithOrb(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		p := orb.Point{rng.Float64()*360 - 180, rng.Float64()*170 - 85}
		z := uint8(rng.IntN(23))
		if got, want := tiles.Project(p).At(z), tileOf(p, z); got != want {
			t.Fatalf("%v at zoom %d: %v, orb says %v", p, z, got, want)
		}
	}
}

func TestBoundAgreesWithOrb(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		z := rng.IntN(23)
		id := tiles.ID{Z: uint8(z), X: rng.Uint32N(1 << z), Y: rng.Uint32N(1 << z)}
		got, want := id.Bound(), maptile.New(id.X, id.Y, maptile.Zoom(z)).Bound()
		if math.Abs(got.Min[0]-want.Min[0])+math.Abs(got.Min[1]-want.Min[1])+math.Abs(got.Max[0]-want.Max[0])+math.Abs(got.Max[1]-want.Max[1]) > 1e-9 {
			t.Fatalf("%v: %v, orb says %v", id, got, want)
		}
	}
}

func TestProjectedPointComesBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		p := orb.Point{rng.Float64()*360 - 180, rng.Float64()*160 - 80}
		q := tiles.Project(p).Point()
		if math.Abs(p[0]-q[0]) > 1e-7 || math.Abs(p[1]-q[1]) > 1e-7 {
			t.Fatalf("%v came back as %v", p, q)
		}
	}
}
