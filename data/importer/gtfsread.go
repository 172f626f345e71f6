package importer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"
)

// A gtfsRoute is a row of routes.txt.
type gtfsRoute struct {
	place           string
	agency          string // its id
	short, long     string
	kind            uint32 // route_type
	trips, patterns int
}

// A gtfsStop is a row of stops.txt that has a place of its own.
type gtfsStop struct {
	place      string
	code, name string
	kind       uint32 // location_type
	parent     string
	at         orb.Point
}

// A gtfsTrip is a row of trips.txt with what is learnt of its stop times.
type gtfsTrip struct {
	route, service, shape int32
	direction             int8   // 0, 1, or missing
	calls                 uint32 // stop times
	sum                   uint64 // of the hashes of its stop times, in whatever order they stand
	first, last           gtfsCall
}

// A gtfsCall is one stop time.
type gtfsCall struct {
	seq     uint32
	stop    int32
	departs int32 // seconds of the service day
}

// A gtfsShape is the points of a way in the order of their numbers.
type gtfsShape struct {
	line []orb.Point
	seq  []uint32
	hash uint64
}

// lookup finds what a field names.
func lookup[T any](t *gtfsTable, column int, in *gtfsTableOf[T], file string) (int32, error) {
	b := t.raw(column)
	if !utf8.Valid(b) {
		s, err := t.text(column)
		if err != nil {
			return 0, err
		}
		b = []byte(s)
	}
	n, ok := in.find(b)
	if !ok {
		return 0, t.wrong(column, "%s is not in %s", said(b), file)
	}
	return n, nil
}

// readAgencies learns who runs what; a feed of one agency need not repeat its id.
func (f *gtfsFeed) readAgencies() error {
	if f.zip.files["agency.txt"] == nil {
		f.note("the feed holds no agency.txt: routes have no operator")
		return nil
	}
	t, err := f.table("agency.txt", "agency_name")
	if err != nil {
		return err
	}
	id, name := t.column("agency_id"), t.column("agency_name")
	for t.next() {
		key, err1 := t.text(id)
		text, err2 := t.text(name)
		if err := errors.Join(err1, err2); err != nil {
			t.reject(err)
			continue
		}
		f.agencies[key] = text
	}
	return t.end()
}

func (f *gtfsFeed) readRoutes() error {
	t, err := f.table("routes.txt", "route_id", "route_type")
	if err != nil {
		return err
	}
	id, agency, short, long, kind := t.column("route_id"), t.column("agency_id"), t.column("route_short_name"), t.column("route_long_name"), t.column("route_type")
	for t.next() {
		r := gtfsRoute{place: t.place()}
		key, err1 := t.id(id)
		var err2, err3, err4, err5 error
		r.agency, err2 = t.text(agency)
		r.short, err3 = t.text(short)
		r.long, err4 = t.text(long)
		r.kind, err5 = t.whole(kind, 9999)
		err := cmp.Or(err1, err2, err3, err4, err5)
		if err == nil {
			_, err = f.routes.add(key, r)
		}
		if err != nil {
			t.reject(err)
		}
	}
	return t.end()
}

// readStops keeps what has a place: stops and stations. Entrances, nodes and boarding areas are parts of these.
func (f *gtfsFeed) readStops() error {
	t, err := f.table("stops.txt", "stop_id", "stop_name", "stop_lat", "stop_lon")
	if err != nil {
		return err
	}
	id, code, name, lat, lon, kind, parent := t.column("stop_id"), t.column("stop_code"), t.column("stop_name"), t.column("stop_lat"), t.column("stop_lon"), t.column("location_type"), t.column("parent_station")
	parts := 0
	for t.next() {
		s := gtfsStop{place: t.place()}
		var err error
		if len(t.raw(kind)) > 0 {
			s.kind, err = t.whole(kind, 4)
		}
		if s.kind > 1 {
			parts++
			continue
		}
		key, err1 := t.id(id)
		var err2, err3, err4, err5, err6 error
		s.code, err2 = t.text(code)
		s.name, err3 = t.text(name)
		s.parent, err4 = t.text(parent)
		s.at[0], err5 = t.degrees(lon, 180)
		s.at[1], err6 = t.degrees(lat, 90)
		if err = cmp.Or(err, err1, err2, err3, err4, err5, err6); err == nil {
			_, err = f.stops.add(key, s)
		}
		if err != nil {
			t.reject(err)
		}
	}
	f.noteCount(parts, "entrances, boarding areas and other parts of stations in stops.txt are left out")
	return t.end()
}

func (f *gtfsFeed) readTrips() error {
	t, err := f.table("trips.txt", "route_id", "service_id", "trip_id")
	if err != nil {
		return err
	}
	id, route, service, direction, shape := t.column("trip_id"), t.column("route_id"), t.column("service_id"), t.column("direction_id"), t.column("shape_id")
	for t.next() {
		trip, err := f.trip(t, route, service, direction, shape)
		key, err1 := t.id(id)
		if err = cmp.Or(err, err1); err == nil {
			_, err = f.trips.add(key, trip)
		}
		if err != nil {
			t.reject(err)
			continue
		}
		f.routes.all[trip.route].trips++
	}
	return t.end()
}

