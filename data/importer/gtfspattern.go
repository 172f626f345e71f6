package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// A gtfsWay tells trips apart: those of one way are one feature. Shapes with the same points are one shape; trips
// without one are told apart by their stops.
type gtfsWay struct {
	route     int32
	direction int8
	shape     int32 // missing: none that can be drawn
	stops     uint64
}

// A gtfsPattern is one way with its trips.
type gtfsPattern struct {
	gtfsWay
	trips []int32
	main  int32   // a trip that calls where most of its trips do
	stops []int32 // of main
}

// patterns sorts the trips by their ways, in the order of the routes.
func (f *gtfsFeed) patterns() ([]*gtfsPattern, error) {
	same := f.sameShapes()
	ways := map[gtfsWay]*gtfsPattern{}
	short := 0
	for i := range f.trips.all {
		trip := &f.trips.all[i]
		if trip.calls < 2 || trip.first.stop == trip.last.stop && trip.calls == 2 {
			short++
			continue
		}
		w := gtfsWay{route: trip.route, direction: trip.direction, shape: missing}
		if trip.shape != missing {
			w.shape = same[trip.shape]
		}
		if w.shape == missing {
			w.stops = trip.sum + uint64(trip.calls)
		}
		if ways[w] == nil {
			ways[w] = &gtfsPattern{gtfsWay: w}
		}
		ways[w].trips = append(ways[w].trips, int32(i))
	}
	f.noteCount(short, "trips call at less than two stops and are left out")
	all := make([]*gtfsPattern, 0, len(ways))
	for _, p := range ways {
		p.main = f.mainTrip(p)
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *gtfsPattern) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.direction, b.direction), cmp.Compare(a.trips[0], b.trips[0]))
	})
	if err := f.readStopsOf(all); err != nil {
		return nil, err
	}
	return f.mergeShapeless(all), nil
}

// sameShapes gives for each shape the first one with the same points, or missing when it is no line.
func (f *gtfsFeed) sameShapes() []int32 {
	same, first := make([]int32, len(f.shapes.all)), map[uint64]int32{}
	for i := range f.shapes.all {
		s := &f.shapes.all[i]
		if same[i] = missing; !s.usable() {
			continue
		}
		n, known := first[s.hash]
		if !known {
			n, first[s.hash] = int32(i), int32(i)
		}
		same[i] = n
	}
	return same
}

// mainTrip is the first of those trips that share their stops with most others; of as many, those that call most often.
func (f *gtfsFeed) mainTrip(p *gtfsPattern) int32 {
	type variant struct {
		first, trips int32
		calls        uint32
	}
	variants := map[uint64]variant{}
	for _, n := range p.trips {
		trip := &f.trips.all[n]
		v, known := variants[trip.sum]
		if !known {
			v = variant{first: n, calls: trip.calls}
		}
		v.trips++
		variants[trip.sum] = v
	}
	best := variant{first: missing}
	for _, v := range variants {
		if best.first == missing || cmp.Or(cmp.Compare(v.trips, best.trips), cmp.Compare(v.calls, best.calls), cmp.Compare(best.first, v.first)) > 0 {
			best = v
		}
	}
	return best.first
}

// readStopsOf reads the stops of the main trips: a second time through the stop times.
func (f *gtfsFeed) readStopsOf(all []*gtfsPattern) error {
	calls := map[int32][]gtfsCall{}
	for _, p := range all {
		calls[p.main] = make([]gtfsCall, 0, f.trips.all[p.main].calls)
	}
	err := f.eachCall(func(trip int32) bool { return calls[trip] != nil }, func(trip int32, c gtfsCall) { calls[trip] = append(calls[trip], c) })
	twice := 0
	for _, p := range all {
		mine := calls[p.main]
		slices.SortStableFunc(mine, func(a, b gtfsCall) int { return cmp.Compare(a.seq, b.seq) })
		for i, c := range mine {
			if i > 0 && c.seq == mine[i-1].seq {
				twice++
			}
			p.stops = append(p.stops, c.stop)
		}
	}
	f.noteCount(twice, "stop times have the stop_sequence of another one of their trip: they count in the order of the file")
	return err
}

// mergeShapeless unites patterns without shape whose stops are the same, whatever their numbers are.
func (f *gtfsFeed) mergeShapeless(all []*gtfsPattern) []*gtfsPattern {
	known := map[gtfsWay]*gtfsPattern{}
	straight := 0
	out := slices.DeleteFunc(all, func(p *gtfsPattern) bool {
		if p.shape != missing {
			return false
		}
		p.gtfsWay.stops = xxhash.Sum64String(strings.Join(f.stopIDs(p), "\x00"))
		if first := known[p.gtfsWay]; first != nil {
			first.trips = append(first.trips, p.trips...)
			return true
		}
		known[p.gtfsWay] = p
		straight++
		return false
	})
	f.noteCount(straight, "lines have no shape in the feed: they run straight from stop to stop")
	return out
}

func (f *gtfsFeed) stopIDs(p *gtfsPattern) []string {
	ids := make([]string, len(p.stops))
	for i, n := range p.stops {
		ids[i] = f.stops.ids[n]
	}
	return ids
}
