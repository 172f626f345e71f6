package assign_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial/assign"
)

func TestAssign(t *testing.T) {
	s := func(unit, seconds int) assign.Option {
		return assign.Option{Unit: unit, Takes: time.Duration(seconds) * time.Second}
	}
	tests := []struct {
		name    string
		options [][]assign.Option
		want    []int // units, -1 for none
	}{
		{"nothing to do", nil, nil},
		{"nobody", [][]assign.Option{{}, {}}, []int{-1, -1}},
		{"the nearer of two", [][]assign.Option{{s(7, 60), s(3, 50)}}, []int{3}},
		{"each to his own, though one is nearest to both", [][]assign.Option{{s(1, 10), s(2, 100)}, {s(1, 50)}}, []int{2, 1}},
		{"more exits matter more than time", [][]assign.Option{{s(1, 1)}, {s(1, 2), s(2, 9999)}}, []int{1, 2}},
		{"a chain of three moves on", [][]assign.Option{{s(1, 5), s(2, 6)}, {s(2, 5), s(3, 6)}, {s(1, 4)}}, []int{2, 3, 1}},
		{"the shorter way to close as many", [][]assign.Option{{s(1, 30)}, {s(1, 20)}}, []int{-1, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			chosen, _ := assign.Units(test.options)
			for i, c := range chosen {
				got := -1
				if c >= 0 {
					got = test.options[i][c].Unit
				}
				if got != test.want[i] {
					t.Errorf("exit %d gets unit %d, want %d", i, got, test.want[i])
				}
			}
		})
	}
}

// TestAssignIsAsGoodAsTryingAllWays, and its prices hold for every option.
func TestAssignIsAsGoodAsTryingAllWays(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		options := make([][]assign.Option, 1+r.IntN(6))
		for i := range options {
			for _, unit := range r.Perm(6)[:r.IntN(5)] {
				options[i] = append(options[i], assign.Option{Unit: unit, Takes: time.Duration(r.IntN(20)) * time.Second})
			}
		}
		chosen, prices := assign.Units(options)
		closed, sum, busy := 0, time.Duration(0), map[int]bool{}
		for i, c := range chosen {
			if c < 0 {
				continue
			}
			o := options[i][c]
			if busy[o.Unit] {
				t.Fatalf("seed %d: unit %d is sent to two exits", seed, o.Unit)
			}
			busy[o.Unit], closed, sum = true, closed+1, sum+o.Takes
			if o.Takes > prices[i] {
				t.Fatalf("seed %d: exit %d pays %v for %v", seed, i, prices[i], o.Takes)
			}
		}
		if wantClosed, wantSum := allWays(options, map[int]bool{}); closed != wantClosed || sum != wantSum {
			t.Fatalf("seed %d: %d closed in %v, want %d in %v", seed, closed, sum, wantClosed, wantSum)
		}
	}
}

// allWays tries everything: how many can have a unit, and the least sum of times.
func allWays(options [][]assign.Option, busy map[int]bool) (closed int, sum time.Duration) {
	if len(options) == 0 {
		return 0, 0
	}
	closed, sum = allWays(options[1:], busy)
	for _, o := range options[0] {
		if busy[o.Unit] {
			continue
		}
		busy[o.Unit] = true
		n, s := allWays(options[1:], busy)
		if n, s = n+1, s+o.Takes; n > closed || n == closed && s < sum {
			closed, sum = n, s
		}
		busy[o.Unit] = false
	}
	return closed, sum
}
