// Package partition looks after areas that shall cover ground each place once, as beats do: it finds where two of them
// overlap and where none of them is, with the place, the size and the names, and looks up whose a place is. Areas hold
// for a time, so every question names a moment. Decisions are exact; what is narrower than a given width counts as a
// border that was drawn twice, and is counted but not told.
package partition

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A Part is one of the areas. It is not changed.
type Part struct {
	ID        string
	Area      orb.Geometry // a valid Polygon or MultiPolygon; other geometries hold nothing
	Effective spatial.Validity
}

// A Kind is what is wrong with a piece of ground.
type Kind uint8

const (
	Overlap Kind = iota + 1 // two parts hold it
	Gap                     // no part holds it
)

func (k Kind) String() string {
	switch k {
	case Overlap:
		return "overlap"
	case Gap:
		return "gap"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Finding is one piece of ground that is nobody's, or that of two.
type Finding struct {
	Kind  Kind
	Parts []string    // of an overlap the two that hold it, of a gap all that border on it; in order
	Area  orb.Polygon // valid
	Size  float64     // square metres on the ellipsoid
	At    orb.Point   // in it, for a sign on the map
}

// A Rule says what parts shall do.
type Rule struct {
	// Within is what the parts shall cover, a valid Polygon or MultiPolygon. Where it is nil, gaps are the holes that the
	// parts leave between them.
	Within orb.Geometry
	Sliver float64 // metres: pieces into which no circle of this diameter fits are no findings; 0 takes all
}

// A Report is what was found.
type Report struct {
	Parts    int       // that hold at the moment
	Findings []Finding // overlaps first, the largest first
	Slivers  int       // pieces that were too narrow to be findings
}

// Check looks at the parts that hold at a moment. It fails when an area is not valid.
func Check(parts []Part, at time.Time, rule Rule) (Report, error) {
	holding := holdingAt(parts, at)
	areas := make([]orb.MultiPolygon, len(holding), len(holding)+1)
	for i, p := range holding {
		areas[i] = polygonsOf(p.Area)
	}
	within := -1
	if rule.Within != nil {
		within = len(areas)
		areas = append(areas, polygonsOf(rule.Within))
	}
	plane, err := shape.Lay(areas...)
	if err != nil {
		return Report{}, err
	}
	c := check{parts: holding, plane: plane, within: int32(within), sliver: rule.Sliver, report: Report{Parts: len(holding)}}
	c.overlaps()
	c.gaps()
	slices.SortStableFunc(c.report.Findings, Compare)
	return c.report, nil
}

// holdingAt are the parts that hold at a moment, in order of their ids.
func holdingAt(parts []Part, at time.Time) []Part {
	out := make([]Part, 0, len(parts))
	for _, p := range parts {
		if p.Effective.Holds(at) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Part) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func polygonsOf(g orb.Geometry) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}
	case orb.MultiPolygon:
		return g
	}
	return nil
}

// check is one look at parts that hold at the same moment.
type check struct {
	parts  []Part
	plane  *shape.Overlay
	within int32 // number of the area that shall be covered, -1 when there is none
	sliver float64
	report Report
}

// overlaps finds what each two parts hold together.
func (c *check) overlaps() {
	pairs := map[[2]int32]bool{}
	for by := range c.plane.Holders() {
		by = c.without(by)
		for i, one := range by {
			for _, two := range by[i+1:] {
				pairs[[2]int32{one, two}] = true
			}
		}
	}
	for pair := range pairs {
		both := func(by []int32) bool { return slices.Contains(by, pair[0]) && slices.Contains(by, pair[1]) }
		for _, piece := range c.plane.Pieces(both) {
			c.found(Overlap, piece, pair[:])
		}
	}
}

// gaps finds what no part holds: of the area that shall be covered, or else between the parts.
func (c *check) gaps() {
	free := func(by []int32) bool {
		return len(by) == 0 && c.within < 0 || len(by) == 1 && by[0] == c.within
	}
	for _, piece := range c.plane.Pieces(free) {
		c.found(Gap, piece, c.without(c.plane.Beside(piece)))
	}
}

// without is a set of areas without the one that shall be covered, which has the greatest number.
func (c *check) without(by []int32) []int32 {
	if n := len(by); n > 0 && by[n-1] == c.within {
		return by[:n-1]
	}
	return by
}

func (c *check) found(kind Kind, piece orb.Polygon, by []int32) {
	if !wide(piece, c.sliver) {
		c.report.Slivers++
		return
	}
	f := Finding{Kind: kind, Area: piece, Size: SquareMeters(piece)}
	for _, i := range by {
		f.Parts = append(f.Parts, c.parts[i].ID)
	}
	f.At, _ = shape.Pole(piece)
	c.report.Findings = append(c.report.Findings, f)
}

// Compare orders findings: overlaps first, the largest first.
func Compare(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Size, a.Size), slices.Compare(a.Parts, b.Parts),
		cmp.Compare(a.At[0], b.At[0]), cmp.Compare(a.At[1], b.At[1]))
}
