package solid

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Most points that a solid may have: a building of a city model has some hundreds.
const Most = 100_000

// Parse reads well-known text: POLYHEDRALSURFACE Z, TIN Z, MULTIPOLYGON Z or POLYGON Z, with SRID=4326; before it or
// not. Rings may repeat their first point or not. An error names the place in the text.
func Parse(text string) (Solid, error) {
	p := &reader{text: text}
	if err := p.head(); err != nil {
		return nil, err
	}
	s, err := p.body()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.text) {
		return nil, p.fail("there is %q after the end", clip(p.text[p.at:]))
	}
	if len(s) == 0 {
		return nil, p.fail("the solid is empty")
	}
	return s, nil
}

type reader struct {
	text   string
	at     int
	single bool // one face without the parentheses of a list
	points int
}

func (p *reader) fail(format string, args ...any) error {
	return fmt.Errorf("solid, at character %d: %s", p.at+1, fmt.Sprintf(format, args...))
}

func clip(s string) string { return s[:min(len(s), 20)] }

func (p *reader) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// word is the next run of letters, in capitals.
func (p *reader) word() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && (p.text[p.at]|0x20) >= 'a' && (p.text[p.at]|0x20) <= 'z' {
		p.at++
	}
	return strings.ToUpper(p.text[start:p.at])
}

func (p *reader) head() error {
	for _, srid := range []string{"SRID=4326;", "SRID=4979;"} {
		if strings.HasPrefix(strings.ToUpper(p.text[:min(len(p.text), len(srid))]), srid) {
			p.at = len(srid)
		}
	}
	kind := p.word()
	z := strings.HasSuffix(kind, "Z") && kind != "Z"
	kind = strings.TrimSuffix(kind, "Z")
	if !z {
		if w := p.word(); w != "Z" {
			return p.fail("a solid has heights: write %s Z", kind)
		}
	}
	switch kind {
	case "POLYHEDRALSURFACE", "TIN", "MULTIPOLYGON":
	case "POLYGON":
		p.single = true
	default:
		return p.fail("%q is no solid: it may be POLYHEDRALSURFACE Z, TIN Z, MULTIPOLYGON Z or POLYGON Z", clip(kind))
	}
	return nil
}

func (p *reader) body() (Solid, error) {
	if p.single {
		f, err := p.face()
		return Solid{f}, err
	}
	var s Solid
	err := p.list(func() error {
		f, err := p.face()
		s = append(s, f)
		return err
	})
	return s, err
}

func (p *reader) face() (f Face, err error) {
	err = p.list(func() error {
		r, err := p.ring()
		f = append(f, r)
		return err
	})
	return f, err
}

func (p *reader) ring() (r []Point, err error) {
	start := p.at
	err = p.list(func() error {
		at, err := p.point()
		r = append(r, at)
		return err
	})
	if err != nil {
		return nil, err
	}
	if n := len(r); n > 1 && r[0] == r[n-1] {
		r = r[:n-1]
	}
	if len(r) < 3 {
		p.at = start
		return nil, p.fail("a ring needs three points or more, %d are there", len(r))
	}
	return r, nil
}

// list reads items in parentheses.
func (p *reader) list(item func() error) error {
	if err := p.want('('); err != nil {
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			continue
		}
		return p.want(')')
	}
}

func (p *reader) want(c byte) error {
	p.space()
	if p.at >= len(p.text) {
		return p.fail("%q is missing: the text ends", c)
	}
	if p.text[p.at] != c {
		return p.fail("%q should be here, not %q", c, clip(p.text[p.at:]))
	}
	p.at++
	return nil
}

func (p *reader) point() (at Point, err error) {
	if p.points++; p.points > Most {
		return at, p.fail("the solid has more than %d points", Most)
	}
	for k := range at {
		if at[k], err = p.number(); err != nil {
			return at, err
		}
	}
	if !(math.Abs(at[0]) <= 180 && math.Abs(at[1]) <= 90 && math.Abs(at[2]) <= 20_000) {
		return at, p.fail("%g %g %g is no longitude, latitude and height in metres", at[0], at[1], at[2])
	}
	return at, nil
}

func (p *reader) number() (float64, error) {
	p.space()
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	v, err := strconv.ParseFloat(p.text[start:p.at], 64)
	if err != nil {
		p.at = start
		return 0, p.fail("a number should be here, not %q: a point is longitude, latitude and height", clip(p.text[start:]))
	}
	return v, nil
}

// WKT writes the solid as POLYHEDRALSURFACE Z, degrees to nine decimals (0.1 mm) and heights to three.
func (s Solid) WKT() string {
	out := []byte("POLYHEDRALSURFACE Z (")
	for i, f := range s {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '(')
		for k, ring := range f {
			if k > 0 {
				out = append(out, ',')
			}
			out = append(out, '(')
			for n := range len(ring) + 1 {
				if n > 0 {
					out = append(out, ',')
				}
				p := ring[n%len(ring)]
				out = appendShort(out, p[0], 9)
				out = appendShort(append(out, ' '), p[1], 9)
				out = appendShort(append(out, ' '), p[2], 3)
			}
			out = append(out, ')')
		}
		out = append(out, ')')
	}
	return string(append(out, ')'))
}

// appendShort writes a number with so many decimals at most.
func appendShort(dst []byte, v float64, decimals int) []byte {
	scale := math.Pow(10, float64(decimals))
	v = math.Round(v*scale) / scale
	if v == 0 {
		v = 0 // without a sign
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}
