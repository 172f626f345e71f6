package mvt_test

import (
	"testing"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

func FuzzDecode(f *testing.F) {
	var e mvt.Encoder
	e.Begin(words{"kind", "car"})
	e.Feature(1)
	e.Tag(0, 1)
	e.Geometry(mvt.Polygon, commands(mvt.Polygon, outer([2]int{3, 6}, [2]int{8, 12}, [2]int{20, 34})))
	f.Add(e.Append(nil, "u"))
	f.Add([]byte("\x1a\x24x\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		layers, err := mvt.Decode(data)
		if mvt.Check(data) == nil && err != nil {
			t.Fatal("Check passes what Decode refuses")
		}
		n := 0
		for _, l := range layers {
			for _, f := range l.Features {
				for _, p := range f.Parts {
					n += len(p)
				}
			}
		}
		if n > len(data) {
			t.Fatalf("%d points from %d bytes", n, len(data))
		}
	})
}

// FuzzPolygon makes rings of any bytes, four for a vertex, and requires a valid polygon. A vertex with a high
// first byte closes a ring.
func FuzzPolygon(f *testing.F) {
	f.Add([]byte("0000900099000900\xff00011"), uint8(4))
	f.Add([]byte("aaaazzzzazazzaza\xff000bbbbyyyybyby"), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, zoom uint8) {
		if len(data) > 4*400 {
			return
		}
		var parts []part
		var ring [][2]int
		scale, kind := 1<<(zoom%8), mvt.OuterPart
		for ; len(data) >= 4; data = data[4:] {
			if data[0] >= 0xf0 {
				parts, ring = append(parts, part{kind, ring}), nil
				kind = mvt.Part(2 + data[1]&1)
				continue
			}
			x, y := int(data[0])<<8|int(data[1]), int(data[2])<<8|int(data[3])
			ring = append(ring, [2]int{2048 + (x-0x4000)/scale, 2048 + (y-0x4000)/scale})
		}
		parts = append(parts, part{kind, ring})
		if err := polygon(t, cut(t, mvt.Polygon, parts...)).Validate(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("0000900099000900"), uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, zoom uint8) {
		var c mvt.Canvas
		c.Begin(tiles.ID{Z: zoom % 23})
		c.Start(255)
		var pts []tiles.World
		for ; len(data) >= 8; data = data[8:] {
			var v [2]uint32
			for i, b := range data[:8] {
				v[i/4] = v[i/4]<<8 | uint32(b)
			}
			pts = append(pts, tiles.World{X: v[0], Y: v[1]})
		}
		c.Add(mvt.LinePart, pts, nil)
		if got := c.Commands(mvt.LineString); len(got) > 0 {
			var e mvt.Encoder
			e.Begin(nil)
			e.Feature(0)
			e.Geometry(mvt.LineString, got)
			if err := mvt.Check(e.Append(nil, "line")); err != nil {
				t.Fatal(err)
			}
		}
	})
}
