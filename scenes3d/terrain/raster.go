package terrain

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"golang.org/x/image/webp"
)

// A decoder makes a height in metres of the colour of a pixel.
type decoder func(r, g, b uint8) float64

var decoders = map[string]decoder{
	"terrarium": func(r, g, b uint8) float64 { return float64(r)*256 + float64(g) + float64(b)/256 - 32768 },
	"mapbox":    func(r, g, b uint8) float64 { return float64(int(r)<<16|int(g)<<8|int(b))*0.1 - 10000 },
}

// Encodings are the names of what Options.Encoding may be.
func Encodings() []string { return []string{"terrarium", "mapbox"} }

// maxSide bounds the pictures that are read, in pixels.
const maxSide = 2048

// A raster is the heights of a tile, row by row from the north-west; NaN is none. It is not changed after it was made.
type raster struct {
	side    int
	heights []float32
}

func (r *raster) at(x, y int) float64 { return float64(r.heights[y*r.side+x]) }

// readRaster reads a picture. Black is no height: it stands for the lowest value of either encoding, 10 km below the sea or
// more, which is how archives say that they know none.
func readRaster(data []byte, decode decoder) (*raster, error) {
	pixels, err := picture(data)
	if err != nil {
		return nil, err
	}
	size := pixels.Bounds().Size()
	out := &raster{size.X, make([]float32, size.X*size.Y)}
	low := pixels.Bounds().Min
	for i := range out.heights {
		out.heights[i] = float32(math.NaN())
		c := colorOf(pixels, low.X+i%size.X, low.Y+i/size.X)
		if c.A == math.MaxUint8 && (c.R|c.G|c.B) != 0 {
			out.heights[i] = float32(decode(c.R, c.G, c.B))
		}
	}
	return out, nil
}

// colorOf does not go through an interface where it can do without.
func colorOf(pixels image.Image, x, y int) color.NRGBA {
	switch p := pixels.(type) {
	case *image.NRGBA:
		return p.NRGBAAt(x, y)
	case *image.RGBA: // opaque, as package png reads it
		return color.NRGBA(p.RGBAAt(x, y))
	}
	return color.NRGBAModel.Convert(pixels.At(x, y)).(color.NRGBA)
}

// picture decodes PNG or WebP: the beginning says which. Sizes are looked at before memory is taken.
func picture(data []byte) (image.Image, error) {
	decode, look, name := png.Decode, png.DecodeConfig, "PNG"
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG")):
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		decode, look, name = webp.Decode, webp.DecodeConfig, "WebP"
	default:
		return nil, fmt.Errorf("it is neither PNG nor WebP")
	}
	c, err := look(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if c.Width != c.Height || c.Width < 1 || c.Width > maxSide {
		return nil, fmt.Errorf("it has %d x %d pixels: terrain has squares of %d at most", c.Width, c.Height, maxSide)
	}
	pixels, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if b := pixels.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		return nil, fmt.Errorf("read %s: it is not as large as it says", name)
	}
	switch pixels.(type) {
	case *image.NRGBA, *image.RGBA, *image.Paletted:
		return pixels, nil
	case *image.YCbCr, *image.NYCbCrA:
		return nil, fmt.Errorf("it is lossy WebP, which keeps colours and not heights: make it lossless")
	}
	return nil, fmt.Errorf("its pixels are no colours of 8 bits: they are %T", pixels)
}
