package live

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// AppendJSON writes the event as subscribers get it: one line. What is empty, and what is not known, is left out.
//
//	seq         number, without gaps
//	kind        as Kind is named: "enter"
//	reason      as Reason is named: "moved"
//	possible    true when it is not sure
//	side        "left_to_right" or "right_to_left"
//	fence       "layer/feature", and fence_name for people
//	unit        id, and class
//	other       id of the other unit
//	time        RFC 3339 in UTC with milliseconds
//	lon, lat    degrees of WGS84
//	for_s       seconds
//	value       as the kind says: m/s, or metres
func (e Event) AppendJSON(dst []byte) []byte {
	dst = strconv.AppendUint(append(dst, `{"seq":`...), e.Seq, 10)
	dst = appendMember(dst, "kind", e.Kind.String())
	dst = appendMember(dst, "reason", e.Reason.String())
	if e.Possible {
		dst = append(dst, `,"possible":true`...)
	}
	if e.Side != fence.EitherSide {
		dst = appendMember(dst, "side", e.Side.String())
	}
	dst = appendMember(dst, "fence", e.Fence)
	dst = appendMember(dst, "fence_name", e.Name)
	dst = appendMember(dst, "unit", e.Unit)
	if e.Class != spatial.Unclassed {
		dst = appendMember(dst, "class", e.Class.String())
	}
	dst = appendMember(dst, "other", e.Other)
	dst = e.Time.Time().AppendFormat(append(dst, `,"time":"`...), "2006-01-02T15:04:05.000Z")
	dst = append(dst, '"')
	if onEarth(e.At) {
		dst = appendNumber(dst, "lon", e.At[0])
		dst = appendNumber(dst, "lat", e.At[1])
	}
	if e.For != 0 {
		dst = appendNumber(dst, "for_s", e.For.Seconds())
	}
	if e.Value != 0 {
		dst = appendNumber(dst, "value", e.Value)
	}
	return append(dst, '}')
}

// appendMember writes a text under its key, unless it is empty.
func appendMember(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return appendQuoted(dst, value)
}

func appendNumber(dst []byte, key string, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	if v == 0 {
		v = 0 // not -0
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

// appendQuoted writes a text as JSON. Control characters are escaped, and so are the line separators that server
// sent events cannot carry; bytes that are no UTF-8 become U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// MarshalJSON is AppendJSON.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// UnmarshalJSON reads what AppendJSON wrote.
func (e *Event) UnmarshalJSON(data []byte) error {
	var j struct {
		Seq                       uint64
		Kind, Reason, Side, Class string
		Possible                  bool
		Fence                     string
		Name                      string `json:"fence_name"`
		Unit, Other               string
		Time                      time.Time
		Lon, Lat                  *float64
		For                       float64 `json:"for_s"`
		Value                     float64
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*e = Event{
		Seq: j.Seq, Possible: j.Possible, Fence: j.Fence, Name: j.Name, Unit: j.Unit, Other: j.Other, Time: spatial.InstantOf(j.Time),
		At: nowhere, For: time.Duration(math.Round(j.For * 1e9)), Value: j.Value,
	}
	if j.Lon != nil && j.Lat != nil {
		e.At = orb.Point{*j.Lon, *j.Lat}
	}
	var err error
	if e.Kind, err = fence.ParseKind(j.Kind); err != nil {
		return err
	}
	if e.Reason, err = fence.ParseReason(j.Reason); err != nil {
		return err
	}
	if j.Side != "" {
		if e.Side, err = fence.ParseSide(j.Side); err != nil {
			return err
		}
	}
	if j.Class != "" {
		e.Class, err = spatial.ParseClass(j.Class)
	}
	return err
}
