package tally

// Hide says which parts of a total that is told are to be hidden: those from 1 to k-1, and as many others as it takes
// that each hidden one may be anything from 1 to k-1 for who adds up all that is told. Which others does not depend on
// how large they are: it is the next one that is not empty.
func Hide(counts []int, k int) []bool {
	hidden := make([]bool, len(counts))
	first := -1
	for i, n := range counts {
		if hidden[i] = n > 0 && n < k; hidden[i] && first < 0 {
			first = i
		}
	}
	if first < 0 {
		return hidden
	}
	for i := first; !safe(counts, hidden, k); {
		next := nextTold(counts, hidden, i)
		if next < 0 {
			return hideAll(hidden)
		}
		hidden[next], i = true, next
	}
	return hidden
}

// safe tells whether parts that are hidden together can each be anything from 1 to k-1: all others of them may be 1. When
// all are k-1 they are not: who knows that nothing was hidden for their sake knows that none can be more.
func safe(counts []int, hidden []bool, k int) bool {
	parts, sum, most := 0, 0, 0
	for i, n := range counts {
		if hidden[i] {
			parts, sum, most = parts+1, sum+n, max(most, n)
		}
	}
	return parts >= 2 && sum >= parts+k-2 && (most >= k || sum < parts*(k-1))
}

// nextTold is the next part after i, in a circle, that is neither hidden nor empty; -1 is none.
func nextTold(counts []int, hidden []bool, i int) int {
	for step := 1; step < len(counts); step++ {
		if j := (i + step) % len(counts); !hidden[j] && counts[j] > 0 {
			return j
		}
	}
	return -1
}

// hideAll hides empty parts, too: then nobody knows how many there are to share the total.
func hideAll(hidden []bool) []bool {
	for i := range hidden {
		hidden[i] = true
	}
	return hidden
}
