package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A cityJSON is a Source of a CityJSON document (1.0 to 2.0), or of a CityJSONSeq: a document without objects, and then a
// CityJSONFeature on each line. A document is held in memory whole, up to mostDocument, a sequence feature by feature. The
// objects that stand for themselves are records; the geometries of their parts are theirs.
type cityJSON struct {
	*input
	o       Options
	locator locator
	w       *window
	head    cityDocument    // of a sequence
	doc     cityDocument    // at hand
	ids     []string        // of doc, still to come
	circles map[string]bool // of ids, those that stand for a circle of parts
	n       int64           // documents so far
	notes   []string
	others  otherLevels
}

// mostDocument is how many bytes a document may have that is no feature of a sequence.
const mostDocument = 512 << 20

// A cityDocument is a CityJSON document or a CityJSONFeature.
type cityDocument struct {
	Type      string
	ID        string
	Version   string
	Transform *struct {
		Scale, Translate [3]float64
	}
	Metadata struct {
		ReferenceSystem string
	}
	CityObjects map[string]*cityObject
	Vertices    [][]float64
	Templates   struct {
		Templates []cityGeometry
		Vertices  [][]float64 `json:"vertices-templates"`
	} `json:"geometry-templates"`
}

type cityObject struct {
	Type       string
	Attributes cityAttributes
	Geometry   []cityGeometry
	Parents    []string
	Children   []string
}

type cityGeometry struct {
	Type       string
	LOD        any // "2.2", or 2.2 in version 1.0
	Boundaries json.RawMessage
	Template   int
	Matrix     []float64 `json:"transformationMatrix"`
}

func openCityJSON(in *input, o Options) (Source, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	r, err := decoded(in.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	c := &cityJSON{input: in, o: o, locator: place, w: newWindow(r)}
	c.w.most = mostDocument
	return c, nil
}

// again implements rereadable.
func (c *cityJSON) again() (Source, error) { return open(c.file.Name(), c.o) }

func (c *cityJSON) Next() (Record, error) {
	for len(c.ids) == 0 {
		if err := c.document(); err != nil {
			return Record{}, err
		}
	}
	id := c.ids[0]
	c.ids = c.ids[1:]
	rec := Record{Place: "object " + id, ID: id}
	if c.doc.Type == "CityJSONFeature" {
		rec.Place = "line " + strconv.FormatInt(c.n, 10) + ", " + rec.Place
	}
	if c.circles[id] {
		rec.Notes = append(rec.Notes, "it is a part of its own parts: it stands for them")
	}
	rec.Err = c.record(&rec, id)
	return rec, nil
}

// document reads the next one.
func (c *cityJSON) document() error {
	d, err := c.read()
	if err != nil {
		return err
	}
	c.n++
	c.w.most = largest
	switch {
	case d.Type == "CityJSON" && c.n == 1:
		if !strings.HasPrefix(d.Version, "1.") && !strings.HasPrefix(d.Version, "2.") {
			return fmt.Errorf("CityJSON of version %q: known are 1.0 to 2.0; upgrade it with cjio", d.Version)
		}
		if err := c.where(d.Metadata.ReferenceSystem); err != nil {
			return err
		}
		c.head = d
	case d.Type == "CityJSONFeature" && c.n > 1:
		d.Transform, d.Templates = c.head.Transform, c.head.Templates
	default:
		return fmt.Errorf("document %d is of type %q: a file is one CityJSON document, or one followed by CityJSONFeatures", c.n, d.Type)
	}
	c.doc = d
	c.ids, c.circles = d.standing()
	return nil
}

// read parses the next document.
func (c *cityJSON) read() (d cityDocument, err error) {
	first, err := c.w.peekByte()
	if errors.Is(err, io.EOF) && c.n > 0 {
		return d, io.EOF
	}
	line := c.w.line
	var raw []byte
	if err == nil && first != '{' {
		err = fmt.Errorf("an object was expected, %q is there", first)
	}
	if err == nil {
		raw, err = c.w.value()
	}
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	case errors.Is(err, errTooLarge) && c.n == 0:
		err = fmt.Errorf("it is larger than %d MiB: make it a CityJSONSeq, which is read feature by feature", c.w.most>>20)
	}
	return d, fmt.Errorf("document %d, line %d: %w", c.n+1, line, err)
}

// where learns the coordinate system.
func (c *cityJSON) where(name string) error {
	if name == "" {
		if !c.locator.known {
			return errors.New("the file names no coordinate system (metadata.referenceSystem): declare it with --crs")
		}
		return nil
	}
	note, err := c.locator.learn(name)
	if note != "" {
		c.notes = append(c.notes, note)
	}
	return err
}

// vertex is a vertex of the document as it stands there.
func (d *cityDocument) vertex(i int) (city [3]float64, err error) {
	if i < 0 || i >= len(d.Vertices) {
		return city, fmt.Errorf("vertex %d of %d", i, len(d.Vertices))
	}
	if len(d.Vertices[i]) != 3 {
		return city, fmt.Errorf("vertex %d has %d coordinates", i, len(d.Vertices[i]))
	}
	copy(city[:], d.Vertices[i])
	if t := d.Transform; t != nil {
		for k := range city {
			city[k] = city[k]*t.Scale[k] + t.Translate[k]
		}
	}
	return city, nil
}

// Notes implements Noter.
func (c *cityJSON) Notes() []string {
	return slices.Concat(c.notes, c.locator.cityNotes(), c.others.notes())
}
