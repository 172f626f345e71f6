package api

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// maxDepth bounds collections within collections.
const maxDepth = 8

// A reader gathers what is wrong while it reads; the first thing wrong with a geometry ends it.
type reader struct{ problems layers.Problems }

func (r *reader) wrong(place, format string, args ...any) {
	r.problems = append(r.problems, layers.Problem{Place: place, Message: fmt.Sprintf(format, args...)})
}

// geometry reads a GeoJSON geometry; nil after a problem. Heights, the third numbers of positions, are not kept.
func (r *reader) geometry(at string, v any, depth int) orb.Geometry {
	obj, is := v.(map[string]any)
	if !is {
		r.wrong(at, "it is not a GeoJSON geometry but %s", kindOf(v))
		return nil
	}
	kind, _ := obj["type"].(string)
	place, coords := at+".coordinates", obj["coordinates"]
	switch kind {
	case "Point":
		return give(r.point(place, coords))
	case "MultiPoint":
		return give(parts(r, place, coords, r.point))
	case "LineString":
		return give(r.line(place, coords))
	case "MultiLineString":
		return give(parts(r, place, coords, r.line))
	case "Polygon":
		return give(r.polygon(place, coords))
	case "MultiPolygon":
		return give(parts(r, place, coords, r.polygon))
	case "GeometryCollection":
		if depth >= maxDepth {
			r.wrong(at, "collections are nested more than %d deep", maxDepth)
			return nil
		}
		return give(parts(r, at+".geometries", obj["geometries"], func(at string, v any) (orb.Geometry, bool) {
			g := r.geometry(at, v, depth+1)
			return g, g != nil
		}))
	}
	r.wrong(at+".type", "%q is none of Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon, GeometryCollection", clip(kind))
	return nil
}

// give turns the parts of a list into their geometry.
func give[T any](v T, ok bool) orb.Geometry {
	if !ok {
		return nil
	}
	switch v := any(v).(type) {
	case []orb.Point:
		return orb.MultiPoint(v)
	case []orb.LineString:
		return orb.MultiLineString(v)
	case []orb.Polygon:
		return orb.MultiPolygon(v)
	case []orb.Geometry:
		return orb.Collection(v)
	case orb.Geometry:
		return v
	}
	return nil
}

func parts[T any](r *reader, at string, v any, one func(at string, v any) (T, bool)) ([]T, bool) {
	list, is := v.([]any)
	if !is {
		r.wrong(at, "it is not a list but %s", kindOf(v))
		return nil, false
	}
	out := make([]T, len(list))
	for i, v := range list {
		ok := false
		if out[i], ok = one(at+"["+strconv.Itoa(i)+"]", v); !ok {
			return nil, false
		}
	}
	return out, true
}

func (r *reader) line(at string, v any) (orb.LineString, bool) {
	ps, ok := parts(r, at, v, r.point)
	return ps, ok
}

func (r *reader) ring(at string, v any) (orb.Ring, bool) {
	ps, ok := parts(r, at, v, r.point)
	return ps, ok
}

func (r *reader) polygon(at string, v any) (orb.Polygon, bool) {
	rings, ok := parts(r, at, v, r.ring)
	return rings, ok
}

func (r *reader) point(at string, v any) (orb.Point, bool) {
	list, is := v.([]any)
	if !is || len(list) < 2 || len(list) > 4 {
		r.wrong(at, "a position is [lon, lat], here stands %s", kindOf(v))
		return orb.Point{}, false
	}
	var p orb.Point
	for i := range p {
		n, is := list[i].(json.Number)
		f, err := n.Float64()
		if !is || err != nil {
			r.wrong(at, "a position is two numbers, here stands %s", kindOf(list[i]))
			return orb.Point{}, false
		}
		p[i] = f
	}
	return p, true
}

// kindOf says what a JSON value is, for messages.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + clip(v.String())
	case string:
		return "the text " + strconv.Quote(clip(v))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	return "an object"
}
