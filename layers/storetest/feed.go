package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// follow reads the feed of a store from a cursor to its present end.
func (s *suite) follow(store layers.Store, after layers.Cursor, limit int) (cs []layers.Change, cursors []layers.Cursor) {
	s.Helper()
	for {
		more, next, err := store.Changes(s.ctx, after, limit)
		s.must(err)
		if len(more) > limit {
			s.Fatalf("asked for %d changes, got %d", limit, len(more))
		}
		if len(more) == 0 {
			if next != after {
				s.Fatalf("no change, but cursor %q became %q", after, next)
			}
			return cs, cursors
		}
		if next == after {
			s.Fatalf("%d changes, but the cursor %q stays", len(more), after)
		}
		for range more {
			cursors = append(cursors, next)
		}
		cs, after = append(cs, more...), next
	}
}

// complete wants every change of want in the feed, each feature's in their order.
func (s *suite) complete(got, want []layers.Change, note string) {
	s.Helper()
	byVersion, last := map[int64]layers.Change{}, map[string]int64{}
	for _, c := range got {
		if _, twice := byVersion[c.Version]; !twice {
			if key := c.Layer + "/" + c.ID; c.Version < last[key] {
				s.Fatalf("%s: %s version %d comes after %d", note, key, c.Version, last[key])
			} else {
				last[key] = c.Version
			}
		}
		byVersion[c.Version] = c
	}
	for _, w := range want {
		c, ok := byVersion[w.Version]
		if !ok || c.Layer != w.Layer || c.ID != w.ID || c.Op != w.Op {
			s.Fatalf("%s: version %d of the feed (%d changes) is %+v, want %+v", note, w.Version, len(got), c, w)
		}
		if d := c.At.Sub(w.At); d < -time.Second || d > time.Second {
			s.Fatalf("%s: version %d happened at %v in the feed, %v for the writer", note, w.Version, c.At, w.At)
		}
	}
}

// life makes random edits that succeed: create, replace and delete on both layers.
func (s *suite) life(rng *rand.Rand, batches int) []layers.Change {
	s.Helper()
	alive, all := map[string]bool{}, []layers.Change(nil)
	for range batches {
		var edits []layers.Edit
		for range 1 + rng.IntN(5) {
			l := pick(rng, s.places, s.areas)
			f := RandomFeature(rng, l)
			f.ID = fmt.Sprint(rng.IntN(20))
			key, op := l.ID+f.ID, layers.Create
			if alive[key] {
				op = pick(rng, layers.Replace, layers.Delete)
			}
			alive[key] = op != layers.Delete
			edits = append(edits, edit(op, l.ID, f))
		}
		all = append(all, s.apply(edits...)...)
	}
	return all
}

func testFeed(s *suite) {
	begin, err := s.store.Head(s.ctx)
	s.must(err)
	rng := rand.New(rand.NewPCG(30, 1))
	want := s.life(rng, 60)
	for _, limit := range []int{1, 3, 7, 1000} {
		got, cursors := s.follow(s.store, begin, limit)
		s.complete(got, want, fmt.Sprintf("limit %d", limit))
		for i := 0; i < len(cursors); i += 1 + limit/2 {
			if i+1 < len(cursors) && cursors[i+1] == cursors[i] {
				continue // in the middle of a page
			}
			rest, _ := s.follow(s.store, cursors[i], 50)
			s.complete(rest, newer(want, got[:i+1]), fmt.Sprintf("limit %d, resumed after %d changes", limit, i+1))
		}
	}
	all, _ := s.follow(s.store, "", 100)
	s.complete(all, want, "from the beginning")
}

// newer leaves out the changes that were seen.
func newer(all, seen []layers.Change) []layers.Change {
	had := map[int64]bool{}
	for _, c := range seen {
		had[c.Version] = true
	}
	var rest []layers.Change
	for _, c := range all {
		if !had[c.Version] {
			rest = append(rest, c)
		}
	}
	return rest
}

func testHead(s *suite) {
	for range 3 {
		head, err := s.store.Head(s.ctx)
		s.must(err)
		if cs, next, err := s.store.Changes(s.ctx, head, 10); err != nil || len(cs) != 0 || next != head {
			s.Fatalf("after head %q: %+v, cursor %q, error %v; want nothing", head, cs, next, err)
		}
		want := s.life(rand.New(rand.NewPCG(31, 1)), 1)
		got, _ := s.follow(s.store, head, 10)
		s.complete(got, want, "after head")
		s.apply(s.wipe()...)
	}
}

// wipe deletes all.
func (s *suite) wipe() []layers.Edit {
	s.Helper()
	var edits []layers.Edit
	for _, l := range []string{"places", "areas"} {
		s.must(s.store.Scan(s.ctx, l, func(f spatial.Feature) error {
			edits = append(edits, edit(layers.Delete, l, spatial.Feature{ID: f.ID}))
			return nil
		}))
	}
	return edits
}

