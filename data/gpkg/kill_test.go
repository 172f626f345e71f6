package gpkg

import (
	"bufio"
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

// killedFile names the file to the child process.
const killedFile = "WARDMAP_TEST_KILLED_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedFile); path != "" {
		if err := writeUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// crowd is how many features have the number of the newest batch, each of them.
const crowd = 40

// writeUntilKilled applies batch after batch and says so: batch n gives all of the crowd the number n, creates
// "batch n" and deletes "batch n-3".
func writeUntilKilled(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.Sync(ctx, []layers.Layer{places}); err != nil {
		return err
	}
	n := int64(0)
	if f, err := s.Feature(ctx, "places", "crowd 0"); err == nil {
		n = f.Properties["number"].(int64)
	}
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	for {
		n++
		var es []layers.Edit
		for i := range crowd {
			f := storetest.RandomFeature(rng, places)
			f.ID, f.Properties["number"] = fmt.Sprint("crowd ", i), n
			es = append(es, layers.Edit{Op: layers.Put, Layer: "places", Feature: f})
		}
		es = append(es, layers.Edit{Op: layers.Create, Layer: "places", Feature: place(fmt.Sprint("batch ", n), 1, 1)})
		if n > 3 {
			es = append(es, layers.Edit{Op: layers.Delete, Layer: "places", Feature: spatial.Feature{ID: fmt.Sprint("batch ", n-3)}})
		}
		if _, err := s.Apply(ctx, es); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func TestKill(t *testing.T) {
	const seed, rounds = 20261124, 50
	rng := rand.New(rand.NewPCG(seed, 1))
	path := filepath.Join(t.TempDir(), "killed.gpkg")
	acknowledged := int64(0)
	for round := range rounds {
		// One in five dies while it starts, the others while they write.
		if last := runAndKill(t, path, round%5 == 0, time.Duration(rng.IntN(200))*time.Millisecond); last > 0 {
			acknowledged = last
		}
		if standing := batchThatStands(t, path, fmt.Sprintf("seed %d, round %d", seed, round)); standing != acknowledged && standing != acknowledged+1 {
			t.Fatalf("seed %d, round %d: batch %d was acknowledged, batch %d stands in the file", seed, round, acknowledged, standing)
		} else {
			acknowledged = standing
		}
		if round%5 == 4 {
			checkFileIsSound(t, path, "places")
		}
	}
	if acknowledged < rounds {
		t.Errorf("only %d batches in %d rounds: the test proves little", acknowledged, rounds)
	}
	t.Logf("%d batches of %d edits survived %d kills", acknowledged, crowd+2, rounds)
}

// runAndKill lets a child run for a while, since its start or since its first
// acknowledgement, and returns the last one.
func runAndKill(t *testing.T, path string, early bool, after time.Duration) (last int64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedFile+"="+path)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(after, func() { _ = child.Process.Kill() }) }
	if early {
		kill()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last == 0 && !early {
			kill()
		}
		_, _ = fmt.Sscan(lines.Text(), &last)
	}
	if err := child.Wait(); err == nil || complaint.Len() > 0 {
		t.Fatalf("the child ended by itself: %v: %s", err, complaint.String())
	}
	return last
}

// batchThatStands opens the file and wants exactly one whole batch in it, and a log that agrees.
func batchThatStands(t *testing.T, path, note string) int64 {
	t.Helper()
	s := open(t, path)
	defer s.Close()
	if err := s.Sync(t.Context(), []layers.Layer{places}); err != nil {
		t.Fatalf("%s: %v", note, err)
	}
	members, numbers, batches := 0, map[int64]bool{}, map[string]bool{}
	versions := map[string]int64{}
	err := s.Scan(t.Context(), "places", func(f spatial.Feature) error {
		versions[f.ID] = f.Version
		if strings.HasPrefix(f.ID, "crowd ") {
			members++
			numbers[f.Properties["number"].(int64)] = true
		} else {
			batches[f.ID] = true
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", note, err)
	}
	if members == 0 && len(batches) == 0 {
		return 0
	}
	n := int64(0)
	for number := range numbers {
		n = number
	}
	if members != crowd || len(numbers) != 1 || len(batches) != int(min(n, 3)) || !batches[fmt.Sprint("batch ", n)] {
		t.Fatalf("%s: half a batch: %d members with numbers %v, %v", note, members, numbers, batches)
	}
	checkLogAgrees(t, s, versions, note)
	return n
}

// checkLogAgrees wants the version of every feature to be the newest of its id in the log.
func checkLogAgrees(t *testing.T, s *Store, versions map[string]int64, note string) {
	t.Helper()
	err := s.read(t.Context(), func(c *conn) error {
		sql := "SELECT id, max(version) FROM wardmap_changes WHERE layer='places' GROUP BY id HAVING op<>4"
		return c.query(t.Context(), sql, nil, func(row []driver.Value) error {
			if id := row[0].(string); versions[id] != row[1] {
				return fmt.Errorf("%s has version %d, the log says %d", id, versions[id], row[1])
			}
			delete(versions, row[0].(string))
			return nil
		})
	})
	if err != nil || len(versions) > 0 {
		t.Fatalf("%s: the log misses %v: %v", note, versions, err)
	}
}
