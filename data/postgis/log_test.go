package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

var beats = storetest.Layer("beats", layers.AnyKind)

// promptly is how soon Wait must return on a loaded machine: before its own polling would have found out.
const promptly = 3 * quietPoll / 4

// rig is a store with the layer beats, and foreign clients on the same database.
type rig struct {
	*testing.T
	ctx   context.Context
	store *Store
	url   string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	r := &rig{t, ctx, nil, pgtest.URL(t)}
	r.store = open(t, r.url)
	t.Cleanup(func() { r.store.Close() })
	r.must(r.store.Sync(ctx, []layers.Layer{beats}))
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// client connects as psql would.
func (r *rig) client() *client {
	r.Helper()
	conn, err := pgx.Connect(r.ctx, r.url)
	r.must(err)
	r.Cleanup(func() { conn.Close(context.Background()) })
	return &client{r, conn}
}

type client struct {
	*rig
	conn *pgx.Conn
}

func (c *client) do(sql string) {
	c.Helper()
	if _, err := c.conn.Exec(c.ctx, sql); err != nil {
		c.Fatalf("%s: %v", sql, err)
	}
}

func (c *client) insert(ids ...string) {
	c.Helper()
	for _, id := range ids {
		c.do(fmt.Sprintf("INSERT INTO wardmap.beats (id, geom) VALUES ('%s', 'POINT(105.7 34.5)')", id))
	}
}

func (r *rig) head() layers.Cursor {
	r.Helper()
	c, err := r.store.Head(r.ctx)
	r.must(err)
	return c
}

// since reads the feed to its end, as "create a", "delete b" …
func (r *rig) since(from layers.Cursor) ([]string, layers.Cursor) {
	r.Helper()
	var out []string
	for {
		changes, next, err := r.store.Changes(r.ctx, from, 3)
		r.must(err)
		if len(changes) == 0 {
			return out, next
		}
		for _, c := range changes {
			out = append(out, c.Op.String()+" "+c.ID)
		}
		from = next
	}
}

func (r *rig) wantFeed(from layers.Cursor, want ...string) layers.Cursor {
	r.Helper()
	got, next := r.since(from)
	if !slices.Equal(got, want) {
		r.Fatalf("the feed has %q, want %q", got, want)
	}
	return next
}

func feature(id string) spatial.Feature {
	return spatial.Feature{ID: id, Geometry: orb.Point{105.7, 34.5}}
}

func TestALateCommitterWithLowerNumbersIsNotMissed(t *testing.T) {
	r := newRig(t)
	from, a, b := r.head(), r.client(), r.client()
	a.do("BEGIN")
	a.insert("early number, late commit")
	b.insert("late number, early commit")
	next := r.wantFeed(from) // nothing yet: what a does comes before it
	waiting, cancel := context.WithTimeout(r.ctx, 300*time.Millisecond)
	defer cancel()
	if err := r.store.Wait(waiting, next); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("wait gave %v while the change was held back", err)
	}
	if again := r.head(); again != from {
		t.Errorf("the head moved from %s to %s over an open transaction", from, again)
	}
	a.do("COMMIT")
	r.must(r.store.Wait(r.ctx, next))
	next = r.wantFeed(next, "create early number, late commit", "create late number, early commit")
	a.do("BEGIN")
	a.insert("undone")
	b.insert("c")
	r.wantFeed(next)
	a.do("ROLLBACK") // makes no notification: polling finds that the way is free
	began := time.Now()
	r.must(r.store.Wait(r.ctx, next))
	if took := time.Since(began); took > promptly {
		t.Errorf("wait took %v after the rollback", took)
	}
	r.wantFeed(next, "create c")
}

func TestTransactionsThatWriteElsewhereHoldNothingBack(t *testing.T) {
	r := newRig(t)
	from, idle := r.head(), r.client()
	idle.do("CREATE TABLE elsewhere (n int)")
	idle.do("BEGIN; INSERT INTO elsewhere VALUES (1); SELECT pg_current_xact_id(); SELECT count(*) FROM wardmap.beats")
	changes, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature("a")}})
	r.must(err)
	r.must(r.store.Wait(r.ctx, from))
	next := r.wantFeed(from, "create a")
	if next != cursor(changes[0].Version) {
		t.Errorf("cursor %s after version %d", next, changes[0].Version)
	}
}

