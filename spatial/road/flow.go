package road

// A flow is how much goes through links of capacity one, found by Dinic's algorithm: in at most as many rounds as the
// root of the number of links, each of which looks at every link once or twice.
type flow struct {
	first []int32 // by part, the first of its lanes; one more at the end
	lanes []lane
	level []int32 // by part, how many lanes it is from the outside; -1 when it does not lead there
	tried []int32 // by part, the lane that is tried next
	queue []int32
}

// A lane leads from one part to another, along a link or against it.
type lane struct {
	to   int32
	back int32 // the one against this
	free bool  // whether one more goes through
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
	cut := make([]bool, len(links)) // where one gets from what no longer leads out to what still does
	for i := range links {
		cut[i] = f.level[links[i].from] < 0 && f.level[links[i].to] >= 0
	}
	return cut
}

func newFlow(links []link) *flow {
	parts := int32(2)
	for i := range links {
		parts = max(parts, links[i].from+1, links[i].to+1)
	}
	f := &flow{first: make([]int32, parts+1), lanes: make([]lane, 2*len(links)), level: make([]int32, parts), tried: make([]int32, parts), queue: make([]int32, 0, parts)}
	for i := range links {
		f.first[links[i].from+1]++
		f.first[links[i].to+1]++
	}
	for i := range parts {
		f.first[i+1] += f.first[i]
	}
	copy(f.tried, f.first)
	for i := range links {
		l := &links[i]
		there := f.tried[l.from]
		f.tried[l.from]++
		back := f.tried[l.to]
		f.tried[l.to]++
		f.lanes[there], f.lanes[back] = lane{l.to, back, true}, lane{l.from, there, false}
	}
	return f
}

// rank numbers the parts by how far the outside is from them, and tells whether the inside leads there. When it does not,
// those that do all have a number.
func (f *flow) rank() bool {
	for i := range f.level {
		f.level[i] = -1
	}
	f.level[outsideRing] = 0
	f.queue = append(f.queue[:0], outsideRing)
	for i := 0; i < len(f.queue); i++ {
		at := f.queue[i]
		for _, l := range f.lanes[f.first[at]:f.first[at+1]] {
			if f.level[l.to] < 0 && f.lanes[l.back].free {
				f.level[l.to] = f.level[at] + 1
				if l.to == insideRing {
					return true
				}
				f.queue = append(f.queue, l.to)
			}
		}
	}
	return false
}

// push sends one more from a part to the outside, by lanes that come nearer to it.
func (f *flow) push(at int32) bool {
	if at == outsideRing {
		return true
	}
	for ; f.tried[at] < f.first[at+1]; f.tried[at]++ {
		l := &f.lanes[f.tried[at]]
		if l.free && f.level[l.to] == f.level[at]-1 && f.push(l.to) {
			l.free, f.lanes[l.back].free = false, true
			return true
		}
	}
	return false
}
