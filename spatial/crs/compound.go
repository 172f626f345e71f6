package crs

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// compounds are the codes of a horizontal system with a vertical one.
var compounds = map[int]struct{ horizontal, vertical string }{
	5554: {"25831", "5783"}, 5555: {"25832", "5783"}, 5556: {"25833", "5783"}, 6697: {"6668", "6695"},
	7415: {"28992", "5709"}, 7423: {"4258", "5621"}, 9518: {"4326", "3855"}, 9707: {"4326", "5773"},
}

// verticals are the names of systems of heights.
var verticals = map[string]string{
	"3855": "EGM2008 height", "5621": "EVRF2007 height", "5709": "NAP height", "5736": "Yellow Sea 1956 height", "5737": "Yellow Sea 1985 height",
	"5773": "EGM96 height", "5783": "DHHN92 height", "6695": "JGD2011 height", "7837": "DHHN2016 height",
}

var (
	advRule  = regexp.MustCompile(`^urn:adv:crs:etrs89_utm([0-9]{2})(?:\*(\w+))?$`)
	pairRule = regexp.MustCompile(`^(?:urn:ogc:def:crs,)?(?:crs:)?([^,+]+)[,+](?:crs:)?([^,+]+)$`)
)

// compound reads the names of two systems in one, in lower case: as OGC's address and URN, as EPSG:25832+5783, and as the
// German surveyors write it.
func compound(name string) (System, bool) {
	if m := advRule.FindStringSubmatch(name); m != nil {
		s, ok := byCode("258" + m[1])
		return s.with(strings.ToUpper(m[2])), ok
	}
	horizontal, vertical, ok := pair(name)
	if !ok {
		return System{}, false
	}
	s, err := Parse(horizontal)
	code := codeOf(vertical)
	if _, err := strconv.Atoi(code); err != nil {
		return System{}, false
	}
	_, flat := byCode(code)
	return s.with(heights(code)), err == nil && s.vertical == "" && !flat
}

// pair parts a name into those of the horizontal and the vertical system.
func pair(name string) (horizontal, vertical string, ok bool) {
	if at, err := url.Parse(name); err == nil && strings.HasSuffix(at.Path, "/def/crs-compound") {
		q := at.Query()
		return q.Get("1"), q.Get("2"), len(q) == 2
	}
	m := pairRule.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// heights names the system of heights that has a code.
func heights(code string) string {
	if name, ok := verticals[code]; ok {
		return name
	}
	return "EPSG:" + code
}

func (s System) with(vertical string) System {
	s.vertical = vertical
	return s
}
