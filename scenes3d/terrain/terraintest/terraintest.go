// Package terraintest writes terrain for tests: PMTiles archives and GTX grids of surfaces that are known as functions.
package terraintest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

// A Surface is heights in metres by lon, lat in degrees; NaN is none.
type Surface func(lon, lat float64) float64

// An Archive says what is written.
type Archive struct {
	Encoding string // terrarium or mapbox
	Unsaid   bool   // the metadata do not name the encoding
	Zoom     uint8
	Bound    orb.Bound
	Side     int // pixels of a tile
	Surface  Surface
	Hole     func(id tiles.ID) bool                 // tiles that are missing; nil is none
	Picture  func(id tiles.ID, plain []byte) []byte // what stands in the place of a tile; nil is what it is
	Kind     byte                                   // of tiles, as the format numbers them; 0 is PNG
}

// Write writes an archive.
func Write(path string, a Archive) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	more := map[string]any{"encoding": a.Encoding}
	if a.Unsaid {
		more = nil
	}
	_, err = pmtiles.Write(file, func(yield func(pmtiles.Content, error) bool) {
		for id := range pmtiles.Tiles(a.Zoom, a.Zoom, a.Bound) {
			if a.Hole != nil && a.Hole(id) {
				continue
			}
			data, err := a.tile(id)
			if a.Picture != nil {
				data = a.Picture(id, data)
			}
			if !yield(pmtiles.Content{ID: id, Data: data, Gzip: true}, err) { // not packed: see the header below
				return
			}
		}
	}, pmtiles.Metadata{Name: "terrain", More: more}, a.Bound)
	if err != nil {
		return err
	}
	kind := a.Kind
	if kind == 0 {
		kind = 2
	}
	const plain = 1
	if _, err := file.WriteAt([]byte{plain, kind}, 98); err != nil { // the writer knows vector tiles only
		return err
	}
	return file.Close()
}

// tile draws a tile as PNG.
func (a Archive) tile(id tiles.ID) ([]byte, error) {
	picture := image.NewNRGBA(image.Rect(0, 0, a.Side, a.Side))
	n := math.Ldexp(float64(a.Side), int(a.Zoom))
	for i := range a.Side * a.Side {
		x, y := i%a.Side, i/a.Side
		lon := (float64(int(id.X)*a.Side+x)+0.5)/n*360 - 180
		lat := math.Atan(math.Sinh(math.Pi*(1-2*(float64(int(id.Y)*a.Side+y)+0.5)/n))) * 180 / math.Pi
		if h := a.Surface(lon, lat); !math.IsNaN(h) {
			picture.SetNRGBA(x, y, a.color(h))
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, picture)
	return out.Bytes(), err
}

func (a Archive) color(h float64) color.NRGBA {
	v := math.Round((h + 32768) * 256)
	if a.Encoding == "mapbox" {
		v = math.Round((h + 10000) * 10)
	}
	return color.NRGBA{uint8(int(v) >> 16), uint8(int(v) >> 8), uint8(int(v)), 255}
}

// GTX is a grid of a surface: from a corner in the south-west by steps in degrees.
func GTX(south, west, north, east float64, rows, cols int, of Surface) []byte {
	var out []byte
	for _, v := range []float64{south, west, north, east} {
		out = binary.BigEndian.AppendUint64(out, math.Float64bits(v))
	}
	out = binary.BigEndian.AppendUint32(out, uint32(rows))
	out = binary.BigEndian.AppendUint32(out, uint32(cols))
	for row := range rows {
		for col := range cols {
			h := of(west+float64(col)*east, south+float64(row)*north)
			if math.IsNaN(h) {
				h = -88.8888
			}
			out = binary.BigEndian.AppendUint32(out, math.Float32bits(float32(h)))
		}
	}
	return out
}

// WebP is a lossless WebP of squares of one colour.
func WebP(side int, c color.NRGBA) []byte {
	var bits []byte
	n := 0
	put := func(v, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(side-1, 14)
	put(side-1, 14)
	put(0, 1+3+1+1+1) // no alpha, version 0, no transform, no cache of colours, one group of codes
	for _, symbol := range []uint8{c.G, c.R, c.B, c.A, 0} {
		put(0b101, 3) // a code of one symbol, which has 8 bits
		put(int(symbol), 8)
	}
	data := append([]byte{0x2f}, bits...)
	data = append(data, make([]byte, len(data)%2)...)
	chunk := binary.LittleEndian.AppendUint32([]byte("VP8L"), uint32(len(data)))
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(chunk)+len(data)))
	return fmt.Appendf(nil, "%sWEBP%s%s", head, chunk, data)
}
