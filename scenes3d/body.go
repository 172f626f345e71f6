package scenes3d

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/solid"
	"github.com/wardmap/wardmap/tiles"
)

// A body is a feature that has a volume. It is not changed after it was made.
type body struct {
	id        string
	coords    []float64 // lon, lat of all rings, none closed; outer rings counter-clockwise, holes clockwise
	rings     []ring
	base, top float64     // m above the ellipsoid
	ground    float64     // that it stands on, m above the ellipsoid
	tall      float64     // from the underside to the top as the feature has them, m
	roof      *roof       // nil is flat
	stand     *stand      // of a point
	faces     solid.Solid // that are its surface; nil for what rises from its footprint
	row       []uint64    // values of the fields, see encode
	marks     []string
	box       box
	size      float64 // diagonal, m
	cell      tiles.ID
	hangs     bool // its underside is above the ground
}

type ring struct {
	end  int32 // of its coordinates in points
	hole bool
}

// newBody makes the body of a feature, or says why it has none.
func newBody(s *Spec, f *spatial.Feature) (*body, error) {
	b := &body{id: f.ID, box: nowhere}
	for _, name := range s.Marks {
		text, _ := f.Properties[name].(string)
		b.marks = append(b.marks, text)
	}
	if at, ok := f.Geometry.(orb.Point); ok && s.Stand.any() {
		return b, b.put(s, at, f.Properties)
	}
	var parts []orb.Polygon
	switch g := f.Geometry.(type) {
	case orb.Polygon:
		parts = []orb.Polygon{g}
	case orb.MultiPolygon:
		parts = g
	default:
		var err error
		if parts, err = s.Rise.widen(f); err != nil {
			return nil, err
		}
	}
	b.take(parts)
	if len(b.rings) == 0 {
		return nil, fmt.Errorf("its footprint has no area")
	}
	if err := b.shape(&s.Rise, f.Properties); err != nil {
		return nil, err
	}
	if err := b.settle(s.Ground); err != nil {
		return nil, err
	}
	b.measure()
	if b.box.east-b.box.west > 180 {
		return nil, fmt.Errorf("it spans the antimeridian")
	}
	return b, nil
}

// shape gives the body its faces, or lets it rise from its footprint.
func (b *body) shape(r *Rise, properties map[string]any) error {
	if text, _ := properties[r.Solid].(string); text != "" {
		return b.clothe(text)
	}
	return b.raise(r, properties)
}

// take takes the footprint in. A layer may have millions of them: they have the memory that they need, and no more.
func (b *body) take(parts []orb.Polygon) {
	rings, points := 0, 0
	for _, p := range parts {
		rings += len(p)
		for _, r := range p {
			points += len(r) - 1 // the last is the first again
		}
	}
	b.rings, b.coords = make([]ring, 0, rings), make([]float64, 0, max(2*points, 0))
	for _, p := range parts {
		b.add(p)
	}
}

// add takes the rings of a polygon that enclose something.
func (b *body) add(p orb.Polygon) {
	for i, r := range p {
		start := len(b.coords)
		if n := len(r); n > 1 && r[0] == r[n-1] {
			r = r[:n-1]
		}
		for _, at := range r {
			if n := len(b.coords); n == start || at[0] != b.coords[n-2] || at[1] != b.coords[n-1] {
				b.coords = append(b.coords, at[0], at[1])
			}
		}
		if n := len(b.coords); n-start >= 4 && b.coords[start] == b.coords[n-2] && b.coords[start+1] == b.coords[n-1] {
			b.coords = b.coords[:n-2]
		}
		area := ringArea(b.coords[start:])
		if len(b.coords)-start < 6 || math.Abs(area) < 1e-18 || math.IsNaN(area) {
			b.coords = b.coords[:start]
			if i == 0 {
				return
			}
			continue
		}
		if (area > 0) != (i == 0) {
			reverse(b.coords[start:])
		}
		b.rings = append(b.rings, ring{int32(len(b.coords) / 2), i > 0})
	}
}

