package api

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// appendFeature appends a GeoJSON feature: the layer's properties in their order, and the columns that every
// feature has in the member "common". Numbers keep every digit that they have. links is JSON, or "" for none.
func appendFeature(dst []byte, shown []layers.Property, f *spatial.Feature, links string) []byte {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, f.ID)
	dst = append(dst, `,"geometry":`...)
	dst = appendGeometry(dst, f.Geometry)
	dst = append(dst, `,"properties":{`...)
	dst = appendProperties(dst, shown, f)
	dst = append(dst, `},"common":{`...)
	dst = appendCommon(dst, f)
	dst = append(dst, '}')
	if links != "" {
		dst = append(dst, `,"links":`...)
		dst = append(dst, links...)
	}
	return append(dst, '}')
}

func appendProperties(dst []byte, shown []layers.Property, f *spatial.Feature) []byte {
	bare := len(dst)
	for i := range shown {
		v, there := f.Properties[shown[i].Name]
		if !there {
			continue
		}
		if len(dst) > bare {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, shown[i].Name...) // a-z, 0-9 and _
		dst = append(dst, '"', ':')
		dst = appendValue(dst, v)
	}
	return dst
}

func appendCommon(dst []byte, f *spatial.Feature) []byte {
	dst = append(dst, `"version":`...)
	dst = strconv.AppendInt(dst, f.Version, 10)
	dst = appendTime(dst, "updated_at", f.Updated)
	dst = appendTime(dst, "effective_from", f.Effective.From)
	dst = appendTime(dst, "effective_to", f.Effective.To)
	if f.Owner != "" {
		dst = append(dst, `,"owner":`...)
		dst = appendString(dst, f.Owner)
	}
	if f.Source != "" {
		dst = append(dst, `,"source":`...)
		dst = appendString(dst, f.Source)
	}
	if f.Accuracy != 0 {
		dst = append(dst, `,"accuracy_m":`...)
		dst = appendFloat(dst, f.Accuracy)
	}
	return dst
}

func appendTime(dst []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':', '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// appendValue writes a number of a float64 with a point, so that readers who guess types by values guess right.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return append(strconv.AppendFloat(dst, v, 'f', 0, 64), '.', '0')
		}
		return appendFloat(dst, v)
	}
	return append(dst, "null"...)
}

// appendFloat writes the shortest number that reads back as the same; what is not finite becomes null.
func appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func appendGeometry(dst []byte, g orb.Geometry) []byte {
	if g == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"type":"`...)
	dst = append(dst, g.GeoJSONType()...)
	if c, is := g.(orb.Collection); is {
		dst = append(dst, `","geometries":`...)
		dst = appendList(dst, []orb.Geometry(c), appendGeometry)
		return append(dst, '}')
	}
	dst = append(dst, `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		dst = appendPoint(dst, g)
	case orb.MultiPoint:
		dst = appendList(dst, []orb.Point(g), appendPoint)
	case orb.LineString:
		dst = appendList(dst, []orb.Point(g), appendPoint)
	case orb.MultiLineString:
		dst = appendList(dst, []orb.LineString(g), appendLine)
	case orb.Polygon:
		dst = appendList(dst, []orb.Ring(g), appendLine)
	case orb.MultiPolygon:
		dst = appendList(dst, []orb.Polygon(g), func(dst []byte, p orb.Polygon) []byte {
			return appendList(dst, []orb.Ring(p), appendLine)
		})
	default:
		dst = append(dst, "[]"...)
	}
	return append(dst, '}')
}

func appendList[T any](dst []byte, list []T, one func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

func appendLine[T ~[]orb.Point](dst []byte, line T) []byte {
	return appendList(dst, []orb.Point(line), appendPoint)
}

func appendPoint(dst []byte, p orb.Point) []byte {
	dst = append(dst, '[')
	dst = appendFloat(dst, p[0])
	dst = append(dst, ',')
	dst = appendFloat(dst, p[1])
	return append(dst, ']')
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= 0x20 && b < utf8.RuneSelf && b != '"' && b != '\\' {
			i++
			continue
		}
		size := 1
		if b >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b >= utf8.RuneSelf:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
