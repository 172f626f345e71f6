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

// stopRecords makes a record of each stop and station, with the routes that call there.
func (f *gtfsFeed) stopRecords() ([]Record, error) {
	for _, read := range []func() error{f.readRoutes, f.readStops, f.readTrips} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	type pair struct{ stop, route int32 }
	calls := map[pair]struct{}{}
	if err := f.readCalls(func(trip *gtfsTrip, stop int32) { calls[pair{stop, trip.route}] = struct{}{} }); err != nil {
		return nil, err
	}
	routes := make([][]int32, len(f.stops.all))
	orphans := 0
	for c := range calls {
		routes[c.stop] = append(routes[c.stop], c.route)
	}
	for i, s := range f.stops.all { // what calls at a platform calls at its station
		if s.parent == "" {
			continue
		}
		if station, known := f.stops.at[s.parent]; known && int(station) != i {
			routes[station] = append(routes[station], routes[i]...)
		} else {
			orphans++
		}
	}
	f.noteCount(orphans, "stops have a parent_station that is no station of stops.txt")
	ends := f.terminals()
	records := make([]Record, len(f.stops.all))
	idle := 0
	for i := range f.stops.all {
		if len(routes[i]) == 0 {
			idle++
		}
		records[i] = f.stopRecord(i, routes[i], ends[i])
	}
	f.noteCount(idle, "stops and stations are called at by no trip")
	return records, nil
}

// terminals tells of each stop whether trips start or end there.
func (f *gtfsFeed) terminals() []bool {
	ends := make([]bool, len(f.stops.all))
	for i := range f.trips.all {
		if t := &f.trips.all[i]; t.calls > 1 {
			ends[t.first.stop], ends[t.last.stop] = true, true
		}
	}
	return ends
}

func (f *gtfsFeed) stopRecord(i int, routes []int32, end bool) Record {
	s := &f.stops.all[i]
	rec := Record{Place: s.place, ID: f.stops.ids[i], Geometry: s.at, Properties: map[string]any{"name": s.name, "kind": f.stopKind(s, routes, end)}}
	rec.short("code", s.code)
	if text, whole := f.routeList(routes); text != "" {
		if rec.Properties["routes"] = text; !whole {
			rec.Notes = append(rec.Notes, fmt.Sprintf("routes ends with … where it is longer than %d characters", longestRoutes))
		}
	}
	return rec
}

// stopKind is a station for what is one, and for stops of rail that have none above them.
func (f *gtfsFeed) stopKind(s *gtfsStop, routes []int32, end bool) string {
	rail := slices.ContainsFunc(routes, func(n int32) bool { return routeKind(f.routes.all[n].kind) == "rail" })
	switch {
	case s.kind == 1, rail && s.parent == "":
		return "station"
	case end:
		return "terminal"
	}
	return "stop"
}

// longestRoutes is how many characters the routes at a stop may have in the catalogue's layer.
const longestRoutes = 400

// routeList names the routes at a stop as people sort them: 2 before 10.
func (f *gtfsFeed) routeList(routes []int32) (text string, whole bool) {
	names := make([]string, 0, len(routes))
	for _, n := range routes {
		r := &f.routes.all[n]
		names = append(names, cmp.Or(r.short, r.long, f.routes.ids[n]))
	}
	slices.SortFunc(names, byNumber)
	names = slices.Compact(names)
	const between = "、"
	for i, name := range names {
		if i > 0 {
			name = between + name
		}
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(name) > longestRoutes-2 && i < len(names) {
			return text + between + "…", false
		}
		text += name
	}
	return text, true
}

// byNumber compares by the number in front, then by the text.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(leading(a), leading(b)), cmp.Compare(a, b))
}

// leading is the number that a name begins with; names without one come after all numbers.
func leading(name string) int {
	end := 0
	for end < len(name) && end < 9 && name[end] >= '0' && name[end] <= '9' {
		end++
	}
	if end == 0 {
		return math.MaxInt
	}
	n, err := strconv.Atoi(name[:end])
	if err != nil {
		return math.MaxInt
	}
	return n
}
