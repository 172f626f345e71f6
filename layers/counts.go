package layers

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
)

// Counts says that the features of a layer may be counted, by what, and who may see how many there are without seeing
// them. Counts from 1 to K-1 are told to nobody, and who does not see all features may ask for nothing but the fixed
// periods, areas and squares that are said here.
type Counts struct {
	By          []string    `yaml:"by,omitempty" json:"by,omitempty"`                   // layers of areas, each a part of one of the layer before; at most two
	Cells       uint8       `yaml:"cells,omitempty" json:"cells,omitempty"`             // zoom of the finest squares; unset: none
	Time        string      `yaml:"time,omitempty" json:"time,omitempty"`               // property with the time that periods go by; unset: what there is now
	Of          []string    `yaml:"of,omitempty" json:"of,omitempty"`                   // properties with the classes that areas of the first layer are counted by
	K           int         `yaml:"k,omitempty" json:"k,omitempty"`                     // the least count that is told; at least 5, and 5 when unset
	Period      int         `yaml:"period,omitempty" json:"period,omitempty"`           // days of a fixed period; at least 7, and 7 when unset
	Sensitivity Sensitivity `yaml:"sensitivity,omitempty" json:"sensitivity,omitempty"` // who may see the counts; the layer's when unset
}

// Counts tells whether the counts of a layer exist for the view.
func (v View) Counts(l *Layer) bool {
	return l.Counts != nil && (v.level(l.Counts.Sensitivity) || v.Layer(l))
}

// CountsZone is whose midnights the periods of counts begin and end at.
var CountsZone = time.FixedZone("UTC+8", 8*3600)

// Calendar are the fixed periods.
func (c *Counts) Calendar() tally.Calendar { return tally.Calendar{Days: c.Period, Zone: CountsZone} }

// CountedAt is the time that a feature is counted at; known is false where it says none.
func (l *Layer) CountedAt(f *spatial.Feature) (at time.Time, known bool) {
	text := textOf(f, l.Counts.Time)
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.DateOnly, text, CountsZone)
	return at, err == nil
}

// ClassOf is the class of a feature by a property of Counts.Of; "" where it has none.
func ClassOf(f *spatial.Feature, property string) string {
	switch v := f.Properties[property].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// completeCounts fills in what the block may leave out.
func completeCounts(l *Layer) {
	c := l.Counts
	if c == nil {
		return
	}
	if c.K == 0 {
		c.K = tally.Floor
	}
	if c.Period == 0 && c.Time != "" {
		c.Period = tally.LeastDays
	}
	if c.Sensitivity == "" {
		c.Sensitivity = l.Sensitivity
	}
}

func checkCounts(ps *Problems, l Layer, at func(...any) string) {
	c := l.Counts
	if c == nil {
		return
	}
	inside := func(path ...any) string { return at(append([]any{"counts"}, path...)...) }
	switch {
	case l.Kind != PointKind:
		ps.add(inside(), "points are counted: the geometry of the layer is %s", l.Kind)
	case l.Registry != nil || l.Duty != nil || l.Source.Type == Live:
		ps.add(inside(), "units, shifts and devices are not counted by place: where they are says who is there")
	case !l.IsManaged():
		ps.add(inside(), "only layers that live in the store can be counted")
	case len(c.By) == 0 && c.Cells == 0:
		ps.add(inside(), "say by which layers of areas (by) or down to which zoom of squares (cells)")
	}
	if len(c.By) > tally.Levels {
		ps.add(inside("by"), "there can be %d layers of areas, not %d", tally.Levels, len(c.By))
	}
	if c.Cells > tally.Finest {
		ps.add(inside("cells"), "squares of zoom %d would tell the house: %d is the finest", c.Cells, tally.Finest)
	}
	if c.K < tally.Floor {
		ps.add(inside("k"), "%d is too few: counts below %d are never told", c.K, tally.Floor)
	}
	if p, ok := l.Property(c.Time); c.Time != "" && (!ok || p.Type != TimeType && p.Type != DateType) {
		ps.add(inside("time"), "%q is none of the layer's properties of type time or date", c.Time)
	}
	if p, _ := l.Property(c.Time); levels[p.Sensitivity] > levels[l.Sensitivity] {
		ps.add(inside("time"), "%q is %s and the layer is not: counts would tell of it", c.Time, p.Sensitivity)
	}
	switch {
	case c.Time == "" && c.Period != 0:
		ps.add(inside("period"), "say with time by which property the periods go")
	case c.Time != "" && (c.Period < tally.LeastDays || c.Period > 366):
		ps.add(inside("period"), "%d days are no period: it has %d to 366", c.Period, tally.LeastDays)
	}
	oneOf(ps, inside("sensitivity"), c.Sensitivity, Public, Internal, Restricted)
	if levels[c.Sensitivity] > levels[l.Sensitivity] {
		ps.add(inside("sensitivity"), "the counts are %s and the layer is not: who sees the features can count them", c.Sensitivity)
	}
	for i, name := range c.Of {
		checkClasses(ps, l, name, slices.Contains(c.Of[:i], name), func() string { return inside("of", i) })
	}
	if len(c.Of) > 0 && len(c.By) == 0 {
		ps.add(inside("of"), "classes are counted by areas: say with by of which layer")
	}
}

// checkClasses wants a property that sorts features: one that tells them apart would name each of them.
func checkClasses(ps *Problems, l Layer, name string, twice bool, place func() string) {
	p, ok := l.Property(name)
	switch {
	case !ok || p.Format != "" || p.Type != BooleanType && p.Type != TextType:
		ps.add(place(), "%q is none of the layer's properties of type text or boolean", name)
	case twice:
		ps.add(place(), "%q stands there twice", name)
	case name == l.Label || name == l.Jurisdiction || name == l.Labelled || p.Search || p.Required && len(p.Values) == 0:
		ps.add(place(), "%q tells features apart, or who sees them; counts are by what sorts them", name)
	case levels[p.Sensitivity] > levels[l.Sensitivity]:
		ps.add(place(), "%q is %s and the layer is not: counts would tell of it", name, p.Sensitivity)
	}
}

// checkAreas holds what layers are counted by against the definitions of those.
func (c *Catalogue) checkAreas(ps *Problems) {
	for _, l := range c.layers {
		if l.Counts == nil {
			continue
		}
		for i, id := range l.Counts.By {
			place := fmt.Sprintf("%s:%d counts.by[%d]", l.File, l.Line, i)
			areas, known := c.Layer(id)
			switch {
			case !known || areas.Kind != PolygonKind || !areas.IsManaged():
				ps.add(place, "%q is no layer of polygons that lives in the store", id)
			case levels[areas.Sensitivity] > levels[l.Counts.Sensitivity] || areas.Labelled != "" || areas.Jurisdiction != "":
				ps.add(place, "not everybody who may see the counts sees all areas of %q; give the counts another sensitivity", id)
			case slices.Contains(l.Counts.By[:i], id):
				ps.add(place, "%q stands there twice", id)
			}
		}
	}
}
