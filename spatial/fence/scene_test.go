package fence_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// Places in the tests are metres east and north of a crossing in Nanjing.
const (
	originLon, originLat = 118.79, 32.06
	perLon, perLat       = 94_431.1, 110_887.9 // metres of a degree there
)

func xy(x, y float64) orb.Point { return orb.Point{originLon + x/perLon, originLat + y/perLat} }

func square(x0, y0, x1, y1 float64) orb.Polygon {
	return orb.Polygon{{xy(x0, y0), xy(x1, y0), xy(x1, y1), xy(x0, y1), xy(x0, y0)}}
}

func line(xys ...float64) orb.LineString {
	var l orb.LineString
	for i := 0; i < len(xys); i += 2 {
		l = append(l, xy(xys[i], xys[i+1]))
	}
	return l
}

// The clock of the tests begins on a Thursday, at eight in the morning in Nanjing.
var begin = spatial.InstantOf(time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC))

func second(s float64) spatial.Instant { return begin + spatial.Instant(math.Round(s*1000)) }

// A scene runs a script against an engine. A line of the script is a second and what happens then:
//
//	5 car 10,20 [v=12] [h=30] [σ=8] [as=bus] [gap]   the unit has a fix there
//	5 put gate    5 remove gate    5 lost car    5 forget car    5 advance
type scene struct {
	t      testing.TB
	e      *fence.Engine
	fences map[string]*fence.Fence
	units  []string
	places map[fence.Handle]orb.Point
	now    float64
	events []fence.Event
}

func newScene(t testing.TB, fences ...*fence.Fence) *scene {
	s := &scene{t: t, fences: map[string]*fence.Fence{}, places: map[fence.Handle]orb.Point{}}
	s.e = fence.NewEngine(s.near)
	for _, f := range fences {
		s.fences[f.ID] = f
	}
	return s
}

func (s *scene) near(center orb.Point, meters float64, visit func(fence.Handle, orb.Point, spatial.Class)) {
	for h, p := range s.places {
		if math.Hypot((p[0]-center[0])*perLon, (p[1]-center[1])*perLat) <= meters*1.01 {
			visit(h, p, spatial.Vehicle)
		}
	}
}

func (s *scene) handle(id string) fence.Handle {
	i := slices.Index(s.units, id)
	if i < 0 {
		i = len(s.units)
		s.units = append(s.units, id)
	}
	return fence.Handle(i)
}

func (s *scene) run(script ...string) []string {
	s.t.Helper()
	s.events = nil
	for _, l := range script {
		words := strings.Fields(l)
		var err error
		if s.now, err = strconv.ParseFloat(words[0], 64); err != nil {
			s.t.Fatalf("%q: %v", l, err)
		}
		now := second(s.now)
		switch words[1] {
		case "put":
			if s.events, err = s.e.Put(s.fences[words[2]], now, s.events); err != nil {
				s.t.Fatalf("%q: %v", l, err)
			}
		case "remove":
			s.events = s.e.Remove(words[2], now, fence.Removed, s.events)
		case "lost":
			s.events = s.e.Lost(s.handle(words[2]), now, s.events)
		case "forget":
			s.events = s.e.Forget(s.handle(words[2]), now, fence.HasExpired, s.events)
			delete(s.places, s.handle(words[2]))
		case "advance":
			s.events = s.e.Advance(now, s.events)
		default:
			s.move(words, now)
		}
	}
	return s.told()
}

func (s *scene) move(words []string, now spatial.Instant) {
	nan := float32(math.NaN())
	m := fence.Move{Unit: s.handle(words[1]), ID: words[1], Class: spatial.Vehicle, Time: now, Altitude: nan, Speed: nan}
	var x, y float64
	if _, err := fmt.Sscanf(words[2], "%g,%g", &x, &y); err != nil {
		s.t.Fatalf("%q: %v", words, err)
	}
	m.To = xy(x, y)
	for _, w := range words[3:] {
		name, value, _ := strings.Cut(w, "=")
		v, _ := strconv.ParseFloat(value, 32)
		switch name {
		case "v":
			m.Speed = float32(v)
		case "h":
			m.Altitude = float32(v)
		case "σ":
			m.Accuracy = float32(v)
		case "gap":
			m.Gap = true
		case "as":
			m.Class, _ = spatial.ParseClass(value)
		default:
			s.t.Fatalf("%q: what is %q?", words, w)
		}
	}
	s.places[m.Unit] = m.To
	s.events = s.e.Move(m, s.events)
}

// told writes the events as sentences: "5 enter depot car", "65 dwell depot car (time_passed) for 1m0s".
func (s *scene) told() []string {
	out := []string{}
	for _, ev := range s.events {
		l := fmt.Sprintf("%g %v %s", math.Round(float64(ev.Time-begin)/100)/10, ev.Kind, ev.Fence.ID)
		if ev.Unit != fence.NoUnit {
			l += " " + s.units[ev.Unit]
		}
		if ev.Other != fence.NoUnit {
			l += " to " + s.units[ev.Other]
		}
		if ev.Side != fence.EitherSide {
			l += " " + ev.Side.String()
		}
		if ev.Reason != fence.Moved {
			l += fmt.Sprintf(" (%v)", ev.Reason)
		}
		if ev.Possible {
			l += " possible"
		}
		if ev.For != 0 {
			l += fmt.Sprintf(" for %v", ev.For.Round(100*time.Millisecond))
		}
		if ev.Value != 0 {
			l += fmt.Sprintf(" value %.0f", ev.Value)
		}
		out = append(out, l)
	}
	return out
}

type story struct {
	name   string
	fences []*fence.Fence // the first is put at the beginning when the script puts none
	script []string
	want   []string
}

func tellStories(t *testing.T, stories []story) {
	t.Helper()
	for _, st := range stories {
		t.Run(st.name, func(t *testing.T) {
			s := newScene(t, st.fences...)
			script := st.script
			if !strings.Contains(strings.Join(script, "\n"), " put ") {
				for i, f := range st.fences {
					script = slices.Insert(slices.Clone(script), i, "0 put "+f.ID)
				}
			}
			if got := s.run(script...); !slices.Equal(got, append([]string{}, st.want...)) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(st.want, "\n\t"))
			}
		})
	}
}

func contains(s, part string) bool { return strings.Contains(s, part) }

func box(west, south, east, north float64) orb.Polygon {
	return orb.Polygon{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}
}

func bowOpen() orb.Polygon {
	p := square(0, 0, 100, 100)
	p[0] = p[0][:4]
	return p
}
