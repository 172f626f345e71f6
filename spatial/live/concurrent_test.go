package live_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// TestManyReadWhileOneWrites is for the race detector; it also sees that what is read belongs together.
func TestManyReadWhileOneWrites(t *testing.T) {
	p := live.NewPicture(live.Options{Limits: map[spatial.Class]live.Limits{spatial.Vehicle: {Reorder: 3 * time.Second}}})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 4 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(81, uint64(i)))
			wall := mirror{units: map[string]live.Moved{}}
			for {
				select {
				case <-done:
					return
				default:
					ask(t, p, r, &wall)
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(82, 0))
	for step := range 3000 {
		stir(r, p, noon.Add(time.Duration(step)*200*time.Millisecond), nil)
	}
	close(done)
	readers.Wait()
}

// ask puts every question once.
func ask(t *testing.T, p *live.Picture, r *rand.Rand, wall *mirror) {
	before := wall.version
	wall.follow(p)
	if wall.version < before {
		t.Errorf("version %d came after %d", wall.version, before)
	}
	near := p.Nearest(live.Search{Point: east(r.NormFloat64() * 300), K: 5, Filter: randomFilter(r)})
	for i := 1; i < len(near); i++ {
		if near[i].Meters < near[i-1].Meters {
			t.Errorf("%s is nearer than %s before it", near[i].Unit.ID, near[i-1].Unit.ID)
		}
	}
	p.Within(orb.Bound{Min: east(-500), Max: orb.Point{105.71, 34.59}}, randomFilter(r), func(s live.Sight) bool { return s.Known })
	p.Containing(east(0), 0, noon.Time(), func(*fence.Fence) bool { return true })
	p.Fences(func(f *fence.Fence) bool { return f.ID != "" })
	p.Units(func(s live.Sight) bool { return s.Unit.ID != "" })
	p.Unit("u3")
	p.Speaks("s3")
	p.Intern([]byte("s4"))
	p.Explain("u3", live.Filter{})
	p.Fence("f/1")
	p.Occupants("f/1")
	if c := p.Counts(); c.Seq > p.Seq() || c.Fences < 0 || p.FenceCount() < 0 || p.Due() < 0 || p.Now() < 0 {
		t.Errorf("counted %+v", c)
	}
	if r.IntN(20) > 0 {
		return
	}
	var state bytes.Buffer
	if err := p.WriteState(io.Writer(&state)); err != nil {
		t.Error(err)
	}
	if err := live.NewPicture(live.Options{}).ReadState(&state); err != nil {
		t.Error(err)
	}
}
