package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/spatial/crs"
)

// A cityGML is a Source of the buildings of a CityGML document (1.0 and 2.0), read one after the other. Their parts are
// theirs; rooms, and objects of other kinds, are left out and counted.
type cityGML struct {
	*input
	o       Options
	locator locator
	decoder *xml.Decoder
	bound   *bounded // that the decoder reads
	depth   int      // of the element at hand
	coarser levels
	told    []string // notes
	place   gmlPlace
	n       int64
	others  map[string]int64 // objects left out by what they are
}

// A gmlNode is an element with all below it.
type gmlNode struct {
	Name  xml.Name
	Attrs []xml.Attr
	Text  string
	Nodes []*gmlNode
}

// mostNodes of one building: some thousand faces have some ten thousand.
const mostNodes = 2_000_000

func openCityGML(in *input, o Options) (Source, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	r, err := decoded(in.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	bound := newBounded(r, mostFeature, "a building, or what stands between them,")
	c := &cityGML{input: in, o: o, locator: place, decoder: xml.NewDecoder(bound), bound: bound, coarser: levels{}, others: map[string]int64{}}
	c.decoder.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if o.Encoding != "" || strings.HasPrefix(strings.ToLower(label), "utf-16") { // it is UTF-8 by now
			return r, nil
		}
		return decoded(r, label)
	}
	return c, nil
}

// again implements rereadable.
func (c *cityGML) again() (Source, error) { return open(c.file.Name(), c.o) }

func (c *cityGML) Next() (Record, error) {
	member := false // the next element is a city object
	for {
		c.bound.next()
		token, err := c.decoder.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return Record{}, io.EOF
			}
			return Record{}, fmt.Errorf("byte %d: %w", c.decoder.InputOffset(), err)
		}
		start, ok := token.(xml.StartElement)
		if _, end := token.(xml.EndElement); end {
			c.depth--
		}
		if !ok {
			continue
		}
		if c.depth++; c.depth > mostDepth {
			return Record{}, fmt.Errorf("byte %d: more than %d elements within each other", c.decoder.InputOffset(), mostDepth)
		}
		if name := attribute(start.Attr, "srsName"); name != "" && c.place.name == "" {
			if err := c.where(name); err != nil {
				return Record{}, err
			}
		}
		switch {
		case start.Name.Local == "Building":
			c.depth--
			return c.building(start)
		case member:
			c.others[start.Name.Local]++
			if err := c.skip(); err != nil {
				return Record{}, fmt.Errorf("byte %d: %w", c.decoder.InputOffset(), err)
			}
		}
		member = start.Name.Local == "cityObjectMember" || start.Name.Local == "featureMember"
	}
}

// mostDepth is how many elements may stand within each other.
const mostDepth = 1000

// skip reads to the end of the element at hand.
func (c *cityGML) skip() error {
	for end := c.depth - 1; c.depth > end; {
		c.bound.next()
		token, err := c.decoder.Token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			if c.depth++; c.depth > mostDepth {
				return fmt.Errorf("more than %d elements within each other", mostDepth)
			}
		case xml.EndElement:
			c.depth--
		}
	}
	return nil
}

