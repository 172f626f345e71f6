package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// query reads the query string. Only the known parameters may be there, each once.
func query(c echo.Context, known ...string) (map[string]string, error) {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(badParameter, "the query string is not readable: %v", err)
	}
	q := make(map[string]string, len(values))
	var ps layers.Problems
	for name, v := range values {
		switch {
		case !slices.Contains(known, name):
			ps = append(ps, layers.Problem{Place: name, Message: "there is no such parameter here; known are " + list(known)})
		case len(v) > 1:
			ps = append(ps, layers.Problem{Place: name, Message: "it is given " + strconv.Itoa(len(v)) + " times; give it once"})
		}
		q[name] = v[0]
	}
	if len(ps) > 0 {
		slices.SortFunc(ps, func(a, b layers.Problem) int { return strings.Compare(a.Place, b.Place) })
		return nil, wrong(badParameter, ps)
	}
	return q, nil
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// badValue is a parameter whose value is refused.
func badValue(name, message string) error {
	return wrong(badParameter, layers.Problems{{Place: name, Message: message}})
}

// whole reads a number of at least low; one above high counts as high.
func whole(q map[string]string, name string, low, high, unset int) (int, error) {
	text, given := q[name]
	if !given {
		return unset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low {
		return 0, badValue(name, strconv.Quote(clip(text))+" is not a whole number of at least "+strconv.Itoa(low))
	}
	return min(n, high), nil
}

// clip shortens what a client sent for a message.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// boxes reads a bbox of 4 numbers (west, south, east, north) or 6 (with heights, which are not asked). A box
// whose west lies east of its east crosses the antimeridian: it gives two. Nothing given gives nil; a box beside
// the world gives one that nothing touches.
func boxes(text string) ([]orb.Bound, error) {
	if text == "" {
		return nil, badValue("bbox", "it is empty; give west,south,east,north in degrees")
	}
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, badValue("bbox", "it has "+strconv.Itoa(len(parts))+" numbers; give 4 (west,south,east,north) or 6")
	}
	n := make([]float64, len(parts))
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || v-v != 0 { // NaN and infinities
			return nil, badValue("bbox", strconv.Quote(clip(p))+" is not a finite number")
		}
		n[i] = v
	}
	half := len(n) / 2
	west, south, east, north := n[0], n[1], n[half], n[half+1]
	if half == 3 && n[2] > n[5] {
		return nil, badValue("bbox", "its lower height is above the upper one")
	}
	if south > north {
		return nil, badValue("bbox", "its south is north of its north; the order is west,south,east,north")
	}
	if west <= east {
		return []orb.Bound{{Min: orb.Point{max(west, -180), max(south, -90)}, Max: orb.Point{min(east, 180), min(north, 90)}}}, nil
	}
	if west > 180 || east < -180 {
		return nil, badValue("bbox", "its west is east of its east, and they are not both within -180 to 180")
	}
	return []orb.Bound{
		{Min: orb.Point{west, max(south, -90)}, Max: orb.Point{180, min(north, 90)}},
		{Min: orb.Point{-180, max(south, -90)}, Max: orb.Point{east, min(north, 90)}},
	}, nil
}

// param is a part of the path, unescaped.
func param(c echo.Context, name string) string {
	v := c.Param(name)
	if c.Request().URL.RawPath != "" {
		if plain, err := url.PathUnescape(v); err == nil {
			return plain
		}
	}
	return v
}
