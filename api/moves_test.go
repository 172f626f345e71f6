package api_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A mark is what a wall draws for a unit.
type mark struct {
	id, name      string
	class         spatial.Class
	state         live.State
	freshness     live.Freshness
	emergency     bool
	lon, lat      int32
	course, speed uint16
	fix           int64
}

// A screen draws what frames say, strictly: whatever does not fit is an error.
type screen struct {
	version uint64
	time    int64
	marks   map[uint32]mark
}

type bytesLeft struct{ data []byte }

func (c *bytesLeft) take(n int) []byte {
	if n > len(c.data) {
		panic(fmt.Sprintf("%d bytes are wanted, %d are left", n, len(c.data)))
	}
	part := c.data[:n]
	c.data = c.data[n:]
	return part
}
func (c *bytesLeft) u8() byte    { return c.take(1)[0] }
func (c *bytesLeft) u16() uint16 { return binary.LittleEndian.Uint16(c.take(2)) }
func (c *bytesLeft) u32() uint32 { return binary.LittleEndian.Uint32(c.take(4)) }
func (c *bytesLeft) u64() uint64 { return binary.LittleEndian.Uint64(c.take(8)) }

// show takes a frame and says how many records it has.
func (s *screen) show(frame []byte) (records int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	c := &bytesLeft{frame}
	if magic := string(c.take(4)); magic != "WML1" {
		return 0, fmt.Errorf("it begins with %q", magic)
	}
	switch kind := c.u8(); {
	case kind == 1:
		s.marks = map[uint32]mark{}
	case kind != 2 || s.marks == nil:
		return 0, fmt.Errorf("a frame of type %d", kind)
	}
	version := c.u64()
	if version < s.version {
		return 0, fmt.Errorf("version %d after %d", version, s.version)
	}
	s.version, s.time = version, int64(c.u64())
	count := c.u32()
	for range count {
		if err := s.record(c); err != nil {
			return 0, err
		}
	}
	if len(c.data) > 0 {
		return 0, fmt.Errorf("%d bytes too many", len(c.data))
	}
	return int(count), nil
}

func (s *screen) record(c *bytesLeft) error {
	handle := c.u32()
	m := mark{class: spatial.Class(c.u8()), state: live.State(c.u8()), freshness: live.Freshness(c.u8())}
	flags := c.u8()
	m.lon, m.lat, m.course, m.speed, m.fix = int32(c.u32()), int32(c.u32()), c.u16(), c.u16(), int64(c.u64())
	m.emergency = flags&2 != 0
	old, known := s.marks[handle]
	m.id, m.name = old.id, old.name
	if flags&4 != 0 {
		m.id, m.name = string(c.take(int(c.u8()))), string(c.take(int(c.u8())))
	} else if !known {
		return fmt.Errorf("handle %d comes without a name", handle)
	}
	if s.marks[handle] = m; flags&1 != 0 {
		delete(s.marks, handle)
	}
	return nil
}

// drawn is what a picture says a wall should draw.
func (y *city) drawn(classes spatial.ClassSet) map[string]mark {
	out := map[string]mark{}
	y.picture.Units(func(v live.Sight) bool {
		if !v.Known || !classes.Has(v.Unit.Class) {
			return true
		}
		out[v.Unit.ID] = mark{
			id: v.Unit.ID, name: v.Unit.Name, class: v.Unit.Class, state: v.Unit.State, freshness: v.Freshness,
			emergency: v.Flags&live.EmergencyFlag != 0, lon: int32(math.Round(v.Point[0] * 1e7)), lat: int32(math.Round(v.Point[1] * 1e7)),
			course: tenths(v.Course), speed: tenths(v.Speed), fix: int64(v.Fix),
		}
		return true
	})
	return out
}

func tenths(v float32) uint16 {
	if v != v {
		return 65535
	}
	return uint16(math.Round(float64(v) * 10))
}

func (s *screen) byID() map[string]mark {
	out := map[string]mark{}
	for _, m := range s.marks {
		out[m.id] = m
	}
	return out
}

// watchUntil shows frames until the screen has the picture's newest version.
func watchUntil(t *testing.T, y *city, ws *websocket.Conn, s *screen) (frames, records int) {
	t.Helper()
	newest := y.picture.Changes(math.MaxUint64-1, func(live.Moved) bool { return false })
	for s.marks == nil || s.version < newest {
		kind, frame := hear(t, ws)
		n, err := s.show(frame)
		if err != nil || kind != websocket.MessageBinary {
			t.Fatalf("a frame of %d bytes: %v", len(frame), err)
		}
		frames, records = frames+1, records+n
	}
	return frames, records
}

