package importer

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A cityGML is a Source of the buildings of a CityGML document (1.0 and 2.0), read one after the other. Their parts are
// theirs; rooms, and objects of other kinds, are left out and counted.
type cityGML struct {
	*input
	o       Options
	locator locator
	decoder *xml.Decoder
	raw     *bounded
	most    gmlBounds // of a building
	depth   int       // elements that are open
	root    string    // coordinate system of the document, "" when only its geometries name one
	srs     string    // coordinate system of what is read, "" until one is named
	swapped bool      // latitude comes first in srs
	n       int64
	notes   []string
	others  otherLevels
	kinds   map[string]int64 // objects left out by what they are
}

// mostKinds of objects are counted by their names.
const mostKinds = 100

func openCityGML(in *input, o Options) (Source, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	r, err := decoded(in.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	raw := &bounded{r: r}
	c := &cityGML{input: in, o: o, locator: place, decoder: xml.NewDecoder(raw), raw: raw, most: gmlBounds{mostNodes, largest}, kinds: map[string]int64{}}
	c.decoder.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if o.Encoding != "" || strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return r, nil // it is UTF-8 by now, else its declaration could not be read
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
		token, err := c.token()
		if err != nil {
			return Record{}, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local == "Building" {
			return c.building(start)
		}
		if name := attribute(start.Attr, "srsName"); name != "" && c.root == "" {
			if err := c.where(name); err != nil {
				return Record{}, err
			}
			c.root = name
		}
		if member && !isMember(start) {
			if err := c.leave(start.Name.Local); err != nil {
				return Record{}, err
			}
		}
		member = isMember(start)
	}
}

// isMember tells of what holds a city object, or refers to one.
func isMember(start xml.StartElement) bool {
	return start.Name.Local == "cityObjectMember" || start.Name.Local == "featureMember"
}

// leave counts an object of another kind and skips it.
func (c *cityGML) leave(kind string) error {
	if kind = clipped(kind, 40); c.kinds[kind] == 0 && len(c.kinds) >= mostKinds {
		kind = "of more kinds"
	}
	c.kinds[kind]++
	for outside := c.depth - 1; c.depth > outside; {
		if _, err := c.token(); err != nil {
			return err
		}
	}
	return nil
}

func (c *cityGML) building(start xml.StartElement) (Record, error) {
	c.n++
	left := c.most
	node, err := c.node(start, &left)
	if err != nil {
		return Record{}, fmt.Errorf("building %d: %w", c.n, err)
	}
	rec := Record{Place: fmt.Sprintf("building %d", c.n), ID: attribute(node.Attrs, "id"), Properties: map[string]any{"citytype": "Building"}}
	if rec.ID != "" {
		rec.Place += ", " + rec.ID
	}
	node.values(&rec)
	rec.Err = c.record(&rec, node)
	return rec, nil
}

// countedValues are the values of buildings that are numbers.
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
			rec.note("sets of generic attributes are left out")
		case len(child.Nodes) == 0 && child.Text != "":
			rec.take(name, child.Text, countedValues[name])
		}
	}
}

// mostJoined is how many bytes the values of one name may have together.
const mostJoined = 16 << 10

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
		if joined, ok := before.(string); ok && len(joined)+len(text) > mostJoined {
			rec.note("values of one name are left out where they have more than 16 KiB together")
			return
		}
		v = fmt.Sprint(before, ", ", text)
	}
	rec.Properties[name] = v
}

// note says something once.
func (rec *Record) note(text string) {
	if !slices.Contains(rec.Notes, text) {
		rec.Notes = append(rec.Notes, text)
	}
}

// Notes implements Noter.
func (c *cityGML) Notes() []string {
	notes := slices.Concat(c.notes, c.locator.cityNotes(), c.others.notes())
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		notes = append(notes, fmt.Sprintf("%d objects %s are left out: only buildings are read of CityGML; cityjson holds more", c.kinds[name], name))
	}
	return notes
}
