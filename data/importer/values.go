package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wardmap/wardmap/layers"
)

// A converter brings the values of files to the types of properties.
type converter struct {
	dates string // "", dmy, mdy, epoch-s or epoch-ms
	zone  *time.Location
}

// value converts; note tells of a change that is more than notation. nil with a nil error is an absent value.
func (c converter) value(p layers.Property, v any) (good any, note string, err error) {
	switch p.Type {
	case layers.IntegerType:
		good, err = toInteger(v)
	case layers.NumberType:
		good, err = toNumber(v)
	case layers.BooleanType:
		good, err = toBoolean(v)
	case layers.DateType:
		good, note, err = c.date(v)
	case layers.TimeType:
		var t time.Time
		if t, err = c.moment(v); err == nil {
			good = t.UTC().Format(time.RFC3339Nano)
		}
	default:
		return enumerated(p, textOf(v))
	}
	if err != nil {
		return nil, "", err
	}
	return good, note, nil
}

// enumerated finds a text among the values of an enumeration: the value itself in any case, or its title.
func enumerated(p layers.Property, s string) (any, string, error) {
	if len(p.Values) == 0 {
		return s, "", nil
	}
	s = strings.TrimSpace(s)
	for _, o := range p.Values {
		if o.Value == s {
			return s, "", nil
		}
	}
	for _, o := range p.Values {
		if strings.EqualFold(o.Value, s) || strings.EqualFold(o.Title.Zh, s) || strings.EqualFold(o.Title.En, s) {
			return o.Value, fmt.Sprintf("property %s: %q was taken for %q", p.Name, s, o.Value), nil
		}
	}
	return s, "", nil // layers.CheckFeature says what is allowed
}

// textOf writes a value as text: whole floats without fraction.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if math.Abs(v) < 1e15 || math.Abs(v) >= 1e21 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}

func toInteger(v any) (int64, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v), nil
		}
		return 0, fmt.Errorf("%v is no whole number", v)
	case string:
		s := strings.TrimSpace(v)
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, nil
		}
		f, err := toNumber(s)
		if err != nil {
			return 0, err
		}
		return toInteger(f)
	}
	return 0, fmt.Errorf("%v is no whole number", v)
}

func toNumber(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	case string:
		s := strings.TrimSpace(v)
		f, err := strconv.ParseFloat(s, 64)
		switch {
		case strings.Contains(s, ","):
			return 0, fmt.Errorf("%.40q is no number: decimal commas and thousands separators are not read, write a point and no separators", s)
		case err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xX_pP"):
			return 0, fmt.Errorf("%.40q is no number", s)
		}
		return f, nil
	}
	return 0, fmt.Errorf("%v is no number", v)
}

func toBoolean(v any) (bool, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case int64:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	case float64:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "t", "yes", "y", "1", "on", "是", "真", "有":
			return true, nil
		case "false", "f", "no", "n", "0", "off", "否", "假", "无":
			return false, nil
		}
	}
	return false, fmt.Errorf("%v is neither true nor false", v)
}
