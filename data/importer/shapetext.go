package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// parseShapeText reads a geometry as well-known text, also with SRID=4326; before it (which says nothing that
// --crs would not). heights counts the places whose Z or M were left out.
func parseShapeText(text string) (g orb.Geometry, heights int, err error) {
	p := shapeText{text: text}
	if len(text) > 5 && strings.EqualFold(text[:5], "SRID=") {
		end := strings.IndexByte(text, ';')
		if end < 0 {
			return nil, 0, fmt.Errorf("SRID= without ;")
		}
		p.i = end + 1
	}
	g, err = p.geometry(0)
	if err == nil && p.space() != 0 {
		err = p.fail("the end was expected")
	}
	if err != nil {
		return nil, 0, err
	}
	return g, p.heights, nil
}

// shapeText walks through well-known text.
type shapeText struct {
	text    string
	i       int
	heights int
}

func (p *shapeText) fail(what string) error {
	rest := p.text[min(p.i, len(p.text)):]
	if len(rest) > 20 {
		rest = rest[:20]
	}
	return fmt.Errorf("well-known text: %s at character %d, %q is there", what, p.i+1, rest)
}

// space goes to the next character that means something, 0 at the end.
func (p *shapeText) space() byte {
	for ; p.i < len(p.text); p.i++ {
		if c := p.text[p.i]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

func (p *shapeText) word() string {
	p.space()
	start := p.i
	for p.i < len(p.text) && (p.text[p.i]|0x20 >= 'a' && p.text[p.i]|0x20 <= 'z') {
		p.i++
	}
	return strings.ToUpper(p.text[start:p.i])
}

func (p *shapeText) geometry(depth int) (orb.Geometry, error) {
	if depth > 16 {
		return nil, p.fail("collections are nested too deep")
	}
	kind := p.word()
	mark := p.i
	tag := p.word()
	if tag == "EMPTY" {
		return nil, p.fail("the geometry is empty")
	}
	if tag != "Z" && tag != "M" && tag != "ZM" {
		p.i = mark
	}
	for _, suffix := range []string{"ZM", "Z", "M"} {
		if trimmed, ok := strings.CutSuffix(kind, suffix); ok {
			kind = trimmed
			break
		}
	}
	switch kind {
	case "POINT":
		ps, err := p.points()
		if err == nil && len(ps) != 1 {
			err = p.fail("a point has one position")
		}
		if err != nil {
			return nil, err
		}
		return ps[0], nil
	case "LINESTRING":
		ps, err := p.points()
		return orb.LineString(ps), err
	case "MULTIPOINT":
		return p.multiPoint()
	case "MULTILINESTRING":
		var m orb.MultiLineString
		err := p.list(func() error { ps, err := p.points(); m = append(m, ps); return err })
		return m, err
	case "POLYGON":
		return p.polygon()
	case "MULTIPOLYGON":
		var m orb.MultiPolygon
		err := p.list(func() error { one, err := p.polygon(); m = append(m, one); return err })
		return m, err
	case "GEOMETRYCOLLECTION":
		var c orb.Collection
		err := p.list(func() error { one, err := p.geometry(depth + 1); c = append(c, one); return err })
		return c, err
	}
	return nil, p.fail(fmt.Sprintf("the type %.30q is unknown", kind))
}

// list visits what stands in brackets, separated by commas.
func (p *shapeText) list(visit func() error) error {
	if p.space() != '(' {
		return p.fail("an opening bracket was expected")
	}
	for p.i++; ; p.i++ {
		if err := visit(); err != nil {
			return err
		}
		switch p.space() {
		case ')':
			p.i++
			return nil
		case ',':
		default:
			return p.fail("a comma or closing bracket was expected")
		}
	}
}

func (p *shapeText) polygon() (orb.Polygon, error) {
	var out orb.Polygon
	err := p.list(func() error { ps, err := p.points(); out = append(out, ps); return err })
	return out, err
}

// multiPoint reads both forms: (1 2, 3 4) and ((1 2), (3 4)).
func (p *shapeText) multiPoint() (orb.MultiPoint, error) {
	var out orb.MultiPoint
	err := p.list(func() error {
		if p.space() != '(' {
			at, err := p.position()
			out = append(out, at)
			return err
		}
		ps, err := p.points()
		out = append(out, ps...)
		return err
	})
	return out, err
}

func (p *shapeText) points() ([]orb.Point, error) {
	var out []orb.Point
	err := p.list(func() error { at, err := p.position(); out = append(out, at); return err })
	return out, err
}

func (p *shapeText) position() (at orb.Point, err error) {
	for n := 0; ; n++ {
		c := p.space()
		if c == ',' || c == ')' || c == 0 {
			if n < 2 || n > 4 {
				return at, p.fail("a position of 2 to 4 numbers was expected")
			}
			if n > 2 {
				p.heights++
			}
			return at, nil
		}
		start := p.i
		for p.i < len(p.text) && strings.IndexByte("+-.eE0123456789", p.text[p.i]) >= 0 {
			p.i++
		}
		v, err := strconv.ParseFloat(p.text[start:p.i], 64)
		if err != nil || math.IsInf(v, 0) {
			p.i = start
			return at, p.fail("a number was expected")
		}
		if n < 2 {
			at[n] = v
		}
	}
}
