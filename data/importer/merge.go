package importer

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"
)

// A merger is a Source that unites the records of one id, which a file has in pieces when it was cut at the
// edges of tiles. It reads the file twice: first it counts the ids, so that it then knows the last piece of each
// and keeps in memory only pieces whose others are still to come.
type merger struct {
	Source
	ids  *ids
	left map[uint64]uint32 // pieces still to come, of ids with several
	held map[uint64]pieces
}

// pieces are the records of one id so far, in the order of the file.
type pieces []Record

func mergeParts(first Source, again func() (Source, error), o Options) (Source, error) {
	m := &merger{ids: newIDs(o), left: map[uint64]uint32{}, held: map[uint64]pieces{}}
	err := m.count(first)
	if err := errors.Join(err, first.Close()); err != nil {
		return nil, err
	}
	m.Source, err = again()
	return m, err
}

func (m *merger) count(src Source) error {
	for {
		rec, err := src.Next()
		if eof(err) {
			maps.DeleteFunc(m.left, func(_ uint64, n uint32) bool { return n == 1 })
			return nil
		}
		if err != nil {
			return err
		}
		if id, ok := m.id(rec); ok {
			m.left[id]++
		}
	}
}

func (m *merger) id(rec Record) (uint64, bool) {
	if rec.Err != nil || rec.ID == "" && len(m.ids.key) == 0 {
		return 0, false
	}
	id, err := m.ids.of(rec)
	return xxhash.Sum64String(id), err == nil
}

// Next implements Source.
func (m *merger) Next() (Record, error) {
	for {
		rec, err := m.Source.Next()
		if err != nil {
			return rec, err
		}
		id, ok := m.id(rec)
		if !ok || m.left[id] == 0 {
			return rec, nil
		}
		m.held[id] = append(m.held[id], rec)
		if m.left[id]--; m.left[id] > 0 {
			continue
		}
		all := m.held[id]
		delete(m.held, id)
		return all.united(), nil
	}
}

// Columns implements Tabled, as far as the source does.
func (m *merger) Columns() []string {
	if t, ok := m.Source.(Tabled); ok {
		return t.Columns()
	}
	return nil
}

// again implements rereadable, as far as the source does.
func (m *merger) again() (Source, error) {
	if r, ok := m.Source.(rereadable); ok {
		return r.again()
	}
	return nil, nil
}

// Notes implements Noter.
func (m *merger) Notes() []string {
	if n, ok := m.Source.(Noter); ok {
		return n.Notes()
	}
	return nil
}

// united is one record of all pieces. Those of the highest dimension come first: they make the geometry, and
// where pieces differ in a field the first one counts. Both leaves a note.
func (p pieces) united() Record {
	out := Record{Place: p[0].Place, ID: p[0].ID, Common: p[0].Common, Parts: len(p), Properties: map[string]any{}}
	sorted := slices.Clone(p)
	slices.SortStableFunc(sorted, func(a, b Record) int { return b.Geometry.Dimensions() - a.Geometry.Dimensions() })
	most := sorted[0].Geometry.Dimensions()
	var shapes []orb.Geometry
	lower := false
	for _, rec := range sorted {
		out.Heights += rec.Heights
		out.Notes = append(out.Notes, rec.Notes...)
		for _, name := range slices.Sorted(maps.Keys(rec.Properties)) {
			v := rec.Properties[name]
			if old, there := out.Properties[name]; !there {
				out.Properties[name] = v
			} else if old != v {
				out.Notes = append(out.Notes, fmt.Sprintf("merged parts differ in field %s: the value of one was kept, areas before lines before points", name))
			}
		}
		if rec.Geometry.Dimensions() == most {
			shapes = append(shapes, rec.Geometry)
		}
		lower = lower || hasLower(rec.Geometry, most)
	}
	if lower {
		out.Notes = append(out.Notes, "merged parts of lower dimension (label points, outlines) were left out")
	}
	out.Geometry = unite(shapes, most)
	return out
}

// hasLower tells whether a geometry, or a member of it, has less than so many dimensions.
func hasLower(g orb.Geometry, dimension int) bool {
	if c, ok := g.(orb.Collection); ok {
		return slices.ContainsFunc(c, func(m orb.Geometry) bool { return hasLower(m, dimension) })
	}
	return g.Dimensions() < dimension
}

// unite puts geometries of one dimension into one.
func unite(shapes []orb.Geometry, dimension int) orb.Geometry {
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	var collect func(orb.Geometry)
	collect = func(g orb.Geometry) {
		switch g := g.(type) {
		case orb.Point:
			points = append(points, g)
		case orb.MultiPoint:
			points = append(points, g...)
		case orb.LineString:
			lines = append(lines, g)
		case orb.MultiLineString:
			lines = append(lines, g...)
		case orb.Polygon:
			polygons = append(polygons, g)
		case orb.MultiPolygon:
			polygons = append(polygons, g...)
		case orb.Collection:
			for _, m := range g {
				if m.Dimensions() == dimension {
					collect(m) // and hasLower tells of the others
				}
			}
		}
	}
	for _, g := range shapes {
		collect(g)
	}
	switch {
	case len(polygons) > 0:
		return single(once(polygons))
	case len(lines) > 0:
		return single(once(lines))
	}
	return single(once(points))
}

// once leaves each part once.
func once[S ~[]G, G orb.Geometry](parts S) S {
	if len(parts) > 2000 { // comparing all with all would be slow, and nobody repeats parts on purpose
		return parts
	}
	out := parts[:0:0]
	for _, g := range parts {
		if !slices.ContainsFunc(out, func(o G) bool { return orb.Equal(o, g) }) {
			out = append(out, g)
		}
	}
	return out
}

// single is the only part, or all of them as one geometry.
func single(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.MultiPoint:
		if len(g) == 1 {
			return g[0]
		}
	case orb.MultiLineString:
		if len(g) == 1 {
			return g[0]
		}
	case orb.MultiPolygon:
		if len(g) == 1 {
			return g[0]
		}
	}
	return g
}
