package terrain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
)

// A geoid is a grid of undulations: how high sea level lies above the ellipsoid, in metres. It is not changed after it was
// read.
type geoid struct {
	south, west float64 // of the first value, degrees
	north, east float64 // from value to value
	rows, cols  int
	around      bool      // the last column is followed by the first
	values      []float32 // row by row from the south
}

const (
	gtxHeader = 40
	gtxMost   = 1 << 30 // bytes
	gtxNone   = -88.8888
)

// openGeoid reads a GTX file (NOAA's VDatum): big-endian, south, west, steps north and east as float64, rows and columns as
// int32, then rows of float32 from the south.
func openGeoid(path string) (*geoid, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("geoid: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > gtxMost {
		err = fmt.Errorf("it has %d bytes, more than %d", info.Size(), gtxMost)
	}
	var data []byte
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(file, gtxMost))
	}
	var g *geoid
	if err == nil {
		g, err = parseGeoid(data)
	}
	if err != nil {
		return nil, fmt.Errorf("geoid %s: %w", path, err)
	}
	return g, nil
}

func parseGeoid(data []byte) (*geoid, error) {
	if bytes.HasPrefix(data, []byte("II*\x00")) || bytes.HasPrefix(data, []byte("MM\x00*")) {
		return nil, fmt.Errorf("it is a GeoTIFF and not GTX: convert it with gdal_translate -of GTX")
	}
	if len(data) < gtxHeader {
		return nil, fmt.Errorf("it has %d bytes, fewer than the header of a GTX file", len(data))
	}
	double := func(at int) float64 { return math.Float64frombits(binary.BigEndian.Uint64(data[at:])) }
	g := &geoid{
		south: double(0), west: double(8), north: double(16), east: double(24),
		rows: int(int32(binary.BigEndian.Uint32(data[32:]))), cols: int(int32(binary.BigEndian.Uint32(data[36:]))),
	}
	if !(math.Abs(g.south) <= 90 && math.Abs(g.west) <= 360 && g.north > 0 && g.north <= 90 && g.east > 0 && g.east <= 180) || g.rows < 2 || g.cols < 2 {
		return nil, fmt.Errorf("it is no GTX file: a grid from %g, %g by steps of %g and %g degrees with %d rows of %d cannot be", g.south, g.west, g.north, g.east, g.rows, g.cols)
	}
	if want := gtxHeader + 4*int64(g.rows)*int64(g.cols); want != int64(len(data)) {
		return nil, fmt.Errorf("it has %d bytes, and %d rows of %d take %d: is it cut off?", len(data), g.rows, g.cols, want)
	}
	g.around = math.Abs(float64(g.cols)*g.east-360) < g.east/2
	g.values = make([]float32, g.rows*g.cols)
	for i := range g.values {
		g.values[i] = math.Float32frombits(binary.BigEndian.Uint32(data[gtxHeader+4*i:]))
	}
	return g, nil
}

// at is the undulation at a place, bilinear; ok is false outside of the grid.
func (g *geoid) at(lon, lat float64) (float64, bool) {
	x := math.Mod(lon-g.west, 360)
	if x < 0 {
		x += 360
	}
	x, y := x/g.east, (lat-g.south)/g.north
	if x > float64(g.cols-1) && !g.around || !(y >= 0 && y <= float64(g.rows-1)) {
		return 0, false
	}
	col, row := int(x), min(int(y), g.rows-2)
	if !g.around {
		col = min(col, g.cols-2)
	}
	fx, fy := x-float64(col), y-float64(row)
	value := func(col, row int) float64 {
		v := g.values[row*g.cols+col%g.cols]
		if !(math.Abs(float64(v)) < 1000) || v == gtxNone {
			return math.NaN()
		}
		return float64(v)
	}
	south := value(col, row)*(1-fx) + value(col+1, row)*fx
	north := value(col, row+1)*(1-fx) + value(col+1, row+1)*fx
	h := south*(1-fy) + north*fy
	return h, !math.IsNaN(h)
}
