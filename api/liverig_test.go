package api_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// began is the time of the city when a test begins.
var began = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// A city is a real picture behind a tracker that makes nothing durable, at a time that only the test moves.
type city struct {
	t       testing.TB
	picture *live.Picture
	recent  *live.Recent
	roads   *road.Graph

	mu       sync.Mutex // guards all below, and is the picture's only writer
	now      time.Time
	batches  []int // sizes of what was submitted
	broken   error // what Submit answers
	reports  []live.Report
	verdicts []live.Verdict
	closed   map[string]api.Closure
}

// newLiveRig is a rig with a city.
func newLiveRig(t testing.TB, change ...func(*api.Config)) (*rig, *city) {
	t.Helper()
	y := &city{t: t, picture: live.NewPicture(live.Options{}), recent: live.NewRecent(1 << 12), now: began, closed: map[string]api.Closure{}}
	config := func(c *api.Config) {
		c.Live = &api.Live{
			Picture: y.picture, Submit: y.submit, SetState: y.setState, Track: y.track, Alerts: y.recent,
			Roads: func() *road.Graph { return y.roads }, Closures: closures{y}, Clock: y.clock,
			TileFields: map[string]string{"id": "text"},
		}
	}
	return newRig(t, append([]func(*api.Config){config}, change...)...), y
}

func (y *city) clock() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now
}

// pass lets time go by.
func (y *city) pass(d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.now = y.now.Add(d)
	y.recent.Add(y.picture.Advance(spatial.InstantOf(y.now), nil))
}

func (y *city) submit(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.batches = append(y.batches, len(rs))
	if y.broken != nil {
		return nil, y.broken
	}
	verdicts, events := y.picture.Report(spatial.InstantOf(y.now), rs, nil, nil)
	y.recent.Add(events)
	y.reports, y.verdicts = append(y.reports, rs...), append(y.verdicts, verdicts...)
	return verdicts, nil
}

func (y *city) setState(_ context.Context, unit string, s live.State) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.picture.SetState(unit, s, spatial.InstantOf(y.now))
}

func (y *city) track(_ context.Context, unit string, from, to time.Time, visit api.TrackVisit) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	for i, r := range y.reports {
		if at := r.Fix.Time(); r.Device != unit || at.Before(from) || !at.Before(to) {
			continue
		}
		if err := visit(r, y.verdicts[i]); err != nil {
			return err
		}
	}
	return nil
}

// register puts units that are free and have not reported yet.
func (y *city) register(us ...live.Unit) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, u := range us {
		if u.Class == 0 {
			u.Class = spatial.Vehicle
		}
		if u.State == live.StateUnknown {
			u.State = live.Available
		}
		if u.Name == "" {
			u.Name = "car " + u.ID
		}
		y.recent.Add(y.picture.PutUnit(u, spatial.InstantOf(y.now), nil))
	}
}

// place registers a unit and has it report from a place now.
func (y *city) place(u live.Unit, at orb.Point) {
	y.t.Helper()
	y.register(u)
	y.move(u.ID, at)
}

// move has a unit report from a place now.
func (y *city) move(id string, at orb.Point) {
	y.t.Helper()
	verdicts, err := y.submit(context.Background(), []live.Report{y.report(id, at)})
	if err != nil || verdicts[0] != live.Accepted {
		y.t.Fatalf("%s at %v: %v, %v", id, at, verdicts, err)
	}
}

func (y *city) report(id string, at orb.Point) live.Report {
	return live.Report{
		Device: id, Fix: spatial.InstantOf(y.clock()), Point: at, Accuracy: 5, Source: live.BeiDou,
		Speed: nan, Course: nan, Altitude: nan, Battery: nan,
	}
}

// fence puts a fence.
func (y *city) fence(f *fence.Fence) {
	y.t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	events, err := y.picture.PutFence(f, spatial.InstantOf(y.now), nil)
	if err != nil {
		y.t.Fatal(err)
	}
	y.recent.Add(events)
}

// closures close on the city's roads.
type closures struct{ *city }

func (y closures) Closure(_ context.Context, id string) (api.Closure, bool, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if _, known := y.roads.Speeds(id); !known {
		return api.Closure{}, false, fmt.Errorf("road %s: %w", id, road.ErrUnknown)
	}
	c, closed := y.closed[id]
	return c, closed, nil
}

func (y closures) Close(_ context.Context, id string, c api.Closure) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	var way road.Direction
	if c.Forward {
		way |= road.Forward
	}
	if c.Backward {
		way |= road.Backward
	}
	err := y.roads.Reopen(id, road.Both)
	if err == nil {
		err = y.roads.Close(id, way)
	}
	if err == nil {
		y.closed[id] = c
	}
	return err
}

func (y closures) Open(_ context.Context, id string) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	delete(y.closed, id)
	return y.roads.Reopen(id, road.Both)
}

var errDisk = errors.New("no space left on device")

var nan = func() float32 { var zero float32; return zero / zero }()

// center is the middle of the city; a thousandth of a degree is some 100 m there.
var center = orb.Point{105.72, 34.58}

// off is a place some thousandths of a degree from the center.
func off(east, north float64) orb.Point {
	return orb.Point{center[0] + east/1000, center[1] + north/1000}
}

// block is the square between two corners, in thousandths of a degree from the center.
func block(west, south, east, north float64) orb.Polygon {
	return orb.Polygon{{off(west, south), off(east, south), off(east, north), off(west, north), off(west, south)}}
}