func (f *gtfsFeed) trip(t *gtfsTable, route, service, direction, shape int) (trip gtfsTrip, err error) {
	trip = gtfsTrip{direction: int8(missing), shape: missing}
	if trip.route, err = lookup(t, route, &f.routes, "routes.txt"); err != nil {
		return trip, err
	}
	if trip.service, err = intern(t, service, &f.services); err != nil {
		return trip, err
	}
	if len(t.raw(direction)) > 0 {
		d, err := t.whole(direction, 1)
		if err != nil {
			return trip, err
		}
		trip.direction = int8(d)
	}
	if len(t.raw(shape)) > 0 {
		trip.shape, err = intern(t, shape, &f.shapes)
	}
	return trip, err
}

// intern gives the index of an id that may be new.
func intern[T any](t *gtfsTable, column int, in *gtfsTableOf[T]) (int32, error) {
	if n, known := in.find(t.raw(column)); known {
		return n, nil
	}
	id, err := t.id(column)
	if err != nil {
		return 0, err
	}
	if n, known := in.at[id]; known {
		return n, nil
	}
	var none T
	return in.add(id, none)
}

// readShapes keeps the points of the shapes that trips have. Their order in the file may be any.
func (f *gtfsFeed) readShapes() error {
	if f.zip.files["shapes.txt"] == nil {
		return nil
	}
	t, err := f.table("shapes.txt", "shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
	if err != nil {
		return err
	}
	id, lat, lon, seq := t.column("shape_id"), t.column("shape_pt_lat"), t.column("shape_pt_lon"), t.column("shape_pt_sequence")
	points, idle := 0, 0
	for t.next() {
		n, known := f.shapes.find(t.raw(id))
		if !known {
			idle++
			continue
		}
		var p orb.Point
		var err1, err2, err3 error
		p[0], err1 = t.degrees(lon, 180)
		p[1], err2 = t.degrees(lat, 90)
		at, err3 := t.whole(seq, 1<<31)
		s := &f.shapes.all[n]
		err := cmp.Or(err1, err2, err3)
		if err == nil && len(s.line) >= mostOfShape {
			err = fmt.Errorf("the shape has more than %d points", mostOfShape)
		}
		if err != nil {
			t.reject(err)
			continue
		}
		if points++; points > mostShapePoints {
			t.err = fmt.Errorf("line %d: the feed has more than %d points of shapes: import a part of it", t.line, mostShapePoints)
			break
		}
		s.line, s.seq = append(s.line, p), append(s.seq, at)
	}
	f.noteCount(idle, "points in shapes.txt are of shapes that no trip has")
	for i := range f.shapes.all {
		f.shapes.all[i].settle()
	}
	return t.end()
}

// settle brings the points into order and sums them up.
func (s *gtfsShape) settle() {
	if !slices.IsSorted(s.seq) {
		order := make([]int, len(s.seq))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.seq[a], s.seq[b]) })
		line := make([]orb.Point, len(order))
		for i, k := range order {
			line[i] = s.line[k]
		}
		s.line = line
	}
	s.seq = nil
	s.hash = xxhash.Sum64(appendGeometry(nil, orb.LineString(s.line)))
}

// usable tells whether the points make a line.
func (s *gtfsShape) usable() bool {
	return slices.ContainsFunc(s.line, func(p orb.Point) bool { return p != s.line[0] })
}

// eachCall visits every stop time of the feed. When it was done before, only trips that are wanted are visited.
func (f *gtfsFeed) eachCall(wanted func(trip int32) bool, visit func(trip int32, c gtfsCall)) error {
	t, err := f.table("stop_times.txt", "trip_id", "stop_id", "stop_sequence")
	if err != nil {
		return err
	}
	id, stop, seq, arrives, departs := t.column("trip_id"), t.column("stop_id"), t.column("stop_sequence"), t.column("arrival_time"), t.column("departure_time")
	for t.next() {
		trip, err := lookup(t, id, &f.trips, "trips.txt")
		if err != nil {
			t.reject(err)
			continue
		}
		if !wanted(trip) {
			continue
		}
		var c gtfsCall
		var err1, err2, err3, err4 error
		var came int32
		c.stop, err1 = lookup(t, stop, &f.stops, "stops.txt")
		c.seq, err2 = t.whole(seq, 1<<31)
		came, err3 = t.seconds(arrives)
		c.departs, err4 = t.seconds(departs)
		if err := cmp.Or(err1, err2, err3, err4); err != nil {
			t.reject(err)
			continue
		}
		if c.departs == noTime {
			c.departs = came
		}
		visit(trip, c)
	}
	return t.end()
}

// readCalls learns of each trip where it starts and ends, and a sum by which trips of the same stops are known.
func (f *gtfsFeed) readCalls(also func(trip *gtfsTrip, stop int32)) error {
	err := f.eachCall(func(int32) bool { return true }, func(n int32, c gtfsCall) {
		trip := &f.trips.all[n]
		if trip.calls == 0 || c.seq < trip.first.seq {
			trip.first = c
		}
		if trip.calls == 0 || c.seq > trip.last.seq {
			trip.last = c
		}
		trip.calls++
		trip.sum += mix(uint64(c.seq)<<32 | uint64(uint32(c.stop)))
		also(trip, c.stop)
	})
	return err
}

// mix spreads the bits of a number over all of it (the end of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
