package importer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

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
	if err := f.locate(); err != nil {
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
