package shape_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/shape"
)

// ringsOf makes rings of bytes: two bytes are a place on a small grid, or one bent by a hair; 255 ends a ring
// and 254 a polygon.
func ringsOf(data []byte) orb.MultiPolygon {
	out := orb.MultiPolygon{{{}}}
	for i := 0; i+1 < len(data); i += 2 {
		p := &out[len(out)-1]
		switch r := &(*p)[len(*p)-1]; data[i] {
		case 255:
			*p = append(*p, orb.Ring{})
		case 254:
			out = append(out, orb.Polygon{{}})
		default:
			place := orb.Point{float64(data[i]&15) / 3, float64(data[i+1]&15) / 7}
			if data[i]&64 != 0 {
				place[0] = math.Nextafter(place[0], 9)
			}
			if data[i+1]&64 != 0 {
				place[1] += 1e-13
			}
			*r = append(*r, place)
		}
	}
	return out
}

func FuzzRepair(f *testing.F) {
	f.Add([]byte{0, 0, 2, 2, 2, 0, 0, 2, 0, 0})
	f.Add([]byte{0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 255, 0, 1, 1, 2, 1, 2, 2, 1, 1, 1, 254, 0, 9, 9, 10, 9, 10, 10, 9, 9})
	f.Add([]byte{0, 0, 15, 0, 64, 64, 15, 15, 3, 1, 1, 3, 70, 2, 2, 70})
	f.Fuzz(func(t *testing.T, data []byte) {
		g := ringsOf(data)
		before := orb.Clone(g)
		out, notes, err := shape.Repair(g)
		if !orb.Equal(before, g) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			return
		}
		if err := shape.Valid(out); err != nil {
			t.Fatalf("%v was repaired to %v, but %v", g, out, err)
		}
		if shape.Valid(g) != nil && len(notes) == 0 {
			t.Fatalf("%v was repaired without a note", g)
		}
	})
}

func FuzzAssemble(f *testing.F) {
	f.Add([]byte{0, 0, 2, 2, 2, 0, 0, 2, 0, 0})
	f.Add([]byte{0, 0, 9, 0, 255, 0, 0, 0, 0, 9, 9, 9, 255, 0, 9, 0, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		var lines []orb.LineString
		for _, p := range ringsOf(data) {
			for _, r := range p {
				lines = append(lines, orb.LineString(r))
			}
		}
		out, err := shape.Assemble(lines)
		if err != nil || len(out) == 0 {
			return
		}
		if err := shape.Valid(out); err != nil {
			t.Fatalf("%v became %v, but %v", lines, out, err)
		}
	})
}
