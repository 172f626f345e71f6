package importer

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// simple tells whether the inside of a string stands for itself: ASCII without escapes and control characters.
func simple(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c >= 0x80 || c == '\\' {
			return false
		}
	}
	return true
}

// text reads a string.
func (p *parser) text() (string, error) {
	if p.space() != '"' {
		return "", p.fail("a text was expected, %s is there", p.found())
	}
	start := p.i + 1
	end := closing(p.b, start)
	if end < 0 {
		return "", p.fail("a text without end")
	}
	raw := p.b[start:end]
	if i := bytes.IndexFunc(raw, func(r rune) bool { return r < 0x20 }); i >= 0 {
		return "", p.failAt(start+i, "a control character (%#02x) stands in a text", raw[i])
	}
	if !utf8.Valid(raw) {
		return "", p.fail("a text is no valid UTF-8; declare its encoding, for example gb18030")
	}
	p.i = end + 1
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), nil
	}
	out, bad, why := unescape(raw)
	if why != "" {
		return "", p.failAt(start+bad, "%s", why)
	}
	return out, nil
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape resolves escapes, or says where and why they make no sense.
func unescape(raw []byte) (s string, bad int, why string) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++ // closing saw to it that a byte follows
		if c := escapes[raw[i]]; c != 0 {
			out = append(out, c)
			continue
		}
		r, ok := hex4(raw, i)
		if !ok {
			return "", i - 1, "an escape that JSON does not know"
		}
		i += 4
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), i+2 < len(raw) && raw[i+1] == '\\'
			if ok {
				low, ok = hex4(raw, i+2)
			}
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return "", i - 5, "half a surrogate pair, which stands for no character"
			}
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), 0, ""
}

// hex4 reads uXXXX at i.
func hex4(b []byte, i int) (rune, bool) {
	if i+5 > len(b) || b[i] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 32)
	return rune(n), err == nil && b[i+1] != '+' && b[i+1] != '-'
}

// numeral reads the letters of a number and tells whether it has neither fraction nor exponent.
func (p *parser) numeral() (raw []byte, whole bool, err error) {
	if p.space(); p.i >= len(p.b) {
		return nil, false, p.fail("a number was expected, %s is there", p.found())
	}
	b, i := p.b, p.i
	if b[i] == '-' {
		i++
	}
	first := i
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	switch {
	case i == first:
		return nil, false, p.fail("a number was expected, %s is there", p.found())
	case b[first] == '0' && i > first+1:
		return nil, false, p.fail("a number starts with 0")
	}
	whole = true
	if i < len(b) && b[i] == '.' {
		whole = false
		mark := i + 1
		for i++; i < len(b) && b[i]-'0' < 10; i++ {
		}
		if i == mark {
			return nil, false, p.fail("a number ends with a point")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		whole = false
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		mark := i
		for ; i < len(b) && b[i]-'0' < 10; i++ {
		}
		if i == mark {
			return nil, false, p.fail("a number ends in its exponent")
		}
	}
	raw = b[p.i:i]
	p.i = i
	return raw, whole, nil
}

var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// float reads a number. Most are a few digits with a point, and exact as a quotient of two exact numbers.
func (p *parser) float() (float64, error) {
	b, i := p.b, p.i
	for i < len(b) && (b[i] == ' ' || b[i] == '\n') {
		i++
	}
	start := i
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	mantissa, digits, point := uint64(0), 0, -1
	for ; i < len(b); i++ {
		c := b[i]
		if c-'0' < 10 {
			mantissa = mantissa*10 + uint64(c-'0')
			digits++
		} else if c == '.' && point < 0 && digits > 0 {
			point = i + 1
		} else {
			break
		}
	}
	plain := i < len(b) && (b[i] == ',' || b[i] == ']' || b[i] <= ' ')
	if !plain || digits == 0 || digits > 18 || mantissa > 1<<53 || point == i || leadingZero(b, start, negative) {
		p.i = start
		return p.slowFloat()
	}
	p.i = i
	v := float64(mantissa)
	if point > 0 {
		v /= tens[i-point]
	}
	if negative {
		v = -v
	}
	return v, nil
}

func leadingZero(b []byte, i int, negative bool) bool {
	if negative {
		i++
	}
	return b[i] == '0' && i+1 < len(b) && b[i+1]-'0' < 10
}

func (p *parser) slowFloat() (float64, error) {
	start := p.i
	raw, _, err := p.numeral()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, p.failAt(start, "the number %.30s is too large", raw)
	}
	return v, nil
}

// scalar reads a value as a property may have it: string, bool, int64, float64, or nil. Objects and arrays
// become their JSON text. Whole numbers beyond int64 become texts, so that no digit is lost. what names the
// property in notes.
func (p *parser) scalar(what string) (any, error) {
	switch c := p.space(); c {
	case '"':
		return p.text()
	case '{', '[':
		start := p.i
		if err := p.skip(); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := json.Compact(&out, p.b[start:p.i]); err != nil {
			return nil, p.failAt(start, "%v", err)
		}
		p.note("%s: an object or array became its JSON text", what)
		return out.String(), nil
	case 't', 'f', 'n':
		return p.word()
	}
	start := p.i
	raw, whole, err := p.numeral()
	if err != nil {
		return nil, err
	}
	if !whole {
		p.i = start
		return p.slowFloat()
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		p.note("%s: a whole number with more than 18 digits became text", what)
		return string(raw), nil
	}
	return n, nil
}

// word reads true, false or null.
func (p *parser) word() (any, error) {
	rest := p.b[p.i:]
	for _, w := range []struct {
		text string
		v    any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if bytes.HasPrefix(rest, []byte(w.text)) {
			p.i += len(w.text)
			return w.v, nil
		}
	}
	return nil, p.fail("%s is no JSON", p.found())
}

// isNull tells whether null stands here, and reads it.
func (p *parser) isNull() bool {
	if p.space() == 'n' && bytes.HasPrefix(p.b[p.i:], []byte("null")) {
		p.i += 4
		return true
	}
	return false
}
