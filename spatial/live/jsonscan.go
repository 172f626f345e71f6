package live

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// jsonScan walks over one JSON text (RFC 8259) without building anything. Positions come by the hundred thousand
// a second, and encoding/json alone would cost three times as much as everything that is done with them.
type jsonScan struct {
	data []byte
	at   int
}

// deepest is how deep values that nobody asked for may be nested.
const deepest = 64

// peek is the next byte that is no white space, 0 at the end.
func (s *jsonScan) peek() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

// take steps over c when it comes next.
func (s *jsonScan) take(c byte) bool {
	if s.peek() != c || s.at == len(s.data) {
		return false
	}
	s.at++
	return true
}

// word steps over a literal: true, false or null.
func (s *jsonScan) word(w string) bool {
	s.peek()
	if !bytes.HasPrefix(s.data[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

func (s *jsonScan) wrong(want string) error {
	c := s.peek()
	if s.at >= len(s.data) {
		return fmt.Errorf("%s is missing: the text ends", want)
	}
	r, _ := utf8.DecodeRune(s.data[s.at:])
	if c < ' ' {
		return fmt.Errorf("%s is missing: 0x%02x stands at byte %d", want, c, s.at)
	}
	return fmt.Errorf("%s is missing: %q stands at byte %d", want, r, s.at)
}

// text reads a string. What it returns is part of the input, unless there were escapes.
func (s *jsonScan) text() ([]byte, error) {
	if !s.take('"') {
		return nil, s.wrong("a string")
	}
	from, escaped := s.at, false
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			raw := s.data[from:s.at]
			s.at++
			if escaped {
				return unescaped(raw)
			}
			if !utf8.Valid(raw) {
				return nil, errors.New("the string is not UTF-8")
			}
			return raw, nil
		case c == '\\':
			escaped = true
			s.at++
		case c < ' ':
			return nil, fmt.Errorf("0x%02x stands in a string at byte %d", c, s.at)
		}
	}
	return nil, errors.New("a string does not end")
}

// unescaped is a string with its escapes resolved. Halves of surrogate pairs that stand alone become U+FFFD.
func unescaped(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] == 'u' {
			r, used, ok := unicodeEscape(raw[i-1:])
			if !ok {
				return nil, errors.New(`\u needs four hexadecimal digits`)
			}
			out = utf8.AppendRune(out, r)
			i += used - 2
			continue
		}
		c := bytes.IndexByte([]byte(`"\/bfnrt`), raw[i])
		if c < 0 {
			return nil, fmt.Errorf("%q is no escape", raw[i-1:i+1])
		}
		out = append(out, "\"\\/\b\f\n\r\t"[c])
	}
	if !utf8.Valid(out) {
		return nil, errors.New("the string is not UTF-8")
	}
	return out, nil
}

// unicodeEscape reads the \uXXXX that raw begins with, or the two that make one character, and how long it is.
func unicodeEscape(raw []byte) (r rune, used int, ok bool) {
	r, ok = hex4(raw)
	if !ok || r < 0xd800 || r > 0xdfff {
		return r, 6, ok
	}
	low, pair := rune(0), false
	if r < 0xdc00 && len(raw) >= 12 {
		low, pair = hex4(raw[6:])
	}
	if !pair || low < 0xdc00 || low > 0xdfff {
		return utf8.RuneError, 6, true
	}
	return 0x10000 + (r-0xd800)<<10 + (low - 0xdc00), 12, true
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	return rune(v), err == nil
}

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a number. Up to 15 digits without exponent are exact by one division; the rest is left to strconv.
func (s *jsonScan) number() (float64, error) {
	s.peek()
	from := s.at
	negative := s.at < len(s.data) && s.data[s.at] == '-'
	if negative {
		s.at++
	}
	whole := s.at
	mantissa := s.digits(0)
	if n := s.at - whole; n == 0 || n > 1 && s.data[whole] == '0' {
		s.at = from
		return 0, s.wrong("a number")
	}
	n, fraction := s.at-whole, 0
	if s.at < len(s.data) && s.data[s.at] == '.' {
		s.at++
		point := s.at
		mantissa = s.digits(mantissa)
		if fraction = s.at - point; fraction == 0 {
			return 0, s.wrong("a digit")
		}
	}
	if s.at < len(s.data) && s.data[s.at]|' ' == 'e' {
		return s.exponent(from)
	}
	if n+fraction > 15 {
		return strconv.ParseFloat(string(s.data[from:s.at]), 64)
	}
	v := float64(mantissa) / tens[fraction]
	if negative {
		v = -v
	}
	return v, nil
}

// exponent reads the rest of a number that began at from and has one.
func (s *jsonScan) exponent(from int) (float64, error) {
	s.at++
	if s.at < len(s.data) && (s.data[s.at] == '+' || s.data[s.at] == '-') {
		s.at++
	}
	at := s.at
	if s.digits(0); s.at == at {
		return 0, s.wrong("a digit")
	}
	return strconv.ParseFloat(string(s.data[from:s.at]), 64)
}

// digits goes over decimal digits and adds them to v, which overflows silently.
func (s *jsonScan) digits(v uint64) uint64 {
	for s.at < len(s.data) && s.data[s.at]-'0' < 10 {
		v = v*10 + uint64(s.data[s.at]-'0')
		s.at++
	}
	return v
}

// skip steps over any value.
func (s *jsonScan) skip(depth int) error {
	if depth > deepest {
		return fmt.Errorf("values are nested deeper than %d", deepest)
	}
	switch c := s.peek(); {
	case c == '"':
		_, err := s.text()
		return err
	case c == '{':
		return s.members(func([]byte) error { return s.skip(depth + 1) })
	case c == '[':
		return s.elements(func() error { return s.skip(depth + 1) })
	case s.word("true"), s.word("false"), s.word("null"):
		return nil
	case c == '-' || c-'0' < 10:
		if _, err := s.number(); err != nil && !errors.Is(err, strconv.ErrRange) {
			return err
		}
		return nil
	}
	return s.wrong("a value")
}

// members reads an object; visit reads the value of each key.
func (s *jsonScan) members(visit func(key []byte) error) error {
	if !s.take('{') {
		return s.wrong("{")
	}
	if s.take('}') {
		return nil
	}
	for {
		key, err := s.text()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.wrong(":")
		}
		if err := visit(key); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.wrong(", or }")
		}
	}
}

// elements reads an array; visit reads each value.
func (s *jsonScan) elements(visit func() error) error {
	if !s.take('[') {
		return s.wrong("[")
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := visit(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.wrong(", or ]")
		}
	}
}
