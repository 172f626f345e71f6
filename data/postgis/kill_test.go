package postgis

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// childEnv makes the test program a writer on the database that it names, until it is killed.
const childEnv = "WARDMAP_POSTGIS_TEST_CHILD"

// child applies batches and prints the number of each after it was acknowledged. Batch n puts batchSize(n)
// features that carry n, and deletes the first feature of the batch before.
func child() int {
	url, first, _ := strings.Cut(os.Getenv(childEnv), " ")
	s, err := Open(context.Background(), url)
	if err == nil {
		err = s.Sync(context.Background(), []layers.Layer{beats})
	}
	var n int
	fmt.Sscan(first, &n)
	for ; err == nil; n++ {
		if _, err = s.Apply(context.Background(), batch(n)); err == nil {
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func batchSize(n int) int { return 1 + n*7%60 }

func batch(n int) (edits []layers.Edit) {
	for i := range batchSize(n) {
		f := feature(fmt.Sprintf("%d-%d", n, i))
		f.Properties = map[string]any{"number": int64(n)}
		edits = append(edits, layers.Edit{Op: layers.Put, Layer: "beats", Feature: f})
	}
	if n%10 > 0 && batchSize(n-1) > 1 {
		edits = append(edits, layers.Edit{Op: layers.Delete, Layer: "beats", Feature: feature(fmt.Sprintf("%d-0", n-1))})
	}
	return edits
}

// startChild runs the writer from a batch number on (a multiple of ten) and gives its acknowledgements.
func startChild(t *testing.T, url string, first int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", childEnv, url, first))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// checkBatches wants every acknowledged batch, and of the others all or nothing.
func checkBatches(t *testing.T, s *Store, first, acknowledged int, note string) (last int) {
	t.Helper()
	have := map[int]int{}
	err := s.Scan(context.Background(), "beats", func(f spatial.Feature) error {
		if n := int(f.Properties["number"].(int64)); n >= first {
			have[n]++
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", note, err)
	}
	last = first - 1
	for n := range have {
		last = max(last, n)
	}
	if last < acknowledged || last > acknowledged+1 {
		t.Fatalf("%s: batch %d was acknowledged last, batch %d is the last one there", note, acknowledged, last)
	}
	for n := first; n <= last; n++ {
		want := batchSize(n)
		if n < last && (n+1)%10 > 0 && want > 1 {
			want-- // its first feature was deleted by the next batch
		}
		if have[n] != want {
			t.Fatalf("%s: batch %d has %d features, want %d (acknowledged up to %d)", note, n, have[n], want, acknowledged)
		}
	}
	return last
}

func TestFiftyKilledWritersLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills writers for half a minute")
	}
	s := synced(t, beats)
	c := s.pool.Config().ConnConfig
	url := fmt.Sprintf("postgres://%s@%s:%d/%s?sslmode=disable", c.User, c.Host, c.Port, c.Database)
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, 1))
	head, err := s.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	first, total := 0, 0
	for round := range 50 {
		note := fmt.Sprintf("seed %d, round %d", seed, round)
		cmd, acks := startChild(t, url, first)
		acknowledged := first - 1
		if acks.Scan() { // let it begin
			fmt.Sscan(acks.Text(), &acknowledged)
		}
		kill := time.AfterFunc(time.Duration(rng.IntN(200_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for acks.Scan() {
			fmt.Sscan(acks.Text(), &acknowledged)
		}
		cmd.Wait()
		kill.Stop()
		waitForWriters(t, s, note)
		last := checkBatches(t, s, first, acknowledged, note)
		total += last - first + 1
		first = (last/10 + 1) * 10
	}
	t.Logf("%d batches in 50 lives", total)
	checkFeed(t, s, head)
}

// waitForWriters waits until the server has noticed that the killed client is gone.
func waitForWriters(t *testing.T, s *Store, note string) {
	t.Helper()
	for range 200 {
		var mark *int64
		if err := s.pool.QueryRow(context.Background(), readMarks).Scan(&mark); err != nil {
			t.Fatalf("%s: %v", note, err)
		}
		if mark == nil {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s: the server still has a transaction of the killed writer", note)
}

// checkFeed wants that the feed from a cursor on, replayed, gives what the table has.
func checkFeed(t *testing.T, s *Store, from layers.Cursor) {
	t.Helper()
	replayed := map[string]int64{}
	for {
		changes, next, err := s.Changes(context.Background(), from, 5000)
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) == 0 {
			break
		}
		for _, c := range changes {
			if replayed[c.ID] = c.Version; c.Op == layers.Delete {
				delete(replayed, c.ID)
			}
		}
		from = next
	}
	n := 0
	err := s.Scan(context.Background(), "beats", func(f spatial.Feature) error {
		if n++; replayed[f.ID] != f.Version {
			return fmt.Errorf("feature %s has version %d, the feed says %d", f.ID, f.Version, replayed[f.ID])
		}
		return nil
	})
	if err != nil || n != len(replayed) {
		t.Fatalf("table has %d features, the feed %d; error %v", n, len(replayed), err)
	}
}

func TestAServerThatLosesPowerLosesNoAcknowledgedEdit(t *testing.T) {
	pgtest.Server(t) // skips where there is none
	root, err := os.MkdirTemp("", "wardmap-power-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	cluster, err := pgtest.NewCluster(filepath.Join(root, "cluster"))
	if err == nil {
		err = cluster.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Stop("immediate")
	s := open(t, cluster.URL())
	defer s.Close()
	if err := s.Sync(context.Background(), []layers.Layer{beats}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	head, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan int, 100_000)
	writer, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { // goes on through the crash: Apply finds out what became of its commits
		for n := 0; writer.Err() == nil; n++ {
			if _, err := s.Apply(ctx, batch(n)); err != nil {
				ended <- fmt.Errorf("batch %d: %w", n, err)
				return
			}
			acknowledged <- n
		}
		ended <- nil
	}()
	time.Sleep(700 * time.Millisecond)
	before := len(acknowledged)
	if err := cluster.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	after := len(acknowledged)
	t.Logf("%d batches before the crash, %d in all", before, after)
	if before == 0 || after <= before+1 {
		t.Errorf("%d batches before the crash, %d in all", before, after)
	}
	checkBatches(t, s, 0, after-1, "after the crash")
	checkFeed(t, s, head)
}

// TestACommitWithoutAnswer cuts the connection after the server got the commit and before its answer arrives.
func TestACommitWithoutAnswer(t *testing.T) {
	r := newRig(t)
	p := newProxy(t, r.store.pool.Config().ConnConfig)
	s := open(t, p.url)
	defer s.Close()
	r.must(s.Sync(r.ctx, []layers.Layer{beats}))
	head := r.head()
	for i := range 5 {
		p.cutAfter.Store("commit")
		changes, err := s.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature(fmt.Sprint(i))}})
		if err != nil || len(changes) != 1 {
			t.Fatalf("changes %v, error %v", changes, err)
		}
		if left := p.cutAfter.Load(); left != "" {
			t.Fatal("the connection was not cut")
		}
	}
	got, _ := r.since(head)
	if want := []string{"create 0", "create 1", "create 2", "create 3", "create 4"}; !slices.Equal(got, want) {
		t.Errorf("feed %q, want %q: each edit once", got, want)
	}
}

// TestTheFateOfACommit: what counts is the row that the transaction wrote. A number that a crash has taken back is in
// the future, or belongs to somebody else.
func TestTheFateOfACommit(t *testing.T) {
	r := newRig(t)
	r.must(r.store.Sync(r.ctx, []layers.Layer{beats}))
	changes, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature("1")}})
	r.must(err)
	var xid string
	r.must(r.store.pool.QueryRow(r.ctx, "SELECT xid::text FROM wardmap._changes WHERE version = $1", changes[0].Version).Scan(&xid))
	other := changes[0]
	other.At = other.At.Add(-time.Millisecond)
	tx, err := r.store.pool.Begin(r.ctx)
	r.must(err)
	var open, aborted string
	r.must(tx.QueryRow(r.ctx, "SELECT pg_current_xact_id()::text").Scan(&open))
	gone, err := r.store.pool.Begin(r.ctx)
	r.must(err)
	r.must(gone.QueryRow(r.ctx, "SELECT pg_current_xact_id()::text").Scan(&aborted))
	r.must(gone.Rollback(r.ctx))
	for _, tt := range []struct {
		name  string
		xid   string
		wrote layers.Change
		want  fate
	}{
		{"committed", xid, changes[0], committed},
		{"its number is another's", xid, other, another},
		{"its number is in the future", "4000000000", changes[0], lost},
		{"it goes on", open, changes[0], unknown},
		{"rolled back", aborted, changes[0], lost},
	} {
		if got := r.store.fate(r.ctx, tt.xid, tt.wrote); got != tt.want {
			t.Errorf("%s: %d, not %d", tt.name, got, tt.want)
		}
	}
	r.must(tx.Rollback(r.ctx))
}
