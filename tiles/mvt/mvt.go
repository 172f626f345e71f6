// Package mvt turns shapes into Mapbox Vector Tiles, version 2.1, and reads them back. A Canvas clips,
// quantises and repairs the shapes of one tile; an Encoder writes features with interned keys and values in
// one append pass; Decode and Check are the strict other side, which holds every rule of the format. Nothing
// here allocates per feature once its buffers have grown, and nothing changes what it is given.
package mvt

import (
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/wardmap/wardmap/tiles"
)

// Type is the geometry type of a tile feature, with the numbers of the format.
type Type uint8

const (
	Unknown    Type = 0
	Points     Type = 1
	LineString Type = 2
	Polygon    Type = 3
)

func (t Type) String() string {
	switch t {
	case Points:
		return "point"
	case LineString:
		return "linestring"
	case Polygon:
		return "polygon"
	}
	return "unknown"
}

// Part says what a run of vertices is: shapes are handed to a Canvas part by part.
type Part uint8

const (
	PointPart Part = iota // every vertex is a point
	LinePart              // one line
	OuterPart             // exterior ring of a new polygon, not closed
	InnerPart             // hole of the polygon before, not closed
)

// Type is the geometry type that the part belongs to.
func (p Part) Type() Type { return [...]Type{Points, LineString, Polygon, Polygon}[p&3] }

// The clip square in tile units, inclusive. Points are kept on [clipMin, clipMax).
const (
	clipMin = -tiles.Buffer
	clipMax = tiles.Extent + tiles.Buffer
)

const maxID = 1 << 53 // ids from here on are not exact in JavaScript

// FeatureID finds the number that stands for a text id on tiles: its value when the text is a canonical
// unsigned decimal below 2^53 (exact), else a 53-bit hash, the same in every run and on every machine. Two of a
// million hashed ids are alike with a probability of 1 in 18,000; they still have their text as an attribute.
func FeatureID(id string) (num uint64, exact bool) {
	if n := len(id); n > 0 && n <= 16 && (id[0] != '0' || n == 1) {
		if v, err := strconv.ParseUint(id, 10, 64); err == nil && v < maxID {
			return v, true
		}
	}
	return xxhash.Sum64String(id) % maxID, false
}
