package crs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A node is one KEYWORD[…] of well-known text.
type node struct {
	word string // upper case
	args []string
	kids []*node
}

const (
	maxWKT   = 64 << 10
	maxDepth = 20
)

// parseWKT reads what .prj files and GeoPackages say, in the dialects of OGC (1 and 2) and ESRI.
func parseWKT(text string) (System, error) {
	if len(text) > maxWKT {
		return System{}, fmt.Errorf("%w: a definition of %d bytes is no definition", ErrUnknown, len(text))
	}
	p := wktReader{text: text}
	root, err := p.node(0)
	if err != nil {
		return System{}, fmt.Errorf("%w: %v in %q", ErrUnknown, err, short(text))
	}
	if root.word == "BOUNDCRS" || root.word == "COMPD_CS" || root.word == "COMPOUNDCRS" || root.word == "SOURCECRS" {
		root = root.first("SOURCECRS", "PROJCS", "GEOGCS", "PROJCRS", "GEOGCRS", "GEODCRS")
		if root != nil && root.word == "SOURCECRS" {
			root = root.first("PROJCRS", "GEOGCRS", "GEODCRS")
		}
		if root == nil {
			return System{}, fmt.Errorf("%w: no horizontal system in %q", ErrUnknown, short(text))
		}
	}
	if id := root.first("AUTHORITY", "ID"); id != nil && len(id.args) >= 2 {
		if s, err := Parse(id.args[0] + ":" + id.args[1]); err == nil {
			return s, nil
		}
	}
	return root.system()
}

func (n *node) system() (System, error) {
	switch n.word {
	case "GEOGCS", "GEOGCRS", "GEODCRS", "GEOGRAPHICCRS", "BASEGEOGCRS", "BASEGEODCRS":
		return n.geographic()
	case "PROJCS", "PROJCRS", "PROJECTEDCRS":
		return n.projected()
	}
	return System{}, fmt.Errorf("%w: %s %q is neither geographic nor projected", ErrUnknown, n.word, short(n.name()))
}

func (n *node) geographic() (System, error) {
	if s, err := Parse(plainName(n.name())); err == nil && s.IsWGS84() {
		return s, nil
	} else if err != nil && refused[squeeze(n.name())] != "" {
		return System{}, err
	}
	if d := n.first("DATUM", "ENSEMBLE"); d != nil {
		switch squeeze(strings.TrimPrefix(d.name(), "D_")) {
		case "wgs1984", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble", "wgs84":
			return WGS84, nil
		case "china2000", "chinageodeticcoordinatesystem2000", "cgcs2000", "china2000geodeticcoordinatesystem":
			return System{name: "CGCS2000"}, nil
		}
	}
	return System{}, fmt.Errorf("%w %q: its datum is neither WGS84 nor CGCS2000", ErrUnknown, short(n.name()))
}

// plainName takes brackets away, which would make Parse read a name as WKT.
func plainName(s string) string { return strings.NewReplacer("[", "", "(", "").Replace(s) }

func (n *node) projected() (System, error) {
	geo := n.first("GEOGCS", "BASEGEOGCRS", "BASEGEODCRS")
	if geo == nil {
		return System{}, fmt.Errorf("%w %q: it names no geographic system", ErrUnknown, short(n.name()))
	}
	base, err := geo.geographic()
	if err != nil {
		return System{}, fmt.Errorf("%q: %w", short(n.name()), err)
	}
	if u := n.first("UNIT", "LENGTHUNIT"); u != nil && !(len(u.args) >= 2 && math.Abs(number(u.args[1])-1) < 1e-9) {
		return System{}, fmt.Errorf("%w %q: its unit is %s, not metre", ErrUnknown, short(n.name()), u.name())
	}
	method, params := n.method()
	switch method {
	case "mercatorauxiliarysphere", "popularvisualisationpseudomercator", "popularvisualizationpseudomercator":
		return webMercator, nil
	case "gausskruger", "transversemercator":
		return n.transverse(base, params)
	}
	if s, err := Parse(plainName(n.name())); err == nil {
		return s, nil
	}
	return System{}, fmt.Errorf("%w %q: the projection %q is not supported; known are %s", ErrUnknown, short(n.name()), method, Known)
}

