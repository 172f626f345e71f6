package road

// A flow is how much goes through links of capacity one, found by Dinic's algorithm: at most as many rounds as the root
// of the number of links, each of which looks at every link once or twice.
type flow struct {
	first []int32 // by part, the first way out of it; -1 when there is none
	next  []int32 // by way, another one out of the same part
	to    []int32 // by way; way 2i is along link i, 2i+1 against it
	free  []bool  // by way, whether one more goes through
	level []int32 // by part, how many ways from the inside; -1 when it cannot be reached
	tried []int32 // by part, the way that is tried next
}

// minimumCut tells of each link whether it is in the smallest set without which nothing leads from the inside of a ring to
// its outside, and of several such sets in the one nearest to the outside.
func minimumCut(links []link) []bool {
	f := newFlow(links)
	for f.rank() {
		copy(f.tried, f.first)
		for f.push(insideRing) {
		}
	}
	leads := f.leadsOut()
	cut := make([]bool, len(links))
	for i := range links {
		cut[i] = !leads[links[i].from] && leads[links[i].to]
	}
	return cut
}

func newFlow(links []link) *flow {
	parts := int32(2)
	for i := range links {
		parts = max(parts, links[i].from+1, links[i].to+1)
	}
	f := &flow{first: make([]int32, parts), level: make([]int32, parts), tried: make([]int32, parts)}
	for i := range f.first {
		f.first[i] = -1
	}
	for i := range links {
		f.way(links[i].from, links[i].to, true)
		f.way(links[i].to, links[i].from, false)
	}
	return f
}

func (f *flow) way(from, to int32, free bool) {
	f.next = append(f.next, f.first[from])
	f.first[from] = int32(len(f.to))
	f.to, f.free = append(f.to, to), append(f.free, free)
}

// rank numbers the parts by how far they are from the inside, and tells whether the outside can be reached.
func (f *flow) rank() bool {
	for i := range f.level {
		f.level[i] = -1
	}
	f.level[insideRing] = 0
	queue := []int32{insideRing}
	for ; len(queue) > 0 && f.level[outsideRing] < 0; queue = queue[1:] {
		for w := f.first[queue[0]]; w >= 0; w = f.next[w] {
			if to := f.to[w]; f.free[w] && f.level[to] < 0 {
				f.level[to] = f.level[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return f.level[outsideRing] >= 0
}

// push sends one more from a part to the outside, along ways that lead away from the inside.
func (f *flow) push(at int32) bool {
	if at == outsideRing {
		return true
	}
	for ; f.tried[at] >= 0; f.tried[at] = f.next[f.tried[at]] {
		w := f.tried[at]
		if f.free[w] && f.level[f.to[w]] == f.level[at]+1 && f.push(f.to[w]) {
			f.free[w], f.free[w^1] = false, true
			return true
		}
	}
	return false
}

// leadsOut tells of each part whether one more would get from there to the outside.
func (f *flow) leadsOut() []bool {
	leads := make([]bool, len(f.first))
	leads[outsideRing] = true
	for queue := []int32{outsideRing}; len(queue) > 0; queue = queue[1:] {
		for w := f.first[queue[0]]; w >= 0; w = f.next[w] {
			if from := f.to[w]; f.free[w^1] && !leads[from] {
				leads[from] = true
				queue = append(queue, from)
			}
		}
	}
	return leads
}
