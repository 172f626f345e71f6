package api

import (
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// words is a list with commas between.
func words(q map[string]string, name string) []string {
	var out []string
	for one := range strings.SplitSeq(q[name], ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

// setOf reads a list of names as a set with one bit for each value; nothing is the empty set, which stands for all.
func setOf[V ~uint8, S ~uint16 | ~uint32](q map[string]string, name string, parse func(string) (V, error)) (set S, err error) {
	if text, given := q[name]; given && strings.Trim(text, ", ") == "" {
		return 0, badValue(name, "it is empty; leave it out to ask for all")
	}
	for _, one := range words(q, name) {
		v, err := parse(one)
		if err != nil {
			return 0, badValue(name, err.Error())
		}
		set |= 1 << v
	}
	return set, nil
}

// with is q with one more value; q is not changed.
func with(q map[string]string, name, value string) map[string]string {
	out := maps.Clone(q)
	if out == nil {
		out = map[string]string{}
	}
	out[name] = value
	return out
}

// number reads a finite number within [low, high].
func number(q map[string]string, name string, low, high, unset float64) (float64, error) {
	text, given := q[name]
	if !given {
		return unset, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= low && v <= high) {
		return 0, badValue(name, strconv.Quote(clip(text))+" is not a number of "+strconv.FormatFloat(low, 'f', -1, 64)+" to "+strconv.FormatFloat(high, 'f', -1, 64))
	}
	return v, nil
}

// seconds reads a duration; 0 when it is not given.
func seconds(q map[string]string, name string) (time.Duration, error) {
	v, err := number(q, name, 0.001, 366*24*3600, 0)
	return time.Duration(v * float64(time.Second)), err
}

// lonLat reads the parameters lon and lat, which must be there.
func lonLat(q map[string]string) (orb.Point, error) {
	if _, given := q["lon"]; !given {
		return orb.Point{}, badValue("lon", "it is missing; give lon and lat in degrees of WGS84")
	}
	if _, given := q["lat"]; !given {
		return orb.Point{}, badValue("lat", "it is missing; give lon and lat in degrees of WGS84")
	}
	lon, err := number(q, "lon", -180, 180, 0)
	if err != nil {
		return orb.Point{}, err
	}
	lat, err := number(q, "lat", -90, 90, 0)
	return orb.Point{lon, lat}, err
}

// pair reads a parameter of the form lon,lat.
func pair(q map[string]string, name string) (orb.Point, error) {
	lon, lat, _ := strings.Cut(q[name], ",")
	x, bad := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, worse := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	p := orb.Point{x, y}
	if bad != nil || worse != nil || spatial.CheckGeometry(p) != nil {
		return p, badValue(name, "give it as lon,lat in degrees of WGS84, for example 105.7243,34.5802")
	}
	return p, nil
}

// when reads a time; now is for what is not given.
func when(q map[string]string, name string, now time.Time) (time.Time, error) {
	text, given := q[name]
	if !given {
		return now, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return now, badValue(name, strconv.Quote(clip(text))+" is no time: write it as 2026-11-24T03:04:05Z (RFC 3339)")
	}
	return t.UTC(), nil
}

// unknown stands for numbers that nobody gave.
var unknown = math.NaN()