func attribute(all []xml.Attr, name string) string {
	for _, a := range all {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func (c *cityGML) building(start xml.StartElement) (Record, error) {
	c.n++
	left := mostNodes
	node, err := c.node(start, 0, &left)
	if err != nil {
		return Record{}, fmt.Errorf("building %d: %w", c.n, err)
	}
	rec := Record{Place: fmt.Sprintf("building %d", c.n), ID: attribute(node.Attrs, "id"), Properties: map[string]any{"citytype": "Building"}}
	if rec.ID != "" {
		rec.Place += ", " + rec.ID
	}
	node.values(&rec)
	if rec.Err = c.agree(node); rec.Err == nil {
		rec.Err = c.record(&rec, node)
	}
	return rec, nil
}

// node reads an element whole.
func (c *cityGML) node(start xml.StartElement, depth int, left *int) (*gmlNode, error) {
	if *left--; *left < 0 || depth > 100 {
		return nil, fmt.Errorf("byte %d: it has more than %d elements, or more than 100 within each other", c.decoder.InputOffset(), mostNodes)
	}
	out := &gmlNode{Name: start.Name, Attrs: start.Copy().Attr}
	var text strings.Builder
	for {
		token, err := c.decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("byte %d: %w", c.decoder.InputOffset(), err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			child, err := c.node(t, depth+1, left)
			if err != nil {
				return nil, err
			}
			out.Nodes = append(out.Nodes, child)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			out.Text = strings.TrimSpace(text.String())
			return out, nil
		}
	}
}

// counted are the values of buildings that are numbers.
var countedValues = map[string]bool{"measuredHeight": true, "storeysAboveGround": true, "storeysBelowGround": true}

// values takes the attributes of a building: its own ones, and the generic ones that somebody added.
func (n *gmlNode) values(rec *Record) {
	for _, child := range n.Nodes {
		name := child.Name.Local
		generic := strings.HasSuffix(name, "Attribute") && attribute(child.Attrs, "name") != ""
		switch {
		case generic:
			kind := strings.TrimSuffix(name, "Attribute")
			rec.take(attribute(child.Attrs, "name"), child.inner("value"), kind == "int" || kind == "double" || kind == "measure")
		case name == "genericAttributeSet":
			rec.Notes = append(rec.Notes, "sets of generic attributes are left out")
		case len(child.Nodes) == 0 && child.Text != "":
			rec.take(name, child.Text, countedValues[name])
		}
	}
}

// take adds a value; several of one name become one text.
func (rec *Record) take(name, text string, number bool) {
	if text == "" {
		return
	}
	var v any = text
	if number {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			v = i
		} else if f, err := strconv.ParseFloat(text, 64); err == nil {
			v = f
		}
	}
	if before, twice := rec.Properties[name]; twice && name != "citytype" {
		v = fmt.Sprint(before, ", ", text)
	}
	rec.Properties[name] = v
}

func (n *gmlNode) inner(name string) string {
	for _, child := range n.Nodes {
		if child.Name.Local == name {
			return child.Text
		}
	}
	return ""
}

// A gmlPlace is what the name of a coordinate system says in GML.
type gmlPlace struct {
	name    string
	swapped bool // latitude comes first
}

// where learns the coordinate system from its name, compound or not.
func (c *cityGML) where(name string) error {
	c.place.name = name
	note, err := c.locator.learn(name)
	if err != nil {
		return fmt.Errorf("the coordinate system %.80s: %w", name, err)
	}
	if note != "" {
		c.told = append(c.told, note)
	}
	// Degrees come as EPSG has them, latitude first, where the name is one of OGC; short names are used for both.
	c.place.swapped = c.locator.system.IsWGS84() && (strings.HasPrefix(name, "urn:") || strings.HasPrefix(name, "http"))
	return nil
}

// agree takes the coordinate system from the geometries of a building where the file does not name one before, and
// refuses a building in another one.
func (c *cityGML) agree(n *gmlNode) error {
	name := attribute(n.Attrs, "srsName")
	switch {
	case name != "" && c.place.name == "":
		if err := c.where(name); err != nil {
			return err
		}
	case name != "" && name != c.place.name && !c.same(name):
		return fmt.Errorf("it is in the coordinate system %.80s, what came before it in %.80s: part the file", name, c.place.name)
	}
	for _, child := range n.Nodes {
		if err := c.agree(child); err != nil {
			return err
		}
	}
	return nil
}

// same tells whether another name means the same system, with its axes in the same order.
func (c *cityGML) same(name string) bool {
	a, err := crs.Parse(name)
	b, err2 := crs.Parse(c.place.name)
	long := func(s string) bool { return strings.HasPrefix(s, "urn:") || strings.HasPrefix(s, "http") }
	return err == nil && err2 == nil && a.Horizontal() == b.Horizontal() && (!a.IsWGS84() || long(name) == long(c.place.name))
}

// Notes implements Noter.
func (c *cityGML) Notes() []string {
	notes := slices.Concat(c.told, c.locator.notes(), c.coarser.notes())
	if v := c.locator.system.Vertical(); v != "" {
		notes = append(notes, fmt.Sprintf("heights are in %s: each building stands on its lowest point, which is its ground_height", v))
	}
	for _, name := range slices.Sorted(maps.Keys(c.others)) {
		notes = append(notes, fmt.Sprintf("%d objects %s are left out: only buildings are read of CityGML; cityjson holds more", c.others[name], name))
	}
	return notes
}
