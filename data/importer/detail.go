package importer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// bestLOD is the level of detail up to which buildings have no windows and no insides.
const bestLOD = 2.2

// better tells whether one prefers a level of detail: the finest up to bestLOD, else the coarsest.
func better(a, b float64) bool {
	switch {
	case a <= bestLOD && b <= bestLOD:
		return a > b
	default:
		return a < b
	}
}

func levelName(lod float64) string { return strconv.FormatFloat(lod, 'g', -1, 64) }

// mostLevels is how many levels of detail a note names.
const mostLevels = 12

// otherLevels are the levels of detail that were not taken.
type otherLevels struct {
	objects int64 // that have any
	levels  map[float64]bool
}

// add tells of the levels that one object has besides the one taken.
func (o *otherLevels) add(levels map[float64]bool) {
	if len(levels) == 0 {
		return
	}
	if o.levels == nil {
		o.levels = map[float64]bool{}
	}
	o.objects++
	for lod := range levels {
		if len(o.levels) < mostLevels {
			o.levels[lod] = true
		}
	}
}

func (o *otherLevels) notes() []string {
	if o.objects == 0 {
		return nil
	}
	var names []string
	for _, lod := range slices.Sorted(maps.Keys(o.levels)) {
		names = append(names, levelName(lod))
	}
	return []string{fmt.Sprintf("of %d objects other levels of detail are left out (%s): each comes in the finest that it has up to %g", o.objects, strings.Join(names, ", "), bestLOD)}
}
