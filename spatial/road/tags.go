package road

import (
	"maps"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// SpeedTable says how fast roads are driven when nobody has measured it.
type SpeedTable struct {
	Classes map[string]float64 // km/h on average, by the values of OpenStreetMap's highway; what is not here is not driven
	OfLimit float64            // share of a speed limit that is driven on average; 0 means 0.8
}

// carSpeeds are averages of a car in a town: far below the limits on small roads, where one stops and turns.
var carSpeeds = map[string]float64{
	"motorway": 90, "motorway_link": 45,
	"trunk": 70, "trunk_link": 40,
	"primary": 50, "primary_link": 30,
	"secondary": 45, "secondary_link": 25,
	"tertiary": 35, "tertiary_link": 20,
	"unclassified": 30, "residential": 25, "road": 25,
	"living_street": 10, "service": 15, "track": 10, "pedestrian": 8,
}

// Cars is a table for police cars on ordinary ways: pedestrian streets and tracks slowly, paths and steps never.
// The caller may change its own copy.
func Cars() SpeedTable { return SpeedTable{Classes: maps.Clone(carSpeeds), OfLimit: 0.8} }

// Tags are what layers say about a road.
type Tags struct {
	Class    string
	Oneway   string  // yes, no, -1, true, false, F, T, B: OpenStreetMap's values and Geofabrik's; "" is what the class implies
	Junction string  // a roundabout is one-way
	MaxSpeed float64 // km/h, 0 when unknown
}

// Speeds are those of a road in m/s; both are 0 for one that is not driven.
func (t SpeedTable) Speeds(tags Tags) (forward, backward float64) {
	speed := t.Classes[tags.Class]
	if speed > 0 && tags.MaxSpeed > 0 {
		share := t.OfLimit
		if share == 0 {
			share = 0.8
		}
		speed = tags.MaxSpeed * share
	}
	speed /= 3.6
	switch tags.ways() {
	case Forward:
		return speed, 0
	case Backward:
		return 0, speed
	}
	return speed, speed
}

func (t Tags) ways() Direction {
	switch strings.ToLower(t.Oneway) {
	case "yes", "true", "1", "f":
		return Forward
	case "-1", "reverse", "t":
		return Backward
	case "no", "false", "0", "b":
		return Both
	}
	if t.Class == "motorway" || t.Class == "motorway_link" || t.Junction == "roundabout" || t.Junction == "circular" {
		return Forward
	}
	return Both
}

// Segments are those of a feature of a road layer: one for each line, with the ID of the feature; none when it is
// not driven. Class is read from the property class, highway or fclass, the rest from oneway, junction, maxspeed
// (km/h) and name.
func (t SpeedTable) Segments(f spatial.Feature) []Segment {
	forward, backward := t.Speeds(tagsOf(f.Properties))
	if forward == 0 && backward == 0 {
		return nil
	}
	s := Segment{ID: f.ID, Name: text(f.Properties["name"]), Forward: forward, Backward: backward}
	switch line := f.Geometry.(type) {
	case orb.LineString:
		s.Line = line
		return []Segment{s}
	case orb.MultiLineString:
		all := make([]Segment, len(line))
		for i := range line {
			all[i] = s
			all[i].Line = line[i]
		}
		return all
	}
	return nil
}

// RestrictionOf is the rule of a feature of a layer of turn restrictions: a point where the roads from and to (IDs of
// features) meet, and kind "no" or "only". ok is false for anything else.
func RestrictionOf(f spatial.Feature) (r Restriction, ok bool) {
	via, ok := f.Geometry.(orb.Point)
	kind := text(f.Properties["kind"])
	r = Restriction{From: text(f.Properties["from"]), Via: via, To: text(f.Properties["to"]), Only: kind == "only"}
	return r, ok && r.From != "" && r.To != "" && (r.Only || kind == "no")
}

func tagsOf(properties map[string]any) Tags {
	t := Tags{Oneway: text(properties["oneway"]), Junction: text(properties["junction"])}
	for _, name := range [3]string{"class", "highway", "fclass"} {
		if t.Class == "" {
			t.Class = text(properties[name])
		}
	}
	t.MaxSpeed, _ = strconv.ParseFloat(text(properties["maxspeed"]), 64)
	if !(t.MaxSpeed > 0 && t.MaxSpeed < 1000) {
		t.MaxSpeed = 0
	}
	return t
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
