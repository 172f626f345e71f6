package road_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/road"
	"github.com/wardmap/wardmap/spatial/shape"
)

// Whatever the coordinates and speeds are, a graph is built, and answers in numbers.
func FuzzBuild(f *testing.F) {
	f.Add([]byte{0, 4, 0, 0, 9, 0, 9, 9, 0, 0, 5, 5, 4, 9, 9, 0, 9, 1, 1, 9, 9, 3, 0})
	f.Add([]byte{1, 2, 0x40, 0x5a, 0, 0, 0, 0, 0, 0, 0x40, 0x41, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{2, 3, 0, 1, 200, 1, 100, 100, 50, 60, 2, 1, 1, 0, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		all, o := segmentsOf(data)
		g := build(all, o)
		var places []road.Place
		for _, s := range all {
			for _, p := range s.Line {
				if spatial.CheckGeometry(p) != nil {
					continue
				}
				if place, ok := g.Snap(p, 0); ok {
					places = append(places, g.Kerb(place))
				}
			}
		}
		places = append(places[:min(len(places), 8)], road.Place{})
		for _, to := range places {
			for _, a := range g.Nearest(to, places, 3, 0) {
				if a.Duration < 0 || math.IsNaN(a.Meters) || a.Meters < 0 {
					t.Fatalf("arrival %+v", a)
				}
			}
			if path, ok := g.Route(places[0], to); ok && (path.Duration < 0 || spatial.CheckGeometry(path.Line) != nil) {
				t.Fatalf("path %+v", path)
			}
		}
		areas, stretches := g.Reach(places[0], time.Minute, time.Hour)
		for _, s := range stretches {
			if s.End < s.Start || spatial.CheckGeometry(s.Line) != nil {
				t.Fatalf("stretch %+v", s)
			}
		}
		for _, a := range areas {
			if err := shape.Valid(a.Outline); len(a.Outline) > 0 && err != nil {
				t.Fatalf("outline of %v: %v", a.Limit, err)
			}
		}
		g.Exits(places[0], time.Minute)
		for _, outer := range []time.Duration{time.Minute, time.Hour} {
			if from := places[0]; from.OnRoad() && !g.Sealed(from, g.Posts(from, outer/3, outer), outer) {
				t.Fatalf("from %+v to %v it leaks", from, outer)
			}
		}
	})
}

// segmentsOf reads small steps, where much meets, or any numbers at all.
func segmentsOf(data []byte) ([]road.Segment, road.Options) {
	var o road.Options
	if len(data) == 0 {
		return nil, o
	}
	mode := data[0]
	o.UTurns = road.UTurns(mode >> 1 & 1)
	data = data[1:]
	next := func() float64 {
		switch {
		case mode&1 == 1 && len(data) >= 8:
			v := math.Float64frombits(binary.BigEndian.Uint64(data))
			data = data[8:]
			return v
		case len(data) > 0:
			v := float64(data[0])
			data = data[1:]
			return v / 4000
		}
		return 0
	}
	var all []road.Segment
	for len(data) > 3 && len(all) < 30 {
		s := road.Segment{ID: string('a' + rune(len(all)%7)), Level: int(data[0]>>4) % 3}
		for n := data[0]&7 + 1; n > 0; n-- {
			s.Line = append(s.Line, orb.Point{next(), next()})
		}
		s.Forward, s.Backward = next()*1000, next()*1000
		if len(all) > 0 {
			o.Restrictions = append(o.Restrictions, road.Restriction{From: all[0].ID, Via: s.Line[0], To: s.ID, Only: len(all)%2 == 0})
		}
		all = append(all, s)
	}
	return all, o
}
