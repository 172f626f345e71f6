package importer

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// record gives a building its body: of its solid where it has one, else of its surfaces.
func (c *cityGML) record(rec *Record, building *gmlNode) error {
	g := gmlBody{byID: map[string]*gmlNode{}, taken: map[*gmlNode]bool{}}
	g.index(building, c.root)
	g.find(building)
	lod, left := g.level()
	if math.IsInf(lod, 1) {
		return fmt.Errorf("it has no surface")
	}
	c.others.add(left)
	rec.Properties["lod"] = levelName(lod)
	shapes := g.found[lod]
	closed := len(shapes.solids) > 0
	for _, at := range shapes.solids {
		g.polygons(at, 0)
	}
	if len(g.all) == 0 {
		closed = false
		for _, at := range shapes.surfaces {
			g.polygons(at, 0)
		}
	}
	if g.lost > 0 {
		rec.Notes = append(rec.Notes, "surfaces that it refers to stand elsewhere in the file and are missing")
	}
	faces := make([]cityFace, 0, len(g.all))
	for i, p := range g.all {
		f, err := c.face(p)
		if err != nil {
			return fmt.Errorf("polygon %d: %w", i+1, err)
		}
		faces = append(faces, f)
	}
	return embody(rec, &c.locator, faces, closed, true)
}

// A gmlBody collects the polygons of a building.
type gmlBody struct {
	byID  map[string]*gmlNode
	found map[float64]*gmlShapes
	all   []*gmlNode // polygons
	taken map[*gmlNode]bool
	lost  int // references to what is not in the building
}

// gmlShapes are the elements that hold surfaces in one level of detail.
type gmlShapes struct{ solids, surfaces []*gmlNode }

// index finds what has an id, and hands down the coordinate system that each inherits.
func (g *gmlBody) index(n *gmlNode, inherited string) {
	n.srs = cmp.Or(attribute(n.Attrs, "srsName"), n.envelopeSRS(), inherited)
	if id := attribute(n.Attrs, "id"); id != "" {
		g.byID[id] = n
	}
	for _, child := range n.Nodes {
		g.index(child, n.srs)
	}
}

// find looks for geometries of the building, its parts and what bounds them, not within rooms.
func (g *gmlBody) find(n *gmlNode) {
	for _, child := range n.Nodes {
		name := child.Name.Local
		if strings.HasPrefix(name, "interior") {
			continue
		}
		lod, kind := lodOf(name)
		switch {
		case kind == "":
			g.find(child)
		case kind == "Solid":
			g.at(lod).solids = append(g.at(lod).solids, child)
		case kind == "MultiSurface" || kind == "Geometry" || kind == "FootPrint" || kind == "RoofEdge":
			g.at(lod).surfaces = append(g.at(lod).surfaces, child)
		}
	}
}

// level chooses the level of detail and gives those that it leaves.
func (g *gmlBody) level() (lod float64, left map[float64]bool) {
	lod, left = math.Inf(1), map[float64]bool{}
	for l := range g.found {
		left[l] = true
		if better(l, lod) {
			lod = l
		}
	}
	delete(left, lod)
	return lod, left
}

func (g *gmlBody) at(lod float64) *gmlShapes {
	if g.found == nil {
		g.found = map[float64]*gmlShapes{}
	}
	if g.found[lod] == nil {
		g.found[lod] = &gmlShapes{}
	}
	return g.found[lod]
}

// lodOf parts a name such as lod2MultiSurface; the kind is "" for other names.
func lodOf(name string) (lod float64, kind string) {
	if len(name) < 5 || !strings.HasPrefix(name, "lod") || name[3] < '0' || name[3] > '4' {
		return 0, ""
	}
	return float64(name[3] - '0'), name[4:]
}

// polygons takes those at or below an element, and those that it refers to.
func (g *gmlBody) polygons(n *gmlNode, depth int) {
	if g.taken[n] || depth > 100 {
		return
	}
	g.taken[n] = true
	if n.Name.Local == "Polygon" || n.Name.Local == "Triangle" || n.Name.Local == "PolygonPatch" || n.Name.Local == "Rectangle" {
		g.all = append(g.all, n)
		return
	}
	if to, refers := strings.CutPrefix(attribute(n.Attrs, "href"), "#"); refers {
		if at := g.byID[to]; at != nil {
			g.polygons(at, depth+1)
		} else {
			g.lost++
		}
	}
	for _, child := range n.Nodes {
		g.polygons(child, depth+1)
	}
}

// face reads the rings of a polygon.
func (c *cityGML) face(polygon *gmlNode) (f cityFace, err error) {
	for _, outer := range []bool{true, false} {
		for _, side := range polygon.Nodes {
			name := side.Name.Local
			if (name == "exterior" || name == "outerBoundaryIs") != outer || !outer && name != "interior" && name != "innerBoundaryIs" {
				continue
			}
			ring, err := c.ring(side)
			if err != nil {
				return nil, err
			}
			f = append(f, ring)
		}
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("it has no exterior")
	}
	return f, nil
}

// ring reads gml:posList, or gml:pos one after the other.
func (c *cityGML) ring(n *gmlNode) (out [][3]float64, err error) {
	var numbers []float64
	var read func(n *gmlNode) error
	read = func(n *gmlNode) error {
		switch n.Name.Local {
		case "posList", "pos", "coordinates":
			if err := c.in(n.srs); err != nil {
				return err
			}
			if d := attribute(n.Attrs, "srsDimension"); d != "" && d != "3" {
				return fmt.Errorf("its coordinates have %s dimensions, not 3", d)
			}
			for _, field := range strings.FieldsFunc(n.Text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == ',' }) {
				v, err := strconv.ParseFloat(field, 64)
				if err != nil {
					return fmt.Errorf("%.20q is no coordinate", field)
				}
				numbers = append(numbers, v)
			}
		}
		for _, child := range n.Nodes {
			if err := read(child); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(n); err != nil {
		return nil, err
	}
	if len(numbers)%3 != 0 {
		return nil, fmt.Errorf("%d numbers are no places of three", len(numbers))
	}
	for i := 0; i < len(numbers); i += 3 {
		p := [3]float64{numbers[i], numbers[i+1], numbers[i+2]}
		if c.swapped {
			p[0], p[1] = p[1], p[0]
		}
		out = append(out, p)
	}
	return out, nil
}
