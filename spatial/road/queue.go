package road

// A queue gives the item with the smallest key first. It is a heap with four children per item: half as deep as
// one with two, and the four lie in one line of the processor's cache.
type queue []item

type item struct {
	key float64
	id  int32
}

func (q *queue) push(key float64, id int32) {
	*q = append(*q, item{})
	h := *q
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if h[up].key <= key {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = item{key, id}
}

// pop takes out the first item; the queue must not be empty.
func (q *queue) pop() item {
	h := *q
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= len(h) {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, len(h)); c++ {
			if h[c].key < h[least].key {
				least = c
			}
		}
		if h[least].key >= last.key {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = last
	return top
}
