package importer

import (
	"github.com/paulmach/orb"
)

// shapeKinds says how deep the coordinates of each type stand in arrays; a collection has none.
var shapeKinds = map[string]int{
	"Point": 1, "MultiPoint": 2, "LineString": 2, "MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4, "GeometryCollection": -1,
}

// A bareGeometry is what is read of a geometry before its type is known.
type bareGeometry struct {
	coordinates int // offset of the value, 0 when it was not there
	after       int
	members     []orb.Geometry
	hasMembers  bool
}

func (b *bareGeometry) any() bool { return b.coordinates != 0 || b.hasMembers }

// geometry reads a geometry object.
func (p *featureParser) geometry() (orb.Geometry, error) {
	kind := ""
	var bare bareGeometry
	var shape orb.Geometry // read at once when the type stands before the coordinates
	err := p.object("a geometry object", func(name string) (err error) {
		switch {
		case name == "type":
			kind, err = p.text()
			return err
		case name == "coordinates" && shapeKinds[kind] > 0:
			shape, err = p.coordinates(kind)
			return err
		case name == "coordinates" || name == "geometries":
			return p.bareMember(&bare, name)
		case name == "bbox":
			return p.bbox()
		}
		p.note("the member %q of a geometry is left out", name)
		return p.skip()
	})
	if err != nil || shape != nil {
		return shape, err
	}
	if kind == "" {
		return nil, p.fail("the geometry has no member \"type\"")
	}
	return p.finishGeometry(kind, &bare)
}

// bareMember reads a member coordinates or geometries before the type is known.
func (p *featureParser) bareMember(b *bareGeometry, name string) error {
	if name == "coordinates" {
		p.space()
		b.coordinates = p.i
		err := p.skip()
		b.after = p.i
		return err
	}
	b.hasMembers = true
	if p.isNull() {
		return nil
	}
	return p.array("an array of geometries", func() error {
		g, err := p.geometry()
		b.members = append(b.members, g)
		return err
	})
}

// finishGeometry makes the geometry, once all its members are read.
func (p *featureParser) finishGeometry(kind string, b *bareGeometry) (orb.Geometry, error) {
	switch {
	case shapeKinds[kind] == 0:
		return nil, p.fail("the geometry type %.40q is unknown to GeoJSON", kind)
	case kind == "GeometryCollection" && !b.hasMembers:
		return nil, p.fail("the member \"geometries\" is missing")
	case kind == "GeometryCollection":
		return orb.Collection(b.members), nil
	case b.coordinates == 0:
		return nil, p.fail("the member \"coordinates\" is missing")
	}
	back := p.i
	p.i = b.coordinates
	g, err := p.coordinates(kind)
	p.i = back
	return g, err
}

// coordinates reads the coordinates of a geometry.
func (p *featureParser) coordinates(kind string) (orb.Geometry, error) {
	if p.isNull() {
		return nil, p.fail("the coordinates are null")
	}
	switch kind {
	case "Point":
		return p.position()
	case "MultiPoint":
		ps, err := p.positions()
		return orb.MultiPoint(ps), err
	case "LineString":
		ps, err := p.positions()
		return orb.LineString(ps), err
	case "MultiLineString":
		var m orb.MultiLineString
		err := p.array("an array of lines", func() error {
			ps, err := p.positions()
			m = append(m, ps)
			return err
		})
		return m, err
	case "Polygon":
		return p.polygon()
	}
	var m orb.MultiPolygon
	err := p.array("an array of polygons", func() error {
		one, err := p.polygon()
		m = append(m, one)
		return err
	})
	return m, err
}

func (p *featureParser) polygon() (orb.Polygon, error) {
	var out orb.Polygon
	err := p.array("an array of rings", func() error {
		ps, err := p.positions()
		out = append(out, ps)
		return err
	})
	return out, err
}

// positions reads an array of positions into a slice of its own.
func (p *featureParser) positions() ([]orb.Point, error) {
	if err := p.enter('[', "an array of positions"); err != nil {
		return nil, err
	}
	p.points = p.points[:0]
	for first := true; ; first = false {
		more, err := p.next(']', first)
		if err != nil {
			return nil, err
		}
		if !more {
			return append([]orb.Point(nil), p.points...), nil
		}
		at, err := p.position()
		if err != nil {
			return nil, err
		}
		p.points = append(p.points, at)
	}
}

// position reads two numbers, and counts those beyond.
func (p *featureParser) position() (at orb.Point, err error) {
	if err := p.enter('[', "a position [lon, lat]"); err != nil {
		return at, err
	}
	for n := 0; ; n++ {
		more, err := p.next(']', n == 0)
		if err != nil {
			return at, err
		}
		if !more && n < 2 {
			return at, p.fail("a position needs two numbers, it has %d", n)
		}
		if !more {
			if n > 2 {
				p.heights++
			}
			return at, nil
		}
		v, err := p.float()
		if err != nil {
			return at, err
		}
		if n < 2 {
			at[n] = v
		}
	}
}

// somewhere is the first point of a geometry.
func somewhere(g orb.Geometry) *orb.Point {
	var out *orb.Point
	walk(g, func(ps []orb.Point) {
		if out == nil && len(ps) > 0 {
			p := ps[0]
			out = &p
		}
	})
	return out
}

func countPoints(g orb.Geometry) int {
	n := 0
	walk(g, func(ps []orb.Point) { n += len(ps) })
	return n
}

// walk visits the runs of points of a geometry in order. visit must not keep them.
func walk(g orb.Geometry, visit func([]orb.Point)) {
	switch g := g.(type) {
	case orb.Point:
		visit([]orb.Point{g})
	case orb.MultiPoint:
		visit(g)
	case orb.LineString:
		visit(g)
	case orb.Ring:
		visit(g)
	case orb.MultiLineString:
		for _, l := range g {
			visit(l)
		}
	case orb.Polygon:
		for _, r := range g {
			visit(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			walk(p, visit)
		}
	case orb.Collection:
		for _, m := range g {
			walk(m, visit)
		}
	}
}
