package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// deepest is how deep objects and arrays may stand in each other.
const deepest = 64

// A parser reads JSON that is whole in memory. It accepts what RFC 8259 accepts (encoding/json is its oracle in
// the tests), limits the depth, and refuses texts that are no UTF-8. Its memory is used again and again.
type parser struct {
	b     []byte
	i     int
	depth int
	line  int64             // line of b[0] in the file when the file has records of several lines, else 0
	known map[string]string // names of members, so that equal ones are one string
	notes []string
	seen  []string // names of members of the objects that are open, for duplicates
}

// start points the parser at another text.
func (p *parser) start(b []byte, line int64) {
	if p.known == nil || len(p.known) > 10_000 {
		p.known = map[string]string{}
	}
	p.b, p.i, p.depth, p.line, p.notes, p.seen = b, 0, 0, line, nil, p.seen[:0]
}

// fail is an error with the place in the text.
func (p *parser) fail(format string, args ...any) error { return p.failAt(p.i, format, args...) }

func (p *parser) failAt(at int, format string, args ...any) error {
	where := fmt.Sprintf("byte %d", at+1)
	if p.line > 0 {
		where = fmt.Sprintf("line %d", p.line+int64(bytes.Count(p.b[:min(at, len(p.b))], newline)))
	}
	return fmt.Errorf("%s (%s)", fmt.Sprintf(format, args...), where)
}

func (p *parser) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// space goes to the next byte that means something and returns it, 0 at the end.
func (p *parser) space() byte {
	for ; p.i < len(p.b); p.i++ {
		if c := p.b[p.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// found describes what stands at the parser's place, for messages.
func (p *parser) found() string {
	switch c := p.space(); {
	case p.i >= len(p.b):
		return "the end"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a text"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	}
	end := p.i
	for end < len(p.b) && end < p.i+12 && (p.b[end] >= 'a' && p.b[end] <= 'z' || p.b[end] >= 'A' && p.b[end] <= 'Z') {
		end++
	}
	if end > p.i {
		return string(p.b[p.i:end])
	}
	r, _ := utf8.DecodeRune(p.b[p.i:])
	return strconv.QuoteRune(r)
}

// enter goes into an object or array.
func (p *parser) enter(open byte, what string) error {
	if p.space() != open || p.i >= len(p.b) {
		return p.fail("%s was expected, %s is there", what, p.found())
	}
	if p.depth++; p.depth > deepest {
		return p.fail("it is nested deeper than %d levels", deepest)
	}
	p.i++
	return nil
}

// next goes on to the next element of an object or array, or out of it.
func (p *parser) next(end byte, first bool) (more bool, err error) {
	c := p.space()
	switch {
	case p.i >= len(p.b):
		return false, p.fail("it ends too early")
	case c == end:
		p.i++
		p.depth--
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, p.fail("a comma or %q was expected, %s is there", end, p.found())
	}
	p.i++
	if p.space() == end {
		return false, p.fail("a comma stands before %q", end)
	}
	return true, nil
}

// object visits the members of an object. visit must read the value. Two members of one name are an error.
func (p *parser) object(what string, visit func(name string) error) error {
	if err := p.enter('{', what); err != nil {
		return err
	}
	names := members{p: p, mark: len(p.seen)}
	for first := true; ; first = false {
		more, err := p.next('}', first)
		if err != nil || !more {
			p.seen = p.seen[:names.mark]
			return err
		}
		name, err := p.name()
		if err != nil {
			return err
		}
		if names.twice(name) {
			return p.fail("the member %q stands there twice", name)
		}
		if err := visit(name); err != nil {
			return err
		}
	}
}

// members are the names of an open object: on the parser's stack while they are few, in a map when they are many.
type members struct {
	p    *parser
	mark int
	many map[string]bool
}

// twice remembers a name and tells whether it was there already.
func (m *members) twice(name string) bool {
	if m.many == nil {
		few := m.p.seen[m.mark:]
		if slices.Contains(few, name) {
			return true
		}
		m.p.seen = append(m.p.seen, name)
		if len(few) > 40 {
			m.many = map[string]bool{name: true}
			for _, old := range few {
				m.many[old] = true
			}
		}
		return false
	}
	was := m.many[name]
	m.many[name] = true
	return was
}

// name reads the name of a member and its colon.
func (p *parser) name() (string, error) {
	if p.space() != '"' {
		return "", p.fail("the name of a member was expected, %s is there", p.found())
	}
	var name string
	if end := closing(p.b, p.i+1); end > 0 && simple(p.b[p.i+1:end]) {
		raw := p.b[p.i+1 : end]
		known, ok := p.known[string(raw)]
		if !ok {
			known = string(raw)
			p.known[known] = known
		}
		name, p.i = known, end+1
	} else {
		s, err := p.text()
		if err != nil {
			return "", err
		}
		name = s
	}
	if p.space() != ':' || p.i >= len(p.b) {
		return "", p.fail("a colon was expected after %q, %s is there", name, p.found())
	}
	p.i++
	return name, nil
}

// skip reads any value and holds it to the grammar.
func (p *parser) skip() error {
	switch p.space() {
	case '{':
		return p.object("an object", func(string) error { return p.skip() })
	case '[':
		return p.array("an array", p.skip)
	case '"':
		_, err := p.text()
		return err
	case 't', 'f', 'n':
		_, err := p.word()
		return err
	}
	_, _, err := p.numeral()
	return err
}

// array visits the elements of an array. visit must read the element.
func (p *parser) array(what string, visit func() error) error {
	if err := p.enter('[', what); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := p.next(']', first)
		if err != nil || !more {
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}