// TestLive: after every round of moves, states, emergencies, arrivals and departures, a wall draws the picture.
func TestLive(t *testing.T) {
	const seed = 21
	rng := rand.New(rand.NewPCG(seed, seed))
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 50 * time.Millisecond }) // versions without news come, too
	classes := []spatial.Class{spatial.Officer, spatial.Vehicle, spatial.Bus, spatial.Camera}
	sets := map[string]spatial.ClassSet{"/live?rate=20": 0, "/live?rate=20&classes=officer,bus": spatial.ClassesOf(spatial.Officer, spatial.Bus)}
	sockets, screens := map[string]*websocket.Conn{}, map[string]*screen{}
	for path := range sets {
		sockets[path], screens[path] = dial(t, r, path), &screen{}
	}
	for round := range 25 {
		y.pass(time.Duration(rng.IntN(40)) * time.Second)
		for range 30 {
			id := fmt.Sprintf("u%02d", rng.IntN(60))
			switch rng.IntN(8) {
			case 0:
				y.register(live.Unit{ID: id, Class: classes[rng.IntN(4)], Home: off(1, 1), Name: "名" + id})
			case 1:
				y.mu.Lock()
				y.recent.Add(y.picture.RemoveUnit(id, spatial.InstantOf(y.now), nil))
				y.mu.Unlock()
			case 2:
				_ = y.setState(t.Context(), id, live.State(rng.IntN(14)))
			default:
				rep := y.report(id, off(rng.Float64()*3, rng.Float64()*3))
				rep.Course, rep.Speed = float32(rng.IntN(3599))/10, rng.Float32()*30
				if rng.IntN(20) == 0 {
					rep.Flags |= live.EmergencyFlag
				}
				if _, err := y.submit(t.Context(), []live.Report{rep}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for path, classes := range sets {
			watchUntil(t, y, sockets[path], screens[path])
			if got, want := screens[path].byID(), y.drawn(classes); !maps.Equal(got, want) {
				t.Fatalf("seed %d, round %d, %s draws\n%v\nwant\n%v", seed, round, path, sorted(got), sorted(want))
			}
		}
	}
}

func sorted(marks map[string]mark) string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(marks)) {
		lines = append(lines, fmt.Sprintf("%+v", marks[id]))
	}
	return strings.Join(lines, "\n")
}

// TestSlowWall: who does not read gets few frames, what they say is the newest, and nobody waits for him.
func TestSlowWall(t *testing.T) {
	r, y := newLiveRig(t)
	const units = 500
	for i := range units {
		y.place(live.Unit{ID: fmt.Sprintf("u%03d", i)}, off(float64(i)/10, 0))
	}
	slow, quick := dial(t, r, "/live?rate=20"), dial(t, r, "/live?rate=20")
	var frames, records int
	var s screen
	watchUntil(t, y, slow, &screen{})
	watchUntil(t, y, quick, &s)
	const rounds = 30
	longest := time.Duration(0)
	for round := range rounds {
		y.pass(time.Second)
		rs := make([]live.Report, units)
		for i := range rs {
			rs[i] = y.report(fmt.Sprintf("u%03d", i), off(float64(i)/10, float64(round)/10))
		}
		start := time.Now()
		if _, err := y.submit(t.Context(), rs); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(start))
		f, n := watchUntil(t, y, quick, &s)
		frames, records = frames+f, records+n
	}
	if frames < rounds || records < rounds*units {
		t.Errorf("the quick wall got %d frames with %d records of %d", frames, records, rounds*units)
	}
	if longest > time.Second {
		t.Errorf("a batch of %d took %v", units, longest)
	}
	var late screen
	late.marks = map[uint32]mark{}
	for h, m := range s.marks {
		late.marks[h] = m // it knows the names from its first frame
	}
	frames, records = watchUntil(t, y, slow, &late)
	if frames > 2 || records > 2*units || !maps.Equal(late.byID(), y.drawn(0)) {
		t.Errorf("the slow wall got %d frames with %d records, all true: %v", frames, records, maps.Equal(late.byID(), y.drawn(0)))
	}
}

// TestQuietWall: an idle stream shows that it lives, and keeps its rate.
func TestQuietWall(t *testing.T) {
	r, y := newLiveRig(t, func(c *api.Config) { c.Timeouts.Heartbeat = 300 * time.Millisecond })
	y.place(live.Unit{ID: "car1"}, center)
	ws, s := dial(t, r, "/live?rate=5"), &screen{}
	for i, want := range []int{1, 0, 0} {
		_, frame := hear(t, ws)
		if n, err := s.show(frame); n != want || err != nil {
			t.Errorf("frame %d has %d records: %v", i, n, err)
		}
	}
	if s.time != began.UnixMilli() {
		t.Errorf("the time is %d", s.time)
	}
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		for i := range 100 {
			y.pass(time.Second)
			y.move("car1", off(0, float64(i)/100))
			time.Sleep(10 * time.Millisecond)
		}
	})
	frames, last := 0, began.Add(100*time.Second).UnixMilli()
	for s.time < last {
		_, frame := hear(t, ws)
		if _, err := s.show(frame); err != nil {
			t.Fatal(err)
		}
		frames++
	}
	if frames < 4 || frames > 12 {
		t.Errorf("at 5 a second %d frames came in a second and more of 100 moves", frames)
	}
}

// TestWallsAtOnce: many walls and writers at the same time, for the race detector.
func TestWallsAtOnce(t *testing.T) {
	r, y := newLiveRig(t)
	var writers, walls sync.WaitGroup
	for i := range 50 {
		y.place(live.Unit{ID: fmt.Sprint("u", i)}, off(float64(i), 0))
	}
	ctx, stop := context.WithCancel(t.Context())
	for range 8 {
		ws := dial(t, r, "/live?rate=20")
		walls.Go(func() {
			var s screen
			for {
				_, frame, err := ws.Read(ctx)
				if err != nil {
					return
				}
				if _, err := s.show(frame); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range 2 {
		writers.Go(func() {
			for i := range 100 {
				y.pass(time.Second)
				rep := y.report(fmt.Sprint("u", (i*7+w)%50), orb.Point{105.7, 34.5 + float64(i)/1000})
				_, _ = y.submit(ctx, []live.Report{rep})
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	writers.Wait()
	stop()
	walls.Wait()
}
