package shape

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// relation is how two sides meet. Its text is the verb of the message.
type relation string

const (
	apart    relation = ""
	touches  relation = "touches"
	crosses  relation = "crosses"
	overlaps relation = "runs along"
)

// contact tells how two sides meet, and where. Only the place of a crossing is rounded.
func contact(s, t *segment) (orb.Point, relation) {
	ta, tb := turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)
	if ta*tb > 0 {
		return orb.Point{}, apart
	}
	sa, sb := turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)
	switch {
	case sa*sb > 0:
		return orb.Point{}, apart
	case ta == 0 && tb == 0:
		return contactInLine(s, t)
	case ta == 0:
		return t.a, touches
	case tb == 0:
		return t.b, touches
	case sa == 0:
		return s.a, touches
	case sb == 0:
		return s.b, touches
	}
	return meeting(s.a, s.b, t.a, t.b), crosses
}

func contactInLine(s, t *segment) (orb.Point, relation) {
	low, high := s.a, s.b
	if before(high, low) {
		low, high = high, low
	}
	from, to := t.a, t.b
	if before(to, from) {
		from, to = to, from
	}
	if before(low, from) {
		low = from
	}
	if before(to, high) {
		high = to
	}
	switch {
	case before(low, high):
		return low, overlaps
	case low == high:
		return low, touches
	}
	return orb.Point{}, apart
}

// checkTouches refuses rings that cross in a corner, and holes that cut the inside in two by touching.
func (c *checker) checkTouches() *Invalid {
	slices.SortFunc(c.touches, compareTouches)
	joined := forest{}
	type stop struct {
		at   orb.Point
		part int32
	}
	type visit struct {
		stop
		ring int32
	}
	stops, seen := map[stop]int{}, map[visit]bool{}
	for _, t := range c.touches {
		if between(t.at, t.rb, t.ra, t.sa) != between(t.at, t.rb, t.ra, t.sb) {
			return invalid(t.at, "%s crosses %s", c.name(t.s), c.name(t.r))
		}
		if c.rings[t.r].part != c.rings[t.s].part {
			continue
		}
		where := stop{t.at, c.rings[t.r].part}
		id, ok := stops[where]
		if !ok {
			id = len(c.rings) + len(stops)
			stops[where] = id
		}
		for _, ring := range []int32{t.r, t.s} {
			v := visit{where, ring}
			if !seen[v] && !joined.join(int(ring), id) {
				return invalid(t.at, "%s and %s touch so that the inside falls in two", c.name(t.r), c.name(t.s))
			}
			seen[v] = true
		}
	}
	return nil
}

func compareTouches(a, b touch) int {
	if n := cmp.Compare(a.r, b.r); n != 0 {
		return n
	}
	if n := cmp.Compare(a.s, b.s); n != 0 {
		return n
	}
	return comparePlaces(a.at, b.at)
}

func comparePlaces(a, b orb.Point) int {
	if n := cmp.Compare(a[0], b[0]); n != 0 {
		return n
	}
	return cmp.Compare(a[1], b[1])
}

// forest joins numbers to sets.
type forest map[int]int

func (f forest) root(n int) int {
	for {
		up, ok := f[n]
		if !ok {
			return n
		}
		if over, ok := f[up]; ok {
			f[n] = over
		}
		n = up
	}
}

// join returns false when both belong together already.
func (f forest) join(a, b int) bool {
	a, b = f.root(a), f.root(b)
	if a != b {
		f[b] = a
	}
	return a != b
}

// checkNesting refuses holes outside of their shell or inside of each other, and polygons inside of others.
// No two rings cross, so any place of a ring tells where all of it lies.
func (c *checker) checkNesting() *Invalid {
	touching := make([][]touch, len(c.rings))
	for _, t := range c.touches {
		touching[t.r], touching[t.s] = append(touching[t.r], t), append(touching[t.s], t)
	}
	around := make([][]int32, len(c.rings)) // rings that hold this one
	for i := range c.rings {
		around[i] = c.around(int32(i), touching[i])
		if c.tooTangled() {
			return tangled(c.segs)
		}
	}
	for i, r := range c.rings {
		var bad *Invalid
		if r.ring == 0 {
			bad = c.checkShell(int32(i), around)
		} else {
			bad = c.checkHole(int32(i), around[i])
		}
		if bad != nil {
			return bad
		}
	}
	return nil
}

// around finds the rings that hold a ring, sorted: by a ray from a corner that touches nothing if there is one, and
// for rings that touch that corner by the way the ring leaves it.
func (c *checker) around(ring int32, touching []touch) []int32 {
	r := c.rings[ring]
	corner := c.segs[r.from].a
	if len(touching) > 0 {
		taken := map[orb.Point]bool{}
		for _, t := range touching {
			taken[t.at] = true
		}
		for i := r.from; i < r.to && taken[corner]; i++ {
			corner = c.segs[i].a
		}
	}
	var out, here []int32
	for _, t := range touching {
		if t.at != corner {
			continue
		}
		if t.s == ring {
			t.r, t.s, t.ra, t.rb, t.sa, t.sb = t.s, t.r, t.sa, t.sb, t.ra, t.rb
		}
		here = append(here, t.s)
		if between(t.at, t.sb, t.sa, t.rb) != c.rings[t.s].turned {
			out = append(out, t.s)
		}
	}
	var crossed []int32
	c.west(corner, func(i int, _ bool) {
		c.work++
		if s := c.segs[i].ring; s != ring && !slices.Contains(here, s) {
			crossed = append(crossed, s)
		}
	})
	slices.Sort(crossed)
	for i := 0; i < len(crossed); {
		j := i + 1
		for j < len(crossed) && crossed[j] == crossed[i] {
			j++
		}
		if (j-i)%2 == 1 {
			out = append(out, crossed[i])
		}
		i = j
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *checker) checkHole(i int32, around []int32) *Invalid {
	inShell := false
	for _, o := range around {
		if c.rings[o].part != c.rings[i].part {
			continue
		}
		if c.rings[o].ring > 0 {
			return invalid(c.segs[c.rings[i].from].a, "%s lies in %s", c.name(i), c.name(o))
		}
		inShell = true
	}
	if !inShell {
		return invalid(c.segs[c.rings[i].from].a, "%s lies outside of its outer ring", c.name(i))
	}
	return nil
}

// checkShell: a polygon may lie inside the shell of another only when it lies in one of its holes.
func (c *checker) checkShell(i int32, around [][]int32) *Invalid {
	for _, o := range around[i] {
		if c.rings[o].ring > 0 {
			continue
		}
		inHole := slices.ContainsFunc(around[i], func(h int32) bool {
			return c.rings[h].part == c.rings[o].part && c.rings[h].ring > 0
		})
		if !inHole {
			return invalid(c.segs[c.rings[i].from].a, "%s lies in polygon %d", c.name(i), c.rings[o].part+1)
		}
	}
	return nil
}
