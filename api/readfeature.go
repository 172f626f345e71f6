package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// A draft is what a client sent of a feature. Members that were not there are nil.
type draft struct {
	id         string
	geometry   any
	properties map[string]any // values as CheckFeature takes them, nil for null
	common     map[string]any // nil value for null
	has        map[string]bool
}

// draft reads the members of a GeoJSON feature or of a merge patch for one.
func (r *reader) draft(at string, v any) draft {
	d := draft{has: map[string]bool{}}
	obj, is := v.(map[string]any)
	if !is {
		r.wrong(orBody(at), "it is not a GeoJSON feature but %s", kindOf(v))
		return d
	}
	for name := range obj {
		d.has[name] = true
	}
	if kind, given := obj["type"]; given && kind != "Feature" {
		r.wrong(at+"type", "it is not \"Feature\" but %s", kindOf(kind))
	}
	switch id := obj["id"].(type) {
	case string:
		d.id = id
	case json.Number:
		d.id = id.String()
	case nil:
	default:
		r.wrong(at+"id", "an id is text, here stands %s", kindOf(id))
	}
	if crs, given := obj["crs"]; given && crs != nil && !isWGS84(crs) {
		r.wrong(at+"crs", "only lon, lat of WGS84 is read here (EPSG:4326 or CRS84); convert the coordinates or import them as a file with --crs")
	}
	d.geometry = obj["geometry"]
	d.properties = r.object(at+"properties", obj["properties"])
	d.common = r.object(at+"common", obj["common"])
	return d
}

func orBody(at string) string {
	if at == "" {
		return "body"
	}
	return strings.TrimSuffix(at, ".")
}

// isWGS84 reads the old "crs" member of GeoJSON.
func isWGS84(v any) bool {
	obj, _ := v.(map[string]any)
	properties, _ := obj["properties"].(map[string]any)
	name, _ := properties["name"].(string)
	return strings.HasSuffix(name, "CRS84") || strings.HasSuffix(name, "EPSG::4326") || name == "EPSG:4326" || strings.HasSuffix(name, "EPSG/0/4326")
}

// object reads an object of plain values; null or none is nil.
func (r *reader) object(at string, v any) map[string]any {
	if v == nil {
		return nil
	}
	obj, is := v.(map[string]any)
	if !is {
		r.wrong(at, "it is not an object but %s", kindOf(v))
		return nil
	}
	out := make(map[string]any, len(obj))
	for name, v := range obj {
		out[name] = plainValue(v)
	}
	return out
}

// plainValue turns numbers into int64 where they are written whole and fit, else float64.
func plainValue(v any) any {
	n, is := v.(json.Number)
	if !is {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String() // beyond all numbers: the definition refuses a text
	}
	return f
}

// feature makes the feature that a draft describes in full. old gives what the draft leaves open: the common
// columns when the member is missing, and the properties that l does not show.
func (r *reader) feature(at string, d draft, id string, l layers.Layer, old spatial.Feature) spatial.Feature {
	f := spatial.Feature{ID: id, Properties: map[string]any{}}
	if d.geometry == nil {
		r.wrong(at+"geometry", "it is missing")
	} else {
		f.Geometry = r.geometry(at+"geometry", d.geometry, 0)
	}
	for name, v := range old.Properties {
		if _, seen := l.Property(name); !seen {
			f.Properties[name] = v
		}
	}
	r.setProperties(at, &f, d, l)
	if d.has["common"] {
		r.setCommon(at, &f, d)
	} else {
		f.Owner, f.Source, f.Accuracy, f.Effective = old.Owner, old.Source, old.Accuracy, old.Effective
	}
	return f
}

// patched applies a merge patch (RFC 7396) to a feature.
func (r *reader) patched(d draft, l layers.Layer, old spatial.Feature) spatial.Feature {
	f := old
	f.Properties = maps.Clone(old.Properties)
	if f.Properties == nil {
		f.Properties = map[string]any{}
	}
	if d.has["geometry"] {
		f.Geometry = r.geometry("geometry", d.geometry, 0)
	}
	r.setProperties("", &f, d, l)
	r.setCommon("", &f, d)
	return f
}

func (r *reader) setProperties(at string, f *spatial.Feature, d draft, l layers.Layer) {
	for name, v := range d.properties {
		if _, known := l.Property(name); !known {
			r.wrong(at+"properties."+name, "layer %s has no such property", l.ID)
		} else if v == nil {
			delete(f.Properties, name)
		} else {
			f.Properties[name] = v
		}
	}
}

// writable are the columns of "common" that clients may set; version and updated_at are there for reading.
var writable = []string{"owner", "source", "accuracy_m", "effective_from", "effective_to"}

func (r *reader) setCommon(at string, f *spatial.Feature, d draft) {
	for _, name := range slices.Sorted(maps.Keys(d.common)) {
		v, place := d.common[name], at+"common."+name
		switch name {
		case "owner":
			f.Owner = r.text(place, v)
		case "source":
			f.Source = r.text(place, v)
		case "accuracy_m":
			f.Accuracy = r.number(place, v)
		case "effective_from":
			f.Effective.From = r.time(place, v)
		case "effective_to":
			f.Effective.To = r.time(place, v)
		case "version", "updated_at":
		default:
			r.wrong(place, "there is no such column; it has %s", list(writable))
		}
	}
}

func (r *reader) text(at string, v any) string {
	s, is := v.(string)
	if !is && v != nil {
		r.wrong(at, "it is not a text")
	}
	return s
}

func (r *reader) number(at string, v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case int64:
		return float64(v)
	case float64:
		return v
	}
	r.wrong(at, "it is not a number")
	return 0
}

func (r *reader) time(at string, v any) time.Time {
	s, is := v.(string)
	if v == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if !is || err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		r.wrong(at, "it is no time: write it as 2026-11-24T03:04:05Z (RFC 3339)")
		return time.Time{}
	}
	return t.UTC()
}
