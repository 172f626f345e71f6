package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// together runs n workers and wants that none fails.
func (s *suite) together(n int, work func(i int) error) {
	s.Helper()
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- work(i) }()
	}
	for range n {
		if err := <-errs; err != nil {
			s.Error(err)
		}
	}
	if s.Failed() {
		s.FailNow()
	}
}

// increment adds one to a feature's number by optimistic locking and returns the version that it replaced.
func (s *suite) increment(store layers.Store, id string) (over int64, tries int, err error) {
	for {
		tries++
		f, err := store.Feature(s.ctx, "places", id)
		if err != nil {
			return 0, tries, err
		}
		e := edit(layers.Replace, "places", with(f, "number", f.Properties["number"].(int64)+1))
		e.If = f.Version
		_, err = store.Apply(s.ctx, []layers.Edit{e})
		if err == nil || !is(err, layers.ErrConflict) {
			return f.Version, tries, err
		}
	}
}

func testWriters(s *suite) {
	const workers, rounds = 8, 12
	s.apply(edit(layers.Create, "places", with(place("a", 1, 1), "number", int64(0))))
	s.race([]layers.Store{s.store}, workers, rounds)
}

func testTwoHandles(s *suite) {
	s.apply(edit(layers.Create, "places", with(place("a", 1, 1), "number", int64(0))))
	s.race([]layers.Store{s.store, s.reopen()}, 6, 8)
}

// race lets workers increment one feature: no version may be won twice, no increment lost.
func (s *suite) race(stores []layers.Store, workers, rounds int) {
	s.Helper()
	var mu sync.Mutex // guards won
	won := map[int64]int{}
	s.together(workers, func(i int) error {
		for range rounds {
			version, _, err := s.increment(stores[i%len(stores)], "a")
			if err != nil {
				return err
			}
			mu.Lock()
			won[version]++
			mu.Unlock()
		}
		return nil
	})
	for version, n := range won {
		if n != 1 {
			s.Errorf("version %d was won %d times", version, n)
		}
	}
	if got := s.get("places", "a").Properties["number"]; got != int64(workers*rounds) {
		s.Errorf("the number is %v after %d increments", got, workers*rounds)
	}
}

func testFeedWhileWriting(s *suite) {
	const workers, batches = 4, 25
	head, err := s.store.Head(s.ctx)
	s.must(err)
	var mu sync.Mutex // guards want
	var want []layers.Change
	stores, writing := []layers.Store{s.store, s.reopen()}, make(chan struct{})
	seen := make(chan []layers.Change, 1)
	go func() { seen <- s.tail(s.store, head, writing) }()
	s.together(workers, func(i int) error {
		rng := rand.New(rand.NewPCG(40, uint64(i)))
		for n := range batches {
			var edits []layers.Edit
			for k := range 1 + rng.IntN(3) {
				f := with(place(fmt.Sprintf("%d-%d", i, k), 1, 1), "number", int64(n))
				edits = append(edits, edit(layers.Put, "places", f))
			}
			shared := with(place(fmt.Sprint("shared", n%3), 1, 1), "note", fmt.Sprint(i, n))
			cs, err := stores[i%2].Apply(s.ctx, append(edits, edit(layers.Put, "places", shared)))
			if err != nil {
				return fmt.Errorf("seed 40, worker %d: %w", i, err)
			}
			mu.Lock()
			want = append(want, cs...)
			mu.Unlock()
		}
		return nil
	})
	close(writing)
	slices.SortFunc(want, func(a, b layers.Change) int { return int(a.Version - b.Version) })
	s.complete(<-seen, want, "read while writing")
}

// tail follows the feed until the writers are done and nothing more comes.
func (s *suite) tail(store layers.Store, after layers.Cursor, writing <-chan struct{}) (all []layers.Change) {
	for {
		over := false
		select {
		case <-writing:
			over = true
		default:
		}
		cs, next, err := store.Changes(s.ctx, after, 3)
		if err != nil {
			s.Errorf("changes: %v", err)
			return all
		}
		if all, after = append(all, cs...), next; over && len(cs) == 0 {
			return all
		}
	}
}

