package importer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// osmProperties turns tags into properties with stable names and plain units. What cannot be understood is
// left out with a note.
type osmProperties struct {
	tags  osmTags
	out   map[string]any
	notes []string
}

// text takes the first of the tags that has a value.
func (p *osmProperties) text(name string, tags ...string) {
	for _, tag := range tags {
		if v := strings.TrimSpace(p.tags.get(tag)); v != "" {
			p.out[name] = v
			return
		}
	}
}

func (p *osmProperties) refuse(tag, v, what string) {
	p.notes = append(p.notes, fmt.Sprintf("%s=%.40s is no %s and was left out", tag, v, what))
}

// metres takes a length: 12, 12.5 m, 12,5, 40 ft, 40', 5'10".
func (p *osmProperties) metres(name, tag string) {
	v := p.tags.get(tag)
	if v == "" {
		return
	}
	m, ok := parseMetres(v)
	if !ok || m < 0 || m > 9000 {
		p.refuse(tag, v, "length")
		return
	}
	p.out[name] = m
}

const foot = 0.3048

func parseMetres(s string) (float64, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if feet, inches, ok := strings.Cut(s, "'"); ok {
		f, ok := parseNumber(feet)
		if inches = strings.Trim(inches, " \""); inches == "" || !ok {
			return round(f*foot, 3), ok
		}
		in, ok := parseNumber(inches)
		return round((f+in/12)*foot, 3), ok
	}
	unit := 1.0
	for _, u := range []struct {
		name   string
		metres float64
	}{{"metres", 1}, {"meters", 1}, {"feet", foot}, {"foot", foot}, {"ft", foot}, {"km", 1000}, {"cm", .01}, {"m", 1}, {"米", 1}} {
		if cut, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = cut, u.metres
			break
		}
	}
	v, ok := parseNumber(s)
	return round(v*unit, 3), ok
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}

// parseNumber reads a plain number, also with a decimal comma.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != ',' && r != '-' && r != '+' }) {
		return 0, false
	}
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// count takes a whole number; half levels are rounded up.
func (p *osmProperties) count(name, tag string, most float64) {
	v := p.tags.get(tag)
	if v == "" {
		return
	}
	n, ok := parseNumber(v)
	if !ok || n < -20 || n > most {
		p.refuse(tag, v, "count")
		return
	}
	p.out[name] = int64(math.Ceil(n))
}

// yes takes a tag whose values other than no mean yes.
func (p *osmProperties) yes(name, tag string) {
	switch p.tags.get(tag) {
	case "":
	case "no", "false", "0":
		p.out[name] = false
	default:
		p.out[name] = true
	}
}

// speed takes a speed limit in km/h.
func (p *osmProperties) speed(name, tag string) {
	v := strings.ToLower(strings.TrimSpace(p.tags.get(tag)))
	number, factor := v, 1.0
	for _, unit := range []struct {
		name string
		kmh  float64
	}{{"km/h", 1}, {"kmh", 1}, {"kph", 1}, {"mph", 1.609344}, {"knots", 1.852}} {
		if cut, ok := strings.CutSuffix(v, unit.name); ok {
			number, factor = cut, unit.kmh
		}
	}
	switch n, ok := parseNumber(number); {
	case v == "" || v == "none" || v == "signals" || v == "variable":
	case v == "walk":
		p.out[name] = int64(5)
	case ok && n > 0 && n*factor < 400:
		p.out[name] = int64(math.Round(n * factor))
	default:
		p.refuse(tag, v, "speed")
	}
}

// address writes the address in one text, and its parts.
func (p *osmProperties) address() {
	for _, part := range []string{"housenumber", "street", "city", "postcode"} {
		p.text("addr_"+part, "addr:"+part)
	}
	p.text("address", "addr:full")
	street, number := p.tags.get("addr:street"), p.tags.get("addr:housenumber")
	if street == "" {
		street = p.tags.get("addr:place")
	}
	if _, there := p.out["address"]; there || street == "" && number == "" {
		return
	}
	space := " "
	if strings.ContainsFunc(street, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		space = ""
	}
	p.out["address"] = strings.TrimSpace(street + space + number)
}

// class takes a kind over into a smaller vocabulary.
func (p *osmProperties) class(kind string, classes map[string][]string) {
	for class, kinds := range classes {
		if class == kind || slices.Contains(kinds, kind) {
			p.out["class"] = class
			return
		}
	}
	p.out["class"] = "other"
}

var roadClasses = map[string][]string{
	"motorway": nil, "motorway_link": nil, "trunk": nil, "trunk_link": nil, "primary": nil, "primary_link": nil,
	"secondary": nil, "secondary_link": nil, "tertiary": nil, "tertiary_link": nil, "unclassified": nil,
	"residential": nil, "living_street": nil, "service": nil, "pedestrian": nil, "footway": nil, "cycleway": nil,
	"bridleway": nil, "path": nil, "steps": nil, "track": nil, "raceway": nil, "construction": nil, "road": nil,
}

