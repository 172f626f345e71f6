package fence_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/fence"
)

// FuzzTown lets the bytes decide what happens in a wild town.
func FuzzTown(f *testing.F) {
	f.Add([]byte("a town where hardly anything happens"))
	f.Add(bytes.Repeat([]byte{0, 3, 200, 7, 90, 14, 1, 255}, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		draw := func(n int) int {
			v := 0
			for k := n; k > 0 && len(data) > 0; k >>= 8 {
				v = v<<8 | int(data[0])
				data = data[1:]
			}
			return v % n
		}
		w := newTown(t, draw)
		e := fence.NewEngine(nil)
		b := books{map[string]string{}, map[string]bool{}}
		for i := 0; len(data) > 0 && i < 500; i++ {
			what := fmt.Sprintf("step %d", i)
			b.enter(t, what, w.step(t, e)[0])
			b.compare(t, what, e, w)
		}
		copied := fence.NewEngine(nil)
		for f := range e.Fences() {
			if _, err := copied.Put(f, w.now, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := copied.ReadState(e.AppendState(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzState reads bytes that may be no state, and goes on with what was read.
func FuzzState(f *testing.F) {
	build := func(t testing.TB) (*town, *fence.Engine) {
		w, e := newTown(t, seeded(4)), fence.NewEngine(nil)
		for range 300 {
			w.step(t, e)
		}
		return w, e
	}
	_, e := build(f)
	f.Add(e.AppendState(nil))
	f.Add([]byte("WMF1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, e := build(t)
		before := e.AppendState(nil)
		if err := e.ReadState(data); err != nil {
			if !bytes.Equal(e.AppendState(nil), before) {
				t.Fatal("a state that was refused changed something")
			}
			return
		}
		again := e.AppendState(nil)
		if err := e.ReadState(again); err != nil || !bytes.Equal(e.AppendState(nil), again) {
			t.Fatalf("what was read is written as another state: %v", err)
		}
		for range 100 {
			w.step(t, e)
		}
	})
}

func TestStateIsChecked(t *testing.T) {
	w, e := newTown(t, seeded(4)), fence.NewEngine(nil)
	for range 300 {
		w.step(t, e)
	}
	state := e.AppendState(nil)
	for n := range len(state) {
		if err := e.ReadState(state[:n]); err == nil {
			t.Errorf("%d of %d bytes of a state are accepted", n, len(state))
		}
	}
	if err := e.ReadState(append(state, 0)); err == nil {
		t.Error("a state with a byte too many is accepted")
	}
	err := fence.NewEngine(nil).ReadState(state)
	if err == nil || !contains(err.Error(), "which was not put") {
		t.Errorf("a state of other fences: %v", err)
	}
	if !bytes.Equal(e.AppendState(nil), state) {
		t.Error("what was refused changed something")
	}
}

// FuzzFence reads a rule from bytes, and holds what the engine accepts against what comes of writing it.
func FuzzFence(f *testing.F) {
	w := newTown(f, seeded(9))
	for i := range 8 {
		data, err := json.Marshal(w.fence(fmt.Sprint("f", i)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var rule, again fence.Fence
		if json.Unmarshal(data, &rule) != nil || rule.Check() != nil {
			return
		}
		written, err := json.Marshal(&rule)
		if err != nil || json.Unmarshal(written, &again) != nil || !fence.Same(&rule, &again) {
			t.Fatalf("%s is written %s: %v", data, written, err)
		}
		e := fence.NewEngine(nil)
		if _, err := e.Put(&rule, begin, nil); err != nil {
			t.Fatalf("%s is checked, but not put: %v", data, err)
		}
		middle := xy(0, 0)
		if rule.Area != nil {
			middle = rule.Area.Bound().Center()
		}
		for i := range 8 {
			p := orb.Point{min(max(middle[0]+float64(i-4)/300, -180), 180), middle[1]}
			e.Move(fence.Move{ID: "u", Time: second(float64(i)), To: p}, nil)
		}
		e.Advance(second(1000), nil)
		e.Remove(rule.ID, second(1000), fence.Removed, nil)
	})
}
