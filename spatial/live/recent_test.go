package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/wardmap/wardmap/spatial/live"
)

func numbered(from, to uint64) (out []live.Event) {
	for seq := from; seq <= to; seq++ {
		out = append(out, live.Event{Seq: seq})
	}
	return out
}

func TestRecentEvents(t *testing.T) {
	tests := []struct {
		name       string
		start      uint64
		add        [][]live.Event
		after      uint64
		most       int
		first, end uint64 // of what is read; 0: a gap
		oldest     uint64 // of the gap
	}{
		{name: "from the beginning", add: [][]live.Event{numbered(1, 3)}, most: 10, first: 1, end: 3},
		{name: "a part", add: [][]live.Event{numbered(1, 3), numbered(4, 4)}, after: 1, most: 2, first: 2, end: 3},
		{name: "all that are kept", add: [][]live.Event{numbered(1, 8)}, most: 10, first: 1, end: 8},
		{name: "more than are kept", add: [][]live.Event{numbered(1, 5), numbered(6, 20)}, after: 12, most: 10, first: 13, end: 20},
		{name: "behind what is kept", add: [][]live.Event{numbered(1, 20)}, after: 11, most: 10, oldest: 13},
		{name: "after a start from the middle", start: 40, add: [][]live.Event{numbered(41, 43)}, after: 40, most: 10, first: 41, end: 43},
		{name: "before a start from the middle", start: 40, add: [][]live.Event{numbered(41, 43)}, after: 10, most: 10, oldest: 41},
		{name: "after a jump", add: [][]live.Event{numbered(1, 3), numbered(10, 12)}, after: 9, most: 10, first: 10, end: 12},
		{name: "before a jump", add: [][]live.Event{numbered(1, 3), numbered(10, 12)}, after: 3, most: 10, oldest: 10},
	}
	for _, test := range tests {
		r := live.NewRecent(8)
		r.Start(test.start)
		for _, events := range test.add {
			r.Add(events)
		}
		got, err := r.Read(t.Context(), test.after, test.most)
		var gap *live.GapError
		if errors.As(err, &gap) != (test.first == 0) || gap != nil && gap.Oldest != test.oldest {
			t.Errorf("%s: error %v", test.name, err)
			continue
		}
		if err == nil && (len(got) == 0 || got[0].Seq != test.first || got[len(got)-1].Seq != test.end) {
			t.Errorf("%s: %v, want %d to %d", test.name, got, test.first, test.end)
		}
	}
}

func TestReadersOfRecentEventsFollowWithoutGapOrDouble(t *testing.T) {
	const n = 5000
	r := live.NewRecent(n)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for seen := uint64(0); seen < n; {
				events, err := r.Read(t.Context(), seen, 7)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range events {
					if seen++; e.Seq != seen {
						t.Errorf("event %d came as number %d", e.Seq, seen)
						return
					}
				}
			}
		})
	}
	for seq := uint64(1); seq <= n; seq += 5 {
		r.Add(numbered(seq, seq+4))
	}
	work.Wait()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Read(ctx, n, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader that nobody wants any more gets %v", err)
	}
}
