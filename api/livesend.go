package api

import (
	"math"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// noStore is a header value that all answers about what moves share. It is never changed.
var noStore = []string{"no-store"}

// sendLive sends a body that nobody may keep, coded as the client likes.
func sendLive(c echo.Context, status int, mediaType string, body []byte) error {
	how, plain, err := coding(c.Request())
	if err != nil {
		return err
	}
	if len(body) < smallBody && plain {
		how = tiles.Identity
	}
	h := c.Response().Header()
	h["Cache-Control"] = noStore
	vary(h, "Accept-Encoding")
	if how == tiles.Identity {
		return sendCoded(c, status, mediaType, how, body)
	}
	return sendCoded(c, status, mediaType, how, encode(how, body))
}

// The members of JSON objects below are appended with a comma before them.

func appendName(dst []byte, name string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func appendText(dst []byte, name, value string) []byte {
	return appendString(appendName(dst, name), value)
}

func appendCount[N ~int | ~uint64](dst []byte, name string, n N) []byte {
	return strconv.AppendInt(appendName(dst, name), int64(n), 10)
}

// appendNumber appends a number with at most that many decimals, null when it is not known (NaN).
func appendNumber(dst []byte, name string, v float64, decimals int) []byte {
	return appendRounded(appendName(dst, name), v, decimals)
}

// appendRounded appends a number with at most that many decimals, in whole numbers where they suffice: answers
// hold thousands of coordinates, and to find the shortest decimal of a float takes several times as long.
func appendRounded(dst []byte, v float64, decimals int) []byte {
	scaled := math.Round(v * powers[decimals])
	if !(math.Abs(scaled) < 1<<53) {
		return appendFloat(dst, v)
	}
	n, unit := int64(scaled), int64(powers[decimals])
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/unit, 10)
	rest := n % unit
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit /= 10; rest > 0; unit /= 10 {
		dst = append(dst, '0'+byte(rest/unit))
		rest %= unit
	}
	return dst
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}

// appendInstant appends a time to the millisecond, null when it is not known.
func appendInstant(dst []byte, name string, i spatial.Instant) []byte {
	dst = appendName(dst, name)
	if i == 0 {
		return append(dst, "null"...)
	}
	ms := i % 1000
	if ms < 0 {
		ms += 1000
	}
	dst = append(dst, '"')
	dst = time.UnixMilli(int64(i-ms)).UTC().AppendFormat(dst, time.RFC3339) // a layout that package time is fast at
	dst[len(dst)-1] = '.'                                                   // it was the Z
	return append(dst, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z', '"')
}

// appendWhen is appendInstant for times.
func appendWhen(dst []byte, name string, t time.Time) []byte {
	return appendInstant(dst, name, spatial.InstantOf(t))
}

func appendTexts(dst []byte, name string, list []string) []byte {
	return appendList(appendName(dst, name), list, appendString)
}

// sendLiveJSON sends a value that nobody may keep.
func sendLiveJSON(c echo.Context, status int, v any) error {
	body, err := toJSON(v)
	if err != nil {
		return err
	}
	return sendLive(c, status, typeJSON, body)
}
