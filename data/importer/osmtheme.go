package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// An osmTheme says which elements of an OSM file are taken and what becomes of their tags.
type osmTheme struct {
	name   string
	keys   []string // an element without one of these is never looked at
	nodes  bool     // nodes are taken
	ways   bool     // ways and relations are taken
	area   func(osmTags) bool
	points bool // areas become a point inside
	// pick finds the main tag, or tells that the element is not of this theme.
	pick  func(osmTags) (key, value string, ok bool)
	write func(p *osmProperties, kind string)
}

func always(osmTags) bool { return true }
func never(osmTags) bool  { return false }

var osmThemes = map[string]osmTheme{
	"roads":      {keys: []string{"highway"}, ways: true, area: never, pick: pickRoad, write: writeRoad},
	"railways":   {keys: []string{"railway"}, ways: true, area: never, pick: pickRailway, write: writeRailway},
	"buildings":  {keys: []string{"building"}, ways: true, area: always, pick: pickBuilding, write: writeBuilding},
	"landuse":    {keys: []string{"landuse", "natural"}, ways: true, area: always, pick: pickLanduse, write: writeLanduse},
	"water":      {keys: []string{"natural", "waterway", "landuse"}, ways: true, area: isWaterArea, pick: pickWater, write: writeWater},
	"boundaries": {keys: []string{"boundary"}, ways: true, area: always, pick: pickBoundary, write: writeBoundary},
	"pois":       {keys: poiKeys, nodes: true, pick: pickPOI, write: writePOI},
	"pois-all":   {keys: poiKeys, nodes: true, ways: true, area: always, points: true, pick: pickPOI, write: writePOI},
	"sites":      {keys: []string{"amenity", "tourism", "leisure"}, ways: true, area: always, pick: pickSite, write: writePOI},
}

func findTheme(name string) (osmTheme, error) {
	t, ok := osmThemes[name]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(osmThemes)), ", ")
		if name == "" {
			return t, fmt.Errorf("an OpenStreetMap file holds many things: say with --theme what to take of it: %s", known)
		}
		return t, fmt.Errorf("--theme %s is unknown; known are %s", name, known)
	}
	t.name = name
	return t, nil
}

func (t *osmTheme) wants(key string) bool { return slices.Contains(t.keys, key) }

func (t *osmTheme) takesNode(tags osmTags) bool {
	_, _, ok := t.pick(tags)
	return ok && t.nodes
}

// takesWay: ways that the theme takes as areas are lines when they are not closed, and then not of the theme,
// unless their main tag means areas only.
func (t *osmTheme) takesWay(refs []int64, tags osmTags) bool {
	key, _, ok := t.pick(tags)
	if !ok || !t.ways {
		return false
	}
	if !t.asArea(refs, tags) {
		return !(closed(refs) && tags.get("area") == "yes")
	}
	return closed(refs) && tags.get("area") != "no" || key == "building"
}

func closed(refs []int64) bool { return len(refs) > 3 && refs[0] == refs[len(refs)-1] }

func (t *osmTheme) asArea(_ []int64, tags osmTags) bool { return t.area(tags) }

// takesRelation: a relation without type is taken too, to be rejected; routes, sites and groups are not areas
// that went wrong.
func (t *osmTheme) takesRelation(tags osmTags) bool {
	if _, _, ok := t.pick(tags); !ok || !t.ways || !t.area(tags) {
		return false
	}
	kind := tags.get("type")
	return kind == "multipolygon" || kind == "boundary" || kind == ""
}

// sameArea tells whether a closed way says the same as the relation that it is the outline of.
func (t *osmTheme) sameArea(kind string, tags osmTags) bool {
	key, value, _ := t.pick(tags)
	return t.area(tags) && (key == "building" || key == "boundary" || value == kind)
}

