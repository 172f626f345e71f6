package crs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrUnknown is the error of a name or definition that is none of the systems here.
var ErrUnknown = errors.New("unknown coordinate system")

// Known says in one line what can be declared.
const Known = "WGS84, EPSG:4490 (CGCS2000), EPSG:4491 to 4554 (Gauss-Krüger zones of CGCS2000), EPSG:3857 (web mercator), " +
	"EPSG:32601 to 32660 and 32701 to 32760 (UTM), EPSG:4258 and 25828 to 25838 (ETRS89), EPSG:28992 (RD New), GCJ-02, BD-09; " +
	"with heights EPSG:4979, 7415, 5554 to 5556, or as EPSG:25832+5783"

var (
	codeRule = regexp.MustCompile(`^(?:urn:(?:ogc|x-ogc|x_ogc):def:crs:|https?://www\.opengis\.net/def/crs/|http://www\.opengis\.net/gml/srs/)?(epsg|esri|ogc)(?:\.xml)?[:/#]{1,2}(?:[0-9.]*[:/])?([0-9a-z]+)$`)
	names    = map[string]System{
		"wgs84": WGS84, "wgs1984": WGS84, "crs84": WGS84, "crs84h": WGS84, "gcswgs1984": WGS84, "lonlat": WGS84, "longlat": WGS84,
		"cgcs2000": {name: "CGCS2000"}, "gcschinageodeticcoordinatesystem2000": {name: "CGCS2000"},
		"chinageodeticcoordinatesystem2000": {name: "CGCS2000"}, "gcscgcs2000": {name: "CGCS2000"},
		"webmercator": webMercator, "pseudomercator": webMercator, "wgs84pseudomercator": webMercator,
		"wgs1984webmercatorauxiliarysphere": webMercator, "wgs1984webmercator": webMercator,
		"gcj02": {kind: gcj02, name: "GCJ-02"}, "gcj": {kind: gcj02, name: "GCJ-02"}, "gcj02ll": {kind: gcj02, name: "GCJ-02"}, "mars": {kind: gcj02, name: "GCJ-02"},
		"bd09": {kind: bd09, name: "BD-09"}, "bd09ll": {kind: bd09, name: "BD-09"}, "baidu": {kind: bd09, name: "BD-09"},
	}
	webMercator = System{kind: mercator, name: "web mercator (EPSG:3857)"}
)

// refused explains systems that are known by name and cannot be turned into WGS84 here.
var refused = map[string]string{
	"4214": localDatum, "4610": localDatum, "beijing1954": localDatum, "xian1980": localDatum, "gcsbeijing1954": localDatum, "gcsxian1980": localDatum,
	"bd09mc": "BD-09 in metres is not supported: export BD-09 in degrees (bd09ll)", "bd09mercator": "BD-09 in metres is not supported: export BD-09 in degrees (bd09ll)",
}

const localDatum = "Beijing 1954 and Xi'an 1980 need local, often classified parameters: have the surveying bureau transform the file to CGCS2000"

// Parse finds the system that a name, a code or the text of a .prj file (OGC or ESRI WKT) declares. Case,
// spaces, hyphens and underscores do not matter. An unknown one is an ErrUnknown with what is known.
func Parse(name string) (System, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), "\ufeff"))
	if text == "" {
		return System{}, fmt.Errorf("%w: none is named; known are %s", ErrUnknown, Known)
	}
	if strings.ContainsAny(text, "[(") {
		return parseWKT(text)
	}
	lower := strings.ToLower(text)
	if s, ok := compound(lower); ok {
		return s, nil
	}
	lower = codeOf(lower)
	if s, ok := byCode(lower); ok {
		return s, nil
	}
	plain := squeeze(lower)
	if s, ok := names[plain]; ok {
		return s, nil
	}
	if why, ok := refused[plain]; ok {
		return System{}, fmt.Errorf("%w %q: %s", ErrUnknown, short(text), why)
	}
	return System{}, fmt.Errorf("%w %q; known are %s", ErrUnknown, short(text), Known)
}

// codeOf is the code in a name in lower case, or the name where it has none.
func codeOf(name string) string {
	if m := codeRule.FindStringSubmatch(name); m != nil {
		return m[2]
	}
	return name
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// squeeze leaves letters and digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_/.:'", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// byCode knows the codes of EPSG (and those that ESRI and OGC use for the same).
func byCode(code string) (System, bool) {
	if code == "crs84" || code == "crs84h" || code == "84" {
		return WGS84, true
	}
	n, err := strconv.Atoi(code)
	if err != nil {
		return System{}, false
	}
	if c, ok := compounds[n]; ok {
		s, ok := byCode(c.horizontal)
		return s.with(heights(c.vertical)), ok
	}
	switch {
	case n == 4326:
		return WGS84, true
	case n == 4979:
		return WGS84.with("ellipsoidal height"), true
	case n == 4258:
		return System{name: "ETRS89"}, true
	case n == 6668:
		return System{name: "JGD2011"}, true
	case n == 28992:
		return System{kind: dutch, name: "EPSG:28992 (RD New)"}, true
	case n >= 25828 && n <= 25838:
		s := utm(n, n-25800, 0)
		s.tm.ellipsoid = cgcs2000Ellipsoid // GRS80 is the same
		return s, true
	case n == 4490 || n == 4480:
		return System{name: "CGCS2000"}, true
	case n == 3857 || n == 900913 || n == 3785 || n == 102100 || n == 102113 || n == 3587:
		return webMercator, true
	case n >= 32601 && n <= 32660:
		return utm(n, n-32600, 0), true
	case n >= 32701 && n <= 32760:
		return utm(n, n-32700, 10_000_000), true
	}
	return gaussKruger(n)
}

// gaussKruger knows the zones of CGCS2000: 6 degrees wide with (4491 to 4501) and without (4502 to 4512) the
// zone's number before the easting, and 3 degrees wide with (4513 to 4533) and without it (4534 to 4554).
func gaussKruger(n int) (System, bool) {
	zone, meridian, prefixed := 0, 0, false
	switch {
	case n >= 4491 && n <= 4501:
		zone, meridian, prefixed = n-4491+13, 75+6*(n-4491), true
	case n >= 4502 && n <= 4512:
		zone, meridian = n-4502+13, 75+6*(n-4502)
	case n >= 4513 && n <= 4533:
		zone, meridian, prefixed = n-4513+25, 75+3*(n-4513), true
	case n >= 4534 && n <= 4554:
		zone, meridian = n-4534+25, 75+3*(n-4534)
	default:
		return System{}, false
	}
	s := System{kind: transverseMercator, tm: transverse{float64(meridian), 1, 500_000, 0, cgcs2000Ellipsoid}}
	if prefixed {
		s.zone = zone
		s.tm.falseEasting += float64(zone) * 1e6
		s.name = fmt.Sprintf("EPSG:%d (CGCS2000 zone %d, eastings %d……)", n, zone, zone)
		return s, true
	}
	s.name = fmt.Sprintf("EPSG:%d (CGCS2000, central meridian %d°E)", n, meridian)
	return s, true
}

func utm(code, zone int, north float64) System {
	return System{kind: transverseMercator, name: fmt.Sprintf("EPSG:%d (UTM)", code),
		tm: transverse{float64(zone*6 - 183), 0.9996, 500_000, north, wgs84Ellipsoid}}
}
