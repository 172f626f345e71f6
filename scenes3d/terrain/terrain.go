// Package terrain tells how high the ground lies, from a PMTiles archive of pictures whose colours are heights (terrarium or
// mapbox, as PNG or lossless WebP). Heights in such archives are above sea level, while 3D Tiles want them above the
// ellipsoid of WGS84: the difference, the undulation of the geoid, lies between -107 m and 86 m and is added where a grid of
// it is given (a GTX file, such as egm96_15.gtx of PROJ); without one it is not added. The package reads the deepest zoom of
// an archive and no other, knows neither bodies nor HTTP, and keeps a bounded number of pictures in memory.
package terrain

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/pmtiles"
)

// Options say how an archive is read. The zero value takes what the archive says of itself, and no geoid.
type Options struct {
	Encoding string          // one of Encodings; "" is what the metadata say
	Geoid    string          // path of a GTX file; "" is none
	Failed   func(err error) // hears of tiles that cannot be read: there, no height is known; nil hears nothing
	Cache    int             // bytes of heights kept in memory; 0 is 64 MB
}

// ErrEncoding is the error of an archive that does not say how its colours are heights.
var ErrEncoding = errors.New("it is not known how its colours are heights")

// A Terrain is an open archive. All methods are safe for concurrent use until it is closed.
type Terrain struct {
	archive *pmtiles.Archive
	zoom    uint8
	decode  decoder
	geoid   *geoid // nil where there is none
	failed  func(error)
	kept    rasters
}

// Open opens an archive, and the geoid that the options name. Whether its tiles can be read is tried with one of them.
func Open(path string, o Options) (*Terrain, error) {
	archive, err := pmtiles.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := from(archive, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), archive.Close())
	}
	return t, nil
}

func from(archive *pmtiles.Archive, o Options) (*Terrain, error) {
	t := &Terrain{archive: archive, failed: o.Failed, kept: rasters{room: o.Cache}}
	if t.kept.room <= 0 {
		t.kept.room = 64 << 20
	}
	if t.failed == nil {
		t.failed = func(error) {}
	}
	switch kind := archive.Type(); kind {
	case "image/png", "image/webp", "application/octet-stream":
	default:
		return nil, fmt.Errorf("its tiles are %s: terrain is PNG or lossless WebP", kind)
	}
	if _, t.zoom = archive.Zooms(); t.zoom > tiles.MaxZoom {
		return nil, fmt.Errorf("it has zoom %d: terrain ends at %d", t.zoom, tiles.MaxZoom)
	}
	name := o.Encoding
	if name == "" {
		name, _ = archive.Metadata().More["encoding"].(string)
	}
	if name == "" {
		return nil, fmt.Errorf(`%w: its metadata have no "encoding"; say whether it is terrarium or mapbox`, ErrEncoding)
	}
	var known bool
	if t.decode, known = decoders[name]; !known {
		return nil, fmt.Errorf("%w: %q is neither terrarium nor mapbox", ErrEncoding, name)
	}
	if err := t.try(); err != nil {
		return nil, err
	}
	if o.Geoid != "" {
		var err error
		if t.geoid, err = openGeoid(o.Geoid); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// try reads the first tile that it finds on a grid over the archive.
func (t *Terrain) try() error {
	const grid = 9
	b := t.archive.Bound()
	for i := range grid * grid {
		k := (i + grid*grid/2) % (grid * grid) // the middle first
		x, y := (float64(k%grid)+0.5)/grid, (float64(k/grid)+0.5)/grid
		at := orb.Point{b.Min[0] + x*(b.Max[0]-b.Min[0]), b.Min[1] + y*(b.Max[1]-b.Min[1])}
		if one, err := t.read(tiles.Project(at).At(t.zoom)); one != nil || err != nil {
			return err
		}
	}
	return nil
}

// Close closes the archive.
func (t *Terrain) Close() error { return t.archive.Close() }

// Height is how high the ground lies at a lon, lat in degrees, in metres above the ellipsoid where there is a geoid, else
// above sea level: bilinear between the middles of pixels, also of neighbouring tiles. ok is false where there is no tile, no
// height in the tile, or no geoid. Within half a pixel of the edge of all tiles, what is known there counts alone.
func (t *Terrain) Height(lon, lat float64) (m float64, ok bool) {
	if !(math.Abs(lon) <= 180 && math.Abs(lat) <= maxLatitude) {
		return 0, false
	}
	if m, ok = t.above(lon, lat); !ok || t.geoid == nil {
		return m, ok
	}
	n, ok := t.geoid.at(lon, lat)
	return m + n, ok
}

// maxLatitude is where web mercator ends.
const maxLatitude = 85.05112877980659

// above is the height as the archive has it.
func (t *Terrain) above(lon, lat float64) (float64, bool) {
	side := math.Ldexp(1, int(t.zoom))
	s := math.Sin(lat * math.Pi / 180)
	x, y := (lon+180)/360*side, (0.5-math.Log((1+s)/(1-s))/(4*math.Pi))*side // in tiles
	last := side - 1
	id := tiles.ID{Z: t.zoom, X: uint32(min(max(x, 0), last)), Y: uint32(min(max(y, 0), last))}
	home := t.tile(id)
	if home == nil {
		return 0, false
	}
	n := float64(home.side)
	px, py := (x-float64(id.X))*n, (y-float64(id.Y))*n // in pixels
	if math.IsNaN(home.at(min(int(px), home.side-1), min(int(py), home.side-1))) {
		return 0, false
	}
	left, top := math.Floor(px-0.5), math.Floor(py-0.5)
	fx, fy := px-0.5-left, py-0.5-top
	sum, weight := 0.0, 0.0
	for k, w := range [4]float64{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy} {
		h := t.pixel(id, home, int(left)+k&1, int(top)+k>>1)
		if w > 0 && !math.IsNaN(h) {
			sum, weight = sum+w*h, weight+w
		}
	}
	return sum / weight, weight > 0
}

// pixel is the height in the middle of a pixel of a tile or, beyond its edges, of a neighbour; NaN is none.
func (t *Terrain) pixel(id tiles.ID, home *raster, x, y int) float64 {
	n := home.side
	if x >= 0 && x < n && y >= 0 && y < n {
		return home.at(x, y)
	}
	side := int64(1) << t.zoom
	col, row := int64(id.X), int64(id.Y)
	switch {
	case x < 0:
		col, x = col-1, n-1
	case x >= n:
		col, x = col+1, 0
	}
	switch {
	case y < 0:
		row, y = row-1, n-1
	case y >= n:
		row, y = row+1, 0
	}
	if row < 0 || row >= side {
		return math.NaN()
	}
	next := t.tile(tiles.ID{Z: t.zoom, X: uint32((col + side) % side), Y: uint32(row)}) // around the antimeridian
	if next == nil || next.side != n {
		return math.NaN()
	}
	return next.at(x, y)
}

// tile is the heights of a tile; nil is none.
func (t *Terrain) tile(id tiles.ID) *raster {
	if one, known := t.kept.get(id); known {
		return one
	}
	one, err := t.read(id)
	if err != nil {
		t.failed(err)
	}
	t.kept.put(id, one)
	return one
}

func (t *Terrain) read(id tiles.ID) (*raster, error) {
	got, err := t.archive.Tile(context.Background(), tiles.Request{ID: id})
	if err != nil || len(got.Data) == 0 {
		return nil, err
	}
	one, err := readRaster(got.Data, t.decode)
	if err != nil {
		return nil, fmt.Errorf("terrain tile %v: %w", id, err)
	}
	return one, nil
}
