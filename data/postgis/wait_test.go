package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// follow collects the ids of created features until ctx ends.
func follow(ctx context.Context, s *Store, from layers.Cursor) (ids []string, err error) {
	_, err = layers.Follow(ctx, s, from, func(cs []layers.Change) {
		for _, c := range cs {
			ids = append(ids, c.ID)
		}
	})
	return ids, err
}

func TestAFollowerMissesNothingWhenItsConnectionIsCut(t *testing.T) {
	r := newRig(t)
	c, from := r.client(), r.head()
	ctx, cancel := context.WithCancel(r.ctx)
	var got []string
	var wg sync.WaitGroup
	wg.Go(func() { got, _ = follow(ctx, r.store, from) })
	var want []string
	for i := range 30 {
		if i%6 == 3 { // the listener and whatever the pool has
			c.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'wardmap'")
		}
		id := fmt.Sprintf("%02d", i)
		c.insert(id)
		want = append(want, id)
		time.Sleep(20 * time.Millisecond)
	}
	last := r.head()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		var listening int
		r.must(c.conn.QueryRow(r.ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN wardmap'").Scan(&listening))
		if listening == 1 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.insert("last")
	want = append(want, "last")
	began := time.Now()
	r.must(r.store.Wait(r.ctx, last))
	if took := time.Since(began); took > promptly {
		t.Errorf("after the reconnect a change was told after %v", took)
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	wg.Wait()
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("the follower saw %q, want %q", got, want)
	}
}

func TestApplyGoesOnAfterItsConnectionsAreCut(t *testing.T) {
	r := newRig(t)
	c := r.client()
	for i := range 20 {
		c.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'wardmap'")
		if _, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature(fmt.Sprint(i))}}); err != nil {
			t.Fatalf("edit %d: %v", i, err)
		}
	}
}

func TestCloseEndsWhoWaits(t *testing.T) {
	r := newRig(t)
	from := r.head()
	ended := make(chan error, 1)
	go func() { ended <- r.store.Wait(r.ctx, from) }()
	time.Sleep(200 * time.Millisecond)
	r.must(r.store.Close())
	r.must(r.store.Close())
	select {
	case err := <-ended:
		if err == nil {
			t.Error("wait gave no error")
		}
	case <-time.After(5 * time.Second):
		t.Error("wait goes on")
	}
	if err := r.store.Wait(r.ctx, from); !errors.Is(err, errClosed) {
		t.Errorf("wait on a closed store gave %v", err)
	}
}

func TestCancelledStatementsEndInTheServer(t *testing.T) {
	r := newRig(t)
	lock := r.client()
	lock.do("BEGIN; LOCK TABLE wardmap.beats")
	ctx, cancel := context.WithTimeout(r.ctx, 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := r.store.Feature(ctx, "beats", "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
	var waiting int
	r.must(lock.conn.QueryRow(r.ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting))
	if waiting != 0 {
		t.Errorf("%d statements still wait in the server", waiting)
	}
	lock.do("ROLLBACK")
	r.must(r.store.Ping(r.ctx))
}

func TestDeadlocksWithForeignClientsAreResolved(t *testing.T) {
	r := newRig(t)
	c := r.client()
	c.insert("a", "b")
	c.do("SET deadlock_timeout = '10s'") // so the store is the one that is sent back
	c.do("BEGIN; UPDATE wardmap.beats SET name = 'c' WHERE id = 'b'")
	done := make(chan error, 1)
	go func() {
		_, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Replace, Layer: "beats", Feature: feature("a")}, {Op: layers.Replace, Layer: "beats", Feature: feature("b")}})
		done <- err
	}()
	time.Sleep(300 * time.Millisecond) // it holds a and waits for b
	c.do("UPDATE wardmap.beats SET name = 'c' WHERE id = 'a'")
	c.do("COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheStatementTimeoutSparesScans(t *testing.T) {
	r := newRig(t)
	lock := r.client()
	lock.do("INSERT INTO wardmap.beats (geom, note) SELECT 'POINT(1 2)', repeat('x', 5000) FROM generate_series(1, 8000)")
	s := open(t, r.url+"&statement_timeout=400ms")
	defer s.Close()
	r.must(s.Sync(r.ctx, []layers.Layer{beats}))
	n := 0
	r.must(s.Scan(r.ctx, "beats", func(spatial.Feature) error {
		if n++; n%1000 == 1 {
			time.Sleep(100 * time.Millisecond)
		}
		return nil
	}))
	if n != 8000 {
		t.Errorf("scan visited %d features, want 8000", n)
	}
	lock.do("BEGIN; LOCK TABLE wardmap.beats")
	if _, err := s.Feature(r.ctx, "beats", "a"); code(err) != "57014" {
		t.Errorf("a read that waits gave error %v, want the statement timeout", err)
	}
}
