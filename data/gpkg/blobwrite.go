package gpkg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

var nowhere = layers.Nowhere

// appendBlob writes a geometry that is not empty.
func appendBlob(dst []byte, g orb.Geometry) ([]byte, error) {
	flags := byte(1 | 1<<1)
	if _, ok := g.(orb.Point); ok {
		flags = 1
	}
	dst = append(dst, 'G', 'P', 0, flags)
	dst = binary.LittleEndian.AppendUint32(dst, wgs84)
	if flags != 1 {
		b := g.Bound()
		for _, v := range [4]float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	}
	return appendWKB(dst, g)
}

func appendWKB(dst []byte, g orb.Geometry) ([]byte, error) {
	open := func(t, n int) {
		dst = binary.LittleEndian.AppendUint32(append(dst, 1), uint32(t))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	switch g := g.(type) {
	case orb.Point:
		return appendPoint(append(dst, 1, 1, 0, 0, 0), g), nil
	case orb.LineString:
		dst = append(dst, 1, 2, 0, 0, 0)
		return appendPoints(dst, g), nil
	case orb.Polygon:
		open(3, len(g))
		for _, r := range g {
			dst = appendPoints(dst, r)
		}
		return dst, nil
	case orb.MultiPoint:
		open(4, len(g))
		return appendParts(dst, g)
	case orb.MultiLineString:
		open(5, len(g))
		return appendParts(dst, g)
	case orb.MultiPolygon:
		open(6, len(g))
		return appendParts(dst, g)
	case orb.Collection:
		open(7, len(g))
		return appendParts(dst, g)
	}
	return nil, fmt.Errorf("geometry of type %T cannot be stored", g)
}

func appendParts[T orb.Geometry](dst []byte, parts []T) (_ []byte, err error) {
	for _, p := range parts {
		if dst, err = appendWKB(dst, p); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendPoints(dst []byte, ps []orb.Point) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(ps)))
	for _, p := range ps {
		dst = appendPoint(dst, p)
	}
	return dst
}

func appendPoint(dst []byte, p orb.Point) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[1]))
}
