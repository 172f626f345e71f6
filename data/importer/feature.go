package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// A featureParser reads GeoJSON objects that are whole in memory: a Feature, or a bare geometry.
type featureParser struct {
	parser
	points  []orb.Point // scratch
	heights int
	shallow bool // geometries are read over, and the object is not held against the rules
}

// A draft is a GeoJSON object as far as it is read.
type draft struct {
	kind      string // "type"
	rec       Record
	geometry  error // why the geometry is wrong; reading goes on for the sake of the id
	hasShape  bool  // a member geometry was there
	hasValues bool  // a member properties was there
	bare      bareGeometry
	crs       []byte // member crs, nil when there is none
}

// read reads one object. Errors of the grammar and of the object's structure end up in Record.Err.
func (p *featureParser) read(b []byte, line int64) (rec Record, crs []byte) {
	p.start(b, line)
	p.heights = 0
	var d draft
	if c := p.space(); c != '{' {
		return Record{Err: p.fail("a feature must be an object, %s is there", p.found())}, nil
	}
	err := p.object("a feature", func(name string) error { return p.featureMember(&d, name) })
	if err == nil && p.space() != 0 {
		err = p.fail("after the object there is %s", p.found())
	}
	if err == nil && !p.shallow {
		err = p.finish(&d)
	}
	d.rec.Err, d.rec.Notes, d.rec.Heights = err, p.notes, p.heights
	return d.rec, d.crs
}

func (p *featureParser) featureMember(d *draft, name string) (err error) {
	switch name {
	case "type":
		d.kind, err = p.text()
		return err
	case "id":
		return p.id(d)
	case "properties":
		d.hasValues = true
		return p.properties(d)
	case "geometry":
		d.hasShape = true
		return p.shape(d)
	case "bbox":
		return p.bbox()
	case "common":
		return p.common(d)
	case "crs":
		start := p.i
		err := p.skip()
		d.crs = p.b[start:p.i]
		return err
	case "coordinates", "geometries":
		return p.bareMember(&d.bare, name)
	}
	p.note("the member %q of a feature is left out", name)
	return p.skip()
}

// shape reads the member geometry. A wrong one is remembered, and read over when its grammar is right.
func (p *featureParser) shape(d *draft) error {
	if p.isNull() {
		return nil
	}
	if p.shallow {
		return p.skip()
	}
	start, depth, seen := p.i, p.depth, len(p.seen)
	g, err := p.geometry()
	if err == nil {
		d.rec.Geometry = g
		return nil
	}
	d.geometry = err
	p.i, p.depth, p.seen = start, depth, p.seen[:seen]
	if p.skip() != nil {
		return err
	}
	return nil
}

func (p *featureParser) id(d *draft) error {
	switch c := p.space(); {
	case c == '"':
		s, err := p.text()
		d.rec.ID = s
		return err
	case c == '-' || c >= '0' && c <= '9':
		raw, whole, err := p.numeral()
		if err != nil {
			return err
		}
		d.rec.ID = string(raw)
		if !whole {
			if v, err := strconv.ParseFloat(d.rec.ID, 64); err == nil && v == float64(int64(v)) && v < 1<<53 && v > -1<<53 {
				d.rec.ID = strconv.FormatInt(int64(v), 10)
			}
		}
		return nil
	case p.isNull():
		return nil
	}
	return p.fail("an id must be a text or a number, %s is there", p.found())
}

func (p *featureParser) properties(d *draft) error {
	if p.isNull() {
		return nil
	}
	d.rec.Properties = make(map[string]any, 8)
	return p.object("an object with the properties", func(name string) error {
		v, err := p.scalar("field " + name)
		if v != nil {
			d.rec.Properties[name] = v
		}
		return err
	})
}

// common reads Wardmap's own member with the common columns.
func (p *featureParser) common(d *draft) error {
	if p.isNull() {
		return nil
	}
	d.rec.Common = map[string]any{}
	return p.object("an object with the common columns", func(name string) error {
		v, err := p.scalar("common " + name)
		if v != nil && name != "version" && name != "updated_at" { // the store sets these
			d.rec.Common[name] = v
		}
		return err
	})
}

// bbox holds the member bbox against the rules. Nothing depends on it, so a wrong one is only noted.
func (p *featureParser) bbox() error {
	n, good := 0, p.space() == '['
	start := p.i
	if good {
		depth := p.depth
		err := p.array("a bbox", func() error {
			n++
			_, err := p.float()
			return err
		})
		if err == nil && (n == 4 || n == 6) {
			return nil
		}
		p.i, p.depth = start, depth
	}
	if p.isNull() {
		return nil
	}
	p.note("a bbox that is no array of 4 or 6 numbers is ignored")
	return p.skip()
}

// finish holds the object as a whole against RFC 7946.
func (p *featureParser) finish(d *draft) error {
	switch {
	case d.kind == "Feature":
		return p.finishFeature(d)
	case d.kind == "":
		return fmt.Errorf("the member \"type\" is missing")
	case d.kind == "FeatureCollection":
		return fmt.Errorf("a FeatureCollection stands where a feature was expected")
	case shapeKinds[d.kind] != 0:
		g, err := p.finishGeometry(d.kind, &d.bare)
		d.rec.Geometry = g
		if d.hasShape || d.hasValues {
			p.note("members of a feature in a bare geometry are left out")
			d.rec.Properties, d.rec.ID = nil, ""
		}
		return err
	}
	for _, kind := range append(slices.Sorted(maps.Keys(shapeKinds)), "Feature", "FeatureCollection") {
		if strings.EqualFold(d.kind, kind) {
			return fmt.Errorf("the type %q must be written %q", d.kind, kind)
		}
	}
	return fmt.Errorf("the type %.40q is unknown to GeoJSON", d.kind)
}

func (p *featureParser) finishFeature(d *draft) error {
	switch {
	case d.geometry != nil:
		return d.geometry
	case !d.hasShape:
		return fmt.Errorf("the member \"geometry\" is missing")
	case d.rec.Geometry == nil:
		return fmt.Errorf("it has no place: its geometry is null")
	}
	if !d.hasValues {
		p.note("a feature without the member \"properties\"")
	}
	if d.bare.any() {
		p.note("members of a geometry in a feature are left out")
	}
	return nil
}

// crsName finds the name in an old "crs" member; "" says that WGS84 is meant.
func crsName(raw []byte) (string, error) {
	var c *struct {
		Type       string
		Properties struct {
			Name string
			Code json.Number
			Href string
		}
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", fmt.Errorf("the member \"crs\" cannot be read: %v", err)
	}
	switch {
	case c == nil:
		return "", nil
	case c.Properties.Name != "":
		return c.Properties.Name, nil
	case c.Properties.Code != "":
		return "EPSG:" + c.Properties.Code.String(), nil
	}
	return "", fmt.Errorf("the member \"crs\" names no coordinate system: declare it with --crs")
}
