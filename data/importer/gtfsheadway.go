package importer

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

var errTooManyDates = fmt.Errorf("it has more than %d rows: import a part of the feed", mostDates)

// A gtfsWindow is a row of frequencies.txt: from one time of the service day to another a bus leaves every so often.
type gtfsWindow struct{ from, to, every int32 } // seconds

// readFrequencies reads the windows of the trips that have some: their stop times are only a pattern.
func (f *gtfsFeed) readFrequencies() (map[int32][]gtfsWindow, error) {
	out := map[int32][]gtfsWindow{}
	if f.zip.files["frequencies.txt"] == nil {
		return out, nil
	}
	t, err := f.table("frequencies.txt", "trip_id", "start_time", "end_time", "headway_secs")
	if err != nil {
		return nil, err
	}
	id, from, to, every := t.column("trip_id"), t.column("start_time"), t.column("end_time"), t.column("headway_secs")
	for n := 0; t.next(); n++ {
		trip, err1 := lookup(t, id, &f.trips, "trips.txt")
		var w gtfsWindow
		var err2, err3 error
		w.from, err2 = t.seconds(from)
		w.to, err3 = t.seconds(to)
		gap, err4 := t.whole(every, 86400)
		err := cmp.Or(err1, err2, err3, err4)
		switch w.every = int32(gap); {
		case err != nil:
		case w.every == 0:
			err = t.wrong(every, "0 seconds between two departures")
		case w.from == noTime || w.to <= w.from:
			err = t.wrong(to, "the window ends before it begins")
		}
		if err != nil {
			t.reject(err)
			continue
		}
		if n >= mostFrequencies {
			t.err = fmt.Errorf("it has more than %d rows: import a part of the feed", mostFrequencies)
			break
		}
		out[trip] = append(out[trip], w)
	}
	return out, t.end()
}

// headway is the median time between two departures of a pattern, on the day on which most of it runs; 0 when it cannot
// be told. Seconds.
func (f *gtfsFeed) headway(p *gtfsPattern, windows map[int32][]gtfsWindow, calendars bool) float64 {
	runs := func(int32) bool { return true }
	if calendars {
		day, known := f.busiest(p, windows)
		if !known {
			return 0
		}
		runs = func(trip int32) bool { return f.services.all[f.trips.all[trip].service].runs(day) }
	}
	start := f.trips.all[p.main].first.stop
	var departs []int32
	var open []gtfsWindow
	for _, n := range p.trips {
		switch trip := &f.trips.all[n]; {
		case !runs(n):
		case len(windows[n]) > 0:
			open = append(open, windows[n]...)
		case trip.first.stop == start && trip.first.departs != noTime:
			departs = append(departs, trip.first.departs)
		}
	}
	return medianHeadway(departs, open)
}

// busiest is the first of the days on which most trips of a pattern leave.
func (f *gtfsFeed) busiest(p *gtfsPattern, windows map[int32][]gtfsWindow) (day int32, known bool) {
	weights := map[int32]float64{}
	for _, n := range p.trips {
		weight := 1.0
		if ws := windows[n]; len(ws) > 0 {
			weight = 0
			for _, w := range ws {
				weight += float64(w.to-w.from) / float64(w.every)
			}
		}
		weights[f.trips.all[n].service] += weight
	}
	var days []int32
	services := slices.Sorted(maps.Keys(weights))
	for _, s := range services {
		days = f.services.all[s].candidates(days)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	most := 0.0
	for _, d := range days[:min(len(days), 1000)] {
		sum := 0.0
		for _, s := range services {
			if f.services.all[s].runs(d) {
				sum += weights[s]
			}
		}
		if sum > most {
			day, most, known = d, sum, true
		}
	}
	return day, known
}

// A gap is a time between two departures, and how often it comes. Seconds.
type gap struct{ seconds, times float64 }

// medianHeadway is the median time between two departures: of those of the timetable, and of windows in which one comes
// every so often. Windows that overlap let buses come as often as all of them together. What is there twice, a departure
// or a window, counts once. 0 when there are not two departures.
func medianHeadway(departs []int32, open []gtfsWindow) float64 {
	slices.Sort(departs)
	departs = slices.Compact(departs)
	gaps := gapsOf(open)
	for i := 1; i < len(departs); i++ {
		gaps = append(gaps, gap{float64(departs[i] - departs[i-1]), 1})
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(a.seconds, b.seconds) })
	total, sum := 0.0, 0.0
	for _, g := range gaps {
		total += g.times
	}
	for _, g := range gaps {
		if sum += g.times; sum >= total/2 {
			return g.seconds
		}
	}
	return 0
}

// gapsOf goes through the windows by time, adding up how many buses come in a second.
func gapsOf(open []gtfsWindow) (gaps []gap) {
	type edge struct {
		at   int32
		rate float64
		open int
	}
	var edges []edge
	slices.SortFunc(open, func(a, b gtfsWindow) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.every, b.every))
	})
	for _, w := range slices.Compact(open) {
		rate := 1 / float64(w.every)
		edges = append(edges, edge{w.from, rate, 1}, edge{w.to, -rate, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rate, b.rate)) })
	rate, n := 0.0, 0
	for i, e := range edges {
		if n > 0 && e.at > edges[i-1].at {
			gaps = append(gaps, gap{math.Round(1 / rate), float64(e.at-edges[i-1].at) * rate})
		}
		rate += e.rate
		if n += e.open; n == 0 {
			rate = 0 // exactly, whatever was lost by adding
		}
	}
	return gaps
}
