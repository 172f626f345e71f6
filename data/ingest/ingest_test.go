package ingest_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestEveryReportIsCountedOnce(t *testing.T) {
	var tally ingest.Tally
	submit := tally.Of(func(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
		if rs[0].Device == "broken" {
			return nil, errors.New("disk full")
		}
		return []live.Verdict{live.Accepted, live.Late, live.Late, live.Unregistered}[:len(rs)], nil
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := submit(t.Context(), make([]live.Report, 4)); err != nil {
				t.Error(err)
			}
			if _, err := submit(t.Context(), []live.Report{{Device: "broken"}}); err == nil {
				t.Error("a failure of the log was not passed on")
			}
		})
	}
	all.Wait()
	c := tally.Counts()
	if c.Received != 250 || c.Accepted != 50 || c.Failed != 50 || !maps.Equal(c.Refused, map[live.Verdict]uint64{live.Late: 100, live.Unregistered: 50}) {
		t.Errorf("got %+v", c)
	}
}

func TestManyReportsAreSubmittedInPortions(t *testing.T) {
	var tally ingest.Tally
	var portions []int
	submit := tally.Of(func(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
		if portions = append(portions, len(rs)); len(portions) == 4 {
			return nil, errors.New("disk full")
		}
		return slices.Repeat([]live.Verdict{live.Verdict(len(portions))}, len(rs)), nil
	})
	verdicts, err := submit(t.Context(), make([]live.Report, 25_000))
	if err != nil || len(verdicts) != 25_000 || verdicts[9_999] != 1 || verdicts[10_000] != 2 || verdicts[24_999] != 3 || !slices.Equal(portions, []int{10_000, 10_000, 5_000}) {
		t.Errorf("%v gave %d verdicts, %v", portions, len(verdicts), err)
	}
	if _, err := submit(t.Context(), make([]live.Report, 25_000)); err == nil {
		t.Error("a portion failed and nobody said so")
	}
	if c := tally.Counts(); c.Received != 50_000 || c.Failed != 25_000 {
		t.Errorf("got %+v", c)
	}
}

func TestOneVerdictPerReport(t *testing.T) {
	var tally ingest.Tally
	submit := tally.Of(func(context.Context, []live.Report) ([]live.Verdict, error) { return nil, nil })
	if _, err := submit(t.Context(), make([]live.Report, 2)); err == nil {
		t.Error("two reports without a verdict were taken")
	}
}

func TestUnregistered(t *testing.T) {
	tests := []struct {
		name     string
		verdicts []live.Verdict
		want     bool
	}{
		{"an empty message", nil, false},
		{"nobody's", []live.Verdict{live.Unregistered, live.Unregistered}, true},
		{"late is kept", []live.Verdict{live.Late}, false},
		{"one of two is kept", []live.Verdict{live.Unregistered, live.Accepted}, false},
	}
	for _, tt := range tests {
		if got := ingest.Unregistered(tt.verdicts); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

func TestAcceptHoldsTheLimitAndEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var tally ingest.Tally
	done := make(chan error, 1)
	go func() {
		done <- tally.Accept(ctx, l, 2, func(_ context.Context, c net.Conn) { io.Copy(c, c) })
	}()
	dial := func() (net.Conn, error) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write([]byte("x"))
		_, err = io.ReadFull(c, make([]byte, 1))
		return c, err
	}
	for range 2 {
		if _, err := dial(); err != nil {
			t.Fatal("within the limit:", err)
		}
	}
	if _, err := dial(); err == nil {
		t.Error("the third of two connections was served")
	}
	if c := tally.Counts(); c.Open != 2 || c.Full != 1 {
		t.Errorf("got %+v", c)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c := tally.Counts(); c.Open != 0 {
		t.Errorf("%d are open after the end", c.Open)
	}
}

func TestAcceptSaysWhenItsListenerIsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var tally ingest.Tally
	if err := tally.Accept(t.Context(), l, 2, func(context.Context, net.Conn) {}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
