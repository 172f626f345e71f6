package crs

import (
	"net/url"
	"regexp"
	"strings"
)

// verticals are systems of heights by their codes of EPSG. Heights are not converted: these are names for notes.
var verticals = map[string]string{
	"5709": "NAP height", "5783": "DHHN92 height", "7837": "DHHN2016 height", "5773": "EGM96 height", "3855": "EGM2008 height", "5703": "NAVD88 height",
	"5621": "EVRF2007 height", "6695": "JGD2011 height", "5737": "Yellow Sea 1985 height", "5736": "Yellow Sea 1956 height",
}

var (
	advRule   = regexp.MustCompile(`^urn:adv:crs:etrs89_utm(3[0-9]|2[89])(?:\*(\w+))?$`)
	plusRule  = regexp.MustCompile(`^epsg:([0-9]+)\+([0-9]+)$`)
	tailDigit = regexp.MustCompile(`([0-9]+)$`)
)

// compound parts the name of a compound system, in the spellings of OGC, of PROJ and of the German surveys.
func compound(lower string) (horizontal, vertical string, ok bool) {
	if m := advRule.FindStringSubmatch(lower); m != nil {
		return "epsg:258" + m[1], strings.ToUpper(m[2]), true
	}
	if m := plusRule.FindStringSubmatch(lower); m != nil {
		return "epsg:" + m[1], height(m[2]), true
	}
	if _, query, is := strings.Cut(lower, "/def/crs-compound?"); is {
		q, err := url.ParseQuery(query)
		return q.Get("1"), height(q.Get("2")), err == nil && q.Get("1") != ""
	}
	if rest, is := strings.CutPrefix(lower, "urn:ogc:def:crs,"); is {
		first, second, _ := strings.Cut(rest, ",")
		return strings.TrimPrefix(first, "crs:"), height(second), true
	}
	return "", "", false
}

// height is what a system of heights is called.
func height(name string) string {
	code := tailDigit.FindString(name)
	if called, known := verticals[code]; known {
		return called
	}
	if code == "" {
		return name
	}
	return "EPSG:" + code + " height"
}
