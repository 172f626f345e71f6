package road

// judge finds out how far the graph hangs together.
func (b *builder) judge() {
	total := 0.0
	for i := range b.edges {
		total += b.edges[i].meters
	}
	b.report.Meters = total
	b.main = make([]bool, len(b.edges))
	if total == 0 {
		return
	}
	count, largest := b.components()
	b.report.Components, b.report.Largest = count, largest/total
	b.report.Main = b.markMain() / total
}

// components joins nodes over edges, and returns the number of parts and the metres of the longest.
func (b *builder) components() (count int, largest float64) {
	parent := make([]int32, b.report.Nodes)
	for i := range parent {
		parent[i] = int32(i)
	}
	root := func(n int32) int32 {
		for parent[n] != n {
			parent[n] = parent[parent[n]]
			n = parent[n]
		}
		return n
	}
	for i := range b.edges {
		parent[root(b.edges[i].from)] = root(b.edges[i].to)
	}
	sum := make([]float64, len(parent))
	for i := range b.edges {
		sum[root(b.edges[i].from)] += b.edges[i].meters
	}
	for n := range parent {
		if parent[n] == int32(n) {
			count++
			largest = max(largest, sum[n])
		}
	}
	return count, largest
}

// markMain marks the edges of the strong part with the most metres, and returns these metres.
func (b *builder) markMain() float64 {
	part := strongParts(&b.ahead)
	inside := make([]int32, len(b.edges)) // of each edge the part in which it can be driven, plus one
	sum := make([]float64, len(part))
	for s := range part {
		for _, h := range b.ahead.at(int32(s)) {
			if e := h.arc >> 1; part[s] == part[h.to] && b.speed(h.arc) > 0 && inside[e] == 0 {
				inside[e] = part[s] + 1
				sum[part[s]] += b.edges[e].meters
			}
		}
	}
	best := 0
	for p := range sum {
		if sum[p] > sum[best] {
			best = p
		}
	}
	for e := range inside {
		b.main[e] = inside[e] == int32(best)+1
	}
	return sum[best]
}

// strongParts numbers for each state the strong component in which it lies, by Tarjan's way with an own stack.
func strongParts(s *star) []int32 {
	n := len(s.first) - 1
	t := tarjan{star: s, part: make([]int32, n), order: make([]int32, n), low: make([]int32, n), at: append([]int32(nil), s.first[:n]...)}
	for i := range t.part {
		t.part[i] = -1
	}
	for v := range int32(n) {
		if t.order[v] == 0 {
			t.visit(v)
		}
	}
	return t.part
}

type tarjan struct {
	star       *star
	part       []int32
	order, low []int32 // 0: not seen yet
	at         []int32 // the hop that comes next
	path, open []int32
	seen, done int32
}

func (t *tarjan) visit(root int32) {
	t.enter(root)
	for len(t.path) > 0 {
		v := t.path[len(t.path)-1]
		if t.at[v] < t.star.first[v+1] {
			t.follow(v, &t.star.hops[t.at[v]])
			t.at[v]++
			continue
		}
		t.path = t.path[:len(t.path)-1]
		if len(t.path) > 0 {
			up := t.path[len(t.path)-1]
			t.low[up] = min(t.low[up], t.low[v])
		}
		if t.low[v] == t.order[v] {
			t.finish(v)
		}
	}
}

func (t *tarjan) enter(v int32) {
	t.seen++
	t.order[v], t.low[v] = t.seen, t.seen
	t.path, t.open = append(t.path, v), append(t.open, v)
}

func (t *tarjan) follow(v int32, h *hop) {
	switch {
	case h.seconds > 1e300: // closed
	case t.order[h.to] == 0:
		t.enter(h.to)
	case t.part[h.to] < 0:
		t.low[v] = min(t.low[v], t.order[h.to])
	}
}

func (t *tarjan) finish(v int32) {
	for {
		w := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.part[w] = t.done
		if w == v {
			t.done++
			return
		}
	}
}
