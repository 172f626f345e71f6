package fence_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A car at 50 km/h with a fix every 5 to 60 seconds goes straight through a circle of 100 m, anywhere. Looking only at
// the fixes misses 0.1, 22, 61 and 80 percent of the crossings.
func TestNoCrossingIsMissed(t *testing.T) {
	const speed = 50 / 3.6
	var twenty orb.Ring
	for i := range 21 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%20) / 20)
		twenty = append(twenty, xy(100*cos, 100*sin))
	}
	for name, f := range map[string]*fence.Fence{
		"circle": {ID: "f", Area: xy(0, 0), Radius: 100}, "polygon": {ID: "f", Area: orb.Polygon{twenty}},
		"corridor": {ID: "f", Area: line(-0.01, 0, 0.01, 0), Radius: 100},
	} {
		for _, every := range []float64{5, 15, 30, 60} {
			e := fence.NewEngine(nil)
			if _, err := e.Put(f, begin, nil); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(uint64(every), 50))
			missed, seen, drives := 0, 0, 1000
			for u := range drives {
				sin, cos := math.Sincos(2 * math.Pi * r.Float64())
				miss := 98.5 * (2*r.Float64() - 1) // how far from the middle it passes
				start := -300 - every*speed*r.Float64()
				events := 0
				for s := 0.0; start+(s-every)*speed < 300; s += every {
					d := start + s*speed
					for _, ev := range e.Move(fence.Move{
						Unit: fence.Handle(u), ID: fmt.Sprint(u), Class: spatial.Vehicle, Time: second(s), To: xy(d*cos-miss*sin, d*sin+miss*cos),
						Speed: speed,
					}, nil) {
						if ev.Kind == fence.Enter || ev.Kind == fence.Cross {
							events++
							checkTime(t, name, ev, start, speed, math.Sqrt(100*100-miss*miss), every)
						}
					}
				}
				seen += min(events, 1)
				if events != 1 {
					missed++
				}
			}
			t.Logf("%s, a fix every %v s: %d of %d crossings told", name, every, seen, drives)
			if missed > 0 {
				t.Errorf("%s, a fix every %v s: %d of %d crossings were not told once", name, every, missed, drives)
			}
		}
	}
}

// checkTime holds the time of a crossing against when the car came to the border, half a chord before the middle.
func checkTime(t *testing.T, name string, ev fence.Event, start, speed, half, every float64) {
	t.Helper()
	came := second((-half - start) / speed)
	late := ev.Time.Sub(came)
	if ev.Kind == fence.Cross && math.Abs(late.Seconds()) > 0.8 { // the polygon lies inside of the circle
		t.Errorf("%s: crossed at %v, want %v", name, ev.Time.Time(), came.Time())
	}
	if ev.Kind == fence.Enter && (late < 0 || late > 2*time.Duration(every*float64(time.Second))) {
		t.Errorf("%s: entered at %v, %v after it came to the border", name, ev.Time.Time(), late)
	}
}

// What Tile38 1.37 was seen to do wrong. Its fifth fault, late fixes that move a unit back, is not one of fences.
func TestFaultsOfTile38(t *testing.T) {
	roam := &fence.Fence{ID: "roam", Around: "a", Radius: 1000}
	tellStories(t, []story{
		{
			name: "a unit 1334.9 m away, diagonally, is not nearer than 1000 m", fences: []*fence.Fence{roam},
			script: []string{"0 a 0,0", "5 b 943.9,943.9", "10 b 943.9,943.9", "15 a 0,0"}, want: nil,
		},
		{
			name: "a fence that is made over a unit tells it", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "5 put yard"}, want: []string{"5 enter yard car (created)"},
		},
		{
			name: "a unit that expires leaves, with the reason", fences: []*fence.Fence{yard()},
			script: []string{"0 car 50,50", "300 forget car"},
			want:   []string{"0 enter yard car", "300 exit yard car (expired) for 5m0s"},
		},
		{
			name: "four jitters of 1 m over an edge are nothing", fences: []*fence.Fence{yard()},
			script: []string{"0 car 100,-0.5", "1 car 100,0.5", "2 car 100,-0.5", "3 car 100,0.5", "4 car 100,-0.5"}, want: nil,
		},
	})
}

// Over 300 km in one step: as many circles are crossed as the line meets.
func TestLongWays(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	e := fence.NewEngine(nil)
	var fences []*fence.Fence
	for i := range 400 {
		f := &fence.Fence{ID: fmt.Sprintf("f%03d", i), Area: orb.Point{118 + 3*r.Float64(), 31 + 3*r.Float64()}, Radius: 20 * math.Pow(300, r.Float64())}
		fences = append(fences, f)
		if _, err := e.Put(f, begin, nil); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for u := range 60 {
		a, b := orb.Point{118 + 3*r.Float64(), 31 + 3*r.Float64()}, orb.Point{118 + 3*r.Float64(), 31 + 3*r.Float64()}
		move := fence.Move{Unit: fence.Handle(u), ID: "u", Time: begin, To: a}
		e.Move(move, nil)
		move.To, move.Time, move.Gap = b, begin.Add(time.Hour), true
		got := map[string]bool{}
		for _, ev := range e.Move(move, nil) {
			if ev.Kind == fence.Cross && ev.Possible {
				got[ev.Fence.ID] = true
			}
		}
		for _, f := range fences {
			if want := len(meetings(f, a, b)) == 2; want != got[f.ID] {
				t.Errorf("way %d crosses %s: %v, want %v", u, f.ID, got[f.ID], want)
			}
		}
		total += len(got)
	}
	if total < 100 {
		t.Errorf("only %d crossings", total)
	}
}

func TestOverTheAntimeridianIsAJump(t *testing.T) {
	e := fence.NewEngine(nil)
	if _, err := e.Put(&fence.Fence{ID: "f", Area: box(-10, -1, 10, 1)}, begin, nil); err != nil {
		t.Fatal(err)
	}
	e.Move(fence.Move{ID: "ship", Time: begin, To: orb.Point{179.9, 0}}, nil)
	if got := e.Move(fence.Move{ID: "ship", Time: begin.Add(time.Hour), To: orb.Point{-179.9, 0}}, nil); len(got) > 0 {
		t.Errorf("a ship went around the world: %v", got)
	}
}
