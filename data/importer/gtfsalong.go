package importer

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/spatial/transit"
)

// longestStops is how many characters the stops of a route may have in the catalogue's layer.
const longestStops = 20_000

// far is how many metres a stop may be beside its line without a word.
const far = 200

// calls sets the property stops: the ids of the stops and how far along the line each is, as package transit reads it.
// A shape that was drawn from the last stop to the first is turned round.
func (f *gtfsFeed) calls(rec *Record, p *gtfsPattern) {
	line := rec.Geometry.(orb.LineString)
	places := make([]orb.Point, len(p.stops))
	for i, n := range p.stops {
		places[i] = f.stops.all[n].at
	}
	along, beside, err := besides(line, places)
	if err == nil && beside > far {
		turned := slices.Clone(line)
		slices.Reverse(turned)
		if other, less, err := besides(turned, places); err == nil && less < beside/2 {
			rec.Geometry, along, beside = turned, other, less
			rec.Notes = append(rec.Notes, "shapes that run against their stops were turned round")
		}
	}
	if err != nil {
		rec.Notes = append(rec.Notes, "stops is left out where the line has no length")
		return
	}
	if beside > far {
		rec.Notes = append(rec.Notes, fmt.Sprintf("lines with stops more than %d m beside them", far))
	}
	stops := make([]transit.Stop, len(along))
	for i := range along {
		stops[i] = transit.Stop{ID: f.stops.ids[p.stops[i]], Along: along[i]}
	}
	text := transit.FormatStops(stops)
	if limits.Value(text) != nil || len(text) > longestStops {
		rec.Notes = append(rec.Notes, "stops is left out where it is too long, or its ids cannot be told from numbers of phones or people")
		return
	}
	rec.Properties["stops"] = text
}

// besides places stops along a line and tells how far the farthest one is beside it.
func besides(line orb.LineString, stops []orb.Point) (along []float64, meters float64, err error) {
	if along, err = transit.Place(line, stops); err != nil {
		return nil, 0, err
	}
	way, err := transit.New("", line, nil, 0)
	if err != nil {
		return nil, 0, err
	}
	for i, a := range along {
		meters = max(meters, index.Meters(way.Point(a), stops[i]))
	}
	return along, meters, nil
}
