package tally_test

import (
	"fmt"
	"iter"
	"testing"

	"github.com/wardmap/wardmap/spatial/tally"
)

const k = tally.Floor

func TestHideHidesTheSmallAndOneMore(t *testing.T) {
	tests := []struct {
		name   string
		counts []int
		want   string // x is hidden
	}{
		{"nothing is small", []int{5, 0, 12}, "..."},
		{"one is small: the next goes with it", []int{20, 3, 30, 40}, ".xx."},
		{"the next that is not empty, in a circle", []int{20, 30, 3, 0}, "x.x."},
		{"two that add up to five protect each other", []int{20, 1, 30, 4}, ".x.x"},
		{"two that add up to four do not", []int{20, 1, 3, 30}, ".xxx"},
		{"all at the top would be known to be there", []int{4, 9, 4}, "xxx"},
		{"the next is chosen by its place, not by its size", []int{4, 1000, 6}, "xx."},
		{"five ones are known to be ones, unless empty ones could be among them", []int{1, 1, 1, 1, 1, 0}, "xxxxxx"},
		{"nobody is there", []int{0, 0}, ".."},
		{"nothing is divided", nil, ""},
	}
	for _, test := range tests {
		got := ""
		for _, hidden := range tally.Hide(test.counts, k) {
			got += map[bool]string{true: "x", false: "."}[hidden]
		}
		if got != test.want {
			t.Errorf("%s: %v: %s, want %s", test.name, test.counts, got, test.want)
		}
	}
}

// TestWhoKnowsTheRuleFindsOutNoHiddenPart lets an attacker who has this package try all parts that a total can have:
// those that are told the same way are what he cannot tell apart.
func TestWhoKnowsTheRuleFindsOutNoHiddenPart(t *testing.T) {
	for parts, most := range map[int]int{2: 40, 3: 20, 4: 14} {
		possible := map[string][]map[int]bool{} // by what is told: what each part can be
		for counts := range vectors(parts, most) {
			told := toldParts(counts)
			if possible[told] == nil {
				possible[told] = make([]map[int]bool, parts)
				for i := range possible[told] {
					possible[told][i] = map[int]bool{}
				}
			}
			for i, n := range counts {
				possible[told][i][n] = true
			}
		}
		for counts := range vectors(parts, most) {
			for i, n := range counts {
				if can := possible[toldParts(counts)][i]; n > 0 && n < k && len(can) < 2 {
					t.Errorf("%v is told as %s: part %d can only be %v", counts, toldParts(counts), i, can)
				}
			}
		}
	}
}

// toldParts is what is told of a total and its parts.
func toldParts(counts []int) (told string) {
	sum := 0
	for i, hidden := range tally.Hide(counts, k) {
		if sum += counts[i]; hidden {
			told += "x "
		} else {
			told += fmt.Sprint(counts[i], " ")
		}
	}
	if sum < k {
		return "total hidden"
	}
	return fmt.Sprint(told, "of ", sum)
}

// vectors are all numbers whose sum is at most most.
func vectors(parts, most int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		counts, sum := make([]int, parts), 0
		for {
			if !yield(counts) {
				return
			}
			at := 0
			for ; at < parts && sum == most; at++ {
				sum -= counts[at]
				counts[at] = 0
			}
			if at == parts {
				return
			}
			counts[at]++
			sum++
		}
	}
}