func TestOwnEditsDoNotWaitForAnIdleWriter(t *testing.T) {
	r := newRig(t)
	from, idle := r.head(), r.client()
	idle.do("BEGIN")
	idle.insert("forgotten over lunch")
	for i := range 3 {
		id := fmt.Sprint(i)
		changes, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature(id)}})
		r.must(err)
		if len(changes) != 1 || changes[0].ID != id || changes[0].Feature == nil {
			t.Fatalf("changes %+v", changes)
		}
		_, err = r.store.Feature(r.ctx, "beats", id)
		r.must(err)
	}
	r.wantFeed(from)
	idle.do("COMMIT")
	r.wantFeed(from, "create forgotten over lunch", "create 0", "create 1", "create 2")
}

func TestATransactionMarksItsBeginningOnce(t *testing.T) {
	r := newRig(t)
	c := r.client()
	marks := func() (n int) {
		r.Helper()
		r.must(c.conn.QueryRow(r.ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()").Scan(&n))
		return n
	}
	c.do("BEGIN")
	for i := range 20 {
		c.insert(fmt.Sprint(i))
	}
	c.do("SAVEPOINT s")
	c.do("UPDATE wardmap.beats SET owner = 'x'")
	c.do("ROLLBACK TO s")
	c.do("DELETE FROM wardmap.beats WHERE id = '3'")
	if n := marks(); n != 1 {
		t.Errorf("the transaction holds %d marks, want 1", n)
	}
	c.do("ROLLBACK; BEGIN; SAVEPOINT s")
	c.insert("inside")
	c.do("ROLLBACK TO s") // takes the mark along
	c.insert("after")
	if n := marks(); n != 1 {
		t.Errorf("after a savepoint the transaction holds %d marks, want 1", n)
	}
	c.do("COMMIT")
	if n := marks(); n != 0 {
		t.Errorf("%d marks are left after the commit", n)
	}
}

func TestATrimmedLogIsGone(t *testing.T) {
	r := newRig(t)
	c, beginning := r.client(), r.head()
	c.insert("a", "b", "c")
	all, next, err := r.store.Changes(r.ctx, beginning, 2)
	r.must(err)
	r.must(r.store.Trim(r.ctx, all[1].At.Add(time.Microsecond)))
	for _, gone := range []layers.Cursor{"", beginning, cursor(all[0].Version), cursor(1 << 40)} {
		if _, _, err := r.store.Changes(r.ctx, gone, 10); !errors.Is(err, layers.ErrGone) {
			t.Errorf("cursor %q: error %v, want ErrGone", gone, err)
		}
		r.must(r.store.Wait(r.ctx, gone)) // does not sleep over it
	}
	next = r.wantFeed(next, "create c")
	r.must(r.store.Trim(r.ctx, time.Now().Add(time.Hour)))
	if h := r.head(); h != next {
		t.Errorf("the head of an empty log is %s, want %s", h, next)
	}
	open := r.client()
	open.do("BEGIN")
	open.insert("still open")
	c.insert("d")
	r.must(r.store.Trim(r.ctx, time.Now().Add(time.Hour))) // must not cut what is not yet seen
	open.do("COMMIT")
	r.wantFeed(next, "create still open", "create d")
}

func TestAnInsertThatOvertookADeleteIsSentBack(t *testing.T) {
	r := newRig(t)
	a, b := r.client(), r.client()
	from := r.head()
	a.insert("x")
	// Both take their version before they meet at the unique index: the insert of b waits for the delete of a.
	b.do("CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END'")
	b.do("CREATE TRIGGER zz_slow BEFORE INSERT ON wardmap.beats FOR EACH ROW EXECUTE FUNCTION pg_temp.slow()")
	failed := make(chan error, 1)
	go func() {
		_, err := b.conn.Exec(r.ctx, "INSERT INTO wardmap.beats (id, geom) VALUES ('x', 'POINT(1 1)')")
		failed <- err
	}()
	time.Sleep(200 * time.Millisecond)
	a.do("BEGIN; DELETE FROM wardmap.beats WHERE id = 'x'")
	time.Sleep(400 * time.Millisecond)
	a.do("COMMIT")
	if err := <-failed; code(err) != "40001" {
		t.Errorf("the insert gave error %v, want a serialization failure", err)
	}
	r.wantFeed(from, "create x", "delete x")
	b.insert("x")
	r.wantFeed(from, "create x", "delete x", "create x")
}

func TestChangesOfLayersOfOthersArePassedOver(t *testing.T) {
	r := newRig(t)
	other := open(t, r.url)
	defer other.Close()
	r.must(other.Sync(r.ctx, []layers.Layer{storetest.Layer("theirs", layers.AnyKind)}))
	from := r.head()
	for i := range 10 {
		_, err := other.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "theirs", Feature: feature(fmt.Sprint(i))}})
		r.must(err)
	}
	r.client().insert("ours")
	r.wantFeed(from, "create ours")
}
