package layers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/partition"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A Survey is the features of a layer with a Partition, read once, to ask at any moment what two of them hold or none.
// It is not changed.
type Survey struct {
	layer    Layer
	features map[string]spatial.Feature
	within   []spatial.Feature
}

// A Finding is ground that two features of a layer hold, or none.
type Finding struct {
	partition.Finding
	By string // the value of Partition.By that its features have
}

// A Surveyed is what a survey found for a moment.
type Surveyed struct {
	Parts    int       // features that hold at the moment
	Findings []Finding // overlaps first, the largest first
	Slivers  int       // pieces that were too narrow to be told
}

// ReadSurvey reads all features of a layer with a Partition, and of the layer that it shall cover. within may be nil:
// then gaps are the holes between the features.
func ReadSurvey(ctx context.Context, l Layer, own, within Reader) (*Survey, error) {
	s := &Survey{layer: l, features: map[string]spatial.Feature{}}
	err := scanAll(ctx, own, l.ID, func(f spatial.Feature) { s.features[f.ID] = f })
	if err == nil && within != nil {
		err = scanAll(ctx, within, l.Partition.Within, func(f spatial.Feature) { s.within = append(s.within, f) })
	}
	if err != nil {
		return nil, fmt.Errorf("survey layer %s: %w", l.ID, err)
	}
	return s, nil
}

// scanAll reads all of a layer; one that the store does not know yet is empty.
func scanAll(ctx context.Context, r Reader, layer string, take func(spatial.Feature)) error {
	err := r.Scan(ctx, layer, func(f spatial.Feature) error {
		take(f)
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Feature is one of the features.
func (s *Survey) Feature(id string) (spatial.Feature, bool) {
	f, ok := s.features[id]
	return f, ok
}

// With is the survey as it will be after edits, and the moments, from now on, at which they change who holds what. No
// moments: the edits move no border.
func (s *Survey) With(edits []Edit, now time.Time) (after *Survey, moments []time.Time) {
	after = &Survey{layer: s.layer, features: maps.Clone(s.features), within: s.within}
	note := func(f *spatial.Feature) {
		at := now
		if f.Effective.From.After(now) {
			at = f.Effective.From
		}
		if f.Effective.Holds(at) {
			moments = append(moments, at)
		}
		if f.Effective.To.After(now) {
			moments = append(moments, f.Effective.To)
		}
	}
	for _, e := range edits {
		if e.Layer != s.layer.ID {
			continue
		}
		old, was := after.features[e.Feature.ID]
		if e.Op == Delete {
			delete(after.features, e.Feature.ID)
		} else {
			after.features[e.Feature.ID] = e.Feature
		}
		if was && e.Op != Delete && s.sameGround(&old, &e.Feature) {
			continue
		}
		if was {
			note(&old)
		}
		if e.Op != Delete {
			note(&e.Feature)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return after, slices.CompactFunc(moments, time.Time.Equal)
}

func (s *Survey) sameGround(a, b *spatial.Feature) bool {
	return a.Geometry != nil && b.Geometry != nil && orb.Equal(a.Geometry, b.Geometry) && textOf(a, s.layer.Partition.By) == textOf(b, s.layer.Partition.By) &&
		a.Effective.From.Equal(b.Effective.From) && a.Effective.To.Equal(b.Effective.To)
}

// At says what two features hold at a moment, or none.
func (s *Survey) At(at time.Time) (Surveyed, error) {
	within, err := s.boundary(at)
	if err != nil {
		return Surveyed{}, err
	}
	parts := map[string][]partition.Part{}
	for id := range s.features {
		f := s.features[id]
		by := textOf(&f, s.layer.Partition.By)
		parts[by] = append(parts[by], partOf(&f))
	}
	if len(parts) == 0 {
		parts[""] = nil
	}
	var out Surveyed
	for _, by := range slices.Sorted(maps.Keys(parts)) {
		one, err := partition.Check(parts[by], at, partition.Rule{Within: within, Sliver: s.layer.Partition.sliver()})
		if err != nil {
			return Surveyed{}, fmt.Errorf("survey layer %s: %w", s.layer.ID, err)
		}
		out.Parts, out.Slivers = out.Parts+one.Parts, out.Slivers+one.Slivers
		for _, f := range one.Findings {
			out.Findings = append(out.Findings, Finding{f, by})
		}
	}
	slices.SortStableFunc(out.Findings, func(a, b Finding) int { return partition.Compare(a.Finding, b.Finding) })
	return out, nil
}

// boundary is what shall be covered at a moment, nil when nothing says so.
func (s *Survey) boundary(at time.Time) (orb.Geometry, error) {
	var areas []orb.MultiPolygon
	for i := range s.within {
		if f := &s.within[i]; f.Effective.Holds(at) {
			switch g := f.Geometry.(type) {
			case orb.Polygon:
				areas = append(areas, orb.MultiPolygon{g})
			case orb.MultiPolygon:
				areas = append(areas, g)
			}
		}
	}
	if len(areas) == 0 {
		return nil, nil
	}
	plane, err := shape.Lay(areas...)
	if err != nil {
		return nil, fmt.Errorf("layer %s, which %s shall cover: %w", s.layer.Partition.Within, s.layer.ID, err)
	}
	return orb.MultiPolygon(plane.Pieces(func(by []int32) bool { return len(by) > 0 })), nil
}

// Worse are the findings of after that before has not, there or not as large.
func Worse(before, after []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(after), func(f Finding) bool {
		return slices.ContainsFunc(before, func(o Finding) bool { return o.coversAsMuchAs(&f) })
	})
}

// coversAsMuchAs tells whether another finding is the same ground or a part of it. Who borders on a gap may change.
func (f *Finding) coversAsMuchAs(o *Finding) bool {
	return f.Kind == o.Kind && f.By == o.By && f.Size >= o.Size*(1-1e-9) && (f.Kind == partition.Gap || slices.Equal(f.Parts, o.Parts)) &&
		spatial.Intersects(orb.Bound{Min: o.At, Max: o.At}, f.Area)
}
