// Package tiles addresses the squares of the web mercator pyramid (OGC WebMercatorQuad, XYZ rows from the
// north) and turns sources of map content into finished, compressed, cached tiles that are never stale. It
// does not know layers, stores or HTTP: it declares the few methods that it needs.
package tiles

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// MaxZoom is the deepest zoom that is addressed.
const MaxZoom = 22

// Extent is the side of a vector tile in its own units, and Buffer how far content reaches over each edge.
const (
	Extent = 4096
	Buffer = 64
)

// An ID addresses one tile. The zero ID is the whole world.
type ID struct {
	Z    uint8
	X, Y uint32
}

// ErrID is the error of an address that names no tile.
var ErrID = errors.New("no such tile")

// ParseID reads the three parts of an address.
func ParseID(z, x, y string) (ID, error) {
	zoom, err := strconv.ParseUint(z, 10, 8)
	if err != nil || zoom > MaxZoom {
		return ID{}, fmt.Errorf("%w: zoom %q is not a number of 0 to %d", ErrID, z, MaxZoom)
	}
	side := uint64(1) << zoom
	col, err := strconv.ParseUint(x, 10, 32)
	if err != nil || col >= side {
		return ID{}, fmt.Errorf("%w: column %q is not a number of 0 to %d at zoom %d", ErrID, x, side-1, zoom)
	}
	row, err := strconv.ParseUint(y, 10, 32)
	if err != nil || row >= side {
		return ID{}, fmt.Errorf("%w: row %q is not a number of 0 to %d at zoom %d", ErrID, y, side-1, zoom)
	}
	return ID{uint8(zoom), uint32(col), uint32(row)}, nil
}

func (id ID) String() string { return fmt.Sprintf("%d/%d/%d", id.Z, id.X, id.Y) }

// Parent is the tile one zoom up that holds this one; the root is its own parent.
func (id ID) Parent() ID {
	if id.Z == 0 {
		return id
	}
	return ID{id.Z - 1, id.X >> 1, id.Y >> 1}
}

// Bound is the tile's square in degrees, without buffer.
func (id ID) Bound() orb.Bound {
	side := float64(uint64(1) << id.Z)
	west, east := float64(id.X)/side*360-180, float64(id.X+1)/side*360-180
	return orb.Bound{Min: orb.Point{west, latitude(float64(id.Y+1) / side)}, Max: orb.Point{east, latitude(float64(id.Y) / side)}}
}

// latitude of a mercator row, 0 north to 1 south.
func latitude(row float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*row))) * 180 / math.Pi }

// A World is a place in web mercator as whole numbers: 2^32 steps around the earth, X to the east from the
// antimeridian, Y to the south from the pyramid's north edge (1 cm at the equator). A tile's own coordinates
// are a shift and a subtraction away, so that neighbouring tiles quantise a shared border alike.
type World struct{ X, Y uint32 }

// Project finds a lon, lat in the world. Latitudes beyond web mercator (85.0511°) end at its edge.
func Project(p orb.Point) World {
	x := (p[0] + 180) / 360
	s := math.Sin(p[1] * math.Pi / 180)
	y := 0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)
	return World{fix(x), fix(y)}
}

func fix(v float64) uint32 {
	v = math.Floor(v * (1 << 32))
	switch {
	case !(v > 0): // NaN too
		return 0
	case v >= 1<<32:
		return math.MaxUint32
	}
	return uint32(v)
}

// Point is the lon, lat of the middle of a step.
func (w World) Point() orb.Point {
	return orb.Point{(float64(w.X)+.5)/(1<<32)*360 - 180, latitude((float64(w.Y) + .5) / (1 << 32))}
}

// At is the tile of a zoom that holds the place.
func (w World) At(zoom uint8) ID {
	shift := 32 - uint(zoom)
	return ID{zoom, uint32(uint64(w.X) >> shift), uint32(uint64(w.Y) >> shift)}
}

// Encoding is a content coding. The zero value is none.
type Encoding string

const (
	Identity Encoding = ""
	Gzip     Encoding = "gzip"
	Zstd     Encoding = "zstd"
)

// A Request asks for one tile.
type Request struct {
	ID       ID
	Encoding Encoding
	Class    string // visibility class of who asks; "" sees what is public, anything else is what a Cutter understands
}

// A Tile is finished bytes, ready for the wire. Empty Data means an empty tile.
type Tile struct {
	Data     []byte   // do not modify
	Type     string   // media type
	Encoding Encoding // how Data is coded; may be less than was asked for when that would not pay
	ETag     string   // strong, quoted, differs by encoding
}

// A Source answers tile requests. Implementations are safe for concurrent use and return as soon as ctx ends.
type Source interface {
	Tile(ctx context.Context, r Request) (Tile, error)
}

// A Cutter cuts one layer's piece of a tile: it appends the bytes of one MVT layer message with its tag (or
// of several) to dst, or returns dst as it was when nothing shows there. Implementations are safe for
// concurrent use. Epoch grows before the next Cut could differ: read it before cutting. Class reduces a visibility
// class: classes that see the same of the layer become one, and share tiles.
type Cutter interface {
	Class(class string) string
	Cut(ctx context.Context, dst []byte, id ID, class string) ([]byte, error)
	Epoch(id ID) uint64
}