// method is the name of the projection and its parameters, both squeezed.
func (n *node) method() (string, map[string]float64) {
	at := n
	if c := n.first("CONVERSION"); c != nil {
		at = c
	}
	params := map[string]float64{}
	name := ""
	for _, kid := range at.kids {
		switch kid.word {
		case "PROJECTION", "METHOD":
			name = squeeze(kid.name())
		case "PARAMETER":
			if len(kid.args) >= 2 {
				params[squeeze(kid.args[0])] = number(kid.args[1])
			}
		}
	}
	return name, params
}

func (n *node) transverse(base System, params map[string]float64) (System, error) {
	get := func(other float64, names ...string) float64 {
		for _, name := range names {
			if v, ok := params[name]; ok {
				return v
			}
		}
		return other
	}
	t := transverse{
		meridian:      get(math.NaN(), "centralmeridian", "longitudeofnaturalorigin", "longitudeoforigin"),
		scale:         get(1, "scalefactor", "scalefactoratnaturalorigin"),
		falseEasting:  get(0, "falseeasting"),
		falseNorthing: get(0, "falsenorthing"),
		ellipsoid:     wgs84Ellipsoid,
	}
	if base.name == "CGCS2000" {
		t.ellipsoid = cgcs2000Ellipsoid
	}
	if lat := get(0, "latitudeoforigin", "latitudeofnaturalorigin"); lat != 0 {
		return System{}, fmt.Errorf("%w %q: a latitude of origin of %v° is not supported", ErrUnknown, short(n.name()), lat)
	}
	if !(math.Abs(t.meridian) <= 180) || !(t.scale > 0.5 && t.scale < 2) || !(math.Abs(t.falseEasting) < 1e9) || !(math.Abs(t.falseNorthing) < 1e9) {
		return System{}, fmt.Errorf("%w %q: its parameters are missing or make no sense", ErrUnknown, short(n.name()))
	}
	s := System{kind: transverseMercator, name: n.name(), tm: t}
	if zone := int(math.Floor(t.falseEasting / 1e6)); zone >= 13 && zone <= 45 {
		s.zone = zone
	}
	return s, nil
}

func (n *node) name() string {
	if len(n.args) == 0 {
		return ""
	}
	return n.args[0]
}

// first is the first child with one of the words, in the order of the words.
func (n *node) first(words ...string) *node {
	for _, w := range words {
		for _, kid := range n.kids {
			if kid.word == w {
				return kid
			}
		}
	}
	return nil
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// A wktReader walks through well-known text.
type wktReader struct {
	text string
	at   int
}

func (r *wktReader) node(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("too many brackets")
	}
	n := &node{word: strings.ToUpper(r.bare())}
	if n.word == "" || !r.take("[(") {
		return nil, fmt.Errorf("no KEYWORD[ at byte %d", r.at)
	}
	for {
		if err := r.argument(n, depth); err != nil {
			return nil, err
		}
		switch {
		case r.take("])"):
			return n, nil
		case !r.take(","):
			return nil, fmt.Errorf("neither comma nor bracket at byte %d", r.at)
		}
	}
}

// argument reads a quoted text, a number, a word, or a node.
func (r *wktReader) argument(n *node, depth int) error {
	r.space()
	if r.at < len(r.text) && r.text[r.at] == '"' {
		end := strings.IndexByte(r.text[r.at+1:], '"')
		if end < 0 {
			return fmt.Errorf("a text without end at byte %d", r.at)
		}
		n.args = append(n.args, r.text[r.at+1:r.at+1+end])
		r.at += end + 2
		return nil
	}
	start := r.at
	word := r.bare()
	if r.at < len(r.text) && (r.text[r.at] == '[' || r.text[r.at] == '(') {
		r.at = start
		kid, err := r.node(depth + 1)
		if err != nil {
			return err
		}
		n.kids = append(n.kids, kid)
		return nil
	}
	if word == "" {
		return fmt.Errorf("nothing at byte %d", r.at)
	}
	n.args = append(n.args, word)
	return nil
}

// bare reads up to a separator.
func (r *wktReader) bare() string {
	r.space()
	start := r.at
	for r.at < len(r.text) && !strings.ContainsRune("[](),\" \t\r\n", rune(r.text[r.at])) {
		r.at++
	}
	word := r.text[start:r.at]
	r.space()
	return word
}

func (r *wktReader) take(any string) bool {
	r.space()
	if r.at < len(r.text) && strings.IndexByte(any, r.text[r.at]) >= 0 {
		r.at++
		return true
	}
	return false
}

func (r *wktReader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}
