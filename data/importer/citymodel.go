package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/solid"
)

// mostFaces of an object.
const mostFaces = 200_000

// mostParts is how deep parts may have parts.
const mostParts = 100

// A cityFace is rings of places as the file has them.
type cityFace [][][3]float64

// record fills a record from an object and its parts.
func (c *cityJSON) record(rec *Record, id string) error {
	o := c.doc.CityObjects[id]
	rec.Properties = map[string]any{"citytype": o.Type}
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		switch v := plain(o.Attributes[name]).(type) {
		case nil:
		case string, bool, int64, float64:
			rec.Properties[name] = v
		default:
			rec.Notes = append(rec.Notes, fmt.Sprintf("the attribute %s is a list or an object and left out", name))
		}
	}
	if slices.ContainsFunc(o.Children, func(child string) bool { return c.doc.CityObjects[child] == nil }) {
		rec.Notes = append(rec.Notes, "parts that it names are not in the file")
	}
	body := cityBody{seen: map[string]bool{}, taken: map[float64]bool{}, left: map[float64]bool{}}
	if err := c.gather(&body, id, 0); err != nil {
		return err
	}
	c.others.add(body.left)
	if len(body.taken) > 0 {
		rec.Properties["lod"] = levelName(slices.Max(slices.Collect(maps.Keys(body.taken))))
	}
	return embody(rec, &c.locator, body.faces, body.closed, hasVolume(o.Type))
}

// hasVolume tells of the types whose surfaces enclose something.
func hasVolume(kind string) bool {
	for _, prefix := range []string{"Building", "Bridge", "Tunnel", "OtherConstruction"} {
		if strings.HasPrefix(kind, prefix) {
			return true
		}
	}
	return false
}

// cityAttributes are values of JSON, numbers as they are written.
type cityAttributes map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (a *cityAttributes) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode((*map[string]any)(a))
}

// plain is a value of JSON as a property may have it.
func plain(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return f
}

// A cityBody is what an object and its parts are made of.
type cityBody struct {
	faces       []cityFace
	closed      bool             // some of it is called a solid
	taken, left map[float64]bool // levels of detail
	seen        map[string]bool  // objects
}

