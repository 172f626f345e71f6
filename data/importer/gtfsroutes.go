package importer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// routeRecords makes a record of each way that the trips of a route go.
func (f *gtfsFeed) routeRecords() ([]Record, error) {
	for _, read := range []func() error{f.readAgencies, f.readRoutes, f.readStops, f.readTrips, f.readShapes} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	if err := f.readCalls(func(*gtfsTrip, int32) {}); err != nil {
		return nil, err
	}
	calendars, err := f.readServices()
	if err != nil {
		return nil, err
	}
	windows, err := f.readFrequencies()
	if err != nil {
		return nil, err
	}
	patterns, err := f.patterns()
	if err != nil {
		return nil, err
	}
	if err := f.locate(); err != nil {
		return nil, err
	}
	records := make([]Record, 0, len(patterns))
	for _, p := range patterns {
		f.routes.all[p.route].patterns++
		records = append(records, f.routeRecord(p, f.headway(p, windows, calendars)))
	}
	for _, r := range f.routes.all {
		if r.patterns == 0 {
			records = append(records, Record{Place: r.place, Err: fmt.Errorf("the route has no way: none of its %d trips calls at two stops", r.trips)})
		}
	}
	return records, nil
}

// longestRef is how many characters the number of a route or the code of a stop has in the catalogue's layers.
const longestRef = 20

func (f *gtfsFeed) routeRecord(p *gtfsPattern, headway float64) Record {
	r := &f.routes.all[p.route]
	first, last := f.stops.all[p.stops[0]].name, f.stops.all[p.stops[len(p.stops)-1]].name
	rec := Record{Place: r.place, ID: f.wayID(p), Geometry: f.line(p), Properties: map[string]any{
		"name": cmp.Or(r.long, r.short, first+" – "+last), "kind": routeKind(r.kind), "first": first, "last": last, "operator": f.operator(r),
	}}
	rec.short("ref", r.short)
	f.calls(&rec, p)
	if minutes := int64(math.Round(headway / 60)); headway > 0 && minutes <= 240 {
		rec.Properties["headway"] = max(1, minutes)
	}
	return rec
}

// short sets a property that has a limit of characters.
func (rec *Record) short(name, text string) {
	switch {
	case text == "":
	case utf8.RuneCountInString(text) <= longestRef:
		rec.Properties[name] = text
	default:
		rec.Notes = append(rec.Notes, fmt.Sprintf("%s is left out where it is longer than %d characters", name, longestRef))
	}
}

func (f *gtfsFeed) operator(r *gtfsRoute) string {
	if name, ok := f.agencies[r.agency]; ok || r.agency != "" || len(f.agencies) != 1 {
		return name
	}
	for _, only := range f.agencies {
		return only
	}
	return ""
}

// wayID is route/direction/shape, and for ways without shape a sum of their stops.
func (f *gtfsFeed) wayID(p *gtfsPattern) string {
	parts := []string{f.routes.ids[p.route]}
	if p.direction >= 0 {
		parts = append(parts, strconv.Itoa(int(p.direction)))
	}
	if p.shape == missing {
		return strings.Join(append(parts, fmt.Sprintf("stops-%016x", p.gtfsWay.stops)), "/")
	}
	return strings.Join(append(parts, f.shapes.ids[p.shape]), "/")
}

// line is the shape of a way, or goes through its stops.
func (f *gtfsFeed) line(p *gtfsPattern) orb.LineString {
	if p.shape != missing {
		return slices.Clone(orb.LineString(f.shapes.all[p.shape].line))
	}
	line := make(orb.LineString, len(p.stops))
	for i, n := range p.stops {
		line[i] = f.stops.all[n].at
	}
	return line
}

// routeKind is the layer's kind for a route_type, of the basic and of the extended list.
func routeKind(t uint32) string {
	switch {
	case t <= 2, t == 5, t == 7, t == 12, t/100 == 1, t/100 == 4, t/100 == 9, t/100 == 14:
		return "rail"
	case t == 702:
		return "trunk"
	case t == 705:
		return "night"
	case t == 701, t/100 == 2:
		return "suburban"
	case t == 3, t == 11, t/100 == 7, t/100 == 8:
		return "local"
	}
	return "other"
}
