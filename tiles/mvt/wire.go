package mvt

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Tags of the protobuf fields that are written: number << 3 | wire type, which is 0 for varints.
const (
	tagTileLayer    = 3<<3 | 2
	tagLayerVersion = 15 << 3
	tagLayerName    = 1<<3 | 2
	tagLayerFeature = 2<<3 | 2
	tagLayerKey     = 3<<3 | 2
	tagLayerValue   = 4<<3 | 2
	tagLayerExtent  = 5 << 3
	tagFeatureID    = 1 << 3
	tagFeatureTags  = 2<<3 | 2
	tagFeatureType  = 3 << 3
	tagFeatureGeom  = 4<<3 | 2
	tagValueString  = 1<<3 | 2
	tagValueFloat   = 2<<3 | 5
	tagValueDouble  = 3<<3 | 1
	tagValueInt     = 4 << 3
	tagValueUint    = 5 << 3
	tagValueSint    = 6 << 3
	tagValueBool    = 7 << 3
)

// Geometry commands.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

func command(id, count int) uint64 { return uint64(id) | uint64(count)<<3 }

func zigzag(v int32) uint64 { return uint64(uint32(v<<1) ^ uint32(v>>31)) }

// sizeVarint is the number of bytes of a varint.
func sizeVarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func appendVarint(b []byte, v uint64) []byte {
	if v < 1<<7 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

// AppendString appends an encoded Value message (without tag and length) that holds a text.
func AppendString(b []byte, s string) []byte {
	b = append(b, tagValueString)
	b = appendVarint(b, uint64(len(s)))
	return append(b, s...)
}

// AppendInt appends an encoded Value message that holds an integer, in the shorter of the two codings.
func AppendInt(b []byte, v int64) []byte {
	if v >= 0 {
		return appendVarint(append(b, tagValueUint), uint64(v))
	}
	return appendVarint(append(b, tagValueSint), uint64(v<<1)^uint64(v>>63))
}

// AppendDouble appends an encoded Value message that holds a number.
func AppendDouble(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, tagValueDouble), math.Float64bits(v))
}

// AppendBool appends an encoded Value message that holds a truth value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, tagValueBool, 1)
	}
	return append(b, tagValueBool, 0)
}