func (t *osmTheme) record(element string, id int64, tags osmTags) Record {
	key, kind, _ := t.pick(tags)
	p := osmProperties{tags: tags, out: map[string]any{"kind": kind}}
	for name, tag := range map[string]string{"name": "name", "name_en": "name:en", "ref": "ref", "operator": "operator", "wikidata": "wikidata"} {
		p.text(name, tag)
	}
	p.text("name_zh", "name:zh-Hans", "name:zh", "name:zh-CN")
	p.out["category"] = key
	t.write(&p, kind)
	return Record{Place: fmt.Sprintf("%s %d", element, id), ID: fmt.Sprintf("%.1s%d", element, id), Properties: p.out, Notes: p.notes}
}

// shrink makes a point of an area when the theme asks for it.
func (t *osmTheme) shrink(r Record) Record {
	if !t.points || r.Err != nil {
		return r
	}
	var largest orb.Polygon
	switch g := r.Geometry.(type) {
	case orb.Polygon:
		largest = g
	case orb.MultiPolygon:
		largest = slices.MaxFunc(g, func(a, b orb.Polygon) int {
			return int(1e15 * (planar.Area(a) - planar.Area(b)))
		})
	}
	r.Geometry = inner(largest)
	return r
}

// inner is a point in a polygon: its centre of gravity, or else the nearest corner to it.
func inner(p orb.Polygon) orb.Point {
	centre, _ := planar.CentroidArea(p)
	if planar.PolygonContains(p, centre) {
		return centre
	}
	return slices.MinFunc(p[0], func(a, b orb.Point) int {
		if planar.DistanceSquared(a, centre) < planar.DistanceSquared(b, centre) {
			return -1
		}
		return 1
	})
}

// pickFirst finds the first of the keys that has a value which means something.
func pickFirst(tags osmTags, keys ...string) (key, value string, ok bool) {
	for _, key := range keys {
		if v := tags.get(key); v != "" && v != "no" {
			return key, v, true
		}
	}
	return "", "", false
}

func pickRoad(t osmTags) (string, string, bool)     { return pickFirst(t, "highway") }
func pickRailway(t osmTags) (string, string, bool)  { return pickFirst(t, "railway") }
func pickBuilding(t osmTags) (string, string, bool) { return pickFirst(t, "building") }

func pickLanduse(t osmTags) (string, string, bool) {
	if t.get("building") != "" {
		return "", "", false
	}
	return pickFirst(t, "landuse", "natural")
}

func pickBoundary(t osmTags) (string, string, bool) {
	return "boundary", "administrative", t.get("boundary") == "administrative"
}

var poiKeys = []string{"amenity", "shop", "tourism", "office", "emergency"}

func pickPOI(t osmTags) (string, string, bool) { return pickFirst(t, poiKeys...) }

// siteAmenities are those of which the grounds matter.
var siteAmenities = []string{
	"school", "kindergarten", "university", "college", "hospital", "clinic", "police", "fire_station", "townhall",
	"place_of_worship", "bank", "bus_station",
}

func pickSite(t osmTags) (string, string, bool) {
	if v := t.get("amenity"); slices.Contains(siteAmenities, v) {
		return "amenity", v, true
	}
	if v := t.get("leisure"); v == "park" || v == "stadium" || v == "sports_centre" {
		return "leisure", v, true
	}
	return pickFirst(t, "tourism")
}

func isWaterArea(t osmTags) bool {
	switch t.get("waterway") {
	case "", "riverbank", "dock", "boatyard":
		return true
	}
	return false
}

func pickWater(t osmTags) (string, string, bool) {
	switch v := t.get("waterway"); v {
	case "river", "stream", "canal", "drain", "ditch", "riverbank", "dock", "tidal_channel":
		return "waterway", v, true
	}
	if v := t.get("natural"); v == "water" || v == "wetland" {
		if kind := t.get("water"); kind != "" {
			v = kind
		}
		return "natural", v, true
	}
	if v := t.get("landuse"); v == "reservoir" || v == "basin" {
		return "landuse", v, true
	}
	return "", "", false
}
