package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/transform"
)

// A geoJSON is a Source of one document (a FeatureCollection, a Feature or a geometry), of one such document on
// each line, or of an RFC 8142 sequence.
type geoJSON struct {
	*input
	window  *window
	sep     byte   // between documents: newline or RS; 0 when the file is one document
	place   string // what a document is called in Record.Place
	n       int64  // documents so far
	doc     document
	open    bool
	parser  featureParser
	locator locator
	notes   []string
	o       Options
}

func openGeoJSON(in *input, o Options) (Source, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	r, err := decoded(in.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	s := &geoJSON{input: in, window: newWindow(r), locator: place, o: o}
	s.sep, s.place = packing(in.head, in.file.Name())
	return s, nil
}

// again implements rereadable. What it gives has no geometries.
func (s *geoJSON) again() (Source, error) {
	src, err := open(s.file.Name(), s.o)
	if same, is := src.(*geoJSON); is {
		same.parser.shallow = true
	}
	return src, err
}

// decoded turns the texts of a stream into UTF-8.
func decoded(r io.Reader, encoding string) (io.Reader, error) {
	e, err := findEncoding(encoding)
	if err != nil || e == nil {
		return r, err
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}

// packing tells from the first bytes how documents are put into the file. A file of many lines is one whose
// first line is a whole document and not all of the file.
func packing(head []byte, path string) (sep byte, place string) {
	trimmed := bytes.TrimLeft(head, " \t\r\n")
	if bytes.HasPrefix(trimmed, []byte{0x1e}) {
		return 0x1e, "record"
	}
	first, rest, ends := bytes.Cut(trimmed, newline)
	w := &window{buf: bytes.TrimSpace(first), end: io.EOF}
	whole := false
	if len(w.buf) > 0 {
		_, err := w.value()
		whole = err == nil && len(w.rest()) == 0
	}
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	if whole && ends && len(bytes.TrimSpace(rest)) > 0 || isLinesName(name) && (whole || ends) {
		return '\n', "line"
	}
	return 0, "feature"
}

// Next implements Source.
func (s *geoJSON) Next() (Record, error) {
	for {
		if !s.open {
			if rec, err := s.begin(); err != nil || rec.Err != nil {
				return rec, err
			}
		}
		b, line, err := s.doc.next()
		if errors.Is(err, io.EOF) {
			s.open = false
			if s.sep == 0 {
				return Record{}, io.EOF
			}
			continue
		}
		if err != nil {
			return s.broken(err)
		}
		rec, crs := s.parser.read(b, line)
		rec.Place = s.placeOf()
		s.finish(&rec, crs)
		return rec, nil
	}
}

// begin opens the next document. A line that is too large is a rejected record.
func (s *geoJSON) begin() (Record, error) {
	for {
		if s.sep == 0 {
			if s.n++; s.n > 1 {
				return Record{}, io.EOF
			}
			s.doc = document{source: s, w: s.window, lines: true}
			s.open = true
			return Record{}, nil
		}
		line := s.window.line
		b, err := s.window.upTo(s.sep)
		if err != nil && !errors.Is(err, errTooLarge) {
			return Record{}, err
		}
		s.n++
		if s.sep == '\n' {
			s.n = line
		}
		if err != nil {
			return Record{Place: s.place + " " + strconv.FormatInt(s.n, 10), Err: err}, nil
		}
		if b = bytes.Trim(b, " \t\r\n\x1e"); len(b) == 0 {
			if s.sep != '\n' {
				s.n--
			}
			continue
		}
		s.doc = document{source: s, w: &window{buf: b, end: io.EOF, line: 1}}
		s.open = true
		return Record{}, nil
	}
}

// placeOf names the place of the feature that was just read.
func (s *geoJSON) placeOf() string {
	switch {
	case s.sep == 0:
		return "feature " + strconv.FormatInt(s.doc.n, 10)
	case !s.doc.collection:
		return s.place + " " + strconv.FormatInt(s.n, 10)
	}
	return s.place + " " + strconv.FormatInt(s.n, 10) + ", feature " + strconv.FormatInt(s.doc.n, 10)
}

// broken ends the document: on a line of its own it is one rejected record, else the end of the file.
func (s *geoJSON) broken(err error) (Record, error) {
	s.open = false
	if s.sep == 0 {
		return Record{}, err
	}
	return Record{Place: s.place + " " + strconv.FormatInt(s.n, 10), Err: err}, nil
}

// finish brings the record to WGS84.
func (s *geoJSON) finish(rec *Record, crs []byte) {
	if rec.Err != nil || s.parser.shallow {
		rec.Geometry = nil
		return
	}
	where := &s.locator
	if crs != nil {
		own := s.locator // for this feature only
		where = &own
		if rec.Err = s.learn(where, crs); rec.Err != nil {
			return
		}
	}
	rec.Geometry, rec.Err = where.place(rec.Geometry)
	if crs != nil {
		s.locator.outside, s.locator.rounded, s.locator.wide = where.outside, where.rounded, where.wide
	}
}

// learn reads a member crs.
func (s *geoJSON) learn(where *locator, raw []byte) error {
	name, err := crsName(raw)
	if err != nil && !where.declared {
		return err
	}
	if err == nil && name == "" {
		return nil
	}
	note, err := where.learn(name)
	if note != "" && len(s.notes) < 100 {
		s.notes = append(s.notes, note)
	}
	return err
}

// Notes implements Noter.
func (s *geoJSON) Notes() []string { return append(s.notes, s.locator.notes()...) }

// A document is one GeoJSON text: its features come one by one, so that it may be larger than memory.
type document struct {
	source     *geoJSON
	w          *window
	lines      bool // tell lines of the file in messages
	begun      bool
	collection bool
	inFeatures bool
	typed      bool // member type was there
	listed     bool // member features was there
	done       bool
	n          int64 // features so far
	names      []string
}

func (d *document) fail(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if d.lines {
		err = fmt.Errorf("line %d: %w", d.w.line, err)
	}
	return err
}

// next gives the bytes of the next feature and the line on which it starts, 0 when lines tell nothing.
func (d *document) next() (b []byte, line int64, err error) {
	if d.done {
		return nil, 0, io.EOF
	}
	if !d.begun {
		d.begun = true
		if d.collection, err = d.isCollection(); err != nil {
			return nil, 0, err
		}
		if !d.collection {
			return d.single()
		}
		d.w.use(1)
	}
	for !d.inFeatures {
		if err := d.member(); err != nil {
			return nil, 0, err
		}
	}
	return d.element()
}

// single reads a document that is one feature or geometry.
func (d *document) single() ([]byte, int64, error) {
	line := d.w.line
	b, err := d.value("the document")
	if err != nil {
		return nil, 0, err
	}
	d.done, d.n = true, 1
	if d.lines {
		b = bytes.Clone(b) // looking for the end may move the window
	}
	if c, err := d.w.peekByte(); err == nil {
		return nil, 0, d.fail("after the end of the document there is %q", c)
	} else if !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if !d.lines {
		line = 0
	}
	return b, line, nil
}

// value reads a JSON value and says what was cut off when the file ends in it.
func (d *document) value(what string) ([]byte, error) {
	line := d.w.line
	if _, err := d.w.peekByte(); err != nil {
		return nil, d.cut(err, what, line)
	}
	line = d.w.line
	b, err := d.w.value()
	if err != nil {
		return nil, d.cut(err, what, line)
	}
	if len(b) == 0 {
		c, _ := d.w.peekByte()
		return nil, d.fail("%s was expected, %q is there", what, c)
	}
	return b, nil
}

func (d *document) cut(err error, what string, line int64) error {
	switch {
	case errors.Is(err, io.EOF) && d.lines:
		return fmt.Errorf("the file ends within %s that begins on line %d", what, line)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("it ends within %s", what)
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("%s that begins on line %d cannot be read: %w", what, line, err)
	}
	return err
}