// Two features always sum up to 100: writers move amounts between them in one batch.
func testSnapshot(s *suite) {
	s.apply(edit(layers.Create, "places", with(place("a", 1, 1), "number", int64(100))),
		edit(layers.Create, "places", with(place("b", 1, 1), "number", int64(0))))
	ctx, stop := context.WithTimeout(s.ctx, 700*time.Millisecond)
	defer stop()
	s.together(3, func(i int) error {
		rng := rand.New(rand.NewPCG(41, uint64(i)))
		for n := 0; ctx.Err() == nil || n == 0; n++ {
			var err error
			if i == 0 {
				amount := rng.Int64N(101)
				_, err = s.store.Apply(s.ctx, []layers.Edit{
					edit(layers.Replace, "places", with(place("a", 1, 1), "number", 100-amount)),
					edit(layers.Replace, "places", with(place("b", 1, 1), "number", amount)),
				})
			} else {
				err = s.checkSum(i == 1)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *suite) checkSum(scan bool) error {
	sum := int64(0)
	add := func(f spatial.Feature) error { sum += f.Properties["number"].(int64); return nil }
	if scan {
		if err := s.store.Scan(s.ctx, "places", add); err != nil {
			return err
		}
	} else {
		page, err := s.store.Features(s.ctx, "places", layers.Query{})
		if err != nil {
			return err
		}
		for _, f := range page.Features {
			_ = add(f)
		}
	}
	if sum != 100 {
		return fmt.Errorf("the numbers sum up to %d, want 100: half a batch was seen (scan: %v)", sum, scan)
	}
	return nil
}

func testCancelled(s *suite) {
	s.apply(edit(layers.Create, "places", place("a", 1, 1)))
	head, err := s.store.Head(s.ctx)
	s.must(err)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	calls := map[string]func() error{
		"feature":  func() error { _, err := s.store.Feature(ctx, "places", "a"); return err },
		"features": func() error { _, err := s.store.Features(ctx, "places", layers.Query{}); return err },
		"scan":     func() error { return s.store.Scan(ctx, "places", func(spatial.Feature) error { return nil }) },
		"stat":     func() error { _, err := s.store.Stat(ctx, "places"); return err },
		"apply": func() error {
			_, err := s.store.Apply(ctx, []layers.Edit{edit(layers.Create, "places", place("b", 1, 1))})
			return err
		},
		"head":    func() error { _, err := s.store.Head(ctx); return err },
		"changes": func() error { _, _, err := s.store.Changes(ctx, head, 10); return err },
		"wait":    func() error { return s.store.Wait(ctx, head) },
		"ping":    func() error { return s.store.Ping(ctx) },
		"sync":    func() error { return s.store.Sync(ctx, []layers.Layer{s.places}) },
	}
	for name, call := range calls {
		if err := call(); !is(err, context.Canceled) {
			s.Errorf("%s: error %v, want context.Canceled", name, err)
		}
	}
	s.absent("places", "b")
	s.apply(edit(layers.Create, "places", place("b", 1, 1)))
}

func testCancelScan(s *suite) {
	s.fill(42, 1200)
	ctx, cancel := context.WithCancel(s.ctx)
	visits := 0
	err := s.store.Scan(ctx, "areas", func(spatial.Feature) error {
		if visits++; visits == 10 {
			cancel()
		}
		return nil
	})
	if !is(err, context.Canceled) {
		s.Errorf("scan gave error %v after %d visits, want context.Canceled", err, visits)
	}
	s.must(s.store.Scan(s.ctx, "areas", func(spatial.Feature) error { return nil }))
}

func testCancelApply(s *suite) {
	rng := rand.New(rand.NewPCG(43, 1))
	for round := range 12 {
		fs := RandomFeatures(rng, s.areas, 200)
		ctx, cancel := context.WithTimeout(s.ctx, time.Duration(rng.IntN(40_000))*time.Microsecond)
		_, err := s.store.Apply(ctx, creates("areas", fs))
		cancel()
		want := int64(0)
		if err == nil {
			want = int64(len(fs))
		} else if !is(err, context.DeadlineExceeded) {
			s.Fatalf("seed 43, round %d: error %v, want context.DeadlineExceeded", round, err)
		}
		st, statErr := s.store.Stat(s.ctx, "areas")
		s.must(statErr)
		if st.Count != want {
			s.Fatalf("seed 43, round %d: %d features after error %v, want %d", round, st.Count, err, want)
		}
		s.apply(s.wipe()...)
	}
}

// Deadlines that end calls anywhere in them must leave a store that works, with nothing half done.
func testCutShort(s *suite) {
	const seed, rounds = 44, 150
	rng := rand.New(rand.NewPCG(seed, 1))
	fs := RandomFeatures(rng, s.areas, 40)
	s.apply(creates("areas", fs)...)
	q := layers.Query{Bounds: []orb.Bound{Middle.Bound().Pad(1)}, Limit: 10}
	written := map[string]bool{}
	for round := range rounds {
		ctx, cancel := context.WithTimeout(s.ctx, time.Duration(rng.IntN(1500))*time.Microsecond)
		var err error
		switch round % 5 {
		case 0, 1:
			f := place(fmt.Sprint(round), 1, 1)
			_, err = s.store.Apply(ctx, []layers.Edit{edit(layers.Create, "places", f)})
			written[f.ID] = err == nil
		case 2:
			_, err = s.store.Features(ctx, "areas", q)
		case 3:
			_, _, err = s.store.Changes(ctx, "", 30)
		case 4:
			err = s.store.Scan(ctx, "areas", func(spatial.Feature) error { return nil })
		}
		cancel()
		if err != nil && !is(err, context.DeadlineExceeded) {
			s.Fatalf("seed %d, round %d: error %v, want context.DeadlineExceeded", seed, round, err)
		}
		if c := s.apply(edit(layers.Put, "places", with(place("last", 1, 1), "number", int64(round)))); len(c) != 1 {
			s.Fatalf("seed %d, round %d: the next edit made %+v", seed, round, c)
		}
	}
	for id, want := range written {
		if _, err := s.store.Feature(s.ctx, "places", id); (err == nil) != want {
			s.Errorf("seed %d, round %s: written is %v, reading gives error %v", seed, id, want, err)
		}
	}
}
