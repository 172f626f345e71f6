package importer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/shape"
)

// assembleRelation makes the area that the ways of a relation enclose. Their order, direction and roles do not
// matter: every side parts inside from outside. Sides that two ways share, as two holes that touch do, are no
// border; a way that is there twice counts once. It refuses areas of which ways are missing, with their ids,
// and borders that are open or cross, with the place.
func assembleRelation(members []osmMember, lineOf func(way int64) (line []orb.Point, known bool, err error)) (orb.Geometry, []string, error) {
	var lines []orb.LineString
	var missing []int64
	var notes []string
	seen := map[string]bool{}
	ways := 0
	for _, m := range members {
		if m.kind != 1 || m.role == "label" || m.role == "admin_centre" {
			continue
		}
		ways++
		line, known, err := lineOf(m.id)
		if err != nil {
			return nil, nil, err
		}
		if !known {
			missing = append(missing, m.id)
			continue
		}
		if key := m.role + trace(line); seen[key] {
			notes = append(notes, "a way of the relation is there twice: it was taken once")
		} else {
			seen[key] = true
			lines = append(lines, line)
		}
	}
	if len(missing) > 0 {
		return nil, nil, fmt.Errorf("%d of its %d ways are not in the extract: way %s", len(missing), ways, listIDs(missing))
	}
	area, err := shape.Assemble(lines)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("its ways make no area: %w", err)
	case len(area) == 0:
		return nil, nil, errors.New("its ways enclose no area")
	case len(area) == 1:
		return area[0], notes, nil
	}
	return area, notes, nil
}

// trace is a text that is equal for lines with the same sides, wherever they begin and however they run.
func trace(line []orb.Point) string {
	var sum, product uint64 = 0, 1
	for i := 1; i < len(line); i++ {
		a, b := bytesOf(line[i-1]), bytesOf(line[i])
		if bytes.Compare(a[:], b[:]) > 0 {
			a, b = b, a
		}
		h := xxhash.Sum64(append(a[:], b[:]...))
		sum, product = sum+h, product*(h|1)
	}
	return fmt.Sprintf(" %d %x %x", len(line), sum, product)
}

func bytesOf(p orb.Point) (out [16]byte) {
	binary.BigEndian.PutUint64(out[:], math.Float64bits(p[0]))
	binary.BigEndian.PutUint64(out[8:], math.Float64bits(p[1]))
	return out
}
