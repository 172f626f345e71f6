package importer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// levels counts the levels of detail that were left out because there was a better one.
type levels map[float64]int64

// take counts those of an object besides the one that was taken.
func (l levels) take(all map[float64]bool, best float64) {
	for lod := range all {
		if lod != best {
			l[lod]++
		}
	}
}

func (l levels) notes() []string {
	if len(l) == 0 {
		return nil
	}
	var each []string
	for _, lod := range slices.Sorted(maps.Keys(l)) {
		each = append(each, fmt.Sprintf("%s of %d objects", strconv.FormatFloat(lod, 'g', -1, 64), l[lod]))
	}
	return []string{fmt.Sprintf("levels of detail are left out where there is a better one: %s; the best is the finest up to %g", strings.Join(each, ", "), bestLOD)}
}
