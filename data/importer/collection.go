package importer

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// isCollection looks ahead for the member that tells a FeatureCollection from a feature: "features", or the
// "type". It reads as much as it needs.
func (d *document) isCollection() (bool, error) {
	switch c, err := d.w.peekByte(); {
	case errors.Is(err, io.EOF):
		return false, d.fail("the file has no content")
	case err != nil:
		return false, err
	case c != '{':
		return false, d.fail("GeoJSON must be an object, %s is there", d.found())
	}
	for {
		found, sure := lookAhead(d.w.rest())
		if sure {
			return found, nil
		}
		switch err := d.w.more(); {
		case errors.Is(err, io.EOF):
			return false, nil // let the parser say what is wrong
		case err != nil:
			return false, d.cut(err, "the document", d.w.line)
		}
	}
}

// found describes what comes next, for messages.
func (d *document) found() string {
	for len(d.w.rest()) < 16 && d.w.more() == nil {
	}
	p := parser{b: d.w.rest()}
	return p.found()
}

// lookAhead walks over the members of an object as far as they are in memory.
func lookAhead(b []byte) (collection, sure bool) {
	w := &window{buf: b, end: io.EOF, at: 1}
	for {
		c, err := w.peekByte()
		if err != nil || c != '"' {
			return false, err == nil
		}
		name, err := w.value()
		if err != nil {
			return false, false
		}
		if c, err := w.peekByte(); err != nil || c != ':' {
			return false, err == nil
		}
		w.use(1)
		if _, err := w.peekByte(); err != nil {
			return false, false
		}
		if string(name) == `"features"` {
			return true, true
		}
		value, err := w.value()
		if err != nil {
			return false, false
		}
		if string(name) == `"type"` {
			return string(value) == `"FeatureCollection"`, string(value) == `"FeatureCollection"` || shapeKinds[unquote(value)] != 0 || string(value) == `"Feature"`
		}
		if c, err := w.peekByte(); err != nil || c != ',' {
			return false, err == nil
		}
		w.use(1)
	}
}

func unquote(b []byte) string {
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return ""
	}
	return s
}

// member reads one member of a collection, up to the start of the features or the end.
func (d *document) member() error {
	c, err := d.w.peekByte()
	if err != nil {
		return d.cut(err, "the FeatureCollection", d.w.line)
	}
	if c == '}' && len(d.names) == 0 {
		return d.endCollection()
	}
	name, err := d.memberName()
	if err != nil {
		return err
	}
	if slices.Contains(d.names, name) {
		return d.fail("the member %q of the FeatureCollection stands there twice", name)
	}
	if d.names = append(d.names, name); len(d.names) > 1000 {
		return d.fail("the FeatureCollection has more than 1,000 members")
	}
	if c, err = d.w.peekByte(); err != nil {
		return d.cut(err, "the FeatureCollection", d.w.line)
	}
	if name == "features" {
		if c != '[' {
			return d.fail("the member \"features\" must be an array, %s is there", d.found())
		}
		d.w.use(1)
		d.listed, d.inFeatures = true, true
		return nil
	}
	raw, err := d.value("the member " + strconv.Quote(name))
	if err != nil {
		return err
	}
	if err := d.readMember(name, raw); err != nil {
		return err
	}
	return d.separator()
}

// memberName reads a name and its colon.
func (d *document) memberName() (string, error) {
	raw, err := d.value("the name of a member")
	if err != nil {
		return "", err
	}
	p := parser{b: raw}
	name, err := p.text()
	if err != nil {
		return "", d.fail("the name of a member was expected, %s is there", p.found())
	}
	c, err := d.w.peekByte()
	if err != nil {
		return "", d.cut(err, "the FeatureCollection", d.w.line)
	}
	if c != ':' {
		return "", d.fail("a colon was expected after %q", name)
	}
	d.w.use(1)
	return name, nil
}

// readMember judges a member other than features.
func (d *document) readMember(name string, raw []byte) error {
	p := featureParser{}
	p.start(raw, 0)
	switch name {
	case "type":
		kind, err := p.text()
		if err != nil || kind != "FeatureCollection" {
			return d.fail("the type %.40s is not \"FeatureCollection\"", raw)
		}
		d.typed = true
		return nil
	case "crs":
		if d.listed && d.n > 0 && !d.source.locator.declared {
			return d.lateCRS(raw)
		}
		return d.source.learn(&d.source.locator, raw)
	case "bbox":
		if err := p.bbox(); err != nil {
			return d.fail("%w", err)
		}
		d.source.notes = append(d.source.notes, p.notes...)
		return nil
	}
	if err := p.skip(); err != nil || p.space() != 0 {
		return d.fail("the member %q of the FeatureCollection is no JSON: %v", name, err)
	}
	d.source.notes = append(d.source.notes, "the member "+strconv.Quote(name)+" of the FeatureCollection is left out")
	return nil
}

// lateCRS refuses a coordinate system that is named after the features were read as WGS84.
func (d *document) lateCRS(raw []byte) error {
	before := d.source.locator
	if err := d.source.learn(&d.source.locator, raw); err != nil {
		return err
	}
	if d.source.locator.system.String() == before.system.String() || d.source.locator.system.IsWGS84() {
		return nil
	}
	return d.fail("the file names its coordinate system (%s) after its features, which were read as WGS84: import it again with --crs", d.source.locator.system)
}

// separator goes on to the next member or ends the collection.
func (d *document) separator() error {
	c, err := d.w.peekByte()
	switch {
	case err != nil:
		return d.cut(err, "the FeatureCollection", d.w.line)
	case c == '}':
		return d.endCollection()
	case c != ',':
		return d.fail("a comma or '}' was expected in the FeatureCollection, %q is there", c)
	}
	d.w.use(1)
	if c, err = d.w.peekByte(); err == nil && c == '}' {
		return d.fail("a comma stands before '}'")
	}
	return nil
}

func (d *document) endCollection() error {
	d.w.use(1)
	d.done = true
	switch {
	case !d.typed:
		return d.fail("the member \"type\" of the FeatureCollection is missing")
	case !d.listed:
		return d.fail("the member \"features\" of the FeatureCollection is missing")
	}
	c, err := d.w.peekByte()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return err
	}
	return d.fail("after the end of the FeatureCollection there is %q", c)
}

// element gives the next feature of the array, or walks on to the end of the collection.
func (d *document) element() ([]byte, int64, error) {
	c, err := d.w.peekByte()
	if err != nil {
		return nil, 0, d.cut(err, "the FeatureCollection", d.w.line)
	}
	if c == ']' {
		d.w.use(1)
		d.inFeatures = false
		if err := d.separator(); err != nil {
			return nil, 0, err
		}
		return d.next()
	}
	if d.n > 0 {
		if c != ',' {
			return nil, 0, d.fail("a comma or ']' was expected after feature %d, %q is there", d.n, c)
		}
		d.w.use(1)
		if c, err = d.w.peekByte(); err == nil && c == ']' {
			return nil, 0, d.fail("a comma stands before ']'")
		}
	}
	d.n++
	b, err := d.value("feature " + strconv.FormatInt(d.n, 10))
	if err != nil {
		return nil, 0, err
	}
	line := int64(0)
	if d.lines {
		line = d.w.line - int64(bytes.Count(b, newline))
	}
	return b, line, nil
}