// gather adds the faces of an object and of its parts, each in its best level of detail.
func (c *cityJSON) gather(body *cityBody, id string, depth int) error {
	o := c.doc.CityObjects[id]
	if o == nil || body.seen[id] {
		return nil
	}
	if depth > mostParts {
		return fmt.Errorf("its parts have parts more than %d deep", mostParts)
	}
	body.seen[id] = true
	lod := math.Inf(1)
	for i := range o.Geometry {
		if l := o.Geometry[i].lod(); better(l, lod) {
			lod = l
		}
	}
	for i := range o.Geometry {
		g := &o.Geometry[i]
		if l := g.lod(); l != lod {
			body.left[l] = true
			continue
		}
		faces, solid, err := c.faces(g)
		if err != nil {
			return fmt.Errorf("geometry %d of %s: %w", i+1, id, err)
		}
		body.taken[lod], body.closed = true, body.closed || solid
		if body.faces = append(body.faces, faces...); len(body.faces) > mostFaces {
			return fmt.Errorf("geometry %d of %s: it has more than %d faces", i+1, id, mostFaces)
		}
	}
	for _, child := range o.Children {
		if err := c.gather(body, child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (g *cityGeometry) lod() float64 {
	v, err := strconv.ParseFloat(fmt.Sprint(g.LOD), 64)
	if err != nil || math.IsNaN(v) {
		return 0
	}
	return v
}

// faces reads the boundaries of a geometry.
func (c *cityJSON) faces(g *cityGeometry) (faces []cityFace, solid bool, err error) {
	if g.Type == "GeometryInstance" {
		return c.instance(g)
	}
	surfaces, solid, err := g.surfaces()
	if err != nil {
		return nil, false, err
	}
	faces, err = cityFaces(surfaces, c.doc.vertex)
	return faces, solid, err
}

// surfaces are rings of indices of vertices, of all shells of all solids.
func (g *cityGeometry) surfaces() (surfaces [][][]int, solid bool, err error) {
	var shells [][][][]int
	var solids [][][][][]int
	switch g.Type {
	case "MultiSurface", "CompositeSurface":
		err = json.Unmarshal(g.Boundaries, &surfaces)
	case "Solid":
		err = json.Unmarshal(g.Boundaries, &shells)
		solids = [][][][][]int{shells}
	case "MultiSolid", "CompositeSolid":
		err = json.Unmarshal(g.Boundaries, &solids)
	case "MultiPoint", "MultiLineString":
		return nil, false, nil
	default:
		return nil, false, fmt.Errorf("the type %.40q is none that CityJSON has", g.Type)
	}
	if err != nil {
		return nil, false, fmt.Errorf("the boundaries of a %s: %w", g.Type, err)
	}
	for _, one := range solids {
		for _, shell := range one {
			surfaces, solid = append(surfaces, shell...), true
		}
	}
	return surfaces, solid, nil
}

func cityFaces(surfaces [][][]int, vertex func(int) ([3]float64, error)) ([]cityFace, error) {
	if len(surfaces) > mostFaces {
		return nil, fmt.Errorf("it has more than %d faces", mostFaces)
	}
	faces := make([]cityFace, 0, len(surfaces))
	for i, surface := range surfaces {
		var f cityFace
		for _, ring := range surface {
			var r [][3]float64
			for _, v := range ring {
				p, err := vertex(v)
				if err != nil {
					return nil, fmt.Errorf("surface %d: %w", i+1, err)
				}
				r = append(r, p)
			}
			f = append(f, r)
		}
		faces = append(faces, f)
	}
	return faces, nil
}

// instance places a template: its matrix, and then the vertex that it stands on.
func (c *cityJSON) instance(g *cityGeometry) ([]cityFace, bool, error) {
	all := c.doc.Templates.Templates
	var at []int
	if err := json.Unmarshal(g.Boundaries, &at); err != nil || len(at) != 1 {
		return nil, false, fmt.Errorf("an instance stands on one vertex: %s", clipped(string(g.Boundaries), 40))
	}
	if g.Template < 0 || g.Template >= len(all) || all[g.Template].Type == "GeometryInstance" || len(g.Matrix) != 16 {
		return nil, false, fmt.Errorf("template %d of %d, with a matrix of %d numbers", g.Template, len(all), len(g.Matrix))
	}
	anchor, err := c.doc.vertex(at[0])
	if err != nil {
		return nil, false, err
	}
	surfaces, solid, err := all[g.Template].surfaces()
	if err != nil {
		return nil, false, fmt.Errorf("template %d: %w", g.Template, err)
	}
	m, vertices := g.Matrix, c.doc.Templates.Vertices
	faces, err := cityFaces(surfaces, func(i int) (p [3]float64, err error) {
		if i < 0 || i >= len(vertices) || len(vertices[i]) != 3 {
			return p, fmt.Errorf("vertex %d of %d of the templates", i, len(vertices))
		}
		v := vertices[i]
		for k := range p {
			p[k] = anchor[k] + m[4*k]*v[0] + m[4*k+1]*v[1] + m[4*k+2]*v[2] + m[4*k+3]
		}
		return p, nil
	})
	return faces, solid, err
}

func clipped(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// cityNotes are notes, and what heights are measured in.
func (l *locator) cityNotes() []string {
	notes := l.notes()
	if v := l.system.Vertical(); v != "" {
		notes = append(notes, fmt.Sprintf("heights are in %s: each body stands on its lowest point, which is its ground_height", v))
	}
	return notes
}

// embody gives a record the footprint of faces and, where they are closed or may be a volume, their solid. Heights are those above the
// lowest place, which is the record's ground_height.
func embody(rec *Record, where *locator, faces []cityFace, closed, volume bool) error {
	low, high := math.Inf(1), math.Inf(-1)
	var s solid.Solid
	for i, f := range faces {
		var face solid.Face
		for k, ring := range f {
			r, err := placedRing(ring, where)
			if err != nil {
				return fmt.Errorf("surface %d: %w", i+1, err)
			}
			if len(r) < 3 {
				if k == 0 {
					break
				}
				continue
			}
			for _, p := range r {
				low, high = min(low, p[2]), max(high, p[2])
			}
			face = append(face, r)
		}
		if len(face) > 0 {
			s = append(s, face)
		}
	}
	if len(s) == 0 {
		return fmt.Errorf("it has no surface")
	}
	for _, f := range s {
		for _, ring := range f {
			for k := range ring {
				ring[k][2] -= low
			}
		}
	}
	return rec.body(s, low, high, closed, closed || volume)
}

// body puts a solid into the record. Closed is what the file calls a solid; a volume is that, or may be one.
func (rec *Record) body(s solid.Solid, low, high float64, closed, volume bool) error {
	s, found := s.Outward()
	if volume && !closed && found.Ragged > 0 {
		volume = false
		rec.Notes = append(rec.Notes, "its surfaces enclose nothing: it has a footprint and no body")
	}
	if !volume {
		for i, f := range s { // a surface of the ground: it looks up
			s[i] = f.Upward()
		}
	}
	footprint, err := s.Footprint()
	if err != nil {
		return err
	}
	rec.Geometry = footprint
	rec.Properties["ground_height"] = math.Round(1000*low) / 1000
	if !volume || high-low < 0.01 {
		return nil
	}
	if found.Turned > 0 {
		rec.Notes = append(rec.Notes, "faces that looked inward were turned")
	}
	if found.Ragged > 0 {
		rec.Notes = append(rec.Notes, "the surface of the body is open at its sides or above")
	}
	rec.Properties["solid"] = s.WKT()
	if _, given := rec.Properties["height"]; !given {
		rec.Properties["height"] = math.Round(1000*(high-low)) / 1000
	}
	return nil
}

// placedRing moves a ring to WGS84, without points that repeat.
func placedRing(ring [][3]float64, where *locator) ([]solid.Point, error) {
	places := make([]orb.Point, len(ring))
	for i, p := range ring {
		if math.Abs(p[2]) > 12_000 || math.IsNaN(p[2]) {
			return nil, fmt.Errorf("a height of %g m", p[2])
		}
		places[i] = orb.Point{p[0], p[1]}
	}
	moved, err := where.place(orb.MultiPoint(places))
	if err != nil {
		return nil, err
	}
	var out []solid.Point
	for i, p := range moved.(orb.MultiPoint) {
		if at := (solid.Point{p[0], p[1], ring[i][2]}); len(out) == 0 || out[len(out)-1] != at {
			out = append(out, at)
		}
	}
	if n := len(out); n > 1 && out[0] == out[n-1] {
		out = out[:n-1]
	}
	return out, nil
}