func writeRoad(p *osmProperties, kind string) {
	p.class(kind, roadClasses)
	p.count("lanes", "lanes", 40)
	p.speed("maxspeed", "maxspeed")
	p.yes("oneway", "oneway")
	p.yes("bridge", "bridge")
	p.yes("tunnel", "tunnel")
	p.count("level", "layer", 20)
	p.metres("width", "width")
	for _, name := range []string{"surface", "access", "service", "junction"} {
		p.text(name, name)
	}
}

func writeRailway(p *osmProperties, kind string) {
	p.class(kind, map[string][]string{"rail": nil, "subway": nil, "light_rail": {"monorail"}, "tram": nil})
	if p.tags.get("highspeed") == "yes" {
		p.out["class"] = "high_speed"
	} else if p.tags.get("service") != "" && kind == "rail" {
		p.out["class"] = "siding"
	}
	p.count("tracks", "passenger_lines", 40)
	p.yes("bridge", "bridge")
	p.yes("tunnel", "tunnel")
}

var buildingClasses = map[string][]string{
	"residential": {"apartments", "dormitory"},
	"house":       {"detached", "semidetached_house", "terrace", "bungalow", "farm", "cabin", "hut", "villa"},
	"commercial":  {"retail", "supermarket", "kiosk", "hotel", "mall", "service"},
	"office":      nil,
	"industrial":  {"manufacture", "factory"},
	"warehouse":   {"storage_tank", "silo", "hangar"},
	"school":      {"kindergarten", "university", "college"},
	"hospital":    {"clinic"},
	"civic":       {"public", "government", "townhall", "fire_station", "police", "museum", "library"},
	"station":     {"train_station", "transportation"},
	"temple":      {"church", "chapel", "cathedral", "mosque", "shrine", "synagogue", "monastery", "convent", "religious"},
}

func writeBuilding(p *osmProperties, kind string) {
	p.class(kind, buildingClasses)
	p.metres("height", "height")
	p.metres("min_height", "min_height")
	p.count("levels", "building:levels", 250)
	p.count("min_level", "building:min_level", 250)
	p.text("roof_shape", "roof:shape")
	p.metres("roof_height", "roof:height")
	p.count("roof_levels", "roof:levels", 50)
	for _, name := range []string{"amenity", "shop", "tourism", "office", "leisure"} {
		p.text(name, name)
	}
	p.address()
}

var landuseClasses = map[string][]string{
	"residential": nil, "commercial": nil, "retail": nil, "industrial": nil, "railway": nil, "education": nil,
	"military": nil, "religious": nil, "cemetery": nil, "allotments": nil, "quarry": nil, "construction": nil,
	"park":       {"recreation_ground"},
	"grass":      {"village_green", "flowerbed"},
	"meadow":     {"grassland"},
	"forest":     {"wood"},
	"scrub":      {"heath", "fell"},
	"farmland":   {"farmyard", "greenhouse_horticulture"},
	"orchard":    {"vineyard", "plant_nursery"},
	"brownfield": {"landfill", "greenfield"},
}

func writeLanduse(p *osmProperties, kind string) {
	p.class(kind, landuseClasses)
	for _, name := range []string{"landuse", "natural", "leisure", "surface"} {
		p.text(name, name)
	}
}

var waterClasses = map[string][]string{
	"river": {"riverbank", "tidal_channel"}, "stream": nil, "canal": {"dock"}, "drain": {"ditch"}, "lake": {"oxbow", "lagoon"},
	"reservoir": {"basin", "wastewater"}, "pond": nil, "wetland": nil,
}

func writeWater(p *osmProperties, kind string) {
	p.class(kind, waterClasses)
	p.yes("intermittent", "intermittent")
	p.metres("width", "width")
	p.yes("tunnel", "tunnel")
}

func writePOI(p *osmProperties, _ string) {
	p.address()
	for name, tag := range map[string]string{
		"opening_hours": "opening_hours", "brand": "brand", "cuisine": "cuisine", "healthcare": "healthcare", "building": "building",
		"description": "description", "wheelchair": "wheelchair", "sport": "sport",
	} {
		p.text(name, tag)
	}
	p.count("beds", "beds", 20_000)
	p.count("capacity", "capacity", 1e6)
}

// writeBoundary names levels as China uses them: 2 country, 4 province, 5 prefecture, 6 county or district.
func writeBoundary(p *osmProperties, _ string) {
	p.count("admin_level", "admin_level", 15)
	p.count("population", "population", 1e10)
	p.text("code", "ref:CN", "ref", "ISO3166-2", "ISO3166-1")
	level := "other"
	switch p.out["admin_level"] {
	case int64(2):
		level = "country"
	case int64(4):
		level = "province"
	case int64(5):
		level = "prefecture"
	case int64(6):
		level = "county"
		if strings.HasSuffix(p.tags.get("name"), "区") {
			level = "district"
		}
	}
	p.out["level"] = level
}