// ringArea is twice the area of a ring in its own units, positive when counter-clockwise.
func ringArea(c []float64) (sum float64) {
	if len(c) < 6 {
		return 0
	}
	x0, y0 := c[0], c[1]
	for i := 2; i+3 < len(c); i += 2 {
		sum += (c[i]-x0)*(c[i+3]-y0) - (c[i+2]-x0)*(c[i+1]-y0)
	}
	return sum
}

func reverse(c []float64) {
	for i, j := 0, len(c)-2; i < j; i, j = i+2, j-2 {
		c[i], c[j] = c[j], c[i]
		c[i+1], c[j+1] = c[j+1], c[i+1]
	}
}

// raise finds how high the body stands.
func (b *body) raise(r *Rise, properties map[string]any) error {
	number := func(name string) (float64, bool) { return numberOf(properties[name]) }
	text := func(name string) string {
		v, _ := properties[name].(string)
		return v
	}
	b.base, _ = number(r.Base)
	top, known := number(r.Top)
	if !known || top <= 0 {
		known = false
		if levels, ok := number(r.Levels); ok && levels > 0 {
			top, known = levels*r.Level, true
		}
	}
	if !known {
		class, ok := r.Defaults[text(r.Class)]
		if !ok {
			class = r.Default
		}
		if class == 0 {
			return fmt.Errorf("nothing says how high it is")
		}
		top = b.base + class
	}
	b.top = top
	if !(b.top > b.base) {
		return fmt.Errorf("its top (%g m) is not above its base (%g m)", b.top, b.base)
	}
	b.roof = roofAsked(strings.ToLower(text(r.Roof)))
	if rise, ok := number(r.RoofHeight); ok && rise > 0 && b.roof != nil {
		b.roof.rise = rise
	}
	return nil
}

func numberOf(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64:
		return float64(v), true
	}
	return 0, false
}

// clothe gives the body the faces that it is said to have.
func (b *body) clothe(text string) error {
	given, err := solid.Parse(text)
	if err != nil {
		return err
	}
	b.faces, _ = given.Outward()
	if len(b.faces) == 0 {
		return fmt.Errorf("none of its faces has an area")
	}
	low, high := b.faces.Box()
	b.base, b.top = low[2], high[2]
	b.box.stretch(low[0], low[1])
	b.box.stretch(high[0], high[1])
	return nil
}

// measure finds the box, the size and the tile of the body.
func (b *body) measure() {
	for i := 0; i < len(b.coords); i += 2 {
		b.box.stretch(b.coords[i], b.coords[i+1])
	}
	b.box.low, b.box.high = b.base, b.top
	middle := orb.Point{(b.box.west + b.box.east) / 2, (b.box.south + b.box.north) / 2}
	degree := math.Pi / 180 * semiMajor
	east := (b.box.east - b.box.west) * degree * math.Cos(middle[1]*math.Pi/180)
	north := (b.box.north - b.box.south) * degree
	b.size = math.Sqrt(east*east + north*north + (b.top-b.base)*(b.top-b.base))
	zoom := math.Floor(math.Log2(parallel(middle[1]) / (cellsPerBody * b.size)))
	b.cell = tiles.Project(middle).At(uint8(min(max(zoom, 0), deepestZoom)))
}

// parallel is the length of a parallel in metres, which the tiles of a zoom part evenly.
func parallel(lat float64) float64 { return 2 * math.Pi * semiMajor * math.Cos(lat*math.Pi/180) }

// space is what the body's tile takes for it: its box and a margin.
func (b *body) space() box {
	return b.box.padded(margin(math.Ldexp(parallel((b.box.south+b.box.north)/2), -int(b.cell.Z))))
}

// A box is a part of the earth in degrees and metres.
type box struct{ west, south, east, north, low, high float64 }

var nowhere = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1), math.Inf(1), math.Inf(-1)}

func (b *box) stretch(lon, lat float64) {
	b.west, b.east = min(b.west, lon), max(b.east, lon)
	b.south, b.north = min(b.south, lat), max(b.north, lat)
}

func (b box) union(o box) box {
	return box{
		min(b.west, o.west), min(b.south, o.south), max(b.east, o.east), max(b.north, o.north),
		min(b.low, o.low), max(b.high, o.high),
	}
}

func (b box) bound() orb.Bound {
	return orb.Bound{Min: orb.Point{b.west, b.south}, Max: orb.Point{b.east, b.north}}
}