// What a reader does not find after it took the head must come after the head. A writer runs all the while.
func testHeadBeforeRead(s *suite) {
	ctx, stop := context.WithCancel(s.ctx)
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil && ctx.Err() == nil; i++ {
			_, err = s.store.Apply(s.ctx, []layers.Edit{edit(layers.Create, "places", place(fmt.Sprintf("%06d", i), 1, 1))})
		}
		done <- err
	}()
	for i := range 30 {
		head, err := s.store.Head(s.ctx)
		s.must(err)
		found := map[string]bool{}
		s.must(s.store.Scan(s.ctx, "places", func(f spatial.Feature) error { found[f.ID] = true; return nil }))
		time.Sleep(time.Duration(i%3) * time.Millisecond)
		later, _ := s.follow(s.store, head, 500)
		for _, c := range later {
			found[c.ID] = true
		}
		for n := range len(found) {
			if id := fmt.Sprintf("%06d", n); !found[id] {
				s.Fatalf("round %d: of %d features, %s is neither read nor in the feed after the head", i, len(found), id)
			}
		}
	}
	stop()
	s.must(<-done)
}

func testBadCursor(s *suite) {
	for _, c := range []layers.Cursor{"nonsense", "-", "1;2", "天"} {
		if cs, _, err := s.store.Changes(s.ctx, c, 10); err == nil {
			s.Errorf("cursor %q is taken: %+v", c, cs)
		}
	}
}

func testChangeFeature(s *suite) {
	head, err := s.store.Head(s.ctx)
	s.must(err)
	f := place("a", 105.7, 34.5)
	if c := s.apply(edit(layers.Create, "places", f))[0]; c.Feature == nil {
		s.Fatal("the change of a create has no feature")
	} else {
		s.same(*c.Feature, f)
		if got := s.get("places", "a"); c.Feature.Version != got.Version || !c.Feature.Updated.Equal(got.Updated) {
			s.Fatalf("change has feature %+v, the store has %+v", c.Feature, got)
		}
	}
	newest := with(f, "number", int64(2))
	s.apply(edit(layers.Replace, "places", newest), edit(layers.Create, "places", place("b", 1, 1)))
	s.apply(edit(layers.Delete, "places", place("b", 1, 1)))
	cs, _ := s.follow(s.store, head, 2)
	if len(cs) != 4 {
		s.Fatalf("the feed has %d changes, want 4", len(cs))
	}
	last := s.get("places", "a")
	for _, c := range cs {
		switch {
		case c.ID == "b" && c.Feature != nil && c.Op == layers.Delete:
			s.Errorf("change %+v of a deleted feature still has it", c)
		case c.ID == "a" && (c.Feature == nil || c.Feature.Version < c.Version):
			s.Errorf("change %+v does not carry the feature as it stands", c)
		case c.ID == "a" && c.Feature.Version == last.Version:
			s.same(*c.Feature, newest)
		}
	}
}

func testWait(s *suite) {
	other := s.reopen()
	head, err := s.store.Head(s.ctx)
	s.must(err)
	for i, writer := range []layers.Store{other, s.store, other} {
		woke := make(chan error, 1)
		go func() { woke <- s.waitFor(s.store, head) }()
		time.Sleep(30 * time.Millisecond)
		_, err := writer.Apply(s.ctx, []layers.Edit{edit(layers.Create, "places", place(fmt.Sprint(i), 1, 1))})
		s.must(err)
		select {
		case err := <-woke:
			s.must(err)
		case <-time.After(5 * time.Second):
			s.Fatalf("round %d: wait still sleeps 5 s after the change", i)
		}
		begin := time.Now()
		if s.must(s.store.Wait(s.ctx, head)); time.Since(begin) > 5*time.Second {
			s.Fatalf("round %d: wait took %v though a change was there", i, time.Since(begin))
		}
		head, err = s.store.Head(s.ctx)
		s.must(err)
	}
}

// waitFor waits until there is a change after the cursor: Wait may return early.
func (s *suite) waitFor(store layers.Store, after layers.Cursor) error {
	for {
		if err := store.Wait(s.ctx, after); err != nil {
			return err
		}
		if cs, _, err := store.Changes(s.ctx, after, 1); err != nil || len(cs) > 0 {
			return err
		}
	}
}

func testWaitCancel(s *suite) {
	head, err := s.store.Head(s.ctx)
	s.must(err)
	ctx, cancel := context.WithTimeout(s.ctx, 200*time.Millisecond)
	defer cancel()
	for begin := time.Now(); ; {
		err := s.store.Wait(ctx, head)
		if is(err, context.DeadlineExceeded) {
			return
		}
		if err != nil || time.Since(begin) > 5*time.Second {
			s.Fatalf("wait gave %v after %v, want the context's error", err, time.Since(begin))
		}
	}
}
