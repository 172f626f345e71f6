package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

const (
	defaultLimit = 100
	maxLimit     = 10_000
)

// itemParameters are the parameters of a page of features: those of every layer, and its properties. A property
// that is called like one of the former cannot be asked for.
func itemParameters(shown []layers.Property) []string {
	names := []string{"bbox", "datetime", "limit", "after", "offset", "f"}
	for _, p := range shown {
		names = append(names, p.Name)
	}
	return names
}

// itemQuery makes a query of parameters.
func itemQuery(shown []layers.Property, params map[string]string) (q layers.Query, err error) {
	if q.Limit, err = whole(params, "limit", 1, maxLimit, defaultLimit); err != nil {
		return q, err
	}
	if q.Offset, err = whole(params, "offset", 0, 1<<31-1, 0); err != nil {
		return q, err
	}
	q.After = params["after"]
	if q.After != "" && q.Offset > 0 {
		return q, badValue("offset", "give either after or offset")
	}
	if text, given := params["bbox"]; given {
		if q.Bounds, err = boxes(text); err != nil {
			return q, err
		}
	}
	if text, given := params["datetime"]; given {
		if err = datetime(&q, text); err != nil {
			return q, err
		}
	}
	for _, p := range shown {
		text, given := params[p.Name]
		if !given || reserved[p.Name] {
			continue
		}
		v, err := propertyValue(p, text)
		if err != nil {
			return q, badValue(p.Name, err.Error())
		}
		if q.Where == nil {
			q.Where = map[string]any{}
		}
		q.Where[p.Name] = v
	}
	return q, nil
}

var reserved = map[string]bool{"bbox": true, "datetime": true, "limit": true, "after": true, "offset": true, "f": true}

// propertyValue reads a filter's value in the property's type.
func propertyValue(p layers.Property, text string) (any, error) {
	var v any = text
	switch p.Type {
	case layers.IntegerType:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			v = n
		}
	case layers.NumberType:
		if n, err := strconv.ParseFloat(text, 64); err == nil && n-n == 0 {
			v = n
		}
	case layers.BooleanType:
		if text == "true" || text == "false" {
			v = text == "true"
		}
	}
	if s, same := v.(string); same && len(s) > 10_000 {
		v = clip(s)
	}
	p.Min, p.Max, p.MaxLength = nil, nil, 10_000 // asking for what cannot be is no mistake
	return p.Value(v)
}

// datetime reads an instant, a day, or an interval a/b whose open ends are ".." or nothing (RFC 3339).
func datetime(q *layers.Query, text string) error {
	from, to, interval := strings.Cut(text, "/")
	begin, end, err := moment(from)
	if err != nil {
		return err
	}
	if !interval {
		if begin.IsZero() {
			return badValue("datetime", "give a time, a day, or an interval such as 2026-01-01T00:00:00Z/..")
		}
		if begin.Equal(end) {
			q.At = begin
		} else {
			q.From, q.To = begin, end
		}
		return nil
	}
	_, last, err := moment(to)
	if err != nil {
		return err
	}
	if !begin.IsZero() && !last.IsZero() && begin.After(last) {
		return badValue("datetime", "the interval ends before it begins")
	}
	q.From, q.To = begin, last
	return nil
}

// moment is the first and the last instant of a time or a day; both are zero for an open end.
func moment(text string) (begin, end time.Time, err error) {
	if text == "" || text == ".." {
		return begin, end, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year() > 0 {
		return t, t.AddDate(0, 0, 1).Add(-time.Microsecond), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 || t.IsZero() {
		return begin, end, badValue("datetime", strconv.Quote(clip(text))+" is no time: write it as 2026-11-24T03:04:05Z (RFC 3339)")
	}
	return t.UTC(), t.UTC(), nil
}

// form chooses the media type of an answer: by the parameter f ("json", "html") where it is given, else by
// Accept. types lists what there is, the usual one first.
func form(c echo.Context, f string, types ...string) (string, error) {
	switch f {
	case "":
	case "json", "geojson":
		return types[0], nil
	case "html":
		if types[len(types)-1] == typeHTML {
			return typeHTML, nil
		}
		return "", badValue("f", "there is no page of this, only json")
	default:
		return "", badValue("f", strconv.Quote(clip(f))+" is neither json nor html")
	}
	if t := accepted(c.Request().Header.Get("Accept"), types...); t != "" {
		return t, nil
	}
	return "", refuse(notAcceptable, "there is %s", strings.Join(types, ", "))
}
