package mvt

import (
	"errors"
	"fmt"
	"math"
)

// Check tells what is wrong with a tile by the rules of the format, version 2.1, and by those that only a
// careful encoder keeps: layers have features, ids are unique, lines have no segment of length 0, rings at
// least three points, none twice, and an area; the first ring of a polygon is an exterior, and holes do not
// come before one; numbers are finite. It names the place.
func Check(data []byte) error {
	layers, err := Decode(data)
	if err != nil {
		return err
	}
	for _, l := range layers {
		if err := l.check(); err != nil {
			return fmt.Errorf("layer %q: %w", l.Name, err)
		}
	}
	return nil
}

func (l Layer) check() error {
	if l.Version != 2 {
		return fmt.Errorf("version %d instead of 2", l.Version)
	}
	if len(l.Features) == 0 {
		return errors.New("it has no features")
	}
	ids := map[uint64]int{}
	for i, f := range l.Features {
		if before, twice := ids[f.ID]; twice && f.HasID {
			return fmt.Errorf("features %d and %d have the same id %d", before, i+1, f.ID)
		}
		if f.HasID {
			ids[f.ID] = i + 1
		}
		if err := f.check(int64(l.Extent)); err != nil {
			return fmt.Errorf("feature %d (id %d, %s): %w", i+1, f.ID, f.Type, err)
		}
	}
	return nil
}

func (f Feature) check(extent int64) error {
	for k, v := range f.Properties {
		if d, ok := v.(float64); ok && (math.IsNaN(d) || math.IsInf(d, 0)) {
			return fmt.Errorf("property %q is not a finite number", k)
		}
	}
	if f.Type == Unknown {
		return errors.New("the geometry type is unknown")
	}
	for i, run := range f.Parts {
		if err := run.check(f.Type, i == 0, extent); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}

func (r Run) check(t Type, first bool, extent int64) error {
	for i, p := range r {
		if x, y := int64(p[0]), int64(p[1]); max(x, y) > 2*extent || min(x, y) < -extent {
			return fmt.Errorf("point %d lies at %d, %d, far outside of the tile", i+1, x, y)
		}
		if t != Points && i > 0 && r[i-1] == p {
			return fmt.Errorf("points %d and %d are the same: %d, %d", i, i+1, p[0], p[1])
		}
	}
	if t != Polygon {
		return nil
	}
	seen := map[[2]int32]int{}
	for i, p := range r {
		if j, twice := seen[p]; twice {
			return fmt.Errorf("points %d and %d of the ring are the same: %d, %d", j, i+1, p[0], p[1])
		}
		seen[p] = i + 1
	}
	switch area := r.Area2(); {
	case area == 0:
		return errors.New("the ring has no area")
	case first && area < 0:
		return errors.New("the first ring is not an exterior")
	}
	return nil
}
