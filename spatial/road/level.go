package road

import "slices"

// A use is what one level has at a place.
type use struct {
	level          int
	ends, vertices int
	joins          int // the level with which it connects, its own unless it is a lone end
}

// separate gives places where roads pass above each other a number for each level. levels are those of the runs.
func (b *builder) separate(levels []int) {
	mixed := b.mixed(levels)
	if len(mixed) == 0 {
		return
	}
	for i, r := range b.runs {
		for v := r.first; v < r.last; v++ {
			if uses, ok := mixed[b.places[v]]; ok {
				end := v == r.first || v == r.last-1
				mixed[b.places[v]] = count(uses, levels[i], end)
			}
		}
	}
	for p, uses := range mixed {
		slices.SortFunc(uses, func(a, b use) int { return a.level - b.level })
		join(uses)
		mixed[p] = uses
	}
	b.apart = map[int32][]int32{}
	number := map[[2]int]int32{}
	for i, r := range b.runs {
		for v := r.first; v < r.last; v++ {
			if uses, ok := mixed[b.places[v]]; ok {
				b.places[v] = b.own(number, b.places[v], uses, levels[i])
			}
		}
	}
}

// mixed are the places that have vertices of several levels.
func (b *builder) mixed(levels []int) map[int32][]use {
	found := map[int32][]use{}
	if !slices.ContainsFunc(levels, func(l int) bool { return l != levels[0] }) {
		return found
	}
	seen := map[int32]int{}
	for i, r := range b.runs {
		for _, p := range b.places[r.first:r.last] {
			if l, ok := seen[p]; !ok {
				seen[p] = levels[i]
			} else if l != levels[i] {
				found[p] = nil
			}
		}
	}
	return found
}

func count(uses []use, level int, end bool) []use {
	i := slices.IndexFunc(uses, func(u use) bool { return u.level == level })
	if i < 0 {
		i, uses = len(uses), append(uses, use{level: level, joins: level})
	}
	uses[i].vertices++
	if end {
		uses[i].ends++
	}
	return uses
}

// join lets every lone end connect with the level nearest to it, the lower one of two. uses are in order of level.
func join(uses []use) {
	for i := range uses {
		u := &uses[i]
		if u.vertices != 1 || u.ends != 1 {
			continue
		}
		near := -1
		for j := range uses {
			if j != i && (near < 0 || gap(uses[j].level, u.level) < gap(uses[near].level, u.level)) {
				near = j
			}
		}
		merge(uses, u.joins, uses[near].joins)
	}
}

func merge(uses []use, a, b int) {
	for i := range uses {
		if uses[i].joins == a {
			uses[i].joins = b
		}
	}
}

func gap(a, b int) int { return max(a-b, b-a) }

// own is the number of what a level connects with at a place; the first one keeps the number of the place.
func (b *builder) own(number map[[2]int]int32, place int32, uses []use, level int) int32 {
	i := slices.IndexFunc(uses, func(u use) bool { return u.level == level })
	key := [2]int{int(place), uses[i].joins}
	if n, ok := number[key]; ok {
		return n
	}
	n := place
	if len(b.apart[place]) > 0 {
		n = int32(len(b.weld.at))
		b.weld.at = append(b.weld.at, b.weld.at[place])
	}
	b.apart[place] = append(b.apart[place], n)
	number[key] = n
	return n
}
