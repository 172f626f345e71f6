package gather_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
)

func (r *rig) define(name, text string) {
	r.Helper()
	if err := os.WriteFile(filepath.Join(r.data, "sources", name), []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}

// TestServe lets the desk work by itself, on the true clock, while others ask and correct.
func TestServe(t *testing.T) {
	r := newRig(t, strings.Replace(drop, "every: 10s", "every: 1s", 1))
	r.now = time.Now().Add(time.Hour) // stands still: what is asked comes by Ask
	r.drop("a.geojson", collection(point("1", "01", "甲", ""), point("2", "09", "乙", "")))
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { r.desk.Serve(ctx) })
	deadline := time.Now().Add(time.Minute)
	wait := func(what string, done func() bool) {
		t.Helper()
		for !done() {
			if time.Now().After(deadline) {
				t.Fatal("it never is ", what)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	wait("through", func() bool { return len(r.entries()) == 1 })
	key := r.entries()[0].Key
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for range 20 {
				if _, err := r.desk.Correct("drop", key, []byte(point("2", "02", "乙", ""))); err != nil && !errors.Is(err, gather.ErrBusy) {
					t.Error(err)
				}
				if err := r.desk.Ask("drop"); err != nil {
					t.Error(err)
				}
				r.desk.Status()
				r.desk.Problems()
			}
		})
	}
	others.Wait()
	r.define("drop.yaml", "source: drop\n")
	wait("told of the problem", func() bool { return len(r.desk.Problems()) > 0 })
	if all := r.desk.Status(); len(all) != 1 || all[0].Definition.Layer != "cases" {
		t.Errorf("a definition with a problem changed the source: %+v", all)
	}
	if err := os.Remove(filepath.Join(r.data, "sources", "drop.yaml")); err != nil {
		t.Fatal(err)
	}
	wait("gone", func() bool { return len(r.desk.Status()) == 0 })
	stop()
	work.Wait()
	if _, err := r.desk.Run(t.Context(), "drop", gather.ByHand); err == nil {
		t.Error("a source that is gone was run")
	}
}

// waiting is an applier that says when it is asked, and goes on when it is told to.
type waiting struct {
	importer.Applier
	inside, out chan bool
}

func (w waiting) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	close(w.inside)
	<-w.out
	return w.Applier.Apply(ctx, edits)
}

func TestOneAtATimeWorksOnASource(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(point("1", "01", "甲", "")))
	inside, out := make(chan bool), make(chan bool)
	good := r.to
	r.to = waiting{good, inside, out}
	var work sync.WaitGroup
	work.Go(func() {
		if _, err := r.desk.Run(t.Context(), "drop", gather.BySchedule); err != nil {
			t.Error(err)
		}
	})
	<-inside
	if _, err := r.desk.Run(t.Context(), "drop", gather.BySchedule); !errors.Is(err, gather.ErrBusy) {
		t.Errorf("a second run: %v", err)
	}
	if _, err := r.desk.Replay(t.Context(), "drop"); !errors.Is(err, gather.ErrBusy) {
		t.Errorf("a replay meanwhile: %v", err)
	}
	close(out)
	work.Wait()
}

func TestAStateThatCannotBeReadStopsItsSourceOnly(t *testing.T) {
	other := strings.NewReplacer("source: drop", "source: other", "prefix: dr", "prefix: ot").Replace(drop)
	r := newRig(t, drop, other)
	r.define("state/drop.json", "{")
	all := r.desk.Status()
	if len(all) != 2 || all[0].Err == nil || !all[0].Health.Dead || all[1].Err != nil {
		t.Errorf("%+v", all)
	}
	if _, err := r.desk.Run(t.Context(), "drop", gather.BySchedule); err == nil {
		t.Error("it ran")
	}
	if _, err := r.desk.Run(t.Context(), "other", gather.BySchedule); err != nil {
		t.Error(err)
	}
}

// BenchmarkRun reads a folder's file of points, first all new, then all known.
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{1000, 20_000} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			var list []string
			for i := range n {
				list = append(list, point(fmt.Sprint(i), "01", "甲", ""))
			}
			text := collection(list...)
			r := newRig(b, drop)
			for i := 0; b.Loop(); i++ {
				r.drop(fmt.Sprintf("%d.geojson", i), text+strings.Repeat(" ", i))
				r.run()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
