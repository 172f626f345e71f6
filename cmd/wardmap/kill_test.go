package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
)

const (
	bulkSize  = 3000
	bulkBatch = 200
)

// lives is how often everything is killed.
func lives() int {
	if underRace {
		return 8 // starts take ten times as long; make test runs all of them without the detector, too
	}
	return 50
}

// A server and an import are killed again and again in the middle of their work. After each start every
// acknowledged edit is there, imports stand in whole batches, and tiles show what the store holds.
func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	t.Run("geopackage", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, "--data", dataFolder(t))
	})
	t.Run("postgis", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, "--data", dataFolder(t), "--store", pgtest.URL(t))
	})
}

func killAgainAndAgain(t *testing.T, args ...string) {
	seed := uint64(20261124)
	rng := rand.New(rand.NewPCG(seed, 1))
	l := &ledger{acked: map[string]int{}, tried: map[string]int{}}
	file := bulkFile(t)
	imported, kills := 0, lives()
	for round := range kills {
		s := start(t, args...)
		l.check(t, s.base, round)
		imported = checkBulk(t, s.base, round, imported)
		life := time.Duration(30+rng.IntN(250)) * time.Millisecond
		var work sync.WaitGroup
		work.Go(func() { l.write(s.base, life+2*time.Second) })
		ctx, stop := context.WithCancel(t.Context())
		load := wardmap(ctx, append([]string{"import", file, "--layer", "bulk", "--key", "id", "--batch", fmt.Sprint(bulkBatch)}, args...)...)
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(life)
		stop() // kills the import
		s.kill()
		_ = load.Wait() // it was killed or had ended
		work.Wait()
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, seed)
		}
	}
	s := start(t, args...)
	l.check(t, s.base, kills)
	checkBulk(t, s.base, kills, imported)
	t.Logf("%d edits were acknowledged, %d of %d features imported", l.next, len(stored(t, s.base, "bulk")), bulkSize)
	if l.next < kills {
		t.Errorf("only %d edits were acknowledged in %d lives", l.next, kills)
	}
}

// A ledger remembers which edits were acknowledged.
type ledger struct {
	next         int
	acked, tried map[string]int // by feature: the value last acknowledged, and last sent
}

// write sends edits one after the other until the server is gone.
func (l *ledger) write(base string, most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end); {
		i := l.next % 150
		id := fmt.Sprint("m", i)
		l.tried[id] = l.next
		if put(base, "marks", i, l.next) != nil {
			l.next++ // the number may have been written: do not use it again
			return
		}
		l.acked[id] = l.next
		l.next++
	}
}

func (l *ledger) check(t *testing.T, base string, round int) {
	t.Helper()
	inStore := stored(t, base, "marks")
	for id, n := range l.acked {
		if got, there := inStore[id]; !there || (got != n && got != l.tried[id]) {
			t.Errorf("round %d: %s was acknowledged with %d, the store has %d (%v)", round, id, n, got, there)
		}
	}
	if len(inStore) > 0 {
		if onTile := drawn(t, base, "marks"); !maps.Equal(onTile, inStore) {
			t.Errorf("round %d: the tile shows %d features, the store has %d, or their values differ", round, len(onTile), len(inStore))
		}
	}
	maps.Copy(l.acked, inStore) // what was not acknowledged and is there must stay as well
	maps.Copy(l.tried, inStore)
}

func bulkFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bulk.geojsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range bulkSize {
		fmt.Fprintf(f, `{"type":"Feature","properties":{"id":"b%05d","n":%d},"geometry":{"type":"Point","coordinates":[%v,%v]}}`+"\n", i, i, 105.75+.0001*float64(i%100), 34.57+.0001*float64(i/100))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func checkBulk(t *testing.T, base string, round, before int) int {
	t.Helper()
	n := len(stored(t, base, "bulk"))
	if n%bulkBatch != 0 || n < before {
		t.Errorf("round %d: %d features are imported, no whole number of batches of %d, or fewer than the %d before", round, n, bulkBatch, before)
	}
	return n
}
